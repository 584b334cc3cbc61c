"""Dealing counted things to people by their place alone: no list of people, no random numbers, every count exact."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from itertools import accumulate
from math import gcd
from typing import TYPE_CHECKING

from ingestion.demo.tables import SEXES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ingestion.demo.population import Dimension


def require(holds: bool, said: str) -> None:
    """Raise ValueError with the sentence where the counts cannot hold together."""
    if not holds:
        raise ValueError(said)


def split(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Whole shares of a total, proportional to the weights; largest remainder, ties to the first."""
    whole = sum(weights.values())
    if not whole:
        return dict.fromkeys(weights, 0)
    shares = {name: total * weight // whole for name, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda name: -(total * weights[name] % whole))
    for name in by_remainder[: total - sum(shares.values())]:
        shares[name] += 1
    return shares


class Shuffle:
    """A permutation of 0..count-1 that a key decides and that takes no room: place -> (a * place + b) mod count."""

    def __init__(self, count: int, key: str) -> None:
        digest = hashlib.sha256(key.encode()).digest()
        self.count = max(count, 1)
        self.offset = int.from_bytes(digest[:8]) % self.count
        # a step near the golden section keeps neighbours far apart
        step = self.count * 382 // 1000 + int.from_bytes(digest[8:16]) % (self.count // 4 + 1)
        while gcd(step, self.count) != 1:
            step += 1
        self.step = step

    def __getitem__(self, place: int) -> int:
        return (self.step * place + self.offset) % self.count


class Pool:
    """People of both sexes in cells (their exit results, in one order): how many, and where each cell begins."""

    def __init__(self, cells: Mapping[str, Sequence[int]]) -> None:
        self.starts = {sex: [0, *accumulate(cells[sex])] for sex in SEXES}
        self.size = {sex: self.starts[sex][-1] for sex in SEXES}

    def place(self, sex: str, cell: int, within: int) -> int:
        """A person's place among those of the same sex, in the order of the cells."""
        return self.starts[sex][cell] + within

    def joint_place(self, sex: str, cell: int, within: int) -> int:
        """A person's place among both sexes, in the order of the cells."""
        first, second = SEXES
        other = self.starts[second][cell] if sex == first else self.starts[first][cell + 1]
        return self.starts[sex][cell] + within + other


class Deal:
    """One dimension dealt to the people of a pool. Raises ValueError where its counts exceed the people."""

    def __init__(self, said: str, dimension: Dimension, pool: Pool) -> None:
        self.said, self.of, self.pool = said, dimension, pool
        require(min(dimension.counts.values(), default=0) >= 0, f"{said} has a count below zero")
        unknown = {sex for sex, _ in dimension.counts} - {None, *SEXES}
        require(not unknown, f"{said} is counted for a sex that is none: {unknown}")
        totals = {category for sex, category in dimension.counts if sex is None}
        by_sex = {category for sex, category in dimension.counts if sex is not None}
        require(not totals & by_sex, f"{said} counts {sorted(totals & by_sex)} both by sex and in total")
        self.shuffle = {sex: Shuffle(pool.size[sex], f"{said} {sex}") for sex in SEXES}
        single = set(dimension.alone) if dimension.several else totals | by_sex
        self.single = {sex: self._listed(sex, single) for sex in SEXES}
        self.single_open = self._listed(None, single)
        self.many = {sex: self._listed(sex, by_sex - single) for sex in SEXES}
        self.many_open = self._listed(None, totals - single)
        if dimension.several:
            self._settle_alone()
        self.ends = {sex: list(accumulate(n for _, n in self.single[sex])) for sex in SEXES}
        self.open_ends = list(accumulate(n for _, n in self.single_open))
        self.taken = {sex: sum(n for _, n in self.single[sex]) for sex in SEXES}
        self.rest = {sex: pool.size[sex] - self.taken[sex] for sex in SEXES}
        self._check()
        self.open_shuffle = Shuffle(sum(self.rest.values()), f"{said} total")
        self.circle = {sex: _laid_out(self.many[sex]) for sex in SEXES}
        self.open_circle = _laid_out(self.many_open)

    def categories(self, sex: str, cell: int, within: int) -> tuple[str, ...]:
        """What the person at this place of a cell has."""
        sorted_place = self.pool.place(sex, cell, within)
        place = sorted_place if self.of.by_result else self.shuffle[sex][sorted_place]
        if place < self.taken[sex]:
            return (self.single[sex][bisect_right(self.ends[sex], place)][0],)
        place -= self.taken[sex]
        if self.of.several:
            return self._many(sex, place)
        return self._one_of_the_open(sex, cell, within, place)

    def _one_of_the_open(self, sex: str, cell: int, within: int, place: int) -> tuple[str, ...]:
        if not self.open_ends:
            return ()
        if self.of.by_result and not any(self.taken.values()):
            joint = self.pool.joint_place(sex, cell, within)
        else:
            joint = self.open_shuffle[self._joint(sex, place)]
        at = bisect_right(self.open_ends, joint)
        return (self.single_open[at][0],) if at < len(self.open_ends) else ()

    def _many(self, sex: str, place: int) -> tuple[str, ...]:
        """Categories lie one after the other around a circle of people, so that few have none and nobody one twice."""
        found = _covering(self.circle[sex], place, self.rest[sex])
        if self.open_circle:
            found += _covering(self.open_circle, self._joint(sex, place), sum(self.rest.values()))
        return found

    def _joint(self, sex: str, place: int) -> int:
        return place + (self.rest[SEXES[0]] if sex == SEXES[1] else 0)

    def _listed(self, sex: str | None, among: set[str]) -> list[tuple[str, int]]:
        return [(c, n) for (s, c), n in self.of.counts.items() if s == sex and c in among and n]

    def _settle_alone(self) -> None:
        """Those alone of unknown sex take the room that the counts by sex leave."""
        if not self.single_open:
            return
        room = {
            sex: self.pool.size[sex]
            - sum(n for _, n in self.single[sex])
            - max((n for _, n in self.many[sex]), default=0)
            for sex in SEXES
        }
        total = sum(n for _, n in self.single_open)
        require(min(room.values()) >= 0, f"{self.said} has more than the people it is told of")
        require(total <= sum(room.values()), f"{self.said} has more than the people it is told of")
        open_ = dict(self.single_open)
        first, second = SEXES
        share = split(split(total, room)[first], open_)
        self.single[first] += [(c, share[c]) for c in open_ if share[c]]
        self.single[second] += [(c, n - share[c]) for c, n in open_.items() if n - share[c]]
        self.single_open = []

    def _check(self) -> None:
        for sex in SEXES:
            require(self.rest[sex] >= 0, f"{self.said} has more {sex} than the people it is told of")
            for category, count in self.many[sex]:
                require(count <= self.rest[sex], f"{self.said} gives {category} to more {sex} than there are")
        left = sum(self.rest.values())
        require(
            sum(n for _, n in self.single_open) <= left, f"{self.said} has more than the people it is told of"
        )
        for category, count in self.many_open:
            require(count <= left, f"{self.said} gives {category} to more people than there are")


def _laid_out(counts: Sequence[tuple[str, int]]) -> list[tuple[str, int, int]]:
    """Category, where on the circle it begins, how many people it covers."""
    begins = accumulate((n for _, n in counts), initial=0)
    return [(category, begin, count) for (category, count), begin in zip(counts, begins, strict=False)]


def _covering(circle: Sequence[tuple[str, int, int]], place: int, size: int) -> tuple[str, ...]:
    return tuple(category for category, begin, count in circle if (place - begin) % size < count)
