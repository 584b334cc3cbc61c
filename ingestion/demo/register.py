"""The demo's participant register: invented people whose counts are the printed ones.

Identity numbers come only from the tax agency's published test numbers, which belong to nobody. Dates, ages
and who follows whom are invented; there is no randomness and no clock, only digests of stable keys.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ingestion.demo.margins import YEAR, Margins, margins
from ingestion.demo.tables import SEXES, Contradiction, leaf_rows

if TYPE_CHECKING:
    from pathlib import Path

HEADER = ("Personnummer", "Insats", "Kön", "Födelseår", "Inskriven", "Avslutad", "Avslut till", "Anonym")
RESULT_TEXT = {
    "work": "Arbete",
    "studies": "Studier",
    "sickness_compensation": "Sjukersättning",
    "activity_compensation": "Aktivitetsersättning",
    "time_limit": "Insatsens tidsbegränsning",
    "other_initiative": "Annan insats",
    "not_entitled": "Saknar rätt till sjukpenning",
    "other": "Annan orsak",
    "unknown": "Okänd orsak",
}
_SEX_TEXT = {"female": "Kvinna", "male": "Man"}
_ADULT = (20, 64)
_FIRST_DAY, _LAST_START, _LAST_END = date(YEAR, 1, 9), date(YEAR, 11, 24), date(YEAR, 12, 20)
_EARLIEST = date(YEAR - 1, 1, 11)
_LEAST_DAYS = 21
_MOVERS_SHARE = 4


@dataclass
class Spell:
    """One row of the register. person: a test number, or the association's own serial number if anonymous."""

    initiative: str
    sex: str
    start: date
    end: date | None = None
    result: str = ""
    person: str = ""
    birth_year: int = 0
    anonymous: bool = False


@dataclass(frozen=True)
class _Frame:
    """An initiative's own days in the register and the ages it is for."""

    first: date
    last: date
    ages: tuple[int, int]


def register(sources: Path) -> tuple[list[Spell], list[Contradiction]]:
    """Every spell of the year, in file order. Raises ValueError where the test numbers do not suffice."""
    all_margins, found = margins(sources)
    numbers = (sources / "test_personnummer.txt").read_text(encoding="utf-8").split()
    people = _People(numbers)
    spells: list[Spell] = []
    for m in all_margins:
        frame = _frame(sources, m.initiative)
        own = [spell for sex in SEXES for spell in _spells(m, sex, frame)]
        _make_anonymous(own, m.anonymous, frame)
        people.fill(own, frame.ages)
        spells += sorted(own, key=lambda spell: (spell.start, spell.person))
    return spells, found


def register_lines(spells: list[Spell]) -> list[str]:
    """The delivery's lines, header first."""
    return [
        ";".join(HEADER),
        *(
            ";".join(
                (
                    s.person,
                    s.initiative,
                    _SEX_TEXT[s.sex],
                    str(s.birth_year),
                    s.start.isoformat(),
                    s.end.isoformat() if s.end else "",
                    RESULT_TEXT[s.result] if s.result else "",
                    "ja" if s.anonymous else "nej",
                )
            )
            for s in spells
        ),
    ]


def _frame(sources: Path, initiative: str) -> _Frame:
    rows = [row for row in leaf_rows(sources, "initiatives") if row["initiative"] == initiative]

    def first(column: str) -> str:
        return next((row[column] for row in rows if row[column]), "")

    start = date.fromisoformat(f"{first('start_date')}-01"[:10])
    end = _last_day(first("end_date"))
    ages = (int(first("age_min") or _ADULT[0]), int(first("age_max") or _ADULT[1]))
    return _Frame(max(start, _EARLIEST), min(end, _LAST_END), ages)


def _last_day(printed: str) -> date:
    """The last day of a printed end: a day, a month, or nothing."""
    if not printed:
        return date.max
    if len(printed) == 10:
        return date.fromisoformat(printed)
    first = date.fromisoformat(f"{printed}-01")
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _share(key: str) -> float:
    """A stable number in [0, 1) for a key."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) / 2**32


def _spread(first: date, last: date, count: int) -> list[date]:
    """So many weekdays, evenly from first to last."""
    step = (last - first).days / max(count, 1)
    days = [first + timedelta(days=int(step * index)) for index in range(count)]
    return [day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 4 else 0) for day in days]


def _spells(m: Margins, sex: str, frame: _Frame) -> list[Spell]:
    """One initiative's spells of one sex: those carried over first, then the new; the earliest have ended."""
    new = m.new[sex]
    old = m.participants[sex] - new
    starts = _spread(frame.first, date(YEAR - 1, 12, 12), old)
    starts += _spread(
        max(frame.first, _FIRST_DAY), min(_LAST_START, frame.last - timedelta(days=_LEAST_DAYS + 3)), new
    )
    spells = [Spell(m.initiative, sex, start) for start in starts]
    results = [code for (s, code), count in sorted(m.results.items()) if s == sex for _ in range(count)]
    order = sorted(range(len(results)), key=lambda index: _share(f"{m.initiative} {sex} {index}"))
    for spell, index in zip(spells, order, strict=False):
        spell.result = results[index]
        earliest = max(spell.start + timedelta(days=_LEAST_DAYS), _FIRST_DAY)
        days = int((frame.last - earliest).days * _share(f"end {m.initiative} {sex} {index}"))
        end = earliest + timedelta(days=days)
        spell.end = end - timedelta(days=max(end.weekday() - 4, 0))
    return spells


def _make_anonymous(spells: list[Spell], count: int, frame: _Frame) -> None:
    """Anonymous among the ended: men, half of them to work or studies.

    Of Arbetsmarknadstorget's 17 women and 19 men who ended, 17 and 15 stand in the report's tables of
    support, and 13 of its 15 to work or studies: so the four are men, two of them to work or studies.
    """
    men = [s for s in spells if s.result and s.sex == "male"]
    to_work = [s for s in men if s.result in ("work", "studies")][: count // 2]
    others = [s for s in men if s.result not in ("work", "studies")][: count - len(to_work)]
    for number, spell in enumerate([*to_work, *others], start=1):
        spell.anonymous = True
        spell.person = f"SN-{number:04}"
        spell.birth_year = YEAR - sum(frame.ages) // 2


class _People:
    """Hands out test numbers by sex and age; people who went on to another initiative come back there."""

    def __init__(self, numbers: list[str]) -> None:
        self._free: dict[str, list[str]] = defaultdict(list)
        for number in sorted(numbers):
            self._free["male" if int(number[10]) % 2 else "female"].append(number)
        self._movers: list[Spell] = []

    def fill(self, spells: list[Spell], ages: tuple[int, int]) -> None:
        """Give every spell of one initiative its person; nobody twice within it."""
        for sex in SEXES:
            mine = [s for s in spells if s.sex == sex and not s.anonymous]
            self._return_movers(mine, ages)
            rest = [s for s in mine if not s.person]
            pool = [n for n in self._free[sex] if ages[0] <= YEAR - int(n[:4]) <= ages[1]]
            if len(pool) < len(rest):
                raise ValueError(f"too few test numbers for {rest[0].initiative}, {sex}, ages {ages}")
            for index, spell in enumerate(rest):
                number = pool[index * len(pool) // len(rest)]
                self._free[sex].remove(number)
                spell.person, spell.birth_year = number, int(number[:4])
        self._movers += [s for s in spells if s.result == "other_initiative" and not s.anonymous]

    def _return_movers(self, spells: list[Spell], ages: tuple[int, int]) -> None:
        latest = sorted(spells, key=lambda spell: spell.start, reverse=True)[: len(spells) // _MOVERS_SHARE]
        for spell in latest:
            for mover in self._movers:
                fits = ages[0] <= YEAR - mover.birth_year <= ages[1] and mover.sex == spell.sex
                if fits and mover.end and mover.end <= spell.start:
                    spell.person, spell.birth_year = mover.person, mover.birth_year
                    self._movers.remove(mover)
                    break
