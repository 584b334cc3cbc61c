"""Airflow on this machine: its configuration, and the four processes we start and stop. No business.

All of it stands under FINSAM_HOME: `airflow/` is AIRFLOW_HOME, the metadata are the database `airflow` beside the
warehouse, passwords and keys are files in `secrets/`, what runs is recorded in `run/airflow.json`. Everything listens
on loopback, on ports that were free. Secrets reach the processes by environment, never on a command line.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import quote

from ingestion.airflow_api import AirflowApi, AirflowUnavailable
from ingestion.settings import PROJECT_ROOT, child_environment
from ingestion.warehouse import connection as connections
from ingestion.warehouse.embedded import free_port

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import psutil

    from ingestion.settings import Settings

LOGIN = "finsam"
PARALLEL_TASKS = 2
START_SECONDS = 120.0
LAST_COMPONENT_SECONDS = 30.0
STOP_SECONDS = 15.0
COMPONENTS = {
    # nobody asks the log servers on 8793 and 8794: all logs are files on this machine
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag_processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
    "api_server": ("api-server",),
}


@dataclass(frozen=True)
class Component:
    """A process we started. started: its creation time, which with the pid tells it from any other process."""

    name: str
    pid: int
    started: float


@dataclass(frozen=True)
class Airflow:
    """A running Airflow. since: ISO moment before its processes were started."""

    url: str
    since: str
    components: tuple[Component, ...]


def start(settings: Settings, leave_out: frozenset[str] = frozenset()) -> Airflow:
    """Start Airflow and wait until every component has reported. Ends what an earlier, crashed run left behind.

    leave_out: components not to start, for tests of what happens without them.
    Raises AirflowUnavailable when one of them does not come up in time; nothing is then left running.
    """
    stop(settings)
    environment, url = _environment(settings, free_port())
    _migrate(settings, environment)
    since = datetime.now(UTC).isoformat()
    components: list[Component] = []
    try:
        for name in COMPONENTS:
            if name not in leave_out:
                components.append(_launch(settings, name, environment))
                _record(settings, Airflow(url, since, tuple(components)))
        airflow = Airflow(url, since, tuple(components))
        _await_health(settings, airflow)
    except BaseException:
        stop(settings)
        raise
    return airflow


def running(settings: Settings) -> Airflow | None:
    """The Airflow that runs here with all its components, or None."""
    known = _recorded(settings)
    if known is None or {component.name for component in known.components} != set(COMPONENTS):
        return None
    return known if all(_process(component) for component in known.components) else None


def stop(settings: Settings) -> bool:
    """End the processes we started, and theirs, known by pid and creation time. True if any was running."""
    known = _recorded(settings)
    if known is None:
        return False
    leaders = [process for component in known.components if (process := _process(component))]
    family = [*leaders, *_descendants(known.components, leaders)]
    _end(leaders, signal.SIGTERM)
    _end(family, signal.SIGTERM)
    _end(family, signal.SIGKILL)
    _record_file(settings).unlink(missing_ok=True)
    return bool(family)


def api(settings: Settings, airflow: Airflow) -> AirflowApi:
    """A client with our own login."""
    return AirflowApi(airflow.url, LOGIN, _secret(settings, "airflow_password"))


def dead_components(airflow: Airflow) -> list[str]:
    """Names of components whose process has ended."""
    return [component.name for component in airflow.components if not _process(component)]


def silent_component(airflow: Airflow, settings: Settings, seconds: float = 30.0) -> str | None:
    """A component that has not reported for that long, or whose process is gone; None where all is well."""
    if dead := dead_components(airflow):
        return dead[0]
    health = api(settings, airflow).health()
    if health is None:
        return "api_server"
    now = datetime.now(UTC)
    for name in ("scheduler", "dag_processor", "triggerer"):
        heard = health.get(name, {}).get(f"latest_{name}_heartbeat")
        if not heard or (now - datetime.fromisoformat(heard)).total_seconds() > seconds:
            return name
    return None


def log_of(settings: Settings, name: str) -> Path:
    """Where a component writes."""
    return settings.logs / f"airflow-{name}.log"


def password_file(settings: Settings) -> Path:
    """Where the login's password stands, for whoever may read FINSAM_HOME."""
    return settings.secrets / "airflow_password"


def _environment(settings: Settings, port: int) -> tuple[dict[str, str], str]:
    """The processes' environment and Airflow's address. Foreign AIRFLOW variables are left out."""
    url = f"http://127.0.0.1:{port}"
    ours = {
        "AIRFLOW_HOME": str(settings.airflow),
        "FINSAM_HOME": str(settings.home),
        "PYTHONPATH": str(PROJECT_ROOT),
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        **{f"AIRFLOW__{name}": value for name, value in _configuration(settings, url, port).items()},
    }
    inherited = {name: value for name, value in child_environment().items() if not name.startswith("AIRFLOW_")}
    return {**inherited, **ours}, url


def _configuration(settings: Settings, url: str, port: int) -> dict[str, str]:
    return {
        "CORE__DAGS_FOLDER": str(PROJECT_ROOT / "dags"),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": str(PARALLEL_TASKS),
        "CORE__MAX_ACTIVE_RUNS_PER_DAG": "1",
        "CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "CORE__FERNET_KEY": _secret(settings, "airflow_fernet_key"),
        "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{LOGIN}:admin",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(_passwords(settings)),
        # the default asks the name server, which a machine without network answers slowly
        "CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        "DATABASE__SQL_ALCHEMY_CONN": _database_url(settings),
        "API__HOST": "127.0.0.1",
        "API__PORT": str(port),
        "API__BASE_URL": url,
        "API__WORKERS": "1",
        "API__SECRET_KEY": _secret(settings, "airflow_secret_key"),
        "API__INSTANCE_NAME": "Finsam Warehouse",
        "API_AUTH__JWT_SECRET": _secret(settings, "airflow_jwt_secret"),
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.1",
        "SCHEDULER__ENABLE_HEALTH_CHECK": "False",
        # what a killed scheduler left behind is taken up again at once, not after five minutes
        "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "15",
        "SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "30",
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "120",
        "DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "LOGGING__COLORED_CONSOLE_LOG": "False",
        # on a small machine a starting neighbour can hold an answer up for longer than the default 5 seconds
        "WORKERS__EXECUTION_API_TIMEOUT": "60",
    }


def _database_url(settings: Settings) -> str:
    where = connections.target(settings, "finsam_airflow", connections.airflow_database(settings))
    return (f"postgresql+psycopg2://{quote(where.user)}:{quote(where.password, safe='')}"
            f"@{where.host}:{where.port}/{quote(where.database)}")


def _secret(settings: Settings, name: str) -> str:
    """Generated once and kept. A Fernet key is 32 bytes in URL-safe base64, which serves for all of them."""
    file = settings.secrets / name
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    return file.read_text()


def _passwords(settings: Settings) -> Path:
    file = settings.secrets / "airflow_passwords.json"
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump({LOGIN: _secret(settings, "airflow_password")}, out)
    return file


def _migrate(settings: Settings, environment: dict[str, str]) -> None:
    """`airflow db migrate`, unless this version has already done it to this database (it takes ten seconds)."""
    stamp = settings.airflow / "migrated.json"
    done = json.loads(stamp.read_text()) if stamp.exists() else {}
    ours = version("apache-airflow-core")
    if done.get("airflow") == ours and done.get("revision") == _revision(settings):
        return
    settings.airflow.mkdir(parents=True, exist_ok=True)
    log = log_of(settings, "migrate")
    with log.open("w") as out:
        ended = subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], env=environment, cwd=settings.airflow,
                               stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, check=False)
    if ended.returncode:
        raise AirflowUnavailable(f"Airflows databas kunde inte förberedas. Läs {log}.")
    stamp.write_text(json.dumps({"airflow": ours, "revision": _revision(settings)}))


def _revision(settings: Settings) -> str | None:
    where = connections.target(settings, "finsam_airflow", connections.airflow_database(settings))
    with connections.open_target(where) as connection:
        known = connection.execute("select to_regclass('alembic_version')").fetchone()
        if known is None or known[0] is None:
            return None
        row = connection.execute("select version_num from alembic_version").fetchone()
    return str(row[0]) if row else None


def _launch(settings: Settings, name: str, environment: dict[str, str]) -> Component:
    import psutil

    with log_of(settings, name).open("a") as out:
        process = subprocess.Popen(  # it is to outlive this function, and with `make up` this process
            [sys.executable, "-m", "airflow", *COMPONENTS[name]], env=environment, cwd=settings.airflow,
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
    return Component(name, process.pid, psutil.Process(process.pid).create_time())


def _await_health(settings: Settings, airflow: Airflow) -> None:
    """Until every component has reported since we started. Once one of them has, the rest get half a minute."""
    client = api(settings, airflow)
    missing = set(COMPONENTS)
    until = time.monotonic() + START_SECONDS
    while missing:
        if dead := dead_components(airflow):
            raise AirflowUnavailable(_will_not(settings, dead[0]))
        health = client.health() or {}
        heard = {name for name in missing if _has_reported(health, name, airflow.since)}
        if heard:
            until = min(until, time.monotonic() + LAST_COMPONENT_SECONDS)
        missing -= heard
        if missing and time.monotonic() > until:
            raise AirflowUnavailable(_will_not(settings, min(missing)))
        time.sleep(0.3)


def _has_reported(health: dict[str, dict[str, str]], name: str, since: str) -> bool:
    if name == "api_server":
        return health.get("metadatabase", {}).get("status") == "healthy"
    heard = health.get(name, {}).get(f"latest_{name}_heartbeat")
    return bool(heard) and datetime.fromisoformat(heard) >= datetime.fromisoformat(since)


def _will_not(settings: Settings, name: str) -> str:
    called = {"scheduler": "schemaläggare (scheduler)", "dag_processor": "DAG-läsare (dag-processor)",
              "triggerer": "triggerer", "api_server": "webbserver (api-server)"}[name]
    return f"Airflows {called} svarar inte, så inga körningar kan göras. Läs {log_of(settings, name)}."


def _record_file(settings: Settings) -> Path:
    return settings.home / "run" / "airflow.json"


def _record(settings: Settings, airflow: Airflow) -> None:
    file = _record_file(settings)
    file.parent.mkdir(exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(airflow)))
    fresh.replace(file)


def _recorded(settings: Settings) -> Airflow | None:
    try:
        known = json.loads(_record_file(settings).read_text())
        return Airflow(known["url"], known["since"], tuple(Component(**item) for item in known["components"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _process(component: Component) -> psutil.Process | None:
    """The living process, or None. A pid that now belongs to somebody else has another creation time."""
    import psutil

    try:
        process = psutil.Process(component.pid)
        alive = abs(process.create_time() - component.started) < 0.05 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
    return process if alive else None


def _descendants(components: Iterable[Component], leaders: list[psutil.Process]) -> list[psutil.Process]:
    """What the components started: their children, and orphans that stayed in their sessions."""
    import psutil

    oldest = {component.pid: component.started for component in components}
    found = {child for leader in leaders for child in leader.children(recursive=True)}
    for process in psutil.process_iter():
        try:
            session = os.getsid(process.pid)
            if session in oldest and process.create_time() >= oldest[session]:
                found.add(process)
        except (psutil.NoSuchProcess, ProcessLookupError, PermissionError):
            continue
    return sorted(found - set(leaders), key=lambda process: process.pid)


def _end(processes: list[psutil.Process], how: signal.Signals) -> None:
    import psutil

    for process in processes:
        try:
            process.send_signal(how)
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(processes, timeout=STOP_SECONDS)

