"""Decides a text file's encoding from its bytes, in one streaming pass, and refuses damage by name and line.

Never replaces a character: a file whose letters are lost is the sender's to export again. A `?` in place of an å
cannot be told from a question mark.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from ingestion.columns import count
from ingestion.readers import codepage
from ingestion.readers.table import DeliveryUnreadable, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCAN_BYTES = 1 << 22
NOWHERE = -1
_SAMPLE_BYTES = 4096
_END_OF_FILE = b"\x1a"  # what DOS programs write last
_WIDE_MARKS = (  # the longer first: UTF-32's mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16 (Excels ”Unicode-text”)"),
    (codecs.BOM_UTF16_BE, "UTF-16 (Excels ”Unicode-text”)"),
)
# UTF-8's two- and three-byte characters in a file that is not UTF-8 as a whole: two encodings in one file.
_UTF8_IN_ANOTHER = re.compile(rb"[\xc2\xc3][\x80-\xbf]")
_LOST = "Bokstäver har redan gått förlorade (tecknet � i stället för å, ä eller ö)."
_GARBLED = "Bokstäverna är förvanskade (till exempel ”{}” i stället för ”{}”)."
# What å, ä, ö look like once they have been read in the wrong encoding and saved again as UTF-8. The bytes before a
# pattern must all be in a block before it is searched for: that is known for less.
_DAMAGE = tuple(
    (frozenset(needed), re.compile(pattern), what)
    for needed, pattern, what in (
        (b"\xef\xbf\xbd", rb"\xef\xbf\xbd", _LOST),
        (b"\xc3\x83", rb"\xc3\x83[\xc2\xc5\xc6\xcb\xe2]", _GARBLED.format("Ã¥", "å")),
        (b"\xc3\x82\xc2", rb"\xc3\x82\xc2[\x80-\xbf]", _GARBLED.format("Â§", "§")),
        (b"\xc3\xa2\xe2\x82\xac", rb"\xc3\xa2\xe2\x82\xac", _GARBLED.format("â€“", "–")),
        (
            b"\xe2\x94\x9c",
            rb"\xe2\x94\x9c(?:[\xc2\xc3]|\xe2\x95\xa2|\xe2\x8c\x90)",
            _GARBLED.format("├Ñ", "å"),
        ),
        (
            b"\xe2\x88\x9a",
            rb"\xe2\x88\x9a(?:\xe2\x80\xa2|\xe2\x88\x82|\xc2[\xa7\xa9]|\xc3[\x91\x96\xb1])",
            _GARBLED.format("√•", "å"),
        ),
        (b"\xe2\x80\xa0", rb"[A-Za-z]\xe2\x80\xa0[a-z]", _GARBLED.format("†", "å")),
        (b"\xe2\x80\x9e", rb"[A-Za-z]\xe2\x80\x9e[a-z]", _GARBLED.format("„", "ä")),
        (b"\xe2\x80\x9d", rb"[A-Za-z]\xe2\x80\x9d[a-z]{2}", _GARBLED.format("”", "ö")),
        (b"\xcf\x83", rb"[A-Za-z]\xcf\x83[a-z]", _GARBLED.format("σ", "å")),
        (b"\xce\xa3", rb"[A-Za-z]\xce\xa3[a-z]", _GARBLED.format("Σ", "ä")),
        (b"\xc3\xb7", rb"[A-Za-z]\xc3\xb7[a-z]", _GARBLED.format("÷", "ö")),
        (b"\xc3\x95", rb"[A-Za-z]\xc3\x95[a-z]", _GARBLED.format("Õ", "å")),
        (b"\xc5\xa0", rb"[a-z]\xc5\xa0[a-z]", _GARBLED.format("Š", "ä")),
        (b"\xc2", rb"\xc2[\x80-\x84\x86-\x9f]", "Filen har styrtecken där bokstäver skulle stå."),
        (b"\xc5\x92", rb"[A-Za-z]\xc5\x92[a-z]", _GARBLED.format("Œ", "å")),
    )
)
_ALL_BYTES = bytes(range(256))
_RETURN, _QUOTE = b'\r"'
_READ_EVERY_BYTE = (codepage.DOS, codepage.DOS_LATIN1, codepage.LATIN9)
_NAMES = {
    codepage.WINDOWS: "Windows-1252",
    codepage.LATIN9: "ISO-8859-15",
    codepage.DOS: "Code page 437",
    codepage.DOS_LATIN1: "Code page 850",
}


@dataclass
class Survey:
    """What one pass over the bytes showed. encoding is a Python codec; skip: bytes of the mark before the text.

    reason_sv: why this encoding, where the bytes could have been another's.
    """

    encoding: str
    skip: int
    line_feeds: int = 0
    carriage_returns: int = 0
    line_ends_crlf: int = 0
    quotes: int = 0
    ends_with_line_end: bool = True
    last_byte: bytes = b""
    reason_sv: str = ""

    @property
    def name(self) -> str:
        """The encoding's name for the delivery's record."""
        return _NAMES.get(self.encoding) or ("UTF-8 med BOM" if self.skip else "UTF-8")


def survey(
    path: Path,
    switched_off: frozenset[str] = frozenset(),
    declared: str | None = None,
    unread: re.Pattern[bytes] | None = None,
) -> Survey:
    """Read the file once and decide.

    declared: the codec the file's format says it has, for what the bytes leave open. unread: parts near the start
    that nobody reads; where the whole file does not decide, it is asked without them. Raises DeliveryUnreadable
    (STR-008) for NUL, UTF-16 and UTF-32, lost, mixed or undecidable letters; (STR-007) for a last letter cut in two.
    """
    with path.open("rb") as file:
        start = file.read(_SAMPLE_BYTES)
    _refuse_wide(start)
    skip = len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0
    seen = _scan(path, skip, switched_off)
    found = seen.survey
    if seen.breaks_at != NOWHERE:
        reading = _one_byte_encoding(path, seen, switched_off, declared, unread)
        found.encoding, found.reason_sv = reading.codec, reading.reason_sv
    return found


def _refuse_wide(start: bytes) -> None:
    for mark, name in _WIDE_MARKS:
        if start.startswith(mark):
            raise _unreadable(None, f"Filen är sparad som {name}.")
    nuls = [start[place::4].count(0) * 4 for place in range(4)]
    wide = [count >= len(start) * 0.6 for count in nuls]
    if len(start) >= 8 and wide in ([True, True, True, False], [False, True, True, True]):
        raise _unreadable(None, "Filen är sparad som UTF-32 (utan märke).")
    if len(start) >= 8 and wide in ([True, False, True, False], [False, True, False, True]):
        raise _unreadable(None, "Filen är sparad som UTF-16 (utan märke).")


@dataclass
class _Seen:
    """survey: the counts. breaks_at: offset of the first byte that is not UTF-8. is_cut: only the last letter is not."""

    survey: Survey
    breaks_at: int = NOWHERE
    is_cut: bool = False


def _scan(path: Path, skip: int, switched_off: frozenset[str]) -> _Seen:
    """Count every byte, block by block; look closer at blocks with letters beyond ASCII."""
    found = Survey("utf-8", skip)
    seen = _Seen(found)
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    offset, last = skip, b""
    for block, tail in _blocks(path, skip):
        if b"\0" in block:
            raise _unreadable(
                found.line_feeds + block[: block.index(b"\0")].count(b"\n") + 1,
                "Filen innehåller NUL-tecken och är ingen hel textfil.",
            )
        present = _ALL_BYTES.translate(None, _ALL_BYTES.translate(None, block))
        is_plain = block.isascii()
        if not is_plain and "STR-008" not in switched_off:
            _refuse_damage(tail + block, frozenset(tail + present), found.line_feeds - tail.count(b"\n"))
        if seen.breaks_at == NOWHERE and not (is_plain and not decoder.getstate()[0]):
            seen.breaks_at = _break(decoder, block, offset)
        returns = count(block, b"\r") if _RETURN in present else 0
        if returns or tail[-1:] == b"\r":
            found.line_ends_crlf += block.count(b"\r\n") + (tail[-1:] == b"\r" and block[:1] == b"\n")
        found.carriage_returns += returns
        found.line_feeds += count(block, b"\n")
        found.quotes += count(block, b'"') if _QUOTE in present else 0
        offset, last = offset + len(block), block[-1:]
    if seen.breaks_at == NOWHERE and (half := decoder.getstate()[0]):
        seen.breaks_at, seen.is_cut = offset - len(half), True
    found.last_byte = last
    found.ends_with_line_end = last in (b"", b"\n", b"\r", _END_OF_FILE)
    return seen


def _blocks(path: Path, skip: int) -> Iterator[tuple[bytes, bytes]]:
    """The file's blocks, each with the last bytes of the block before, so that no pattern hides on the border."""
    tail = b""
    with path.open("rb") as file:
        file.seek(skip)
        while block := file.read(SCAN_BYTES):
            yield block, tail
            tail = block[-8:]


def _break(decoder: codecs.IncrementalDecoder, block: bytes, offset: int) -> int:
    """Where the block stops being UTF-8."""
    waiting = len(decoder.getstate()[0])
    try:
        decoder.decode(block)
    except UnicodeDecodeError as problem:
        return offset - waiting + problem.start
    return NOWHERE


def _refuse_damage(joined: bytes, present: frozenset[int], lines_before: int) -> None:
    for needed, pattern, what in _DAMAGE:
        if needed <= present and (found := pattern.search(joined)):
            raise _unreadable(lines_before + joined[: found.start()].count(b"\n") + 1, what)


def _one_byte_encoding(
    path: Path,
    seen: _Seen,
    switched_off: frozenset[str],
    declared: str | None,
    unread: re.Pattern[bytes] | None,
) -> codepage.Reading:
    """A second pass over a file that is not UTF-8. Raises DeliveryUnreadable where the bytes do not decide."""
    try:
        return _decided(path, seen, switched_off, declared, _look_closer(path, seen.survey.skip))
    except DeliveryUnreadable:
        if unread is None:
            raise
        reading = _decided(path, seen, switched_off, declared, _look_closer(path, seen.survey.skip, unread))
        if reading.codec not in _READ_EVERY_BYTE:
            raise
        return reading


def _decided(
    path: Path,
    seen: _Seen,
    switched_off: frozenset[str],
    declared: str | None,
    found: tuple[dict[codepage.Place, int], int | None],
) -> codepage.Reading:
    skip, (places, utf8_at) = seen.survey.skip, found
    if seen.is_cut and (skip or any(at < seen.breaks_at for at in places.values())):
        raise _cut_letter(seen.survey.line_feeds + 1)
    if skip or (utf8_at is not None and "STR-008" not in switched_off):
        line = _line_of(path, skip, max(seen.breaks_at, utf8_at or 0))
        raise _unreadable(line, "Filen blandar två teckenkodningar (UTF-8 och en äldre).")
    try:
        return codepage.decide(places, declared)
    except codepage.Undecided as problem:
        raise _unreadable(_line_of(path, skip, problem.at), problem.what_sv) from None


def _look_closer(
    path: Path, skip: int, unread: re.Pattern[bytes] | None = None
) -> tuple[dict[codepage.Place, int], int | None]:
    """Where letters beyond ASCII stand, and the offset of the first that would be UTF-8."""
    places: dict[codepage.Place, int] = {}
    offset = skip
    utf8_at: int | None = None
    last = b"\n"
    for block, tail in chain(_blocks(path, skip), [(b"\n", b"")]):
        read = _without(unread, block) if unread is not None and offset == skip else block
        text = last + read  # a byte's place is known when the byte after it is
        for place, at in codepage.places_in(text, offset - len(last) + 1):
            places.setdefault(place, at)
        if utf8_at is None and (found := _UTF8_IN_ANOTHER.search(tail + read)):
            utf8_at = offset - len(tail) + found.start()
        offset, last = offset + len(block), text[-2:]
    return places, utf8_at


def _without(unread: re.Pattern[bytes], block: bytes) -> bytes:
    """The block with blanks in place of what is not read, so that offsets stay."""
    return unread.sub(lambda part: b" " * len(part[0]), block)


def _line_of(path: Path, skip: int, offset: int) -> int:
    """The line in which the byte at that offset stands."""
    line, passed = 1, skip
    for block, _tail in _blocks(path, skip):
        if passed + len(block) > offset:
            return line + block[: offset - passed].count(b"\n")
        line, passed = line + block.count(b"\n"), passed + len(block)
    return line


def _cut_letter(line: int) -> DeliveryUnreadable:
    return DeliveryUnreadable(
        Fault(
            "STR-007",
            line,
            None,
            None,
            f"En hel fil; den tar slut mitt i en bokstav på rad {line}.",
            "Filen har blivit avklippt. Exportera och lämna hela filen igen.",
        )
    )


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
