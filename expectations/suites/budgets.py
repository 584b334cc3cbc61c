"""Rules of budgets, forecasts and plans. Amounts may have any sign: a deficit that is opened with is a fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rule import GateRule, Measure, RowRule, Rule
from ingestion.feeds.budgets import FEED

if TYPE_CHECKING:
    import pyarrow as pa

    from expectations.measures import Rows
    from ingestion.readers.table import TextTable


def _is_part_of_another(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.begins_with("line_name", "varav", "därav")


def _same_line_twice(_table: TextTable) -> Measure:
    from expectations.measures import Doubles

    return Doubles(FEED.grain, ("line_name", "fiscal_year"), "Varje rad står", "line_name")


ROW_RULES = (
    RowRule(
        Rule(
            "BUD-001",
            "Ingen rad är en del av raden ovanför.",
            "En varav-rad är redan räknad i raden den hör till; läst som en egen rad räknas pengarna två gånger.",
            "Ta bort varav-raden, eller ersätt raden ovanför med sina delar.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "line_name",
        ("line_name",),
        _is_part_of_another,
        "En rad med egna pengar, inte en del (varav) av en annan rad.",
    ),
)

RULES = (
    GateRule(
        Rule(
            "BUD-002",
            "Samma budgetrad står en gång per år, insats och part.",
            "Två lika rader kan vara två tjänster eller en dubblett; båda räknas, och bara den som skrev vet.",
            "Är det en dubblett: ta bort den. Är det två: skilj dem åt i post, insats eller part.",
            severity="finding",
            feed=FEED.id,
        ),
        _same_line_twice,
    ),
)
