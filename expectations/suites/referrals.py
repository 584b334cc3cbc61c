"""Rules of referrals: counts by period, sender and destination."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rule import GateRule, Measure, RowRule, Rule
from ingestion.feeds.referrals import FEED

if TYPE_CHECKING:
    import pyarrow as pa

    from expectations.measures import Rows
    from ingestion.readers.table import TextTable


def _is_below_zero(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.matches("referral_count", "^-")


def _accepts_more_than_came(rows: Rows) -> pa.Array:
    return rows.is_more("accepted_count", "referral_count")


def _same_count_twice(_table: TextTable) -> Measure:
    from expectations.measures import Doubles

    said = "Varje period, avsändare, mottagare och kön står"
    return Doubles(FEED.grain, ("reported_period", "referrer", "destination"), said, "destination")


def _accepted(_table: TextTable) -> Measure:
    from expectations.measures import RemarkableRows

    said = "Högst lika många antagna som remisser."
    return RemarkableRows(_accepts_more_than_came, "accepted_count", said, REF_003.remedy_sv)


REF_003 = Rule(
    "REF-003",
    "Inte fler antas än som remitterats.",
    "De antagna är en del av remisserna; är de fler är något av talen fel, eller hör till en annan vecka.",
    "Rätta antalet, eller flytta de antagna till den vecka remissen kom.",
    severity="finding",
    feed=FEED.id,
)

ROW_RULES = (
    RowRule(
        Rule(
            "REF-002",
            "Antalet remisser är inte under noll.",
            "En rättelse bakåt skrivs i sin egen vecka; ett minus gör summan av veckorna oläslig.",
            "Skriv antalet som det blev den veckan.",
            feed=FEED.id,
        ),
        "referral_count",
        ("referral_count",),
        _is_below_zero,
        "Noll eller fler.",
    ),
)

RULES = (
    GateRule(
        Rule(
            "REF-001",
            "Samma antal står en gång.",
            "Två rader för samma vecka, avsändare och mottagare räknar remisserna två gånger.",
            "Ta bort den rad som inte gäller, eller slå ihop raderna.",
            feed=FEED.id,
        ),
        _same_count_twice,
    ),
    GateRule(REF_003, _accepted),
)
