"""Personal identity numbers: recognised, normalised, turned into keyed pseudonyms. Never logged, shown or
kept.

A pseudonym is the first 32 hex digits of HMAC-SHA-256(key, association, normalised number): the same person
has the same pseudonym within an association, another one in the next, and there is no way back.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa

    from ingestion.feed import Feed

PSEUDONYM_LENGTH = 32
_READ_BYTES = 1 << 20
# Digits in the shape of a personal number, with month and day (day + 60: samordningsnummer).
_BIRTH_SHAPE = r"(?:1[89]|20)?[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]|6[1-9]|[78][0-9]|9[01])"
PERSON_SHAPE = _BIRTH_SHAPE + r"(?: ?[-+–−‐] ?| )?[0-9]{4}"
_IN_TEXT = re.compile(rf"(?<![0-9])({PERSON_SHAPE})(?![0-9])")
# Anything a mistyped personal number could be: never shown, though it fails its check digit.
_SHOWN_SHAPE = re.compile(r"(?<![0-9])(?:[0-9]{6}|[0-9]{8})\s?[-+–−]?\s?[0-9]{4}(?![0-9])")
_NUMBER = re.compile(r"([0-9]{2})?([0-9]{2})([0-9]{2})([0-9]{2})([-+]?)([0-9]{4})")
_OWN_ID = re.compile(r"(?=.*[0-9])[A-ZÅÄÖ0-9](?:[A-ZÅÄÖ0-9 ./_-]{0,18}[A-ZÅÄÖ0-9])?")
_INTERIM = re.compile(r"(?:[0-9]{2})?[0-9]{6}[-+]?[A-Z][0-9]{3}")
_LETTERS_LIKE_DIGITS = str.maketrans("OIL", "011")
_LONGEST_NUMERIC_OWN_ID = 6
_DASHES = str.maketrans({"–": "-", "−": "-", "‐": "-", "\u2011": "-"})


class PersonKeyProblem(ValueError):
    """The cell is neither a personal number nor an own id. Its message never holds the value."""


def passes_luhn(ten_digits: str) -> bool:
    """True where the check digit of a ten-digit number is right."""
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(ten_digits))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def normalise_person_key(text: str, reference_year: int) -> str:
    """The number as it is keyed: twelve digits, or `own:` and an own id in capitals.

    reference_year: the delivery's year; a two-digit birth year is the latest one not after it (`+`: a hundred
    years earlier), so that the same file always gives the same person. Raises PersonKeyProblem.
    """
    bare = " ".join(text.translate(_DASHES).split()).upper()
    found = _NUMBER.fullmatch(bare.replace(" ", ""))
    if found:
        return _normalise_number(found, reference_year)
    if _OWN_ID.fullmatch(bare) and not _is_broken_number(bare) and not _is_misread(bare, reference_year):
        return f"own:{bare}"
    raise PersonKeyProblem("varken ett personnummer, ett samordningsnummer eller ett eget löpnummer")


def _is_broken_number(bare: str) -> bool:
    """Digits too long for a running number: most likely a personal number that lost a digit on the way."""
    digits = re.sub(r"[^0-9]", "", bare)
    return not re.search(r"[A-ZÅÄÖ]", bare) and len(digits) > _LONGEST_NUMERIC_OWN_ID


def _is_misread(bare: str, reference_year: int) -> bool:
    """A personal number with a letter O or I for a digit; an interim number has its letter in a place of its own."""
    compact = bare.replace(" ", "")
    if _INTERIM.fullmatch(compact) or not (
        found := _NUMBER.fullmatch(compact.translate(_LETTERS_LIKE_DIGITS))
    ):
        return False
    try:
        return bool(_normalise_number(found, reference_year))
    except PersonKeyProblem:
        return False


def _normalise_number(found: re.Match[str], reference_year: int) -> str:
    century, year, month, day, sign, last = found.groups()
    if not passes_luhn(f"{year}{month}{day}{last}"):
        raise PersonKeyProblem("kontrollsiffran stämmer inte")
    full_year = int(f"{century}{year}") if century else _birth_year(int(year), sign, reference_year)
    if not _is_birth_date(full_year, int(month), int(day)) or not 1840 <= full_year <= reference_year:
        raise PersonKeyProblem("födelsedatumet finns inte")
    return f"{full_year}{month}{day}{last}"


def _birth_year(two_digits: int, sign: str, reference_year: int) -> int:
    latest = reference_year - (reference_year - two_digits) % 100
    return latest - 100 if sign == "+" else latest


def _is_birth_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day - 60 if day > 60 else day)
    except ValueError:
        return False
    return True


def looks_personal(text: str) -> bool:
    """True where the text holds something that passes for a personal or samordningsnummer, check digit included."""
    for found in _IN_TEXT.finditer(text):
        digits = re.sub(r"[^0-9]", "", found.group(1))[-10:]
        if passes_luhn(digits):
            return True
    return False


def shows_person(text: str) -> bool:
    """True where showing the text could show a personal number, mistyped ones included."""
    return _SHOWN_SHAPE.search(text) is not None


def masked(text: str) -> str:
    """The text with anything that could be a personal number, mistyped ones included, put out of sight."""
    return _SHOWN_SHAPE.sub("••••••••", text)


def pseudonym(key: bytes, association_id: str, number: str) -> str:
    """The pseudonym of a normalised number or own id within an association, 32 hex digits."""
    return pseudonymiser(key, association_id)(number)


def pseudonymiser(key: bytes, association_id: str) -> Callable[[str], str]:
    """A function from normalised number to pseudonym; the keyed state is made once and copied for each number."""
    inner, outer = _hmac_states(key)
    inner.update(association_id.encode() + b"\0")

    def make(number: str) -> str:
        first = inner.copy()
        first.update(number.encode())
        second = outer.copy()
        second.update(first.digest())
        return second.hexdigest()[:PSEUDONYM_LENGTH]

    return make


def _hmac_states(key: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    """The two SHA-256 states of HMAC (RFC 2104), ready to be copied: three times as fast as hmac.copy()."""
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    return (
        hashlib.sha256(bytes(byte ^ 0x36 for byte in block)),
        hashlib.sha256(bytes(byte ^ 0x5C for byte in block)),
    )


def content_id(path: Path, feed: Feed, key: bytes) -> str:
    """What the file's bytes are called: SHA-256 in hex, keyed for feeds that hold persons.

    An unkeyed hash of a small personal file could be found by trying numbers.
    """
    digest = hmac.new(key, digestmod=hashlib.sha256) if feed.is_personal else hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


class PersonKeys:
    """Turns a column of person keys into pseudonyms, block by block, without keeping any of them."""

    def __init__(self, key: bytes, association_id: str, reference_year: int) -> None:
        self._make = pseudonymiser(key, association_id)
        self.reference_year = reference_year

    def pseudonyms(self, texts: pa.Array) -> list[str | None]:
        """A pseudonym per cell; None where the cell is blank or cannot be read."""
        plain = self._plain_numbers(texts)
        return [
            self._make(number) if number is not None else self._one(text)
            for number, text in zip(plain, texts.to_pylist(), strict=True)
        ]

    def anonymous(self, row_number: int) -> str:
        """The pseudonym of a participant who has no number: the row's own."""
        return self._make(f"anonymous:{row_number}")

    def _one(self, text: str) -> str | None:
        if not text.strip():
            return None
        try:
            return self._make(normalise_person_key(text, self.reference_year))
        except PersonKeyProblem:
            return None

    def _plain_numbers(self, texts: pa.Array) -> list[str | None]:
        """The twelve digits of cells that are a full number as most registers write it; None for all others.

        Check digit and birth date are judged for the whole block at once: a tenth of the time per cell.
        """
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        is_plain = pc.match_substring_regex(texts, r"^(?:19|20)[0-9]{6}-?[0-9]{4}$")
        places = pc.indices_nonzero(is_plain)
        found: list[str | None] = [None] * len(texts)
        if not len(places):
            return found
        numbers = pc.replace_substring(texts.take(places), "-", "").cast(pa.binary(12))
        digits = np.frombuffer(numbers.buffers()[1], np.uint8).reshape(-1, 12) - ord("0")
        doubled = digits[:, 2:] * np.array([2, 1] * 5, np.uint8)
        passes = (np.where(doubled > 9, doubled - 9, doubled).sum(axis=1) % 10) == 0
        dates = numbers.cast(pa.binary()).cast(pa.string())
        births = pc.utf8_slice_codeunits(dates, 0, 8).dictionary_encode()
        exists = np.array([self._is_birth(text) for text in births.dictionary.to_pylist()], bool)
        good = passes & exists[births.indices.to_numpy()]
        for place, number, is_good in zip(places.to_pylist(), dates.to_pylist(), good.tolist(), strict=True):
            if is_good:
                found[place] = number
        return found

    def _is_birth(self, digits: str) -> bool:
        year = int(digits[:4])
        return year <= self.reference_year and _is_birth_date(year, int(digits[4:6]), int(digits[6:]))
