"""Workbooks as offices send them, the same bytes every time."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

_EPOCH = (1980, 1, 1, 0, 0, 0)
_CLOCK = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"

Cell = str | int | float | None


def workbook_bytes(
    title: str, headings: Sequence[str], table: Iterable[Sequence[Cell | date]], made: date
) -> bytes:
    """One sheet: headings, a blank row, the table. made: the day the document says it was written."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for heading in headings:
        sheet.append([heading])
    sheet.append([])
    for row in table:
        sheet.append([None if cell == "" else cell for cell in row])
    written = io.BytesIO()
    book.save(written)
    return _without_clock(written.getvalue(), f"{made}T00:00:00Z".encode())


def _without_clock(workbook: bytes, made: bytes) -> bytes:
    """Saving stamps the time into the parts and the zip; both get a fixed one, and nothing is compressed."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(result, "w") as new:
        for name in sorted(old.namelist()):
            part = old.read(name)
            if name == "docProps/core.xml":
                part = re.sub(_CLOCK, made, part)
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3
            new.writestr(entry, part, zipfile.ZIP_STORED)
    return result.getvalue()
