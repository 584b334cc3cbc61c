"""Moves: whole-number changes of several cells at once that leave every relation as it was.

Where a table x and a move y both fit, so do x + y, x + 2y, ...: a move is a proof that a reader cannot tell these tables
apart, and it is checked in whole numbers, whatever solver found it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, sparse

if TYPE_CHECKING:
    from ingestion.disclosure.reader import View
    from ingestion.disclosure.system import Mask, Real, Whole

_NODES = 50
_NEARLY = 1e-6
_LONGEST = 1000
_MANY = 2000


@dataclass(frozen=True)
class Move:
    """change: per cell of the view. back, forth: so many steps each way from the true table are possible tables."""

    change: Whole
    back: int
    forth: int

    def tables(self, truth: Whole) -> Whole:
        """The tables it shows to be possible, one per row."""
        steps = np.arange(-self.back, self.forth + 1)
        return truth + steps[:, None] * self.change


def find(seen: View, cell: int, least_width: int, cost: Real, *, is_free: Mask) -> Move | None:
    """A cheap move that changes this cell and makes so many different tables; None where there is none.

    It is sought near the cell first, then ever wider, each way; the cheapest is taken, and at once one that changes
    nothing but free cells and one more. Where very much must be searched, which takes long, the first is good enough.
    """
    for near in seen.surroundings(cell):
        inside = slice(None) if near is seen else np.searchsorted(seen.cells, near.cells)
        at = int(np.searchsorted(near.cells, seen.cells[cell]))
        found = _best(near, at, least_width, cost[inside], is_free[inside] | (near.size > _MANY))
        if found is not None:
            change = np.zeros(seen.size, dtype=np.int64)
            change[inside] = found.change
            return replace(found, change=change)
    return None


def _best(seen: View, cell: int, least_width: int, cost: Real, is_free: Mask) -> Move | None:
    best: Move | None = None
    least = np.inf
    one_more = float(cost[~is_free].min(initial=np.inf))
    for back, forth in _ways(least_width):
        move = _cheapest(seen, cell, back, forth, cost)
        dearness = np.inf if move is None else float(cost[(move.change != 0) & ~is_free].sum())
        if dearness < least:
            best, least = move, dearness
        if least <= one_more:
            break
    return best


def _cheapest(seen: View, cell: int, back: int, forth: int, cost: Real) -> Move | None:
    up, down = _room(seen, back, forth)
    if up[cell] < 1:
        return None
    down[cell] = 0
    lowest = np.zeros(2 * seen.size)
    lowest[cell] = 1
    bounds = optimize.Bounds(lowest, np.concatenate([up, down]))
    rules = _rules(seen, back, forth)
    both = np.concatenate([cost, cost])
    for whole in (0, 1):
        found = optimize.milp(
            both,
            bounds=bounds,
            constraints=rules,
            integrality=np.full(len(both), whole),
            options={"node_limit": _NODES} if whole else {},
        )
        if found.x is None:
            return None
        change = found.x[: seen.size] - found.x[seen.size :]
        rounded = np.rint(change).astype(np.int64)
        if np.abs(change - rounded).max() < _NEARLY:
            move = Move(rounded, back, forth)
            if rounded[cell] and seen.allows(move.tables(seen.truth)).all():
                return move
    return None


def _room(seen: View, back: int, forth: int) -> tuple[Real, Real]:
    """How far each cell may go up and down in one step, so that all the steps stay within its bounds."""
    above, below = seen.high - seen.truth, seen.truth - seen.low
    longest = np.full(seen.size, _LONGEST)
    up = np.minimum(above // forth if forth else longest, below // back if back else longest)
    down = np.minimum(below // forth if forth else longest, above // back if back else longest)
    return up.astype(np.float64), down.astype(np.float64)


def _rules(seen: View, back: int, forth: int) -> list[optimize.LinearConstraint]:
    rules = [optimize.LinearConstraint(seen.both_ways, 0, 0)] if seen.matrix.shape[0] else []
    if len(seen.at_most):
        count = len(seen.at_most)
        rows, ends = np.tile(np.arange(count), 2), seen.at_most.T.ravel()
        pairs = sparse.csr_array(
            (np.repeat([1.0, -1.0], count), (rows, ends)), shape=(count, seen.size)
        )  # fmt: skip
        gap = (seen.truth[seen.at_most[:, 1]] - seen.truth[seen.at_most[:, 0]]).astype(np.float64)
        highest = gap / forth if forth else np.full(count, np.inf)
        lowest = -gap / back if back else np.full(count, -np.inf)
        rules.append(optimize.LinearConstraint(sparse.hstack([pairs, -pairs], format="csc"), lowest, highest))
    return rules


def _ways(least_width: int) -> list[tuple[int, int]]:
    """The steps back and forth that make so many different tables; the balanced first, since it asks least of others."""
    steps = least_width - 1
    return sorted(
        ((back, steps - back) for back in range(least_width)),
        key=lambda way: (abs(way[0] - way[1]), way),
    )
