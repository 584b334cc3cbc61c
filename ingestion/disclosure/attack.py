"""The attacker: what a reader can conclude about each hidden cell from everything that is visible.

A cell is safe when it is shown so: by `least_width` tables of whole numbers, each consistent with everything a reader
sees, in which the cell has different values. They are checked exactly; a solver only proposes them. What could not be
shown counts as recovered. So neither rounding errors nor the gap between fractions and whole numbers can let a cell pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, sparse

from ingestion.disclosure import moves, reader, shared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingestion.disclosure.reader import View
    from ingestion.disclosure.system import Mask, Real, System, Whole

LEAST_WIDTH = 3
_TOGETHER = 4000
_SMALL = 300
_NEARLY = 1e-6
_NODES = 500
_TRIES = 12


@dataclass(frozen=True)
class Attack:
    """What a reader can conclude.

    low, high: between what each cell can lie; a visible cell is its value, infinity where nothing holds it back.
    recovered: the sensitive cells for which fewer values than `least_width` are possible, or could be shown to be.
    """

    low: Real
    high: Real
    recovered: Whole


def attack(system: System, hidden: Mask, *, least_width: int = LEAST_WIDTH, intervals: bool = True) -> Attack:
    """What follows for each cell when these are hidden.

    intervals: without them the search stops where a cell is proved safe, and low and high are what was shown by then:
    the verdict is the same, and large systems are done in a fraction of the time.
    """
    return against(system, reader.as_suppressed(system, hidden), least_width=least_width, intervals=intervals)


def against(system: System, seen: View, *, least_width: int = LEAST_WIDTH, intervals: bool = True) -> Attack:
    """The same, for whatever it is that the reader stands before."""
    low, high = system.values.astype(np.float64), system.values.astype(np.float64)
    must_hold = system.sensitive & ~system.known
    open_cells = np.zeros(system.size, dtype=bool)
    open_cells[seen.cells] = True
    recovered = [np.flatnonzero(must_hold & ~open_cells)]
    for part in seen.parts():
        hunt = _Hunt(part, must_hold[part.cells], least_width)
        hunt.run(intervals)
        low[part.cells] = hunt.low
        high[part.cells] = np.where(hunt.high >= part.far, np.inf, hunt.high)
        recovered.append(part.cells[hunt.recovered()])
    return Attack(low, high, np.sort(np.concatenate(recovered)))


def attack_all(
    tried: Sequence[tuple[System, Mask]],
    processes: int = 2,
    *,
    least_width: int = LEAST_WIDTH,
    intervals: bool = True,
) -> list[Attack]:
    """The attack on each system with its hidden cells, in the order asked; several processes share the work."""
    return shared.each(_one, tried, processes, least_width=least_width, intervals=intervals)


def _one(tried: tuple[System, Mask], least_width: int, intervals: bool) -> Attack:
    return attack(*tried, least_width=least_width, intervals=intervals)


class _Hunt:
    """The attack on one piece: bounds from outside, possible tables from inside, until they meet or prove enough."""

    def __init__(self, seen: View, sensitive: Mask, least_width: int) -> None:
        self.seen = seen
        self.sensitive = sensitive
        self.least_width = least_width
        self.low, self.high = reader.narrowed(seen)
        self.least, self.most = seen.truth.copy(), seen.truth.copy()
        self.tables = seen.truth[None, :]
        self.proved = np.zeros(seen.size, dtype=bool)

    def run(self, intervals: bool) -> None:
        """Prove what must be proved, by moves, by extremes, by asking for single values; then the intervals, if wanted."""
        # one program for all cells of a small piece is sooner done than a move for each
        if not intervals and self.seen.size > _SMALL:
            self._move()
        self._extremes(np.arange(self.seen.size) if intervals else self.unproved(), intervals)
        for cell in self.unproved():
            self._other_values(int(cell))
        if not intervals:
            self.low = np.where(self.proved, self.least, self.low)
            self.high = np.where(self.proved, self.most, self.high)

    def recovered(self) -> Whole:
        """The sensitive cells that were not shown to be safe."""
        return np.flatnonzero(self.sensitive & ~self.proved)

    def unproved(self) -> Whole:
        """Sensitive cells that may still be safe and are not shown to be."""
        may_be = self.high - self.low + 1 >= self.least_width
        return np.flatnonzero(self.sensitive & may_be & ~self.proved)

    def _keep(self, tables: Whole) -> None:
        """Take these tables, those that are possible, as proof; a cell with enough different values is done."""
        tables = tables[self.seen.allows(tables)]
        if not len(tables):
            return
        self.tables = np.concatenate([self.tables, tables])
        self.least = np.minimum(self.least, tables.min(axis=0))
        self.most = np.maximum(self.most, tables.max(axis=0))
        waiting = np.flatnonzero(~self.proved)
        ordered = np.sort(self.tables[:, waiting], axis=0)
        different = 1 + (np.diff(ordered, axis=0) != 0).sum(axis=0)
        self.proved[waiting[different >= self.least_width]] = True

    def _move(self) -> None:
        cost = np.ones(self.seen.size)
        for cell in self.unproved():
            if self.proved[cell]:
                continue
            move = moves.find(self.seen, int(cell), self.least_width, cost, is_free=cost > 0)
            if move is not None:
                found = move.tables(self.seen.truth)
                self.proved |= move.change != 0
                self.least = np.minimum(self.least, found.min(axis=0))
                self.most = np.maximum(self.most, found.max(axis=0))

    def _extremes(self, cells: Whole, intervals: bool) -> None:
        """The least and the largest value of each cell, many cells in one block-diagonal linear program."""
        goals = [(int(cell), way) for cell in cells for way in (-1, 1)]
        at_once = max(1, _TOGETHER // self.seen.size)
        while goals:
            goals = [
                (cell, way)
                for cell, way in goals
                if (intervals or not self.proved[cell])
                and (self.most[cell] < self.high[cell] if way > 0 else self.least[cell] > self.low[cell])
            ]
            self._solve(goals[:at_once])
            goals = goals[at_once:]

    def _solve(self, goals: list[tuple[int, int]]) -> None:
        if not goals:
            return
        seen, count = self.seen, len(goals)
        wanted = np.zeros((count, seen.size))
        for at, (cell, way) in enumerate(goals):
            wanted[at, cell] = -way
        found = optimize.milp(
            wanted.ravel(),
            bounds=optimize.Bounds(np.tile(self.low, count), np.tile(self.high, count)),
            constraints=_blocks(seen, count),
        )
        if found.status or found.x is None:  # bounds from outside stand; nothing is shown from inside
            return
        solved = found.x.reshape(count, seen.size)
        for at, (cell, way) in enumerate(goals):
            if way > 0:
                self.high[cell] = min(self.high[cell], np.floor(solved[at, cell] + _NEARLY))
            else:
                self.low[cell] = max(self.low[cell], np.ceil(solved[at, cell] - _NEARLY))
        rounded = np.rint(solved)
        self._keep(rounded[np.abs(solved - rounded).max(axis=1) < _NEARLY].astype(np.int64))

    def _other_values(self, cell: int) -> None:
        """Ask for one value after another, the nearest to the truth first, until enough are shown possible."""
        truth = int(self.seen.truth[cell])
        nearest = sorted(
            range(max(int(self.low[cell]), truth - _TRIES), min(int(self.high[cell]), truth + _TRIES) + 1),
            key=lambda value: (abs(value - truth), value),
        )
        for value in nearest[: 2 * _TRIES]:
            if self.proved[cell]:
                return
            if value not in self.tables[:, cell]:
                self._ask(cell, value)

    def _ask(self, cell: int, value: int) -> None:
        low, high = self.low.copy(), self.high.copy()
        low[cell] = high[cell] = value
        found = optimize.milp(
            np.zeros(self.seen.size),
            bounds=optimize.Bounds(low, high),
            constraints=_blocks(self.seen, 1),
            integrality=np.ones(self.seen.size),
            options={"node_limit": _NODES},
        )
        if found.x is not None:
            self._keep(np.rint(found.x).astype(np.int64)[None, :])


def _blocks(seen: View, count: int) -> list[optimize.LinearConstraint]:
    """The same rules for so many copies of the cells."""
    copies = sparse.eye_array(count, format="csr")
    rules = []
    if seen.matrix.shape[0]:
        right = np.tile(seen.right, count)
        rules.append(optimize.LinearConstraint(sparse.kron(copies, seen.matrix, format="csc"), right, right))
    if len(seen.at_most):
        pairs = len(seen.at_most)
        rows, ends = np.tile(np.arange(pairs), 2), seen.at_most.T.ravel()
        less = sparse.csr_array((np.repeat([1, -1], pairs), (rows, ends)), shape=(pairs, seen.size))
        rules.append(optimize.LinearConstraint(sparse.kron(copies, less, format="csc"), -np.inf, 0))
    return rules
