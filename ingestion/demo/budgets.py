"""The demo's budgets: Skellefteå-Norsjö's two budgets of 2017, Uppsala's forecast and budget in thousands of kronor.

The prints have a column per year; the files have a row per line and year, as the contract wants them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ingestion.demo.tables import leaf_rows, spaced, text_line, used
from ingestion.demo.workbook import workbook_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from ingestion.demo.tables import Row
    from ingestion.demo.workbook import Cell

SKELLEFTEA_DECIDED = date(2016, 11, 23)
SKELLEFTEA_REVISED = date(2017, 11, 23)
UPPSALA_MADE = date(2021, 9, 16)
HEADER = (
    "Post", "Insats", "Insatsägare", "År", "Version", "Upprättad", "Enhet", "Beslutsläge", "Belopp", "Anmärkning",
)  # fmt: skip
_INITIATIVES = (
    "amverkansinsatser"  # the print's headings over what is granted: samverkansinsatser, övriga dito
)
_GRANTED = "Samverkansinsatser (beviljade)"
_TWICE = "Insatsen och ägaren står två gånger i handlingen; båda raderna gäller."


@dataclass(frozen=True)
class BudgetRow:
    """One line of a budget, year by year. initiative, owner and note may be empty; amount in tkr."""

    line: str
    initiative: str
    owner: str
    year: int
    state: str
    amount: int
    note: str


def skelleftea_lines(sources: Path) -> list[str]:
    """The cost budget of 2017, kronor, as text lines with a total row."""
    header = ("Budgetpost", "Budgetår", "Slag av budget", "Upprättad den", "Belopp (kr)")
    rows = [row for row in leaf_rows(sources, "cost_summary") if row["version"] == "budget"]
    lines = [
        f"{row['line_item']};{row['year']};budget;{SKELLEFTEA_DECIDED};{spaced(used(row))},00" for row in rows
    ]
    return [";".join(header), *lines, f"Totalt;;;;{spaced(sum(map(used, rows)))},00"]


def skelleftea_current_lines(sources: Path) -> list[str]:
    """The economic summary's own budget of 2017: two lines that divide nothing. Printed with minus, delivered as plus."""
    header = ("Budgetpost", "Budgetår", "Slag av budget", "Upprättad den", "Belopp (kr)")
    lines = [
        f"{row['line_item']};{row['year']};aktuell budget;{SKELLEFTEA_REVISED};{spaced(abs(used(row)))},00"
        for row in leaf_rows(sources, "economic_summary")
    ]
    return [";".join(header), *lines]


def uppsala_rows(sources: Path, version: str) -> list[BudgetRow]:
    """One version (`budget` or `prognos`) of the decision-space table, in printed order, without its sums."""
    rows = [row for row in leaf_rows(sources, "uppsala_decision_space") if row["version"] == version]
    times = Counter(map(_cell, rows))
    return [_budget_row(row, is_repeated=times[_cell(row)] > 1) for row in rows]


def _cell(row: Row) -> tuple[str, str, str]:
    return row["line_item"], row["party"], row["year"]


def _budget_row(row: Row, *, is_repeated: bool) -> BudgetRow:
    is_initiative = _INITIATIVES in row["section"]
    return BudgetRow(
        line=row["section"] if is_initiative else row["line_item"],
        initiative=row["line_item"] if is_initiative else "",
        owner=row["party"],
        year=int(row["year"]),
        state="beviljad" if row["section"] == _GRANTED else "beslutad",
        amount=used(row),
        note=_TWICE if is_repeated else "",
    )


def uppsala_lines(rows: list[BudgetRow], version: str) -> list[str]:
    """A version as text lines."""
    lines = []
    for row in rows:
        *named, _, note = map(str, _cells(row, version))
        lines.append(text_line((*named, spaced(row.amount), note)))
    return [text_line(HEADER), *lines]


def uppsala_workbook(rows: list[BudgetRow], version: str) -> bytes:
    """A version as a workbook under the heading the paper has."""
    headings = (
        "Samordningsförbundet Uppsala län",
        f"Ekonomisk information per {UPPSALA_MADE}, bilaga 3 (belopp i TSK)",
    )
    table = [HEADER, *(_cells(row, version) for row in rows)]
    return workbook_bytes("Beslutsutrymme", headings, table, made=UPPSALA_MADE)


def _cells(row: BudgetRow, version: str) -> tuple[Cell | date, ...]:
    named = (row.line, row.initiative, row.owner, row.year, version, UPPSALA_MADE, "tkr", row.state)
    return (*named, row.amount, row.note)
