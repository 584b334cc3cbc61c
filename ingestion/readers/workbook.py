"""Workbooks (`.xlsx`): the sheet whose header binds, cell values as exact text. Refused with one sentence
if unreadable.

Numbers become the digits Excel shows (15 significant), never a float's tail; dates become ISO text.
"""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from ingestion.privacy import shows_person
from ingestion.readers.layout import MOST_TITLE_ROWS, Row, RowSorter, find_header
from ingestion.readers.table import DeliveryUnreadable, Fault, TextTable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingestion.feed import Feed
    from ingestion.readers.table import TextBlock

MOST_BYTES_UNPACKED = 1 << 30
MOST_TIMES_PACKED = 200
_OLE_MARK = bytes.fromhex("d0cf11e0a1b11ae1")
_HIDDEN_ROW = re.compile(rb"<row\b[^>]*\bhidden=\"(?:1|true)\"")


def read_workbook(
    path: Path, feed: Feed, known: frozenset[str], switched_off: frozenset[str] = frozenset()
) -> TextTable:
    """Open a workbook. known: the normalised headers that tell the sheet and the header row.

    Raises DeliveryUnreadable: STR-003 unreadable, STR-006 two visible sheets that both bind.
    """
    _refuse_unsafe(path)
    book = _open(path)
    try:
        sheet_name, rows, index = _find_sheet(book, feed, known, switched_off)
    except DeliveryUnreadable:
        book.close()
        raise
    header_row, cells = rows[index]
    table = TextTable(tuple(_without_trailing_blanks(cells)), header_row)
    table.notes.update(encoding="xlsx", sheet=_shown(sheet_name), hidden_rows=_count_hidden_rows(path))
    table.sheet_names = tuple(book.sheetnames)
    table.notes["sheets"] = len(book.worksheets)
    table.notes["hidden_sheets"] = sum(sheet.sheet_state != "visible" for sheet in book.worksheets)
    for _number, above in rows[:index]:
        table.non_data["title" if any(cell.strip() for cell in above) else "blank"] += 1
    table.non_data["header"] += 1
    sorter = RowSorter(table, feed)
    table.blocks = _blocks(book, sheet_name, sorter, keep_broken="STR-007" in switched_off)
    return table


def _blocks(book: Any, sheet_name: str, sorter: RowSorter, keep_broken: bool) -> Iterator[TextBlock]:
    """The blocks below the header row; the file is closed when they are drawn, or given up."""
    try:
        below = _rows(book[sheet_name], start=sorter.table.header_row + 1)
        yield from sorter.sort(_fitted(below, sorter.width), keep_broken)
    finally:
        book.close()


def _shown(sheet_name: str) -> str:
    return "…" if shows_person(sheet_name) else sheet_name[:31]


def _refuse_unsafe(path: Path) -> None:
    """Look at the package before anything unpacks it."""
    with path.open("rb") as file:
        if file.read(8) == _OLE_MARK:
            raise _unreadable(
                "Arbetsboken är lösenordsskyddad eller i det gamla formatet .xls.",
                "Ta bort lösenordet eller spara som .xlsx.",
            )
    try:
        with zipfile.ZipFile(path) as package:
            members = package.infolist()
            damaged = None if _unpacked(members) > MOST_BYTES_UNPACKED else package.testzip()
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
        raise _unreadable(
            "Filen är ingen hel arbetsbok: den är skadad, avklippt eller av ett annat slag."
        ) from None
    too_large = _unpacked(members) > MOST_BYTES_UNPACKED
    if too_large or _unpacked(members) > MOST_TIMES_PACKED * max(path.stat().st_size, 1 << 16):
        raise _unreadable("Arbetsboken packas upp till orimligt mycket data.")
    if damaged is not None:
        raise _unreadable("Arbetsboken är skadad inuti.")


def _unpacked(members: list[zipfile.ZipInfo]) -> int:
    return sum(member.file_size for member in members)


def _open(path: Path) -> Any:
    import openpyxl

    try:
        return openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as problem:  # openpyxl raises whatever its XML layers raise
        raise _unreadable("Filen är ingen arbetsbok som Excel kan läsa.") from problem


def _unreadable(
    what: str, remedy_sv: str = "Öppna filen i Excel, spara den som .xlsx och lämna den igen."
) -> DeliveryUnreadable:
    return DeliveryUnreadable(
        Fault("STR-003", None, None, None, f"En läsbar arbetsbok (.xlsx). {what}", remedy_sv)
    )


def _find_sheet(
    book: Any, feed: Feed, known: frozenset[str], switched_off: frozenset[str]
) -> tuple[str, list[Row], int]:
    """The visible sheet with most known headers in its header row; its name, top rows and header's index."""
    found: list[tuple[int, bool, str, list[Row], int]] = []
    for sheet in book.worksheets:
        top = list(islice(_rows(sheet), MOST_TITLE_ROWS))
        if any(cell.strip() for _number, cells in top for cell in cells):
            index, bound = find_header(top, known)
            found.append((bound, sheet.sheet_state == "visible", sheet.title, top, index))
    if not found:
        raise DeliveryUnreadable(
            Fault(
                "STR-001",
                None,
                None,
                None,
                "En arbetsbok med rubriker och rader; bladen är tomma.",
                "Fyll i bladet, spara och lämna filen igen.",
            )
        )
    found.sort(key=lambda sheet: (sheet[1] and sheet[0] > 0, sheet[0]), reverse=True)
    fitting = [sheet for sheet in found if sheet[1] and sheet[0] == found[0][0] and sheet[0] > 1]
    if len(fitting) > 1 and "STR-006" not in switched_off:
        names = " och ".join(f"”{_shown(sheet[2])}”" for sheet in fitting)
        raise DeliveryUnreadable(
            Fault(
                "STR-006",
                None,
                None,
                None,
                f"Ett enda blad med {feed.title_sv.lower()}; bladen {names} passar båda.",
                "Lämna ett blad per fil, eller dölj det som inte ska läsas.",
            )
        )
    return found[0][2], found[0][3], found[0][4]


def _rows(sheet: Any, start: int = 1) -> Iterator[Row]:
    """The sheet's rows as text, numbered as Excel does; the stored dimension is not trusted."""
    sheet.reset_dimensions()
    try:
        for number, cells in enumerate(sheet.iter_rows(min_row=start, values_only=True), start=start):
            yield number, [cell_text(value) for value in cells]
    except DeliveryUnreadable:
        raise
    except Exception as problem:  # broken XML shows only when its row is reached
        raise _unreadable(f"Bladet ”{_shown(sheet.title)}” är skadat.") from problem


def cell_text(value: object) -> str:
    """A cell's value as text: exact digits, ISO dates, ja/nej for booleans, blank for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, float):
        return f"{Decimal(format(value, '.15g')):f}"
    if isinstance(value, datetime):
        is_midnight = value.time() == time(0)
        return value.date().isoformat() if is_midnight else value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _without_trailing_blanks(cells: list[str]) -> list[str]:
    width = max((place + 1 for place, cell in enumerate(cells) if cell.strip()), default=0)
    return cells[:width]


def _fitted(rows: Iterator[Row], width: int) -> Iterator[Row]:
    """A sheet has no cell where nothing was written: blank cells are added or dropped, never moved."""
    for number, cells in rows:
        filled = _without_trailing_blanks(cells)
        yield number, filled + [""] * (width - len(filled))


def _count_hidden_rows(path: Path) -> int:
    """Rows hidden in any sheet; they are read like the others, and said in the delivery's record."""
    count = 0
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                with package.open(name) as sheet:
                    tail = b""
                    while block := sheet.read(1 << 20):
                        joined = tail + block
                        cut = joined.rfind(b"<")
                        count += len(_HIDDEN_ROW.findall(joined[:cut]))
                        tail = joined[cut:]
    return count
