"""Complementary suppression: which further cells to hide, so that no sensitive cell can be recovered.

For each sensitive cell a move is sought (`moves`) that changes it and, besides what is hidden already, as little as
possible; what else it changes is hidden too. Hiding more never takes a proof away, so one pass protects everything that
can be protected; then cells that no proof needs are shown again. At the end the attacker, who knows nothing of these
moves, tries the result. The same input gives the same output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ingestion.disclosure import moves, reader, shared
from ingestion.disclosure.attack import LEAST_WIDTH, attack
from ingestion.disclosure.system import components

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingestion.disclosure.system import Mask, System, Whole

ROUNDS = 5
_FREE = 1e-3
"""What it costs to change a cell that is hidden anyway: not nothing, so that moves stay short."""


@dataclass(frozen=True)
class Protection:
    """hidden: every cell that readers do not see, the sensitive and the further ones alike. rounds: attacks needed."""

    hidden: Mask
    rounds: int


class Unprotectable(Exception):
    """These cells can be recovered whatever is hidden; nothing of the system may be published as it is."""

    def __init__(self, cells: Whole, message: str) -> None:
        super().__init__(message)
        self.cells = cells

    def __reduce__(self) -> tuple[type[Unprotectable], tuple[Whole, str]]:
        return type(self), (self.cells, str(self))


def protect(system: System, *, least_width: int = LEAST_WIDTH, rounds: int = ROUNDS) -> Protection:
    """Hide what is sensitive and as much more as it takes. Raises Unprotectable, naming the cells, where nothing helps."""
    hidden = np.zeros(system.size, dtype=bool)
    used, open_cells = 1, []
    for cells in components(system):
        part = system.part(cells)
        if not (part.sensitive & ~part.known).any():
            continue
        try:
            found = _Shelter(part, least_width).protect(rounds)
        except Unprotectable as found_open:
            open_cells.append(cells[found_open.cells])
            continue
        hidden[cells[found.hidden]] = True
        used = max(used, found.rounds)
    if open_cells:
        cells = np.sort(np.concatenate(open_cells))
        raise Unprotectable(
            cells,
            f"{len(cells)} celler kan räknas fram vad som än döljs, så tabellerna får inte lämnas ut som de är: "
            f"{system.called(cells)}. Slå samman koder, eller lämna ut färre tabeller tillsammans.",
        )
    return Protection(hidden, used)


def protect_all(
    systems: Sequence[System],
    processes: int = 2,
    *,
    least_width: int = LEAST_WIDTH,
    rounds: int = ROUNDS,
) -> list[Protection | Unprotectable]:
    """Each system's protection, or why there is none, in the order asked; several processes share the work."""
    return shared.each(_tried, systems, processes, least_width=least_width, rounds=rounds)


def _tried(system: System, least_width: int, rounds: int) -> Protection | Unprotectable:
    try:
        return protect(system, least_width=least_width, rounds=rounds)
    except Unprotectable as found:
        return found


class _Shelter:
    """The protection of one component."""

    def __init__(self, system: System, least_width: int) -> None:
        self.system = system
        self.least_width = least_width
        self.can_hide = system.published & ~system.known
        self.must_hold = system.sensitive & ~system.known
        self.hidden = system.sensitive & self.can_hide
        # what a reader would stand before if everything were hidden that can be
        self.seen = reader.as_suppressed(system, self.can_hide)
        self.moves: list[moves.Move] = []
        self.around = np.zeros(system.size, dtype=bool)

    def protect(self, rounds: int) -> Protection:
        """Hide, show again what is not needed, and let the attacker try, so many times."""
        todo = np.flatnonzero(self.must_hold)
        recovered = todo
        for used in range(1, rounds + 1):
            self._hide_for(recovered)
            hidden = self._without_needless()
            recovered = attack(self.system, hidden, least_width=self.least_width, intervals=False).recovered
            if not len(recovered):
                return Protection(hidden, used)
            if not self._hide_around(recovered):
                break
        raise Unprotectable(recovered, self.system.called(recovered))

    def _hide_for(self, cells: Whole) -> None:
        """Find a move for each of these, the largest counts first: their moves most often carry others with them."""
        place = np.full(self.system.size, -1, dtype=np.int64)
        place[self.seen.cells] = np.arange(self.seen.size)
        covered = np.zeros(self.seen.size, dtype=bool)
        for known in self.moves:
            covered |= known.change != 0
        for cell in sorted(cells.tolist(), key=lambda one: (-int(self.system.values[one]), one)):
            if place[cell] < 0 or covered[place[cell]]:
                continue
            is_free = (self.hidden | ~self.can_hide)[self.seen.cells]
            cost = np.where(is_free, _FREE, self.system.weights[self.seen.cells])
            move = moves.find(self.seen, int(place[cell]), self.least_width, cost, is_free=is_free)
            if move is not None:
                self.moves.append(move)
                covered |= move.change != 0
                changed = self.seen.cells[move.change != 0]
                self.hidden[changed[self.can_hide[changed]]] = True

    def _without_needless(self) -> Mask:
        """Show again, the dearest first, what every sensitive cell can do without: another move proves it too."""
        hidden = self.hidden.copy()
        if not self.moves:
            return hidden
        changes = np.stack([move.change != 0 for move in self.moves])
        proves = changes[:, self.must_hold[self.seen.cells]].astype(np.int64)
        left = proves.sum(axis=0)
        is_left = np.ones(len(changes), dtype=bool)
        weights = self.system.weights[self.seen.cells]
        further = np.flatnonzero((hidden & ~self.system.sensitive & ~self.around)[self.seen.cells])
        for cell in sorted(further.tolist(), key=lambda one: (-weights[one], one)):
            lost = is_left & changes[:, cell]
            remaining = left - proves[lost].sum(axis=0)
            if ((remaining > 0) | (left == 0)).all():
                left, is_left = remaining, is_left & ~lost
                hidden[self.seen.cells[cell]] = False
        shown = (self.can_hide & ~hidden)[self.seen.cells]
        self.moves = [move for move in self.moves if not move.change[shown].any()]
        return hidden

    def _hide_around(self, cells: Whole) -> bool:
        """No single move proves these: hide what stands in an equation with one of them, wider each time; False at the end."""
        relations = self.system.relations
        reached = np.zeros(self.system.size, dtype=bool)
        reached[cells] = True
        reached |= self.around
        touched = (abs(relations) @ reached) != 0
        wider = (((abs(relations).T @ touched) != 0) | reached) & self.can_hide
        pairs = self.system.at_most.reshape(-1, 2)
        beside = pairs[reached[pairs].any(axis=1)].ravel()
        wider[beside[self.can_hide[beside]]] = True
        if not (wider & ~self.hidden).any():
            return False
        self.around |= wider
        self.hidden |= wider
        return True
