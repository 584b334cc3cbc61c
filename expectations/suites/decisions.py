"""Rules of the board's decisions: what is granted is a ceiling, so it must be plain how much and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rule import GateRule, Measure, RowRule, Rule
from ingestion.feeds.decisions import FEED

if TYPE_CHECKING:
    import pyarrow as pa

    from expectations.measures import Rows
    from ingestion.readers.table import TextTable


def _ends_before_it_starts(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.is_before("to_date", "from_date")


def _grants_nothing(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.all_of(
        rows.has("decision_kind", "granted"),
        rows.is_zero("amount_sek"),
        rows.is_missing("from_date"),
        rows.is_missing("to_date"),
    )


def _refuses_with_money(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.all_of(rows.has("decision_kind", "rejected"), rows.is_not_zero("amount_sek"))


def _has_no_name(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.all_of(rows.is_missing("decision_code"), rows.is_missing("paragraph"))


def _same_decision_twice(_table: TextTable) -> Measure:
    from expectations.measures import Doubles

    return Doubles(FEED.grain, ("initiative_name",), "Varje beslut står", "decision_code")


ROW_RULES = (
    RowRule(
        Rule(
            "DEC-002",
            "Ett beslut slutar inte innan det börjar gälla.",
            "Då är något av datumen fel, och ingen vet när taket upphör.",
            "Rätta periodens första eller sista dag.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "to_date",
        ("from_date", "to_date"),
        _ends_before_it_starts,
        "En sista dag på eller efter den första.",
    ),
    RowRule(
        Rule(
            "DEC-003",
            "Ett bifall säger hur mycket eller hur länge.",
            "Utan belopp och utan period är inget beviljat, och rekvisitionerna har inget tak.",
            "Fyll i högsta belopp, eller perioden om beslutet bara förlänger.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "amount_sek",
        ("amount_sek",),
        _grants_nothing,
        "Ett belopp eller en period, eftersom raden är ett bifall.",
    ),
    RowRule(
        Rule(
            "DEC-004",
            "Ett avslag beviljar inga pengar.",
            "Ett belopp på ett avslag är det sökta; det står i ansökan och skulle annars räknas som beviljat.",
            "Skriv noll, eller rätta utfallet till bifall.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "amount_sek",
        ("amount_sek",),
        _refuses_with_money,
        "Inget belopp, eftersom raden är ett avslag.",
    ),
    RowRule(
        Rule(
            "DEC-005",
            "Varje beslut har ett nummer eller en paragraf.",
            "Utan dem går det inte att säga vilket beslut som beviljade pengarna, eller att hitta det i protokollet.",
            "Fyll i beslutets diarienummer eller paragrafen i protokollet.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "decision_code",
        ("decision_date",),
        _has_no_name,
        "Ett diarienummer eller en paragraf.",
    ),
)

RULES = (
    GateRule(
        Rule(
            "DEC-001",
            "Samma beslut står en gång per insats, part och år.",
            "En dubbel rad höjer taket med pengar som ingen har beviljat.",
            "Ta bort den rad som inte gäller.",
            feed=FEED.id,
        ),
        _same_decision_twice,
    ),
)
