"""Tables with a column per party, as applications print their budgets, turned into one row per cell.

`Tjänst; Tjänstegrad; Dalby kommun; Region Fjäll; Alla parter` becomes rows of post, party and amount. The heading above the
rows says what is asked for and what the party pays itself (`Att rekvirera`, `Egenfinansiering`), any other heading is the
kind of cost. Sums keep their role, so that they are checked and never loaded; nothing is added, moved or filled in here.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ingestion.binding import known_headers, normalise_header
from ingestion.readers.headings import unit_in
from ingestion.readers.layout import bare, find_header, is_total_label, total_label
from ingestion.readers.sheet import column_letters
from ingestion.readers.table import (
    WIDE_COLUMNS,
    WIDE_ROWS,
    DeliveryUnreadable,
    Fault,
    WideFacts,
    cell_number,
)
from ingestion.readers.wide import BLANK_MARKS, blocks_of, rows_of, too_large

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from ingestion.binding import HeaderAlias
    from ingestion.feed import Feed, WideTable
    from ingestion.readers.layout import Row
    from ingestion.readers.table import NonData, TextTable

_POST = ("fte_share", "own_fte_share")
_A_PAIR = 2


class PartyHeadings:
    """What the headings of a table with a column per party mean, with the association's own words."""

    def __init__(self, feed: Feed, words: WideTable, aliases: Mapping[str, HeaderAlias]) -> None:
        self.feed, self.words = feed, words
        self.known = known_headers(feed, aliases)
        self.own = {normalise_header(text) for text, one in aliases.items() if one.column == words.across}

    def find_header(self, rows: Sequence[Row], known: Container[str]) -> tuple[int, int]:
        """Index of the header row and how many of its cells are known headers."""
        return find_header(rows, known, self.are_wide)

    def are_wide(self, header: Sequence[str]) -> bool:
        """True for a header without a column of amounts or of parties, whose other columns are parties and their sum."""
        names = {self.known.get(normalise_header(text)) for text in header if self._names_rows(text)}
        if not names or names & {self.words.across, *self.words.amounts}:
            return False
        parties, sums = self.parties(header), self.sums(header)
        is_agreed = all(normalise_header(header[at]) in self.own for at in parties)
        return bool(parties) and (is_agreed or (bool(sums) and max(parties) < sums[0]))

    def parties(self, header: Sequence[str]) -> list[int]:
        """Where the parties' columns stand: headings that are no contract's and no sum's."""
        sums = self.sums(header)
        return [
            at
            for at, text in enumerate(header)
            if text.strip() and at not in sums and not self._names_rows(text)
        ]

    def sums(self, header: Sequence[str]) -> list[int]:
        """Where columns stand that sum up the parties."""
        return [at for at, text in enumerate(header) if not self._names_rows(text) and self._is_sum(text)]

    def _names_rows(self, text: str) -> bool:
        word = normalise_header(text)
        return word in self.known and word not in self.own

    def _is_sum(self, text: str) -> bool:
        word = normalise_header(text)
        return is_total_label(text) or any(word.startswith(one) for one in self.words.sum_words)


def unpivot(table: TextTable, headings: PartyHeadings) -> None:
    """Turn a table with a column per party into rows of cells, in place. Raises DeliveryUnreadable: STR-007 size."""
    rows = [row for block in table.blocks for row in rows_of(block)]
    reading = _Reading(table, headings)
    if (rows and rows[-1][0] >= WIDE_ROWS) or len(table.header) >= WIDE_COLUMNS:
        raise too_large(table.header_row)
    cells = list(reading.cells(rows))
    table.wide = WideFacts(
        {at + 1: reading.place(at) for at in reading.amounts},
        dict.fromkeys((at + 1 for at in reading.amounts), None),
        tuple(reading.breaks),
        reading.unit_said,
        "unit" in reading.above or "unit" in reading.bound,
        reading.row_count,
        reading.ends_with_total,
    )
    table.non_data.update(reading.non_data)
    table.header = reading.header
    table.rows_yielded = len(cells)
    columns = {str(number): text for number, text in table.wide.columns.items()}
    table.notes["wide"] = {"rows": reading.row_count, "columns": columns}
    table.blocks = blocks_of(cells, len(reading.header))


class _Reading:
    """Goes through the rows in order: what each is, what its amounts are for, and which kind of cost it is of."""

    def __init__(self, table: TextTable, headings: PartyHeadings) -> None:
        self.headings, self.words, self.sent = headings, headings.words, list(table.header)
        self.sums = headings.sums(self.sent)
        self.amounts = sorted([*headings.parties(self.sent), *self.sums])
        self.naming = [at for at in range(len(self.sent)) if at not in self.amounts]
        known = ((headings.known.get(normalise_header(self.sent[at])), at) for at in self.naming)
        self.bound = {name: at for name, at in known if name is not None}
        self.unit_said = ""
        self.above = self._said_above(table)
        filled = (*self.words.fills, *self.words.amounts, *self.above)
        label = next((at for at in self.naming[:1] if not self.sent[at].strip()), None)
        self.kept = [at for at in self.naming if self._name_of(at) not in filled and at != label]
        self.filled = tuple(dict.fromkeys(filled))
        self.header = (*(self.sent[at] for at in self.kept), *self.filled)
        self.breaks: list[int] = []
        self.non_data: Counter[NonData] = Counter()
        self.row_count, self.ends_with_total = 0, False
        self._target, self._category = self.words.amounts[0], ""

    def _name_of(self, at: int) -> str | None:
        return self.headings.known.get(normalise_header(self.sent[at]))

    def _said_above(self, table: TextTable) -> dict[str, str]:
        """Columns whose one value stands above the table: `Ansökan;D-7`, or `Ansökan: D-7`."""
        said: dict[str, str] = {}
        for _number, cells in table.titles:
            filled = [bare(cell) for cell in cells if bare(cell)]
            if len(filled) == 1 and ":" in filled[0]:
                filled = [part.strip() for part in filled[0].split(":", 1)]
            name = self.headings.known.get(normalise_header(filled[0])) if len(filled) == _A_PAIR else None
            if name is not None and name not in self.words.amounts and name not in self.bound:
                said.setdefault(name, filled[1])
            else:
                self.unit_said = self.unit_said or unit_in(" ".join(filled))
        return said

    def place(self, at: int) -> str:
        """A column as people point at it: `D (Dalby kommun)`."""
        return f"{column_letters(at + 1)} ({self.sent[at].strip()})"

    def cells(self, rows: Sequence[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
        """Every cell with an amount, as a row of the contract."""
        for number, cells in rows:
            words = [cells[at] for at in self.naming]
            values = {at: cells[at] for at in self.amounts}
            if all(text in BLANK_MARKS for text in values.values()) and sum(map(bool, words)) <= 1:
                self.non_data["heading"] += 1
                self.breaks.append(number)
                self._enter_heading(next(filter(None, words), ""))
                continue
            self.row_count += 1
            self.ends_with_total = total_label(words) is not None
            if self.ends_with_total:
                self.breaks.append(number)
            yield from self._cells_of(number, cells, values)

    def _enter_heading(self, label: str) -> None:
        """A row that only names what stands below it: what the amounts are for, the kind of cost, or one after the other."""
        for said in (part.strip() for part in label.split(" / ")):
            name = self.headings.known.get(normalise_header(said))
            if name in self.words.amounts:
                self._target, self._category = name, ""
            else:
                self._category = said

    def _cells_of(
        self, number: int, cells: Sequence[str], values: Mapping[int, str]
    ) -> Iterator[tuple[int, list[str]]]:
        paying = [
            at for at, text in values.items() if at not in self.sums and text.strip(" 0,.") not in BLANK_MARKS
        ]
        if len(paying) > 1 and not self.ends_with_total and self._share(cells):
            raise _shared_post(number, self.sent[self.bound[_POST[0]]])
        for at, text in values.items():
            if text in BLANK_MARKS:
                self.non_data["blank_cell"] += 1
                continue
            role = "sum" if at in self.sums else "total" if self.ends_with_total else "line"
            filled = self._filled(number, at, cells, role) | {self._target: text}
            if role == "line" and at in paying:
                filled[_POST[self._target != self.words.amounts[0]]] = self._share(cells)
            sent = [cells[kept] for kept in self.kept]
            yield cell_number(number, at + 1), [*sent, *(filled.get(name, "") for name in self.filled)]

    def _share(self, cells: Sequence[str]) -> str:
        """How much of full time the post is, as the row says."""
        at = self.bound.get(_POST[0])
        return cells[at] if at is not None else ""

    def _filled(self, number: int, at: int, cells: Sequence[str], role: str) -> dict[str, str]:
        first = next((cells[one] for one in self.naming if cells[one]), "")
        is_of_post = "cost_category" not in self.bound or self.ends_with_total
        named = {name: cells[where] for name, where in self.bound.items()}
        return self.above | {
            self.words.across: self.sent[at].strip(),
            "cost_category": named.get("cost_category") or self._category,
            "post_name": named.get("post_name") or (first if is_of_post else ""),
            "row_role": role,
            "money_kind": self._target,
            "file_row": str(number),
            "file_column": self.place(at),
        }


def _shared_post(row: int, header: str) -> DeliveryUnreadable:
    """One share of full time and several who pay: whose share it is only the sender knows."""
    return DeliveryUnreadable(
        Fault(
            "STR-006",
            row,
            header,
            None,
            "En tjänstegrad per part; på raden betalar flera parter samma tjänst, och tjänstegraden står en gång.",
            "Skriv tjänsten på en rad per part med den partens del av heltid.",
        )
    )
