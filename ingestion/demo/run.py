"""`make run`: the demo night. Real files, the real scheduler, published figures; then everything started is stopped.

Ends with status 0, or 3 and one sentence that says what is wrong.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import shutil
import signal
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion import orchestrator
from ingestion import settings as surroundings
from ingestion.airflow_api import AirflowUnavailable
from ingestion.demo.progress import Progress
from ingestion.feeds import member_feeds
from ingestion.warehouse import connection as connections
from ingestion.warehouse import embedded, migrations

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import psycopg

    from ingestion.airflow_api import AirflowApi, Run
    from ingestion.settings import Settings

DELIVERIES = Path(__file__).parent / "deliveries"
INTAKE_DAGS = ("ingest_reference", *(f"ingest_{feed_id}" for feed_id in member_feeds()))
BUILD_DAG = "build_marts"
JUDGING = ("great_expectations", "pandas", "pyarrow")  # what every task that judges a delivery needs
PARSE_SECONDS = 120.0
STUCK_SECONDS = 300.0
SILENT_SECONDS = 45.0
DONE, BROKEN = 0, 3


class NightFailed(Exception):
    """The night did not come to a good end; the message says where to look, in Swedish."""


@dataclass(frozen=True)
class Stand:
    """What the warehouse holds: to tell afterwards what this night added. moment: the server's clock."""

    moment: datetime
    deliveries: frozenset[str]
    generation: int | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo night and turn every expected trouble into one sentence and a status."""
    parser = argparse.ArgumentParser(
        prog="python -m ingestion.demo.run", description="Demonatten: ta emot, bygg, publicera."
    )
    parser.add_argument(
        "--without-scheduler", action="store_true", help="för prov: starta inte schemaläggaren"
    )
    options = parser.parse_args(arguments)
    leave_out = frozenset({"scheduler"}) if options.without_scheduler else frozenset[str]()
    signal.signal(signal.SIGTERM, _end_orderly)
    settings = surroundings.load()
    try:
        with only_one(settings):
            run_demo(settings, leave_out)
    except KeyboardInterrupt:
        print("Avbrutet. Allt som startats är stoppat.", file=sys.stderr)
        return 130
    except (
        surroundings.SettingsProblem,
        embedded.WarehouseUnavailable,
        AirflowUnavailable,
        NightFailed,
    ) as problem:
        print(problem, file=sys.stderr)
        return BROKEN
    except OSError as problem:
        print(
            f"{problem.strerror or problem}: {problem.filename or settings.home}. "
            "Ge mappen rättigheter och plats, eller peka FINSAM_HOME på en annan.",
            file=sys.stderr,
        )
        return BROKEN
    return DONE


def run_demo(settings: Settings, leave_out: frozenset[str] = frozenset()) -> None:
    """The whole way, in order; what this starts it also stops, however it ends."""
    from ingestion import report

    progress = Progress()
    with ExitStack() as cleanup:
        prepare_warehouse(settings, progress, cleanup)
        new, edited = deliver(settings)
        progress.say(
            f"Demofiler på plats i {settings.landing}: {new} lagda"
            + (f", {edited} ändrade av dig" if edited else "")
        )
        before = take_stand(settings)
        airflow = orchestrator.running(settings)
        if airflow is None:
            cleanup.callback(orchestrator.stop, settings)
            progress.say("Startar Airflow")
            airflow = orchestrator.start(
                settings, stays=False, preload=() if before.deliveries else JUDGING, leave_out=leave_out
            )
        api = orchestrator.api(settings, airflow)
        await_dags(api, progress)
        progress.say(f"Airflow svarar på {airflow.url}; schemaläggaren tar över")
        runs = run_night(settings, airflow, api, progress, before)
        after = take_stand(settings)
        check_runs(settings, api, before)
        print("\n" + report.night_summary(settings))
        print(_closing(settings, before, after, runs))


def prepare_warehouse(settings: Settings, progress: Progress, cleanup: ExitStack) -> None:
    """Bring the warehouse to shape; the embedded server is stopped again unless it was already running."""
    settings.prepare()
    if settings.warehouse_url is None and embedded.running_port(settings) is None:
        cleanup.callback(embedded.stop, settings)
    migrations.migrate(settings)
    progress.say("Databasen är igång och har rätt form")


def deliver(settings: Settings) -> tuple[int, int]:
    """Put the demo deliveries in the inboxes. Returns how many were put there, and how many differ there already.

    A file that somebody has edited stays as it is: changing an amount and running again is what one does next.
    What an earlier night took in is delivered once more, byte for byte, as senders do.
    """
    new = edited = 0
    for source in sorted(path for top in ("landing", "reference") for path in (DELIVERIES / top).rglob("*")):
        target = settings.home / source.relative_to(DELIVERIES)
        if source.is_dir() or source.name.startswith("."):
            continue
        if target.exists():
            edited += target.read_bytes() != source.read_bytes()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        hidden = target.with_name(f".{target.name}.part")
        shutil.copy2(source, hidden)
        hidden.replace(target)
        new += 1
    return new, edited


def await_dags(api: AirflowApi, progress: Progress) -> None:
    """Until Airflow has read all our DAG files. Raises NightFailed where one cannot be read."""
    wanted = {*INTAKE_DAGS, BUILD_DAG}
    until = time.monotonic() + PARSE_SECONDS
    while missing := wanted - api.dag_ids():
        if errors := api.import_errors():
            file, trace = next(iter(errors.items()))
            raise NightFailed(f"Airflow kan inte läsa {file}: {trace.strip().splitlines()[-1]}")
        if time.monotonic() > until:
            raise NightFailed(
                f"Airflow har inte läst {', '.join(sorted(missing))} på {PARSE_SECONDS:.0f} sekunder."
            )
        if progress.know("parsing", "waiting"):
            progress.say("Airflow läser DAG-filerna")
        time.sleep(0.3)


def run_night(
    settings: Settings, airflow: orchestrator.Airflow, api: AirflowApi, progress: Progress, before: Stand
) -> list[Run]:
    """Queue one run of every intake, then watch until nothing is open. Returns all runs of the night.

    Every run exists before any may start (a run of a paused DAG waits): so no build can slip in between.
    """
    stamp = f"demo__{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}Z"
    api.unpause(BUILD_DAG)
    for dag_id in INTAKE_DAGS:
        api.trigger(dag_id, stamp)
    for dag_id in INTAKE_DAGS:
        api.unpause(dag_id)
    with connections.connect(settings, "finsam_audit") as connection:
        progress.show_deliveries(connection, quietly=True)
        runs = _watch(settings, airflow, api, progress, connection, before)
    if failed := [run for run in runs if run.state == "failed"]:
        raise NightFailed(_why(settings, api, failed[0]))
    return runs


def take_stand(settings: Settings) -> Stand:
    """Deliveries and generation as they are now."""
    with connections.connect(settings, "finsam_audit") as connection:
        row = connection.execute(
            "select clock_timestamp(), (select coalesce(array_agg(delivery_id), '{}') from ops.delivery),"
            " (select max(generation) from ops.publication)"
        ).fetchone()
    assert row is not None  # noqa: S101 - a select without from has one row
    return Stand(row[0], frozenset(row[1]), row[2])


def check_runs(settings: Settings, api: AirflowApi, before: Stand) -> None:
    """Every delivery, build and publication made since must carry a run that Airflow knows as successful."""
    with connections.connect(settings, "finsam_audit") as connection:
        made = connection.execute(
            "select 'Leveransen ' || file_name, run_id from ops.delivery where received_at >= %(since)s"
            " union all select 'Bygget ' || build_id, run_id from ops.build where started_at >= %(since)s"
            " union all select 'Generation ' || generation, run_id from ops.publication where published_at >= %(since)s",
            {"since": before.moment},
        ).fetchall()
    known = {name: api.run(name) for name in {run_id for _, run_id in made}}
    for what, run_id in made:
        run = known[run_id]
        if run is None or run.state != "success":
            raise NightFailed(
                f"{what} bär körningen {run_id}, som Airflow {'inte känner' if run is None else 'inte har lyckats med'}."
            )


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """One `make run` or `make up` at a time per FINSAM_HOME; the lock ends with the process."""
    settings.prepare()
    folder = settings.home / "run"
    folder.mkdir(exist_ok=True)
    with (folder / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NightFailed(
                f"En annan `make run` arbetar redan i {settings.home}. Vänta på den, eller välj ett annat FINSAM_HOME."
            ) from None
        yield


def _watch(
    settings: Settings,
    airflow: orchestrator.Airflow,
    api: AirflowApi,
    progress: Progress,
    connection: psycopg.Connection,
    before: Stand,
) -> list[Run]:
    """Show every change until all is at rest. Raises NightFailed where nothing happens or a component falls silent."""
    since = before.moment.astimezone(UTC).isoformat()
    while True:
        runs = api.runs_since(since)
        progress.show_deliveries(connection)
        progress.show_runs(api, runs)
        if not any(run.is_open for run in runs) and not api.has_waiting_events(BUILD_DAG):
            # an event may have become a run between the two questions
            again = api.runs_since(since)
            if not any(run.is_open for run in again):
                progress.show_runs(api, again)
                return again
        if silent := orchestrator.silent_component(settings, airflow, SILENT_SECONDS):
            raise NightFailed(
                f"Airflows {silent} har slutat svara mitt i natten. Läs {orchestrator.log_of(settings, silent)}."
            )
        if time.monotonic() - progress.changed > STUCK_SECONDS:
            raise NightFailed(
                f"Inget har hänt på {STUCK_SECONDS:.0f} sekunder. Läs {orchestrator.log_of(settings, 'scheduler')}."
            )
        time.sleep(1)


def _why(settings: Settings, api: AirflowApi, run: Run) -> str:
    """The failed task, what it said last, and where its log stands."""
    tasks = api.tasks(run)
    task_id = next((name for name, state in tasks.items() if state == "failed"), next(iter(tasks), "?"))
    folder = (
        settings.airflow / "logs" / f"dag_id={run.dag_id}" / f"run_id={run.run_id}" / f"task_id={task_id}"
    )
    logs = sorted(folder.glob("*.log"))
    said = _last_error(logs[-1]) if logs else ""
    return f"Körningen {run.name} misslyckades i steget {task_id}. {said}Läs {logs[-1] if logs else folder}."


def _last_error(log: Path) -> str:
    for line in reversed(log.read_text(encoding="utf-8", errors="replace").splitlines()):
        try:
            details = json.loads(line).get("error_detail")
        except ValueError:
            continue
        if details:
            return f"{details[0].get('exc_type')}: {str(details[0].get('exc_value')).splitlines()[0]} "
    return ""


def _closing(settings: Settings, before: Stand, after: Stand, runs: list[Run]) -> str:
    new = len(after.deliveries - before.deliveries)
    lines = ["DEN HÄR NATTEN"]
    if not new and after.generation == before.generation:
        lines.append(
            "  Inget nytt: alla filer var redan mottagna, inget lästes in igen och ingen ny generation publicerades."
        )
    else:
        made = (
            f"generation {after.generation} publicerades"
            if after.generation != before.generation
            else "ingen ny generation publicerades"
        )
        lines.append(f"  {new} lagda leveranser togs emot; {made}.")
    lines += [
        f"  Airflow gjorde {len(runs)} körningar, alla lyckade: {', '.join(sorted({run.dag_id for run in runs}))}.",
        "  Allt som startades är stoppat igen. `make up` öppnar Airflow och databasen och säger var.",
        "  Dokumentation: README.md",
    ]
    return "\n".join(lines)


def _end_orderly(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
