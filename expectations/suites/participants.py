"""Rules of the participant register. Bad rows are set aside up to the contract's ceiling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rule import GateRule, Measure, RowRule, Rule
from expectations.set_aside import quarantine_ceiling, rows_set_aside
from ingestion.feeds.participants import FEED

if TYPE_CHECKING:
    import pyarrow as pa

    from expectations.measures import Rows
    from ingestion.readers.table import TextTable


def _ends_before_it_starts(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.is_before("end_date", "start_date")


def _has_no_end(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.is_missing("end_date")


def _is_anonymous(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.is_not_among("is_anonymous", ("false",))


_AFTER_THE_END = (
    *("exit_reason", "is_self_supporting", "is_self_supporting_3_months", "is_self_supporting_6_months"),
    *("occupation_3_months", "occupation_6_months"),
)
"""What can only be told of those who ended, beside the result, which has a rule of its own."""


def _tells_of_an_end_there_is_not(rows: Rows, _table: TextTable) -> pa.Array:
    told = rows.any_of(*(rows.has_value(name) for name in _AFTER_THE_END))
    return rows.all_of(rows.is_missing("end_date"), told)


def _is_withdrawn_before_given(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.is_before("consent_withdrawn_date", "consent_date")


def _same_spell_twice(_table: TextTable) -> Measure:
    from expectations.measures import Doubles

    return Doubles(FEED.grain, FEED.grain, "Samma deltagande (person, insats, startdatum) står", "start_date")


def _set_aside(_table: TextTable) -> Measure:
    return rows_set_aside(PAR_004.remedy_sv)


PAR_004 = Rule(
    "PAR-004",
    "Få rader är undanlagda.",
    "Saknas många rader blir antalen fel, och då är det hellre förra månadens som gäller.",
    "Rätta raderna som är uppräknade och lämna hela registret igen.",
    feed=FEED.id,
)

ROW_RULES = (
    RowRule(
        Rule(
            "PAR-001",
            "Ett deltagande slutar inte innan det börjar.",
            "Då är något av datumen fel, och tiden i insatsen blir negativ.",
            "Rätta start- eller slutdatum.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "end_date",
        ("start_date", "end_date"),
        _ends_before_it_starts,
        "Ett slutdatum på eller efter startdatum.",
    ),
    RowRule(
        Rule(
            "PAR-002",
            "Ett avslutsresultat har ett slutdatum.",
            "Den som inte slutat har inte gått någonstans; räknas resultatet stämmer inte avsluten.",
            "Fyll i slutdatum eller ta bort resultatet.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "end_date",
        ("exit_result",),
        _has_no_end,
        "Ett slutdatum, eftersom raden har ett avslutsresultat.",
    ),
    RowRule(
        Rule(
            "PAR-005",
            "En anonym deltagare har ingen kommun.",
            "Kommunen kan röja vem den är som inte får röjas: i en liten kommun är några uppgifter nog.",
            "Ta bort kommunen för den som är anonym eller har skyddade personuppgifter.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "municipality_code",
        ("municipality_code",),
        _is_anonymous,
        "En tom cell, eftersom deltagaren är anonym.",
    ),
    RowRule(
        Rule(
            "PAR-006",
            "Ett samtycke återkallas inte innan det lämnas.",
            "Då är något av datumen fel, och det går inte att veta om uppgifterna får användas.",
            "Rätta dagen för samtycket eller dagen det återkallades.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "consent_withdrawn_date",
        ("consent_date", "consent_withdrawn_date"),
        _is_withdrawn_before_given,
        "Samma dag som samtycket lämnades, eller en senare.",
    ),
    RowRule(
        Rule(
            "PAR-007",
            "Det som sägs om tiden efter avslutet har ett slutdatum.",
            "Den som inte slutat har ingen avslutsorsak och inget efteråt; räknas svaret blir andelarna fel.",
            "Fyll i slutdatum, eller ta bort avslutsorsak, egen försörjning och uppföljning.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "end_date",
        ("start_date",),
        _tells_of_an_end_there_is_not,
        "Ett slutdatum, eftersom raden säger något om avslutet eller tiden efter det.",
    ),
)

RULES = (
    GateRule(
        Rule(
            "PAR-003",
            "Samma deltagande står en gång.",
            "Två rader för samma person, insats och start räknar en person två gånger, och om de "
            "skiljer sig vet ingen vilken som gäller.",
            "Ta bort den rad som inte gäller.",
            feed=FEED.id,
            sets_aside=True,
        ),
        _same_spell_twice,
    ),
    GateRule(PAR_004, _set_aside, quarantine_ceiling),
)
