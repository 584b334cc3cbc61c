"""Decides a text file's encoding from its bytes, in one streaming pass, and refuses damage by name.

Never replaces a character: a file whose letters are lost is the sender's to export again.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.columns import count
from ingestion.readers.table import DeliveryUnreadable, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCAN_BYTES = 1 << 22
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What UTF-8 letters look like once they have been read as Windows-1252 and saved again as UTF-8 ("Ã¥").
_TWICE_ENCODED = re.compile(
    rb"\xc3\x83\xc2[\x80-\xbf]|\xc3\x83\xe2\x80[\x9c-\x9e\xa0-\xa6]|\xc3\x83\xc5[\x93\xa0]"
)
_TWICE_ENCODED_SECOND = 0x83
_LOST_LETTER = b"\xef\xbf\xbd"
# UTF-8 pairs for åäöÅÄÖé in a file that is not UTF-8 as a whole: two encodings in one file.
_UTF8_LETTER = re.compile(rb"\xc3[\x84\x85\x89\x96\xa4\xa5\xa9\xb6]")
_DOS_LETTERS = bytes((0x84, 0x86, 0x94, 0x8E, 0x8F, 0x99))  # åäöÅÄÖ in code page 437 and 850
_WINDOWS_LETTERS = bytes((0xE4, 0xE5, 0xF6, 0xC4, 0xC5, 0xD6))
_NOT_IN_CP1252 = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))
_ALL_BYTES = bytes(range(256))


@dataclass
class Survey:
    """What one pass over the bytes showed. encoding is a Python codec; skip: bytes of the mark before the text."""

    encoding: str
    skip: int
    line_feeds: int = 0
    carriage_returns: int = 0
    line_ends_crlf: int = 0
    quotes: int = 0
    ends_with_line_end: bool = True

    @property
    def name(self) -> str:
        """The encoding's name for the delivery's record."""
        return {
            "utf-8": "UTF-8 med BOM" if self.skip else "UTF-8",
            "cp1252": "Windows-1252",
            "cp437": "Code page 437",
        }[self.encoding]


def survey(path: Path, switched_off: frozenset[str] = frozenset()) -> Survey:
    """Read the file once and decide. Raises DeliveryUnreadable (STR-008) for NUL, UTF-16, lost or mixed letters."""
    with path.open("rb") as file:
        start = file.read(4)
    if start[:2] in _UTF16_MARKS:
        raise _unreadable(None, "Filen är sparad som UTF-16 (Excels ”Unicode-text”).")
    skip = 3 if start.startswith(codecs.BOM_UTF8) else 0
    seen = _scan(path, skip, switched_off)
    seen.encoding = _decide(seen, switched_off)
    return seen.survey()


@dataclass
class _Seen:
    skip: int
    is_utf8: bool = True
    bytes_present: bytes = b""
    has_utf8_letter: bool = False
    encoding: str = "utf-8"
    line_feeds: int = 0
    carriage_returns: int = 0
    line_ends_crlf: int = 0
    quotes: int = 0
    last: bytes = b""

    def survey(self) -> Survey:
        return Survey(
            self.encoding,
            self.skip,
            self.line_feeds,
            self.carriage_returns,
            self.line_ends_crlf,
            self.quotes,
            self.last in (b"\n", b"\r", b"\x1a"),
        )


def _scan(path: Path, skip: int, switched_off: frozenset[str]) -> _Seen:
    """Count and classify every byte, block by block."""
    seen = _Seen(skip)
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    for block, tail in _blocks(path, skip):
        if b"\0" in block:
            line = seen.line_feeds + block[: block.index(b"\0")].count(b"\n") + 1
            raise _unreadable(line, "Filen innehåller NUL-tecken och är ingen hel textfil.")
        if not block.isascii():
            _scan_letters(block, tail, seen, decoder, switched_off)
        returns = count(block, b"\r")
        if returns or tail[-1:] == b"\r":
            seen.line_ends_crlf += block.count(b"\r\n") + (tail[-1:] == b"\r" and block[:1] == b"\n")
        seen.carriage_returns += returns
        seen.line_feeds += count(block, b"\n")
        seen.quotes += count(block, b'"')
        seen.last = block[-1:]
    if seen.is_utf8:
        seen.is_utf8 = _decodes(decoder, b"", final=True)
    return seen


def _blocks(path: Path, skip: int) -> Iterator[tuple[bytes, bytes]]:
    """The file's blocks, each with the last bytes of the block before, so that no pattern hides on the border."""
    tail = b""
    with path.open("rb") as file:
        file.seek(skip)
        while block := file.read(SCAN_BYTES):
            yield block, tail
            tail = block[-8:]


def _scan_letters(
    block: bytes, tail: bytes, seen: _Seen, decoder: codecs.IncrementalDecoder, switched_off: frozenset[str]
) -> None:
    joined = tail + block
    if seen.is_utf8:
        seen.is_utf8 = _decodes(decoder, block)
    present = _ALL_BYTES.translate(None, _ALL_BYTES.translate(None, block))
    seen.bytes_present = bytes(set(seen.bytes_present) | set(present))
    damage = _damage(joined, seen.bytes_present) if "STR-008" not in switched_off else None
    if damage is not None:
        line = seen.line_feeds + joined[: damage[0]].count(b"\n") - tail.count(b"\n") + 1
        raise _unreadable(line, damage[1])
    seen.has_utf8_letter = seen.has_utf8_letter or _UTF8_LETTER.search(joined) is not None


def _damage(joined: bytes, present: bytes) -> tuple[int, str] | None:
    """The first damage. present: the bytes seen so far, most of which spare the search."""
    if _LOST_LETTER[0] in present and (at := joined.find(_LOST_LETTER)) >= 0:
        return at, "Bokstäver har redan gått förlorade (tecknet � i stället för å, ä eller ö)."
    if _TWICE_ENCODED_SECOND in present and (found := _TWICE_ENCODED.search(joined)):
        return found.start(), "Bokstäverna är förvanskade (till exempel ”Ã¥” i stället för ”å”)."
    return None


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _decide(seen: _Seen, switched_off: frozenset[str]) -> str:
    """UTF-8 if all of it decodes; else by which bytes the Swedish letters have."""
    if seen.is_utf8:
        return "utf-8"
    if seen.skip or (seen.has_utf8_letter and "STR-008" not in switched_off):
        raise _unreadable(None, "Filen blandar två teckenkodningar (UTF-8 och en äldre).")
    present = set(seen.bytes_present)
    if present & set(_DOS_LETTERS) and not present & set(_WINDOWS_LETTERS):
        return "cp437"
    if present & set(_NOT_IN_CP1252):
        raise _unreadable(None, "Filens teckenkodning är varken UTF-8, Windows-1252 eller code page 437.")
    return "cp1252"


def _unreadable(line: int | None, what: str) -> DeliveryUnreadable:
    return DeliveryUnreadable(
        Fault(
            "STR-008",
            line,
            None,
            None,
            f"Text i UTF-8 eller Windows-1252. {what}",
            "Exportera på nytt ur källan och välj ”CSV UTF-8 (kommaavgränsad)” eller UTF-8.",
        )
    )
