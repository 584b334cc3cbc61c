"""Rules of printed tables. They are kept as printed: nothing is refused for what it says, only pointed out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rule import GateRule, Measure, Rule
from ingestion.feeds.published_figures import FEED

if TYPE_CHECKING:
    import pyarrow as pa

    from expectations.measures import Rows
    from ingestion.readers.table import TextTable


def _unreadable(rows: Rows) -> pa.Array:
    return rows.matches("_missing", "printed_number=unreadable")


def _half_mapped(rows: Rows) -> pa.Array:
    names = ("mart_name", "mart_key", "mart_column")
    return rows.all_of(
        rows.any_of(*(rows.has_value(name) for name in names)),
        rows.any_of(*(rows.is_missing(name) for name in names)),
    )


def _damaged(_table: TextTable) -> Measure:
    from expectations.measures import RemarkableRows

    return RemarkableRows(
        _unreadable, "value_printed", "Ett tal, eller ett ord för att inget finns.", PUB_001.remedy_sv
    )


def _mapping(_table: TextTable) -> Measure:
    from expectations.measures import RemarkableRows

    return RemarkableRows(
        _half_mapped, "line_name", "Tabell, nyckel och kolumn, eller ingen av dem.", PUB_002.remedy_sv
    )


PUB_001 = Rule(
    "PRT-001",
    "Varje tryckt värde går att läsa som ett tal, eller säger att inget finns.",
    "Det som inte går att läsa räknas aldrig som noll, så summorna det hör till kan inte prövas.",
    "Skriv av siffran på nytt ur handlingen, eller låt den stå om trycket är sådant.",
    severity="finding",
    feed=FEED.id,
)
PUB_002 = Rule(
    "PRT-002",
    "En siffra som jämförs med lagret säger med vilken tabell, vilken rad och vilken kolumn.",
    "Saknas någon av dem hittas ingen siffra att jämföra med, och raden blir utan motsvarighet.",
    "Fyll i Jämförs med, Nyckel och Kolumn i lagret, eller lämna alla tre tomma.",
    severity="finding",
    feed=FEED.id,
)

RULES = (GateRule(PUB_001, _damaged), GateRule(PUB_002, _mapping))
