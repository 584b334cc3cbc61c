"""Workbooks (`.xlsx`, `.xls`): the one visible sheet whose header binds, its cells as exact text, or a refusal with help.

Rows in which a cell has no value of its own (a formula never calculated, an error, a merged block) are set
apart as broken with the cell named; no value is moved, filled in or made blank.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from ingestion.binding import normalise_header
from ingestion.privacy import looks_personal, shows_person
from ingestion.readers.layout import (
    MOST_BROKEN_ROWS_KEPT,
    MOST_TITLE_ROWS,
    Row,
    RowSorter,
    find_header,
)
from ingestion.readers.sheet import TOO_LONG, column_letters, unreadable
from ingestion.readers.table import DeliveryUnreadable, Fault, TextTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from ingestion.feed import Feed
    from ingestion.readers.headings import WideHeadings
    from ingestion.readers.sheet import Block, Book, Flaw, Sheet, SheetRow
    from ingestion.readers.table import TextBlock

_OLE_MARK = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIP_MARK = b"PK\x03\x04"
_OLDEST = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08")
_WEB_PAGE = re.compile(rb"(?i)<(?:!doctype html|html|head|meta|style|table|body|div|script)\b|mime-version:")
_RESAVE = "Öppna filen i Excel, välj Spara som och ”Excel-arbetsbok (.xlsx)”, och lämna den filen."


def read_workbook(
    path: Path,
    feed: Feed,
    known: Mapping[str, str],
    switched_off: frozenset[str] = frozenset(),
    headings: WideHeadings | None = None,
) -> TextTable:
    """Open a workbook. known: normalised header -> column name; they tell the sheet and the header row, as do headings.

    Raises DeliveryUnreadable: STR-003 unreadable, STR-001 empty, STR-006 two visible sheets that both fit, PRI-002 a
    sheet named by a personal number, STR-018 and STR-020 a header cell without value.
    """
    book = _open(path)
    try:
        _refuse_persons(book, switched_off)
        sheet, top, index = _find_sheet(book, feed, known, switched_off, headings)
        header = _header(top[index], switched_off)
    except DeliveryUnreadable:
        book.close()
        raise
    table = TextTable(header, top[index].number, titles=_plain(top[:index]))
    table.is_wide = headings is not None and headings.are_wide(header)
    table.date_system = book.date_system
    table.sheet_names = tuple(other.name for other in book.sheets)
    _count_top(table, top[:index])
    table.notes.update(
        encoding=book.kind,
        sheet=_shown(sheet.name),
        sheets=len(book.sheets),
        hidden_sheets=sum(not other.is_visible for other in book.sheets),
        hidden_rows=0,
        hidden_columns=0,
        filtered=sheet.is_filtered,
        date_system=book.date_system,
    )
    # a sheet that ended among its first rows is not read again, however many styled blanks follow them
    rows = sheet.rows() if len(top) == MOST_TITLE_ROWS else iter(top)
    table.blocks = _Reading(book, sheet, rows, table, feed, switched_off).blocks()
    return table


def _open(path: Path) -> Book:
    """The book, by its bytes: `.xls` that Excel itself opens as `.xlsx`, and the reverse, are read as what they are."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(_ZIP_MARK):
        from ingestion.readers.xlsx import XlsxBook

        return XlsxBook(path)
    if start.startswith(_OLE_MARK):
        from ingestion.readers.xls import XlsBook

        return XlsBook(path)
    raise _other_kind(start)


def _other_kind(start: bytes) -> DeliveryUnreadable:
    """What programs export under a workbook's name, by its own name."""
    bare = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"schemas-microsoft-com:office:spreadsheet" in bare:
        return unreadable("Det är ett XML-kalkylblad (2003), inte en arbetsbok.", _RESAVE)
    if _WEB_PAGE.search(bare[:1024]):
        return unreadable("Det är en webbsida (HTML) som fått en arbetsboks namn.", _RESAVE)
    if start.startswith(_OLDEST):
        return unreadable("Den är sparad av Excel 95 eller äldre.", _RESAVE)
    if bare.startswith(b"%PDF"):
        return unreadable(
            "Det är en PDF.", "Exportera tabellen som arbetsbok eller CSV ur programmet där den finns."
        )
    text = start.replace(b"\0", b"") if start[:2] in (b"\xff\xfe", b"\xfe\xff") else start
    if b"\0" not in text and b"\n" in text and any(mark in text for mark in (b"\t", b";", b",")):
        return unreadable(
            "Det är en textfil som fått en arbetsboks namn.",
            f"Byt namn så att filen slutar på .csv eller .txt och lämna den igen. Eller: {_RESAVE}",
        )
    return unreadable("Filen är ingen hel arbetsbok: den är skadad, avklippt eller av ett annat slag.")


def _refuse_persons(book: Book, switched_off: frozenset[str]) -> None:
    """Names of sheets are noted and shown; a personal number must be neither."""
    if "PRI-002" not in switched_off and any(looks_personal(sheet.name) for sheet in book.sheets):
        raise DeliveryUnreadable(
            Fault(
                "PRI-002",
                None,
                None,
                None,
                "Bladnamn utan personnummer.",
                "Döp om bladet, även om det är dolt; bladets namn sparas och visas, personnummer får aldrig göra det.",
            )
        )


def _shown(sheet_name: str) -> str:
    return "…" if shows_person(sheet_name) else sheet_name[:31]


# --- the sheet and its header ---


def _find_sheet(
    book: Book,
    feed: Feed,
    known: Mapping[str, str],
    switched_off: frozenset[str],
    headings: WideHeadings | None,
) -> tuple[Sheet, list[SheetRow], int]:
    """The sheet to read, its first rows, and which of them is the header.

    A sheet fits if it has every required column and rows below them. One visible sheet must fit; where none does, the
    visible one with most known headers is read, and binding says what it lacks. Hidden sheets are never read.
    """
    found: list[tuple[Sheet, list[SheetRow], int, int]] = []
    for sheet in book.sheets:
        top = list(islice(sheet.rows(), MOST_TITLE_ROWS))
        if any(cell.strip() for row in top for cell in row.cells):
            index, bound = (
                headings.find_header(_plain(top), known) if headings else find_header(_plain(top), known)
            )
            found.append((sheet, top, index, bound))
    visible = [one for one in found if one[0].is_visible]
    fitting = [one for one in found if _fits(one[1], one[2], feed, known, headings)]
    chosen = [one for one in fitting if one[0].is_visible]
    if "STR-006" not in switched_off:
        if len(chosen) > 1:
            raise _two_sheets(feed, [one[0].name for one in chosen])
        if fitting and not chosen:
            raise _only_hidden(feed, fitting[0][0].name)
    if not (visible or fitting):
        raise _empty_book(has_hidden=bool(found))
    best = max(chosen or visible or fitting, key=lambda one: one[3])
    return best[0], best[1], best[2]


def _plain(rows: list[SheetRow]) -> list[Row]:
    return [(row.number, row.cells) for row in rows]


def _fits(
    top: list[SheetRow], index: int, feed: Feed, known: Mapping[str, str], headings: WideHeadings | None
) -> bool:
    if headings is not None and headings.are_wide(top[index].cells):
        return len(top) > index + 1
    bound = {known.get(normalise_header(cell)) for cell in top[index].cells}
    required = {column.name for column in feed.columns if column.required}
    return required <= bound and len(top) > index + 1


def _two_sheets(feed: Feed, names: list[str]) -> DeliveryUnreadable:
    said = " och ".join(f"”{_shown(name)}”" for name in names)
    return DeliveryUnreadable(
        Fault(
            "STR-006",
            None,
            None,
            None,
            f"Ett enda blad med {feed.title_sv.lower()}; bladen {said} passar alla.",
            "Lämna ett blad per fil, eller dölj det som inte ska läsas.",
        )
    )


def _only_hidden(feed: Feed, name: str) -> DeliveryUnreadable:
    return DeliveryUnreadable(
        Fault(
            "STR-006",
            None,
            None,
            None,
            f"Ett synligt blad med {feed.title_sv.lower()}; bladet ”{_shown(name)}” passar men är dolt, och läses inte.",
            "Visa bladet (högerklicka på en flik, Ta fram), eller flytta tabellen till ett synligt blad.",
        )
    )


def _empty_book(has_hidden: bool) -> DeliveryUnreadable:
    where = "de synliga bladen är tomma, och dolda läses inte" if has_hidden else "bladen är tomma"
    return DeliveryUnreadable(
        Fault(
            "STR-001",
            None,
            None,
            None,
            f"En arbetsbok med rubriker och rader; {where}.",
            "Fyll i bladet, spara och lämna filen igen.",
        )
    )


def _header(row: SheetRow, switched_off: frozenset[str]) -> tuple[str, ...]:
    for flaw in row.flaws:
        if flaw.rule_id not in switched_off:
            raise DeliveryUnreadable(_flaw_fault(flaw, row.number, ()))
    return tuple(_without_trailing_blanks(row.cells))


def _count_top(table: TextTable, rows: list[SheetRow]) -> None:
    """Rows above the header; those the sheet does not store are blank ones."""
    titles = sum(any(cell.strip() for cell in row.cells) for row in rows)
    table.non_data["title"] += titles
    table.non_data["blank"] += table.header_row - 1 - titles
    table.non_data["header"] += 1


def _without_trailing_blanks(cells: list[str]) -> list[str]:
    width = max((place + 1 for place, cell in enumerate(cells) if cell.strip()), default=0)
    return cells[:width]


# --- the rows ---


class _Reading:
    """One pass over the rows below the header."""

    def __init__(
        self,
        book: Book,
        sheet: Sheet,
        rows: Iterator[SheetRow],
        table: TextTable,
        feed: Feed,
        switched_off: frozenset[str],
    ) -> None:
        self.book, self.sheet, self.rows, self.table, self.off = book, sheet, rows, table, switched_off
        self.sorter = RowSorter(table, feed)
        self.merges = _Merges(() if "STR-019" in switched_off else sheet.merged, table.header_row)

    def blocks(self) -> Iterator[TextBlock]:
        """All data rows in order; the file is closed when they are drawn, or given up."""
        try:
            yield from self.sorter.sort(self._whole_rows(), "STR-007" in self.off)
            self.table.notes["hidden_columns"] = self.sheet.hidden_columns
            if self.sheet.padded_cells:
                self.table.notes["padded_cells"] = self.sheet.padded_cells
        finally:
            self.book.close()

    def _whole_rows(self) -> Iterator[Row]:
        """Rows in which every cell has its own value. Rows a sheet does not store are blank; after the last, none."""
        width, last = self.sorter.width, self.table.header_row
        for row in self.rows:
            if row.number <= self.table.header_row:
                continue
            cells = _without_trailing_blanks(row.cells)
            if not cells and not row.flaws:
                continue  # spaces only: counted with the rows the sheet does not store
            self.table.non_data["blank"] += row.number - last - 1
            last = row.number
            self.table.notes["hidden_rows"] += row.is_hidden
            if not self._refuse(row, cells):
                yield row.number, cells + [""] * (width - len(cells))

    def _refuse(self, row: SheetRow, cells: list[str]) -> bool:
        """Enter a row some cell of which has no value of its own."""
        header = self.table.header
        flaws = [flaw for flaw in row.flaws if flaw.rule_id not in self.off]
        faults = [_flaw_fault(flaw, row.number, header) for flaw in flaws]
        blocks = self.merges.over(row.number, cells)
        if blocks and (self.sorter.kind_of(cells) is not None or self._is_heading(cells, blocks)):
            blocks = []  # a total's label over several columns shifts nothing
        faults += [_merge_fault(block, row.number, header) for block in self.merges.not_yet_told(blocks)]
        if not faults and not blocks:
            return False
        self.table.rows_broken += 1
        for fault in faults:
            self.table.fault_counts[fault.rule_id] += 1
            if self.table.fault_counts[fault.rule_id] <= MOST_BROKEN_ROWS_KEPT:
                self.table.faults.append(fault)
        return True

    def _is_heading(self, cells: Sequence[str], blocks: Sequence[Block]) -> bool:
        """A heading in a wide table, over all of its columns or some."""
        is_one_text = sum(bool(cell.strip()) for cell in cells) <= 1
        return self.table.is_wide and is_one_text and all(block.top == block.bottom for block in blocks)


class _Merges:
    """Merged blocks that reach below the header, as the rows go by.

    A value over several rows may be meant once or for each of them, one over several columns for either: only the
    sender knows. So no such row is read. A merged block without text means nothing.
    """

    def __init__(self, merged: Iterable[Block], header_row: int) -> None:
        self._coming = sorted((block for block in merged if block.bottom > header_row), reverse=True)
        self._here: list[Block] = []
        self._filled = {block for block in self._coming if block.top <= header_row}
        self._told: set[Block] = set()

    def over(self, row_number: int, cells: list[str]) -> list[Block]:
        """The blocks with text that cover a row; rows must come in order."""
        while self._coming and self._coming[-1].top <= row_number:
            self._here.append(self._coming.pop())
        if not self._here:
            return []
        self._here = [block for block in self._here if block.bottom >= row_number]
        self._filled.update(
            block for block in self._here if any(cell.strip() for cell in cells[block.left - 1 : block.right])
        )
        return [block for block in self._here if block in self._filled]

    def not_yet_told(self, blocks: list[Block]) -> list[Block]:
        """Those among the blocks that were not asked for before."""
        new = [block for block in blocks if block not in self._told]
        self._told.update(new)
        return new


def _flaw_fault(flaw: Flaw, row_number: int, header: Sequence[str]) -> Fault:
    cell = f"{column_letters(flaw.column + 1)}{row_number}"
    column = _named(flaw.column, header)
    if flaw.rule_id == "STR-018":
        return Fault(
            "STR-018",
            row_number,
            column,
            None,
            f"Ett uträknat värde i cell {cell}; där står en formel som aldrig har räknats ut.",
            "Öppna filen i Excel så att den räknas om, spara som .xlsx och lämna den igen; eller klistra in värdena som värden.",
        )
    return Fault(
        "STR-020",
        row_number,
        column,
        flaw.value,
        f"Ett värde i cell {cell}; {_what_stands(flaw.value)}.",
        "Rätta cellen eller formeln bakom den. Långa nummer skrivs i celler formaterade som text.",
    )


def _what_stands(value: str | None) -> str:
    if value is None:
        return "där står tecken som inte är text"
    if value == TOO_LONG:
        return "där står ett tal med fler siffror än de femton som en arbetsbok rymmer"
    return f"där står felvärdet {value}"


def _merge_fault(block: Block, row_number: int, header: Sequence[str]) -> Fault:
    return Fault(
        "STR-019",
        row_number,
        _named(block.left - 1, header),
        str(block),
        f"Varje uppgift i en egen cell; cellerna {block} är sammanfogade.",
        "Markera cellerna, stäng av ”Koppla ihop” (Dela celler), skriv värdet i varje rad där det gäller och lämna filen igen.",
    )


def _named(column: int, header: Sequence[str]) -> str:
    """A column by its header, or by its letter where it has none."""
    text = header[column].strip() if column < len(header) else ""
    return "…" if shows_person(text) else text or f"kolumn {column_letters(column + 1)}"
