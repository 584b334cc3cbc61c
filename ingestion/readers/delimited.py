"""Delimited text (`.csv`, `.txt`): read exactly or refused, in one stream of bounded memory.

Chunks whose lines are plain (every line closes its quotes) go through Arrow; a chunk with anything odd
goes row by row through Python's csv in strict mode, to the same blocks. A file in which a cell runs over
several lines goes that slower way from there on.
"""

from __future__ import annotations

import csv
import io
import re
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from ingestion import columns
from ingestion.readers.encoding import Survey, survey
from ingestion.readers.layout import MOST_TITLE_ROWS, TOTAL_WORDS, Row, RowSorter, find_header
from ingestion.readers.table import DeliveryUnreadable, Fault, TextBlock, TextTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from ingestion.feed import Feed

CHUNK_BYTES = 1 << 21
LONGEST_LINE = 1 << 20
SEPARATORS = (";", "\t", ",", "|")
_BLANK_CHARACTERS = " \r\n\u00a0" + "".join(SEPARATORS)
csv.field_size_limit(8 * CHUNK_BYTES)  # a long cell is told by its rule (VAL-006), not by the csv module
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_BLANK = r"[\s\x{a0}\x{202f}\x{feff}]"
_ODD_FIRST_CELL = rf"(?i)^{_BLANK}*(?:$|{TOTAL_WORDS})"
_QUOTE, _LINE_FEED = ord('"'), ord("\n")


def read_delimited(
    path: Path, feed: Feed, known: frozenset[str], switched_off: frozenset[str] = frozenset()
) -> TextTable:
    """Open a delimited file. known: the normalised headers that tell the header row.

    Raises DeliveryUnreadable: STR-001, STR-007 (cut, unclosed quote), STR-008 (encoding).
    """
    found = survey(path, switched_off)
    _refuse_line_ends(found, switched_off)
    top = _top_lines(path, found)
    separator, rows, index = _find_separator(top, known)
    header_row, header = rows[index]
    table = TextTable(tuple(header), header_row)
    table.notes.update(encoding=found.name, separator={"\t": "tabb"}.get(separator, separator))
    _count_top(table, rows[:index])
    reading = _Reading(path, found, separator, table, feed, switched_off=switched_off)
    table.blocks = reading.blocks()
    return table


def _refuse_line_ends(found: Survey, switched_off: frozenset[str]) -> None:
    """Old Macintosh line ends, or two kinds in one file, mean that somebody joined or converted files by hand."""
    if "STR-008" in switched_off:
        return
    lone = found.carriage_returns - found.line_ends_crlf
    mixed = 0 < found.line_ends_crlf < found.line_feeds and not found.quotes
    if lone or mixed:
        what = "blandar olika radslut" if found.line_feeds else "har radslut av gammalt slag (bara CR)"
        raise DeliveryUnreadable(
            Fault(
                "STR-008",
                None,
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
    return [line.decode(found.encoding, "replace") for line in lines if line]


def _find_separator(lines: list[str], known: frozenset[str]) -> tuple[str, list[Row], int]:
    """The separator under which most header cells are known, with the top rows split by it."""
    declared = _SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
    candidates = [declared.group(1)] if declared else list(SEPARATORS)
    best: tuple[int, str, list[Row], int] | None = None
    for separator in candidates:
        rows = _split_top(lines, separator)
        if not any(cell.strip(_BLANK_CHARACTERS) for _number, cells in rows for cell in cells):
            continue
        index, bound = find_header(rows, known)
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
            rows.append((reader.line_num, cells))
    except csv.Error:
        pass  # the stream reports it with its line; the header may stand above it
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
        switched_off: frozenset[str],
    ) -> None:
        self.path, self.found, self.separator = path, found, separator
        self.table, self.feed, self.off = table, feed, switched_off
        self.sorter = RowSorter(table, feed)
        self.line = table.header_row  # lines consumed so far
        self.keep_broken = "STR-007" in switched_off

    def blocks(self) -> Iterator[TextBlock]:
        """All data rows in order. Raises DeliveryUnreadable where the file is cut or a quote never closes."""
        with self.path.open("rb") as file:
            file.seek(self.found.skip)
            for _ in range(self.table.header_row):
                file.readline()
            chunks = self._chunks(file)
            for chunk in chunks:
                if self._closes_its_quotes(chunk):
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
        if rest:
            self._refuse_cut_line(self._as_utf8(rest))
            yield self._as_utf8(rest)

    def _as_utf8(self, chunk: bytes) -> bytes:
        if self.found.encoding == "utf-8" or chunk.isascii():
            return chunk
        return chunk.decode(self.found.encoding).encode()

    def _refuse_endless_line(self, rest: bytes) -> None:
        if len(rest) > 4 * CHUNK_BYTES:
            raise DeliveryUnreadable(
                Fault(
                    "STR-007",
                    None,
                    None,
                    None,
                    f"Rader på högst {LONGEST_LINE} tecken; filen har en längre.",
                    "Exportera filen på nytt; den är inte en tabell med en rad per post.",
                )
            )

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
        """A last data row without a line end may have lost its last digits; only a total row can prove otherwise."""
        if self.found.ends_with_line_end or self.keep_broken or self.feed.kind != "member":
            return
        if not self.table.total_rows:
            number = self._last_line_number()
            raise DeliveryUnreadable(
                Fault(
                    "STR-007",
                    number,
                    None,
                    None,
                    f"Radslut efter sista raden (rad {number}); utan det kan raden vara avklippt utan "
                    "att det syns.",
                    "Exportera filen på nytt, eller se efter att sista raden är hel och lägg till ett "
                    "radslut (Retur).",
                )
            )

    def _last_line_number(self) -> int:
        return self.found.line_feeds + 1

    # --- the fast way ---

    def _closes_its_quotes(self, chunk: bytes) -> bool:
        """True where every line of the chunk closes the quotes it opens, and none stands inside a word."""
        if not self.found.quotes or b'"' not in chunk:
            return True
        sign = re.escape(self.separator.encode())
        if re.search(rb'[^"\r\n' + sign + rb']"[^"\r\n' + sign + rb"]", chunk):
            return False
        octets = np.frombuffer(chunk, np.uint8)
        quotes = np.flatnonzero(octets == _QUOTE)
        ends = np.append(np.flatnonzero(octets == _LINE_FEED), len(octets))
        per_line = np.diff(np.searchsorted(quotes, ends), prepend=0)
        return not (per_line & 1).any()

    def _plain_chunk(self, chunk: bytes) -> Iterator[TextBlock]:
        """One chunk through Arrow, or row by row if Arrow finds a row of another width."""
        try:
            raw = self._split(chunk)
        except pa.ArrowInvalid:
            yield from self._row_by_row(iter([chunk]))
            return
        first_line = self.line + 1
        self.line += raw.num_rows
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
            pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),  # the survey decoded every byte
        )

    def _without_odd_rows(self, rows: pa.Table) -> pa.Table:
        """Set apart blank rows, totals and repeated headers; they show in the first cell that has text."""
        first = columns.whole(rows.column(0))
        if columns.begin_with_digits(first) and not self.table.header[0][:1].isdigit():
            return rows
        odd = pc.or_(pc.match_substring_regex(first, _ODD_FIRST_CELL), pc.equal(first, self.table.header[0]))
        if not pc.any(odd).as_py():
            return rows
        odd = pc.and_(odd, self._may_be_no_data(rows, odd))
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

    def _may_be_no_data(self, rows: pa.Table, odd: pa.ChunkedArray) -> pa.ChunkedArray:
        """Of rows with a blank first cell, only those whose first text is a total's word, or that have none."""
        cells = [
            pc.if_else(
                pc.match_substring_regex(rows.column(place), rf"^{_BLANK}*$"), None, rows.column(place)
            )
            for place in range(self.sorter.width)
        ]
        first_text = pc.coalesce(*cells, pa.scalar(""))
        return pc.or_(
            pc.match_substring_regex(first_text, _ODD_FIRST_CELL), pc.equal(first_text, self.table.header[0])
        )

    # --- the exact way ---

    def _row_by_row(self, chunks: Iterable[bytes]) -> Iterator[TextBlock]:
        yield from self.sorter.sort(self._rows(chunks), self.keep_broken)

    def _rows(self, chunks: Iterable[bytes]) -> Iterator[Row]:
        """Rows with the line they begin on. Raises DeliveryUnreadable for broken quoting."""
        before = self.line
        lines = (line for chunk in chunks for line in io.StringIO(chunk.decode(), newline=""))
        reader = csv.reader(lines, delimiter=self.separator, strict=not self.keep_broken)
        begins = before + 1
        try:
            for cells in reader:
                self._refuse_swallowed_line(begins, cells)
                yield begins, cells
                begins = before + reader.line_num + 1
        except csv.Error:
            raise _broken_quoting(begins) from None
        self.line = before + reader.line_num

    def _refuse_swallowed_line(self, line: int, cells: list[str]) -> None:
        """A cell that holds a line break and a separator is most likely two rows joined by a stray quote."""
        if any("\n" in cell and self.separator in cell for cell in cells):
            raise _broken_quoting(line)


def _broken_quoting(line: int) -> DeliveryUnreadable:
    return DeliveryUnreadable(
        Fault(
            "STR-007",
            line,
            None,
            None,
            f"Citattecken i par; ett som öppnas på rad {line} stängs inte på raden.",
            "Ta bort det ensamma citattecknet, eller skriv det dubbelt inne i en citerad text.",
        )
    )
