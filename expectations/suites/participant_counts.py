"""Rules of participant counts: what an initiative without a register tells, by period, sex and measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rule import GateRule, Measure, RowRule, Rule
from ingestion.feeds.participant_counts import FEED

if TYPE_CHECKING:
    import pyarrow as pa

    from expectations.measures import Rows
    from ingestion.readers.table import TextTable


def _is_below_zero(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.matches("reported_count", "^-")


def _has_not_ended(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.is_not_among("measure", ("ended",))


def _same_count_twice(_table: TextTable) -> Measure:
    from expectations.measures import Doubles

    said = "Varje insats, period, kön, mått och resultat står"
    return Doubles(FEED.grain, ("initiative_name", "reported_period", "measure"), said, "reported_count")


ROW_RULES = (
    RowRule(
        Rule(
            "CNT-002",
            "Antalet deltagare är inte under noll.",
            "Ett antal människor kan inte vara negativt; en rättelse lämnas som en ny fil för hela perioden.",
            "Skriv antalet som det är, och lämna periodens fil igen.",
            feed=FEED.id,
        ),
        "reported_count",
        ("reported_count",),
        _is_below_zero,
        "Noll eller fler.",
    ),
    RowRule(
        Rule(
            "CNT-003",
            "Ett avslutsresultat hör till avslutade deltagare.",
            "Den som är ny eller kvar har inte gått någonstans; räknas resultatet stämmer inte avsluten.",
            "Skriv Avslutade som mått på raden, eller ta bort resultatet.",
            feed=FEED.id,
        ),
        "measure",
        ("exit_result",),
        _has_not_ended,
        "Avslutade, eftersom raden har ett avslutsresultat.",
    ),
)

RULES = (
    GateRule(
        Rule(
            "CNT-001",
            "Samma antal står en gång.",
            "Två rader för samma insats, period, kön, mått och resultat räknar deltagarna två gånger.",
            "Ta bort den rad som inte gäller.",
            feed=FEED.id,
        ),
        _same_count_twice,
    ),
)
