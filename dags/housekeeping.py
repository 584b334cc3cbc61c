"""Weekly: what only grows is cut back. Task logs older than a month; notes of steps and sent alerts older than a year.

Figures, deliveries, evidence and publications are never touched here.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task

TIMEZONE = "Europe/Stockholm"
SCHEDULE = "30 6 * * 0"
log = logging.getLogger("finsam.housekeeping")

with DAG(
    dag_id="housekeeping",
    description="Gallrar körningarnas loggar och gamla larm",
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

    tidy()
