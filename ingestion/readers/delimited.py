"""Delimited text (`.csv`, `.txt`): read exactly or refused, in one stream of bounded memory.

Chunks whose lines are plain (every line closes its quotes) go through Arrow; a chunk with anything odd
goes row by row through Python's csv in strict mode, to the same blocks. A file in which a cell runs over
several lines goes that slower way from there on.
"""

from __future__ import annotations

import csv
import functools
import io
import re
import unicodedata
from codecs import BOM_UTF8
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from ingestion import columns
from ingestion.binding import normalise_header
from ingestion.readers.encoding import Survey, survey
from ingestion.readers.kind import SAMPLE_BYTES, other_kind
from ingestion.readers.layout import (
    FOOTER_WORDS,
    INVISIBLE,
    MOST_TITLE_ROWS,
    TOTAL_WORDS,
    Row,
    RowSorter,
    bare,
    find_header,
    unproven_end,
)
from ingestion.readers.sheet import MOST_COLUMNS
from ingestion.readers.table import DeliveryUnreadable, Fault, TextBlock, TextTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from ingestion.feed import Feed
    from ingestion.readers.headings import WideHeadings

CHUNK_BYTES = 1 << 20
LONGEST_LINE = 1 << 20
_BEGINNING = 200
SEPARATORS = (";", "\t", ",", "|")
_BLANK_CHARACTERS = " \r\n\u00a0" + "".join(SEPARATORS)
csv.field_size_limit(8 * CHUNK_BYTES)  # a long cell is told by its rule (VAL-006), not by the csv module
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_BLANK = rf"[\s\x{{b}}\x{{1c}}-\x{{1f}}\x{{85}}\pZ{INVISIBLE}]"
_TOTAL_CELL = rf"(?i)^{_BLANK}*(?:{TOTAL_WORDS})"
_MAY_BEGIN_TOTAL = np.zeros(256, bool)  # a total's words; what shows as nothing before them
_MAY_BEGIN_TOTAL[[*map(ord, "dDgGsStT"), *range(33), *range(0x80, 0x100)]] = True
_ODD_FIRST_CELL = rf"(?i)^{_BLANK}*(?:$|{TOTAL_WORDS}|{FOOTER_WORDS})"
_PROTECTED = re.compile(r'="([^"]*)"')
_TO_THE_ORE = re.compile(r"[0-9][.,][0-9]{2}$")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_LINE_ENDS = ("\r\n", "\n", "\r")
_FORMS: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")
_OLD_LINE_ENDS = "har radslut av gammalt slag (bara CR)"
_AFTER_THE_END = b"\x1a\r"  # DOS programs write the one last; the other is half a line end
_QUOTE, _LINE_FEED = ord('"'), ord("\n")


def read_delimited(
    path: Path,
    feed: Feed,
    known: frozenset[str],
    switched_off: frozenset[str] = frozenset(),
    headings: WideHeadings | None = None,
) -> TextTable:
    """Open a delimited file. known: the normalised headers that tell the header row; headings: of wide tables.

    Raises DeliveryUnreadable: STR-001, STR-007 (cut, unclosed quote, too wide), STR-008 (encoding, line ends), STR-015.
    """
    _refuse_other_kind(path, switched_off)
    found = survey(path, switched_off)
    _refuse_line_ends(found, switched_off)
    top = _top_lines(path, found)
    separator, rows, index = _find_separator(top, known, headings)
    header_row, header = rows[index]
    if len(header) > MOST_COLUMNS:
        raise _too_wide(header_row)
    table = TextTable(tuple(header), header_row, titles=rows[:index])
    table.is_wide = headings is not None and headings.are_wide(header)
    table.notes.update(encoding=found.name, separator={"\t": "tabb"}.get(separator, separator))
    if found.reason_sv:
        table.notes["encoding_reason"] = found.reason_sv
    _count_top(table, rows[:index])
    titles = [
        bare("".join(cells)) for _number, cells in rows[:index] if sum(map(bool, map(bare, cells))) == 1
    ]
    reading = _Reading(path, found, separator, table, feed, titles=titles, switched_off=switched_off)
    table.blocks = reading.blocks()
    return table


def _refuse_other_kind(path: Path, switched_off: frozenset[str]) -> None:
    """A workbook, PDF or web page with a text file's name is refused by name, not as strange text."""
    with path.open("rb") as file:
        kind = other_kind(file.read(SAMPLE_BYTES))
    if kind is not None and "STR-015" not in switched_off:
        raise DeliveryUnreadable(
            Fault(
                "STR-015",
                None,
                None,
                path.suffix or None,
                f"En textfil med rubriker och rader; innehållet är {kind.name_sv}.",
                kind.remedy_sv,
            )
        )


def _refuse_line_ends(found: Survey, switched_off: frozenset[str]) -> None:
    """Old Macintosh line ends, or two kinds in one file, mean that somebody joined or converted files by hand.

    Where cells are quoted they may hold line breaks of another kind: then each row's own end is looked at instead.
    """
    can_be_in_cells = found.quotes and found.line_feeds
    if not can_be_in_cells and _has_odd_line_ends(found) and "STR-008" not in switched_off:
        raise _odd_line_ends(None, "blandar olika radslut" if found.line_feeds else _OLD_LINE_ENDS)


def _has_odd_line_ends(found: Survey) -> bool:
    """More than one kind of line end, or the old one. A last CRLF cut in two is told as a cut, not here."""
    lone = found.carriage_returns - found.line_ends_crlf
    is_half_cut = lone == 1 and found.last_byte == b"\r" and found.line_ends_crlf == found.line_feeds > 0
    return (lone > 0 and not is_half_cut) or 0 < found.line_ends_crlf < found.line_feeds


def _odd_line_ends(line: int | None, what: str) -> DeliveryUnreadable:
    return DeliveryUnreadable(
        Fault(
            "STR-008",
            line,
            None,
            None,
            f"Radslut av ett slag, CRLF eller LF; filen {what}.",
            "Öppna filen i Excel och spara den på nytt som ”CSV UTF-8”.",
        )
    )


def _top_lines(path: Path, found: Survey) -> list[str]:
    """The first lines as text, enough to find the header row below any titles."""
    with path.open("rb") as file:
        file.seek(found.skip)
        lines = [file.readline(LONGEST_LINE) for _ in range(MOST_TITLE_ROWS)]
    for number, line in enumerate(lines, 1):
        if len(line) == LONGEST_LINE and line[-1:] != b"\n":
            raise _endless_line(number)
    return [line.decode(found.encoding, "replace") for line in lines if line]


def _endless_line(line: int | None) -> DeliveryUnreadable:
    return DeliveryUnreadable(
        Fault(
            "STR-007",
            line,
            None,
            None,
            f"Rader på högst {LONGEST_LINE} tecken; filen har en längre.",
            "Exportera filen på nytt; den är inte en tabell med en rad per post.",
        )
    )


def _too_wide(line: int) -> DeliveryUnreadable:
    return DeliveryUnreadable(
        Fault(
            "STR-007",
            line,
            None,
            None,
            f"En tabell med högst {MOST_COLUMNS} kolumner, som i Excel; rubrikraden (rad {line}) har fler.",
            "Ta bort de överflödiga avgränsarna, eller exportera filen på nytt med bara de kolumner som hör dit.",
        )
    )


def _find_separator(
    lines: list[str], known: frozenset[str], headings: WideHeadings | None
) -> tuple[str, list[Row], int]:
    """The separator under which most header cells are known, with the top rows split by it."""
    declared = _SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
    candidates = [declared.group(1)] if declared else list(SEPARATORS)
    best: tuple[int, str, list[Row], int] | None = None
    for separator in candidates:
        rows = _split_top(lines, separator)
        if not any(cell.strip(_BLANK_CHARACTERS) for _number, cells in rows for cell in cells):
            continue
        index, bound = headings.find_header(rows, known) if headings else find_header(rows, known)
        if best is None or bound > best[0]:
            best = (bound, separator, rows, index)
    if best is None:
        raise DeliveryUnreadable(
            Fault(
                "STR-001",
                None,
                None,
                None,
                "En fil med rubriker och rader; filen innehåller bara blanka rader.",
                "Exportera filen på nytt och lämna den igen.",
            )
        )
    return best[1:]


def _split_top(lines: list[str], separator: str) -> list[Row]:
    rows: list[Row] = []
    reader = csv.reader(lines, delimiter=separator)
    try:
        for cells in reader:
            rows.append((reader.line_num, cells[: MOST_COLUMNS + 1]))  # one more shows that it is too wide
    except csv.Error:
        pass  # the stream reports it with its line; the header may stand above it
    if any('="' in line for line in lines):
        rows = [(number, list(map(_unprotected, cells))) for number, cells in rows]
    if rows and _SEPARATOR_LINE.fullmatch(lines[0]):
        rows[0] = (1, [])
    return rows


def _count_top(table: TextTable, rows: list[Row]) -> None:
    for _number, cells in rows:
        table.non_data["title" if any(cell.strip() for cell in cells) else "blank"] += 1
    table.non_data["header"] += 1


class _Reading:
    """One pass over the file below its header row."""

    def __init__(
        self,
        path: Path,
        found: Survey,
        separator: str,
        table: TextTable,
        feed: Feed,
        *,
        titles: Sequence[str],
        switched_off: frozenset[str],
    ) -> None:
        self.path, self.found, self.separator = path, found, separator
        self.table, self.feed, self.off = table, feed, switched_off
        self.sorter = RowSorter(table, feed)
        self.sorter.titles = frozenset(map(normalise_header, titles))
        self.sorter.separator = separator
        odd_texts = [bare(table.header[0]), *titles]
        self.odd_first_cell = _odd_first_cell(odd_texts)
        self.odd_begins_with_digit = any(text[:1].isdigit() for text in odd_texts)
        sign = re.escape(separator)
        self.raw_cell = re.compile(rf'(?:^|{sign})("(?:[^"]|"")*"|[^{sign}\r\n]*)')
        self.late_quote = re.compile(rf'(?:^|{sign}) +"', re.MULTILINE)
        self.line = table.header_row  # lines consumed so far
        self.last_row = 0
        self.open_line = b""  # the last line, where it has no end
        self.keep_broken = "STR-007" in switched_off
        self.looks_at_ends = _has_odd_line_ends(found) and "STR-008" not in switched_off

    def blocks(self) -> Iterator[TextBlock]:
        """All data rows in order. Raises DeliveryUnreadable where the file is cut or a quote never closes."""
        with self.path.open("rb") as file:
            file.seek(self.found.skip)
            for _ in range(self.table.header_row):
                file.readline()
            chunks = self._chunks(file)
            for chunk in chunks:
                if not self._needs_the_exact_way(chunk) and self._closes_its_quotes(chunk):
                    yield from self._plain_chunk(chunk)
                else:
                    yield from self._row_by_row(chain([chunk], chunks))
        self._refuse_unproven_end()

    def _chunks(self, file: BinaryIO) -> Iterator[bytes]:
        """Whole lines, as UTF-8, about CHUNK_BYTES at a time."""
        rest = b""
        while block := file.read(CHUNK_BYTES):
            cut = block.rfind(b"\n") + 1
            if not cut:
                rest += block
                self._refuse_endless_line(rest)
                continue
            chunk, rest = rest + block[:cut], block[cut:]
            yield self._as_utf8(chunk)
        if rest.rstrip(_AFTER_THE_END):
            if rest[-1:] != b"\x1a":
                self.open_line = self._as_utf8(rest)
                self._refuse_cut_line(self.open_line)
            yield self._as_utf8(rest.rstrip(_AFTER_THE_END))

    def _as_utf8(self, chunk: bytes) -> bytes:
        if self.found.encoding == "utf-8" or chunk.isascii():
            return chunk
        return chunk.decode(self.found.encoding).encode()

    def _refuse_endless_line(self, rest: bytes) -> None:
        if len(rest) > 4 * CHUNK_BYTES:
            raise _endless_line(None)

    def _refuse_cut_line(self, last: bytes) -> None:
        """A last line without its line end and with too few cells was cut off on the way."""
        if self.keep_broken:
            return
        cells = last.count(self.separator.encode()) + 1
        if cells < self.sorter.width and last.strip():
            number = self._last_line_number()
            raise DeliveryUnreadable(
                Fault(
                    "STR-007",
                    number,
                    None,
                    None,
                    f"En hel fil; den tar slut mitt i rad {number} ({cells} av {self.sorter.width} celler).",
                    "Filen har blivit avklippt. Exportera och lämna hela filen igen.",
                )
            )

    def _refuse_unproven_end(self) -> None:
        """A last line without a line end may have lost its last digits; only a total row that holds proves otherwise."""
        if not self.open_line or self.keep_broken or self.feed.kind != "member":
            return
        total = self.sorter.last_total
        if total is None or total.row_number != self.last_row or not self._is_whole(total.cells):
            raise unproven_end(self._last_line_number())
        self.table.open_total = total.row_number

    def _is_whole(self, cells: Sequence[str]) -> bool:
        """True where the last line cannot have lost anything: its last cell is blank, closed by a quote or to the öre."""
        if self.open_line.rstrip(b"\r").endswith(b'"'):
            return True
        return len(cells) == self.sorter.width and (
            not bare(cells[-1]) or bool(_TO_THE_ORE.search(cells[-1]))
        )

    def _last_line_number(self) -> int:
        return self.found.line_feeds + 1

    def _needs_the_exact_way(self, chunk: bytes) -> bool:
        """Each row's line end must be looked at, or a text is protected (`="0380"`), or a quote comes after a space.

        Or the chunk begins with a byte order mark, as where files were joined: Arrow would drop it, being no file's first.
        """
        if self.looks_at_ends or chunk.startswith(BOM_UTF8):
            return True
        if not self.found.quotes:
            return False
        return b'="' in chunk or (b' "' in chunk and self.late_quote.search(chunk.decode()) is not None)

    # --- the fast way ---

    def _closes_its_quotes(self, chunk: bytes) -> bool:
        """True where every line of the chunk closes the quotes it opens, each at a cell's edge or doubled inside one."""
        if not self.found.quotes or b'"' not in chunk:
            return True
        octets = np.frombuffer(b"\n" + chunk + b"\n", np.uint8)
        quotes = np.flatnonzero(octets == _QUOTE)
        ends = np.flatnonzero(octets == _LINE_FEED)
        per_line = np.diff(np.searchsorted(quotes, ends), prepend=0)
        if (per_line & 1).any():
            return False
        edges = np.zeros(256, bool)
        edges[[_QUOTE, _LINE_FEED, ord("\r"), ord(self.separator)]] = True
        return bool(edges[octets[quotes[::2] - 1]].all() and edges[octets[quotes[1::2] + 1]].all())

    def _plain_chunk(self, chunk: bytes) -> Iterator[TextBlock]:
        """One chunk through Arrow, or row by row if Arrow finds a row of another width, or other rows than lines."""
        lines = columns.count(chunk, b"\n") + (chunk[-1:] != b"\n")
        raw = None
        # a whole row takes a byte per cell: fewer bytes mean blank lines, each of which Arrow fills to the header's width
        if lines * self.sorter.width <= len(chunk) + 1:
            with suppress(pa.ArrowInvalid):
                raw = self._split(chunk)
        if raw is None or raw.num_rows != lines:
            yield from self._row_by_row(iter([chunk]))
            return
        first_line = self.line + 1
        self.line += raw.num_rows
        self.last_row = self.line
        numbers = pa.array(np.arange(first_line, first_line + raw.num_rows, dtype=np.int32))
        rows = raw.append_column("_row_number", numbers)
        data = self._without_odd_rows(rows)
        if data.num_rows:
            self.table.rows_yielded += data.num_rows
            yield TextBlock(
                data,
                columns.is_clean(chunk, self.separator),
                columns.has_birth_digits(np.frombuffer(chunk, np.uint8)),
            )

    def _split(self, chunk: bytes) -> pa.Table:
        names = [str(position) for position in range(self.sorter.width)]
        return pa_csv.read_csv(
            pa.BufferReader(chunk),
            pa_csv.ReadOptions(column_names=names, block_size=len(chunk) + 1, use_threads=False),
            pa_csv.ParseOptions(
                delimiter=self.separator,
                quote_char='"' if self.found.quotes else False,
                ignore_empty_lines=False,
            ),
            pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )

    def _without_odd_rows(self, rows: pa.Table) -> pa.Table:
        """Set apart blank rows, totals and repeated headers; they show in the first cell that has text."""
        inside = self._totals_inside(rows)
        first = columns.whole(rows.column(0))
        if inside is None and not self.odd_begins_with_digit and columns.begin_with_digits(first):
            return rows
        odd = pc.match_substring_regex(first, self.odd_first_cell)
        if pc.any(odd).as_py():
            first_text = self._first_text(rows)
            odd = pc.and_(odd, pc.match_substring_regex(first_text, self.odd_first_cell))
            has_text = pc.not_equal(first_text, "")
            if blank := rows.num_rows - pc.sum(has_text).as_py():
                self.table.non_data["blank"] += blank
                rows, odd = rows.filter(has_text), odd.filter(has_text)
                inside = inside.filter(has_text) if inside is not None else None
        odd = odd if inside is None else pc.or_(odd, inside)
        if not pc.any(odd).as_py():
            return rows
        suspects = rows.filter(odd).to_pydict()
        numbers = suspects.pop("_row_number")
        dropped = []
        for number, cells in zip(numbers, zip(*suspects.values(), strict=True), strict=True):
            kind = self.sorter.kind_of(cells)
            if kind is not None:
                self.sorter.set_apart(number, cells, kind)
                dropped.append(number)
        if not dropped:
            return rows
        is_dropped = pc.is_in(rows.column("_row_number"), value_set=pa.array(dropped, pa.int32()))
        return rows.filter(pc.invert(is_dropped))

    def _totals_inside(self, rows: pa.Table) -> pa.Array | None:
        """Rows that begin with a year or a code and say further in that they sum up; None where none do."""
        says = [
            found
            for place in range(1, self.sorter.width)
            if (found := _matching(columns.whole(rows.column(place)), _TOTAL_CELL)) is not None
        ]
        if not says:
            return None
        begins = pc.invert(pc.match_substring_regex(columns.whole(rows.column(0)), r"\pL"))
        return pc.and_(begins, functools.reduce(pc.or_, says))

    def _first_text(self, rows: pa.Table) -> pa.ChunkedArray:
        """The first cell of each row that is not blank; "" where all are."""
        cells = [
            pc.if_else(
                pc.match_substring_regex(rows.column(place), rf"^{_BLANK}*$"), None, rows.column(place)
            )
            for place in range(self.sorter.width)
        ]
        return pc.coalesce(*cells, pa.scalar(""))

    # --- the exact way ---

    def _row_by_row(self, chunks: Iterable[bytes]) -> Iterator[TextBlock]:
        yield from self.sorter.sort(self._rows(chunks), self.keep_broken)

    def _rows(self, chunks: Iterable[bytes]) -> Iterator[Row]:
        """Rows with the line they begin on. Raises DeliveryUnreadable for broken quoting and mixed line ends."""
        before = self.line
        lines = _Lines(line for chunk in chunks for line in io.StringIO(chunk.decode(), newline=""))
        reader = csv.reader(lines, delimiter=self.separator, strict=not self.keep_broken)
        begins = before + 1
        first_end = ""
        try:
            for cells in reader:
                if not self.keep_broken:
                    self._refuse_swallowed_line(begins, cells, before + reader.line_num)
                    self._refuse_late_quote(begins, cells, lines.last)
                if self.looks_at_ends:
                    first_end = first_end or _end_of(lines.last)
                    if _end_of(lines.last) not in (first_end, "") or first_end == "\r":
                        raise _odd_line_ends(begins, "blandar olika radslut")
                self.last_row = begins
                yield begins, list(map(_unprotected, cells)) if '="' in lines.last else cells
                begins = before + reader.line_num + 1
        except csv.Error:
            raise _broken_quoting(begins) from None
        self.line = before + reader.line_num

    def _refuse_swallowed_line(self, line: int, cells: list[str], last_line: int) -> None:
        """Rows joined by a stray quote have other cells than the header's, or a cell that holds a row's separators."""
        if last_line == line:
            return
        if len(cells) != self.sorter.width or any(map(self._holds_rows, cells)):
            raise _broken_quoting(line)

    def _holds_rows(self, cell: str) -> bool:
        breaks = len(_LINE_BREAK.findall(cell))
        return breaks > 0 and cell.count(self.separator) >= breaks * (self.sorter.width - 1)

    def _refuse_late_quote(self, line: int, cells: list[str], text: str) -> None:
        """A quote after a space is none to a program, and one to a person: the cells may be others than they look."""
        if ' "' not in text or not any(cell.lstrip(" ")[:1] == '"' != cell[:1] for cell in cells):
            return
        if any(
            found.group(1).lstrip(" ")[:1] == '"' != found.group(1)[:1]
            for found in self.raw_cell.finditer(text)
        ):
            raise _broken_quoting(line)


class _Lines:
    """Lines as csv draws them; remembers the last one, which ends the row."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.last = ""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.last = next(self._lines)
        return self.last


def _end_of(line: str) -> str:
    return next((end for end in _LINE_ENDS if line.endswith(end)), "")


def _unprotected(cell: str) -> str:
    """A text as Excel shows it: `="0380"` is how an export keeps the zero that Excel would drop."""
    found = _PROTECTED.fullmatch(cell)
    return found.group(1) if found else cell


def _odd_first_cell(texts: Sequence[str]) -> str:
    """A pattern for the first text of rows that may be no data: blank, a total's or footer's word, or how a text begins.

    How it begins is enough to be looked at; a pattern of a whole page of text would be too large to compile.
    """
    folded = [
        rf"{_BLANK}+".join(
            map(re.escape, unicodedata.normalize(form, text)[:_BEGINNING].rstrip("*: ").split())
        )
        for text in texts
        for form in _FORMS
    ]
    return "|".join([_ODD_FIRST_CELL, *(rf"(?i:^{_BLANK}*{text})" for text in dict.fromkeys(folded) if text)])


def _broken_quoting(line: int) -> DeliveryUnreadable:
    return DeliveryUnreadable(
        Fault(
            "STR-007",
            line,
            None,
            None,
            f"Citattecken i par och intill kolumnavgränsaren; på rad {line} är det inte så.",
            "Ta bort det ensamma citattecknet och mellanslag före citattecken, eller skriv citattecknet dubbelt "
            "inne i en citerad text.",
        )
    )


def _matching(texts: pa.Array, pattern: str) -> pa.Array | None:
    """Mask of the cells that match a total's pattern; None where none does. Most are told by their first byte."""
    offsets, octets = columns.offsets_of(texts), columns.octets_of(texts)
    filled = np.flatnonzero(np.diff(offsets))
    if not len(filled):
        return None
    likely = filled[_MAY_BEGIN_TOTAL[octets[offsets[filled] - offsets[0]]]]
    if not len(likely):
        return None
    matches = pc.match_substring_regex(texts.take(pa.array(likely)), pattern)
    mask = np.zeros(len(texts), bool)
    mask[likely] = matches.to_numpy(zero_copy_only=False)
    return pa.array(mask) if mask.any() else None
