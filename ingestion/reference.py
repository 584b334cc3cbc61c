"""Reference data as intake needs it: which associations exist, and what each calls headers, initiatives and members.

The files under `FINSAM_HOME/reference` are read by the same reader and checks as any delivery. The warehouse
loads them too, with history; this module only looks at the present files, so that `finsam check` needs no database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingestion.binding import HeaderAlias
from ingestion.feeds import reference_feeds
from ingestion.places import Places, of_rows, packaged
from ingestion.values import match_key

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from ingestion.feed import Feed
    from ingestion.settings import Settings
    from ingestion.values import DecimalSign

COMMON = "common"
_DECIMAL_SIGNS: dict[str, DecimalSign] = {"comma": ",", "point": "."}
REGISTERS = {"initiatives": "initiative_id", "members": "member_id"}
"""Datasets that name the parts an association's deliveries may be divided in, and the column with a part's own id."""


@dataclass(frozen=True)
class Association:
    """One association as intake knows it.

    organisation_numbers: over time, as people write them. header_aliases: feed -> header -> column and unit.
    registers: dataset -> spelling, as names compare -> id. value_aliases: feed -> column -> word -> code.
    places: the municipalities there are.
    """

    association_id: str
    organisation_numbers: frozenset[str] = frozenset()
    header_aliases: dict[str, dict[str, HeaderAlias]] = field(default_factory=dict)
    registers: dict[str, dict[str, str]] = field(default_factory=dict)
    value_aliases: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    places: Places | None = None

    def aliases(self, feed_id: str) -> dict[str, HeaderAlias]:
        """The association's own words for the columns of that feed."""
        return self.header_aliases.get(feed_id, {})

    def words(self, feed_id: str) -> dict[str, dict[str, str]]:
        """The association's own words for codes, by column of that feed."""
        return self.value_aliases.get(feed_id, {})

    def parts(self, feed: Feed) -> dict[str, str]:
        """Every known spelling of the parts that tell deliveries of that feed apart -> the part's id."""
        return self.registers.get(feed.scope_register or "", {})


@dataclass(frozen=True)
class Terms:
    """What an association has agreed on the deliveries of one feed."""

    sends_manifest: bool = False
    manifest_wait_hours: int = 0


def delivery_terms(settings: Settings, association_id: str, on: date) -> dict[str, Terms]:
    """Feed -> what the association has agreed on its deliveries that day."""
    rows = _rows(settings.reference / association_id / "delivery_terms.csv")
    return {
        row["feed_id"] or "": Terms(row["sends_manifest"] == "true", int(row["manifest_wait_hours"] or 0))
        for row in rows
        if (row["valid_from"] or "") <= on.isoformat() <= (row["valid_to"] or "9999")
    }


def associations(settings: Settings, on: date | None = None) -> dict[str, Association]:
    """Every association that has a readable `associations.csv` in its reference folder.

    on: the business date its own headers and words must be valid on; None takes them all, the latest first.
    """
    common = settings.reference / COMMON
    common_aliases, common_words = _header_aliases(common, on), _value_aliases(common, on)
    places = packaged().extended(of_rows(_rows(common / "municipalities.csv")))
    common_parts = {name: _rows(common / f"{name}.csv") for name in REGISTERS}
    found: dict[str, Association] = {}
    for folder in sorted(p for p in settings.reference.glob("*") if p.is_dir() and p.name != COMMON):
        rows = _rows(folder / "associations.csv")
        if not rows:
            continue
        numbers = frozenset(row["organisation_number"] or "" for row in rows)
        own = _header_aliases(folder, on)
        merged = {
            feed: {**common_aliases.get(feed, {}), **own.get(feed, {})}
            for feed in common_aliases.keys() | own.keys()
        }
        registers = {
            name: _spellings([*_rows(folder / f"{name}.csv"), *common_parts[name]], id_column)
            for name, id_column in REGISTERS.items()
        }
        words = _merged(common_words, _value_aliases(folder, on))
        found[folder.name] = Association(folder.name, numbers, merged, registers, words, places)
    return found


def _header_aliases(folder: Path, on: date | None) -> dict[str, dict[str, HeaderAlias]]:
    found: dict[str, dict[str, HeaderAlias]] = {}
    for row in _valid_rows(folder / "header_aliases.csv", on):
        sign = _DECIMAL_SIGNS.get(row["decimal_sign"] or "")
        alias = HeaderAlias(row["column_name"] or "", row["unit"], sign)
        found.setdefault(row["feed_id"] or "", {})[row["header"] or ""] = alias
    return found


def _value_aliases(folder: Path, on: date | None) -> dict[str, dict[str, dict[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = {}
    for row in _valid_rows(folder / "value_aliases.csv", on):
        words = found.setdefault(row["feed_id"] or "", {}).setdefault(row["column_name"] or "", {})
        words[match_key(row["word"] or "")] = row["code"] or ""
    return found


def _merged(
    common: dict[str, dict[str, dict[str, str]]], own: dict[str, dict[str, dict[str, str]]]
) -> dict[str, dict[str, dict[str, str]]]:
    """Words of both, by feed and column; the association's own win."""
    return {
        feed: {
            column: {**common.get(feed, {}).get(column, {}), **own.get(feed, {}).get(column, {})}
            for column in common.get(feed, {}).keys() | own.get(feed, {}).keys()
        }
        for feed in common.keys() | own.keys()
    }


def _valid_rows(file: Path, on: date | None) -> list[dict[str, str | None]]:
    """The rows in force on a day, those that began last at the end."""
    day = on.isoformat() if on else None
    rows = [
        row
        for row in _rows(file)
        if day is None
        or ((row["valid_from"] or "") <= day and (row["valid_to"] is None or day <= row["valid_to"]))
    ]
    return sorted(rows, key=lambda row: row["valid_from"] or "")


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
