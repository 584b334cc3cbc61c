"""Every five minutes: ends readers' sessions that are past their limits. A login can lift its own limits; not this.

A reader that holds a transaction open keeps what publication moved from being tidied; publication never waits for it.
Who was ended and why stands in `ops.access_event`. Where the server does not let the watchdog end others' sessions the
run is skipped with the remedy, and an alert stands.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task
from airflow.sdk.exceptions import AirflowSkipException

TIMEZONE = "Europe/Stockholm"
SCHEDULE = "*/5 * * * *"
log = logging.getLogger("finsam.readers")

with DAG(
    dag_id="watch_readers",
    description="Avslutar läsare som gått över gränsen",
    doc_md=__doc__,
    # each run asks what is open now: what was missed while Airflow was down is not asked afterwards
    schedule=CronTriggerTimetable(SCHEDULE, timezone=TIMEZONE, run_immediately=timedelta(0)),
    catchup=False,
    max_active_runs=1,
    # one that hangs must not keep the next from looking
    default_args={"retries": 0, "execution_timeout": timedelta(minutes=4)},
    tags=["watch"],
) as dag:

    @task
    def end_overdue() -> None:
        """As finsam_monitor, which sees sessions and no data."""
        from ingestion import settings, watch
        from ingestion.warehouse.watchdog import NotAllowed

        try:
            ended = watch.end_overdue_readers(settings.load())
        except NotAllowed as problem:
            raise AirflowSkipException(str(problem)) from None
        for one in ended:
            log.warning(one.line_sv)

    end_overdue()
