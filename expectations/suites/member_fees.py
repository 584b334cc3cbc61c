"""Rules of the member fees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rule import GateRule, Measure, RowRule, Rule
from ingestion.feeds.member_fees import FEED

if TYPE_CHECKING:
    import pyarrow as pa

    from expectations.measures import Rows
    from ingestion.readers.table import TextTable

_REQUIRED = tuple(column.name for column in FEED.columns if column.required and column.name in FEED.grain)


def _is_not_positive(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.is_not_positive("amount_sek")


def _same_member_twice(_table: TextTable) -> Measure:
    from expectations.measures import Doubles

    return Doubles(FEED.grain, _REQUIRED, "Varje medlem står med sin avgift", "member_name")


ROW_RULES = (
    RowRule(
        Rule(
            "FEE-001",
            "En avgift är större än noll.",
            "En avgift på noll eller mindre är en rad som inte fyllts i, en ändring eller ett felvänt "
            "tecken.",
            "Skriv hela avgiften, inte ändringen mot förra året, eller ta bort raden.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "amount_sek",
        ("amount_sek",),
        _is_not_positive,
        "Ett belopp större än noll.",
    ),
)

RULES = (
    GateRule(
        Rule(
            "FEE-002",
            "Samma medlem står en gång per slag, händelse, version och faktura.",
            "En dubbel rad räknar avgiften två gånger.",
            "Ta bort den rad som inte gäller.",
            feed=FEED.id,
        ),
        _same_member_twice,
    ),
)
