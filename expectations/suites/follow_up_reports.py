"""Rules of what was sent to Uppföljning Finsam."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rule import GateRule, Measure, Rule
from ingestion.feeds.follow_up_reports import FEED

if TYPE_CHECKING:
    from ingestion.readers.table import TextTable


def _same_field_twice(_table: TextTable) -> Measure:
    from expectations.measures import Doubles

    return Doubles(FEED.grain, ("field_code",), "Varje uppgift per insats står", "field_code")


RULES = (
    GateRule(
        Rule(
            "REF-004",
            "Samma uppgift är lämnad en gång.",
            "Två rader för samma insats och uppgift säger inte vilken av dem som lämnades.",
            "Behåll raden med det som lämnades sist.",
            feed=FEED.id,
        ),
        _same_field_twice,
    ),
)
