"""Tells the one-byte encodings of Swedish text apart by where their letters stand, or says that nothing decides. Pure.

Every byte can be read in every one of them, so only what a reading means can decide: a letter stands in a word,
a sign does not. `M\\x84rsta` is Märsta in DOS and M„rsta in Windows; `\\x94Ny start\\x94` is a quotation in Windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

WINDOWS, LATIN9, DOS, DOS_LATIN1 = "cp1252", "iso8859-15", "cp437", "cp850"
Place = tuple[int, int, int]
"""A byte from 0x80 up with the bytes before and after it."""

_LOWER, _UPPER, _LETTERS = (frozenset(s.encode()) for s in (ascii_lowercase, ascii_uppercase, ascii_letters))
_DIGITS = frozenset(digits.encode())
_SPACES = frozenset(b" \xa0")
_WINDOWS_LETTERS = frozenset(b"\xe4\xe5\xf6\xc4\xc5\xd6\xe9\xe8\xfc")  # åäöÅÄÖ é è ü, in ISO-8859 too
_DOS_LETTERS = frozenset(b"\x84\x86\x94\x8e\x8f\x99\x82\x81\x90")  # åäöÅÄÖ é ü É in code page 437 and 850
_DOS_VOWELS = frozenset(b"\x84\x86\x94")
_MAC_LETTERS = frozenset(b"\x8c\x8a\x9a")  # åäö in Mac Roman
_QUOTE_OR_O = 0x94  # ” in Windows, ö in DOS
_NEVER_IN_WINDOWS = frozenset(b"\x81\x8d\x8f\x90\x9d")
_C1 = frozenset(range(0x80, 0xA0))  # printed in Windows, control characters in ISO-8859
_NOT_LATIN9 = frozenset(b"\xa4\xa6\xa8\xb4\xb8\xbc\xbd\xbe")  # where ISO-8859-15 differs from Windows-1252
_FRAME = frozenset(
    b"\xb3\xb4\xb9\xba\xbb\xbc\xbf\xc0\xc1\xc2\xc3\xc4\xc5\xc8\xc9\xca\xcb\xcc\xcd\xce\xd9\xda"
)
_EURO = 0xA4
_PARENTHESES = (ord("("), ord(")"))


class Undecided(ValueError):
    """The bytes can be read in two ways and nothing decides, or in none. at: where in the file it shows."""

    def __init__(self, what_sv: str, at: int) -> None:
        super().__init__(what_sv)
        self.what_sv, self.at = what_sv, at


@dataclass(frozen=True)
class Reading:
    """A codec, and why it was chosen where another was possible."""

    codec: str
    reason_sv: str = ""


def decide(places: Mapping[Place, int], declared: str | None = None) -> Reading:
    """The encoding of a file from its distinct places, each with the offset of its first occurrence.

    declared: the encoding the file's format says it has; it decides where the bytes do not. Raises Undecided.
    """
    signs = _Signs(places)
    if signs.windows_in_word is not None and signs.dos_in_word is not None:
        raise Undecided(
            "Filen blandar två teckenkodningar (Windows och DOS).",
            max(signs.windows_in_word, signs.dos_in_word),
        )
    if signs.dos_in_word is not None and signs.windows_at_start is not None:
        raise Undecided("Filen blandar två teckenkodningar (DOS och Windows).", signs.windows_at_start)
    if signs.windows_in_word is None and signs.mac_in_word is not None:
        raise Undecided("Filen är sparad i Mac OS Roman, en äldre Macintosh-kodning.", signs.mac_in_word)
    if signs.windows_in_word is None and signs.is_dos:
        return Reading(declared) if declared in (DOS, DOS_LATIN1) else _which_dos(places)
    if signs.windows_in_word is None and signs.undecided is not None:
        if declared is not None:
            return Reading(declared, "Bytena avgör inte; filens format anger teckenkodningen.")
        raise Undecided(
            "Det går inte att avgöra om filen är sparad i Windows-1252, en DOS-kodning eller Mac OS Roman.",
            signs.undecided,
        )
    return _which_windows(places)


class _Signs:
    """Where the letters of each family stand: the offset of the first of its kind, or None."""

    def __init__(self, places: Mapping[Place, int]) -> None:
        self.windows_in_word = _first(places, _WINDOWS_LETTERS, _in_word)
        self.windows_at_start = _first(places, _WINDOWS_LETTERS, _starts_word)
        windows = _first(places, _WINDOWS_LETTERS, _touches_letter)
        self.dos_in_word = _first(places, _DOS_LETTERS, _is_surely_dos)
        dos = _first(places, _DOS_LETTERS - {_QUOTE_OR_O}, _touches_letter)
        dos_space = _first(places, frozenset(b"\xff"), _between_digits)
        quotation = _first(places, frozenset((0x93, _QUOTE_OR_O)), _opens_quotation)
        quote_or_o = _first(places, frozenset((_QUOTE_OR_O,)), _touches_letter)
        mac = _first(places, _MAC_LETTERS, _in_word)
        has_dos_vowels = _first(places, _DOS_VOWELS, _in_word) is not None
        self.mac_in_word = (
            None if has_dos_vowels or mac == _first(places, frozenset((0x9A,)), _in_word) else mac
        )
        self.is_dos = self.dos_in_word is not None or (
            windows is None
            and quotation is None
            and mac is None
            and (dos is not None or dos_space is not None)
        )
        self.undecided = dos if windows is not None or quotation is not None else None
        if windows is None and self.undecided is None:
            self.undecided = mac if mac is not None else quote_or_o if quotation is None else None


def _first(
    places: Mapping[Place, int], bytes_: frozenset[int], stands: Callable[[Place], bool]
) -> int | None:
    return min((at for place, at in places.items() if place[1] in bytes_ and stands(place)), default=None)


def _in_word(place: Place) -> bool:
    return place[0] in _LETTERS and place[2] in _LETTERS


def _touches_letter(place: Place) -> bool:
    return place[0] in _LETTERS or place[2] in _LETTERS


def _starts_word(place: Place) -> bool:
    return place[0] < 0x80 and place[0] not in _LETTERS and place[2] in _LOWER


def _between_digits(place: Place) -> bool:
    return place[0] in _DIGITS and place[2] in _DIGITS


def _opens_quotation(place: Place) -> bool:
    """A quotation mark before a capital; an ö never stands before one."""
    return place[0] not in _LETTERS and place[2] in _UPPER


def _is_surely_dos(place: Place) -> bool:
    """In a word; or what Windows has as ™ or † before a small letter, where DOS begins a word with Ö or å."""
    return _in_word(place) or (place[1] in (0x99, 0x86) and _starts_word(place)) or (
        place[1] in _NEVER_IN_WINDOWS and _touches_letter(place)
    )  # fmt: skip


# --- within a family ---


def _which_windows(places: Mapping[Place, int]) -> Reading:
    """Windows-1252, unless signs that ISO-8859-15 has elsewhere all mean something there only."""
    present = {byte for _before, byte, _after in places}
    if never := present & _NEVER_IN_WINDOWS:
        at = min(at for place, at in places.items() if place[1] in never)
        raise Undecided(
            "Tecknen hör varken till UTF-8, Windows-1252, ISO-8859-15 eller code page 437/850.", at
        )
    if present & _C1 or not present & _NOT_LATIN9:
        return Reading(WINDOWS)
    differ = {place: at for place, at in places.items() if place[1] in _NOT_LATIN9}
    latin9 = [place for place in differ if _means_latin9(place)]
    if len(latin9) == len(differ):
        return Reading(
            LATIN9, "Eurotecken vid ett tal, eller š, ž, œ inne i ett ord, och inget tecken ur Windows."
        )
    if latin9 or _EURO in {place[1] for place in differ}:
        raise Undecided(
            "Det går inte att avgöra om filen är sparad i Windows-1252 eller ISO-8859-15.",
            min(differ.values()),
        )
    return Reading(WINDOWS, "Tecken som ´ ½ ¨ står där de hör hemma i Windows-1252.")


def _means_latin9(place: Place) -> bool:
    before, byte, after = place
    if byte == _EURO:
        beside = before in _SPACES or (before, after) == _PARENTHESES
        return bool({before, after} & _DIGITS) or (beside and after not in _LETTERS)
    if byte in b"\xa8\xb8\xbd":  # š ž œ; else ¨ ¸ ½
        return before in _LOWER and after in _LOWER
    return byte == 0xA6 and after in _LOWER and before not in _LETTERS  # Š; else ¦


def _which_dos(places: Mapping[Place, int]) -> Reading:
    """Code page 437, unless signs that 850 has elsewhere are letters in a word there."""
    differ = {place: at for place, at in places.items() if place[1] in _where_dos_differs()}
    if not differ:
        return Reading(DOS)
    if all(_touches_letter(place) and _is_letter(place[1], DOS_LATIN1) for place in differ):
        return Reading(DOS_LATIN1, "Bokstäver som ø, ã och í inne i ord finns bara i code page 850.")
    if not any(_touches_letter(place) or not _is_drawn(place) for place in differ):
        return Reading(DOS, "Ramlinjer och matematiska tecken finns bara i code page 437.")
    raise Undecided(
        "Det går inte att avgöra om filen är sparad i code page 437 eller 850.", min(differ.values())
    )


def _is_drawn(place: Place) -> bool:
    """A sign, or what 850 has as a letter in the middle of a frame."""
    return not _is_letter(place[1], DOS_LATIN1) or bool({place[0], place[2]} & _FRAME)


@cache
def _where_dos_differs() -> frozenset[int]:
    return frozenset(
        b for b in range(0x80, 0x100) if bytes((b,)).decode(DOS) != bytes((b,)).decode(DOS_LATIN1)
    )


def _is_letter(byte: int, codec: str) -> bool:
    return bytes((byte,)).decode(codec).isalpha()


def places_in(text: bytes, offset: int) -> Iterable[tuple[Place, int]]:
    """The distinct places of `text[1:-1]`, each with the offset in the file of its first; offset: of `text[1]`."""
    import numpy as np

    octets = np.frombuffer(text, np.uint8).astype(np.uint32)
    high = np.flatnonzero(octets[1:-1] >= 0x80)
    codes = (octets[high] << 16) | (octets[high + 1] << 8) | octets[high + 2]
    distinct, first = np.unique(codes, return_index=True)
    for code, at in zip(distinct.tolist(), high[first].tolist(), strict=True):
        yield (code >> 16, code >> 8 & 0xFF, code & 0xFF), offset + at
