"""SIE 1-4 (`.se`, `.si`, `.sie`): our own reader, on edition 4B, 4C's clarifications and what programs write.

Two passes: the first takes what the file declares of itself (accounts, years, balances, checksum), the second emits
ledger rows as they stream by: opening balances and voucher rows, or the changes of a file that has balances only.
Dimensions 1 (cost centre) and 6 (project) are loaded; names of employees and customers (7, 8) never are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.readers.layout import RowSorter
from ingestion.readers.sie.balances import changes
from ingestion.readers.sie.declared import day, fiscal_year, gather, notes, refuse_unfinished
from ingestion.readers.sie.records import Lines, broken, split_record
from ingestion.readers.sie.rows import COLUMNS, Emission
from ingestion.readers.table import LedgerFacts, TextTable

if TYPE_CHECKING:
    from pathlib import Path

    from ingestion.feed import Feed
    from ingestion.readers.sie.declared import Declared
    from ingestion.readers.table import PeriodSum

__all__ = ["broken", "read_sie", "split_record"]

IMPORT = "import"
"""The scope of a delivery of vouchers alone (4I) begins so: part of the year's ledger, told from others by its days."""


def read_sie(path: Path, feed: Feed, switched_off: frozenset[str] = frozenset()) -> TextTable:
    """Open a SIE file as the feed's columns; `_row_number` is the line in the file.

    Raises DeliveryUnreadable: STR-014 (structure, truncation, checksum), STR-010 (no #RAR 0), STR-008
    (encoding).
    """
    is_strict = "STR-014" not in switched_off
    lines = Lines(path, switched_off)
    declared = gather(lines, switched_off)
    if is_strict:
        refuse_unfinished(declared, lines)
    start, end = fiscal_year(declared)
    by_line, sums = changes(declared) if declared.kind == "balances" else ({}, ())
    table = TextTable(COLUMNS, 1)
    table.notes.update(notes(declared, lines))
    table.organisation_number = (declared.single.get("ORGNR") or [""])[0] or None
    table.organisation_row = declared.single_lines.get("ORGNR")
    table.made_at = day((declared.single.get("GEN") or [""])[0])
    table.period = start[
        :4
    ]  # a year that is not the calendar's is named by its first day, as its vouchers begin
    if declared.kind == "import":
        table.scope = "/".join(filter(None, (IMPORT, declared.first_day, declared.last_day)))
    table.ledger = _facts(declared, start, end, sums)
    table.blocks = Emission(lines, RowSorter(table, feed), declared, by_line, is_strict=is_strict).blocks()
    return table


def _facts(declared: Declared, start: str, end: str, sums: tuple[PeriodSum, ...]) -> LedgerFacts:
    return LedgerFacts(
        start,
        end,
        declared.accounts,
        (*declared.closing.values(), *declared.results.values()),
        declared.has_checksum,
        declared.kind,
        tuple(declared.opening.values()),
        tuple(declared.last_closing.values()),
        sums,
        (declared.single.get("FLAGGA") or [""])[0],
    )
