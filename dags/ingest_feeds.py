"""Takes in what the associations have delivered: one scheduled `ingest_<feed>` DAG per declared feed.

Each is one task that handles all waiting deliveries of its feed in one process. A delivery that is refused does not
fail the task: it is an outcome, with a log line here, a report in quarantine and evidence in the warehouse. The asset
`raw/<feed>` is fired only when something was accepted; otherwise the task ends as skipped, since a green night with
nothing in it would look like success. The key of this file's DAGs is the declaration in `ingestion/feeds/`.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, Asset, CronTriggerTimetable, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from ingestion.feeds import member_feeds, reference_feeds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingestion.feed import Feed

TIMEZONE = "Europe/Stockholm"
REFERENCE_SCHEDULE = "0 1 * * *"
log = logging.getLogger("finsam.ingest")


def describe_feed(feed: Feed) -> str:
    """The DAG's page in Airflow, from the feed's declaration."""
    columns = "\n".join(
        f"| `{column.name}` | {column.label_sv} | {', '.join(column.headers) or column.name} | {'ja' if column.required else ''} |"
        for column in feed.columns
    )
    bad_rows = (
        "En felaktig rad fäller hela leveransen." if feed.on_bad_row == "reject"
        else f"Felaktiga rader läggs åt sidan, högst {feed.quarantine_ceiling:.0%} av raderna."
    )
    return (
        f"# {feed.title_sv}\n\n{feed.description_sv}\n\n"
        f"Lämnas av: {feed.owner_sv}. Filerna läggs i `landing/<förbund>/{feed.id}/` "
        f"({', '.join(feed.suffixes)}). {bad_rows}\n\n"
        "Körningen tar emot alla väntande filer. En fil som avvisas fäller inte körningen: se loggen, eller "
        f"`finsam status`. Tillgången `raw/{feed.id}` meddelas bara när något har godtagits; annars blir steget *skipped*.\n\n"
        "| Kolumn | Innehåll | Rubriker som känns igen | Krävs |\n|---|---|---|---|\n"
        f"{columns}\n"
    )


def describe_reference(feeds: Mapping[str, Feed]) -> str:
    """The page of `ingest_reference`: every dataset people own."""
    rows = "\n".join(f"| `{feed.id}.csv` | {feed.title_sv} | {feed.owner_sv} |" for feed in feeds.values())
    return (
        "# Referensdata\n\nRegister, kontoplaner, regler och alias. Filerna ligger i `reference/<förbund>/` eller "
        "`reference/common/` och tas emot som andra leveranser.\n\n"
        f"| Fil | Innehåll | Ägare |\n|---|---|---|\n{rows}\n"
    )


def outcomes_of(intake: Any) -> dict[str, Any]:
    """What goes to XCom: states with their counts and delivery ids. Never a file's contents or a row's values."""
    found: dict[str, list[str]] = {}
    for outcome in intake.outcomes:
        found.setdefault(outcome.state, []).append(outcome.delivery_id)
    return {"accepted_count": intake.accepted_count, "deliveries": found}


def report_intake(intake: Any) -> dict[str, Any]:
    """Log each delivery's outcome and return the XCom. Raises AirflowSkipException where nothing was accepted."""
    for outcome in intake.outcomes:
        where = f"{outcome.association_id}/{outcome.file_name} ({outcome.delivery_id})"
        if outcome.state == "rejected":
            log.warning("AVVISAD %s: %s", where, outcome.reason_sv)
        else:
            log.info("%s %s: %s rader", outcome.state, where, outcome.rows_loaded)
    found = outcomes_of(intake)
    get_current_context()["ti"].xcom_push("intake", found)
    if not intake.accepted_count:
        counts = ", ".join(f"{state}: {len(ids)}" for state, ids in found["deliveries"].items()) or "inga filer väntade"
        raise AirflowSkipException(f"Inget nytt godtogs ({counts}), så tillgången meddelas inte.")
    return found


def current_run() -> str:
    """`<dag>/<run>`: the name this run leaves on everything it writes."""
    run = get_current_context()["dag_run"]
    return f"{run.dag_id}/{run.run_id}"


def feed_dag(feed: Feed) -> DAG:
    """`ingest_<feed>`: all waiting deliveries of one feed."""
    with DAG(
        dag_id=f"ingest_{feed.id}",
        description=f"Tar emot {feed.title_sv.lower()}",
        doc_md=describe_feed(feed),
        schedule=CronTriggerTimetable(feed.schedule, timezone=TIMEZONE),
        catchup=False,
        max_active_runs=1,
        tags=["intake", "personal" if feed.is_personal else "public", feed.id],
    ) as dag:

        @task(task_id="receive", outlets=[Asset(f"raw/{feed.id}")], multiple_outputs=False)
        def receive(feed_id: str) -> dict[str, Any]:
            from ingestion import settings
            from ingestion.pipeline import receive_feed

            return report_intake(receive_feed(settings.load(), feed_id, current_run()))

        receive(feed.id)
    return dag


def reference_dag(feeds: Mapping[str, Feed]) -> DAG:
    """`ingest_reference`: every reference dataset, in one run."""
    with DAG(
        dag_id="ingest_reference",
        description="Tar emot referensdata",
        doc_md=describe_reference(feeds),
        schedule=CronTriggerTimetable(REFERENCE_SCHEDULE, timezone=TIMEZONE),
        catchup=False,
        max_active_runs=1,
        tags=["intake", "reference"],
    ) as dag:

        @task(task_id="receive", outlets=[Asset("raw/reference")], multiple_outputs=False)
        def receive() -> dict[str, Any]:
            from ingestion import settings
            from ingestion.pipeline import receive_reference

            return report_intake(receive_reference(settings.load(), current_run()))

        receive()
    return dag


for _feed in member_feeds().values():
    globals()[f"ingest_{_feed.id}"] = feed_dag(_feed)
ingest_reference = reference_dag(reference_feeds())
