"""Rules every delivery is judged by, whatever its feed: its account and its own totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rule import DeliveryFacts, GateRule, Measure, Measured, OfAccount, Rule
from ingestion.readers.table import Fault

if TYPE_CHECKING:
    from ingestion.readers.table import TextTable

STR_002 = Rule(
    "STR-002",
    "Leveransen har rader.",
    "En fil med bara rubriker får aldrig betyda att allt är borttaget.",
    "Exportera med rader. Finns inget att lämna: lägg ett undertecknat följeblad med nolleverans bredvid filen.",
)
DLV_001 = Rule(
    "DLV-001",
    "Varje läst rad är laddad, undanlagd eller uttalat ingen uppgift.",
    "Inget får försvinna på vägen.",
    "Kör om och anmäl felet; det är lagrets, inte filens.",
    owner_sv="Förvaltaren av lagret",
)
DLV_002 = Rule(
    "DLV-002",
    "Raderna ger filens egen summa.",
    "En summa som inte stämmer visar att en rad saknas, är dubbel eller fel.",
    "Se efter om en rad saknas eller är felskriven, och lämna hela filen igen.",
)


def _has_rows(facts: DeliveryFacts) -> Measured:
    if not facts.is_readable:
        return Measured(0, 0)
    if facts.data_rows or facts.is_zero:
        return Measured(1, 0)
    fault = Fault("", None, None, None, "Minst en rad under rubrikraden.", STR_002.remedy_sv)
    return Measured(1, 1, [fault])


def _row_account(facts: DeliveryFacts) -> Measured:
    if not facts.is_readable:
        return Measured(0, 0)
    lost = facts.rows_read - facts.rows_loaded - facts.rows_quarantined - facts.rows_non_data
    if not lost:
        return Measured(facts.rows_read, 0)
    said = (
        f"{facts.rows_read} lästa rader = {facts.rows_loaded} laddade + {facts.rows_quarantined} undanlagda "
        f"+ {facts.rows_non_data} utan uppgifter; {lost} fattas."
    )
    return Measured(facts.rows_read, abs(lost), [Fault("", None, None, None, said, DLV_001.remedy_sv)])


def _no_rows(_table: TextTable) -> Measure:
    return OfAccount(_has_rows)


def _account(_table: TextTable) -> Measure:
    return OfAccount(_row_account)


def _totals(table: TextTable) -> Measure:
    from expectations.measures import TotalRows

    if table.control_column is None:
        return OfAccount(lambda _facts: Measured(0, 0))
    return TotalRows(table.control_column, table.control_totals)


RULES = (
    GateRule(STR_002, _no_rows),
    GateRule(DLV_001, _account),
    GateRule(DLV_002, _totals, needs_every_row=True),
)
