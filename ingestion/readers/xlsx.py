"""Workbooks of today (`.xlsx`): a zip package of XML parts. Looked over before anything is unpacked or parsed.

openpyxl finds the package's parts and sheets and knows the number formats. The cells go straight through expat:
openpyxl's own cells do not tell a formula without value from a blank, nor an error from a text, and say nothing
of hidden rows and merged blocks until the whole sheet lies in memory.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from ingestion.readers.sheet import (
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    TOO_LONG,
    Block,
    DateSystem,
    Flaw,
    NumberFormat,
    SheetRow,
    is_storable,
    iso_text,
    number_format,
    number_text,
    unreadable,
)
from ingestion.readers.table import DeliveryUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MOST_BYTES_UNPACKED = 1 << 30
MOST_TIMES_PACKED = 200
MOST_MEMBERS = 5_000
MOST_BYTES_OF_TEXTS = 96 << 20
MOST_BYTES_OF_A_LIST = 4 << 20  # the package's lists of parts and sheets are the only XML held as a tree
_READ_BYTES = 1 << 20
_FEED_BYTES = 1 << 16
_LONGEST_TAG = 4 << 20
_DEEPEST = 64
_END_RECORD = 22
_MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_OFTEN = (
    "row",
    "c",
    "v",
    "f",
    "t",
    "is",
    "si",
    "rPh",
    "mergeCell",
    "col",
    "sheetData",
    "numFmt",
    "cellXfs",
    "xf",
)
_NAMES = {f"{space} {tag}": tag for space in _MAIN for tag in _OFTEN}
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_MERGED = re.compile(rb"<(?:[\w.-]+:)?mergeCell\s[^>]*?\bref\s*=\s*[\"']([A-Z0-9:]+)[\"']")
_FILTER = re.compile(rb"<(?:[\w.-]+:)?filterColumn\b")
_FORBIDDEN = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_DDE = re.compile(rb"<(?:[\w.-]+:)?ddeLink\b")
_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)[\"']")
_TRUE = ("1", "true")
_DAMAGED = "Arbetsboken är skadad inuti."


@dataclass
class _Part:
    """What a scan of one XML part's bytes showed."""

    merged: set[str] = field(default_factory=set)
    is_filtered: bool = False


class XlsxBook:
    """An opened package. Raises DeliveryUnreadable (STR-003) on creation."""

    kind = "xlsx"

    def __init__(self, path: Path) -> None:
        try:
            self.package = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, ValueError):
            raise unreadable(
                "Filen är ingen hel arbetsbok: den är skadad, avklippt eller av ett annat slag."
            ) from None
        try:
            _refuse_unsafe_package(self.package, path)
            self.parts = {
                member.filename: _survey(self.package, member) for member in self.package.infolist()
            }
            self.date_system: DateSystem = "1900"
            self.sheets = list(self._find_sheets())
            self.formats = self._formats()
            self.texts = self._shared_texts()
        except DeliveryUnreadable:
            self.close()
            raise
        except Exception as problem:  # openpyxl raises whatever its XML layers raise
            self.close()
            raise unreadable("Filen är ingen arbetsbok som Excel kan läsa.") from problem

    def close(self) -> None:
        """Close the file."""
        self.package.close()

    def _find_sheets(self) -> Iterator[XlsxSheet]:
        from openpyxl.reader.excel import ExcelReader

        reader = ExcelReader(self.package.fp, read_only=True, data_only=True, keep_links=False)
        for name in ("[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
            if name in self.parts and self.package.getinfo(name).file_size > MOST_BYTES_OF_A_LIST:
                raise unreadable("Arbetsboken har orimligt många blad eller namn.")
        reader.read_manifest()
        reader.read_workbook()
        if reader.wb.epoch.year == 1904:
            self.date_system = "1904"
        self.strings_part = next(
            (
                part.PartName[1:]
                for part in reader.package.Override
                if part.ContentType.endswith("sharedStrings+xml")
            ),
            None,
        )
        for sheet, relation in reader.parser.find_sheets():
            if not relation.Type.endswith("/worksheet"):
                continue  # a chart or a dialogue: no cells
            if relation.target not in self.parts:
                raise unreadable("Ett av bladen saknas i filen.")
            yield XlsxSheet(self, sheet.name, sheet.state == "visible", relation.target)

    def _formats(self) -> dict[str, NumberFormat]:
        """Cell style -> how a number under it is shown, for the styles that change what it is."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS

        codes = {str(number): code for number, code in BUILTIN_FORMATS.items()}
        found: dict[str, NumberFormat] = {}
        is_of_cells = False
        count = 0

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal is_of_cells, count
            if tag == "numFmt":
                codes[attributes["numFmtId"]] = attributes["formatCode"]
            elif tag == "cellXfs":
                is_of_cells = True
            elif tag == "xf" and is_of_cells:
                shown = number_format(codes.get(attributes.get("numFmtId", "0"), "General"))
                if shown != NumberFormat():
                    found[str(count)] = shown
                count += 1

        def end(tag: str, _text: str) -> None:
            nonlocal is_of_cells
            if tag == "cellXfs":
                is_of_cells = False

        name = "xl/styles.xml"
        if name in self.parts:
            for _ in _parse(self.package, name, start, end, frozenset()):
                pass
        return found

    def _shared_texts(self) -> list[str]:
        """The texts that cells point to by number; runs of formatted text are joined, readings aloud left out."""
        name = self.strings_part
        if name is None or name not in self.parts:
            return []
        if self.package.getinfo(name).file_size > MOST_BYTES_OF_TEXTS:
            raise unreadable("Arbetsboken har mer text än vad som kan läsas.", "Dela upp den i flera filer.")
        texts: list[str] = []
        joined: list[str] = []
        depth_of_reading = 0

        def start(tag: str, _attributes: dict[str, str]) -> None:
            nonlocal depth_of_reading
            if tag == "si":
                joined.clear()
            depth_of_reading += tag == "rPh"

        def end(tag: str, text: str) -> None:
            nonlocal depth_of_reading
            depth_of_reading -= tag == "rPh"
            if tag == "t" and not depth_of_reading:
                joined.append(text)
            elif tag == "si":
                texts.append(_unescaped("".join(joined)))

        for _ in _parse(self.package, name, start, end, frozenset("t")):
            pass
        return texts


class XlsxSheet:
    """One worksheet of a package; its stored dimension is never asked."""

    def __init__(self, book: XlsxBook, name: str, is_visible: bool, part: str) -> None:
        self.book, self.name, self.is_visible, self.part = book, name, is_visible, part
        seen = book.parts[part]
        self.merged = sorted(_block(reference) for reference in seen.merged)
        self.is_filtered = seen.is_filtered
        self.hidden_columns = 0
        self.padded_cells = 0

    def rows(self) -> Iterator[SheetRow]:
        """The rows that hold something, in order. Raises DeliveryUnreadable where the sheet is damaged."""
        self.hidden_columns = self.padded_cells = 0
        rows = _Rows(self)
        for _ in _parse(self.book.package, self.part, rows.start, rows.end, frozenset(("v", "t"))):
            yield from rows.done
            rows.done.clear()
        if rows.merged != self.book.parts[self.part].merged:
            raise unreadable(_DAMAGED)


class _Rows:
    """Gathers cells into rows while the XML goes by."""

    def __init__(self, sheet: XlsxSheet) -> None:
        self.sheet = sheet
        self.texts, self.formats = sheet.book.texts, sheet.book.formats
        self.date_system = sheet.book.date_system
        self.done: list[SheetRow] = []
        self.merged: set[str] = set()
        self.number = self.column = 0
        self.row_digits = ""
        self.is_in_data = self.is_hidden = self.has_formula = False
        self.cells: dict[int, str] = {}
        self.flaws: list[Flaw] = []
        self.kind = self.style = ""
        self.value: str | None = None
        self.inline: list[str] = []
        self.depth_of_reading = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if tag == "c" and self.is_in_data:
            self._begin_cell(attributes)
        elif tag == "row" and self.is_in_data:
            self._begin_row(attributes)
        elif tag == "f":
            self.has_formula = True
        elif tag == "rPh":
            self.depth_of_reading += 1
        elif tag == "sheetData":
            self.is_in_data = True
        elif tag == "col" and attributes.get("hidden") in _TRUE:
            self._count_hidden(int(attributes["min"]), int(attributes["max"]))
        elif tag == "mergeCell":
            self.merged.add(attributes["ref"])

    def end(self, tag: str, text: str) -> None:
        """An element ends. text: what stood in it, for values and texts."""
        if tag == "v":
            self.value = text
        elif tag == "t":
            if not self.depth_of_reading:
                self.inline.append(text)
        elif tag == "c" and self.is_in_data:
            self._end_cell()
        elif tag == "row" and self.is_in_data:
            self._end_row()
        elif tag == "rPh":
            self.depth_of_reading -= 1
        elif tag == "sheetData":
            self.is_in_data = False

    def _count_hidden(self, first: int, last: int) -> None:
        # hiding "everything to the right" is how people tidy a sheet: what lies beyond any table is not counted
        if last < MOST_COLUMNS:
            self.sheet.hidden_columns += last - first + 1

    def _begin_row(self, attributes: dict[str, str]) -> None:
        number = int(attributes.get("r", self.number + 1))
        if not self.number < number <= MOST_ROWS:
            raise unreadable("Raderna i bladet står i fel ordning.")
        self.number, self.column, self.row_digits = number, 0, str(number)
        self.is_hidden = attributes.get("hidden") in _TRUE
        self.cells, self.flaws = {}, []

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        column = self.column + 1
        if (reference := attributes.get("r")) is not None:
            if not reference.endswith(self.row_digits):
                raise unreadable(_DAMAGED)
            column = _column(reference[: -len(self.row_digits)])
            if column <= self.column:
                raise unreadable("Cellerna i bladet står i fel ordning.")
        self.column = column
        self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "0")
        self.value, self.has_formula = None, False
        if self.inline:
            self.inline = []

    def _end_cell(self) -> None:
        if self.value is None and not self.inline and not self.has_formula:
            return
        text = self._text()
        if text:
            self.cells[self.column - 1] = text

    def _text(self) -> str:
        """The cell as text; "" for a blank one, and for one whose flaw was noted."""
        value, kind = self.value, self.kind
        if kind == "s" and value:
            text = self.texts[int(value)]
        elif kind == "str" and value is not None:
            text = _unescaped(value or "")
        elif kind == "inlineStr":
            text = _unescaped("".join(self.inline))
        elif not value:
            return self._flaw("STR-018") if self.has_formula else ""
        elif kind == "n":
            return self._number(value)
        elif kind == "b":
            text = "ja" if value.strip() in _TRUE else "nej"
        elif kind == "d":
            text = iso_text(value)
        else:
            return self._flaw("STR-020", value[:20])
        return text if is_storable(text) else self._flaw("STR-020")

    def _number(self, value: str) -> str:
        shown = self.formats.get(self.style, _AS_IT_IS)
        text = number_text(value.strip(), shown, self.date_system)
        if text is None:
            return self._flaw("STR-020", TOO_LONG)
        self.sheet.padded_cells += shown.mask is not None
        return text

    def _flaw(self, rule_id: str, value: str | None = None) -> str:
        self.flaws.append(Flaw(self.column - 1, rule_id, value))
        return ""

    def _end_row(self) -> None:
        if not self.cells and not self.flaws:
            return
        width = max(max(self.cells, default=-1), max((flaw.column for flaw in self.flaws), default=-1)) + 1
        cells = [self.cells.get(column, "") for column in range(width)]
        self.done.append(SheetRow(self.number, cells, tuple(self.flaws), self.is_hidden))


_AS_IT_IS = NumberFormat()


def _place(reference: str) -> tuple[int, int]:
    """Column and row, from 1, of a reference such as AB12. Raises DeliveryUnreadable."""
    found = _REFERENCE.fullmatch(reference)
    if found is None or int(found[2]) > MOST_ROWS:
        raise unreadable(_DAMAGED)
    return _column(found[1]), int(found[2])


@lru_cache(1 << 10)
def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        if not "A" <= letter <= "Z":
            raise unreadable(_DAMAGED)
        column = column * 26 + ord(letter) - 64
    if not 1 <= column <= MOST_COLUMNS:
        raise unreadable(_DAMAGED)
    return column


def _block(reference: str) -> Block:
    first, _, last = reference.partition(":")
    (left, top), (right, bottom) = _place(first), _place(last or first)
    return Block(min(top, bottom), min(left, right), max(top, bottom), max(left, right))


def _unescaped(text: str) -> str:
    """Characters XML cannot hold are stored as _x000D_; a written underscore before such a thing as _x005F_."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return character if is_storable(character) else found[0]


# --- the package ---


def _refuse_unsafe_package(package: zipfile.ZipFile, path: Path) -> None:
    """Look at the list of members before anything is unpacked."""
    members = package.infolist()
    size = path.stat().st_size
    names = [member.filename for member in members]
    if len(members) > MOST_MEMBERS or len({name.casefold() for name in names}) < len(names):
        raise unreadable("Arbetsboken innehåller för många delar, eller samma del flera gånger.")
    if any(_is_path_like(member) for member in members):
        raise unreadable("Arbetsboken innehåller delar med namn som pekar ut ur den.")
    if any(member.flag_bits & 1 for member in members):
        raise unreadable("Arbetsboken är lösenordsskyddad.", "Ta bort lösenordet och lämna filen igen.")
    if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members):
        raise unreadable("Arbetsboken är packad på ett sätt som Excel inte använder.")
    unpacked = sum(member.file_size for member in members)
    if unpacked > MOST_BYTES_UNPACKED or unpacked > MOST_TIMES_PACKED * max(size, 1 << 16):
        raise unreadable(
            "Arbetsboken packas upp till orimligt mycket data.",
            "Ta bort de tomma raderna under tabellen och spara; hjälper inte det, kopiera tabellen till en ny arbetsbok.",
        )
    if not _is_whole(package, members, size):
        raise unreadable(
            "Filen är ingen hel arbetsbok: något saknas eller står i vägen i dess början eller slut."
        )
    _refuse_other_kind(names)


def _is_path_like(member: zipfile.ZipInfo) -> bool:
    name = member.orig_filename
    parts = name.replace("\\", "/").split("/")
    return name.startswith(("/", "\\")) or ".." in parts or ":" in name or "\0" in name


def _is_whole(package: zipfile.ZipFile, members: list[zipfile.ZipInfo], size: int) -> bool:
    """The package begins with its first member and ends with its list: a cut file that holds another package does not."""
    if not members or min(member.header_offset for member in members) != 0:
        return False
    if sum(member.compress_size for member in members) > size:
        return False  # members that share bytes
    end = size - _END_RECORD - len(package.comment)
    file: Any = package.fp
    file.seek(max(end, 0))
    return end > 0 and file.read(4) == b"PK\x05\x06"


def _refuse_other_kind(names: list[str]) -> None:
    """Packages that are no workbook, or one we do not read, by their own name."""
    found = {name.casefold() for name in names}
    if "xl/workbook.bin" in found:
        raise unreadable("Det är en binär arbetsbok (.xlsb).")
    if any(name.rpartition("/")[2] == "vbaproject.bin" for name in found):
        raise unreadable(
            "Arbetsboken innehåller makron.",
            "Spara den i Excel som ”Excel-arbetsbok (.xlsx)”, utan makron, och lämna den igen.",
        )
    if "content.xml" in found and "mimetype" in found:
        raise unreadable(
            "Det är ett OpenDocument-kalkylark (.ods).", "Spara det som .xlsx och lämna filen igen."
        )
    if "[content_types].xml" not in found or not any(name.startswith("xl/") for name in found):
        raise unreadable(
            "Det är en packad fil (zip) eller ett dokument av annat slag, ingen arbetsbok.",
            "Packa upp den och lämna arbetsboken för sig.",
        )


def _survey(package: zipfile.ZipFile, member: zipfile.ZipInfo) -> _Part:
    """Unpack one member to nowhere: its checksum, and what an XML part must not hold."""
    part = _Part()
    is_xml = _is_xml(member.filename)
    tail = b""
    try:
        with package.open(member) as file:
            while block := file.read(_READ_BYTES):
                joined = tail + block
                if is_xml:
                    if not tail:
                        _refuse_other_encoding(joined)
                    _scan(joined, part)
                cut = joined.rfind(b"<") if is_xml else -1
                tail = joined[cut:][-_FEED_BYTES:] if cut >= 0 else b" "
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
        raise unreadable(_DAMAGED) from None
    return part


def _is_xml(name: str) -> bool:
    return name.casefold().endswith((".xml", ".rels"))


def _refuse_other_encoding(start: bytes) -> None:
    """Other encodings are legal and never written; in them the scan would not find what it looks for."""
    declared = _ENCODING.match(start.removeprefix(b"\xef\xbb\xbf").lstrip())
    name = declared[1].decode("ascii", "replace").casefold() if declared else "utf-8"
    if (
        b"\0" in start[:4]
        or start[:2] in (b"\xff\xfe", b"\xfe\xff")
        or name not in ("utf-8", "us-ascii", "ascii")
    ):
        raise unreadable("Arbetsboken är skriven med en teckenkodning som Excel inte använder.")


def _scan(block: bytes, part: _Part) -> None:
    if b"<!" in block and _FORBIDDEN.search(block):
        raise unreadable("Arbetsboken innehåller dokumenttyper (DTD), som ingen arbetsbok har.")
    if b"ddeLink" in block and _DDE.search(block):
        raise unreadable(
            "Arbetsboken hämtar värden ur andra program (DDE).", "Klistra in värdena som värden och spara."
        )
    if b"purl.oclc.org/ooxml/spreadsheetml" in block[:4096]:
        raise unreadable(
            "Det är en arbetsbok av slaget Strict Open XML.",
            "Spara den som ”Excel-arbetsbok (.xlsx)” och lämna den igen.",
        )
    if b"mergeCell" in block:
        part.merged.update(found.decode() for found in _MERGED.findall(block))
    if b"filterColumn" in block and _FILTER.search(block):
        part.is_filtered = True


def _parse(
    package: zipfile.ZipFile,
    name: str,
    on_start: Callable[[str, dict[str, str]], None],
    on_end: Callable[[str, str], None],
    texts_of: frozenset[str],
) -> Iterator[None]:
    """Send one XML part through expat, a piece at a time; control comes back after each piece.

    The two functions see the elements of worksheets, by their local names. texts_of: those whose text is
    gathered. Raises DeliveryUnreadable.
    """
    if not _is_xml(name):
        raise unreadable(_DAMAGED)
    parser = _parser(on_start, on_end, texts_of)
    fed = 0
    try:
        with package.open(name) as file:
            while piece := file.read(_FEED_BYTES):
                parser.Parse(piece, False)
                fed += len(piece)
                if fed - parser.CurrentByteIndex > _LONGEST_TAG:
                    raise unreadable(_DAMAGED)
                yield
            parser.Parse(b"", True)
            yield
    except (
        expat.ExpatError,
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        KeyError,
        IndexError,
        ValueError,
        ArithmeticError,
    ):
        raise unreadable(_DAMAGED) from None


def _parser(
    on_start: Callable[[str, dict[str, str]], None],
    on_end: Callable[[str, str], None],
    texts_of: frozenset[str],
) -> Any:
    depth = length = 0
    gathered: list[str] | None = None
    names = _NAMES

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, gathered, length
        depth += 1
        if depth > _DEEPEST:
            raise unreadable(_DAMAGED)
        if (tag := names.get(name)) is not None:
            on_start(tag, attributes)
            if tag in texts_of:
                gathered, length = [], 0

    def end(name: str) -> None:
        nonlocal depth, gathered
        depth -= 1
        if (tag := names.get(name)) is not None:
            on_end(tag, "".join(gathered) if gathered is not None and tag in texts_of else "")
            if tag in texts_of:
                gathered = None

    def text(piece: str) -> None:
        nonlocal length
        if gathered is not None:
            length += len(piece)
            if length > LONGEST_CELL:
                raise unreadable("En cell rymmer mer text än Excel kan visa.")
            gathered.append(piece)

    def doctype(*_found: object) -> None:
        raise unreadable(_DAMAGED)

    parser = expat.ParserCreate(None, " ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = doctype
    return parser
