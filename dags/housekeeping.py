"""Weekly: what only grows is cut back. Task logs older than a month; Airflow's own notes of runs older than a
hundred days, but each DAG's last; notes of steps and sent alerts older than a year.

Generations older than 400 days are folded: month-ends and board meetings stay as they were, down to the row, and a folded
date is answered with the nearest older generation that is kept (decision 17). Rows about persons go when a decision says
that their time is out (docs/data_protection.md). Other deliveries and evidence are never touched.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

TIMEZONE = "Europe/Stockholm"
SCHEDULE = "30 6 * * 0"
log = logging.getLogger("finsam.housekeeping")

with DAG(
    dag_id="housekeeping",
    description="Gallrar körningarnas loggar och gamla larm, viker ihop äldre generationer",
    doc_md=__doc__,
    schedule=CronTriggerTimetable(SCHEDULE, timezone=TIMEZONE, run_immediately=timedelta(0)),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 1, "retry_delay": timedelta(minutes=1)},
    tags=["housekeeping"],
) as dag:

    @task
    def tidy() -> None:
        """Safe to run at any time and again."""
        from ingestion import housekeeping, settings

        log.info(housekeeping.tidy(settings.load()).summary_sv)

    @task
    def fold() -> None:
        """Counted from the day the run was due; nothing old enough is nothing done, and said so."""
        from zoneinfo import ZoneInfo

        from ingestion import settings
        from ingestion.warehouse import keeping

        run = get_current_context()["dag_run"]
        due = run.run_after.astimezone(ZoneInfo(TIMEZONE)).date()
        folded = keeping.fold(settings.load(), f"{run.dag_id}/{run.run_id}", due)
        if not folded.folded:
            raise AirflowSkipException(folded.summary_sv)
        log.info(folded.summary_sv)

    @task
    def forget_persons() -> None:
        """As decided per kind of delivery; without a decision nothing goes."""
        from ingestion import housekeeping, settings

        log.info(housekeeping.forget_persons(settings.load()))

    @task
    def forget_runs() -> None:
        """Airflow's database grows by some hundred runs a day, and slows its own scheduler down."""
        from ingestion import housekeeping, settings

        housekeeping.forget_runs(settings.load())

    tidy() >> forget_runs()
    forget_persons() >> fold()
