"""Sends what waits in the outbox of alerts (`ops.alert`), in one message per channel.

After `watch_deliveries`, and each hour but between two and three, for what had to wait because the mail server was
down. An alert that could not be sent stays; that the outbox does not empty is no failure of a night, and `finsam watch`
outside Airflow says it by its exit status.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from airflow.sdk import DAG, Asset, AssetOrTimeSchedule, CronTriggerTimetable, task
from airflow.sdk.exceptions import AirflowSkipException

TIMEZONE = "Europe/Stockholm"
SCHEDULE = "40 0,1,3-23 * * *"
log = logging.getLogger("finsam.notify")

with DAG(
    dag_id="notify",
    description="Skickar larm som väntar",
    doc_md=__doc__,
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable(SCHEDULE, timezone=TIMEZONE, run_immediately=timedelta(0)),
        assets=[Asset("ops/alert")],
    ),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 0},
    tags=["watch"],
) as dag:

    @task
    def send() -> None:
        """One message with all that waits; why it could not be sent is a reason to skip, not to fail."""
        from ingestion import alerts, settings

        trouble = alerts.send_waiting(settings.load())
        if trouble:
            log.warning("Larm ej skickade: %s", trouble)
            raise AirflowSkipException(trouble)

    send()
