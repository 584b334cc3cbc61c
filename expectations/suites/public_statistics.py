"""Rules of public statistics: every value is a number or says that it is missing, and stands once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rule import GateRule, Measure, RowRule, Rule
from ingestion.feeds.public_statistics import FEED

if TYPE_CHECKING:
    import pyarrow as pa

    from expectations.measures import Rows
    from ingestion.readers.table import TextTable


def _is_unreadable(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.or_false(rows.matches("_missing", "value=unreadable"))


def _same_value_twice(table: TextTable) -> Measure:
    from expectations.measures import Doubles

    place = table.wide.place_sv if table.wide is not None else None
    said = "Samma värde (statistik, region, ålder, kön, period) står"
    return Doubles(FEED.grain, ("statistic", "region", "statistic_period"), said, "region", place)


ROW_RULES = (
    RowRule(
        Rule(
            "STA-001",
            "Varje värde är ett tal, eller säger att uppgiften saknas.",
            "En rubrik som inte är känd läses annars som statistik, och dess ord som tal.",
            "Rätta cellen; är kolumnen inte ett värde, ta bort den eller döp om rubriken till någon av leveransens.",
            feed=FEED.id,
        ),
        "value_printed",
        ("value_printed",),
        _is_unreadable,
        "Ett tal, eller .. där uppgiften saknas.",
    ),
)

RULES = (
    GateRule(
        Rule(
            "STA-002",
            "Samma uppgift står en gång i tabellen.",
            "Två värden för samma kommun, ålder, kön och period räknas annars ihop.",
            "Ta bort den rad som inte gäller. Skiljer något annat dem åt, hämta tabellen summerad över det.",
            feed=FEED.id,
        ),
        _same_value_twice,
    ),
)
