"""What only grows is cut back: logs of tasks and components, Airflow's runs, notes of old steps, alerts that are over."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ingestion.warehouse import connection as connections

if TYPE_CHECKING:
    from pathlib import Path

    from ingestion.settings import Settings

LOG_DAYS = 30
RUN_DAYS = 100
NOTE_DAYS = 400


@dataclass(frozen=True)
class Tidied:
    """logs: files removed. notes: steps and alerts forgotten."""

    logs: int
    notes: int

    @property
    def summary_sv(self) -> str:
        """One sentence for a log."""
        return f"Gallrade {self.logs} loggar äldre än {LOG_DAYS} dagar och {self.notes} anteckningar äldre än {NOTE_DAYS}."


def tidy(settings: Settings) -> Tidied:
    """Remove what is older than its time. Raises WarehouseUnavailable."""
    logs = _remove_old(settings.airflow / "logs", time.time() - LOG_DAYS * 86400)
    with connections.connect(settings, "finsam_gate") as connection:
        row = connection.execute("select ops.forget_old(%s)", (NOTE_DAYS,)).fetchone()
    return Tidied(logs, row[0] if row else 0)


def forget_persons(settings: Settings) -> str:
    """Rows whose time is out by decision, and what files still hold of rows that are gone. Returns what was done."""
    from ingestion import privacy_office

    done = privacy_office.remove_due(settings)
    rows, swept = sum(one.rows for one in done), sum(one.files for one in done)
    with connections.connect(settings, "finsam_privacy") as keeper:
        swept += privacy_office.sweep(settings, keeper)
    return f"Gallrade {rows} rader i {len(done)} förbund enligt beslut, och {swept} rader ur arkivet."


def forget_runs(settings: Settings, days: int = RUN_DAYS) -> None:
    """Runs in Airflow's database, of which one DAG alone makes 288 a day. Raises AirflowUnavailable."""
    from ingestion import orchestrator

    orchestrator.forget_runs(settings, datetime.now(UTC) - timedelta(days=days))


def _remove_old(folder: Path, before: float) -> int:
    """Old files, then the folders that are left empty; what another process removes meanwhile is none of ours."""
    removed = 0
    for path in sorted(folder.rglob("*"), reverse=True):
        with suppress(OSError):
            if path.is_symlink():
                continue
            if path.is_dir():
                if path.lstat().st_mtime < before:
                    path.rmdir()  # raises where it still holds something
            elif path.lstat().st_mtime < before:
                path.unlink()
                removed += 1
    return removed
