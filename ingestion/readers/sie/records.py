"""SIE records: the file's lines put together as their writer meant them, and each split into label and fields.

Broken quoting is mended only where one reading is possible and no amount can be touched: a text field that is
not closed, that holds quotes of its own, or that goes on over line ends. Every mend is counted.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from ingestion.readers.encoding import survey
from ingestion.readers.table import DeliveryUnreadable, Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

KNOWN = frozenset(
    [
        "FLAGGA",
        "PROGRAM",
        "FORMAT",
        "GEN",
        "FNAMN",
        "SIETYP",
        "PROSA",
        "FTYP",
        "FNR",
        "ORGNR",
        "ADRESS",
        "TAXAR",
        "KPTYP",
        "VALUTA",
        "BKOD",
        "RAR",
        "OMFATTN",
        "KONTO",
        "KTYP",
        "ENHET",
        "SRU",
        "DIM",
        "UNDERDIM",
        "OBJEKT",
        "IB",
        "UB",
        "RES",
        "OIB",
        "OUB",
        "PSALDO",
        "PBUDGET",
        "VER",
        "TRANS",
        "RTRANS",
        "BTRANS",
        "KSUMMA",
    ]
)
_PC8 = "cp437"  # what #FORMAT PC8 means
_LONGEST_LINE = 1 << 20
_MOST_LINES_JOINED = 50
_COMMENT_SIGNS = ("//", ";", "*", "--", "'", "%")
# Programs write these in another character set than the rest: a file path in Windows', among names in PC8.
_UNREAD = re.compile(rb"(?im)^[ \t]*#(?:FNR|ADRESS|PROSA|FTYP|BKOD|TAXAR)\b[^\r\n]*")
_LABEL = re.compile(r'#([^ \t"{]*)')
# Blanks and tabs only: a no-break space belongs to its field.
_PLAIN = re.compile(r"[^ \t]+")
# An object list's texts have one reading each: with \" for an inner quote, or else with every quote as an end. Tried
# together, a few dozen quotes would have more readings than there is time for.
_OBJECTS = r'(?:"(?:\\"|[^"])*+"|[^{}"])*+(?=\})|(?:"[^"]*+"|[^{}"])*+(?=\})'
_ONE_FIELD = rf'"((?:\\"|[^"])*)"(?=[ \t{{}}]|$)|\{{({_OBJECTS})\}}|([^ \t"{{}}]+)(?=[ \t{{}}]|$)|([{{}}])'
_FIELD = re.compile(rf"[ \t]*(?:{_ONE_FIELD})")
# A run of signs that is no field is passed over whole: from within it, it is none either.
_FIELD_OR_NONE = re.compile(rf'{_ONE_FIELD}|[^ \t"{{}}]+')
# Where a record's text stands among its fields, and what may follow it.
_AFTER_NAME = re.compile(r"[ \t]*+[^ \t\"]*+[ \t]*+")
_AFTER_VOUCHER_TEXT = re.compile(
    r'[ \t]*+(?:(?:[0-9]{6,8}|"")(?:[ \t]++(?:[^ \t"{}]++|"[^"]*"))?|(?<=[ \t])(?:[^ \t"{}]++|"[^"]*"))?'
    r"[ \t]*+\{?[ \t]*+"
)
_AFTER_ROW_TEXT = re.compile(
    r'[ \t]*+(?:(?:-?[0-9.]++|"")(?:[ \t]++(?:[^ \t"{}]++|"[^"]*"))?)?[ \t]*+\}?[ \t]*+'
)
_TEXT_OF = {
    "VER": (3, _AFTER_VOUCHER_TEXT),
    "TRANS": (4, _AFTER_ROW_TEXT),
    "RTRANS": (4, _AFTER_ROW_TEXT),
    "BTRANS": (4, _AFTER_ROW_TEXT),
    "KONTO": (1, _AFTER_NAME),
    "OBJEKT": (2, _AFTER_NAME),
    "DIM": (1, _AFTER_NAME),
    "UNDERDIM": (1, _AFTER_NAME),
    "FNAMN": (0, _AFTER_NAME),
    "PROGRAM": (0, _AFTER_NAME),
}
# What the figures or the year hang on: a record of these that cannot be split refuses the file.
_NEEDED = frozenset(
    ["FNAMN", "SIETYP", "RAR", "KONTO", "IB", "UB", "RES", "PSALDO", "VER", "TRANS", "RTRANS", "KSUMMA"]
)
_EMPTY_FIELD = re.compile(r'[ \t]""$')
# In signs. What is longer is for the parser of all notations, which knows the largest amount.
_LONGEST_AMOUNT = 40
_SPECIFIED = re.compile(r"-?[0-9]+(?:\.[0-9]{1,2})?")
_CANONICAL = re.compile(r"-?[1-9][0-9]*\.[0-9]{2}|0\.00")
_DECIMAL = re.compile(r"-?[0-9]*(?:\.[0-9]*)?")
_GROUP_OR_DECIMALS = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
_DOS_SIGNS = {0x14: "¶", 0x15: "§"}  # code page 437 prints these two control characters
_DOS_BYTES = {ord(sign): code for code, sign in _DOS_SIGNS.items()}
_SCAN_BYTES = 1 << 22


class Objects(str):
    """A field that was an object list: `{` and the inner text. Nothing else of a file is of this type."""

    __slots__ = ()


class Brace(str):
    """A brace that stands on a record's own line."""

    __slots__ = ()


def broken(
    line: int | None, expected_sv: str, remedy_sv: str = "Exportera SIE-filen på nytt ur bokföringen."
) -> DeliveryUnreadable:
    """The refusal of a file whose structure is broken, with the line where it shows."""
    return DeliveryUnreadable(Fault("STR-014", line, None, None, expected_sv, remedy_sv))


# --- lines ---


class Lines:
    """The file's records as text, numbered by their first line. Can be run through again.

    encoding: a Python codec; is_as_declared: whether it is what SIE's `#FORMAT PC8` promises.
    """

    def __init__(self, path: Path, switched_off: frozenset[str] = frozenset()) -> None:
        self.path = path
        try:
            found = survey(path, switched_off, declared=_PC8, unread=_UNREAD)
        except DeliveryUnreadable as problem:
            raise _unreadable_letters(problem.fault) from None
        self.encoding, self.skip = found.encoding, found.skip
        self.encoding_name, self.ends_with_line_end = found.name, found.ends_with_line_end
        self.is_as_declared = self.encoding == _PC8 or (not self.skip and _is_ascii(path))
        self.last_number = 0
        self.last_text = ""
        self.lines_joined = 0

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """Each record with the number of its line; lines that went into the record before come as blank `\\0`."""
        self.lines_joined = 0
        waiting: list[tuple[int, str]] = []
        lines = self._physical()
        while True:
            number, text = waiting.pop(0) if waiting else next(lines, (0, ""))
            if not number:
                return
            if '"' in text and text[0] == "#" and _is_open(text):
                text, used = self._joined(text, lines, waiting)
                yield number, text
                for line in used:
                    yield line, "\0"
            else:
                yield number, text

    def _physical(self) -> Iterator[tuple[int, str]]:
        number = 0
        with self.path.open(encoding=self.encoding, newline=None) as file:
            if self.skip:
                file.read(1)
            while line := file.readline(_LONGEST_LINE):
                number += 1
                if len(line) >= _LONGEST_LINE:
                    raise broken(number, "En SIE-post per rad; raden är orimligt lång.")
                text = line.strip(" \t\r\n\x1a")
                if text:
                    if self.encoding == _PC8 and ("\x15" in text or "\x14" in text):
                        text = text.translate(_DOS_SIGNS)
                    self.last_number, self.last_text = number, text
                yield number, text

    def _joined(
        self, text: str, lines: Iterator[tuple[int, str]], waiting: list[tuple[int, str]]
    ) -> tuple[str, list[int]]:
        """A record whose text goes on over line ends, if a following line that is no record closes it."""
        taken: list[tuple[int, str]] = []
        whole = text
        for number, more in chain(waiting, lines):
            taken.append((number, more))
            if more[:1] in ("#", "{", "}") or len(taken) > _MOST_LINES_JOINED:
                break
            whole = f"{whole} {more}" if more else whole
            if not _is_open(whole):
                waiting[:] = waiting[len(taken) :]
                self.lines_joined += len(taken)
                return whole, [number for number, _text in taken]
        waiting[:] = [*taken, *waiting[len(taken) :]]
        return text, []

    def raw_bytes(self, text: str) -> bytes:
        """The text as the file's own bytes."""
        return in_code_page_437(text) if self.encoding == _PC8 else text.encode(self.encoding)


def in_code_page_437(text: str) -> bytes:
    """The text in SIE's own character set; what it has no character for becomes `?`."""
    return text.translate(_DOS_BYTES).encode("cp437", "replace")


def _is_open(text: str) -> bool:
    return (text.count('"') - text.count('\\"')) % 2 == 1


def _is_ascii(path: Path) -> bool:
    with path.open("rb") as file:
        return all(block.isascii() for block in iter(lambda: file.read(_SCAN_BYTES), b""))


def _unreadable_letters(fault: Fault) -> DeliveryUnreadable:
    what = fault.expected_sv.partition(". ")[2] or fault.expected_sv
    return DeliveryUnreadable(
        Fault(
            fault.rule_id,
            fault.row_number,
            fault.column,
            fault.value,
            f"Text i code page 437 (#FORMAT PC8), UTF-8 eller Windows-1252. {what}",
            "Exportera SIE-filen på nytt ur bokföringen och lämna den utan att öppna och spara den i ett annat program.",
        )
    )


def is_comment(text: str) -> bool:
    """True for a line that no program takes for a record."""
    return text.startswith(_COMMENT_SIGNS)


# --- fields ---


def label_of(text: str) -> str:
    """The label of a line that begins with #, in capitals and without it."""
    found = _LABEL.match(text)
    return found.group(1).upper() if found else ""


def split_record(line: str, number: int, mended: Counter[str] | None = None) -> list[str]:
    """A record's fields, label first; an object list is one field of type Objects. Raises where no one reading is possible."""
    if '"' not in line:
        if "{" not in line and "}" not in line:
            return _PLAIN.findall(line)
        if (
            line.count("{") == 1 and " {} " in line and line[-1] != "}"
        ):  # most transactions: an empty object list
            before, _braces, after = line.partition(" {} ")
            return [*_PLAIN.findall(before), Objects("{"), *_PLAIN.findall(after)]
    fields, at = _fields(line)
    if at >= len(line):
        return fields
    label = label_of(line)
    counts = mended if mended is not None else Counter()
    if (found := _mended(line, label, counts)) is not None:
        return found
    if label in _NEEDED:
        raise broken(number, f"Citattecken och klamrar i par; på rad {number} går fälten inte att skilja åt.")
    counts["records_not_split"] += 1
    return fields or [f"#{label}"]


def _fields(line: str, at: int = 0, most: int | None = None) -> tuple[list[str], int]:
    """The fields from a place on, and where they end: before the end of the line if something cannot be split."""
    fields: list[str] = []
    while at < len(line) and (most is None or len(fields) < most):
        found = _FIELD.match(line, at)
        if found is None:
            return fields, at if line[at:].strip(" \t") else len(line)
        quoted, objects, bare, brace = found.groups()
        if bare is not None:
            fields.append(bare)
        elif quoted is not None:
            fields.append(unescaped(quoted))
        else:
            fields.append(Objects("{" + objects) if objects is not None else Brace(brace))
        at = found.end()
    return fields, at


def _mended(line: str, label: str, counts: Counter[str]) -> list[str] | None:
    """The fields of a record whose text field is not closed, or holds quotes of its own; None where that is not all."""
    place, after = _TEXT_OF.get(label, (0, None))
    fields, at = _fields(line, most=place + 1)
    rest = line[at:].strip(" \t")
    if after is None or len(fields) != place + 1 or not rest:
        return None
    if rest[0] == '"':
        tail = _mended_text(rest[1:], after, counts)
        return None if tail is None else [*fields, *tail]
    if " " in rest or "\t" in rest or "{" in rest:
        return None
    counts["quotes_inside_text"] += 1
    return [*fields, rest]


def _mended_text(inner: str, after: re.Pattern[str], counts: Counter[str]) -> list[str] | None:
    """A text after its opening quote, and the fields after it, if just one quote can be the closing one or none is there."""
    ends = [
        at
        for at, sign in enumerate(inner)
        if sign == '"'
        and inner[at + 1 : at + 2] in ("", " ", "\t", "{", "}")
        and after.fullmatch(inner, at + 1)
    ]
    if len(ends) > 1:  # an empty field after the text is a field, and no end of the text
        ends = [at for at in ends if not _EMPTY_FIELD.search(inner, 0, at + 1)]
    if len(ends) == 1:
        counts["quotes_inside_text"] += 1
        return [unescaped(inner[: ends[0]]), *_fields(inner, ends[0] + 1)[0]]
    if not ends and '"' not in inner.replace('\\"', ""):
        counts["quotes_not_closed"] += 1
        return [unescaped(inner)]
    return None


def unescaped(quoted: str) -> str:
    """A quoted field as it was meant: an inner quote is written with a backslash before it."""
    return quoted.replace('\\"', '"') if "\\" in quoted else quoted


@lru_cache(maxsize=4096)
def objects_by_dimension(objects: str) -> dict[str, str]:
    """An object list as dimension -> object; a child object comes with its parent, both as pairs."""
    codes = object_codes(objects)
    return dict(zip(codes[::2], codes[1::2], strict=False))


def object_codes(objects: str) -> list[str]:
    """The codes of an object list: dimension, object, dimension …"""
    if len(objects) < 2:
        return []
    return [
        unescaped(quoted) if bare is None else bare
        for quoted, _inner, bare, _brace in (found.groups() for found in _FIELD_OR_NONE.finditer(objects[1:]))
        if quoted is not None or bare is not None
    ]


def summed_texts(fields: Iterable[str]) -> str:
    """What #KSUMMA counts of a record: label and fields without separators, quotes and braces."""
    parts: list[str] = []
    for field in fields:
        if isinstance(field, Objects):
            parts.extend(object_codes(field))
        elif not isinstance(field, Brace):
            parts.append(field)
    return "".join(parts)


_DAY = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_DATE_LIKE = re.compile(r"[0-9]{6,8}|[0-9]{4}-[0-9]{2}-[0-9]{2}")


def voucher_fields(fields: list[str]) -> list[str]:
    """#VER's label, series, number, date and text; an empty series where a program has left it out.

    It has where a day stands in the number's place, and no day in the day's.
    """
    label, series, number, day, text = (*fields, "", "", "", "")[:5]
    is_left_out = (
        _DAY.fullmatch(number) and not _DATE_LIKE.fullmatch(day) and (day.strip() or series.isdigit())
    )
    return [label, "", series, number, day] if is_left_out else [label, series, number, day, text]


# --- amounts ---


def plain_amount(text: str) -> str | None:
    """An amount as SIE writes it, canonical (`-12.50`); None for any other notation, parts of an öre, and far too many digits.

    Decimals after the second are read only where they are zeros and cannot be a group of thousands.
    """
    if len(text) > _LONGEST_AMOUNT:
        return None
    if _CANONICAL.fullmatch(text):
        return text
    if _SPECIFIED.fullmatch(text):
        kronor, _point, ore = text.partition(".")
        digits = kronor.lstrip("-").lstrip("0")
        is_negative = kronor[0] == "-" and (digits or ore.strip("0"))
        return f"{'-' if is_negative else ''}{digits or '0'}.{ore:0<2}"
    if (
        not _DECIMAL.fullmatch(text)
        or not any(sign.isdigit() for sign in text)
        or _GROUP_OR_DECIMALS.fullmatch(text)
    ):
        return None
    whole, _point, decimals = text.partition(".")
    if decimals[2:].strip("0"):
        return None
    return plain_amount(f"{'-' if whole[:1] == '-' else ''}{whole.lstrip('-') or '0'}.{decimals[:2]:0<2}")
