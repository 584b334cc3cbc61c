"""Personal identity numbers: recognised, normalised, turned into keyed pseudonyms. Never logged, shown or
kept.

A pseudonym is the first 32 hex digits of HMAC-SHA-256(key, association, normalised number): the same person
has the same pseudonym within an association, another one in the next, and there is no way back.

A key that is added later makes the next pseudonym of the former one, HMAC-SHA-256(key 2, pseudonym 1): whoever is delivered
goes through all keys in order, and what came before can follow without anybody's number.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import pyarrow as pa

    from ingestion.feed import Feed

PSEUDONYM_LENGTH = 32
_READ_BYTES = 1 << 20
# Digits in the shape of a personal number, with month and day (day + 60: samordningsnummer).
_BIRTH_SHAPE = r"(?:1[89]|20)?[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]|6[1-9]|[78][0-9]|9[01])"
PERSON_SHAPE = _BIRTH_SHAPE + r"(?: ?[-+–−‐] ?| )?[0-9]{4}"
# The same among bytes, whatever their encoding: a dash has up to three.
PERSON_DIGITS = re.compile((_BIRTH_SHAPE + r"[^0-9;,\t\n]{0,5}[0-9]{4}").encode())
_IN_TEXT = re.compile(rf"(?<![0-9])({PERSON_SHAPE})(?![0-9])")
# Anything a mistyped personal number could be: never shown, though it fails its check digit.
_SHOWN_SHAPE = re.compile(r"(?<![0-9])(?:[0-9]{6}|[0-9]{8})\s?[-+–−]?\s?[0-9]{4}(?![0-9])")
_NUMBER = re.compile(r"([0-9]{2})?([0-9]{2})([0-9]{2})([0-9]{2})([-+]?)([0-9]{4})")
_OWN_ID = re.compile(r"(?=.*[0-9])[A-ZÅÄÖ0-9](?:[A-ZÅÄÖ0-9 ./_-]{0,18}[A-ZÅÄÖ0-9])?")
_INTERIM = re.compile(r"(?:[0-9]{2})?[0-9]{6}[-+]?[A-Z][0-9]{3}")
_LETTERS_LIKE_DIGITS = str.maketrans("OIL", "011")
_LONGEST_NUMERIC_OWN_ID = 6
# Own ids in the form they are keyed in, with a letter or few digits: what RE2 can tell of a whole column.
_PLAIN_OWN_ID = r"^(?:[0-9]{1,6}|[A-Z][A-Z0-9._/-]{0,18}[0-9])$"
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


def masked_throughout(notes: Any) -> Any:
    """What a reader noted, without anything that could be a personal number in its texts."""
    if isinstance(notes, dict):
        return {name: masked_throughout(value) for name, value in notes.items()}
    if isinstance(notes, (list, tuple)):
        return [masked_throughout(value) for value in notes]
    return masked(notes) if isinstance(notes, str) else notes


def pseudonym(key: bytes, association_id: str, number: str) -> str:
    """The pseudonym of a normalised number or own id within an association, 32 hex digits."""
    return pseudonymiser(key, association_id)(number)


def pseudonyms(keys: Sequence[bytes], association_id: str, number: str) -> list[str]:
    """The pseudonym of a normalised number or own id under every key in turn, the oldest first."""
    made = [pseudonym(keys[0], association_id, number)]
    for later in keys[1:]:
        made.append(next_pseudonym(later, made[-1]))
    return made


def next_pseudonym(key: bytes, former: str) -> str:
    """What a pseudonym becomes under a key added after those that it was made with."""
    return hmac.new(key, former.encode(), hashlib.sha256).hexdigest()[:PSEUDONYM_LENGTH]


def fingerprint(key: bytes) -> str:
    """Tells a key from others without giving it away."""
    return hmac.new(key, b"finsam pseudonym key", hashlib.sha256).hexdigest()[:16]


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

    def __init__(
        self, key: bytes, association_id: str, reference_year: int, later_keys: Sequence[bytes] = ()
    ) -> None:
        self._first, self._later = pseudonymiser(key, association_id), tuple(later_keys)
        self._digests = _digester(key, association_id)
        self._onward = [_digester(later) for later in later_keys]
        self.reference_year = reference_year

    def pseudonyms(self, texts: pa.Array) -> pa.Array:
        """A pseudonym per cell; null where the cell is blank or cannot be read."""
        import pyarrow as pa

        plain, is_plain = self._plain_keys(texts)
        digests = self._digests(plain.to_pylist())
        for onward in self._onward:
            digests = onward(_as_texts(digests))
        made = _as_hex(digests)
        if len(made) == len(texts):
            return made
        others: list[str | None] = [self._one(text) for text in texts.filter(pa.array(~is_plain)).to_pylist()]
        both = pa.concat_arrays([made, pa.array(others, pa.string())])
        return both.take(pa.array(_places_of(is_plain)))

    def anonymous(self, row_number: int) -> str:
        """The pseudonym of a participant who has no number: the row's own."""
        return self._make(f"anonymous:{row_number}")

    def _make(self, number: str) -> str:
        made = self._first(number)
        for later in self._later:
            made = next_pseudonym(later, made)
        return made

    def _one(self, text: str | None) -> str | None:
        if not text or not text.strip():
            return None
        try:
            return self._make(normalise_person_key(text, self.reference_year))
        except PersonKeyProblem:
            return None

    def _plain_keys(self, texts: pa.Array) -> tuple[pa.Array, Any]:
        """What is keyed of the cells written as most registers do, as bytes, and which cells those are.

        Their form is judged for the whole block at once: a tenth of the time per cell.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        numbers, is_number = self._plain_numbers(texts)
        if is_number.all():
            return numbers, is_number
        is_own = _mask(pc.match_substring_regex(texts, _PLAIN_OWN_ID))
        own = pc.binary_join_element_wise("own:", texts.filter(pa.array(is_own)), "")
        is_plain = is_number | is_own
        order = _places_of(is_number[is_plain])
        return pa.concat_arrays([numbers, own.cast(pa.binary())]).take(pa.array(order)), is_plain

    def _plain_numbers(self, texts: pa.Array) -> tuple[pa.Array, Any]:
        """The twelve digits of the cells that are a full number, and which cells those are: check digit and
        birth date are right."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        is_plain = _mask(pc.match_substring_regex(texts, r"^(?:19|20)[0-9]{6}-?[0-9]{4}$"))
        if not is_plain.any():
            return pa.array([], pa.binary()), is_plain
        numbers = pc.replace_substring(texts.filter(pa.array(is_plain)), "-", "").cast(pa.binary(12))
        digits = np.frombuffer(numbers.buffers()[1], np.uint8).reshape(-1, 12) - ord("0")
        doubled = digits[:, 2:] * np.array([2, 1] * 5, np.uint8)
        passes = (np.where(doubled > 9, doubled - 9, doubled).sum(axis=1) % 10) == 0
        numbers = numbers.cast(pa.binary())
        births = pc.binary_slice(numbers, 0, 8).dictionary_encode()
        exists = np.array([self._is_birth(text) for text in births.dictionary.to_pylist()], bool)
        good = passes & exists[births.indices.to_numpy()]
        is_plain[is_plain] = good
        return numbers.filter(pa.array(good)), is_plain

    def _is_birth(self, digits: bytes) -> bool:
        year = int(digits[:4])
        return year <= self.reference_year and _is_birth_date(year, int(digits[4:6]), int(digits[6:]))


def _digester(key: bytes, association_id: str | None = None) -> Callable[[Iterable[bytes]], bytes]:
    """As `pseudonymiser` for many numbers: their pseudonyms' bytes on end. One tight loop, as it is what costs.

    Without association: of pseudonyms, which are the association's already.
    """
    import numpy as np

    inner, outer = _hmac_states(key)
    if association_id is not None:
        inner.update(association_id.encode() + b"\0")
    begin_inner, begin_outer, kept = inner.copy, outer.copy, PSEUDONYM_LENGTH // 2

    def digests(numbers: Iterable[bytes]) -> bytes:
        made = []
        for number in numbers:
            first = begin_inner()
            first.update(number)
            second = begin_outer()
            second.update(first.digest())
            made.append(second.digest())
        whole = np.frombuffer(b"".join(made), np.uint8).reshape(-1, outer.digest_size)
        return whole[:, :kept].tobytes()

    return digests


def _as_texts(digests: bytes) -> list[bytes]:
    """Pseudonyms on end as one text each."""
    text = digests.hex().encode()
    return [text[at : at + PSEUDONYM_LENGTH] for at in range(0, len(text), PSEUDONYM_LENGTH)]


def _as_hex(digests: bytes) -> pa.Array:
    """Pseudonyms on end as a text column, one buffer and no text per row."""
    import numpy as np
    import pyarrow as pa

    count = len(digests) * 2 // PSEUDONYM_LENGTH
    offsets = np.arange(count + 1, dtype=np.int32) * PSEUDONYM_LENGTH
    data = pa.py_buffer(digests.hex().encode())
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), data)


def _mask(found: pa.Array) -> Any:
    """A mask as numpy has it; null is not."""
    import pyarrow.compute as pc

    return pc.fill_null(found, False).to_numpy(zero_copy_only=False)


def _places_of(is_first: Any) -> Any:
    """Where each cell stands in a column made of those the mask points out, followed by the others."""
    import numpy as np

    places = np.empty(len(is_first), np.int64)
    places[is_first] = np.arange(count := int(is_first.sum()))
    places[~is_first] = np.arange(count, len(is_first))
    return places
