"""Wide tables: a column per year and version, as associations print their plans, turned into one row per cell.

`Post; Utfall 2015–2024; Prognos 2025; Budget 2026; Plan 2027; Summa` becomes rows of line, years, kind of version and
amount. What only sums up (rows, columns, a line that refers to a list below) keeps its role, so that it is checked and
never loaded; nothing is added, moved or filled in here.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from ingestion.binding import normalise_header
from ingestion.calendar import parse_date
from ingestion.cells import ValueProblem
from ingestion.readers.headings import UNIT, YEAR, ValueHeader, unit_in
from ingestion.readers.layout import TOTAL_WORDS, bare, total_label
from ingestion.readers.sheet import column_letters
from ingestion.readers.table import (
    WIDE_COLUMNS,
    WIDE_ROWS,
    DeliveryUnreadable,
    Fault,
    TextBlock,
    TextTable,
    WideFacts,
    cell_number,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterator, Mapping, Sequence
    from pathlib import Path

    from ingestion.readers.headings import Headings
    from ingestion.readers.table import NonData

_FILLED = (
    *(
        "fiscal_year",
        "first_year",
        "version_kind",
        "made_date",
        "document",
        "unit",
        "cost_sign",
        "amount_sek",
    ),
    *("line_name", "initiative_code", "initiative_name", "decision_state", "annex_code"),
    *("section_name", "row_role", "part_of", "file_row", "file_column"),
)
"""Columns of the contract that this reader fills in, in the order it hands them on."""
_OF_THE_ROW = (
    *("version_kind", "made_date", "document", "unit", "cost_sign", "line_name", "initiative_code"),
    *("initiative_name", "decision_state", "annex_code"),
)
"""Those of them that a sender may have a column for, which then goes first; any other is there twice, and refused."""
_SAID_ABOVE = ("made_date", "unit", "cost_sign", "document", "version_kind", "decision_state")
_UNIT_ALONE = re.compile(rf"[(\[]?(?:alla )?(?:belopp )?(?:anges )?(?:i )?(?:{UNIT})[)\]]?", re.IGNORECASE)
_MADE = re.compile(
    rf"(?i)\b(?:upprättad|upprättat|beslutad|beslutat|fastställd|fastställt|antagen|daterad|reviderad|per|den)\b[^0-9]{{0,40}}"
    rf"({YEAR}-[0-9]{{2}}-[0-9]{{2}}|{YEAR}[0-9]{{4}}|[0-9]{{1,2}} [a-zåäö]+ {YEAR})(?![0-9])"
)
_MADE_IN_NAME = re.compile(rf"(?<![0-9])({YEAR}-[0-9]{{2}}-[0-9]{{2}})(?![0-9])")
_ANNEX = re.compile(
    r"(?i)(?:(?:bilaga|bil\.?|avsnitt|del)\s*)?([A-Z][0-9]?|[0-9]{1,2})(?:[.:)]\s*|\s+[–—-]\s+|\s+(?=[A-ZÅÄÖ]))(?=\S)"
    r"|(?:bilaga|bil\.?)\s*([A-Z0-9]{1,2})$"
)
_REFERENCE = re.compile(r"(?i)\b(?:bilaga|bil\.|enligt|se)\s+([A-Z][0-9]?|[0-9]{1,2})\b|\(([A-Z][0-9]?)\)")
_CODE_FIRST = re.compile(r"(?=[^ ]*[0-9])([A-ZÅÄÖ][A-ZÅÄÖ0-9_./-]{1,14}|[0-9]{3,8})[ :]+(?:[–—-] )?(\S.*)")
_NUMBERED = re.compile(r"^[0-9]{1,2}(?:\.[0-9]{1,2})?[.)] +(?=\S)")
_TOTAL_WORD = re.compile(rf"(?i)^(?:{TOTAL_WORDS})\b")
_MARK = re.compile(r"^[\s–—•*·-]+")
BLANK_MARKS = frozenset(("", "-", "–", "—", "−"))
_A_PAIR, _FEW_WORDS = 2, 2
_NO_YEAR = 2000  # of a sum over everything, which is never loaded


def unpivot(
    table: TextTable, headings: Headings, path: Path, switched_off: frozenset[str] = frozenset()
) -> None:
    """Turn a wide table into rows of cells, in place. Raises DeliveryUnreadable: STR-006 two columns alike, STR-007 size."""
    rows = [row for block in table.blocks for row in rows_of(block)]
    layout = _Layout(table, headings, path)
    if (rows and rows[-1][0] >= WIDE_ROWS) or layout.last_position + 1 >= WIDE_COLUMNS:
        raise too_large(table.header_row)
    if "STR-006" not in switched_off:
        layout.refuse_twins()
    first = _Sorter(layout, headings, rows)
    for _cell in first.cells():
        pass  # a line may sum up a list that stands further down
    sorter = _Sorter(layout, headings, rows, first.annexes, first.closed_by)
    cells = list(sorter.cells())
    table.wide = layout.facts(sorter)
    table.non_data.update(sorter.non_data)
    table.header = layout.header
    table.rows_yielded = len(cells)
    table.scope = "/".join(filter(None, ("table", layout.above.get("document"))))
    table.notes["wide"] = {
        "rows": sorter.row_count,
        "columns": {str(n): t for n, t in table.wide.columns.items()},
    }
    table.blocks = blocks_of(cells, len(layout.header))


def rows_of(block: TextBlock) -> Iterator[tuple[int, list[str]]]:
    """The rows of a block: their numbers, and their cells without what shows as nothing."""
    columns = block.table.to_pydict()
    numbers = columns.pop("_row_number")
    for number, *cells in zip(numbers, *columns.values(), strict=True):
        yield number, [bare(cell) for cell in cells]


def blocks_of(cells: list[tuple[int, list[str]]], width: int) -> Iterator[TextBlock]:
    """Rows made of cells, as the one block they are; none of none."""
    import pyarrow as pa

    if not cells:
        return
    arrays = [pa.array(column, pa.string()) for column in zip(*(row for _number, row in cells), strict=True)]
    numbers = pa.array([number for number, _row in cells], pa.int32())
    names = [str(position) for position in range(width)]
    yield TextBlock(pa.Table.from_arrays([*arrays, numbers], [*names, "_row_number"]))


class _Layout:
    """Where everything stands: columns that name a row, columns of amounts, and what is said above the table."""

    def __init__(self, table: TextTable, headings: Headings, path: Path) -> None:
        self.headings = headings
        header = list(table.header)
        kinds = _kinds_above(table, headings)
        self.values = [
            replace(
                found,
                position=at,
                kind=found.kind or kinds.get(at, ""),
                text=found.text if found.kind else f"{kinds.get(at, '')} {found.text}".strip(),
                sent=text,
            )
            for at, text in enumerate(header)
            if (found := headings.read(text) or self._check_of(text)) is not None
        ]
        at_values = {one.position for one in self.values}
        self.naming = [at for at in range(len(header)) if at not in at_values]
        self.bound = {
            name: at
            for at in reversed(self.naming)
            if (name := headings.known.get(normalise_header(header[at]))) is not None
        }
        self.last_position = max(at_values, default=0)
        self.unit_said = next(filter(None, map(unit_in, header)), "")
        self.first_heading = ""
        self._label_without_header(header)
        self.above = self._said_above(table, path)
        self.agreed = self._agreed_for_all(header)
        self._is_unit_stated = self._unit_is_stated()
        taken = [
            at for at in self.naming if not (header[at].strip() == "" and at == self.bound.get("line_name"))
        ]
        own = {self.bound[name] for name in _OF_THE_ROW if name in self.bound}
        self.sent = [at for at in taken if at not in own]
        self.filled = tuple(name for name in _FILLED if name not in self._not_said())
        self.header = (*(header[at] for at in self.sent), *self.filled)

    def _check_of(self, text: str) -> ValueHeader | None:
        is_named = normalise_header(text) in self.headings.known
        return None if is_named else self.headings.read_check(text)

    def _not_said(self) -> set[str]:
        """What the table lacks and must have: binding says so once, instead of every cell."""
        known = {*self.bound, *self.above}
        if any(one.kind for one in self.values):
            known.add("version_kind")
        return {"made_date", "version_kind"} - known

    def _label_without_header(self, header: list[str]) -> None:
        """The first column names the rows, whatever its heading: blank, the unit, `År`, or the first section's heading."""
        first = self.naming[0] if self.naming else None
        if first is None or "line_name" in self.bound:
            return
        text = header[first].strip()
        says_years = self.bound.get("fiscal_year") == first
        if first in self.bound.values() and not says_years:
            return
        self.bound["line_name"] = first
        header[first] = ""
        if text and not says_years and not _UNIT_ALONE.fullmatch(text):
            self.first_heading = text

    def _said_above(self, table: TextTable, path: Path) -> dict[str, str]:
        """Columns whose one value stands above the table, as `Upprättad;2025-11-20` or in a title."""
        said: dict[str, str] = {}
        dates = []
        for _number, cells in table.titles:
            filled = [bare(cell) for cell in cells if bare(cell)]
            if len(filled) == 1 and ":" in filled[0]:
                filled = [part.strip() for part in filled[0].split(":", 1)]
            name = self.headings.known.get(normalise_header(filled[0])) if len(filled) == _A_PAIR else None
            if name in _SAID_ABOVE:
                said.setdefault(name, filled[1])
                continue
            text = " ".join(filled)
            dates += [found[1] for found in _MADE.finditer(text)]
            self.unit_said = self.unit_said or unit_in(text)
            self._name_document(text, said)
        self._name_document(path.stem.replace("_", " "), said)
        days = set(filter(None, map(_day, dates))) or set(
            filter(None, map(_day, _MADE_IN_NAME.findall(path.stem)))
        )
        if len(days) == 1:  # of several only the sender knows which one it is
            said.setdefault("made_date", days.pop())
        return said

    def _name_document(self, text: str, said: dict[str, str]) -> None:
        """Net and gross versions of one budget are two documents, if only their titles or names tell them apart."""
        words = {word for word in self.headings.words.document_words if re.search(rf"(?i)\b{word}", text)}
        if len(words) == 1:
            said.setdefault("document", words.pop())

    def _agreed_for_all(self, header: list[str]) -> str | None:
        aliases = [self.headings.aliases.get(normalise_header(text)) for text in header]
        return next((alias.unit for alias in aliases if alias is not None and alias.unit), None)

    def _unit_is_stated(self) -> bool:
        per_column = all(self.headings.agreed_unit(one) for one in self.values if one.role == "value")
        return "unit" in self.bound or "unit" in self.above or bool(self.agreed) or per_column

    def unit_of(self, one: ValueHeader, cells: Sequence[str]) -> str:
        """The unit of a cell: its row's own, the one said above the table, or the one agreed; else blank."""
        own = self.named(cells, "unit") or self.above.get("unit")
        return own or self.headings.agreed_unit(one) or self.agreed or ""

    def named(self, cells: Sequence[str], name: str) -> str:
        """What a row says in a column that names it."""
        at = self.bound.get(name)
        return cells[at] if at is not None else ""

    def refuse_twins(self) -> None:
        """Two columns of one kind, year and document: which of them holds, only the sender knows."""
        seen: dict[tuple[object, ...], ValueHeader] = {}
        for one in self.values:
            if one.role != "value":
                continue
            first = seen.setdefault(one.identity, one)
            if first is not one:
                raise _twins(self.place(first), self.place(one))

    def place(self, one: ValueHeader) -> str:
        """A column as people point at it: `D (Budget 2026)`."""
        return f"{column_letters(one.position + 1)} ({one.text})"

    def facts(self, sorter: _Sorter) -> WideFacts:
        """What the checks need to know beside the cells."""
        return WideFacts(
            {one.position + 1: self.place(one) for one in self.values},
            {one.position + 1: one.years for one in self.values},
            tuple(sorter.breaks),
            self.unit_said,
            self._is_unit_stated,
            sorter.row_count,
            sorter.ends_with_total,
        )


class _Sorter:
    """Goes through the rows in order: what each is, which list it stands in, which row it is a part of.

    annexes: the lists known to stand in the file; those met on the way are added. closed_by: row -> the sum that closes
    a section without a heading, likewise; `Summa intäkter` says of the rows above it what a heading would have said.
    """

    def __init__(
        self,
        layout: _Layout,
        headings: Headings,
        rows: list[tuple[int, list[str]]],
        annexes: Collection[str] = (),
        closed_by: Mapping[int, str] | None = None,
    ) -> None:
        self.layout, self.words, self.rows = layout, headings.words, rows
        self.non_data: Counter[NonData] = Counter()
        self.breaks: list[int] = []
        self.row_count = 0
        self.ends_with_total = False
        self._parent, self._takes_parts = "", False
        self._kinds_of_undecided = (self.words.running_words, self.words.new_words)
        self._heading, self._state = layout.first_heading, ""
        self._annex, self._state = self._list_of(self._heading, normalise_header(self._heading))
        self.annexes = set(annexes)
        self.closed_by = dict(closed_by or {})
        self._open_rows: list[int] = []
        self._results = set(map(normalise_header, self.words.result_words))

    def cells(self) -> Iterator[tuple[int, list[str]]]:
        """Every cell with an amount, as a row of the contract."""
        for number, cells in self.rows:
            values = [cells[one.position] for one in self.layout.values]
            label = self._label(cells)
            if self._repeats_header(values):
                self.non_data["header"] += 1
                if label and self._is_heading(cells):
                    self._enter_heading(number, label)
                continue
            if all(text in BLANK_MARKS for text in values) and self._is_heading(cells):
                self.non_data["heading"] += 1
                self._enter_heading(number, label)
                continue
            self.row_count += 1
            role = self._role(number, cells, label)
            yield from self._cells_of(number, cells, values, role, label)

    def _repeats_header(self, values: Sequence[str]) -> bool:
        """The years printed again over a list further down, whatever stands beside them."""
        said = [
            (normalise_header(text), one)
            for text, one in zip(values, self.layout.values, strict=True)
            if text
        ]
        return bool(said) and all(text == normalise_header(one.sent) for text, one in said)

    def _label(self, cells: Sequence[str]) -> str:
        named = (
            self.layout.named(cells, name) for name in ("line_name", "initiative_name", "initiative_code")
        )
        return next(filter(None, named), "")

    def _is_heading(self, cells: Sequence[str]) -> bool:
        return sum(bool(cells[at]) for at in self.layout.naming) <= 1

    def _enter_heading(self, number: int, label: str) -> None:
        """A row that only names what stands below it: a section, a list of initiatives, or `varav` alone."""
        word = normalise_header(label)
        if word in self.words.part_words:
            self._takes_parts = True
            return
        self.breaks.append(number)
        self._parent, self._takes_parts = "", False
        self._heading, self._open_rows = _NUMBERED.sub("", label), []
        self._annex, self._state = self._list_of(label, word)
        if self._annex:
            self.annexes.add(self._annex)

    def _list_of(self, label: str, word: str) -> tuple[str, str]:
        """Letter and state of the list of initiatives a heading begins; blank for any other section.

        As papers letter them: A decided, B1 not decided that run already, B2 new ones.
        """
        state = self._state_of(word)
        is_running, is_new = (any(one in f"{word} " for one in words) for words in self._kinds_of_undecided)
        if not state and (is_running or is_new):
            state = self._state or ("beslutad" if is_running else "ej beslutad")
        names_initiatives = any(one in word for one in self.words.initiative_words)
        is_annex = word.startswith(("bilaga ", "bil. "))
        if not (
            is_annex or (state and (names_initiatives or self._state or len(word.split()) <= _FEW_WORDS))
        ):
            return "", ""
        by_words = "A" if state == "beslutad" else "B1" if is_running else "B2" if is_new else "B"
        return self._annex_code(label) or by_words, state

    def _state_of(self, word: str) -> str:
        if any(one in word for one in self.words.undecided_words):
            return "ej beslutad"
        return "beslutad" if any(one in word for one in self.words.decided_words) else ""

    def _annex_code(self, label: str) -> str:
        found = _ANNEX.match(label)
        return (found[1] or found[2]).upper() if found else ""

    def _role(self, number: int, cells: Sequence[str], label: str) -> str:
        """What a row with amounts is. A sum ends the section it stands in."""
        words = [cells[at] for at in self.layout.naming]
        word = normalise_header(label)
        self.ends_with_total = False
        if total_label(words) is not None or self._is_result(word):
            self.breaks.append(number)
            self.ends_with_total = True
            self._parent, self._takes_parts = "", False
            self._heading, self._annex, self._state = "", "", self._outer_state()
            self.closed_by |= dict.fromkeys(self._open_rows, _TOTAL_WORD.sub("", label).strip(" :"))
            self._open_rows = []
            return "result" if self._is_result(word) else "total"
        if not self._heading:
            self._open_rows.append(number)
        marked = _MARK.match(label) is not None
        if self._parent and (self._is_part(word) or (marked and self._takes_parts)):
            self._takes_parts = True
            return "part"
        self._parent, self._takes_parts = _NUMBERED.sub("", label), False
        return "annex_total" if self._refers_to_annex(cells, label) else "line"

    def _outer_state(self) -> str:
        """After a sum no list goes on; but `Nya` below the sum of `Befintliga` are not decided either."""
        return self._state if self._annex.startswith("B") and self._annex != "B" else ""

    def _is_result(self, word: str) -> bool:
        return word in self._results or word.startswith(("resultat före", "resultat efter", "årets resultat"))

    def _is_part(self, word: str) -> bool:
        first = _MARK.sub("", word)
        return any(first == one or first.startswith((f"{one} ", f"{one}:")) for one in self.words.part_words)

    def _refers_to_annex(self, cells: Sequence[str], label: str) -> bool:
        """A line above that sums up a list below, as `Projekt, beslutade (bilaga A)` where A stands in the same file."""
        if self._annex or self.layout.named(cells, "annex_code"):
            return False
        return bool(annexes_meant(label, self.annexes))

    def _cells_of(
        self, number: int, cells: Sequence[str], values: Sequence[str], role: str, label: str
    ) -> Iterator[tuple[int, list[str]]]:
        sent = [cells[at] for at in self.layout.sent]
        for one, text in zip(self.layout.values, values, strict=True):
            if text in BLANK_MARKS:
                self.non_data["blank_cell"] += 1
                continue
            own_role = role if one.role == "value" else one.role
            filled = self._filled(number, cells, one, own_role, label)
            filled["amount_sek"] = text
            yield (
                cell_number(number, one.position + 1),
                [*sent, *(filled[name] for name in self.layout.filled)],
            )

    def _filled(
        self, number: int, cells: Sequence[str], one: ValueHeader, role: str, label: str
    ) -> dict[str, str]:
        layout = self.layout
        first, last = one.years or (0, 0)
        code, name = layout.named(cells, "initiative_code"), layout.named(cells, "initiative_name")
        line = _NUMBERED.sub("", layout.named(cells, "line_name"))
        if self._annex and role in ("line", "part") and line and not (code or name):
            code, name = _split_code(self._parent if role == "part" else line)
        document = layout.named(cells, "document") or layout.above.get("document", "")
        annex = layout.named(cells, "annex_code") or self._annex
        self.annexes.update(filter(None, [annex.upper()]))
        if role == "annex_total":
            annex = " ".join(annexes_meant(label, self.annexes))
        return {
            "fiscal_year": str(last or _NO_YEAR),
            "first_year": str(first) if first != last else "",
            "version_kind": one.kind
            or layout.named(cells, "version_kind")
            or layout.above.get("version_kind", "")
            or ("" if one.role == "value" else "plan"),
            "made_date": layout.named(cells, "made_date") or layout.above.get("made_date", ""),
            "document": " ".join(filter(None, (document, one.document))),
            "unit": layout.unit_of(one, cells),
            "cost_sign": layout.named(cells, "cost_sign") or layout.above.get("cost_sign", ""),
            "line_name": line or (self._heading if self._annex else "") or label,
            "initiative_code": code,
            "initiative_name": name,
            "decision_state": layout.named(cells, "decision_state")
            or self._state
            or layout.above.get("decision_state", ""),
            "annex_code": annex,
            "section_name": self._heading or self.closed_by.get(number, ""),
            "row_role": role,
            "part_of": self._parent if role == "part" else "",
            "file_row": str(number),
            "file_column": layout.place(one),
        }


def annexes_meant(label: str, known: Container[str]) -> list[str]:
    """The lists a line says it sums up, of those that are known; `B` means B1 and B2 too."""
    codes = [(found[1] or found[2]).upper() for found in _REFERENCE.finditer(label)]
    return [code for code in codes if code in known or any(f"{code}{n}" in known for n in (1, 2, 3))]


def _kinds_above(table: TextTable, headings: Headings) -> dict[int, str]:
    """Kinds of version that stand in the row above bare years, each over its years (merged cells hold the first)."""
    above = next((cells for _n, cells in reversed(table.titles) if any(map(bare, cells))), [])
    kinds: dict[int, str] = {}
    kind = ""
    for at in range(len(table.header)):
        text = bare(above[at]) if at < len(above) else ""
        if text:
            kind = text if normalise_header(text) in headings.kinds else ""
        if kind:
            kinds[at] = kind
    return kinds


def _split_code(text: str) -> tuple[str, str]:
    """`P45UT3 Unga till arbete` is a code and a name; a name alone has no code."""
    found = _CODE_FIRST.fullmatch(_MARK.sub("", text))
    return (found[1], found[2]) if found else ("", _MARK.sub("", text))


def _day(text: str) -> str | None:
    try:
        return parse_date(text)
    except ValueProblem:
        return None


def too_large(header_row: int) -> DeliveryUnreadable:
    """The refusal of a table whose cells could not be numbered."""
    return DeliveryUnreadable(
        Fault(
            "STR-007",
            header_row,
            None,
            None,
            f"En tabell med en kolumn per år eller part på högst {WIDE_ROWS - 1} rader och {WIDE_COLUMNS - 2} kolumner.",
            "Dela upp tabellen, eller lämna den med en rad per belopp.",
        )
    )


def _twins(first: str, second: str) -> DeliveryUnreadable:
    return DeliveryUnreadable(
        Fault(
            "STR-006",
            None,
            second,
            None,
            f"Varje år och version i en enda kolumn; kolumn {first} och kolumn {second} är samma.",
            "Ta bort den ena, eller skriv vad som skiljer dem åt i rubriken: Budget 2026 (netto) och Budget 2026 (brutto).",
        )
    )
