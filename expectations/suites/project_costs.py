"""Rules of claims: actual cost of a quarter, claimed as grant and therefore without value added tax."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rule import GateRule, Measure, RowRule, Rule
from ingestion.feeds.project_costs import FEED

if TYPE_CHECKING:
    import pyarrow as pa

    from expectations.measures import Rows
    from ingestion.readers.table import TextTable


def _ends_before_it_starts(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.is_before("post_to_date", "post_from_date")


def _same_cost_twice(_table: TextTable) -> Measure:
    from expectations.measures import Doubles

    return Doubles(FEED.grain, ("initiative_name", "party_name"), "Varje kostnad står", "cost_category")


def _claimed_too_early(rows: Rows) -> pa.Array:
    return rows.is_before_quarter("claim_date", "quarter")


def _vat(_table: TextTable) -> Measure:
    from expectations.measures import RemarkableRows

    return RemarkableRows(
        lambda rows: rows.is_not_zero("vat_sek"),
        "vat_sek",
        "Ingen moms på en rekvisition.",
        COS_002.remedy_sv,
    )


def _early(_table: TextTable) -> Measure:
    from expectations.measures import RemarkableRows

    said = "Ett rekvisitionsdatum i eller efter kvartalet som kostnaden gäller."
    return RemarkableRows(_claimed_too_early, "claim_date", said, COS_004.remedy_sv)


COS_002 = Rule(
    "COS-002",
    "En rekvisition har ingen moms.",
    "Rekvisitionen är ett bidrag, och bidrag har ingen moms; den tas ut av fel part.",
    "Se efter om beloppet är en faktura, och stryk momsen.",
    severity="finding",
    feed=FEED.id,
)
COS_004 = Rule(
    "COS-004",
    "Kostnaden rekvireras inte innan kvartalet börjat.",
    "Bara verklig kostnad får rekvireras; ett tidigare datum är ett förskott eller fel kvartal.",
    "Rätta datum eller kvartal, eller fråga parten om det är ett förskott.",
    severity="finding",
    feed=FEED.id,
)

ROW_RULES = (
    RowRule(
        Rule(
            "COS-003",
            "En tjänst slutar inte innan den börjar.",
            "Då är något av datumen fel, och kostnaden per månad blir orimlig.",
            "Rätta tjänstens första eller sista dag.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "post_to_date",
        ("post_from_date", "post_to_date"),
        _ends_before_it_starts,
        "En sista dag på eller efter den första.",
    ),
)

RULES = (
    GateRule(
        Rule(
            "COS-001",
            "Samma kostnad står en gång i sin rekvisition.",
            "En dubbel rad betalar samma kostnad två gånger.",
            "Ta bort den rad som inte gäller, eller skilj tjänsterna åt.",
            feed=FEED.id,
        ),
        _same_cost_twice,
    ),
    GateRule(COS_002, _vat),
    GateRule(COS_004, _early),
)
