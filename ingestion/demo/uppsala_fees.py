"""Uppsala's member fees of 2021 and 2022, with the municipalities' population that shares their part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ingestion.demo.tables import Contradiction, leaf_rows, spaced, used
from ingestion.demo.workbook import workbook_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from ingestion.demo.workbook import Cell

HEADER = ("Medlem", "Kommunkod", "År", "Status", "Version", "Folkmängd", "Folkmängd per", "Medlemsavgift")
PRINTED = date(2021, 9, 16)
POPULATION_DATE = date(2020, 11, 1)


@dataclass(frozen=True)
class UppsalaFee:
    """One decided fee. municipality_code empty and population None where the member is no municipality."""

    member: str
    municipality_code: str
    year: int
    version: str
    population: int | None
    amount: int


def uppsala_fees(sources: Path, year: int) -> list[UppsalaFee]:
    """The year's fees in printed order. Both years rest on the population of 2020-11-01."""
    towns = {row["line_item"]: row for row in leaf_rows(sources, "uppsala_population")}
    found = []
    for row in leaf_rows(sources, "uppsala_member_fees"):
        if row["year"] != str(year):
            continue
        town = towns.get(row["line_item"])
        found.append(
            UppsalaFee(
                row["line_item"],
                town["municipality_code"] if town else "",
                year,
                row["version"],
                used(town) if town else None,
                used(row),
            )
        )
    return found


def population_notes(sources: Path) -> list[Contradiction]:
    """The populations, which no paper prints."""
    return [
        Contradiction(
            f"folkmängd {row['population_date']}: {row['line_item']}",
            row["value_num"],
            "inte tryckt",
            "härledd ur de tryckta avgifterna 2021 och 2022; se sources/README.md",
        )
        for row in leaf_rows(sources, "uppsala_population")
    ]


def fee_lines(rows: list[UppsalaFee]) -> list[str]:
    """The fees as text lines with a total row."""
    lines = [
        f"{fee.member};{fee.municipality_code};{fee.year};beslutad;{fee.version};"
        + (";" if fee.population is None else f"{spaced(fee.population)};{POPULATION_DATE}")
        + f";{spaced(fee.amount)} kr"
        for fee in rows
    ]
    return [";".join(HEADER), *lines, f"Summa;;;;;;;{spaced(sum(fee.amount for fee in rows))} kr"]


def fee_workbook(rows: list[UppsalaFee]) -> bytes:
    """The fees under title rows. No total row: the printed one is a krona less than its rows."""
    table: list[tuple[Cell | date, ...]] = [HEADER]
    for fee in rows:
        day = None if fee.population is None else POPULATION_DATE
        known = (fee.member, fee.municipality_code, fee.year, "beslutad", fee.version, fee.population, day)
        table.append((*known, fee.amount))
    headings = (
        "Samordningsförbundet Uppsala län",
        f"Preliminära medlemsavgifter {rows[0].year}, styrelsen {PRINTED}",
    )
    return workbook_bytes("Bilaga 11", headings, table, made=PRINTED)
