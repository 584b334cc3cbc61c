"""Workbooks of the old kind (`.xls`, Excel 97–2003), through xlrd.

xlrd forgives much, so the container and the records are looked over first: every sector the file counts on is there,
every sheet has its end, no cell stands outside a sheet, and a formula has a value.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ingestion.readers.sheet import (
    TOO_LONG,
    Block,
    DateSystem,
    Flaw,
    NumberFormat,
    SheetRow,
    is_storable,
    number_format,
    number_text,
    unreadable,
)
from ingestion.readers.table import DeliveryUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_BYTES = 64 << 20
MOST_CELLS = 6_000_000
MOST_COLUMNS = 256
_HEADER_BYTES = 512
_FREE_SECTOR = -1
_BIFF8 = 0x0600
_GLOBALS, _WORKSHEET = 0x0005, 0x0010
_BOF, _EOF, _FILEPASS, _BOUNDSHEET, _FORMULA = 0x0809, 0x000A, 0x002F, 0x0085, 0x0006
_FILTERED = 0x009B
_CELLS_IN_ONE = {0x00BD, 0x00BE}  # MULRK, MULBLANK: the last column stands at their end
_CELLS = _CELLS_IN_ONE | {_FORMULA, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, 0x00FD, 0x00D6}
_CALCULATE_LATER = 0x0002
_ZERO = bytes(8)
_TEXT, _NUMBER, _DATE, _BOOLEAN, _ERROR = 1, 2, 3, 4, 5  # xlrd's kinds of cell
_DAMAGED = "Arbetsboken är skadad inuti."
_CUT = "Arbetsboken är avklippt eller skadad: delar av filen fattas."


@dataclass
class _Records:
    """What the records of one sheet show that xlrd does not tell.

    without_value: formulas a program wrote and never calculated, as (row, column) from 0. blank_formulas: those
    whose value is an empty text; also what such a program writes.
    """

    without_value: set[tuple[int, int]] = field(default_factory=set)
    blank_formulas: set[tuple[int, int]] = field(default_factory=set)
    formulas: int = 0
    is_filtered: bool = False


class XlsBook:
    """An opened workbook. Raises DeliveryUnreadable (STR-003) on creation."""

    kind = "xls"

    def __init__(self, path: Path) -> None:
        if path.stat().st_size > MOST_BYTES:
            raise unreadable(
                "Arbetsboken är för stor för det gamla formatet.", "Spara den som .xlsx och lämna den igen."
            )
        try:
            content = path.read_bytes()
            stream = _workbook_stream(content)
            records = _survey(stream)
            self.book = _open(content)
        except DeliveryUnreadable:
            raise
        except Exception as problem:  # xlrd raises whatever it stumbles over
            raise unreadable(_DAMAGED) from problem
        self.date_system: DateSystem = "1904" if self.book.datemode else "1900"
        names = self.book.sheet_names()
        if len(names) != len(records):
            raise unreadable(_DAMAGED)
        self.sheets = [XlsSheet(self, index, name, records[index]) for index, name in enumerate(names)]

    def close(self) -> None:
        """Let go of the file's bytes."""
        self.book.release_resources()


class XlsSheet:
    """One worksheet."""

    def __init__(self, book: XlsBook, index: int, name: str, records: _Records) -> None:
        self.book, self.index, self.name, self._records = book, index, name, records
        self.is_visible = book.book._sheet_visibility[index] == 0
        self.is_filtered = records.is_filtered
        self.padded_cells = 0
        self._read: Any = None

    @property
    def sheet(self) -> Any:
        """The sheet as xlrd read it; read once."""
        if self._read is None:
            try:
                self._read = self.book.book.sheet_by_index(self.index)
            except Exception as problem:  # xlrd raises whatever it stumbles over
                raise unreadable(_DAMAGED) from problem
        return self._read

    @property
    def merged(self) -> list[Block]:
        """Merged blocks of cells."""
        return sorted(
            Block(top + 1, left + 1, bottom, right) for top, bottom, left, right in self.sheet.merged_cells
        )

    @property
    def hidden_columns(self) -> int:
        """Columns hidden among those the table can have; hiding everything to the right only tidies."""
        return sum(
            bool(column.hidden)
            for place, column in self.sheet.colinfo_map.items()
            if place < self.sheet.ncols
        )

    def rows(self) -> Iterator[SheetRow]:
        """The rows that hold something, in order."""
        self.padded_cells = 0
        sheet = self.sheet
        for at in range(sheet.nrows):
            try:
                row = self._row(at)
            except Exception as problem:  # a style or format that is not there, a number that is none
                raise unreadable(_DAMAGED) from problem
            if row is not None:
                yield row

    def _row(self, at: int) -> SheetRow | None:
        values, kinds = self.sheet.row_values(at), self.sheet.row_types(at)
        flaws: list[Flaw] = []
        cells = [self._text(at, column, kind, values[column], flaws) for column, kind in enumerate(kinds)]
        width = max((place + 1 for place, cell in enumerate(cells) if cell), default=0)
        width = max([width, *(flaw.column + 1 for flaw in flaws)])
        if not width:
            return None
        known = self.sheet.rowinfo_map.get(at)
        is_hidden = known is not None and bool(known.hidden)
        return SheetRow(at + 1, (cells + [""] * width)[:width], tuple(flaws), is_hidden)

    def _text(self, row: int, column: int, kind: int, value: Any, flaws: list[Flaw]) -> str:
        if (row, column) in self._records.without_value:
            flaws.append(Flaw(column, "STR-018"))
        elif kind in (_NUMBER, _DATE):
            shown = self._format(row, column)
            text = number_text(repr(value), shown, self.book.date_system)
            if text is not None:
                self.padded_cells += shown.mask is not None
                return text
            flaws.append(Flaw(column, "STR-020", TOO_LONG))
        elif kind == _BOOLEAN:
            return "ja" if value else "nej"
        elif kind == _ERROR:
            from xlrd.biffh import error_text_from_code

            flaws.append(Flaw(column, "STR-020", error_text_from_code.get(value)))
        elif kind == _TEXT:
            if is_storable(value):
                return str(value)
            flaws.append(Flaw(column, "STR-020"))
        return ""

    def _format(self, row: int, column: int) -> NumberFormat:
        book = self.book.book
        found = book.format_map.get(book.xf_list[self.sheet.cell_xf_index(row, column)].format_key)
        return number_format(found.format_str if found is not None and found.format_str else "General")


def _open(content: bytes) -> Any:
    import xlrd

    return xlrd.open_workbook(
        file_contents=content, formatting_info=True, on_demand=True, ragged_rows=True, logfile=io.StringIO()
    )


# --- the container ---


def _workbook_stream(content: bytes) -> bytes:
    """The stream of records, from a container that holds every sector it counts on."""
    from xlrd.compdoc import CompDoc, CompDocError

    try:
        container = CompDoc(content, logfile=io.StringIO())
    except (CompDocError, struct.error, IndexError, AssertionError):
        raise unreadable(_CUT) from None
    _refuse_cut(content, container)
    names = {entry.name.casefold() for entry in container.dirlist if entry.etype}
    if names & {"encryptedpackage", "encryptioninfo"}:
        raise unreadable("Arbetsboken är lösenordsskyddad.", "Ta bort lösenordet och lämna filen igen.")
    if names & {"_vba_project_cur", "_vba_project"}:
        raise unreadable(
            "Arbetsboken innehåller makron.",
            "Spara den i Excel som ”Excel-arbetsbok (.xlsx)”, utan makron, och lämna den igen.",
        )
    if "worddocument" in names:
        raise unreadable("Det är ett Word-dokument.", "Lämna tabellen som arbetsbok.")
    if "workbook" not in names:
        what = "Den är sparad av Excel 95 eller äldre." if "book" in names else "Filen är av ett annat slag."
        raise unreadable(what)
    stream = container.get_named_stream("Workbook")
    if not stream:
        raise unreadable(_CUT)
    return bytes(stream)


def _refuse_cut(content: bytes, container: Any) -> None:
    whole, rest = divmod(len(content) - _HEADER_BYTES, container.sec_size)
    used = max(
        (sector for sector, follows in enumerate(container.SAT) if follows != _FREE_SECTOR), default=-1
    )
    if rest or used >= whole:
        raise unreadable(_CUT)


# --- the records ---


def _survey(stream: bytes) -> list[_Records]:
    """Every worksheet's records, in the book's order."""
    places = []
    for kind, start, length in _substream(stream, 0, _GLOBALS):
        if kind == _FILEPASS:
            raise unreadable("Arbetsboken är lösenordsskyddad.", "Ta bort lösenordet och lämna filen igen.")
        if kind == _BOUNDSHEET and length >= 6 and stream[start + 5] == 0:
            places.append(struct.unpack_from("<I", stream, start)[0])
    surveyed = [_survey_sheet(stream, place) for place in places]
    if sum(cells for _records, cells in surveyed) > MOST_CELLS:
        raise unreadable(
            "Arbetsboken har formaterade tomma celler i orimlig mängd.",
            "Spara den som .xlsx och lämna den igen.",
        )
    found = [records for records, _cells in surveyed]
    formulas = sum(records.formulas for records in found)
    blank = sum(len(records.blank_formulas) for records in found)
    if formulas == blank:  # not one has a value: the program that wrote them does not calculate
        for records in found:
            records.without_value |= records.blank_formulas
    return found


def _substream(stream: bytes, place: int, wanted: int) -> Iterator[tuple[int, int, int]]:
    """(kind, where its data start, their length) of each record from a BOF to its EOF; inner ones (charts) left out."""
    depth = 0
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        start, place = place + 4, place + 4 + length
        if place > len(stream):
            break
        if kind == _BOF:
            depth += 1
            version, content = struct.unpack_from("<HH", stream, start)
            if depth == 1 and (version != _BIFF8 or content != wanted):
                raise unreadable(_DAMAGED)
        elif not depth:
            break
        elif kind == _EOF:
            depth -= 1
            if not depth:
                return
        elif depth == 1:
            yield kind, start, length
    raise unreadable(_CUT)


def _survey_sheet(stream: bytes, place: int) -> tuple[_Records, int]:
    """A sheet's records, and how many cells xlrd will keep for it."""
    records = _Records()
    widths: dict[int, int] = {}
    seen: set[int] = set()
    for kind, start, length in _substream(stream, place, _WORKSHEET):
        if kind == _FILTERED:
            records.is_filtered = True
        if kind not in _CELLS:
            continue
        row, column = struct.unpack_from("<HH", stream, start)
        last = struct.unpack_from("<H", stream, start + length - 2)[0] if kind in _CELLS_IN_ONE else column
        if last >= MOST_COLUMNS or last < column:
            raise unreadable(_DAMAGED)
        _refuse_second_value(seen, row, column, last)
        widths[row] = max(widths.get(row, 0), last + 1)
        if kind == _FORMULA:
            _note_formula(records, stream[start : start + length], row, column)
    return records, sum(widths.values())


def _refuse_second_value(seen: set[int], row: int, first: int, last: int) -> None:
    for column in range(first, last + 1):
        place = row * MOST_COLUMNS + column
        if place in seen:
            raise unreadable(_DAMAGED)
        seen.add(place)


def _note_formula(records: _Records, data: bytes, row: int, column: int) -> None:
    """A formula's value: a number; or a kind of value, where it ends with FFFF. Flag 2: to be calculated when opened."""
    value, flags = data[6:14], struct.unpack_from("<H", data, 14)[0]
    is_blank = value[6:] == b"\xff\xff" and value[0] == 3
    records.formulas += 1
    if flags & _CALCULATE_LATER and (is_blank or value == _ZERO):
        records.without_value.add((row, column))
    elif is_blank:
        records.blank_formulas.add((row, column))
