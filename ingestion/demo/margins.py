"""What the demo's participant register must add up to: by initiative, sex, new, ended and exit result.

The print gives totals for some results, women and men for others, and an aggregate whose lines reach
further than the initiatives' own. Cells are settled exactly from leaf cells; what the print leaves open is
dealt out by fixed, stated rules. A printed figure that cannot hold is reported as a contradiction.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingestion.demo.dealing import split
from ingestion.demo.tables import SEXES, Contradiction, Row, leaf_rows, sex_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

YEAR = 2017
_OTHER_CODES = ("other_initiative", "other_solution", "not_entitled", "interrupted", "other")
_COUNTED = ("ended", "anonymous")

Cell = tuple[str, str]
"""(sex, exit result)."""


@dataclass
class Margins:
    """One initiative's counts by sex. results: persons by (sex, exit result); their sum is what ended."""

    initiative: str
    participants: dict[str, int]
    new: dict[str, int] = field(default_factory=dict)
    results: dict[Cell, int] = field(default_factory=dict)
    anonymous: int = 0


@dataclass
class _Exits:
    """What an initiative's own rows say: known by sex, totals only, ended (None: unprinted)."""

    known: dict[Cell, int]
    open_totals: dict[str, int]
    ended_by_sex: dict[str, int]
    ended: int | None
    printed: frozenset[str]

    @property
    def placed(self) -> int:
        return sum(self.known.values()) + sum(self.open_totals.values())


def margins(sources: Path) -> tuple[list[Margins], list[Contradiction]]:
    """All individual initiatives in printed order. Raises ValueError where leaf cells admit no allocation."""
    found: list[Contradiction] = []
    all_initiatives = _participants(sources, found)
    exit_rows = leaf_rows(sources, "exits_outcomes_by_initiative")
    own = {m.initiative: _own_exits(m, exit_rows, found) for m in all_initiatives}
    _fill_free_places(sources, all_initiatives, own, found)
    for m in all_initiatives:
        m.results = _by_sex(m, own[m.initiative])
        m.anonymous = sum(_count(r) for r in exit_rows if _is(r, m.initiative, "anonymous"))
    return all_initiatives, found


def _count(row: Row) -> int:
    return int(row["value_num"])


def _is(row: Row, initiative: str, reads_as: str) -> bool:
    return row["initiative"] == initiative and row["reads_as"] == reads_as and row["year"] == str(YEAR)


def _participants(sources: Path, found: list[Contradiction]) -> list[Margins]:
    rows = leaf_rows(sources, "participants_by_initiative")
    periods = {
        r["initiative"]: r["start_date"]
        for r in reversed(leaf_rows(sources, "initiatives"))
        if r["start_date"]
    }
    result = []
    for name in dict.fromkeys(r["initiative"] for r in rows if r["reads_as"] == "participants"):
        counts = _first_printed([r for r in rows if _is(r, name, "participants")], found)
        people = {sex: counts[sex] for sex in SEXES}
        new = _first_printed([r for r in rows if _is(r, name, "new")], found)
        if None in new:
            new = dict(split(new[None], people).items())
        elif not new:
            # Not printed: all are new where the initiative began this year, else nobody is made so.
            new = {sex: count if periods[name] >= str(YEAR) else 0 for sex, count in people.items()}
        result.append(Margins(name, people, {sex: new[sex] for sex in SEXES}))
    return result


def _first_printed(rows: list[Row], found: list[Contradiction]) -> dict[str | None, int]:
    """One figure per sex: the first statement's. A later one that differs is a contradiction."""
    counts: dict[str | None, int] = {}
    for row in rows:
        used = counts.setdefault(sex_of(row), _count(row))
        if used != _count(row):
            subject = f"{row['initiative']}: {row['participant_group']}, {row['sex_kon']}"
            why = "den första uppgiften, i årsredovisningens översikt, följs"
            found.append(
                Contradiction(subject, str(used), f"{row['value_printed']} ({row['page_heading']})", why)
            )
    return counts


def _own_exits(m: Margins, rows: list[Row], found: list[Contradiction]) -> _Exits:
    rows = [r for r in rows if r["initiative"] == m.initiative and r["reads_as"] and r["year"] == str(YEAR)]
    sums: dict[frozenset[Cell], int] = {}
    for row in rows:
        if row["reads_as"] not in _COUNTED:
            sexes = [sex_of(row)] if sex_of(row) else SEXES
            cells = frozenset((str(sex), code) for sex in sexes for code in row["reads_as"].split("|"))
            if sums.setdefault(cells, _count(row)) != _count(row):
                raise ValueError(f"{m.initiative}: {row['reads_as']} is printed with two figures")
    known = settle(sums)
    codes = list(
        dict.fromkeys(
            code for r in rows if r["reads_as"] not in _COUNTED for code in r["reads_as"].split("|")
        )
    )
    open_totals = {}
    for code in codes:
        both = frozenset((sex, code) for sex in SEXES)
        if not both <= known.keys() and both in sums:
            open_totals[code] = sums[both]
            for cell in both:
                known.pop(cell, None)
    by_sex: dict[str, int] = {}
    ended: int | None = None
    for row in rows:
        if row["reads_as"] == "ended":
            sex = sex_of(row)
            if sex is None:
                ended = _count(row)
            else:
                by_sex[sex] = _count(row)
    exits = _Exits(known, open_totals, by_sex, sum(by_sex.values()) if by_sex else ended, frozenset(codes))
    if exits.ended is None and codes:
        exits.ended = exits.placed
    _give_way(m, exits, found)
    return exits


def settle(sums: dict[frozenset[Cell], int]) -> dict[Cell, int]:
    """The cells that sums over cells determine, all counts zero or more. Raises ValueError on a conflict."""
    known: dict[Cell, int] = {}
    changed = True
    while changed:
        changed = False
        for cells, total in sums.items():
            unknown = sorted(cells - known.keys())
            left = total - sum(known[cell] for cell in cells & known.keys())
            if left < 0 or (left and not unknown):
                raise ValueError(f"printed figures conflict over {sorted(cells)}")
            if unknown and (left == 0 or len(unknown) == 1):
                known.update(dict.fromkeys(unknown, 0))
                known[unknown[0]] = left
                changed = True
    return known


def _give_way(m: Margins, exits: _Exits, found: list[Contradiction]) -> None:
    """More results than ended: the largest printed only as a total gives way. Undecidable which is wrong."""
    excess = exits.placed - (exits.ended or 0)
    if excess <= 0:
        return
    code = max(exits.open_totals, key=lambda c: exits.open_totals[c])
    printed = exits.open_totals[code]
    exits.open_totals[code] -= excess
    why = (
        f"avslutsraderna ger {exits.placed + excess}, avslutade är {exits.ended}; den största raden utan kön "
        "får ge efter, vilken som är fel går inte att avgöra"
    )
    found.append(Contradiction(f"{m.initiative}: {code}", str(printed - excess), str(printed), why))


def _fill_free_places(
    sources: Path, all_initiatives: list[Margins], own: dict[str, _Exits], found: list[Contradiction]
) -> None:
    """Deal the aggregate's exits that no initiative prints to the ended whose result is not printed.

    An initiative never gets a result it prints itself (that figure is complete), and a time limit only
    where the aggregate names it.
    """
    rows = [r for r in leaf_rows(sources, "exit_results_aggregate") if r["reads_as"]]
    demand = {row["reads_as"]: _count(row) for row in rows}
    named = next(r["line_item_explanation"] for r in rows if r["reads_as"] == "time_limit")
    limited = sorted((name for name in own if name in named), key=named.index)
    _end_the_unprinted(all_initiatives, own, limited, sum(demand.values()))
    for exits in own.values():
        for (_, code), count in exits.known.items():
            demand["other" if code in _OTHER_CODES else code] -= count
        for code, count in exits.open_totals.items():
            demand["other" if code in _OTHER_CODES else code] -= count
    if min(demand.values()) < 0:
        raise ValueError(f"the initiatives print more exits than the aggregate: {demand}")
    for name in limited:
        if (
            own[name].printed
            and own[name].ended == own[name].placed
            and "time_limit" not in own[name].printed
        ):
            why = "sammanställningen nämner insatsen bland de tidsbegränsade, dess egna rader gör det inte"
            found.append(Contradiction(f"{name}: time_limit", "0", "nämnd utan antal", why))
    supply = {name: (exits.ended or 0) - exits.placed for name, exits in own.items()}

    def places(code: str) -> list[str]:
        return [n for n in (limited if code == "time_limit" else own) if code not in own[n].printed]

    # Activity compensation is for people under 30, so it is dealt first: the young initiatives come first.
    order = (
        "work",
        "studies",
        "time_limit",
        "activity_compensation",
        "sickness_compensation",
        "other",
        "unknown",
    )
    for (name, code), count in transport(supply, {c: demand[c] for c in order}, places).items():
        own[name].open_totals[code] = count


def _end_the_unprinted(
    all_initiatives: list[Margins], own: dict[str, _Exits], limited: list[str], ended_in_all: int
) -> None:
    """Ended beyond the printed belong to initiatives without exit rows that the aggregate names."""
    left = ended_in_all - sum(exits.ended or 0 for exits in own.values())
    for m in all_initiatives:
        exits = own[m.initiative]
        if exits.ended is None:
            exits.ended = min(left, sum(m.participants.values())) if m.initiative in limited else 0
            left -= exits.ended
    if left:
        raise ValueError(f"{left} ended participants belong to no initiative")


def transport(
    supply: dict[str, int], demand: dict[str, int], places: Callable[[str], list[str]]
) -> dict[tuple[str, str], int]:
    """Whole units from places to demands, exactly. Earlier places first; augmenting paths where that blocks.

    Raises ValueError where the sums differ or no allocation exists.
    """
    left, flow = dict(supply), Counter[tuple[str, str]]()

    def take(name: str, code: str) -> bool:
        if left[name] == 0:
            return False
        left[name] -= 1
        flow[name, code] += 1
        return True

    def place(code: str, seen: set[str]) -> bool:
        if any(take(name, code) for name in places(code)):
            return True
        for name in [name for name in places(code) if name not in seen]:
            seen.add(name)
            for other in demand:
                if flow[name, other] and other != code and place(other, seen):
                    flow[name, other] -= 1
                    flow[name, code] += 1
                    return True
        return False

    for code, wanted in demand.items():
        for _ in range(wanted):
            if not place(code, set()):
                raise ValueError(f"no place is left for {code}")
    if any(left.values()):
        raise ValueError(f"ended without a result: {left}")
    return {key: count for key, count in flow.items() if count}


def _by_sex(m: Margins, exits: _Exits) -> dict[Cell, int]:
    ended = exits.ended or 0
    by_sex = exits.ended_by_sex or split(ended, m.participants)
    if not exits.open_totals:
        by_sex = {sex: sum(count for (s, _), count in exits.known.items() if s == sex) for sex in SEXES}
    women = by_sex["female"] - sum(count for (sex, _), count in exits.known.items() if sex == "female")
    results = {cell: count for cell, count in exits.known.items() if count}
    for code, count in split(women, exits.open_totals).items():
        for sex, part in (("female", count), ("male", exits.open_totals[code] - count)):
            if part:
                results[sex, code] = results.get((sex, code), 0) + part
    for sex in SEXES:
        if sum(count for (s, _), count in results.items() if s == sex) != by_sex[sex]:
            raise ValueError(f"{m.initiative}: exit results of {sex} do not add up to {by_sex[sex]}")
    return results
