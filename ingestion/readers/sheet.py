"""What both kinds of workbook hand on: sheets of rows, each cell as the exact text it stands for. No file is opened here.

A stored number is a float; what it means stands in the cell's number format. Digits are the fifteen Excel
keeps, dates become ISO text, and a number shown with leading zeros keeps them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from ingestion.readers.table import DeliveryUnreadable, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DateSystem = Literal["1900", "1904"]

MOST_ROWS, MOST_COLUMNS = 1 << 20, 1 << 14
LONGEST_CELL = 1 << 20
"""Characters. Excel ends at 32,767; what is longer than the contract allows is told by its own rule (VAL-006)."""

TOO_LONG = "många siffror"
"""The value of a flaw: a number that a workbook has rounded, so that its last digits are gone."""

_LARGEST_EXACT = 10**15
_PLAIN_INTEGER = re.compile(r"-?[1-9][0-9]{0,14}|0", re.ASCII)
_SECONDS_PER_DAY = 86_400
_LAST_SERIAL = {"1900": 2_958_465, "1904": 2_957_003}  # 9999-12-31
_LEAP_DAY_THAT_NEVER_WAS = 60  # Excel counts a 29 February 1900
_QUOTED = re.compile(r'"([^"]*)"|\\(.)|\[(?!hh?\]|mm?\]|ss?\])[^\]]*\]', re.IGNORECASE)
_MASK = re.compile(r"0{2,}|0+(?:[- /]0+)+")
_SURROGATE_FREE_TEXT = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]*")


class Block(NamedTuple):
    """A merged block of cells, numbered from 1, ends included."""

    top: int
    left: int
    bottom: int
    right: int

    def __str__(self) -> str:
        return f"{column_letters(self.left)}{self.top}:{column_letters(self.right)}{self.bottom}"


class Flaw(NamedTuple):
    """A cell that has no value of its own. column: from 0. value: what it shows, where that says something."""

    column: int
    rule_id: str
    value: str | None = None


@dataclass(frozen=True)
class SheetRow:
    """A row in which something is written. cells end with the last one that has text or a flaw."""

    number: int
    cells: list[str]
    flaws: tuple[Flaw, ...] = ()
    is_hidden: bool = False


class Sheet(Protocol):
    """One sheet of cells. padded_cells counts, while rows are drawn, the numbers that got the zeros they show."""

    name: str
    is_visible: bool
    is_filtered: bool
    padded_cells: int

    @property
    def merged(self) -> Sequence[Block]:
        """Merged blocks of cells."""

    @property
    def hidden_columns(self) -> int:
        """How many columns are hidden; known when the rows are drawn."""

    def rows(self) -> Iterator[SheetRow]:
        """The rows that hold something, in order. Raises DeliveryUnreadable where the sheet is damaged."""


class Book(Protocol):
    """An opened workbook."""

    @property
    def kind(self) -> str:
        """`xlsx` or `xls`, by its bytes, whatever the file is called."""

    @property
    def date_system(self) -> DateSystem:
        """The day its serial numbers count from."""

    @property
    def sheets(self) -> Sequence[Sheet]:
        """Its sheets of cells; charts and dialogues are none."""

    def close(self) -> None:
        """Close the file."""


def unreadable(
    what: str, remedy_sv: str = "Öppna filen i Excel, spara den som .xlsx och lämna den igen."
) -> DeliveryUnreadable:
    """The refusal of a workbook that cannot be read exactly (STR-003)."""
    return DeliveryUnreadable(
        Fault("STR-003", None, None, None, f"En läsbar arbetsbok (.xlsx eller .xls). {what}", remedy_sv)
    )


def column_letters(column: int) -> str:
    """The letters of a column numbered from 1: 28 is AB."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@dataclass(frozen=True)
class NumberFormat:
    """How a number is shown, as far as that changes what it is."""

    is_date: bool = False
    has_day: bool = False
    is_duration: bool = False
    mask: str | None = None


@lru_cache(4096)
def number_format(code: str) -> NumberFormat:
    """The meaning of a format code; only its first section counts, the one for positive numbers."""
    from openpyxl.styles.numbers import is_date_format, is_timedelta_format

    first = code.split(";", maxsplit=1)[0]
    if is_timedelta_format(first):
        return NumberFormat(is_duration=True)
    if is_date_format(first):
        return NumberFormat(is_date=True, has_day=bool(re.search("[dy]", _QUOTED.sub("", first), re.I)))
    shown = _QUOTED.sub(lambda found: found[1] or found[2] or "", first)
    return NumberFormat(mask=shown if _MASK.fullmatch(shown) else None)


def number_text(stored: str, shown: NumberFormat, date_system: DateSystem) -> str | None:
    """A stored number as text; None where it has more digits than a workbook can hold.

    A date format outside the calendar, such as Excel shows as ####, leaves the bare number. Raises ValueError,
    ArithmeticError.
    """
    if shown.is_date or shown.is_duration:
        moment = _moment(stored, shown, date_system)
        if moment is not None:
            return moment
    text = stored if _PLAIN_INTEGER.fullmatch(stored) else _fifteen_digits(stored)
    if text is None or shown.mask is None or not text.isdigit():
        return text
    return _masked(text, shown.mask)


def _fifteen_digits(stored: str) -> str | None:
    number = float(stored)
    if not abs(number) < _LARGEST_EXACT:
        return None
    return f"{Decimal(format(number, '.15g')):f}" if number else "0"


def _masked(digits: str, mask: str) -> str:
    """380 under 0000 is 0380; 8001 under 000-000 is 008-001. Too many digits stand in front, as Excel shows them."""
    padded = digits.zfill(mask.count("0"))
    shown, left = [], len(padded)
    for sign in reversed(mask):
        left -= sign == "0"
        shown.append(padded[left] if sign == "0" else sign)
    return padded[:left] + "".join(reversed(shown))


def _moment(stored: str, shown: NumberFormat, date_system: DateSystem) -> str | None:
    serial = Decimal(stored)
    # looked at before it is a whole number: a billion digits take more than a night to write out
    if not 0 <= serial <= _LAST_SERIAL[date_system] + 1:
        return None
    days = int(serial)
    seconds = round((serial - days) * _SECONDS_PER_DAY)
    days, seconds = days + seconds // _SECONDS_PER_DAY, seconds % _SECONDS_PER_DAY
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    if shown.is_duration:
        return f"{days * 24 + hours}:{minutes:02}:{seconds:02}"
    clock = f"{hours:02}:{minutes:02}:{seconds:02}"
    if not days and not shown.has_day:
        return clock
    day = serial_date(days, date_system)
    if day is None or clock == "00:00:00":
        return day
    return f"{day} {clock}"


def serial_date(days: int, date_system: DateSystem) -> str | None:
    """The day of a whole serial number as ISO text; None for one that no almanac has."""
    if days > _LAST_SERIAL[date_system]:
        return None
    if date_system == "1904":
        return (date(1904, 1, 1) + timedelta(days)).isoformat() if days >= 0 else None
    if days < 1 or days == _LEAP_DAY_THAT_NEVER_WAS:
        return None
    first = date(1899, 12, 30) if days > _LEAP_DAY_THAT_NEVER_WAS else date(1899, 12, 31)
    return (first + timedelta(days)).isoformat()


def iso_text(stored: str) -> str:
    """A date stored as ISO text, without its midnight."""
    text = stored.strip().removesuffix("Z").replace("T", " ", 1)
    return re.sub(r" 00:00(?::00(?:\.0+)?)?$", "", text)


def is_storable(text: str) -> bool:
    """False where text holds NUL, another control character or half a character, which no database takes."""
    return _SURROGATE_FREE_TEXT.fullmatch(text) is not None
