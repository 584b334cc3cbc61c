"""Once a day, before the net run of `build_marts`: what is overdue, refused, waiting too long, or about to run out.

Asks by business date what should have been delivered (`delivery_terms`), raises and ends alerts, and marks the
associations of which other things are late than yesterday, so that the next build says so beside their figures.
`notify` sends; `finsam watch` asks the same from outside Airflow, and says when this did not run at all.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Asset, CronTriggerTimetable, task

TIMEZONE = "Europe/Stockholm"
SCHEDULE = "45 4 * * *"

with DAG(
    dag_id="watch_deliveries",
    description="Vad som är försenat, avvisat eller väntar för länge",
    doc_md=__doc__,
    schedule=CronTriggerTimetable(SCHEDULE, timezone=TIMEZONE, run_immediately=timedelta(0)),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 1, "retry_delay": timedelta(minutes=1)},
    tags=["watch"],
) as dag:

    @task(outlets=[Asset("ops/alert")])
    def look() -> None:
        """Settle every alert; sending them is another's step."""
        from ingestion import settings, watch

        watch.look(settings.load())

    look()
