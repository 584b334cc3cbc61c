"""Reference data as intake needs it: which associations exist, and what each calls headers, initiatives and members.

The files under `FINSAM_HOME/reference` are read by the same reader and checks as any delivery. The warehouse
loads them too, with history; this module only looks at the present files, so that `finsam check` needs no database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingestion.binding import HeaderAlias
from ingestion.feeds import reference_feeds
from ingestion.values import match_key

if TYPE_CHECKING:
    from pathlib import Path

    from ingestion.feed import Feed
    from ingestion.settings import Settings

COMMON = "common"
REGISTERS = {"initiatives": "initiative_id", "members": "member_id"}
"""Datasets that name the parts an association's deliveries may be divided in, and the column with a part's own id."""


@dataclass(frozen=True)
class Association:
    """One association as intake knows it.

    organisation_numbers: over time, as people write them. header_aliases: feed -> header -> column and unit.
    registers: dataset -> spelling, as names compare -> id.
    """

    association_id: str
    organisation_numbers: frozenset[str] = frozenset()
    header_aliases: dict[str, dict[str, HeaderAlias]] = field(default_factory=dict)
    registers: dict[str, dict[str, str]] = field(default_factory=dict)

    def aliases(self, feed_id: str) -> dict[str, HeaderAlias]:
        """The association's own words for the columns of that feed."""
        return self.header_aliases.get(feed_id, {})

    def parts(self, feed: Feed) -> dict[str, str]:
        """Every known spelling of the parts that tell deliveries of that feed apart -> the part's id."""
        return self.registers.get(feed.scope_register or "", {})


def associations(settings: Settings, *, only: str | None = None) -> dict[str, Association]:
    """Every association that has a readable `associations.csv` in its reference folder.

    only: read no other association's files; one is asked for, and eighty may lie there.
    """
    common = settings.reference / COMMON
    common_aliases = _header_aliases(common)
    common_parts = {name: _rows(common / f"{name}.csv") for name in REGISTERS}
    found: dict[str, Association] = {}
    for folder in sorted(p for p in settings.reference.glob("*") if p.is_dir() and p.name != COMMON):
        if only not in (None, folder.name):
            continue
        rows = _rows(folder / "associations.csv")
        if not rows:
            continue
        numbers = frozenset(row["organisation_number"] or "" for row in rows)
        own = _header_aliases(folder)
        merged = {
            feed: {**common_aliases.get(feed, {}), **own.get(feed, {})}
            for feed in common_aliases.keys() | own.keys()
        }
        registers = {
            name: _spellings([*_rows(folder / f"{name}.csv"), *common_parts[name]], id_column)
            for name, id_column in REGISTERS.items()
        }
        found[folder.name] = Association(folder.name, numbers, merged, registers)
    return found


def _header_aliases(folder: Path) -> dict[str, dict[str, HeaderAlias]]:
    found: dict[str, dict[str, HeaderAlias]] = {}
    for row in _rows(folder / "header_aliases.csv"):
        alias = HeaderAlias(row["column_name"] or "", row["unit"])
        found.setdefault(row["feed_id"] or "", {})[row["header"] or ""] = alias
    return found


def _spellings(rows: list[dict[str, str | None]], id_column: str) -> dict[str, str]:
    """Spelling -> id. A spelling that two ids share names neither."""
    ids: dict[str, set[str]] = {}
    for row in rows:
        own_id = row[id_column] or ""
        for spelling in (own_id, row["name_sv"] or "", *(row["aliases"] or "").split("|")):
            ids.setdefault(match_key(spelling), set()).add(own_id)
    return {spelling: found.pop() for spelling, found in ids.items() if spelling and len(found) == 1}


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
