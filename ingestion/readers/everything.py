"""All text a delivered file holds, whether or not it is read as data: what is kept of a file is kept whole.

Titles, footers, notes, records nobody reads, hidden sheets, comments and properties go to the archive with the rest. Only
pieces with digits that could be a personal number are handed on; in one pass, of a few megabytes at a time.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from typing import TYPE_CHECKING, NamedTuple

from ingestion.privacy import PERSON_DIGITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import IO

_CHUNK_BYTES = 1 << 20
_OVERLAP = 64
_ZIP_MARK = b"PK\x03\x04"
_OLE_MARK = bytes.fromhex("d0cf11e0a1b11ae1")
_DEEPEST = 2
_SIE_FIELD = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s{}"]+')
# The checksum of the whole file has as many digits as a personal number; a wrong one is another rule's.
_CHECKSUM = re.compile(rb"(?i)\s*#KSUMMA\s+[0-9]+\s*")
_TAG = re.compile(r"(?s)<[^>]*>")
_ATTRIBUTE = re.compile(r"=\s*(\"[^\"]*\"|'[^']*')")
_RUNS = re.compile(rb"</(?:\w+:)?r>")
_RUN_BREAK = re.compile(
    r"(?s)</(?:\w+:)?t>\s*</(?:\w+:)?r>\s*<(?:\w+:)?r>\s*"
    r"(?:<(?:\w+:)?rPr>(?:(?!</(?:\w+:)?rPr>).)*</(?:\w+:)?rPr>\s*)?<(?:\w+:)?t[^>]*>"
)
_FRACTION = re.compile(r"(?<=[0-9])\.[0-9]+(?:[Ee][-+]?[0-9]+)?")
_PLACES = (
    ("docProps/", "arbetsbokens egenskaper"),
    ("xl/comments", "en kommentar"),
    ("xl/threadedComments", "en kommentar"),
    ("xl/persons", "namnen på dem som kommenterat"),
    ("xl/sharedStrings", "en cell som inte läses, kanske på ett annat eller dolt blad"),
    ("xl/worksheets", "ett blad, kanske i sidhuvudet eller i en cell som inte läses"),
    ("xl/workbook.xml", "arbetsbokens namn på blad och områden"),
    ("xl/externalLinks", "en länk till en annan arbetsbok"),
    ("xl/drawings", "en textruta"),
)


class Piece(NamedTuple):
    """Some text of a file. row_number: its line, None in a workbook; place_sv: where in the workbook it stands."""

    text: str
    row_number: int | None = None
    place_sv: str = ""


def suspect_pieces(path: Path, *, is_sie: bool = False) -> Iterator[Piece]:
    """The pieces of a file that have digits in the shape of a personal number, in the file's order.

    is_sie: fields of a line stand apart by blanks, which elsewhere may stand inside a number.
    """
    with path.open("rb") as file:
        start = file.read(len(_OLE_MARK))
        file.seek(0)
        if start.startswith(_ZIP_MARK):
            yield from _package(file, 0)
        elif start.startswith(_OLE_MARK):
            yield from _binary(file, "arbetsboken")
            yield from _numbers(path)
        else:
            yield from _lines(file, is_sie=is_sie)


def _lines(file: IO[bytes], *, is_sie: bool) -> Iterator[Piece]:
    line, rest = 0, b""
    may_hold = _screen()
    while block := file.read(_CHUNK_BYTES):
        cut = block.rfind(b"\n") + 1
        chunk, rest = (rest + block[:cut], block[cut:]) if cut else (b"", rest + block)
        yield from _suspect_lines(chunk, line, may_hold, is_sie)
        line += chunk.count(b"\n")
    yield from _suspect_lines(rest, line, may_hold, is_sie)


def _suspect_lines(
    chunk: bytes, before: int, may_hold: Callable[[bytes], bool], is_sie: bool
) -> Iterator[Piece]:
    if not chunk or not may_hold(chunk):
        return
    for number, line in enumerate(chunk.split(b"\n"), before + 1):
        if PERSON_DIGITS.search(line) and not (is_sie and _CHECKSUM.fullmatch(line)):
            text = _text(line)
            for piece in _SIE_FIELD.findall(text) if is_sie else [text]:
                if PERSON_DIGITS.search(piece.encode()):
                    yield Piece(piece, number)


def _screen() -> Callable[[bytes], bool]:
    """Tells whether a chunk could hold a number; RE2 runs through it at the speed of memory."""
    import pyarrow as pa
    import pyarrow.compute as pc

    pattern = PERSON_DIGITS.pattern.decode()

    def may_hold(chunk: bytes) -> bool:
        return bool(pc.match_substring_regex(pa.array([chunk], pa.binary()), pattern)[0].as_py())

    return may_hold


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _package(file: IO[bytes], depth: int) -> Iterator[Piece]:
    """The parts of a workbook, and of what is embedded in it. Its size was looked at before anything was read."""
    with zipfile.ZipFile(file) as package:
        for member in package.infolist():
            place = next((said for part, said in _PLACES if member.filename.startswith(part)), "arbetsboken")
            with package.open(member) as part:
                if part.read(len(_ZIP_MARK)) == _ZIP_MARK and depth < _DEEPEST:
                    part.seek(0)
                    yield from _package(io.BytesIO(part.read()), depth + 1)
                    continue
                part.seek(0)
                is_xml = member.filename.lower().endswith((".xml", ".rels", ".vml"))
                yield from _xml(part, place) if is_xml else _binary(part, place)


def _xml(file: IO[bytes], place: str) -> Iterator[Piece]:
    """Text between tags, also where formatting divides it, and attributes. Decimals are no part of a number."""
    may_hold = _screen()
    for chunk in _overlapping(file):
        if not (may_hold(chunk) or _RUNS.search(chunk)):
            continue
        text = _text(chunk)
        attributes = "\n".join(_ATTRIBUTE.findall(text))
        for line in html.unescape(f"{_TAG.sub(chr(10), _RUN_BREAK.sub('', text))}\n{attributes}").split("\n"):
            if PERSON_DIGITS.search(line.encode()):
                yield Piece(_FRACTION.sub("", line), place_sv=place)


def _binary(file: IO[bytes], place: str) -> Iterator[Piece]:
    """What stands as text among other bytes, one or two bytes a character."""
    for chunk in _overlapping(file):
        for found in PERSON_DIGITS.finditer(chunk.replace(b"\0", b"")):
            yield Piece(found[0].decode("cp1252", "replace"), place_sv=place)


def _numbers(path: Path) -> Iterator[Piece]:
    """Cells of an old workbook's sheets: its numbers stand in no digits."""
    from ingestion.readers.xls import XlsBook

    book = XlsBook(path)
    try:
        for sheet in book.sheets:
            for row in sheet.rows():
                for cell in row.cells:
                    if PERSON_DIGITS.search(cell.encode()):
                        yield Piece(cell, row.number, f"bladet ”{sheet.name}”")
    finally:
        book.close()


def _overlapping(file: IO[bytes]) -> Iterator[bytes]:
    kept = b""
    while block := file.read(_CHUNK_BYTES):
        yield kept + block
        kept = block[-_OVERLAP:]
