"""Balances: a year opens with what the year before closed with, and assets are equity and liabilities."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ingestion.proof import words
from ingestion.proof.concepts import concept_of
from ingestion.proof.facts import names_of
from ingestion.proof.findings import Finding, Spot, number_sv, place
from ingestion.proof.kinds import kind_of

if TYPE_CHECKING:
    from ingestion.proof.findings import Proof
    from ingestion.proof.tables import Column, Line, Table


def check(table: Table, proof: Proof) -> None:
    """What one table opens and closes with, and its two sides."""
    _roll_forward(table, proof)
    _balance(table, proof)


def _roll_forward(table: Table, proof: Proof) -> None:
    """A year opens with what the year before closed with: the line it opens with is the one that bears it out most often."""
    for opening in [line for line in table.lines if line.is_opening]:
        best: tuple[int, int, int, Line, list[tuple[Column, Column]]] | None = None
        for closing in [line for line in table.lines if line is not opening and not line.is_opening]:
            pairs = _year_pairs(table, opening, closing)
            held = sum(_rolls(opening, closing, pair) for pair in pairs)
            named = _is_counterpart(opening, closing)
            if pairs and (held or named):
                rank = (held, int(named), -len(pairs))
                if best is None or rank > best[:3]:
                    best = (*rank, closing, pairs)
        if best is None or (best[0] * 2 < len(best[4]) and not best[1]):
            continue
        closing = best[3]
        for year in {pair[0].year for pair in best[4]}:
            tried = [pair for pair in best[4] if pair[0].year == year]
            proof.checked["roll_forward"] += 1
            pair = next((one for one in tried if _rolls(opening, closing, one)), tried[-1])
            is_right = _rolls(opening, closing, pair)
            spots = (Spot(Decimal(1), table, opening, pair[0]), Spot(Decimal(-1), table, closing, pair[1]))
            tolerance = sum((one.figure.number.half_unit for one in spots), Decimal(0))
            found = None if is_right else _wrong_opening(*spots, tolerance)
            proof.relate(spots, tolerance, found, is_repetition=True)


def _year_pairs(table: Table, opening: Line, closing: Line) -> list[tuple[Column, Column]]:
    """Columns of a year and of the year before in which both lines have numbers."""
    pairs = []
    for column in opening.cells:
        years = words.years_of(column.year)
        for before in closing.cells:
            if opening.value(column) is None or closing.value(before) is None or len(years) != 1:
                continue
            alike = column.but(year="", version="") == before.but(year="", version="")
            if alike and words.years_of(before.year) == (years[0] - 1,):
                pairs.append((column, before))
    return pairs


def _rolls(opening: Line, closing: Line, pair: tuple[Column, Column]) -> bool:
    one, two = opening.cells[pair[0]], closing.cells[pair[1]]
    if one.value is None or two.value is None:
        return False
    return abs(one.value - two.value) <= one.number.half_unit + two.number.half_unit and one.value != 0


def _is_counterpart(opening: Line, closing: Line) -> bool:
    """True where the two names say that one closes what the other opens."""
    if not (words.CLOSING.search(closing.name) or closing.is_summing):
        return False
    own = set(words.fold(words.OPENING.sub(" ", opening.name)).split()) - {"vid", "årets"}
    other = set(words.fold(words.CLOSING.sub(" ", closing.name)).split()) - {"vid", "årets", "summa"}
    return bool(own) and own == other


def _wrong_opening(opening: Spot, closing: Spot, tolerance: Decimal) -> Finding:
    others = [one for one in closing.line.cells if one != closing.column]
    neighbours = [value for one in others if (value := closing.line.value(one)) is not None]
    kind, left = kind_of(opening.value, closing.value, neighbours=neighbours), opening.value - closing.value
    return Finding(
        "roll_forward",
        kind,
        f"Året börjar med {number_sv(opening.value)}, men året före slutade med {number_sv(closing.value)}; skillnad "
        f"{number_sv(left)}.",
        place(*opening[1:]),
        opening.value,
        place(*closing[1:]),
        closing.value,
        left,
        tolerance,
        opening.figure.unit,
    )


def _balance(table: Table, proof: Proof) -> None:
    """Assets are equity, provisions and liabilities."""
    sides = {concept_of(name): line for line in table.lines for name in names_of(line)}
    assets, others = sides.get("total_assets"), sides.get("total_equity_liabilities")
    if assets is None or others is None:
        return
    for column, figure in assets.cells.items():
        other = others.cells.get(column)
        if figure.value is None or other is None or other.value is None:
            continue
        proof.checked["balance"] += 1
        tolerance = figure.number.half_unit + other.number.half_unit
        spots = (Spot(Decimal(1), table, assets, column), Spot(Decimal(-1), table, others, column))
        is_right = abs(figure.value - other.value) <= tolerance
        found = None if is_right else _wrong_sides(*spots, tolerance)
        proof.relate(spots, tolerance, found, is_repetition=True)


def _wrong_sides(assets: Spot, others: Spot, tolerance: Decimal) -> Finding:
    kind, left = kind_of(assets.value, others.value), assets.value - others.value
    return Finding(
        "balance",
        kind,
        f"Tillgångarna är {number_sv(assets.value)}, eget kapital och skulder {number_sv(others.value)}; skillnad "
        f"{number_sv(left)}.",
        place(*assets[1:]),
        assets.value,
        place(*others[1:]),
        others.value,
        left,
        tolerance,
        assets.figure.unit,
    )
