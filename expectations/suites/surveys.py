"""Rules of surveys: what a row must say for its answers to be counted, and that none is counted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rule import GateRule, Measure, RowRule, Rule
from ingestion.feeds.surveys import FEED

if TYPE_CHECKING:
    import pyarrow as pa

    from expectations.measures import Rows
    from ingestion.readers.table import TextTable


def _says_nothing(rows: Rows, _table: TextTable) -> pa.Array:
    tells = rows.any_of(rows.has_value("answer"), rows.has_value("positive_count"))
    gives_reason = rows.or_false(rows.matches("_missing", "(?:answer|positive)_count="))
    return rows.is_same(rows.any_of(tells, gives_reason), rows.none())


def _says_both(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.has_value("answer")


def _has_no_total(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.is_missing("answer_count")


def _is_more_than_all(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.is_more("positive_count", "answer_count")


def _same_answer_twice(_table: TextTable) -> Measure:
    from expectations.measures import Doubles

    required = ("survey_name", "question_code", "respondent_group")
    return Doubles(FEED.grain, required, "Samma svar (enkät, fråga, svarsgrupp, svar) står", "question_code")


ROW_RULES = (
    RowRule(
        Rule(
            "SUR-001",
            "Varje rad säger vilket svar eller hur många positiva svar den gäller.",
            "Ett antal svar utan svaren säger inte hur många som var positiva.",
            "Fyll i Svar, eller Antal positiva; saknas uppgiften skriv varför: För få svar, Utfall saknas.",
            feed=FEED.id,
        ),
        "answer",
        ("question_code",),
        _says_nothing,
        "Ett svar, ett antal positiva, eller varför antalet saknas.",
    ),
    RowRule(
        Rule(
            "SUR-002",
            "En rad är antingen sammanställd eller gäller ett svar, inte båda.",
            "Annars räknas samma svar två gånger, en gång i summan och en gång för sig.",
            "Ta bort Svar ur den sammanställda raden, eller Antal positiva ur den andra.",
            feed=FEED.id,
        ),
        "positive_count",
        ("positive_count",),
        _says_both,
        "Bara ett av Svar och Antal positiva.",
    ),
    RowRule(
        Rule(
            "SUR-003",
            "Antal positiva står tillsammans med antal svar.",
            "Andelen positiva kan inte räknas utan antalet som svarade.",
            "Fyll i hur många som svarade på frågan.",
            feed=FEED.id,
        ),
        "answer_count",
        ("positive_count",),
        _has_no_total,
        "Antalet som svarade på frågan.",
    ),
    RowRule(
        Rule(
            "SUR-004",
            "De positiva svaren är inte fler än svaren.",
            "Andelen blir annars över 100 procent; något av talen är fel.",
            "Rätta antal positiva eller antal svar.",
            feed=FEED.id,
        ),
        "positive_count",
        ("positive_count", "answer_count"),
        _is_more_than_all,
        "Högst så många positiva som svar.",
    ),
)

RULES = (
    GateRule(
        Rule(
            "SUR-005",
            "Samma svar står en gång.",
            "Två rader för samma fråga, svarsgrupp och svar räknar de svarande två gånger.",
            "Ta bort den rad som inte gäller; är det flera svarande, skilj dem åt med svarsnummer.",
            feed=FEED.id,
        ),
        _same_answer_twice,
    ),
)
