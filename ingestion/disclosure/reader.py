"""What a reader knows of the cells she does not see, and the bounds that follow from it without solving anything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from ingestion.disclosure.system import linked, placed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.disclosure.system import Mask, System, Whole

_SWEEPS = 60
_ROOM = 100
_WIDTHS = ((700, 3), (1500, 6))
"""How many cells the surroundings of one hold at most, and how many steps away: what is near is soon searched."""


@dataclass(frozen=True)
class View:
    """The unknown cells of one system as a reader stands before them: matrix @ x == right, low <= x <= high.

    cells: their positions in the system. truth: what they are; one of the tables she holds possible.
    far: so high that no bound is meant; a search stops there, and so may find too little but never too much.
    """

    cells: Whole
    matrix: sparse.csr_array
    right: Whole
    at_most: Whole
    low: Whole
    high: Whole
    truth: Whole
    far: int
    tables: tuple[Whole, ...] = ()

    @property
    def size(self) -> int:
        """How many unknown cells."""
        return len(self.cells)

    def parts(self) -> list[View]:
        """The pieces that have nothing to do with one another."""
        if not self.size:
            return []
        nothing_fixed = np.zeros(self.size, dtype=bool)
        label = linked(self.matrix, self.at_most, nothing_fixed)[1][: self.size]
        order = np.argsort(label, kind="stable")
        starts = np.flatnonzero(np.diff(label[order]))
        return [self.part(cells) for cells in np.split(order, starts + 1)]

    def part(self, of: Whole) -> View:
        """The view of some of the cells; whatever they are tied to must be among them."""
        local = np.full(self.size, -1, dtype=np.int64)
        local[of] = np.arange(len(of))
        matrix = self.matrix[:, of]
        used = np.flatnonzero(np.diff(matrix.indptr))
        pairs = local[self.at_most]
        return View(
            self.cells[of],
            sparse.csr_array(matrix[used]),
            self.right[used],
            pairs[(pairs >= 0).all(axis=1)],
            self.low[of],
            self.high[of],
            self.truth[of],
            self.far,
            placed(self.tables, local),
        )

    def near(self, of: Whole) -> View:
        """Some of the cells, the others as they are: whatever is possible here is possible in the whole."""
        inside = np.zeros(self.size, dtype=bool)
        inside[of] = True
        low, high = self.low.copy(), self.high.copy()
        part, base = self.at_most[~inside[self.at_most].all(axis=1)].T
        np.minimum.at(high, part, np.where(inside[base], high[part], self.truth[base]))
        np.maximum.at(low, base, np.where(inside[part], low[base], self.truth[part]))
        right = self.right - self.matrix @ np.where(inside, 0, self.truth)
        return replace(self, low=low, high=high, right=right).part(of)

    @cached_property
    def homes(self) -> list[Whole]:
        """For each cell where to look first: the cells of the tables it stands in; all where none is said."""
        found: list[list[int]] = [[] for _ in range(self.size)]
        for at, cells in enumerate(self.tables):
            for cell in cells.tolist():
                found[cell].append(at)
        return [np.array(tables, dtype=np.int64) for tables in found]

    @cached_property
    def by_tables(self) -> dict[int, View]:
        """The view of each table by itself, made when it is first asked for."""
        return {}

    def surroundings(self, cell: int) -> Iterator[View]:
        """What stands nearest to the cell, ever wider: its table, or what equations reach in so many steps; all of it last."""
        widths: tuple[tuple[int, int], ...] = _WIDTHS
        if len(self.homes[cell]) == 1:
            home, widths = int(self.homes[cell][0]), ()
            if len(self.tables[home]) < self.size:
                if home not in self.by_tables:
                    self.by_tables[home] = self.near(self.tables[home])
                yield self.by_tables[home]
        for most, steps in widths:
            if most < self.size:
                yield self.near(self._reached(cell, most, steps))
        yield self

    def _reached(self, cell: int, most: int, steps: int) -> Whole:
        """The cells that so many equations after one another lead to, as long as they are no more than `most`."""
        reached = np.zeros(self.size, dtype=bool)
        reached[cell] = True
        for _ in range(steps):
            wider = (self.links.T @ (self.links @ reached)) > 0
            if wider.sum() > most:
                break
            reached = wider
        reached[cell] = True
        return np.flatnonzero(reached)

    @cached_property
    def links(self) -> sparse.csr_array:
        """Which cells stand in which equations, however."""
        return abs(self.matrix)

    @cached_property
    def both_ways(self) -> sparse.csc_array:
        """The equations over each cell's rise and each cell's fall."""
        return sparse.hstack([self.matrix, -self.matrix], format="csc")

    def allows(self, tables: Whole) -> Mask:
        """Which of these tables (rows) she holds possible, exactly, in whole numbers."""
        found = ((tables >= self.low) & (tables <= self.high)).all(axis=1)
        if self.matrix.shape[0]:
            found &= (self.matrix @ tables.T == self.right[:, None]).all(axis=0)
        if len(self.at_most):
            found &= (tables[:, self.at_most[:, 0]] <= tables[:, self.at_most[:, 1]]).all(axis=1)
        return np.asarray(found)


def view(system: System, low: Whole, high: Whole) -> View:
    """The cells whose bounds leave anything open; the others are numbers. `far_of` says what a high without bound is."""
    fixed = low == high
    cells = np.flatnonzero(~fixed)
    local = np.full(system.size, -1, dtype=np.int64)
    local[cells] = np.arange(len(cells))
    right = -(system.relations @ np.where(fixed, low, 0))
    matrix = system.relations[:, cells]
    used = np.flatnonzero(np.diff(matrix.indptr))
    low, high = low.copy(), high.copy()
    pairs = system.at_most.reshape(-1, 2)
    part, base = pairs[:, 0], pairs[:, 1]
    np.minimum.at(high, part, high[base])
    np.maximum.at(low, base, low[part])
    return View(
        cells,
        sparse.csr_array(matrix[used]),
        right[used],
        local[pairs][(local[pairs] >= 0).all(axis=1)],
        low[cells],
        high[cells],
        system.values[cells],
        far_of(system),
        placed(system.tables, local),
    )


def far_of(system: System) -> int:
    """Higher than any count a reader could find plausible: twice the largest, and some."""
    return 2 * int(system.values.max(initial=0)) + _ROOM


def as_suppressed(system: System, hidden: Mask) -> View:
    """What a reader stands before when these cells are stars: the others exactly, and that a count is never negative."""
    visible = system.visible(hidden)
    far = far_of(system)
    return view(system, np.where(visible, system.values, 0), np.where(visible, system.values, far))


def narrowed(seen: View) -> tuple[Whole, Whole]:
    """Bounds of each cell from one equation at a time, again and again until nothing moves. Never too narrow."""
    low, high = seen.low.copy(), seen.high.copy()
    entries = sparse.coo_array(seen.matrix)
    row, cell, factor = entries.row, entries.col, entries.data
    if not len(factor):
        return low, high
    rises, size = factor > 0, seen.matrix.shape[0]
    for _ in range(_SWEEPS):
        before = (low.copy(), high.copy())
        least = factor * np.where(rises, low[cell], high[cell])
        most = factor * np.where(rises, high[cell], low[cell])
        left_high = seen.right[row] - (_sums(row, least, size)[row] - least)
        left_low = seen.right[row] - (_sums(row, most, size)[row] - most)
        upper = np.where(rises, left_high, left_low) // factor
        lower = -(-np.where(rises, left_low, left_high) // factor)
        np.minimum.at(high, cell, upper)
        np.maximum.at(low, cell, lower)
        if len(seen.at_most):
            part, base = seen.at_most.T
            np.minimum.at(high, part, high[base])
            np.maximum.at(low, base, low[part])
        if (low == before[0]).all() and (high == before[1]).all():
            break
    return low, high


def _sums(row: Whole, of: Whole, size: int) -> Whole:
    found = np.zeros(size, dtype=np.int64)
    np.add.at(found, row, of)
    return found
