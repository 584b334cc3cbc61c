"""Builds and publishes the marts from everything accepted, once per night.

Starts when any intake has accepted something (assets `raw/…`), and once a day at 05:15 as a net: an intake
that was killed after its verdict fires no asset, and what it accepted must not lie unpublished. The run
first waits, without holding a worker, until no intake is queued or running; then takes everything accepted.
Runs queued behind it (`max_active_runs=1`) find nothing new and end at once.

Somebody else building is no failure: the step is skipped with that reason, and the net takes what is left. Neither is
a newer build that has overtaken this one before it was published. What each step did stands in `ops.night` too.

A run whose code is changed between its two steps publishes all the same: what was judged is what is published, down to
the row, and `ops.publication` names the code that built it and the code that published it.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import (
    DAG,
    Asset,
    AssetAny,
    AssetOrTimeSchedule,
    BaseOperator,
    CronTriggerTimetable,
    get_current_context,
    task,
)
from airflow.sdk.exceptions import AirflowSkipException
from airflow.triggers.base import StartTriggerArgs

from ingestion.feeds import member_feeds

if TYPE_CHECKING:
    from datetime import date

    from airflow.sdk import Context

TIMEZONE = "Europe/Stockholm"
NET_SCHEDULE = "15 5 * * *"
INTAKES = ["reference", *member_feeds()]
NET_SV = "05:15"
LONGEST_WAIT = timedelta(hours=6)
log = logging.getLogger("finsam.build")


class WaitForIntakes(BaseOperator):
    """Starts in the triggerer and ends there: the wait costs no worker process."""

    start_from_trigger = True
    start_trigger_args = StartTriggerArgs(
        trigger_cls="ingestion.waiting.IntakeAtRest",
        trigger_kwargs={"dag_ids": [f"ingest_{name}" for name in INTAKES]},
        next_method="go_on",
        timeout=LONGEST_WAIT,
    )

    def execute(self, context: Context) -> None:
        """Never called: the scheduler hands the task to the triggerer."""

    def go_on(self, context: Context, event: Any = None) -> None:
        """Never called either, unless the wait has timed out, which Airflow reports."""


def current_run() -> tuple[str, date]:
    """`<dag>/<run>`, the name a run leaves on all it writes, and its business date: the day it was due."""
    from zoneinfo import ZoneInfo

    run = get_current_context()["dag_run"]
    return f"{run.dag_id}/{run.run_id}", run.run_after.astimezone(ZoneInfo(TIMEZONE)).date()


with DAG(
    dag_id="build_marts",
    description="Bygger, granskar och publicerar rapporttabellerna",
    doc_md=__doc__,
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable(NET_SCHEDULE, timezone=TIMEZONE, run_immediately=timedelta(0)),
        assets=AssetAny(*(Asset(f"raw/{name}") for name in INTAKES)),
    ),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 1, "retry_delay": timedelta(minutes=1)},
    tags=["build", "publication"],
) as dag:

    @task(multiple_outputs=False)
    def build() -> dict[str, Any]:
        """Scope, dbt and the gates, in one process. Nothing new: skipped, and so is publishing."""
        from ingestion import night, settings

        try:
            built = night.build(settings.load(), *current_run())
        except night.Busy as busy:
            raise AirflowSkipException(f"{busy} Körningen {NET_SV} tar det som blir kvar.") from None
        log.info(built.summary_sv)
        if built.build_id is None:
            raise AirflowSkipException(built.summary_sv)
        for association_id, rules in built.blocked.items():
            log.warning(
                "STOPPAD %s av %s; dess senaste goda siffror ligger kvar.", association_id, ", ".join(rules)
            )
        return {
            "build_id": built.build_id,
            "token": built.token,
            "code_version": settings.code_version(),
        }

    @task(multiple_outputs=False)
    def publish(built: dict[str, Any]) -> dict[str, Any]:
        """One transaction: the new generation is seen whole, or not at all."""
        from ingestion import night, settings
        from ingestion.warehouse.publish import PublicationRefused

        run_id, _ = current_run()
        if built["code_version"] != settings.code_version():
            log.warning(
                "Koden byttes mitt i körningen: byggt av %s, publiceras av %s.",
                built["code_version"],
                settings.code_version(),
            )
        try:
            published = night.publish(settings.load(), built["build_id"], built["token"], run_id)
        except PublicationRefused as refusal:
            if not refusal.is_stale:
                raise
            raise AirflowSkipException(str(refusal)) from None
        log.info(published.summary_sv)
        if published.generation is None:
            raise AirflowSkipException(published.summary_sv)
        return {"generation": published.generation}

    built = build()
    WaitForIntakes(task_id="wait_for_intakes") >> built
    publish(built)
