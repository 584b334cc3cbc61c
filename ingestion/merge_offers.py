"""Which codes an association could have shown as one, for the tables of a release that are mostly hidden. Pure.

An offer, never done by itself: whether 16 to 24 years is still an answer is for the association to say. Whoever needs
this module imports it late: it loads numpy and scipy.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.disclosed_counts import Count, linked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ingestion.disclosed_counts import Key, Term
    from ingestion.disclosure.system import Mask, System

LIMIT = 0.5
"""Offers are made for tables of which a larger share than this is hidden, and end where it is not."""
FEWEST = 2
"""So many codes are left at least: one would be the total."""
Groups = list[tuple[str, ...]]


@dataclass(frozen=True)
class Offer:
    """The codes of a report to show as one, group by group, and the hidden share of the year's table by itself."""

    report: str
    fiscal_year: int
    groups: tuple[tuple[str, ...], ...]
    hidden_share: float
    hidden_share_after: float


def offers(
    counts: Sequence[Count],
    is_hidden: Mapping[Key, bool],
    terms: Sequence[Term],
    *,
    mergeable: Mapping[str, Sequence[str]],
    threshold: int,
    hide: Callable[[System], Mask],
) -> list[Offer]:
    """An offer for each report of which more than half is hidden, by the newest such year.

    counts: the exact ones. is_hidden: what a release shows of them. mergeable: report -> the codes that may be merged,
    in the order of their list. hide: what is hidden of a system, or Unprotectable.
    """
    newest: dict[str, int] = {}
    for (report, year), share in _shares(is_hidden).items():
        if share > LIMIT and report in mergeable:
            newest[report] = max(year, newest.get(report, year))
    found = []
    for report, year in sorted(newest.items()):
        table = _Table(report, _of(counts, report, year), terms, threshold, hide)
        offer = _offer(table, year, mergeable[report])
        if offer is not None:
            found.append(offer)
    return found


def _shares(is_hidden: Mapping[Key, bool]) -> dict[tuple[str, int], float]:
    """Report and year -> the share of its counts that is hidden."""
    told: dict[tuple[str, int], list[bool]] = {}
    for key, hidden in is_hidden.items():
        told.setdefault((key.report, key.fiscal_year), []).append(hidden)
    return {of: sum(flags) / len(flags) for of, flags in told.items()}


def _of(counts: Iterable[Count], report: str, year: int) -> list[Count]:
    """The year's counts of the report, code by code, and those of everybody beside them."""
    of_year = [count for count in counts if count.key.fiscal_year == year]
    merged = {(count.key.report, count.shown_as) for count in of_year if count.shown_as}
    return [
        count._replace(shown_as=None)
        for count in of_year
        if count.key.report in (report, "participant_flow")
        and (count.key.report, count.key.category_code) not in merged
    ]


@dataclass(frozen=True)
class _Table:
    """One report of one year by itself, and how much of it is hidden."""

    report: str
    counts: list[Count]
    terms: Sequence[Term]
    threshold: int
    hide: Callable[[System], Mask]

    def hidden_share(self, groups: Groups) -> float:
        """The share of the report's shown counts that is hidden when each of these groups is one; all if nothing helps."""
        from ingestion.disclosure.protection import Unprotectable

        counts = _merged(self.counts, self.report, groups)
        system = linked(counts, self.terms, self.threshold).system
        try:
            hidden = self.hide(system)
        except Unprotectable:
            return 1.0
        shown = [
            bool(hidden[at])
            for at, count in enumerate(counts)
            if count.key.report == self.report and not count.shown_as
        ]
        return sum(shown) / len(shown)

    def totals(self) -> Counter[str]:
        """What is counted under each code in the whole association, all the report's measures together."""
        found: Counter[str] = Counter()
        for count in self.counts:
            if count.key.report == self.report and count.key.level == "association":
                found[count.key.category_code] += count.value
        return found


def _merged(counts: Sequence[Count], report: str, groups: Groups) -> list[Count]:
    """The counts with a sum for each group; its parts are shown within it."""
    called = {code: " + ".join(group) for group in groups if len(group) > 1 for code in group}
    told: list[Count] = []
    sums: dict[Key, tuple[int, bool]] = {}
    for count in counts:
        shown_as = called.get(count.key.category_code) if count.key.report == report else None
        one = count._replace(shown_as=shown_as)
        told.append(one)
        if shown_as:
            value, tells = sums.get(one.shown_within, (0, False))
            sums[one.shown_within] = (value + one.value, tells or one.tells_of_persons)
    return [*told, *(Count(key, value, tells) for key, (value, tells) in sums.items())]


def _offer(table: _Table, year: int, codes: Sequence[str]) -> Offer | None:
    """Neighbours in the list, two at a time, the fewest persons first, until half is shown; None where nothing helps."""
    totals = table.totals()
    groups: Groups = [(code,) for code in codes if code in totals]
    before = best = table.hidden_share(groups)
    taken: Groups = []
    while best > LIMIT:
        joined = _joined(groups, [sum(totals[code] for code in group) for group in groups])
        if joined is None:
            break
        groups = joined
        share = table.hidden_share(groups)
        if share < best:
            best, taken = share, groups
    if not taken:
        return None
    return Offer(table.report, year, tuple(group for group in taken if len(group) > 1), before, best)


def _joined(groups: Groups, totals: Sequence[int]) -> Groups | None:
    """The group of the fewest persons and the smaller of those beside it as one, with the empty codes between them.

    Codes that nobody has are shown as zeros: to merge them with each other would show less and protect no one.
    """
    held = [at for at, total in enumerate(totals) if total]
    if len(held) <= FEWEST:
        return None
    least = min(range(len(held)), key=lambda place: (totals[held[place]], place))
    beside = [place for place in (least - 1, least + 1) if 0 <= place < len(held)]
    other = min(beside, key=lambda place: (totals[held[place]], place))
    first, last = held[min(least, other)], held[max(least, other)]
    return [
        *groups[:first],
        tuple(code for group in groups[first : last + 1] for code in group),
        *groups[last + 1 :],
    ]
