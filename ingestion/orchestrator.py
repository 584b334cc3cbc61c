"""Airflow: its configuration wherever it runs, and the processes we start and stop on this machine. No business.

On one machine all of it stands under FINSAM_HOME: `airflow/` is AIRFLOW_HOME, the metadata are the database `airflow`
beside the warehouse, passwords and keys are files in `secrets/`, what runs is recorded in
`run/airflow.json`. Everything listens on loopback, on a port that was free. Secrets reach the processes by
environment, never on a command line.
"""

from __future__ import annotations

import base64
import json
import os
import secrets as random
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

import psutil  # type: ignore[import-untyped]

from ingestion.airflow_api import AirflowApi, AirflowUnavailable
from ingestion.airflow_processes import COMPONENTS, HEARD
from ingestion.settings import PROJECT_ROOT, child_environment, secret
from ingestion.warehouse import connection as connections
from ingestion.warehouse.embedded import free_port

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ingestion.settings import Settings

LOGIN = "finsam"
LOOPBACK = "127.0.0.1"
SECRETS = ("airflow_password", "airflow_fernet_key", "airflow_secret_key", "airflow_jwt_secret")
PARALLEL_TASKS = 2
START_SECONDS = 300.0
LAST_COMPONENT_SECONDS = 20.0
STOP_SECONDS = 15.0
HEARTBEAT_SECONDS = 30.0
KEPT_PER_RUN = (
    "asset_event", "dag_run", "job", "log", "task_instance", "task_instance_history", "task_reschedule", "trigger", "xcom",
)  # fmt: skip
"""Airflow's tables that grow with each run; what it knows of the DAGs themselves is none of them."""

_life_lines: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class Airflow:
    """A running Airflow.

    pid, started: its process and that one's creation time, which no other process shares. url: where it
    answers. since: ISO moment before it was started.
    """

    pid: int
    started: float
    url: str
    since: str


@dataclass(frozen=True)
class Address:
    """Where the web server is. listens: the interface it binds; url: how the components reach it; public_url: people."""

    listens: str
    port: int
    url: str
    public_url: str

    @classmethod
    def on_loopback(cls, port: int) -> Address:
        """For this machine only."""
        url = f"http://{LOOPBACK}:{port}"
        return cls(LOOPBACK, port, url, url)


def start(
    settings: Settings, *, stays: bool, preload: Sequence[str] = (), leave_out: frozenset[str] = frozenset()
) -> Airflow:
    """Start Airflow and wait until every component has reported. Ends what a crashed run left behind.

    stays: it outlives this process; otherwise it ends with it, however that ends. preload: modules its
    tasks are to find loaded. leave_out: components not to start, to see what happens without them. Raises
    AirflowUnavailable when one of them does not come up in time; nothing is then left running.
    """
    stop(settings)
    how = ["--tied"] * (not stays) + (["--preload", *preload] if preload else [])
    how += ["--components", *(name for name in COMPONENTS if name not in leave_out)]
    for port in (free_port(), free_port()):
        try:
            airflow = _launch(settings, port, how)
            _await_health(settings, airflow)
            with suppress(ProcessLookupError):
                os.kill(airflow.pid, HEARD)
            _note_migrated(settings)
        except BaseException as problem:
            stop(settings)
            # somebody may have taken the port between our look and the web server's: then once more
            if not isinstance(problem, AirflowUnavailable) or _is_free(port):
                raise
        else:
            return airflow
    raise AirflowUnavailable(
        "Två lediga portar i rad togs av något annat innan Airflow hann dit. Försök igen."
    )


def running(settings: Settings) -> Airflow | None:
    """The Airflow that runs here, or None."""
    known = _recorded(settings)
    return known if known and _process(known) else None


def stop(settings: Settings) -> bool:
    """End the Airflow we started, and what is left of its session. True if it was running."""
    known = _recorded(settings)
    if known is None:
        return False
    leader = _process(known)
    family = _family(known)
    if leader:
        _end([leader], signal.SIGTERM)
    _end(family, signal.SIGTERM, only_living=True)
    _end(family, signal.SIGKILL, only_living=True)
    _record_file(settings).unlink(missing_ok=True)
    return leader is not None


def api(settings: Settings, url: str) -> AirflowApi:
    """A client of the Airflow at that address, with our own login."""
    return AirflowApi(url, LOGIN, _secret(settings, "airflow_password"))


def silent_component(settings: Settings, url: str) -> str | None:
    """A component that does not answer or has not reported for half a minute; None where all is well."""
    health = api(settings, url).health()
    if health is None:
        return "api_server"
    beating = ("scheduler", "dag_processor", "triggerer")
    return next((name for name in beating if not has_heartbeat(health, name)), None)


def has_heartbeat(health: dict[str, dict[str, Any]], name: str) -> bool:
    """True where Airflow's answer about its health says that the component reported within half a minute."""
    heard = health.get(name, {}).get(f"latest_{name}_heartbeat")
    if not heard:
        return False
    return (datetime.now(UTC) - datetime.fromisoformat(heard)).total_seconds() <= HEARTBEAT_SECONDS


def forget_runs(settings: Settings, before: datetime) -> None:
    """Airflow's own notes of runs that began before then; each DAG keeps its last. Raises AirflowUnavailable.

    In a process of its own: one that runs a task may not reach Airflow's database.
    """
    command = [sys.executable, "-m", "airflow", "db", "clean", "--clean-before-timestamp", before.isoformat()]
    done = subprocess.run(
        [
            *command,
            "--tables",
            ",".join(KEPT_PER_RUN),
            "--skip-archive",
            "--error-on-cleanup-failure",
            "--yes",
        ],
        env=environment(settings, Address.on_loopback(0)),
        cwd=settings.airflow,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    log = log_of(settings, "clean")
    log.write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode:
        raise AirflowUnavailable(f"Airflows gamla körningar gick inte att gallra. Läs {log}.")


def log_of(settings: Settings, name: str) -> Path:
    """Where a component writes."""
    return settings.logs / f"airflow-{name}.log"


def password_file(settings: Settings) -> Path:
    """Where the login's password stands, for whoever may read FINSAM_HOME."""
    return settings.secrets / "airflow_password"


def ensure_secrets(settings: Settings) -> None:
    """Airflow's own keys and its login's password, made where they are missing."""
    for name in SECRETS:
        _secret(settings, name)


def environment(settings: Settings, address: Address) -> dict[str, str]:
    """The processes' environment. Foreign AIRFLOW variables are left out, and what a task's own process says it is."""
    near = f"{LOOPBACK},localhost"
    asked = urlsplit(address.url).hostname or LOOPBACK
    direct = near if asked in near else f"{near},{asked}"
    ours = {
        "AIRFLOW_HOME": str(settings.airflow),
        "FINSAM_HOME": str(settings.home),
        "PYTHONPATH": str(PROJECT_ROOT),
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": direct,
        "no_proxy": direct,
        **{f"AIRFLOW__{name}": value for name, value in _configuration(settings, address).items()},
    }
    inherited = {
        name: value
        for name, value in child_environment().items()
        if not name.startswith(("AIRFLOW_", "_AIRFLOW_"))
    }
    return {**inherited, **ours}


def _configuration(settings: Settings, address: Address) -> dict[str, str]:
    return {
        "CORE__DAGS_FOLDER": str(PROJECT_ROOT / "dags"),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": str(PARALLEL_TASKS),
        "CORE__MAX_ACTIVE_RUNS_PER_DAG": "1",
        "CORE__EXECUTION_API_SERVER_URL": f"{address.url}/execution/",
        "CORE__FERNET_KEY": _secret(settings, "airflow_fernet_key"),
        "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{LOGIN}:admin",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(_passwords(settings)),
        # the default asks the name server, which a machine without network answers slowly
        "CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        "DATABASE__SQL_ALCHEMY_CONN": _database_url(settings),
        "API__HOST": address.listens,
        "API__PORT": str(address.port),
        "API__BASE_URL": address.public_url,
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
        # Great Expectations writes 300 lines about its own methods at import, which would bury a task's log
        "LOGGING__NAMESPACE_LEVELS": "great_expectations=WARNING",
        "LOGGING__COLORED_CONSOLE_LOG": "False",
        # on a small machine a starting neighbour can hold an answer up for longer than the default 5 seconds
        "WORKERS__EXECUTION_API_TIMEOUT": "60",
    }


def _metadata(settings: Settings) -> connections.Target:
    """Where Airflow keeps what it knows: beside the warehouse, or on a server of its own (FINSAM_AIRFLOW_DATABASE_URL)."""
    if settings.airflow_database_url is None:
        return connections.target(settings, "finsam_airflow", connections.airflow_database(settings))
    parts = urlsplit(settings.airflow_database_url)
    if not parts.scheme.startswith("postgres") or not parts.hostname or not parts.path.strip("/"):
        raise AirflowUnavailable(
            "FINSAM_AIRFLOW_DATABASE_URL är ingen databasadress. Väntat: postgresql://användare@värd:port/databas, "
            "med lösenordet i den fil FINSAM_AIRFLOW_DATABASE_PASSWORD_FILE pekar på."
        )
    return connections.Target(
        parts.hostname,
        parts.port or 5432,
        unquote(parts.path.strip("/")),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


def _database_url(settings: Settings) -> str:
    where = _metadata(settings)
    return (
        f"postgresql+psycopg2://{quote(where.user)}:{quote(where.password, safe='')}"
        f"@{where.host}:{where.port}/{quote(where.database)}"
    )


def _secret(settings: Settings, name: str) -> str:
    """Generated once and kept. A Fernet key is 32 bytes in URL-safe base64; SHA-512 wants 64 for tokens."""
    size = 64 if name == "airflow_jwt_secret" else 32
    return secret(settings, name, lambda: base64.urlsafe_b64encode(random.token_bytes(size)).decode())


def _passwords(settings: Settings) -> Path:
    """The login as Airflow reads it, beside its own files: a server's secrets cannot be written to."""
    settings.airflow.mkdir(parents=True, exist_ok=True)
    file = settings.airflow / "passwords.json"
    fresh = file.with_name(f"{file.name}.{socket.gethostname()}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump({LOGIN: _secret(settings, "airflow_password")}, out)
    fresh.replace(file)  # another component may be reading it
    return file


def _is_migrated(settings: Settings) -> bool:
    """True where this Airflow has already brought this database to shape (doing it takes ten seconds)."""
    stamp = settings.airflow / "migrated.json"
    done = json.loads(stamp.read_text()) if stamp.exists() else {}
    return done == {"airflow": version("apache-airflow-core"), "revision": _revision(settings)}


def _note_migrated(settings: Settings) -> None:
    done = {"airflow": version("apache-airflow-core"), "revision": _revision(settings)}
    (settings.airflow / "migrated.json").write_text(json.dumps(done))


def _revision(settings: Settings) -> str | None:
    with connections.open_target(_metadata(settings)) as connection:
        known = connection.execute("select to_regclass('alembic_version')").fetchone()
        if known is None or known[0] is None:
            return None
        row = connection.execute("select version_num from alembic_version").fetchone()
    return str(row[0]) if row else None


def _launch(settings: Settings, port: int, how: list[str]) -> Airflow:
    address = Address.on_loopback(port)
    variables = environment(settings, address)
    command = [sys.executable, "-m", "ingestion.airflow_processes", "--logs", str(settings.logs)]
    command += ["--migrate"] * (not _is_migrated(settings)) + how
    since = datetime.now(UTC).isoformat()
    with log_of(settings, "start").open("w") as out:
        process = subprocess.Popen(
            command,
            env=variables,
            cwd=settings.airflow,
            # tied, our end of this pipe is its life line
            stdin=subprocess.PIPE if "--tied" in how else subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    airflow = Airflow(process.pid, psutil.Process(process.pid).create_time(), address.url, since)
    _life_lines.append(process)
    _record(settings, airflow)
    return airflow


def _await_health(settings: Settings, airflow: Airflow) -> None:
    """Until every component has reported since we started.

    All are started together, so when the web server reports, the rest get one and a half times as long
    again as that took: on a busy machine that is minutes, on a quiet one a missing scheduler is told after
    half a minute.
    """
    client = api(settings, airflow.url)
    missing = set(COMPONENTS)
    began = time.monotonic()
    until = began + START_SECONDS
    while missing:
        if _process(airflow) is None:
            raise AirflowUnavailable(
                f"Airflow startar inte. Läs {log_of(settings, 'start')} och loggarna bredvid."
            )
        health = client.health() or {}
        heard = {name for name in missing if _has_reported(health, name, airflow.since)}
        if "api_server" in heard and not _is_warm(client):
            heard.remove("api_server")
        if "api_server" in heard:
            until = time.monotonic() + max(LAST_COMPONENT_SECONDS, 0.5 * (time.monotonic() - began))
        missing -= heard
        if missing and time.monotonic() > until:
            raise AirflowUnavailable(_will_not(settings, min(missing)))
        time.sleep(0.3)


def _is_warm(client: AirflowApi) -> bool:
    """False where the part that tasks talk to does not answer in time: on a busy machine it may at the next question."""
    try:
        client.warm_up()
    except AirflowUnavailable:
        return False
    return True


def _is_free(port: int) -> bool:
    """True where nobody listens on that port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _has_reported(health: dict[str, dict[str, Any]], name: str, since: str) -> bool:
    if name == "api_server":
        return health.get("metadatabase", {}).get("status") == "healthy"
    heard = health.get(name, {}).get(f"latest_{name}_heartbeat")
    return heard is not None and datetime.fromisoformat(heard) >= datetime.fromisoformat(since)


def _will_not(settings: Settings, name: str) -> str:
    called = {
        "scheduler": "schemaläggare (scheduler)",
        "dag_processor": "DAG-läsare (dag-processor)",
        "triggerer": "triggerer",
        "api_server": "webbserver (api-server)",
    }[name]
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
        return Airflow(**json.loads(_record_file(settings).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _process(airflow: Airflow) -> psutil.Process | None:
    """The living process, or None. A pid that now belongs to somebody else has another creation time."""
    try:
        process = psutil.Process(airflow.pid)
        is_it = (
            abs(process.create_time() - airflow.started) < 0.05 and process.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.NoSuchProcess:
        return None
    return process if is_it else None


def _family(airflow: Airflow) -> list[psutil.Process]:
    """What it started: everything in its session, where also the orphans of a killed one stay."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, ProcessLookupError, PermissionError):
            if (
                os.getsid(process.pid) == airflow.pid != process.pid
                and process.create_time() >= airflow.started - 1
            ):
                found.append(process)
    return found


def _end(processes: list[psutil.Process], how: signal.Signals, *, only_living: bool = False) -> None:
    chosen = [process for process in processes if not only_living or process.is_running()]
    for process in chosen:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(how)
    psutil.wait_procs(chosen, timeout=STOP_SECONDS)
