"""Dates, years and periods as senders write them to canonical text, or a ValueProblem. Pure; no clock is asked."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from ingestion.cells import ValueProblem, parse_text, tidy

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
FIRST_SHORT_YEAR = 1990
"""A year of two digits is the one from 1990 to 2089: no association is older than the act of 2003."""

DateSystem = Literal["1900", "1904"]
Grain = Literal["year", "half_year", "tertial", "quarter", "month", "week"]

MONTHS = (
    "januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december",
)  # fmt: skip
_MONTH_NUMBERS = {
    word: number
    for number, name in enumerate(MONTHS, 1)
    for word in (name, name[:3], f"{name[:3]}.", *(("sept", "sept.") if name == "september" else ()))
}
_MONTH = "|".join(re.escape(word) for word in sorted(_MONTH_NUMBERS, key=len, reverse=True))
_MIDNIGHT = r"(?:[ T]00:00(?::00(?:\.0+)?)?)?"

_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_MIDNIGHT}", re.ASCII)
_EIGHT_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_SIX_DIGITS = re.compile(r"(\d{2})(\d{2})(\d{2})", re.ASCII)
_IN_WORDS = re.compile(rf"(?:den )?(\d{{1,2}})(?::e)? ({_MONTH}) (\d{{4}})", re.ASCII | re.IGNORECASE)
_YEAR_LAST = re.compile(r"(\d{1,2}) ?([-/. ]) ?(\d{1,2}) ?(?:\2 ?| )(\d{4})", re.ASCII)
_SERIAL = re.compile(r"\d{5}(?:\.0+)?", re.ASCII)


def parse_date(text: str, date_system: DateSystem | None = None) -> str:
    """A date as `2017-03-01`. Raises ValueProblem (VAL-002).

    Reads ISO, `20170301`, `2017/3/1`, `170301` and `1 mars 2017`. Day and month in unknown order (`03/01/2017`) are
    refused even where one exceeds twelve: the file's other dates are then no safer. date_system: of the workbook
    the cell stands in; a bare serial number is a date only there.
    """
    bare = tidy(text)
    if found := _YEAR_FIRST.fullmatch(bare):
        return _existing(found[1], found[3], found[4])
    if found := _EIGHT_DIGITS.fullmatch(bare):
        return _existing(*found.groups())
    if found := _SIX_DIGITS.fullmatch(bare):
        return _short_date(*found.groups())
    if found := _IN_WORDS.fullmatch(bare):
        return _existing(found[3], str(_MONTH_NUMBERS[found[2].lower()]), found[1])
    if _SERIAL.fullmatch(bare):
        return _serial_date(int(bare.partition(".")[0]), date_system)
    if found := _YEAR_LAST.fullmatch(bare):
        raise _unclear_order(int(found[1]), int(found[3]), int(found[4]))
    raise _date_problem(
        "Ett datum som 2017-03-01, 20170301 eller 1 mars 2017.",
        "Skriv år, månad och dag i den ordningen, eller formatera cellen som datum.",
    )


def _existing(year: str, month: str, day: str) -> str:
    if not EARLIEST_YEAR <= int(year) <= LATEST_YEAR:
        raise _date_problem(f"Ett årtal mellan {EARLIEST_YEAR} och {LATEST_YEAR}.", "Rätta årtalet.")
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise _date_problem("Ett datum som finns i almanackan.", "Rätta dagen eller månaden.") from None


def _short_date(year: str, month: str, day: str) -> str:
    full_year = FIRST_SHORT_YEAR + (int(year) - FIRST_SHORT_YEAR) % 100
    if year == "20" and 1 <= int(month) <= 12 and 1 <= int(day) <= 12:
        raise _date_problem(
            f"Ett entydigt datum; det kan vara dagen 2020-{month}-{day} eller månaden 20{month}-{day}.",
            f"Skriv året med fyra siffror och bindestreck: 2020-{month}-{day}, om det är dagen som menas.",
        )
    return _existing(str(full_year), month, day)


def _serial_date(serial: int, date_system: DateSystem | None) -> str:
    if date_system is not None:
        return _of_serial(serial, date_system).isoformat()
    guess = _of_serial(serial, "1900").isoformat()
    raise _date_problem(
        f"Ett datum; talet ser ut som Excels löpnummer för dagen {guess}.",
        f"Formatera kolumnen som datum i Excel innan filen sparas, eller skriv {guess} om det är dagen som menas.",
    )


def _of_serial(serial: int, date_system: DateSystem) -> date:
    # Excel counts a 29 February 1900 that never was; five digits all lie after it
    first = date(1904, 1, 1) if date_system == "1904" else date(1899, 12, 30)
    found = first + timedelta(days=serial)
    if not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
        raise _date_problem(
            f"Ett datum mellan {EARLIEST_YEAR} och {LATEST_YEAR}; talet är för stort för att vara ett.",
            "Se efter att det är ett datum som står i cellen.",
        )
    return found


def _unclear_order(first: int, second: int, year: int) -> ValueProblem:
    readings = []
    for month, day in ((second, first), (first, second)):
        try:
            readings.append(date(year, month, day))
        except ValueError:
            continue
    readings = list(dict.fromkeys(readings))
    if not readings or not EARLIEST_YEAR <= year <= LATEST_YEAR:
        return _date_problem(
            "Ett datum som finns i almanackan, med året först.",
            "Skriv år, månad och dag i den ordningen, till exempel 2017-03-01.",
        )
    in_words = " eller ".join(f"{day.day} {MONTHS[day.month - 1]} {day.year}" for day in readings)
    return _date_problem(
        f"Ett datum med året först; dag och månad har ingen given ordning här ({in_words}).",
        f"Skriv {' eller '.join(day.isoformat() for day in readings)}.",
    )


def _date_problem(expected_sv: str, remedy_sv: str) -> ValueProblem:
    return ValueProblem("VAL-002", expected_sv, remedy_sv)


def refuse_future(canonical: str, today: date) -> None:
    """Raises ValueProblem (VAL-008) for a day that has not come yet."""
    if canonical > today.isoformat():
        raise ValueProblem(
            "VAL-008",
            f"En dag som har varit, senast {today.isoformat()}.",
            "Rätta datumet, eller lämna cellen tom tills det har hänt.",
        )


# --- years and periods ---


def parse_year(text: str) -> str:
    """A year as `2017`. Raises ValueProblem (VAL-003)."""
    bare = tidy(text)
    if _is_year(bare):
        return bare
    raise ValueProblem(
        "VAL-003",
        f"Ett år med fyra siffror, {EARLIEST_YEAR} till {LATEST_YEAR}.",
        "Skriv bara årtalet, till exempel 2017.",
    )


def _is_year(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{4}", text)) and EARLIEST_YEAR <= int(text) <= LATEST_YEAR


GRAINS: tuple[Grain, ...] = ("year", "half_year", "tertial", "quarter", "month", "week")
QUARTER: tuple[Grain, ...] = ("quarter",)
_Y = r"(?P<year>\d{4})"


def _parts(words: str, numbers: str) -> tuple[re.Pattern[str], ...]:
    """`2017-kv1`, `2017 kv 1` and `kv 1 2017`, for one word of the year's parts."""
    flags = re.ASCII | re.IGNORECASE
    return (
        re.compile(rf"{_Y}[ -]?(?:{words}) ?(?P<part>{numbers})", flags),
        re.compile(rf"(?:{words}) ?(?P<part>{numbers})[ -]{_Y}", flags),
    )


_PERIOD_FORMS: dict[Grain, tuple[re.Pattern[str], ...]] = {
    "year": (re.compile(_Y, re.ASCII),),
    "half_year": _parts("halvår|hå|h", "[12]"),
    "tertial": _parts("tertial|t", "[1-3]"),
    "quarter": _parts("kvartal|kv|q", "[1-4]"),
    "month": (
        re.compile(rf"{_Y}-?(?P<part>0[1-9]|1[0-2])", re.ASCII),
        re.compile(rf"(?P<part>{_MONTH}) {_Y}", re.ASCII | re.IGNORECASE),
        re.compile(rf"{_Y} (?P<part>{_MONTH})", re.ASCII | re.IGNORECASE),
    ),
    "week": _parts(r"vecka|v\.|v|w", "0?[1-9]|[1-4][0-9]|5[0-3]"),
}
_HALF_IN_WORDS = re.compile(rf"(?P<part>första|andra) halvåret {_Y}", re.ASCII | re.IGNORECASE)
_PERIOD_NAMES = {
    "year": "ett år som 2017",
    "half_year": "ett halvår som 2017-H1 eller halvår 1 2017",
    "tertial": "ett tertial som 2017-T1",
    "quarter": "ett kvartal som 2017-kv1 eller kv 1 2017",
    "month": "en månad som 2017-03 eller mars 2017",
    "week": "en vecka som v. 12 2017",
}
_MARKS = {"half_year": "H", "tertial": "T", "quarter": "Q", "week": "W"}


def parse_period(text: str, grains: Collection[Grain] = GRAINS) -> str:
    """A period as `2017`, `2017-H1`, `2017-T1`, `2017-Q1`, `2017-03` or `2017-W12`. Raises ValueProblem (VAL-003).

    grains: the kinds of period the column may hold.
    """
    bare = parse_text(tidy(text))
    for grain in GRAINS:
        found = _as_grain(bare, grain)
        if found is not None and grain in grains:
            return found
    wanted = ", eller ".join(_PERIOD_NAMES[grain] for grain in GRAINS if grain in grains)
    raise ValueProblem(
        "VAL-003",
        f"{wanted[:1].upper()}{wanted[1:]}.",
        "Skriv året med fyra siffror och vilken del av det som menas, inte två datum.",
    )


def _as_grain(bare: str, grain: Grain) -> str | None:
    for form in _PERIOD_FORMS[grain]:
        if (found := form.fullmatch(bare)) and _is_year(found["year"]):
            if grain == "year":
                return found["year"]
            return _part_of_year(found["year"], found["part"].lower(), grain)
    if grain == "half_year" and (found := _HALF_IN_WORDS.fullmatch(bare)) and _is_year(found["year"]):
        return f"{found['year']}-H{1 if found['part'].lower() == 'första' else 2}"
    return None


def _part_of_year(year: str, part: str, grain: Grain) -> str | None:
    if grain == "month":
        return f"{year}-{_MONTH_NUMBERS.get(part) or int(part):02d}"
    if grain == "week":
        # 28 December always lies in a year's last week
        if int(part) > date(int(year), 12, 28).isocalendar().week:
            return None
        return f"{year}-W{int(part):02d}"
    return f"{year}-{_MARKS[grain]}{part}"


def parse_quarter(text: str) -> str:
    """A quarter as `2017-Q1`. Reads `2017-kv1`, `kvartal 1 2017`, `Q1 2017`; raises ValueProblem (VAL-003)."""
    return parse_period(text, QUARTER)


def period_parser(grains: Collection[Grain]) -> Callable[[str], str]:
    """A parser for one column's kinds of period."""
    allowed = tuple(grains) or GRAINS
    return lambda text: parse_period(text, allowed)
