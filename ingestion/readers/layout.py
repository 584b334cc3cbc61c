"""Tells data rows from title rows, blank rows, repeated headers and total rows, in text files and sheets
alike.

Rows that come one by one (a sheet, a text file with cells over several lines) are gathered into blocks here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ingestion.binding import normalise_header
from ingestion.readers.table import (
    CELLS_PER_BLOCK,
    ROWS_PER_BLOCK,
    DeliveryUnreadable,
    Fault,
    TextBlock,
    TextTable,
    TotalRow,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence

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
_CELLS_OF_A_FOOTER = 3
# Marks that show as nothing: no-break and zero-width spaces, soft hyphens, marks of direction, byte order marks.
INVISIBLE = "\u00a0\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202f\u2060-\u2064\u2066-\u206f\ufeff"
# The first words of a total row. RE2 and Python read it alike, so that both paths agree.
TOTAL_WORDS = (
    r"(?:del|slut|total|års)?summa|summering|summerat|sammanlagt|s:a|s:ma|totala?t?|totalbelopp|"
    r"(?:del|sub|grand )total|tot\.?|sum"
)
_SAID_BELOW = (
    r"utskrivet|utskriven|utskrift|utskriftsdatum|skapad|exporterad|rapportdatum|"
    r"källa|källor|source|fotnot|fotnoter|senast uppdaterad|senaste uppdatering"
)
FOOTER_WORDS = rf"sida|sid\.?|page|{_SAID_BELOW}"
_TOTAL = re.compile(rf"(?i:(?:{TOTAL_WORDS})(?:[ :].*)?)", re.DOTALL)
_TOTAL_SIGN = re.compile(rf"(?im)^(?:{TOTAL_WORDS})")  # most rows have none: looked for before all else
# Further in than the first text of a row a total's word stands alone, or says of what.
_TOTAL_INSIDE = re.compile(
    rf"(?i:(?:{TOTAL_WORDS})(?:[ :]*|[ :]+(?:per|för|konto|kto|period|år|kr|sek|[0-9]).*))", re.DOTALL
)
# A sum of some of the rows: never data, and no proof that the file is whole.
_SUBTOTAL = re.compile(
    rf"(?i:(?:del|sub) ?(?:summa|total)\b|(?:{TOTAL_WORDS})[ :]+(?:per|konto|kto|sida|transport|(?!(?:19|20)[0-9]{{2}}\b)[0-9]))"
)
_FOOTER = re.compile(
    r"(?i:(?:sida|sid\.?|page)[ :]*[0-9]+(?:[ ]?(?:av|of|/|\()[ ]?[0-9]+\)?)?"
    rf"|(?:{_SAID_BELOW})(?:[ :].*)?)"
)
_DATE_OR_TIME = re.compile(r"[0-9 :./-]+")
_BLANKS = "".join(
    map(chr, (*range(9, 14), *range(28, 33), 0x85, 0xA0, 0xAD, 0x61C, 0x1680, 0x180E, *range(0x2000, 0x2010),
              *range(0x2028, 0x2030), 0x205F, *range(0x2060, 0x2065), *range(0x2066, 0x2070), 0x3000, 0xFEFF))
)  # fmt: skip
_NAMES_OF_SEPARATORS = {";": "semikolon", "\t": "tabb", ",": "komma", "|": "lodstreck"}


def bare(cell: str) -> str:
    """A cell without what shows as nothing before and after its text."""
    return cell.strip(_BLANKS)


def find_header(
    rows: Sequence[Row], known: Container[str], is_likelier: Callable[[Sequence[str]], bool] | None = None
) -> tuple[int, int]:
    """Index of the header row and how many of its cells are known headers.

    It is the first row in which at least two cells, and half of those with text, are headers of the feed;
    failing that the row with most of them (of two alike the likelier), or the first row with text: binding then says
    what is wrong.
    """
    scores: list[tuple[int, int]] = []
    for index, (_number, cells) in enumerate(rows):
        bound, filled = _score(cells, known)
        scores.append((bound, filled))
        if bound >= _FEWEST_HEADERS and bound * 2 >= filled:
            return index, bound
    likelier = [is_likelier is not None and is_likelier(cells) for _number, cells in rows]
    best = max(range(len(rows)), key=lambda index: (scores[index][0], likelier[index], -index))
    if scores[best][0]:
        return best, scores[best][0]
    first = next((index for index, (_bound, filled) in enumerate(scores) if filled), 0)
    return first, 0


def _score(cells: Sequence[str], known: Container[str]) -> tuple[int, int]:
    words = [normalise_header(cell) for cell in cells]
    return sum(1 for word in set(words) if word in known), sum(1 for word in words if word)


def is_total_label(text: str) -> bool:
    """True for a row's first word that says it sums up: Summa, Totalt, S:a …"""
    return _TOTAL.fullmatch(normalise_header(text)) is not None


def total_label(words: Sequence[str]) -> str | None:
    """The label of a row that sums up, else None: its first text, or its first with letters after years and codes."""
    first = next((word for word in words if word), "")
    if is_total_label(first):
        return first
    named = next((word for word in words if any(map(str.isalpha, word))), "")
    return named if _TOTAL_INSIDE.fullmatch(normalise_header(named)) else None


def is_footer(words: Sequence[str]) -> bool:
    """True for a printed page's last line, or a table's: nothing but `Sida 2 av 3`, `Utskrivet 2017-03-01`, `Källa: SCB`,
    and a date or time."""
    filled = [word for word in words if word]
    is_print = [_FOOTER.fullmatch(word) is not None for word in filled]
    return any(is_print) and all(
        known or _DATE_OR_TIME.fullmatch(word) for known, word in zip(is_print, filled, strict=True)
    )


class RowSorter:
    """Sorts the rows of one table as they come, and keeps its account in the TextTable."""

    def __init__(self, table: TextTable, feed: Feed) -> None:
        self.table = table
        self._sums_money = feed.control_column is not None
        self.width = len(table.header)
        self._rows_per_block = max(1, min(ROWS_PER_BLOCK, CELLS_PER_BLOCK // max(1, self.width)))
        self._header = [normalise_header(cell) for cell in table.header]
        self.titles: frozenset[str] = frozenset()  # printed again on every page
        self.separator: str | None = None
        self.last_total: TotalRow | None = None

    def kind_of(self, cells: Sequence[str]) -> NonData | None:
        """What a row is if it is not data, else None. In a wide table sums and headings are told by who unpivots it."""
        words = [bare(cell) for cell in cells]
        filled = sum(map(bool, words))
        if not filled:
            return "blank"
        may_be_total = not self.table.is_wide and (self._sums_money or filled <= _CELLS_OF_A_COUNT)
        if may_be_total and _TOTAL_SIGN.search("\n".join(words)) and total_label(words) is not None:
            return "total"
        if (
            normalise_header(words[0]) == self._header[0]
            and [normalise_header(w) for w in words] == self._header
        ):
            return "header"
        if filled == 1 and normalise_header("".join(words)) in self.titles:
            return "title"
        return "footer" if filled <= _CELLS_OF_A_FOOTER and is_footer(words) else None

    def set_apart(self, row_number: int, cells: Sequence[str], kind: NonData) -> None:
        """Enter a row that is not data in the account; a total row is kept to check the data against."""
        self.table.non_data[kind] += 1
        if kind == "total":
            label = total_label([bare(cell) for cell in cells]) or ""
            self.last_total = TotalRow(row_number, label, tuple(cells))
            if not _SUBTOTAL.match(normalise_header(label)):
                self.table.total_rows.append(self.last_total)

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
                f"{self.width} celler som i rubrikraden; raden har {len(cells)}.{self._other_separator(cells)}",
                "Rätta raden: en kolumnavgränsare saknas, är en för mycket eller står inne i en text "
                "utan citattecken.",
            )
        )

    def _other_separator(self, cells: Sequence[str]) -> str:
        """Said of a row that would have the header's cells with another separator than the header's."""
        if self.separator is None or len(cells) != 1:
            return ""
        for sign, name in _NAMES_OF_SEPARATORS.items():
            if sign != self.separator and cells[0].count(sign) == self.width - 1:
                own = _NAMES_OF_SEPARATORS.get(self.separator, self.separator)
                return f" Rubrikraden skiljs med {own}, raden med {name}."
        return ""

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
            if len(kept) >= self._rows_per_block:
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


def unproven_end(line: int) -> DeliveryUnreadable:
    """The refusal of a file whose last line has no end: nothing shows whether the line is whole."""
    return DeliveryUnreadable(
        Fault(
            "STR-007",
            line,
            None,
            None,
            f"Radslut efter sista raden (rad {line}); utan det kan raden vara avklippt utan att det syns.",
            "Exportera filen på nytt, eller se efter att sista raden är hel och lägg till ett radslut (Retur).",
        )
    )
