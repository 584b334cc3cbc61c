"""The printed tables in `sources/`: leaf cells only, nothing else reaches the generator."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
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


def amounts(sources: Path, table: str, year: int) -> dict[str, int]:
    """Kronor by printed line of one statement and year; lines printed without a figure are left out."""
    return {
        row["line_item"]: int(row["value_num"])
        for row in leaf_rows(sources, table)
        if row["year"] == str(year) and row["version"] == "utfall" and row["value_num"]
    }


def sex_of(row: Row) -> str | None:
    """`female`, `male`, or None where the cell counts both."""
    return _SEX_WORDS.get(row["sex_kon"])


def write_text(path: Path, lines: Iterable[str], encoding: str) -> Path:
    """Write lines with CRLF, as Windows programs do, and give the path back. No newline translation."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(line + "\r\n" for line in lines).encode(encoding))
    return path
