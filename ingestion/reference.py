"""Reference data as binding needs it: which associations exist, and what each calls things in its headers.

The files under `FINSAM_HOME/reference` are read by the same reader and checks as any delivery. The warehouse
loads them too, with history; this module only looks at the present files, so that `finsam check` needs no database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingestion.feeds import reference_feeds

if TYPE_CHECKING:
    from pathlib import Path

    from ingestion.settings import Settings

COMMON = "common"


@dataclass(frozen=True)
class Association:
    """One association as intake knows it.

    organisation_numbers: over time, as people write them. header_aliases: feed -> header -> column.
    """

    association_id: str
    organisation_numbers: frozenset[str] = frozenset()
    header_aliases: dict[str, dict[str, str]] = field(default_factory=dict)

    def aliases(self, feed_id: str) -> dict[str, str]:
        """The association's own words for the columns of that feed."""
        return self.header_aliases.get(feed_id, {})


def associations(settings: Settings) -> dict[str, Association]:
    """Every association that has a readable `associations.csv` in its reference folder."""
    common = _header_aliases(settings.reference / COMMON)
    found: dict[str, Association] = {}
    for folder in sorted(p for p in settings.reference.glob("*") if p.is_dir() and p.name != COMMON):
        rows = _rows(folder / "associations.csv")
        if not rows:
            continue
        numbers = frozenset(row["organisation_number"] or "" for row in rows)
        own = _header_aliases(folder)
        merged = {feed: {**common.get(feed, {}), **own.get(feed, {})} for feed in common.keys() | own.keys()}
        found[folder.name] = Association(folder.name, numbers, merged)
    return found


def _header_aliases(folder: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in _rows(folder / "header_aliases.csv"):
        found.setdefault(row["feed_id"] or "", {})[row["header"] or ""] = row["column_name"] or ""
    return found


def _rows(file: Path) -> list[dict[str, str | None]]:
    """The good rows of one dataset, or none if it is missing or unreadable: its own delivery says why."""
    from ingestion.examination import Examination
    from ingestion.readers.table import DeliveryUnreadable

    if not file.is_file():
        return []
    try:
        examination = Examination(file, reference_feeds()[file.stem], file.parent.name)
        return [row for block in examination.blocks() for row in block.to_pylist()]
    except DeliveryUnreadable:
        return []
