"""Two publications after one another: what the difference between them tells.

The rule. A published period stands still. It is replaced as a whole, never cell by cell, and only

- when it is due (the next month or quarter has its own cells, and they are no change of these), or
- when a correction moves at least LEAST_CHANGED visible cells by a threshold or more; smaller corrections wait until the
  next time the period is due. An erased person is such a correction: she leaves the figures with the next publication.

Whatever is published next is protected together with everything published before. The reader is taken to know which
cells have not changed, which is more than she can know:

- a cell that has not changed is one and the same unknown in both publications; was it visible, it is known for good;
- a visible cell that has changed by 1 up to the threshold, exclusive, is sensitive now: the change is so many persons;
- a cell that was sensitive and hidden stays protected in the publication where it stood; of one that was hidden and has
  changed by a few the change is protected, whatever became known of the counts themselves;
- cells that hang together through both publications are attacked together, however many publications there were.

Exact counts of what was published are kept for this with the decisions, where no reader reaches; what readers can ask
for of the past are published values alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from ingestion.disclosure.tables import THRESHOLD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingestion.disclosure.system import Mask, Real, System, Whole
    from ingestion.disclosure.tables import Cell

LEAST_CHANGED = 3


@dataclass(frozen=True)
class Release:
    """One publication: its cells, their exact system, and what was hidden. Of the next one nothing is hidden yet."""

    cells: tuple[Cell, ...]
    system: System
    hidden: Mask

    @property
    def visible(self) -> Mask:
        """The cells readers have seen."""
        return self.system.published & ~self.hidden


@dataclass(frozen=True)
class Decision:
    """Whether a period is replaced, and why, in one sentence."""

    is_replaced: bool
    reason_sv: str


def decide(
    before: Release | None,
    after: Release,
    *,
    is_due: bool,
    threshold: int = THRESHOLD,
    least_changed: int = LEAST_CHANGED,
) -> Decision:
    """Whether what stands is replaced by what is counted now."""
    if before is None:
        return Decision(True, "Perioden har inte lämnats ut förut.")
    old, new = _shared(before, after)
    changes = np.abs(after.system.values[new] - before.system.values[old])
    if not changes.any() and len(old) == before.system.size == after.system.size:
        return Decision(False, "Inget har ändrats sedan perioden lämnades ut.")
    if is_due:
        return Decision(True, "Perioden lämnas ut på nytt enligt tidplanen.")
    large = int((before.visible[old] & (changes >= threshold)).sum())
    if large >= least_changed:
        return Decision(
            True,
            f"Rättelsen flyttar {large} synliga tal med minst {threshold} personer: perioden ersätts i sin helhet.",
        )
    return Decision(
        False,
        f"Rättelsen flyttar {large} synliga tal med minst {threshold} personer, och det krävs {least_changed}: "
        "perioden står kvar som den lämnades ut tills den lämnas ut nästa gång.",
    )


def joint(after: Release, earlier: Sequence[Release], *, threshold: int = THRESHOLD) -> System:
    """The next publication and all before it as one system; its first cells are those of the next one, in order.

    earlier: the oldest first. Protect it and take the flags of the first cells; attack it to judge a publication.
    """
    found = _Joint(after, threshold)
    for release in reversed(earlier):
        found.add(release)
    return found.system()


class _Joint:
    """The unknowns of several publications; a cell that has not changed since the next one is the same unknown."""

    def __init__(self, after: Release, threshold: int) -> None:
        self.threshold = threshold
        self.first = after.system
        self.newer, self.place = after, np.arange(after.system.size)
        self.values = after.system.values.copy()
        self.published = after.system.published.copy()
        self.known = after.system.known.copy()
        self.sensitive = after.system.sensitive.copy()
        self.weights = after.system.weights.copy()
        self.names = list(after.system.names or (cell.name for cell in after.cells))
        self.relations: list[tuple[Whole, Whole, Whole, int]] = []
        self.pairs: list[Whole] = []
        self._take(after.system, self.place)

    def add(self, release: Release) -> None:
        """The publication before those added so far."""
        of = release.system
        old, new = _shared(release, self.newer)
        changes = np.abs(self.newer.system.values[new] - of.values[old])
        place = np.full(of.size, -1, dtype=np.int64)
        place[old[changes == 0]] = self.place[new[changes == 0]]
        fresh = np.flatnonzero(place < 0)
        names = [f"{release.cells[at].name} (tidigare utlämnad)" for at in fresh]
        place[fresh] = self._extend(of.values[fresh], names, weights=of.weights[fresh])
        seen = release.visible | of.known
        self.known[place[seen]] = True
        self.sensitive[place[of.sensitive & ~seen]] = True
        small = (changes >= 1) & (changes < self.threshold)
        # the change of a figure that was seen is itself a count of persons
        self.sensitive[self.place[new[small & seen[old]]]] = True
        hidden = small & ~seen[old]
        self._hold(self.place[new[hidden]], place[old[hidden]])
        self._take(of, place)
        self.newer, self.place = release, place

    def _extend(
        self, values: Whole, names: list[str], *, weights: Real, known: bool = False, sensitive: bool = False
    ) -> Whole:
        """More cells, none of them published any more, or ever."""
        place = len(self.values) + np.arange(len(values))
        self.values = np.concatenate([self.values, values])
        self.published = np.append(self.published, np.zeros(len(values), dtype=bool))
        self.known = np.append(self.known, np.full(len(values), known))
        self.sensitive = np.append(self.sensitive, np.full(len(values), sensitive))
        self.weights = np.concatenate([self.weights, weights])
        self.names += names
        return place

    def _hold(self, new: Whole, old: Whole) -> None:
        """What changed by a few and was hidden: neither count need be secret, but the change must be.

        A change has a sign and a cell has none, so it is counted from a number that everyone knows.
        """
        if not len(new):
            return
        base = 2 * int(self.values.max()) + 1
        zero = self._extend(np.array([base]), ["jämförelsetal"], weights=np.ones(1), known=True)
        names = [f"ändring av {self.names[at]}" for at in new]
        changed = self.values[new] - self.values[old] + base
        change = self._extend(changed, names, weights=np.ones(len(new)), sensitive=True)
        rows = np.tile(np.arange(len(new)), 4)
        cells = np.concatenate([new, np.repeat(zero, len(new)), old, change])
        factors = np.repeat([1, 1, -1, -1], len(new))
        self.relations.append((factors, rows, cells, len(new)))

    def system(self) -> System:
        """All publications at once."""
        size = len(self.values)
        rows = [
            sparse.csr_array((factors, (rows, cells)), shape=(count, size))
            for factors, rows, cells, count in self.relations
        ]
        return replace(
            self.first,
            values=self.values,
            relations=sparse.csr_array(sparse.vstack(rows)),
            at_most=np.unique(np.concatenate(self.pairs), axis=0),
            sensitive=self.sensitive,
            published=self.published,
            known=self.known,
            weights=self.weights,
            names=tuple(self.names),
        )

    def _take(self, system: System, place: Whole) -> None:
        entries = sparse.coo_array(system.relations)
        self.relations.append((entries.data, entries.row, place[entries.col], system.relations.shape[0]))
        self.pairs.append(place[system.at_most.reshape(-1, 2)])


def _shared(before: Release, after: Release) -> tuple[Whole, Whole]:
    """Where the cells that both have stand in each."""
    place = {cell: at for at, cell in enumerate(after.cells)}
    found = [(at, place[cell]) for at, cell in enumerate(before.cells) if cell in place]
    old, new = np.array(found, dtype=np.int64).reshape(-1, 2).T
    return old, new
