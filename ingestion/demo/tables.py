"""The printed tables in `sources/`: leaf cells only, nothing else reaches the generator."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

SEXES = ("female", "male")
_SEX_WORDS = {"Kvinnor": "female", "Flickor": "female", "Män": "male", "Pojkar": "male"}

Row = dict[str, str]


@dataclass(frozen=True)
class Contradiction:
    """Two printed figures that cannot both hold, and which one the demo files follow."""

    subject: str
    used: str
    printed: str
    why: str


def leaf_rows(sources: Path, table: str) -> list[Row]:
    """The rows of a source table whose `cell_kind` is `leaf`, in printed order. Raises OSError, KeyError."""
    with (sources / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["cell_kind"] == "leaf"]


def chart_rows(sources: Path) -> list[Row]:
    """The demo's chart of accounts: account, name, kind (T, S, I, K), role, printed line, counter account."""
    with (sources / "chart_of_accounts.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def amounts(sources: Path, table: str, year: int, version: str = "utfall") -> dict[str, int]:
    """Kronor by printed line of one statement, year and version; lines printed without a figure are left out."""
    return {
        row["line_item"]: used(row)
        for row in leaf_rows(sources, table)
        if row["year"] == str(year) and row["version"] == version and row["value_num"]
    }


def used(row: Row) -> int:
    """The cell's figure: what is printed, or what the source file says to use where the print contradicts itself."""
    return int(row.get("value_used") or row["value_num"])


def corrected(rows: Iterable[Row], *named_by: str) -> Iterator[Contradiction]:
    """The cells among `rows` that are used otherwise than printed. named_by: the columns that say which cell."""
    for row in rows:
        if row["value_used"]:
            subject = ": ".join(row[name] for name in named_by if row[name])
            yield Contradiction(subject, row["value_used"], row["value_printed"], row["comment"])


def sex_of(row: Row) -> str | None:
    """`female`, `male`, or None where the cell counts both."""
    return _SEX_WORDS.get(row["sex_kon"])


def spaced(amount: int) -> str:
    """A whole number in groups of three, as people write it."""
    return f"{amount:,}".replace(",", " ")


def text_line(cells: Iterable[str]) -> str:
    """A line of a Swedish text file: semicolons, quotes where a cell needs them."""
    line = io.StringIO()
    csv.writer(line, delimiter=";", lineterminator="").writerow(cells)
    return line.getvalue()


def text_bytes(lines: Iterable[str], encoding: str) -> bytes:
    """A text file with CRLF, as Windows programs write it."""
    return "".join(line + "\r\n" for line in lines).encode(encoding)
