"""`make up` leaves Airflow and the warehouse running and says where; `make down` stops them."""

from __future__ import annotations

import argparse
import signal
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from ingestion import orchestrator
from ingestion import settings as surroundings
from ingestion.airflow_api import AirflowUnavailable
from ingestion.demo import run as demo
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
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, demo._end_orderly)
    settings = surroundings.load()
    try:
        with demo.only_one(settings):
            print(down(settings) if options.down else up(settings))
    except KeyboardInterrupt:
        print("Avbrutet. Allt som startats är stoppat.", file=sys.stderr)
        return 130
    except (
        surroundings.SettingsProblem,
        embedded.WarehouseUnavailable,
        AirflowUnavailable,
        demo.NightFailed,
    ) as problem:
        print(problem, file=sys.stderr)
        return demo.BROKEN
    return demo.DONE


def up(settings: Settings) -> str:
    """Start what is not running, let the DAGs run on their schedules, and return where it all is."""
    progress = Progress()
    with ExitStack() as cleanup:
        demo.prepare_warehouse(settings, progress, cleanup)
        airflow = orchestrator.running(settings)
        if airflow is None:
            cleanup.callback(orchestrator.stop, settings)
            progress.say("Startar Airflow")
            airflow = orchestrator.start(settings, stays=True)
        api = orchestrator.api(settings, airflow)
        demo.await_dags(api, progress)
        for dag_id in (*demo.INTAKE_DAGS, demo.BUILD_DAG):
            api.unpause(dag_id)
        cleanup.pop_all()
    where = connections.target(settings, "finsam_reader")
    return "\n".join(
        [
            "",
            f"Airflow:  {airflow.url}",
            f"          Logga in som {orchestrator.LOGIN}; lösenordet står i {orchestrator.password_file(settings)}",
            f"Databas:  {where.host}:{where.port}/{where.database}",
            "          `.venv/bin/finsam warehouse psql` öppnar den; `.venv/bin/finsam warehouse url --as finsam_reader` ger en adress",
            f"Inkorg:   {settings.landing}/<förbund>/<leveransslag>/",
            "`make down` stoppar båda.",
        ]
    )


def down(settings: Settings) -> str:
    """Stop both, and only what was started from this FINSAM_HOME."""
    stopped = [
        name
        for name, was_running in (
            ("Airflow", orchestrator.stop(settings)),
            ("databasen", settings.warehouse_url is None and embedded.stop(settings)),
        )
        if was_running
    ]
    return f"Stoppade {' och '.join(stopped)}." if stopped else "Inget var igång."


if __name__ == "__main__":
    sys.exit(main())
