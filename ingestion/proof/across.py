"""Relations between the columns of a table: sexes, parties, changes, summed columns, shares.

A change or share says in its heading that it is one; of which two columns, and with which sign, is what holds in most lines.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, islice, permutations, product
from typing import TYPE_CHECKING

from ingestion.proof import words
from ingestion.proof.findings import (
    Finding,
    Place,
    Spot,
    formula_sv,
    number_sv,
    place,
)
from ingestion.proof.kinds import kind_of
from ingestion.proof.tables import ALL, Column, Line, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ingestion.proof.findings import Cell, Proof

MOST_COLUMNS = 24
MOST_CHOICES = 64
MOST_MOVES = 6
_FEWEST_LINES, _A_PAIR = 3, 2
_HUNDRED = Decimal(100)


def check(table: Table, proof: Proof) -> None:
    """Every relation between the columns of one table."""
    _sexes(table, proof)
    _parties(table, proof)
    for column in _deviating(table):
        _change(table, column, proof)
    for column in _summing(table):
        _total_column(table, column, proof)
    for column in [one for one in table.columns if words.REST.search(one.measure)]:
        _rest(table, column, proof)
    for column in [one for one in table.columns if one.unit == "percent"]:
        _share(table, column, proof)


# --- sexes and parties: every line by itself ---


def _sexes(table: Table, proof: Proof) -> None:
    for line in table.lines:
        for column, whole in line.cells.items():
            if column.sex != "total" or column.unit == "percent" or whole.value is None:
                continue
            parts = [column.but(sex=sex) for sex in ("female", "male", "unknown")]
            known = [one for one in parts if line.value(one) is not None]
            if {"female", "male"} <= {one.sex for one in known}:
                _compare(table, line, column, [(1, one) for one in known], "sex", proof)


def _parties(table: Table, proof: Proof) -> None:
    if "party" not in table.splits:
        return
    for line in table.lines:
        for column in [one for one in line.cells if one.party == ALL]:
            parts = [one for one in line.cells if one.party not in (ALL, "") and one.but(party=ALL) == column]
            if parts and column.unit != "percent":
                _compare(table, line, column, [(1, one) for one in parts], "across", proof)


# --- changes ---


def _deviating(table: Table) -> list[Column]:
    return [one for one in table.columns if one.is_change]


@dataclass(frozen=True)
class _Pair:
    """A column as another less a third; sign −1: the other way round."""

    first: Column
    second: Column
    holds: frozenset[int]
    fails: frozenset[int]
    turned: frozenset[int]


def _change(table: Table, column: Column, proof: Proof) -> None:
    others = [
        one
        for one in table.columns
        if one != column and one not in _deviating(table) and one.unit == column.unit
    ]
    others = [one for one in others if (one.party, one.sex) == (column.party, column.sex)][:MOST_COLUMNS]
    pairs = [_pair(table, column, first, second) for first, second in permutations(others, 2)]
    pairs = [one for one in pairs if one.holds]
    named = _named_pair(column, others)
    if not pairs and named:
        pairs = [_pair(table, column, *named)]
    if not pairs:
        return
    best = max(pairs, key=lambda one: (len(one.holds), -len(one.fails), (one.first, one.second) == named))
    if named is None and 2 * len(best.holds) < len(best.holds) + len(best.fails) + len(best.turned):
        return
    terms = [(1, best.first), (-1, best.second)]
    for line in table.lines:
        is_turned = line.at in best.turned
        if is_turned and named != (best.first, best.second) and not _is_one_way(table, line, best):
            spots = _spots(table, line, column, terms)
            proof.relate(spots, _rounding(line, column, terms), difference_of=_either_way(spots))
        elif line.at in best.holds or line.at in best.fails or is_turned:
            _compare(table, line, column, terms, "change", proof)


def _either_way(spots: Sequence[Spot]) -> Callable[[Mapping[Cell, Decimal]], Decimal]:
    """By how much a change differs with some cells changed, where it may be printed with either sign."""

    def left(changes: Mapping[Cell, Decimal]) -> Decimal:
        printed, *others = (one.weight * (one.value + changes.get(one.cell, 0)) for one in spots)
        change = -sum(others, Decimal(0))
        return min(abs(printed - change), abs(printed + change))

    return left


def _pair(table: Table, column: Column, first: Column, second: Column) -> _Pair:
    holds, fails, turned = set(), set(), set()
    for line in table.lines:
        figures = [figure for one in (column, first, second) if (figure := line.cells.get(one)) is not None]
        values = [one.value for one in figures if one.value is not None]
        if len(values) < 3:
            continue
        change, a, b = values
        tolerance = sum((one.number.half_unit for one in figures), Decimal(0)) if column.is_money else 0
        if abs(change - (a - b)) <= tolerance:
            if change:
                holds.add(line.at)
        elif abs(change + (a - b)) <= tolerance:
            turned.add(line.at)
        else:
            fails.add(line.at)
    return _Pair(first, second, frozenset(holds), frozenset(fails), frozenset(turned))


def _named_pair(column: Column, others: Sequence[Column]) -> tuple[Column, Column] | None:
    """The two columns a heading names: `avvikelse utfall − budget`, `2022-2021`."""
    for said in (column.version, column.year, column.measure):
        halves = re.split(r"\s[-–−]\s|(?<=\d{4})[-–−](?=\d{4})|\bmot\b|/", said)
        if len(halves) != 2:
            continue
        ends = [words.fold(half).split() for half in halves]
        first = [one for one in others if ends[0] and _says(one, ends[0][-1])]
        second = [one for one in others if ends[1] and _says(one, ends[1][0])]
        if first and second and first[0] != second[0]:
            return first[0], second[0]
    return None


def _says(column: Column, word: str) -> bool:
    return word in words.fold(f"{column.year} {column.version} {column.measure}").split()


def _is_one_way(table: Table, line: Line, pair: _Pair) -> bool:
    """True where a change of the other sign is an error: costs are printed with minus, or the lines around it go one way.

    Where costs are printed without sign, income may deviate the other way, and so may the result.
    """
    values = [one.value(column) for one in table.lines for column in (pair.first, pair.second)]
    if any(value is not None and value < 0 for value in values) and not _only_results(table, pair):
        return True
    same = _group_of(table, line)
    return not line.is_total and sum(at in pair.holds for at in same) > sum(at in pair.turned for at in same)


def _group_of(table: Table, line: Line) -> list[int]:
    """The other lines of a line's section, between the same two totals."""
    closed = [one.at for one in table.lines if one.is_total]
    above = sum(at < line.at for at in closed)
    return [
        one.at
        for one in table.lines
        if one.section == line.section and one is not line and not one.is_total
        and sum(at < one.at for at in closed) == above
    ]  # fmt: skip


def _only_results(table: Table, pair: _Pair) -> bool:
    """True where only results are printed with minus."""
    return all(
        words.RESULT.search(line.name) is not None
        for line in table.lines
        for column in (pair.first, pair.second)
        if (value := line.value(column)) is not None and value < 0
    )


# --- summed columns ---


def _summing(table: Table) -> list[Column]:
    return [
        one
        for one in table.columns
        if one not in _deviating(table)
        and one.unit != "percent"
        and (
            words.TOTAL.search(one.measure)
            or words.TOTAL.search(one.version)
            or words.TOTAL.search(one.year)
            or _spans_others(table, one)
        )
    ]


def _spans_others(table: Table, column: Column) -> bool:
    """True where years of a span have columns of their own; ten years printed as one column are a term like any other."""
    span = words.years_of(column.year)
    return len(span) > 1 and any(
        len(years := words.years_of(one.year)) == 1 and span[0] <= years[0] <= span[1]
        for one in table.columns
    )


def _total_column(table: Table, column: Column, proof: Proof) -> None:
    """A column that sums others: of those it may sum, the set that holds in most lines."""
    _span_totals(table, column, proof)
    best: tuple[int, int, list[Column]] | None = None
    for parts in _sets_of_columns(table, column):
        fits = [found for line in table.lines if (found := _holds(line, column, parts)) is not None]
        if fits and any(fits) and (best is None or (sum(fits), -len(fits)) > best[:2]):
            best = (sum(fits), -len(fits), list(parts))
    if best is None or 3 * best[0] < -2 * best[1]:
        return
    for line in table.lines:
        holds = _holds(line, column, best[2])
        if holds or (holds is False and not line.is_balance):
            known = [one for one in best[2] if line.value(one) is not None]
            _compare(table, line, column, [(1, one) for one in known], "total_column", proof)


def _span_totals(table: Table, column: Column, proof: Proof) -> None:
    """A total for a span of years with a line of its own, against the years of the table's last total that has them."""
    span = words.years_of(column.year)
    for line in [one for one in table.lines if len(span) > 1 and column in one.cells and len(one.cells) == 1]:
        whole = line.cells[column]
        for other in [one for one in reversed(table.lines) if one.is_total and one is not line]:
            years = {
                y[0]: one
                for one in other.cells
                if len(y := words.years_of(one.year)) == 1 and other.value(one) is not None
            }
            if set(years) != set(range(span[0], span[1] + 1)) or whole.value is None:
                continue
            values = [other.cells[years[year]] for year in sorted(years)]
            expected = sum((one.value for one in values if one.value is not None), Decimal(0))
            tolerance = sum((one.number.half_unit for one in [whole, *values]), Decimal(0))
            proof.checked["total_column"] += 1
            spots = [
                Spot(Decimal(1), table, line, column),
                *(Spot(Decimal(-1), table, other, years[year]) for year in sorted(years)),
            ]
            is_right = abs(whole.value - expected) <= tolerance
            proof.relate(spots, tolerance, None if is_right else _wrong_span(spots, expected, tolerance))
            break


def _wrong_span(spots: Sequence[Spot], expected: Decimal, tolerance: Decimal) -> Finding:
    total, first = spots[:2]
    kind = kind_of(total.value, expected, tolerance)
    return Finding(
        "total_column",
        kind,
        f"Tryckt {number_sv(total.value)} för åren {total.column.year}, men årens ”{first.line.name}” ger "
        f"{number_sv(expected)}; skillnad {number_sv(total.value - expected)}.",
        place(*total[1:]),
        total.value,
        place(*first[1:]),
        expected,
        total.value - expected,
        tolerance,
        total.figure.unit,
    )


def _sets_of_columns(table: Table, column: Column) -> Iterable[Sequence[Column]]:
    """The columns it may sum: the years of its span, or the other measures, all or two by two."""
    span = words.years_of(column.year)
    alike = [
        one
        for one in table.columns
        if one != column and one.unit == column.unit and (one.party, one.sex) == (column.party, column.sex)
    ]
    summed = set(_summing(table)) | set(_deviating(table))
    plain = [one for one in alike if one not in summed]
    if len(span) > 1:
        inside = [one for one in plain if (y := words.years_of(one.year)) and span[0] <= y[0] <= span[1]]
        versions: dict[str, list[Column]] = defaultdict(list)
        for one in inside:
            versions[one.version].append(one)
        return [found for found in ([*versions.values(), inside]) if len(found) > 1]
    same = [one for one in plain if one.year == column.year] if column.year else plain
    sets: list[Sequence[Column]] = [plain] if len(plain) > 1 else []
    sets += [same] if len(same) > 1 and same != plain else []
    return [
        *sets,
        *_one_per_year(plain),
        *_runs_beside(table, column, same),
        *combinations(same[:MOST_COLUMNS], 2),
    ]


def _runs_beside(table: Table, column: Column, others: Sequence[Column]) -> Iterable[Sequence[Column]]:
    """Columns that stand together, next to the one that sums them up: the quarters, and not what was granted before them."""
    at = table.columns.index(column)
    left = [one for one in table.columns[:at] if one in others]
    right = [one for one in table.columns[at + 1 :] if one in others]
    for count in range(2, max(len(left), len(right))):
        yield left[-count:]
        yield right[:count]


def _one_per_year(columns: Sequence[Column]) -> Iterable[Sequence[Column]]:
    """Where a year stands twice, as forecast and as budget, a sum over the years takes one of them."""
    per_year: dict[str, list[Column]] = defaultdict(list)
    for one in columns:
        per_year[one.year].append(one)
    return [list(chosen) for chosen in islice(product(*per_year.values()), MOST_CHOICES) if len(chosen) > 1]


def _holds(line: Line, column: Column, parts: Sequence[Column]) -> bool | None:
    """Whether the parts sum to the whole in a line; None where that cannot be told."""
    whole = line.cells.get(column)
    known = [line.cells[one] for one in parts if line.value(one) is not None]
    if whole is None or not whole.value or not known:
        return None
    tolerance = sum((one.number.half_unit for one in [whole, *known]), Decimal(0)) if column.is_money else 0
    return (
        abs(whole.value - sum((one.value for one in known if one.value is not None), Decimal(0))) <= tolerance
    )


# --- what is left ---


def _rest(table: Table, column: Column, proof: Proof) -> None:
    """A column of what is left: opening, with what came and less what went; gross less grants. The signs that hold."""
    others = [one for one in table.columns if one != column and one.but(measure="") == column.but(measure="")]
    others = [one for one in others if not one.is_change and not words.TOTAL.search(one.measure)]
    best: tuple[int, int, list[tuple[int, Column]]] | None = None
    for signs in product((0, 1, -1), repeat=len(others)) if len(others) <= MOST_MOVES else ():
        terms = [(sign, one) for sign, one in zip(signs, others, strict=True) if sign]
        if len(terms) > 1 and terms[0][0] > 0:
            held = sum(_leaves(line, column, terms) for line in table.lines)
            if held >= _FEWEST_LINES and (best is None or (held, -len(terms)) > best[:2]):
                best = (held, -len(terms), terms)
    lines = [line for line in table.lines if line.value(column) is not None]
    if best is None or 3 * best[0] < 2 * len(lines):
        return
    for line in lines:
        if any(line.value(one) is not None for _sign, one in best[2]):
            _compare(table, line, column, best[2], "rest", proof)


def _leaves(line: Line, column: Column, terms: Sequence[tuple[int, Column]]) -> bool:
    """True where these leave what is printed, each of them known and not all of them nothing."""
    values = [(sign, line.value(one)) for sign, one in terms]
    known = [sign * value for sign, value in values if value is not None]
    printed = line.value(column)
    if printed is None or len(known) < len(terms) or sum(value != 0 for value in known) < _A_PAIR:
        return False
    return abs(printed - sum(known, Decimal(0))) <= _rounding(line, column, terms)


# --- shares ---


def _share(table: Table, column: Column, proof: Proof) -> None:
    """A share as one column of another, or of a column's total: what holds in most lines that have both."""
    alike = [one for one in table.columns if one.unit != "percent" and one.party == column.party]
    counts = [one for one in alike if one.sex in (column.sex, "total")] + [
        one for one in alike if one.sex not in (column.sex, "total")
    ]
    best: tuple[int, int, Callable[[Line], Decimal | None], Column, Column | None] | None = None
    for part, whole in [*permutations(counts[:MOST_COLUMNS], 2), *((one, None) for one in counts)]:
        share = _share_of(table, part, whole)
        fits = [found for line in table.lines if (found := _share_holds(line, column, share)) is not None]
        if sum(fits) > 1 and (best is None or (sum(fits), -len(fits)) > best[:2]):
            best = (sum(fits), -len(fits), share, part, whole)
    if best is None or 3 * best[0] < -2 * best[1]:
        return
    _held, _count, share, part, whole = best
    for line in table.lines:
        holds = _share_holds(line, column, share)
        if holds is None:
            continue
        proof.checked["percent"] += 1
        spots = [Spot(Decimal(0), table, line, one) for one in (column, part, whole) if one is not None]
        wrong = None if holds else _wrong_share(table, line, column, part, whole, share(line))
        proof.relate(spots, line.cells[column].number.half_unit, wrong, _share_left(spots, share(line)))


def _share_of(table: Table, part: Column, whole: Column | None) -> Callable[[Line], Decimal | None]:
    total = next((v for line in reversed(table.lines) if line.is_total and (v := line.value(part))), None)
    if whole is None and total is None:
        lines = [line.value(part) for line in table.lines if line.row_type == ""]
        total = sum((one for one in lines if one is not None), Decimal(0)) or None

    def share(line: Line) -> Decimal | None:
        count = line.value(part)
        base = total if whole is None else line.value(whole)
        return None if count is None or not base else _HUNDRED * count / base

    return share


def _share_holds(line: Line, column: Column, share: Callable[[Line], Decimal | None]) -> bool | None:
    figure, expected = line.cells.get(column), share(line)
    if figure is None or figure.value is None or expected is None:
        return None
    if not expected and not figure.value:
        return None  # nothing of anything fits every reading
    return abs(figure.value - expected) <= figure.number.half_unit


def _wrong_share(
    table: Table,
    line: Line,
    column: Column,
    part: Column,
    whole: Column | None,
    expected: Decimal | None,
) -> Finding | None:
    figure = line.cells[column]
    if figure.value is None or expected is None:
        return None
    rounded = round(expected, figure.number.decimals)
    kind = kind_of(figure.value, rounded)
    of = "kolumnens summa" if whole is None else number_sv(line.value(whole) or Decimal(0))
    return Finding(
        "percent",
        kind,
        f"Tryckt {number_sv(figure.value)} %, men {number_sv(line.value(part) or Decimal(0))} av {of} är "
        f"{number_sv(round(expected, 1))} %.",
        place(table, line, column),
        figure.value,
        place(table, line, part),
        rounded,
        figure.value - rounded,
        figure.number.half_unit,
        "percent",
    )


def _share_left(
    spots: Sequence[Spot], expected: Decimal | None
) -> Callable[[Mapping[Cell, Decimal]], Decimal]:
    """By how much a share differs from its count by its base with some cells changed; a column's sum stays as it is."""
    share, part, *wholes = spots

    def left(changes: Mapping[Cell, Decimal]) -> Decimal:
        printed, count, *bases = (one.value + changes.get(one.cell, 0) for one in (share, part, *wholes))
        base = bases[0] if bases else _HUNDRED * part.value / expected if expected else Decimal(0)
        return printed - _HUNDRED * count / base if base else printed

    return left


# --- one line ---


def _spots(table: Table, line: Line, column: Column, terms: Iterable[tuple[int, Column]]) -> list[Spot]:
    known = [(sign, one) for sign, one in terms if line.value(one) is not None]
    return [
        Spot(Decimal(1), table, line, column),
        *(Spot(Decimal(-sign), table, line, one) for sign, one in known),
    ]


def _rounding(line: Line, column: Column, terms: Iterable[tuple[int, Column]]) -> Decimal:
    """Half a unit per term; counts are exact unless they say that they are rounded."""
    cells = [
        line.cells[one] for one in (column, *(one for _sign, one in terms)) if line.value(one) is not None
    ]
    if not column.is_money and not any(one.number.is_about for one in cells):
        return Decimal(0)
    return sum((one.number.half_unit for one in cells), Decimal(0))


def _compare(
    table: Table, line: Line, column: Column, terms: Sequence[tuple[int, Column]], check_id: str, proof: Proof
) -> None:
    """A cell against other cells of its line."""
    whole = line.cells[column]
    cells = [(sign, one, line.cells[one]) for sign, one in terms if line.value(one) is not None]
    signed = [(sign, cell.value) for sign, _one, cell in cells if cell.value is not None]
    if whole.value is None or not signed:
        return
    proof.checked[check_id] += 1
    expected = sum((sign * value for sign, value in signed), Decimal(0))
    tolerance, spots = _rounding(line, column, terms), _spots(table, line, column, terms)
    if abs(whole.value - expected) <= tolerance:
        proof.relate(spots, tolerance)
        return
    kind = kind_of(whole.value, expected, tolerance, [sign * value for sign, value in signed])
    told: list[Place] = [place(table, line, one) for _sign, one, _cell in cells]
    proof.relate(
        spots,
        tolerance,
        Finding(
            check_id,
            kind,
            f"Tryckt {number_sv(whole.value)}, men {formula_sv(signed)}; skillnad "
            f"{number_sv(whole.value - expected)}.",
            place(table, line, column),
            whole.value,
            told[0],
            expected,
            whole.value - expected,
            tolerance,
            whole.unit,
            told,
        ),
    )
