"""From printed tables to one system: which cells are the same, what adds up to what, and which are sensitive.

A cell is a measure and its coordinates, without those that are added over. So the total column of one table and the
cells of a smaller table are one cell, and must be one figure: two tables that differ there do not count the same
population, and may not be published beside each other.

    sexes = Dimension("sex")
    results = Dimension("exit_result")
    table = Table("exit_results", (sexes, results), rows=[("female", "work"), ..., (TOTAL, TOTAL)],
                  counts={"ended": [3, ..., 40]}, fixed={"association": "f01", "year": "2017"})
    built = build([table, ...], threshold=5, sensitive_outcomes={"exit_result": {"long_sick_leave"}})
    found = protection.protect(built.system)
    hidden = found.hidden[built.places["exit_results", "ended"]]      # a flag per row of the table

Give the counts behind every share and unit cost that is printed as cells too: whoever prints 33 percent of 12 prints 4.
A figure made of cells is shown where all of these are (`figure_is_shown`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse

from ingestion.disclosure.system import System

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ingestion.disclosure.system import Mask, Whole

TOTAL = "*"
"""The coordinate of what is added over all values of a dimension."""
THRESHOLD = 5
"""Counts from 1 up to here, exclusive, are hidden. It can be raised, never lowered."""
_DEARER = 3.0


class Cell(NamedTuple):
    """What a figure counts: a measure and where; coordinates are (dimension, value), sorted, without totals."""

    measure: str
    coordinates: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """What messages call it."""
        return " ".join([self.measure, *(f"{dimension}={value}" for dimension, value in self.coordinates)])


@dataclass(frozen=True)
class Dimension:
    """How a table is split.

    is_additive: everyone stands under exactly one value, so the values add up to the total. Where one person may stand
    under several (sources of support), each value is at most the total and no more is known.
    is_exhaustive: the values printed are all there are. Where they are not, what is left over is an unknown of its own.
    parents: value -> the value it is part of (a municipality's association); the others are parts of the total.
    """

    name: str
    is_additive: bool = True
    is_exhaustive: bool = True
    parents: Mapping[str, str] = field(default_factory=dict)

    def parent(self, value: str) -> str:
        """What this value is part of."""
        return self.parents.get(value, TOTAL)


@dataclass(frozen=True)
class Table:
    """One printed table.

    rows: a coordinate per dimension, TOTAL where it is added over. counts: for each measure one count per row, None
    where there is no such cell. fixed: coordinates that all rows share (association, year).
    is_published: False for counts that readers never see and that tie published tables together.
    """

    name: str
    dimensions: tuple[Dimension, ...]
    rows: Sequence[tuple[str, ...]]
    counts: Mapping[str, Sequence[int | None]]
    fixed: Mapping[str, str] = field(default_factory=dict)
    is_published: bool = True

    def cell(self, measure: str, row: tuple[str, ...]) -> Cell:
        """The cell of one row."""
        own = {
            dimension.name: value
            for dimension, value in zip(self.dimensions, row, strict=True)
            if value != TOTAL
        }
        return Cell(measure, tuple(sorted({**self.fixed, **own}.items())))


@dataclass(frozen=True)
class Equation:
    """A measure that is the sum of others at the same coordinates: participants = ended + remaining.

    rest: what is left of the whole and stands in no table (those who broke off, where one report counts them and the
    next does not). It is an unknown of its own and sensitive where it is small: two definitions that differ by one person.
    """

    whole: str
    parts: tuple[str, ...]
    rest: str = ""


@dataclass(frozen=True)
class Built:
    """The system; its cells in order; where each table's rows are: (table, measure) -> a cell per row, -1 where none."""

    system: System
    cells: tuple[Cell, ...]
    places: Mapping[tuple[str, str], Whole]


def build(
    tables: Sequence[Table],
    *,
    equations: Sequence[Equation] = (),
    threshold: int = THRESHOLD,
    sensitive_outcomes: Mapping[str, Iterable[str]] | None = None,
    known: Iterable[Cell] = (),
) -> Built:
    """Everything published together about one population as one system."""
    checked_threshold(threshold)
    found = _Cells()
    for table in tables:
        found.take(table)
    for table in tables:
        for measure in table.counts:
            found.add_up(table, measure)
    for equation in equations:
        found.equate(equation)
    named = {name: set(values) for name, values in (sensitive_outcomes or {}).items()}
    places = {}
    groups = np.zeros(len(found.values), dtype=bool)
    for table in tables:
        flags = sensitive_cells(table, threshold, named)
        for measure, counts in table.counts.items():
            place = np.array(
                [
                    -1 if count is None else found.place[table.cell(measure, row)]
                    for row, count in zip(table.rows, counts, strict=True)
                ],
                dtype=np.int64,
            )
            places[table.name, measure] = place
            groups[place[flags[measure] & (place >= 0)]] = True
    return Built(found.system(threshold, groups, set(known)), tuple(found.place), places)


def checked_threshold(threshold: int, lowest: int = THRESHOLD) -> int:
    """The threshold, if it protects as much as the rules ask."""
    if threshold < lowest:
        raise ValueError(
            f"tröskeln {threshold} är för låg: antal under {lowest} måste alltid döljas. "
            f"Tröskeln får höjas men aldrig sänkas."
        )
    return threshold


def sensitive_cells(
    table: Table, threshold: int, sensitive_outcomes: Mapping[str, Iterable[str]]
) -> dict[str, Mask]:
    """Which rows of the table are sensitive, per measure.

    Few persons: 1 up to the threshold. And where a sensitive outcome holds everyone in a group, or all but one, every
    outcome of that group, zeros too: whoever knows that a person was in the group would know what became of her.
    """
    checked_threshold(threshold)
    found = {}
    for measure, counts in table.counts.items():
        values = np.array([count or 0 for count in counts], dtype=np.int64)
        flags = (values >= 1) & (values < threshold)
        for at, dimension in enumerate(table.dimensions):
            outcomes = set(sensitive_outcomes.get(dimension.name, ()))
            if outcomes:
                flags |= _given_away(table.rows, values, at, dimension, outcomes)
        found[measure] = flags
    return found


def _given_away(
    rows: Sequence[tuple[str, ...]], values: Whole, at: int, dimension: Dimension, outcomes: set[str]
) -> Mask:
    """The rows of the groups in which one sensitive outcome holds all, or all but one."""
    groups = defaultdict(list)
    for place, row in enumerate(rows):
        groups[row[:at] + row[at + 1 :]].append(place)
    flags = np.zeros(len(rows), dtype=bool)
    for places in groups.values():
        parts = [place for place in places if rows[place][at] != TOTAL]
        roots = [place for place in parts if dimension.parent(rows[place][at]) == TOTAL]
        base = [place for place in places if rows[place][at] == TOTAL]
        if not base and not dimension.is_additive:
            continue
        everyone = int(values[base[0]]) if base else int(values[roots].sum())
        if any(rows[place][at] in outcomes and values[place] >= max(everyone - 1, 1) for place in parts):
            flags[parts] = True
    return flags


class _Cells:
    """The cells met so far and the equations between them."""

    def __init__(self) -> None:
        self.place: dict[Cell, int] = {}
        self.values: list[int] = []
        self.published: list[bool] = []
        self.counts_people: list[bool] = []
        self.totals: list[int] = []
        self.equations: dict[tuple[tuple[int, int], ...], None] = {}
        self.pairs: dict[tuple[int, int], None] = {}
        self.of_table: dict[str, set[int]] = defaultdict(set)
        self.table = ""

    def cell(
        self, cell: Cell, value: int, is_published: bool = False, totals: int = 0, is_people: bool = True
    ) -> int:
        """The place of a cell, which is made where it is new; the same cell has the same figure everywhere."""
        at = self.place.setdefault(cell, len(self.values))
        if at == len(self.values):
            self.values.append(value)
            self.published.append(False)
            self.counts_people.append(is_people)
            self.totals.append(0)
        if self.values[at] != value:
            raise ValueError(
                f"{cell.name} är {self.values[at]} i en tabell och {value} i en annan; "
                "tabeller som lämnas ut tillsammans måste räkna samma personer."
            )
        self.published[at] |= is_published
        self.totals[at] = max(self.totals[at], totals)
        self.of_table[self.table].add(at)
        return at

    def take(self, table: Table) -> None:
        """Every cell the table gives."""
        self.table = table.name
        for measure, counts in table.counts.items():
            for row, count in zip(table.rows, counts, strict=True):
                if count is not None:
                    totals = sum(value == TOTAL for value in row)
                    self.cell(table.cell(measure, row), int(count), table.is_published, totals)

    def add_up(self, table: Table, measure: str) -> None:
        """What the table's cells add up to, one dimension after another, totals that no table prints included."""
        self.table = table.name
        rows = {
            row: self.place[table.cell(measure, row)]
            for row, count in zip(table.rows, table.counts[measure], strict=True)
            if count is not None
        }
        for at, dimension in enumerate(table.dimensions):
            while True:
                new = self._add_over(table, measure, at, dimension, rows)
                if not new:
                    break
                rows |= new

    def _add_over(
        self, table: Table, measure: str, at: int, dimension: Dimension, rows: dict[tuple[str, ...], int]
    ) -> dict[tuple[str, ...], int]:
        groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
        values: dict[str, set[str]] = defaultdict(set)
        for row, place in rows.items():
            if row[at] != TOTAL:
                parent = dimension.parent(row[at])
                groups[(*row[:at], parent, *row[at + 1 :])].append(place)
                values[parent].add(row[at])
        new = {}
        for row, parts in groups.items():
            cell = table.cell(measure, row)
            if not dimension.is_additive:
                self._bound(cell, parts, dimension)
                continue
            total = self.place.get(cell)
            if total is None and not dimension.is_exhaustive:
                continue
            if total is None:
                totals = sum(value == TOTAL for value in row)
                total = self.cell(cell, sum(self.values[part] for part in parts), totals=totals)
            if row not in rows:
                new[row] = total
                self.of_table[table.name].add(total)
            is_whole = len(parts) == len(values[row[at]]) and dimension.is_exhaustive
            self._sum(cell, total, parts, is_whole, (dimension, table.name))
        return new

    def _sum(
        self, cell: Cell, total: int, parts: list[int], is_whole: bool, of: tuple[Dimension, str]
    ) -> None:
        dimension, table = of
        rest = self.values[total] - sum(self.values[part] for part in parts)
        # a row that is not there reads as nobody; a value that may be missing altogether reads as unknown
        if not rest and (is_whole or dimension.is_exhaustive):
            self.relate(total, parts)
            return
        if is_whole or rest < 0:
            raise ValueError(
                f"{cell.name} är {self.values[total]} men delarna efter {dimension.name} i {table} blir "
                f"{self.values[total] - rest}. Saknas värden ska dimensionen anges som inte uttömmande; kan en "
                "person ha flera ska den anges som inte adderbar."
            )
        left = Cell(cell.measure, (*cell.coordinates, (dimension.name, f"övrigt utanför {table}")))
        self.relate(total, [*parts, self.cell(left, rest)])

    def _bound(self, cell: Cell, parts: list[int], dimension: Dimension) -> None:
        """Answers of which one person may give several: each at most the base, together at least that."""
        base = self.place.get(cell)
        if base is None:
            return
        for part in parts:
            if self.values[part] > self.values[base]:
                raise ValueError(
                    f"{cell.name} är {self.values[base]}, färre än en del efter {dimension.name}: "
                    f"{self.values[part]}."
                )
            self.pairs[part, base] = None
        further = sum(self.values[part] for part in parts) - self.values[base]
        if dimension.is_exhaustive and further >= 0:
            name = f"flera svar: {len(self.values)}"
            slack = Cell(cell.measure, (*cell.coordinates, (dimension.name, name)))
            answers = self.cell(slack, further, is_people=False)
            self.equations[(*((part, 1) for part in sorted(parts)), (base, -1), (answers, -1))] = None

    def equate(self, equation: Equation) -> None:
        """The equation at all coordinates where its whole, or all its parts, are counted."""
        self.table = ""
        measures = (equation.whole, *equation.parts)
        at: dict[tuple[tuple[str, str], ...], dict[str, int]] = defaultdict(dict)
        for cell, place in list(self.place.items()):
            if cell.measure in measures:
                at[cell.coordinates][cell.measure] = place
        for coordinates, places in at.items():
            parts = [places[measure] for measure in equation.parts if measure in places]
            missing = [measure for measure in equation.parts if measure not in places]
            if not parts or (missing and equation.whole not in places):
                continue
            total = sum(self.values[part] for part in parts)
            whole = places.get(equation.whole)
            if whole is None:
                left = [equation.rest] if equation.rest else []
                if left:
                    continue
                whole = self.cell(Cell(equation.whole, coordinates), total)
            if missing or equation.rest:
                name = " + ".join([*missing, *([equation.rest] if equation.rest else [])])
                left_over = self.values[whole] - total
                if left_over < 0:
                    raise ValueError(
                        f"{Cell(equation.whole, coordinates).name} är mindre än summan av sina delar."
                    )
                parts.append(self.cell(Cell(name, coordinates), left_over))
            elif self.values[whole] != total:
                raise ValueError(
                    f"{Cell(equation.whole, coordinates).name} är {self.values[whole]} men "
                    f"{' + '.join(equation.parts)} blir {total}."
                )
            self.relate(whole, parts)

    def relate(self, total: int, parts: list[int]) -> None:
        """total = the sum of the parts; a cell that is its own only part says nothing."""
        if parts != [total]:
            self.equations[((total, 1), *((part, -1) for part in sorted(parts)))] = None

    def system(self, threshold: int, groups: Mask, known: set[Cell]) -> System:
        """All of it."""
        values = np.array(self.values, dtype=np.int64)
        entries = [(at, *entry) for at, equation in enumerate(self.equations) for entry in equation]
        rows, cells, factors = np.array(entries, dtype=np.int64).reshape(-1, 3).T
        few = (values >= 1) & (values < threshold) & np.array(self.counts_people, dtype=bool)
        groups = np.concatenate([groups, np.zeros(len(values) - len(groups), dtype=bool)])
        return System(
            values,
            sparse.csr_array((factors, (rows, cells)), shape=(len(self.equations), len(values))),
            np.array(list(self.pairs), dtype=np.int64).reshape(-1, 2),
            few | groups,
            np.array(self.published, dtype=bool),
            np.array([cell in known for cell in self.place], dtype=bool),
            _DEARER ** np.array(self.totals, dtype=np.float64),
            tuple(cell.name for cell in self.place),
            tuple(np.array(sorted(cells), dtype=np.int64) for name, cells in self.of_table.items() if name),
        )


def figure_is_shown(hidden: Mask, *inputs: Whole) -> Mask:
    """Where a share, mean or unit cost may stand: where every count that it is made of is visible (-1: made of none)."""
    shown = np.ones(len(inputs[0]), dtype=bool)
    for places in inputs:
        shown &= ~np.append(hidden, False)[places]
    return shown
