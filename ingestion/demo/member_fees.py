"""The demo's member fees: a text file for 2016, a workbook for 2017, and one that contradicts itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ingestion.demo.ledger import income
from ingestion.demo.tables import amounts, spaced
from ingestion.demo.workbook import workbook_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from ingestion.demo.workbook import Cell

HEADER = ("Medlem", "År", "Avgiftstyp", "Status", "Belopp")
_STATE, _REGION = "3110", "3120"
_MEMBERS = {
    _STATE: "Försäkringskassan",
    _REGION: "Västerbottens läns landsting",
    "3131": "Skellefteå kommun",
    "3132": "Norsjö kommun",
}


@dataclass(frozen=True)
class Fee:
    """One decided fee: member as printed, year, kind as the senders write it, kronor."""

    member: str
    year: int
    kind: str
    amount: int


def fees(sources: Path) -> dict[int, list[Fee]]:
    """The decided fees of 2016 and 2017.

    2016: what note 1 prints for the state beyond the statement's fee line is kept, outside the sharing rule.
    2017: ordinary as in 2016 (the report's text: 6 132 000 allotted); what is above it is extra.
    """
    first, second = income(sources, 2016), income(sources, 2017)
    line = amounts(sources, "income_statement", 2016)["Verksamhetens medlemsavgifter"]
    ordinary = {account: first[account] for account in _MEMBERS}
    outside = sum(ordinary.values()) - line
    ordinary[_STATE] -= outside
    found: dict[int, list[Fee]] = {2016: [], 2017: []}
    for account, member in _MEMBERS.items():
        found[2016].append(Fee(member, 2016, "ordinarie", ordinary[account]))
        found[2017].append(Fee(member, 2017, "ordinarie", ordinary[account]))
        if account == _STATE and outside:
            found[2016].append(Fee(member, 2016, "övrigt", outside))
        extra = second[account] - ordinary[account]
        if extra:
            found[2017].append(Fee(member, 2017, "extra", extra))
    return found


def text_lines(rows: list[Fee]) -> list[str]:
    """The file's lines: header, one per fee, and a total row. Semicolons, decimal comma, spaced thousands."""
    lines = [";".join(HEADER)]
    lines += [f"{fee.member};{fee.year};{fee.kind};beslutad;{_written(fee.amount)}" for fee in rows]
    return [*lines, f"Summa;;;;{_written(sum(fee.amount for fee in rows))}"]


def wrong_total_lines(rows: list[Fee]) -> list[str]:
    """A preliminary version whose total row has two digits in the wrong order."""
    lines = [";".join((*HEADER[:4], "Version", HEADER[4]))]
    lines += [
        f"{fee.member};{fee.year};{fee.kind};beslutad;preliminär;{_written(fee.amount)}" for fee in rows
    ]
    digits = str(sum(fee.amount for fee in rows))
    at = next(i for i in range(len(digits) - 1) if digits[i] != digits[i + 1])
    swapped = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
    return [*lines, f"Summa;;;;;{_written(int(swapped))}"]


def _written(amount: int) -> str:
    return spaced(amount) + ",00"


def workbook(rows: list[Fee]) -> bytes:
    """The workbook: title row, blank row, header, fees, total row."""
    table: list[tuple[Cell, ...]] = [HEADER]
    table += [(fee.member, fee.year, fee.kind, "beslutad", fee.amount) for fee in rows]
    table.append(("Summa", None, None, None, sum(fee.amount for fee in rows)))
    heading = "Samordningsförbundet Skellefteå-Norsjö: medlemsavgifter 2017"
    return workbook_bytes("Medlemsavgifter", (heading,), table, made=date(2018, 1, 31))
