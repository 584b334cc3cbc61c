"""An association's counts as one system: what readers know of them, and which of them could tell of a person. Pure.

What adds up to what is declared in the dbt project (`int_outcome_relations`); here it is only applied to each initiative,
each sex and the whole. Whoever needs this module imports it late: it loads numpy and scipy.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from math import log2
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse

from ingestion.disclosure.system import System
from ingestion.disclosure.tables import Cell

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

ALL = "all"
_LEVELS = {"initiative": 1.0, "sex": 2.0, "association": 6.0}
_TOTAL_IS_DEARER = 3.0
_Codes = dict[tuple[str, str, int], list[str]]
"""Report, measure and year -> the codes counted there."""


class Key(NamedTuple):
    """Where a count stands: the row and the column of a report. `all` is counted over."""

    report: str
    fiscal_year: int
    initiative_id: str
    sex: str
    category_code: str
    measure: str

    @property
    def level(self) -> str:
        """Of whom: one initiative, one sex, or the whole association."""
        if self.initiative_id != ALL:
            return "initiative"
        return "sex" if self.sex != ALL else "association"

    @property
    def cell(self) -> Cell:
        """The same, as the core of disclosure control knows cells."""
        return Cell(
            f"{self.report}.{self.measure}",
            (
                ("code", self.category_code),
                ("initiative", self.initiative_id),
                ("sex", self.sex),
                ("year", str(self.fiscal_year)),
            ),
        )


class Count(NamedTuple):
    """One exact count. tells_of_persons: that a whole group has this code would tell something private of each.

    shown_as: the code of several that it is shown within, and never by itself; that one is a count of its own.
    """

    key: Key
    value: int
    tells_of_persons: bool
    shown_as: str | None = None

    @property
    def shown_within(self) -> Key:
        """Where it is shown: among others, or by itself."""
        return self.key._replace(category_code=self.shown_as) if self.shown_as else self.key


class Term(NamedTuple):
    """One term of a declared relation, see `int_outcome_relations`."""

    relation: str
    kind: str
    rest_is_told: bool
    report: str
    measure: str
    codes: str
    years_before: int
    coefficient: int


@dataclass(frozen=True)
class Linked:
    """The counts, in order, and after them the unknowns that only link. broken: relations that the counts do not keep."""

    keys: tuple[Key, ...]
    cells: tuple[Cell, ...]
    system: System
    broken: int


@dataclass
class _Ties:
    """Relations under way. rests: the unknown differences, with their values."""

    values: list[int]
    rows: list[list[tuple[int, int]]] = field(default_factory=list)
    pairs: list[tuple[int, int]] = field(default_factory=list)
    rests: list[tuple[int, bool, Cell]] = field(default_factory=list)
    broken: int = 0

    def equal(self, terms: list[tuple[int, int]]) -> None:
        if sum(self.values[at] * times for at, times in terms):
            self.broken += 1
        elif terms:
            self.rows.append(terms)

    def at_most(self, terms: list[tuple[int, int]], rest_is_told: bool, called: Cell) -> None:
        rest = -sum(self.values[at] * times for at, times in terms)
        if rest < 0:
            self.broken += 1
        elif not rest_is_told and sorted(times for _, times in terms) == [-1, 1]:
            part, whole = sorted(terms, key=lambda term: -term[1])
            self.pairs.append((part[0], whole[0]))
        else:
            self.rows.append([*terms, (len(self.values) + len(self.rests), 1)])
            self.rests.append((rest, rest_is_told, called))


def linked(
    counts: Sequence[Count], terms: Sequence[Term], threshold: int, kept_years: Collection[int] = ()
) -> Linked:
    """The system of one association's counts. kept_years: those of which nothing new is published."""
    place = {count.key: at for at, count in enumerate(counts)}
    ties = _Ties([count.value for count in counts])
    _add_margins(place, ties)
    merged = _add_merges(counts, place, ties)
    by_code = _codes(place)
    summed = {of: [code for code in codes if (*of, code) not in merged] for of, codes in by_code.items()}
    for relation in _by_relation(terms):
        _add_relation(relation, place, ties, (by_code, summed))
    values = np.array([*ties.values, *(value for value, _, _ in ties.rests)], dtype=np.int64)
    cells = (*(count.key.cell for count in counts), *(cell for _, _, cell in ties.rests))
    counts_persons = [*(True for _ in counts), *(is_told for _, is_told, _ in ties.rests)]
    sensitive = (values > 0) & (values < threshold) & np.array(counts_persons, dtype=bool)
    sensitive[_given_away(counts, place, terms)] = True
    is_new = [count.key.fiscal_year not in kept_years and not count.shown_as for count in counts]
    is_new += [False for _ in ties.rests]
    system = System(
        values,
        _matrix(ties.rows, len(values)),
        np.array(ties.pairs, dtype=np.int64).reshape(-1, 2),
        sensitive,
        published=np.array(is_new, dtype=bool),
        known=np.zeros(len(values), dtype=bool),
        weights=np.array([*(_weight(count) for count in counts), *(1.0 for _ in ties.rests)]),
        names=tuple(cell.name for cell in cells),
    )
    return Linked(tuple(count.key for count in counts), cells, system, ties.broken)


def _weight(count: Count) -> float:
    """What it costs readers to lose the count: totals are dearer than details, many people dearer than few."""
    dearer = _TOTAL_IS_DEARER if count.key.category_code == ALL else 1.0
    return _LEVELS[count.key.level] * dearer * log2(2 + count.value)


def _matrix(rows: list[list[tuple[int, int]]], size: int) -> sparse.csr_array:
    entries = [(number, at, times) for number, row in enumerate(rows) for at, times in row]
    numbers, cells, times = np.array(entries, dtype=np.int64).reshape(-1, 3).T
    return sparse.csr_array((times, (numbers, cells)), shape=(len(rows), size), dtype=np.int64)


def _add_margins(place: dict[Key, int], ties: _Ties) -> None:
    """The whole is the sum of the initiatives, and of the sexes."""
    parts: dict[Key, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for key, at in place.items():
        whole = key._replace(initiative_id=ALL, sex=ALL)
        if key.level != "association":
            parts[whole][key.level == "sex"].append(at)
    for whole, both in parts.items():
        for summed in both:
            if summed and whole in place:
                ties.equal([*((at, 1) for at in summed), (place[whole], -1)])


def _add_merges(
    counts: Sequence[Count], place: dict[Key, int], ties: _Ties
) -> set[tuple[str, str, int, str]]:
    """Several codes shown as one are their sum. Returns those codes: report, measure, year and code."""
    parts: dict[Key, list[int]] = defaultdict(list)
    for at, count in enumerate(counts):
        if count.shown_as:
            parts[count.shown_within].append(at)
    for whole, summed in parts.items():
        ties.equal([*((at, 1) for at in summed), (place[whole], -1)])
    return {(key.report, key.measure, key.fiscal_year, key.category_code) for key in parts}


def _by_relation(terms: Iterable[Term]) -> list[list[Term]]:
    found: dict[str, list[Term]] = defaultdict(list)
    for term in terms:
        found[term.relation].append(term)
    return [found[name] for name in sorted(found)]


def _add_relation(
    relation: list[Term], place: dict[Key, int], ties: _Ties, by_code_and_summed: tuple[_Codes, _Codes]
) -> None:
    """The relation wherever it holds: at every place of every year that all its terms reach, and per code if it says so.

    A report that a year has nothing of, such as one that an earlier release did not have yet, is not reached: it is not
    zero. An initiative that a year does not have is. What holds for each code holds for several of them as one too; what
    is summed is every code by itself.
    """
    codes, summed = by_code_and_summed
    for year, initiative_id, sex in sorted({(key.fiscal_year, key.initiative_id, key.sex) for key in place}):
        if any((term.report, term.measure, year - term.years_before) not in codes for term in relation):
            continue
        by_code = [term for term in relation if term.codes == "each"]
        listed = _parts(codes.get((by_code[0].report, by_code[0].measure, year), [])) if by_code else [ALL]
        for code in listed:
            found = [
                (place[key], term.coefficient)
                for term in relation
                for key in _reached(term, year, initiative_id, sex, code, summed)
                if key in place
            ]
            if relation[0].kind == "equal":
                ties.equal(found)
            else:
                where = Key(relation[0].relation, year, initiative_id, sex, code, "rest")
                ties.at_most(found, relation[0].rest_is_told, where.cell)


def _codes(place: dict[Key, int]) -> _Codes:
    found: dict[tuple[str, str, int], set[str]] = defaultdict(set)
    for key in place:
        found[key.report, key.measure, key.fiscal_year].add(key.category_code)
    return {name: sorted(codes) for name, codes in found.items()}


def _parts(codes: list[str]) -> list[str]:
    """The codes that are added up; where a report counts them all together too, that is their sum."""
    return [code for code in codes if code != ALL]


def _reached(
    term: Term,
    year: int,
    initiative_id: str,
    sex: str,
    code: str,
    codes: _Codes,
) -> Iterator[Key]:
    then = year - term.years_before
    wanted = {"total": [ALL], "each": [code]}.get(term.codes)
    for one in _parts(codes.get((term.report, term.measure, then), [])) if wanted is None else wanted:
        yield Key(term.report, then, initiative_id, sex, one, term.measure)


def _given_away(counts: Sequence[Count], place: dict[Key, int], terms: Sequence[Term]) -> list[int]:
    """The codes, zeros too, of every group of which all, or all but one, have one telling code; and where those asked
    of something all answered the same, how many they are who said yes."""
    whole_of, asked_of = _wholes(terms), _asked(terms)
    groups: dict[Key, list[int]] = defaultdict(list)
    away: set[Key] = set()
    alone: list[int] = []
    for at, count in enumerate(counts):
        whole = whole_of.get((count.key.report, count.key.measure))
        if whole == (count.key.report, count.key.measure) and count.key.category_code == ALL:
            continue
        if whole is None:
            asked = asked_of.get((count.key.report, count.key.measure))
            if asked and count.tells_of_persons:
                everyone = counts[place[count.key._replace(report=asked[0], measure=asked[1])]].value
                if everyone and not 1 < count.value < everyone - 1:
                    alone.append(at)
            continue
        group = count.key._replace(category_code=ALL)
        groups[group].append(at)
        everyone = counts[
            place[group._replace(report=whole[0], measure=whole[1])]
        ].value  # the frame is dense: the whole has a row wherever a part has one
        if count.tells_of_persons and count.value >= max(everyone - 1, 1):
            away.add(group)
    return [*(at for group in sorted(away) for at in groups[group]), *alone]


def _asked(terms: Iterable[Term]) -> dict[tuple[str, str], tuple[str, str]]:
    """Report and measure of those who said yes to each code -> those of all who were asked that."""
    found = {}
    for relation in _by_relation(terms):
        if len(relation) == 2 and {term.codes for term in relation} == {"each"}:
            part, whole = sorted(relation, key=lambda term: -term.coefficient)
            found[part.report, part.measure] = (whole.report, whole.measure)
    return found


def _wholes(terms: Iterable[Term]) -> dict[tuple[str, str], tuple[str, str]]:
    """Report and measure of codes -> those of the group they are codes of."""
    found = {}
    for relation in _by_relation(terms):
        parts = [term for term in relation if term.codes != "total" and term.coefficient > 0]
        wholes = [term for term in relation if term.codes == "total" and term.coefficient < 0]
        if len(parts) == len(wholes) == 1:
            found[parts[0].report, parts[0].measure] = (wholes[0].report, wholes[0].measure)
    return found
