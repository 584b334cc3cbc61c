"""`make run`: the demo night. Real files, the real scheduler, published figures; what was started is
stopped again.

Ends with status 0, or 3 and one sentence that says what is wrong.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion import orchestrator
from ingestion.airflow_api import AirflowUnavailable
from ingestion.demo.ground import (
    BUILD_DAG,
    INTAKE_DAGS,
    NightFailed,
    finish,
    prepare_warehouse,
    start_airflow,
)
from ingestion.demo.progress import Progress
from ingestion.warehouse import connection as connections

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    from ingestion.airflow_api import AirflowApi, Run
    from ingestion.settings import Settings

DELIVERIES = Path(__file__).parent / "deliveries"
ASSOCIATIONS_SV = "Skellefteå-Norsjö 2016–2017 och Uppsala län 2021–2024"
READING = (
    "psycopg",
    "pyarrow",
    "pandas",
)  # what every intake imports; shared by the scheduler's forked tasks
JUDGING = ("great_expectations",)  # what it needs besides when there is something new
STOPPED = "Det som startades är stoppat igen. `make up` öppnar Airflow och databasen och säger var."
ENDING_SECONDS = 15.0
STUCK_SECONDS = 300.0
SILENT_SECONDS = 60.0  # a busy machine may keep a component from answering once


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo night and return its status."""
    parser = argparse.ArgumentParser(
        prog="python -m ingestion.demo.run", description="Demonatten: ta emot, bygg, publicera."
    )
    parser.add_argument(
        "--without-scheduler", action="store_true", help="för prov: starta inte schemaläggaren"
    )
    options = parser.parse_args(arguments)
    leave_out = frozenset({"scheduler"}) if options.without_scheduler else frozenset[str]()
    return finish(partial(run_demo, leave_out=leave_out))


def run_demo(settings: Settings, leave_out: frozenset[str] = frozenset()) -> None:
    """The whole way, in order; what this starts it also stops, however it ends."""
    from ingestion import report

    progress = Progress()
    with ExitStack() as cleanup:
        prepare_warehouse(settings, progress, cleanup)
        new, edited = deliver(settings)
        kept = f"; {edited} som du ändrat lämnas som de är" if edited else ""
        progress.say(
            f"{ASSOCIATIONS_SV}: {new} demofiler lagda i {settings.landing} och {settings.reference}{kept}"
        )
        before = take_stand(settings)
        was_up = orchestrator.running(settings) is not None
        airflow, api = start_airflow(
            settings,
            progress,
            cleanup,
            stays=False,
            preload=READING if before.deliveries else READING + JUDGING,
            leave_out=leave_out,
        )
        progress.say(f"Airflow svarar på {airflow.url}; schemaläggaren tar över")
        afterwards = f"Airflow är kvar på {airflow.url}." if was_up else STOPPED
        runs = Night(settings, airflow, api, progress, before).run()
        check_runs(settings, api, before)
        print("\n" + report.night_summary(settings))
        print(_closing(before, take_stand(settings), runs, afterwards))


def deliver(settings: Settings) -> tuple[int, int]:
    """Put the demo deliveries in the inboxes. Returns how many were put there, and how many differ already.

    A file that somebody has edited stays as it is: changing an amount and running again is what one does
    next. What an earlier night took in is delivered once more, byte for byte, as senders do.
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


@dataclass(frozen=True)
class Stand:
    """What the warehouse holds, to tell afterwards what a night added. moment: the server's clock."""

    moment: datetime
    deliveries: frozenset[str]
    generation: int | None


def take_stand(settings: Settings) -> Stand:
    """Deliveries and generation as they are now."""
    with connections.connect(settings, "finsam_audit") as connection:
        row = connection.execute(
            "select clock_timestamp(), (select coalesce(array_agg(delivery_id), '{}') from ops.delivery),"
            " (select max(generation) from ops.publication)"
        ).fetchone()
    if row is None:
        raise NightFailed("Databasen svarar inte på en enkel fråga.")
    return Stand(row[0], frozenset(row[1]), row[2])


@dataclass
class Night:
    """One night by the DAGs, watched until nothing is open."""

    settings: Settings
    airflow: orchestrator.Airflow
    api: AirflowApi
    progress: Progress
    before: Stand
    _all_well: float = field(default_factory=time.monotonic)

    def run(self) -> list[Run]:
        """Queue one run of every intake and watch. Returns all runs of the night; raises NightFailed.

        Every run exists before any may start (a run of a paused DAG waits), so no build can slip in between. Where
        nothing was new no build follows: then the net is run as it is each morning, and finds nothing either.
        """
        stamp = f"demo__{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}Z"
        self.api.unpause(BUILD_DAG)
        for dag_id in INTAKE_DAGS:
            self.api.trigger(dag_id, stamp)
        for dag_id in INTAKE_DAGS:
            self.api.unpause(dag_id)
        with connections.connect(self.settings, "finsam_audit", autocommit=True) as connection:
            self.progress.show_deliveries(connection, quietly=True)
            try:
                runs = self._watch(connection)
                if not any(run.dag_id == BUILD_DAG for run in runs):
                    self.api.trigger(BUILD_DAG, f"net_{stamp}")
                    runs = self._watch(connection)
            except AirflowUnavailable:
                self._await_end()  # where a process ended, that says more
                raise
        if failed := [run for run in runs if run.state == "failed"]:
            raise NightFailed(self._why(failed[0]))
        return runs

    def _watch(self, connection: psycopg.Connection) -> list[Run]:
        """Show every change until all is at rest."""
        since = self.before.moment.astimezone(UTC).isoformat()
        while True:
            runs = self.api.runs_since(since)
            self.progress.show_deliveries(connection)
            self.progress.show_runs(self.api, runs)
            if not any(run.is_open for run in runs) and not self.api.has_waiting_events(BUILD_DAG):
                # an event may have become a run between the two questions
                again = self.api.runs_since(since)
                if not any(run.is_open for run in again):
                    self.progress.show_runs(self.api, again)
                    return again
            self._notice_trouble()
            time.sleep(1)

    def _await_end(self) -> None:
        """Airflow ends where a component cannot be kept, which takes a moment. Raises NightFailed if it did."""
        until = time.monotonic() + ENDING_SECONDS
        while orchestrator.running(self.settings) and time.monotonic() < until:
            time.sleep(0.5)
        self._notice_trouble()

    def _notice_trouble(self) -> None:
        """Raises NightFailed where a component has fallen silent, or nothing has happened for minutes."""
        if orchestrator.running(self.settings) is None:
            log = orchestrator.log_of(self.settings, "start")
            said = (log.read_text().splitlines() or ["inget sagt"])[-1]
            raise NightFailed(f"Airflow stannade mitt i natten ({said}). Läs loggarna i {log.parent}.")
        now = time.monotonic()
        silent = orchestrator.silent_component(self.settings, self.airflow.url)
        if silent is None:
            self._all_well = now
        elif now - self._all_well > SILENT_SECONDS:
            log = orchestrator.log_of(self.settings, silent)
            raise NightFailed(f"Airflows {silent} har slutat svara mitt i natten. Läs {log}.")
        if now - self.progress.changed > STUCK_SECONDS:
            log = orchestrator.log_of(self.settings, "scheduler")
            raise NightFailed(f"Inget har hänt på {STUCK_SECONDS:.0f} sekunder. Läs {log}.")

    def _why(self, run: Run) -> str:
        """The failed task, what it said last, and where its log stands."""
        tasks = self.api.tasks(run)
        task_id = next((name for name, state in tasks.items() if state == "failed"), next(iter(tasks), "?"))
        folder = (
            self.settings.airflow
            / "logs"
            / f"dag_id={run.dag_id}"
            / f"run_id={run.run_id}"
            / f"task_id={task_id}"
        )
        logs = sorted(folder.glob("*.log"))
        said = _last_error(logs[-1]) if logs else ""
        return (
            f"Körningen {run.name} misslyckades i steget {task_id}. {said}Läs {logs[-1] if logs else folder}."
        )


def check_runs(settings: Settings, api: AirflowApi, before: Stand) -> None:
    """Every delivery, build and publication made since must carry a run that Airflow knows as successful."""
    with connections.connect(settings, "finsam_audit") as connection:
        made = connection.execute(
            "select 'Leveransen ' || file_name, run_id from ops.delivery where received_at >= %(since)s"
            " union all select 'Bygget ' || build_id, run_id from ops.build where started_at >= %(since)s"
            " union all select 'Generation ' || generation, run_id from ops.publication"
            " where published_at >= %(since)s",
            {"since": before.moment},
        ).fetchall()
    known = {name: api.run(name) for name in {run_id for _, run_id in made}}
    for what, run_id in made:
        run = known[run_id]
        if run is None or run.state != "success":
            fault = "inte känner" if run is None else "inte har lyckats med"
            raise NightFailed(f"{what} bär körningen {run_id}, som Airflow {fault}.")


def _last_error(log: Path) -> str:
    """The exception a task's log ends with, as one sentence, or nothing."""
    for line in reversed(log.read_text(encoding="utf-8", errors="replace").splitlines()):
        try:
            details = json.loads(line).get("error_detail")
        except ValueError:
            continue
        if details:
            return f"{details[0].get('exc_type')}: {str(details[0].get('exc_value')).splitlines()[0]} "
    return ""


def _closing(before: Stand, after: Stand, runs: list[Run], afterwards: str) -> str:
    new = len(after.deliveries - before.deliveries)
    published = after.generation != before.generation
    made = f"generation {after.generation} publicerades" if published else "ingen ny generation publicerades"
    news = (
        f"{new} nya leveranser togs emot; {made}."
        if new or published
        else f"Inget nytt: alla filer var redan mottagna, inget lästes in igen, {made}."
    )
    dags = ", ".join(sorted({run.dag_id for run in runs}))
    return "\n".join(
        [
            "DEN HÄR NATTEN",
            f"  {news}",
            f"  Airflow gjorde {len(runs)} körningar, alla lyckade: {dags}.",
            *_net_line(runs, published),
            f"  {afterwards}",
            "  Dokumentation: README.md (börja här), docs/marts.md (vad tabellerna betyder), docs/feeds.md (vad som lämnas),",
            "  docs/onboarding.md (ta in ett förbund), docs/readers.md (Excel, Power BI), expectations/README.md (reglerna)",
        ]
    )


def _net_line(runs: list[Run], published: bool) -> list[str]:
    """How long the build's DAG took to find that there was nothing, from due to its end."""
    took = [run.seconds for run in runs if run.dag_id == BUILD_DAG and run.seconds is not None]
    return (
        [f"  {BUILD_DAG} fann inget nytt och slutade efter {max(took):.1f} s."]
        if took and not published
        else []
    )


if __name__ == "__main__":
    sys.exit(main())
