"""Tells data rows from title rows, blank rows, repeated headers and total rows, in text files and sheets
alike.

Rows that come one by one (a sheet, a text file with cells over several lines) are gathered into blocks here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ingestion.binding import normalise_header
from ingestion.readers.table import ROWS_PER_BLOCK, Fault, TextBlock, TextTable, TotalRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ingestion.feed import Feed
    from ingestion.readers.table import NonData

Row = tuple[int, list[str]]
"""Row number in the file, cells as text."""

MOST_TITLE_ROWS = 40
MOST_BROKEN_ROWS_KEPT = 1000
_FEWEST_HEADERS = 2
# Where no money is summed, only a word and a number make a total row: an initiative may be called "Totalt
# nytt".
_CELLS_OF_A_COUNT = 2
# The first words of a total row. RE2 and Python read it alike, so that both paths agree.
TOTAL_WORDS = r"(?:del|slut|total)?summa|summering|s:a|s:ma|totalt?|totalsumma|tot\.?"
_TOTAL = re.compile(rf"(?i:(?:{TOTAL_WORDS})(?:[ :].*)?)", re.DOTALL)
_SUBTOTAL = re.compile(r"(?i:delsumma)")


def find_header(rows: Sequence[Row], known: frozenset[str]) -> tuple[int, int]:
    """Index of the header row and how many of its cells are known headers.

    It is the first row in which at least two cells, and half of those with text, are headers of the feed;
    failing that the row with most of them, or the first row with text: binding then says what is wrong.
    """
    scores = [_score(cells, known) for _number, cells in rows]
    for index, (bound, filled) in enumerate(scores):
        if bound >= _FEWEST_HEADERS and bound * 2 >= filled:
            return index, bound
    best = max(range(len(rows)), key=lambda index: (scores[index][0], -index))
    if scores[best][0]:
        return best, scores[best][0]
    first = next((index for index, (_bound, filled) in enumerate(scores) if filled), 0)
    return first, 0


def _score(cells: Sequence[str], known: frozenset[str]) -> tuple[int, int]:
    words = [normalise_header(cell) for cell in cells]
    return sum(1 for word in set(words) if word in known), sum(1 for word in words if word)


def is_total_label(text: str) -> bool:
    """True for a row's first word that says it sums up: Summa, Totalt, S:a …"""
    return _TOTAL.fullmatch(normalise_header(text)) is not None


class RowSorter:
    """Sorts the rows of one table as they come, and keeps its account in the TextTable."""

    def __init__(self, table: TextTable, feed: Feed) -> None:
        self.table = table
        self._sums_money = feed.control_column is not None
        self.width = len(table.header)
        self._header = [normalise_header(cell) for cell in table.header]

    def kind_of(self, cells: Sequence[str]) -> NonData | None:
        """What a row is if it is not data, else None."""
        words = [cell.strip() for cell in cells]
        first = next((word for word in words if word), None)
        if first is None:
            return "blank"
        if is_total_label(first) and (self._sums_money or sum(map(bool, words)) <= _CELLS_OF_A_COUNT):
            return "total"
        if (
            normalise_header(words[0]) == self._header[0]
            and [normalise_header(w) for w in words] == self._header
        ):
            return "header"
        return None

    def set_apart(self, row_number: int, cells: Sequence[str], kind: NonData) -> None:
        """Enter a row that is not data in the account; a total row is kept to check the data against."""
        self.table.non_data[kind] += 1
        if kind == "total":
            label = next(cell.strip() for cell in cells if cell.strip())
            if not _SUBTOTAL.match(label):
                self.table.total_rows.append(TotalRow(row_number, label, tuple(cells)))

    def break_row(self, row_number: int, cells: Sequence[str]) -> None:
        """Enter a row with the wrong number of cells: no cell is moved, padded or dropped."""
        self.table.rows_broken += 1
        self.table.fault_counts["STR-007"] += 1
        if len(self.table.faults) >= MOST_BROKEN_ROWS_KEPT:
            return
        self.table.faults.append(
            Fault(
                "STR-007",
                row_number,
                None,
                None,
                f"{self.width} celler som i rubrikraden; raden har {len(cells)}.",
                "Rätta raden: en kolumnavgränsare saknas, är en för mycket eller står inne i en text "
                "utan citattecken.",
            )
        )

    def sort(self, rows: Iterable[Row], keep_broken: bool = False) -> Iterator[TextBlock]:
        """Blocks of the data rows among `rows`. keep_broken: rule STR-007 is switched off; cells are padded or cut."""
        kept: list[Row] = []
        for number, cells in rows:
            kind = self.kind_of(cells)
            if kind is not None:
                self.set_apart(number, cells, kind)
            elif len(cells) == self.width:
                kept.append((number, cells))
            elif keep_broken:
                kept.append((number, (cells + [""] * self.width)[: self.width]))
            else:
                self.break_row(number, cells)
            if len(kept) >= ROWS_PER_BLOCK:
                yield self.block(kept)
                kept = []
        if kept:
            yield self.block(kept)

    def block(self, rows: Sequence[Row]) -> TextBlock:
        """The rows as one block, counted as yielded."""
        import pyarrow as pa

        columns = zip(*(cells for _number, cells in rows), strict=True)
        arrays = [pa.array(column, pa.string()) for column in columns]
        numbers = pa.array([number for number, _cells in rows], pa.int32())
        names = [str(position) for position in range(self.width)]
        self.table.rows_yielded += len(rows)
        return TextBlock(pa.Table.from_arrays([*arrays, numbers], [*names, "_row_number"]))
