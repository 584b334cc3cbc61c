"""One error told once: what one wrong cell breaks is one finding, of that cell, with every place it shows.

A cell is wrong by what makes the relations it breaks hold again. A sum that held with the wrong cell in it took the error
on, and so did a figure that repeats it: they are corrected with it. No cell is blamed whose correction breaks what held.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from ingestion.proof.findings import number_sv, place
from ingestion.proof.kinds import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ingestion.proof.findings import Cell, Finding, Place, Proof, Relation, Spot

MOST_CARRIED = 60
_A_PAIR = 2


@dataclass(frozen=True)
class _Cause:
    """A cell that may be wrong. changes: what would correct it, and all that carried the error on. mends: what then holds.

    plainness: 2 for an error one knows, 1 for a sum that its own lines speak against. tolerance: how exactly the correction
    is known.
    """

    spot: Spot
    changes: Mapping[Cell, Decimal]
    mends: tuple[Relation, ...]
    plainness: int
    tolerance: Decimal

    @property
    def merit(self) -> tuple[int, bool, int, int, Decimal]:
        """What makes one cause likelier than another: it explains more, something is printed there, it changes less."""
        is_printed = self.spot.value != 0
        return len(self.mends), is_printed, -len(self.changes), self.plainness, -self.tolerance

    @property
    def told(self) -> frozenset[int]:
        """The findings it explains."""
        return frozenset(id(one.finding) for one in self.mends)


def gather(proof: Proof) -> None:
    """Replace findings that have one cause by that cause, likeliest first."""
    held: dict[Cell, list[Relation]] = defaultdict(list)
    failing: dict[Cell, list[Relation]] = defaultdict(list)
    for relation in proof.relations:
        for spot in relation.spots:
            (held if relation.finding is None else failing)[spot.cell].append(relation)
    causes = sorted(_causes(proof.relations, held, failing), key=lambda one: one.merit, reverse=True)
    order = {id(finding): at for at, finding in enumerate(proof.findings)}
    gone: set[int] = set()
    for at, cause in enumerate(causes):
        told = sorted(
            (one.finding for one in cause.mends if one.finding is not None), key=lambda one: order[id(one)]
        )
        if not any(id(one) in gone for one in told):
            gone |= {id(one) for one in told}
            as_likely = [one for one in causes[at + 1 :] if one.told == cause.told and one.plainness]
            proof.findings[order[id(told[0])]] = _finding(cause, as_likely, told, proof)
    proof.findings = [one for one in proof.findings if id(one) not in gone]


def _causes(
    relations: Sequence[Relation],
    held: Mapping[Cell, Sequence[Relation]],
    failing: Mapping[Cell, Sequence[Relation]],
) -> Iterator[_Cause]:
    """Every cell that alone explains at least two findings."""
    for relation in [one for one in relations if one.finding is not None and one.difference_of is None]:
        left = relation.difference({})
        for spot in [one for one in relation.spots if one.weight]:
            wrong = -left / spot.weight
            alone = {spot.cell: wrong}
            for changes in (alone, _carried(alone, held)):
                mends = _mended(changes, held, failing)
                if len(mends) >= _A_PAIR:
                    is_first = any(one.spots[0].cell == spot.cell for one in mends)
                    is_known = kind_of(spot.value, spot.value + wrong) != "unexplained"
                    yield _Cause(spot, changes, mends, 2 * is_known or int(is_first), relation.tolerance)
                    break


def _carried(changes: Mapping[Cell, Decimal], held: Mapping[Cell, Sequence[Relation]]) -> dict[Cell, Decimal]:
    """The changes, and those of the sums and repetitions that held with the wrong cell in them."""
    found, waiting = dict(changes), list(changes)
    while waiting and len(found) < MOST_CARRIED:
        cell = waiting.pop(0)
        for relation in held.get(cell, ()):
            taker = _taker(relation, cell)
            left = relation.difference(found)
            if taker is not None and taker.cell not in found and abs(left) > relation.tolerance:
                found[taker.cell] = -left / taker.weight
                waiting.append(taker.cell)
    return found


def _taker(relation: Relation, cell: Cell) -> Spot | None:
    """What took a wrong cell's error on: the whole it is a part of, or the other of two figures that are one."""
    if relation.difference_of is not None:
        return None
    whole, *others = relation.spots
    if whole.cell != cell:
        return whole
    return others[0] if relation.is_repetition else None


def _mended(
    changes: Mapping[Cell, Decimal],
    held: Mapping[Cell, Sequence[Relation]],
    failing: Mapping[Cell, Sequence[Relation]],
) -> tuple[Relation, ...]:
    """The relations that hold once these cells are changed; none where a relation that held would break.

    A sum that held without a figure in some of its lines may lack that figure, and then it held by being wrong.
    """
    for relation in {id(one): one for cell in changes for one in held.get(cell, ())}.values():
        may_lack = relation.has_blanks and relation.spots[0].cell in changes
        if not may_lack and abs(relation.difference(changes)) > _slack(relation, changes):
            return ()
    near = {id(one): one for cell in changes for one in failing.get(cell, ())}.values()
    return tuple(one for one in near if abs(one.difference(changes)) <= _slack(one, changes))


def _slack(relation: Relation, changes: Mapping[Cell, Decimal]) -> Decimal:
    """A correction is known within the rounding of what it is reckoned from."""
    rounded = [one.figure.number.half_unit for one in relation.spots if one.cell in changes]
    return relation.tolerance + sum(rounded, Decimal(0)) if relation.tolerance else Decimal(0)


def _finding(cause: _Cause, as_likely: Sequence[_Cause], told: Sequence[Finding], proof: Proof) -> Finding:
    spot, own = cause.spot, place(*cause.spot[1:])
    main = max(told, key=lambda one: (one.first == own, one.kind != "unexplained"))
    printed, right = spot.value, spot.value + cause.changes[spot.cell]
    kinds = [main.kind if main.first == own else "", kind_of(printed, right, main.tolerance)]
    kind = next((one for one in kinds if one not in ("", "unexplained")), "unexplained")
    return replace(
        main,
        kind=kind,
        message_sv=f"Tryckt {number_sv(printed)}, men {len(told)} samband stämmer först med {number_sv(right)}; skillnad "
        f"{number_sv(printed - right)}.{_or_else(cause, as_likely)}",
        first=own,
        first_value=printed,
        second=main.second if main.first == own else main.first,
        second_value=right,
        difference=printed - right,
        unit=spot.figure.unit,
        parts=[],
        also=list(told),
        carried=_places(cause, proof),
    )


def _or_else(cause: _Cause, as_likely: Sequence[_Cause]) -> str:
    """Other cells that would explain the same as well: which of them it is only the writer knows."""
    others = {one.spot.cell: one for one in as_likely if one.spot.cell not in cause.changes}
    told = [
        f"{place(*one.spot[1:]).text_sv} vara {number_sv(one.spot.value + one.changes[one.spot.cell])}"
        for one in list(others.values())[:_A_PAIR]
    ]
    return f" Eller också ska {' eller '.join(told)}." if told else ""


def _places(cause: _Cause, proof: Proof) -> list[Place]:
    """Where the error was carried on to."""
    spots = {one.cell: one for relation in proof.relations for one in relation.spots}
    return [place(*spots[cell][1:]) for cell in cause.changes if cell != cause.spot.cell]
