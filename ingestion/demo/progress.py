"""Visible progress: one line per change while Airflow works, also without a terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ingestion.feeds import reference_feeds
from ingestion.report import STATES_SV

if TYPE_CHECKING:
    import psycopg

    from ingestion.airflow_api import AirflowApi, Run

TASKS_SV = {
    ("wait_for_intakes", "deferred"): "väntar tills all mottagning är klar",
    ("build", "running"): "bygger och granskar (dbt)",
    ("publish", "running"): "publicerar",
    ("receive", "running"): "tar emot",
    ("receive", "up_for_retry"): "gick inte, försöker igen om en minut",
    ("build", "up_for_retry"): "gick inte, försöker igen om en minut",
    ("publish", "up_for_retry"): "gick inte, försöker igen om en minut",
}
MOST_NAMED = 3
STATES_PLURAL_SV = {"received": "under mottagning", "accepted": "godtagna"}


class Progress:
    """Remembers what was last shown, and prints what has changed since."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.changed = self.started
        self._shown: dict[str, str] = {}

    def say(self, text: str) -> None:
        """One line with the seconds since the start."""
        self.changed = time.monotonic()
        print(f"{self.changed - self.started:5.0f} s  {text}", flush=True)

    def know(self, key: str, state: str) -> bool:
        """Note a state; True if it is news."""
        is_news = self._shown.get(key) != state
        self._shown[key] = state
        return is_news

    def show_runs(self, api: AirflowApi, runs: list[Run]) -> None:
        """DAG runs and what their tasks do."""
        for run in runs:
            if not run.is_open and not self.know(f"closed {run.name}", run.state):
                continue
            tasks = api.tasks(run)
            for task_id, state in tasks.items():
                doing = TASKS_SV.get((task_id, state))
                if self.know(f"{run.name} {task_id}", state) and doing:
                    self.say(f"{run.dag_id}: {doing}")
            if not run.is_open:
                self.say(f"{run.dag_id}: {_ending(run, tasks)}")

    def show_deliveries(self, connection: psycopg.Connection, quietly: bool = False) -> None:
        """Deliveries whose state has changed: many of one feed in one line, refused and held ones by name."""
        rows = connection.execute(
            "select delivery_id, association_id, feed_id, file_name, state, rows_loaded from ops.delivery"
            " order by received_at, delivery_id"
        ).fetchall()
        connection.rollback()
        news: dict[tuple[str, str], list[tuple[str, int]]] = {}
        for delivery_id, association_id, feed_id, file_name, state, rows_loaded in rows:
            if self.know(f"delivery {delivery_id}", state) and not quietly:
                dag_id = "ingest_reference" if feed_id in reference_feeds() else f"ingest_{feed_id}"
                news.setdefault((dag_id, state), []).append((f"{association_id}/{file_name}", rows_loaded))
        for (dag_id, state), files in news.items():
            self._say_files(dag_id, state, files)

    def _say_files(self, dag_id: str, state: str, files: list[tuple[str, int]]) -> None:
        is_named = len(files) <= MOST_NAMED or state not in ("received", "accepted")
        said = files if is_named else [(f"{len(files)} filer", sum(count for _name, count in files))]
        for name, count in said:
            loaded = f", {count} rader" if state == "accepted" else ""
            self.say(f"{dag_id}: {name} {STATES_SV[state] if is_named else STATES_PLURAL_SV[state]}{loaded}")


def _ending(run: Run, tasks: dict[str, str]) -> str:
    if run.state == "failed":
        return "MISSLYCKADES"
    if "build" not in tasks:
        return "klar, inget nytt godtogs" if "skipped" in tasks.values() else "klar"
    if tasks["build"] == "skipped":
        return "klar, inget nytt att bygga"
    return "klar, publicerat" if tasks.get("publish") == "success" else "klar, inga siffror ändrades"
