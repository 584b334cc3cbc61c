"""Takes in what the associations have delivered: one scheduled `ingest_<feed>` DAG per declared feed.

Each is one task that handles all waiting deliveries of its feed in one process. A delivery that is refused
does not fail the task: it is an outcome, with a log line here, a report in quarantine and evidence in the
warehouse. The asset `raw/<feed>` is fired only when something was accepted; otherwise the task ends as
skipped, since a green night with nothing in it would look like success. So does it when another run is already
taking the same feed in: that one takes the files, and fires.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, Asset, CronTriggerTimetable, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from ingestion.feeds import member_feeds, reference_feeds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from ingestion.feed import Feed
    from ingestion.outcome import Intake

TIMEZONE = "Europe/Stockholm"
WAIT_FOR_FIRST_TIME = timedelta(
    0
)  # a DAG that is switched on starts at its next hour, not with the one just passed
REFERENCE_SCHEDULE = "0 1 * * *"
log = logging.getLogger("finsam.ingest")


def describe_feed(feed: Feed) -> str:
    """The DAG's page in Airflow, from the feed's declaration."""
    columns = "\n".join(
        f"| `{column.name}` | {column.label_sv} | {', '.join(column.headers) or column.name}"
        f" | {'ja' if column.required else ''} |"
        for column in feed.columns
    )
    bad_rows = (
        "En felaktig rad fäller hela leveransen."
        if feed.on_bad_row == "reject"
        else f"Felaktiga rader läggs åt sidan, högst {feed.quarantine_ceiling:.0%} av raderna."
    )
    return (
        f"# {feed.title_sv}\n\n{feed.description_sv}\n\n"
        f"Lämnas av: {feed.owner_sv}. Filerna läggs i `landing/<förbund>/{feed.id}/` "
        f"({', '.join(feed.suffixes)}). {bad_rows}\n\n"
        "Körningen tar emot alla väntande filer. En fil som avvisas fäller inte körningen: se loggen, eller "
        f"`finsam status`. Tillgången `raw/{feed.id}` meddelas bara när något har godtagits; "
        "annars blir steget *skipped*.\n\n"
        "| Kolumn | Innehåll | Rubriker som känns igen | Krävs |\n|---|---|---|---|\n"
        f"{columns}\n"
    )


def describe_reference(feeds: Mapping[str, Feed]) -> str:
    """The page of `ingest_reference`: every dataset people own."""
    rows = "\n".join(f"| `{feed.id}.csv` | {feed.title_sv} | {feed.owner_sv} |" for feed in feeds.values())
    return (
        "# Referensdata\n\nRegister, kontoplaner, regler och alias. Filerna ligger i `reference/<förbund>/` "
        "eller `reference/common/` och tas emot som andra leveranser.\n\n"
        f"| Fil | Innehåll | Ägare |\n|---|---|---|\n{rows}\n"
    )


def outcomes_of(intake: Intake) -> dict[str, Any]:
    """What goes to XCom: how many per state, and which deliveries. Never a file's contents or values."""
    counts: dict[str, int] = {}
    for outcome in intake.outcomes:
        counts[outcome.state] = counts.get(outcome.state, 0) + 1
    ids = sorted(outcome.delivery_id for outcome in intake.outcomes if outcome.delivery_id)
    return {"counts": counts, "delivery_ids": ids}


def take_in(receive: Callable[[], Intake]) -> None:
    """Receive and report. Raises AirflowSkipException where another run is at it: no failure, and nothing to retry."""
    from ingestion.night import Busy

    try:
        intake = receive()
    except Busy as busy:
        raise AirflowSkipException(str(busy)) from None
    report_intake(intake)


def report_intake(intake: Intake) -> None:
    """Log each file's outcome, leave the counts in XCom. Raises AirflowSkipException if nothing was accepted.

    A second try fires the asset in any case: the first may have been killed between its verdicts and its end.
    """
    for outcome in intake.outcomes:
        log.log(
            logging.WARNING if outcome.state in {"rejected", "held", "ignored"} else logging.INFO,
            outcome.line_sv,
        )
    found = outcomes_of(intake)
    task_instance = get_current_context()["ti"]
    task_instance.xcom_push("intake", found)
    if not intake.accepted_count and task_instance.try_number == 1:
        counts = ", ".join(f"{state}: {count}" for state, count in sorted(found["counts"].items()))
        raise AirflowSkipException(
            f"Inget nytt godtogs ({counts or 'inga nya filer'}), så tillgången meddelas inte."
        )


def current_run() -> tuple[str, date]:
    """`<dag>/<run>`, the name a run leaves on all it writes, and its business date: the day it was due."""
    from zoneinfo import ZoneInfo

    run = get_current_context()["dag_run"]
    return f"{run.dag_id}/{run.run_id}", run.run_after.astimezone(ZoneInfo(TIMEZONE)).date()


def feed_dag(feed: Feed) -> DAG:
    """`ingest_<feed>`: all waiting deliveries of one feed."""
    with DAG(
        dag_id=f"ingest_{feed.id}",
        description=f"Tar emot {feed.title_sv.lower()}",
        doc_md=describe_feed(feed),
        schedule=CronTriggerTimetable(feed.schedule, timezone=TIMEZONE, run_immediately=WAIT_FOR_FIRST_TIME),
        catchup=False,
        max_active_runs=1,
        default_args={"retries": 1, "retry_delay": timedelta(minutes=1)},
        tags=["intake", "personal" if feed.is_personal else "public", feed.id],
    ) as dag:

        @task(task_id="receive", outlets=[Asset(f"raw/{feed.id}")])
        def receive(feed_id: str) -> None:
            from ingestion import settings
            from ingestion.pipeline import receive_feed

            take_in(lambda: receive_feed(settings.load(), feed_id, *current_run()))

        receive(feed.id)
    return dag


def reference_dag(feeds: Mapping[str, Feed]) -> DAG:
    """`ingest_reference`: every reference dataset, in one run."""
    with DAG(
        dag_id="ingest_reference",
        description="Tar emot referensdata",
        doc_md=describe_reference(feeds),
        schedule=CronTriggerTimetable(
            REFERENCE_SCHEDULE, timezone=TIMEZONE, run_immediately=WAIT_FOR_FIRST_TIME
        ),
        catchup=False,
        max_active_runs=1,
        default_args={"retries": 1, "retry_delay": timedelta(minutes=1)},
        tags=["intake", "reference"],
    ) as dag:

        @task(task_id="receive", outlets=[Asset("raw/reference")])
        def receive() -> None:
            from ingestion import settings
            from ingestion.pipeline import receive_reference

            run_id, _ = current_run()
            take_in(lambda: receive_reference(settings.load(), run_id))

        receive()
    return dag


for _feed in member_feeds().values():
    globals()[f"ingest_{_feed.id}"] = feed_dag(_feed)
ingest_reference = reference_dag(reference_feeds())
