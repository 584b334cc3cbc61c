"""The cells of everything published together about one population, as a system of equations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class System:
    """The cells of everything published together about one population, and what a reader knows they add up to.

    values: exact counts, never negative.
    relations: relations @ values == 0, a total minus its parts; the coefficients are whole numbers.
    at_most: pairs; values[a] <= values[b] always holds and readers know it (one answer of several <= its base).
    sensitive: must not be recoverable: few persons, a group's sensitive outcome, a small change since the last release.
    published: cells a reader sees unless hidden; the others are unknowns that only link.
    known: public already or elsewhere; cannot be hidden, and what is known is not protected.
    weights: the cost of hiding a cell, above 0; totals are dearer than details.
    names: what messages call the cells; without them their positions.
    tables: the cells of each table. Nothing follows from them; a solver that looks there first is done sooner.
    """

    values: Whole
    relations: sparse.csr_array
    at_most: Whole
    sensitive: Mask
    published: Mask
    known: Mask
    weights: Real
    names: tuple[str, ...] = ()
    tables: tuple[Whole, ...] = ()

    def __post_init__(self) -> None:
        size = len(self.values)
        facts = (self.sensitive, self.published, self.known, self.weights, self.names or self.values)
        if any(len(fact) != size for fact in facts) or self.relations.shape[1] != size:
            raise ValueError("systemets delar är olika långa")
        if size and self.values.min() < 0:
            raise ValueError(f"negativt antal: {self.called(np.flatnonzero(self.values < 0))}")
        if size and self.weights.min() <= 0:
            raise ValueError("en vikt måste vara större än 0")
        # an attack on equations that do not hold would find nothing possible, and so nothing to object to
        if (self.relations @ self.values).any():
            wrong = int(np.flatnonzero(self.relations @ self.values)[0])
            cells = self.relations.indices[self.relations.indptr[wrong] : self.relations.indptr[wrong + 1]]
            raise ValueError(f"summan stämmer inte: {self.called(cells)}")
        pairs = self.at_most.reshape(-1, 2)
        broken = pairs[self.values[pairs[:, 0]] > self.values[pairs[:, 1]]]
        if len(broken):
            raise ValueError(f"en del är större än sin bas: {self.called(broken[0])}")

    @property
    def size(self) -> int:
        """How many cells."""
        return len(self.values)

    def called(self, cells: Whole) -> str:
        """What a message calls these cells; the first ten."""
        told = [self.names[cell] if self.names else str(cell) for cell in cells[:10]]
        return ", ".join(told) + (f" och {len(cells) - 10} till" if len(cells) > 10 else "")

    def visible(self, hidden: Mask) -> Mask:
        """The cells whose exact value a reader has when these are hidden."""
        return (self.published & ~hidden) | self.known

    def part(self, cells: Whole) -> System:
        """The system of these cells alone: the relations that stand wholly among them and touch an unknown one."""
        local = np.full(self.size, -1, dtype=np.int64)
        local[cells] = np.arange(len(cells))
        rows = self.relations[:, cells[~self.known[cells]]]
        touched = np.flatnonzero(np.diff(rows.indptr))
        pairs = local[self.at_most.reshape(-1, 2)]
        return replace(
            self,
            values=self.values[cells],
            relations=self.relations[touched][:, cells],
            at_most=pairs[(pairs >= 0).all(axis=1)],
            sensitive=self.sensitive[cells],
            published=self.published[cells],
            known=self.known[cells],
            weights=self.weights[cells],
            names=tuple(self.names[cell] for cell in cells) if self.names else (),
            tables=placed(self.tables, local),
        )


def placed(tables: tuple[Whole, ...], local: Whole) -> tuple[Whole, ...]:
    """The tables' cells by their new places (-1: gone), without the tables that are gone."""
    moved = (np.unique(local[cells]) for cells in tables)
    return tuple(kept for cells in moved if len(kept := cells[cells >= 0]) > 1)


def system(
    values: Whole,
    relations: sparse.csr_array,
    *,
    sensitive: Mask,
    at_most: Whole | None = None,
    published: Mask | None = None,
    known: Mask | None = None,
    weights: Real | None = None,
    names: tuple[str, ...] = (),
) -> System:
    """A system where what is not said is plain: all published, nothing known, every cell of equal weight."""
    size = len(values)
    return System(
        np.asarray(values, dtype=np.int64),
        sparse.csr_array(relations, dtype=np.int64),
        np.zeros((0, 2), dtype=np.int64) if at_most is None else np.asarray(at_most, dtype=np.int64),
        np.asarray(sensitive, dtype=bool),
        np.ones(size, dtype=bool) if published is None else published,
        np.zeros(size, dtype=bool) if known is None else known,
        np.ones(size) if weights is None else weights,
        names,
    )


def components(system: System) -> list[Whole]:
    """The independent parts: nothing hidden in one says anything of another.

    A known cell is a number and links nothing; it stands in every part that it stands beside.
    """
    ends, label = linked(system.relations, system.at_most, system.known)
    known = np.concatenate([system.known, np.zeros(system.relations.shape[0], dtype=bool)])
    free = np.flatnonzero(~system.known)
    beside = ends[known[ends].sum(axis=1) == 1]
    is_first = known[beside[:, 0]]
    numbers = np.where(is_first, beside[:, 0], beside[:, 1])
    others = label[np.where(is_first, beside[:, 1], beside[:, 0])]
    member = np.concatenate([np.stack([label[free], free], axis=1), np.stack([others, numbers], axis=1)])
    member = np.unique(member[np.isin(member[:, 0], label[free])], axis=0)
    starts = np.flatnonzero(np.diff(member[:, 0], prepend=-1))
    return sorted(np.split(member[:, 1], starts[1:]), key=lambda part: int(part[0])) if len(member) else []


def linked(relations: sparse.csr_array, at_most: Whole, fixed: Mask) -> tuple[Whole, Whole]:
    """What hangs together: the links (cell to relation, cell to cell) and a label for each cell, then each relation."""
    rows, size = relations.shape
    entries = sparse.coo_array(relations)
    # a relation is a node of its own: its cells hang together by it
    ends = np.concatenate(
        [np.stack([entries.col, entries.row + size], axis=1), at_most.reshape(-1, 2)]
    ).astype(np.int64)  # fmt: skip
    numbers = np.concatenate([fixed, np.zeros(rows, dtype=bool)])
    links = ends[~numbers[ends].any(axis=1)]
    edges = sparse.coo_array(
        (np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(size + rows, size + rows)
    )  # fmt: skip
    return ends, csgraph.connected_components(edges, directed=False)[1].astype(np.int64)
