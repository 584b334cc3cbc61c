"""Rules of progress measurements. Bad rows are set aside up to the contract's ceiling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rule import GateRule, Measure, RowRule, Rule
from expectations.set_aside import quarantine_ceiling, rows_set_aside
from ingestion.feeds.progress import FEED, INDICATORS

if TYPE_CHECKING:
    import pyarrow as pa

    from expectations.measures import Rows
    from ingestion.readers.table import TextTable

_ANSWERS = tuple(name for name, _label, _also in INDICATORS)


def _measures_nothing(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.all_of(*(rows.is_missing(name) for name in (*_ANSWERS, "answer")))


def _half_an_answer(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.is_same(rows.is_missing("indicator"), rows.has_value("answer"))


def _same_measurement_twice(_table: TextTable) -> Measure:
    from expectations.measures import Doubles

    required = ("initiative_name", "person_key", "measured_date", "rater")
    said = "Samma mätning (person, insats, dag, bedömare, indikator) står"
    return Doubles(FEED.grain, required, said, "measured_date")


def _set_aside(_table: TextTable) -> Measure:
    return rows_set_aside(PRG_004.remedy_sv)


PRG_004 = Rule(
    "PRG-004",
    "Få mätningar är undanlagda.",
    "Saknas många mätningar blir andelen som rört sig framåt en annan, och då är det hellre förra leveransens som gäller.",
    "Rätta raderna som är uppräknade och lämna hela årets mätningar igen.",
    feed=FEED.id,
)

ROW_RULES = (
    RowRule(
        Rule(
            "PRG-001",
            "En mätning har minst ett svar.",
            "En rad utan svar är ett mättillfälle som inte blev av, och räknas annars som mätt.",
            "Fyll i någon av indikatorerna, eller ta bort raden.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "measured_date",
        ("measured_date",),
        _measures_nothing,
        "Minst ett svar på raden.",
    ),
    RowRule(
        Rule(
            "PRG-002",
            "En bedömning säger vilken indikator eller trappa den gäller, och tvärtom.",
            "Ett steg utan trappa kan inte jämföras med något annat steg.",
            "Fyll i både Indikator och Bedömning, eller ingen av dem.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "indicator",
        ("measured_date",),
        _half_an_answer,
        "Både indikator och bedömning, eller ingen av dem.",
    ),
)

RULES = (
    GateRule(
        Rule(
            "PRG-003",
            "Samma mätning står en gång.",
            "Säger två rader olika om samma dag vet ingen vilken som är den sista.",
            "Ta bort den rad som inte gäller.",
            feed=FEED.id,
            sets_aside=True,
        ),
        _same_measurement_twice,
    ),
    GateRule(PRG_004, _set_aside, quarantine_ceiling),
)
