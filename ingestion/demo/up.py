"""`make up` leaves Airflow and the warehouse running and says where; `make down` stops them."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from ingestion import orchestrator
from ingestion.demo.ground import BUILD_DAG, INTAKE_DAGS, WATCH_DAGS, finish, prepare_warehouse, start_airflow
from ingestion.demo.progress import Progress
from ingestion.warehouse import connection as connections
from ingestion.warehouse import embedded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingestion.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Start, or with --down stop, and say what was done. Status 0, or 3 and one sentence."""
    parser = argparse.ArgumentParser(
        prog="python -m ingestion.demo.up", description="Airflow och databasen, tills vidare."
    )
    parser.add_argument("--down", action="store_true", help="stoppa")
    # stopping needs neither lock nor disk: it must work when the disk is full
    return finish(down, alone=False) if parser.parse_args(arguments).down else finish(up)


def up(settings: Settings) -> None:
    """Start what is not running, let the DAGs follow their schedules, and say where it all is."""
    progress = Progress()
    with ExitStack() as cleanup:
        prepare_warehouse(settings, progress, cleanup)
        airflow, api = start_airflow(settings, progress, cleanup, stays=True)
        for dag_id in (*INTAKE_DAGS, BUILD_DAG, *WATCH_DAGS):
            api.unpause(dag_id)
        cleanup.pop_all()
    where = connections.target(settings, "finsam_reader")
    print(f"""
Airflow:  {airflow.url}
          Logga in som {orchestrator.LOGIN}; lösenordet står i {orchestrator.password_file(settings)}
Databas:  {where.host}:{where.port}/{where.database}
          .venv/bin/finsam warehouse psql                       öppnar den
          .venv/bin/finsam access grant NAMN --all              ger ett inlogg för Excel eller Power BI (docs/readers.md)
Inkorg:   {settings.landing}/<förbund>/<leveransslag>/
`make down` stoppar båda.""")


def down(settings: Settings) -> None:
    """Stop both, and only what was started from this FINSAM_HOME."""
    stopped = ["Airflow"] if orchestrator.stop(settings) else []
    if settings.warehouse_url is None and embedded.stop(settings):
        stopped.append("databasen")
    print(f"Stoppade {' och '.join(stopped)}." if stopped else "Inget var igång.")


if __name__ == "__main__":
    sys.exit(main())
