"""Registers of invented people that add up to given counts: every one of them, exactly, at any size.

Each spell is worked out from its place in the order of starts, by intervals and permutations that need no
memory: a register of a million rows is yielded row by row, and the same counts always give the same rows. No
clock, no random numbers. Which counts cannot hold together is said in a ValueError.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

from ingestion.demo.dealing import Deal, Pool, Shuffle, require, split
from ingestion.demo.tables import SEXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Cell = tuple[str, str]
"""(sex, code)."""
OpenCell = tuple[str | None, str]
"""(sex, code), None where only the total of both sexes is known."""

MOVES_ON = "other_initiative"
"""The exit result of those who may come back in another initiative."""
_LEAST_DAYS = 21
_MOVERS_SHARE = 4
_MOVERS_KEPT = 32
_FRIDAY = 4


@dataclass(frozen=True)
class Dimension:
    """What is told of an initiative's people beside in and out, such as who sent them.

    counts: people by category, by sex or in total; what is left over has nothing told. among: everyone, the
    `named` (not anonymous), or the named who `ended`. several: a person may have many categories (sums may
    exceed people), but those `alone` stand by themselves. by_result: categories are dealt in their order to
    people in the order of the exit results, so that the two go together; else they are shuffled.
    """

    name: str
    counts: Mapping[OpenCell, int]
    among: Literal["everyone", "named", "ended"] = "everyone"
    several: bool = False
    alone: frozenset[str] = frozenset()
    by_result: bool = False


@dataclass(frozen=True)
class Initiative:
    """One initiative's counts of one year. first, last: its own days in the register.

    participants: by sex. new: those of them who began this year, by sex or (None) in total. results: those
    who ended, by sex or in total and by where they went; their sum is what ended. anonymous: by sex and
    result, "" for those still there. ages: youngest and oldest.
    """

    name: str
    year: int
    first: date
    last: date
    participants: Mapping[str, int]
    new: Mapping[str | None, int]
    results: Mapping[OpenCell, int] = field(default_factory=dict)
    anonymous: Mapping[Cell, int] = field(default_factory=dict)
    dimensions: tuple[Dimension, ...] = ()
    ages: tuple[int, int] = (16, 64)

    def scaled(self, factor: int) -> Initiative:
        """The same initiative with every count multiplied."""
        return replace(
            self,
            participants={key: count * factor for key, count in self.participants.items()},
            new={key: count * factor for key, count in self.new.items()},
            results={key: count * factor for key, count in self.results.items()},
            anonymous={key: count * factor for key, count in self.anonymous.items()},
            dimensions=tuple(
                replace(d, counts={key: count * factor for key, count in d.counts.items()})
                for d in self.dimensions
            ),
        )


@dataclass(slots=True)
class Spell:
    """One row of the register. person: a test number, or the association's own serial number.

    told: categories by dimension; a dimension that has nothing for this person is left out.
    """

    initiative: str
    sex: str
    start: date
    end: date | None
    result: str
    anonymous: bool
    told: dict[str, tuple[str, ...]]
    person: str = ""
    birth_year: int = 0


def population(
    initiatives: Iterable[Initiative], numbers: Iterable[str], *, scale: int = 1, serial: str = "L-"
) -> Iterator[Spell]:
    """Spells initiative by initiative, each initiative's in order of start, nobody twice within it.

    numbers: identity numbers free to use; when they are used up people get serial numbers, and anonymous
    people always do. Raises ValueError where an initiative's counts cannot all hold.
    """
    people = _People(numbers, serial)
    for initiative in initiatives:
        yield from people.fill(initiative.scaled(scale) if scale != 1 else initiative)


# --- one initiative ---


@dataclass(frozen=True)
class _Place:
    """Where one person of a sex stands. cell: which result (the last: none yet). within: place in that cell."""

    cell: int
    within: int
    is_anonymous: bool


class _Counts:
    """An initiative's counts, settled by sex: results in given order, then those still there (code "")."""

    def __init__(self, initiative: Initiative) -> None:
        self.of = initiative
        name, people = initiative.name, initiative.participants
        require(set(people) <= set(SEXES), f"{name}: participants are counted by sex")
        every = (people, initiative.new, initiative.results, initiative.anonymous)
        require(
            min((n for given in every for n in given.values()), default=0) >= 0, f"{name}: a count below zero"
        )
        self.people = {sex: people.get(sex, 0) for sex in SEXES}
        self.new = self._new()
        results = self._results()
        self.ended = {sex: sum(results[sex].values()) for sex in SEXES}
        for sex in SEXES:
            results[sex][""] = self.people[sex] - self.ended[sex]
        self.codes = list(results[SEXES[0]])
        self.cells = {sex: [results[sex][code] for code in self.codes] for sex in SEXES}
        self.anonymous = {
            sex: [initiative.anonymous.get((sex, code), 0) for code in self.codes] for sex in SEXES
        }
        require(
            sum(initiative.anonymous.values()) == sum(map(sum, self.anonymous.values())),
            f"{name}: somebody anonymous has a result that nobody has",
        )
        for sex in SEXES:
            for code, all_, hidden in zip(self.codes, self.cells[sex], self.anonymous[sex], strict=True):
                require(hidden <= all_, f"{name}: more anonymous than people, {sex}, {code or 'still there'}")

    def _new(self) -> dict[str, int]:
        name, given = self.of.name, self.of.new
        known = {sex: given.get(sex, 0) for sex in SEXES}
        left = {sex: self.people[sex] - known[sex] for sex in SEXES}
        require(min(left.values()) >= 0, f"{name}: more new than participants")
        require(given.get(None, 0) <= sum(left.values()), f"{name}: more new than participants")
        more = split(given.get(None, 0), left)
        return {sex: known[sex] + more[sex] for sex in SEXES}

    def _results(self) -> dict[str, dict[str, int]]:
        name, given = self.of.name, self.of.results
        codes = list(dict.fromkeys(code for _, code in given))
        require("" not in codes, f"{name}: an exit result has no name")
        found = {sex: {code: given.get((sex, code), 0) for code in codes} for sex in SEXES}
        left = {sex: self.people[sex] - sum(found[sex].values()) for sex in SEXES}
        open_ = {code: count for (sex, code), count in given.items() if sex is None}
        require(min(left.values()) >= 0, f"{name}: more ended than participants")
        require(sum(open_.values()) <= sum(left.values()), f"{name}: more ended than participants")
        first, second = SEXES
        share = split(split(sum(open_.values()), left)[first], open_)
        for code, count in open_.items():
            found[first][code] += share[code]
            found[second][code] += count - share[code]
        return found


class _Plan:
    """How one initiative's people are made: place -> dates, result, what is told."""

    def __init__(self, initiative: Initiative) -> None:
        self.of, self.counts = initiative, _Counts(initiative)
        counts = self.counts
        self.calendar = {
            sex: _Calendar(initiative, sex, counts.people[sex], counts.new[sex], counts.ended[sex])
            for sex in SEXES
        }
        self.bounds = {sex: [0, *accumulate(counts.cells[sex])] for sex in SEXES}
        self.order = {sex: Shuffle(counts.ended[sex], f"{initiative.name} {sex} results") for sex in SEXES}
        pools = self._pools()
        self.deals = [
            (d, Deal(f"{initiative.name}: {d.name}", d, pools[d.among])) for d in initiative.dimensions
        ]

    def _pools(self) -> dict[str, Pool]:
        """For each group that something may be told of: how many of each sex stand in each result's cell."""
        cells, hidden = self.counts.cells, self.counts.anonymous
        named = {sex: [n - h for n, h in zip(cells[sex], hidden[sex], strict=True)] for sex in SEXES}
        ended = {sex: [*named[sex][:-1], 0] for sex in SEXES}
        return {"everyone": Pool(cells), "named": Pool(named), "ended": Pool(ended)}

    def spells(self, sex: str) -> Iterator[Spell]:
        """One sex's spells in order of start, without persons."""
        for index in range(self.counts.people[sex]):
            place = self._place(sex, index)
            start, end = self.calendar[sex].days(index)
            code = self.counts.codes[place.cell]
            yield Spell(self.of.name, sex, start, end, code, place.is_anonymous, self._told(sex, place))

    def _place(self, sex: str, index: int) -> _Place:
        """The earliest have ended; which result they have is shuffled among them."""
        bounds = self.bounds[sex]
        at = self.order[sex][index] if index < self.counts.ended[sex] else index
        cell = bisect_right(bounds, at) - 1
        # an empty cell begins where the next one does, and bisect passes it
        within = at - bounds[cell]
        return _Place(cell, within, within < self.counts.anonymous[sex][cell])

    def _told(self, sex: str, place: _Place) -> dict[str, tuple[str, ...]]:
        told = {}
        last = len(self.counts.codes) - 1
        for dimension, deal in self.deals:
            if dimension.among != "everyone" and (
                place.is_anonymous or (dimension.among == "ended" and place.cell == last)
            ):
                continue
            hidden = 0 if dimension.among == "everyone" else self.counts.anonymous[sex][place.cell]
            if found := deal.categories(sex, place.cell, place.within - hidden):
                told[dimension.name] = found
        return told


# --- days ---


class _Calendar:
    """Days of one sex's spells: carried over first, then new; evenly spread, and the earliest have ended."""

    def __init__(self, of: Initiative, sex: str, count: int, new: int, ended: int) -> None:
        self.old, self.new, self.ended = count - new, new, ended
        year_start, year_end = date(of.year, 1, 1), date(of.year, 12, 31)
        self.last = min(of.last, year_end)
        self.ends_from = max(year_start, of.first)
        require(of.first <= self.last, f"{of.name}: the period ends before it begins")
        require(not (self.old and of.first >= year_start), f"{of.name}: carried over, but it began this year")
        require(self.last >= year_start, f"{of.name}: it ended before the year")
        self.first = of.first
        self.old_last = min(date(of.year - 1, 12, 12), of.last)
        self.new_first = self._clamp(date(of.year, 1, 9), self.ends_from, self.last)
        usual_last = min(date(of.year, 11, 24), self.last - timedelta(days=_LEAST_DAYS + 3))
        self.new_last = max(usual_last, self.new_first)
        self.usual_end = self.new_first
        self.stay = Shuffle(ended, f"{of.name} {sex} end")

    @staticmethod
    def _clamp(day: date, first: date, last: date) -> date:
        return min(max(day, first), last)

    def days(self, index: int) -> tuple[date, date | None]:
        """First and last day of the spell at this place."""
        if index < self.old:
            start = _spread(self.first, max(self.old_last, self.first), index, self.old)
        else:
            start = _spread(self.new_first, self.new_last, index - self.old, self.new)
        if index >= self.ended:
            return start, None
        earliest = min(max(start + timedelta(days=_LEAST_DAYS), self.usual_end), self.last)
        days = (self.last - earliest).days * self.stay[index] // self.ended
        end = earliest + timedelta(days=days)
        friday = end - timedelta(days=max(end.weekday() - _FRIDAY, 0))
        return start, max(friday, start, self.ends_from)


def _spread(first: date, last: date, index: int, count: int) -> date:
    """The index-th of so many days spread evenly from first to last; weekends give way to Monday if there is one."""
    day = first + timedelta(days=(last - first).days * index // count)
    monday = day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > _FRIDAY else 0)
    return monday if monday <= last else day


# --- persons ---


class _People:
    """Hands out identity numbers by sex and age, then serial numbers; movers come back in another initiative."""

    def __init__(self, numbers: Iterable[str], serial: str) -> None:
        self._free: dict[str, list[str]] = defaultdict(list)
        for number in sorted(numbers):
            self._free["male" if int(number[10]) % 2 else "female"].append(number)
        self._serial, self._last_serial = serial, 0
        self._movers: dict[str, deque[Spell]] = {sex: deque(maxlen=_MOVERS_KEPT) for sex in SEXES}

    def fill(self, initiative: Initiative) -> Iterator[Spell]:
        """One initiative's spells with their persons, in order of start."""
        plan = _Plan(initiative)
        by_sex = [self._with_persons(plan, sex) for sex in SEXES]
        moved_on: dict[str, deque[Spell]] = {sex: deque(maxlen=_MOVERS_KEPT) for sex in SEXES}
        for spell in heapq.merge(*by_sex, key=lambda s: (s.start, s.sex)):
            if spell.result == MOVES_ON and not spell.anonymous:
                moved_on[spell.sex].append(spell)
            yield spell
        for sex in SEXES:
            self._movers[sex].extend(moved_on[sex])

    def _with_persons(self, plan: _Plan, sex: str) -> Iterator[Spell]:
        of, count = plan.of, plan.counts.people[sex]
        youngest, oldest = of.ages
        pool = [n for n in self._free[sex] if youngest <= of.year - int(n[:4]) <= oldest]
        numbers = iter(_evenly(pool, count))
        used: set[str] = set()
        for index, spell in enumerate(plan.spells(sex)):
            if spell.anonymous:
                spell.person, spell.birth_year = self._next_serial(), of.year - (youngest + oldest) // 2
            elif not (index >= count - count // _MOVERS_SHARE and self._returns(spell, of)):
                number = next(numbers, "")
                if number:
                    used.add(number)
                    spell.person, spell.birth_year = number, int(number[:4])
                else:
                    age = youngest + index % (oldest - youngest + 1)
                    spell.person, spell.birth_year = self._next_serial(), of.year - age
            yield spell
        self._free[sex] = [n for n in self._free[sex] if n not in used]

    def _returns(self, spell: Spell, of: Initiative) -> bool:
        """Give a late spell somebody who went on from another initiative before, if anybody fits."""
        movers = self._movers[spell.sex]
        for mover in movers:
            fits = of.ages[0] <= of.year - mover.birth_year <= of.ages[1]
            if fits and mover.end and mover.end <= spell.start:
                spell.person, spell.birth_year = mover.person, mover.birth_year
                movers.remove(mover)
                return True
        return False

    def _next_serial(self) -> str:
        self._last_serial += 1
        return f"{self._serial}{self._last_serial:07}"


def _evenly(pool: Sequence[str], count: int) -> Iterator[str]:
    """So many of the pool, spread over it; all of it where it is smaller."""
    if len(pool) <= count:
        yield from pool
        return
    for index in range(count):
        yield pool[index * len(pool) // count]
