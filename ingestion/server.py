"""`finsam-server`: what runs in a server's containers. One Airflow component each, with the same settings as everywhere.

`secrets` makes what is missing among the keys and passwords, `migrate` brings both databases to shape,
`api-server`, `scheduler`, `dag-processor` and `triggerer` become that component, `health NAME` is its health
check. Secrets are read from FINSAM_SECRETS inside the container: compose knows their file names only.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from ingestion import orchestrator
from ingestion import settings as surroundings
from ingestion.airflow_api import AirflowUnavailable
from ingestion.airflow_processes import COMPONENTS
from ingestion.warehouse.embedded import WarehouseUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingestion.airflow_api import AirflowApi
    from ingestion.settings import Settings

DONE, UNHEALTHY, BROKEN = 0, 1, 3
HEALTH_SECONDS = 15.0
"""A web server whose database is away answers late, and says so; compose gives a check twenty."""
NAMES = {command[0]: name for name, command in COMPONENTS.items()}
DEFAULT_URL = "http://127.0.0.1:8080"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do it; expected trouble is one sentence and status 3, an unhealthy component one sentence and status 1."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(surroundings.load(), options))
    except (surroundings.SettingsProblem, WarehouseUnavailable) as problem:
        print(problem, file=sys.stderr)
        return BROKEN


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="finsam-server", description=(__doc__ or "").partition("\n")[0])
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("secrets", help="make the keys and passwords that are missing").set_defaults(
        run=_secrets
    )
    verbs.add_parser("migrate", help="bring the warehouse and Airflow's database to shape").set_defaults(
        run=_migrate
    )
    for command in NAMES:
        verbs.add_parser(command, help=f"become Airflow's {command}").set_defaults(run=_become)
    health = verbs.add_parser("health", help="status 0 if the component has reported within half a minute")
    health.add_argument("component", choices=list(NAMES))
    health.set_defaults(run=_health)
    return parser


def _secrets(settings: Settings, _options: argparse.Namespace) -> int:
    """What exists stays: a new pseudonym key would make strangers of everybody the warehouse knows."""
    from ingestion import examined
    from ingestion.warehouse import connection, embedded

    settings.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = {file.name: file.read_bytes() for file in settings.secrets.iterdir() if file.is_file()}
    embedded.admin_password(settings)
    examined.pseudonym_key(settings)
    orchestrator.ensure_secrets(settings)
    connection.ensure_passwords(settings)
    for file in sorted(file for file in settings.secrets.iterdir() if file.is_file()):
        news = "finns redan" if before.get(file.name) == file.read_bytes() else "gjord"
        print(f"{file.name}: {'kompletterad' if news == 'gjord' and file.name in before else news}")
    return DONE


def _migrate(settings: Settings, _options: argparse.Namespace) -> int:
    from ingestion.warehouse import migrations

    print(migrations.migrate(settings).summary_sv, flush=True)
    return subprocess.run(_airflow("db", "migrate"), env=_environment(settings), check=False).returncode


def _become(settings: Settings, options: argparse.Namespace) -> NoReturn:
    """The component takes this process over, so that it gets the container's signals itself."""
    environment = _environment(settings)
    os.chdir(settings.airflow)
    os.execve(sys.executable, _airflow(*COMPONENTS[NAMES[options.verb]]), environment)  # noqa: S606 - our own program


def _health(settings: Settings, options: argparse.Namespace) -> int:
    complaint = _complaint(settings, NAMES[options.component])
    print(complaint or f"{options.component} har hört av sig.")
    return UNHEALTHY if complaint else DONE


def _complaint(settings: Settings, name: str) -> str | None:
    """What is wrong with it, in Swedish. Asked over Airflow's public API: `airflow jobs check` imports Airflow first."""
    url = settings.airflow_url or DEFAULT_URL
    client = orchestrator.api(settings, url)
    health = client.health(HEALTH_SECONDS)
    if health is None:
        return f"Airflows webbserver svarar inte på {url}."
    if health.get("metadatabase", {}).get("status") != "healthy":
        return "Airflow når inte sin databas."
    if name == "api_server":
        return _silence_towards_tasks(client)
    if orchestrator.has_heartbeat(health, name):
        return None
    return f"{name} har inte hört av sig på {orchestrator.HEARTBEAT_SECONDS:.0f} sekunder."


def _silence_towards_tasks(client: AirflowApi) -> str | None:
    """The part tasks talk to is built at its first question, and answers nobody for a minute on a busy machine."""
    try:
        client.warm_up()
    except AirflowUnavailable as problem:
        return str(problem)
    return None


def _airflow(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "airflow", *arguments]


def _environment(settings: Settings) -> dict[str, str]:
    """As on one machine, but for the addresses; and DAGs run from the first night without anybody's click."""
    return {
        **orchestrator.environment(settings, _address(settings)),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    }


def _address(settings: Settings) -> orchestrator.Address:
    """On all interfaces of the container where the services find each other by name; on loopback otherwise."""
    url = (settings.airflow_url or DEFAULT_URL).rstrip("/")
    parts = urlsplit(url)
    own = parts.hostname in {orchestrator.LOOPBACK, "localhost"}
    listens = orchestrator.LOOPBACK if own else "0.0.0.0"  # noqa: S104 - compose publishes the port on loopback only
    return orchestrator.Address(listens, parts.port or 80, url, settings.airflow_public_url or url)


if __name__ == "__main__":
    sys.exit(main())
