"""Housekeeping of what is published: vacuum after publication, and folding of the past."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg import sql

from ingestion import faults
from ingestion.warehouse import connection as connections

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    import psycopg

    from ingestion.settings import Settings

KEEP_DAYS = 400
"""Every generation of the last so many days stays; of older ones those of month-ends and board meetings."""
KEEPER = "finsam_keeper"
MAINTAIN_SINCE = 170000
"""Before that server only a table's owner may vacuum it: the keeper becomes it."""


@dataclass(frozen=True)
class Folded:
    """folded: generations whose own rows are gone. kept: those that can still be asked for."""

    folded: list[int]
    kept: list[int]
    rows_removed: dict[str, int] = field(default_factory=dict)

    @property
    def summary_sv(self) -> str:
        """What a person reads."""
        if not self.folded:
            return f"Inget att vika ihop: {len(self.kept)} generationer är sparade."
        return (
            f"{len(self.folded)} generationer är hopvikta ({self.folded[0]}–{self.folded[-1]}), "
            f"{sum(self.rows_removed.values())} rader borttagna. {len(self.kept)} generationer är sparade."
        )


def fold(settings: Settings, run_id: str, today: date, keep_days: int = KEEP_DAYS) -> Folded:
    """Remove the rows that only folded generations had; what a kept generation shows is as it was.

    Raises WarehouseUnavailable.
    """
    with _keeper(settings) as connection, connection.transaction():
        row = connection.execute("select ops.fold(%s, %s, %s)", (run_id, keep_days, today)).fetchone()
        connection.execute("select ops.forget_rows()")  # of persons who are erased since
    found = row[0] if row else {"folded": [], "kept": [], "rows_removed": {}}
    tables = {name.removeprefix("store.").removesuffix("_history") for name in found["rows_removed"]}
    vacuum(settings, [name for name in sorted(tables) if "." not in name])
    return Folded(**found)


def vacuum(settings: Settings, marts: Sequence[str]) -> None:
    """Vacuum what publication or folding moved, so that the current view stays as fast as a plain table.

    Outside the publication and never in its way: a reader that holds the table is waited for by nobody
    (`skip_locked`, no truncation), and what is skipped today is taken next time.
    """
    if not marts:
        return
    with _keeper(settings) as connection:
        if connection.info.server_version < MAINTAIN_SINCE:
            connection.execute("set role own_store")
        for mart in marts:
            faults.point("publish.tidying")
            for part in ("current", "history"):
                connection.execute(
                    sql.SQL("vacuum (analyze, skip_locked, truncate false) {}").format(
                        sql.Identifier("store", f"{mart}_{part}")
                    )
                )


@contextmanager
def _keeper(settings: Settings) -> Iterator[psycopg.Connection]:
    """As the keeper's own login; its waits for a lock are bounded, so a publication that hangs is not waited out."""
    with connections.connect(settings, KEEPER, autocommit=True) as connection:
        yield connection
