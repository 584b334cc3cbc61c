"""The other method, an association's choice: small counts hidden, everything else to the nearest five.

1 up to the threshold are stars, totals are rounded by themselves and so need not be the sum of their parts, and a share
is whole percent of rounded counts, only where the base is 50 or more. A reader knows these rules: a figure of 20 is 18
to 22 to her, and a star 1 to 7. Where that pins a small count down all the same, further cells become stars.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ingestion.disclosure import reader
from ingestion.disclosure.attack import LEAST_WIDTH, against
from ingestion.disclosure.protection import ROUNDS, Unprotectable
from ingestion.disclosure.tables import checked_threshold

if TYPE_CHECKING:
    from ingestion.disclosure.attack import Attack
    from ingestion.disclosure.reader import View
    from ingestion.disclosure.system import Mask, System, Whole

THRESHOLD = 8
"""Counts from 1 up to here, exclusive, are hidden. It can be raised, never lowered."""
STEP = 5
LEAST_BASE = 50
"""The smallest rounded base of which a share is told."""


@dataclass(frozen=True)
class Rounded:
    """shown: what stands in each cell that is not hidden. rounds: attacks needed."""

    shown: Whole
    hidden: Mask
    rounds: int


def nearest(values: Whole) -> Whole:
    """To the nearest five; whole counts are never halfway."""
    return (values + STEP // 2) // STEP * STEP


def share(part: int | None, base: int | None) -> int | None:
    """Whole percent of two rounded counts; None where one is hidden, or the base too small to say it of."""
    if part is None or base is None or base < LEAST_BASE:
        return None
    return (200 * part + base) // (2 * base)


def protect(
    system: System, *, threshold: int = THRESHOLD, least_width: int = LEAST_WIDTH, rounds: int = ROUNDS
) -> Rounded:
    """Hide and round. The system's sensitive cells must be those of this threshold. Raises Unprotectable."""
    checked_threshold(threshold, THRESHOLD)
    can_hide = system.published & ~system.known
    few = (system.values >= 1) & (system.values < threshold)
    hidden = (system.sensitive | few) & can_hide
    recovered = np.zeros(0, dtype=np.int64)
    for used in range(1, rounds + 1):
        recovered = attack(system, hidden, threshold=threshold, least_width=least_width).recovered
        if not len(recovered):
            return Rounded(nearest(system.values), hidden, used)
        further = _beside(system, recovered, can_hide & ~hidden, is_last=used == rounds - 1)
        if not further.any():
            break
        hidden = hidden | further
    raise Unprotectable(
        recovered,
        f"{len(recovered)} små antal kan räknas fram trots avrundning: {system.called(recovered)}. "
        "Slå samman koder, eller höj tröskeln.",
    )


def attack(
    system: System, hidden: Mask, *, threshold: int = THRESHOLD, least_width: int = LEAST_WIDTH
) -> Attack:
    """What a reader can conclude who knows how the figures were rounded."""
    checked_threshold(threshold, THRESHOLD)
    return against(system, as_rounded(system, hidden, threshold), least_width=least_width)


def as_rounded(system: System, hidden: Mask, threshold: int) -> View:
    """What a reader stands before: each figure within two of what is printed, a star what the rule says it is."""
    values, shown = system.values, nearest(system.values)
    seen = system.published & ~hidden
    above_rule = values >= threshold
    low = np.where(above_rule, np.maximum(shown - STEP // 2, threshold), np.maximum(shown - STEP // 2, 0))
    high = np.where(values == 0, 0, shown + STEP // 2)
    # once a star may be anything, no star is known to be small
    stars = values[hidden]
    is_plain = bool(((stars >= 1) & (stars < threshold)).all())
    far = reader.far_of(system)
    low = np.where(seen, low, np.where(hidden & is_plain, 1, 0))
    high = np.where(seen, high, np.where(hidden & is_plain, threshold - 1, far))
    return reader.view(system, np.where(system.known, values, low), np.where(system.known, values, high))


def _beside(system: System, cells: Whole, may: Mask, *, is_last: bool) -> Mask:
    """For each of these cells the cheapest that stands in an equation with it; in the end all of them."""
    found = np.zeros(system.size, dtype=bool)
    columns = system.relations.tocsc()
    for cell in cells:
        rows = columns.indices[columns.indptr[cell] : columns.indptr[cell + 1]]
        beside = np.unique(system.relations[rows].indices)
        beside = beside[may[beside]]
        if len(beside) and is_last:
            found[beside] = True
        elif len(beside) and not found[beside].any():
            found[min(beside.tolist(), key=lambda one: (system.weights[one], system.values[one], one))] = True
    return found
