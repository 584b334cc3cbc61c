"""Relations between the columns of a table: sexes, parties, changes, summed columns, shares.

A change or share says in its heading that it is one; of which two columns, and with which sign, is what holds in most lines.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, permutations
from typing import TYPE_CHECKING

from ingestion.proof import words
from ingestion.proof.findings import CHECKS_SV, KINDS_SV, Finding, Place, formula_sv, number_sv, place
from ingestion.proof.kinds import kind_of
from ingestion.proof.tables import ALL, Column, Line, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ingestion.proof.findings import Proof

MOST_COLUMNS = 24
_HUNDRED = Decimal(100)


def check(table: Table, proof: Proof) -> None:
    """Every relation between the columns of one table."""
    _sexes(table, proof)
    _parties(table, proof)
    for column in _deviating(table):
        _change(table, column, proof)
    for column in _summing(table):
        _total_column(table, column, proof)
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
        if line.at in best.holds:
            proof.checked["change"] += 1
        elif line.at in best.fails or (
            line.at in best.turned and (named == (best.first, best.second) or _is_one_way(table, line, best))
        ):
            _compare(table, line, column, terms, "change", proof)


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
            or len(words.years_of(one.year)) > 1
        )
    ]


def _total_column(table: Table, column: Column, proof: Proof) -> None:
    """A column that sums others: of those it may sum, the set that holds in most lines."""
    _span_totals(table, column, proof)
    best: tuple[int, int, list[Column]] | None = None
    for parts in _sets_of_columns(table, column):
        fits = [found for line in table.lines if (found := _holds(line, column, parts)) is not None]
        if fits and any(fits) and (best is None or (sum(fits), -len(fits)) > best[:2]):
            best = (sum(fits), -len(fits), list(parts))
    if best is None or 2 * best[0] < -best[1]:
        return
    for line in table.lines:
        if _holds(line, column, best[2]) is not None:
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
            if abs(whole.value - expected) > tolerance:
                _wrong_span(table, (line, column), (other, years[span[0]]), expected, tolerance, proof)
            break


def _wrong_span(
    table: Table,
    total: tuple[Line, Column],
    years: tuple[Line, Column],
    expected: Decimal,
    tolerance: Decimal,
    proof: Proof,
) -> None:
    printed = total[0].value(total[1]) or Decimal(0)
    kind = kind_of(printed, expected, tolerance)
    proof.findings.append(
        Finding(
            "total_column",
            CHECKS_SV["total_column"],
            kind,
            KINDS_SV[kind],
            f"Tryckt {number_sv(printed)} för åren {total[1].year}, men årens ”{years[0].name}” ger {number_sv(expected)}; "
            f"skillnad {number_sv(printed - expected)}.",
            place(table, *total),
            printed,
            place(table, *years),
            expected,
            printed - expected,
            tolerance,
            total[0].cells[total[1]].unit,
        )
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
    return [*sets, *combinations(same[:MOST_COLUMNS], 2)]


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


# --- shares ---


def _share(table: Table, column: Column, proof: Proof) -> None:
    """A share as one column of another, or of a column's total: what holds in most lines that have both."""
    counts = [
        one
        for one in table.columns
        if one.unit != "percent" and (one.party, one.sex) == (column.party, column.sex)
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
        if not holds:
            _wrong_share(table, line, column, part, whole, share(line), proof)


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
    proof: Proof,
) -> None:
    figure = line.cells[column]
    if figure.value is None or expected is None:
        return
    rounded = round(expected, figure.number.decimals)
    kind = kind_of(figure.value, rounded)
    of = "kolumnens summa" if whole is None else number_sv(line.value(whole) or Decimal(0))
    proof.findings.append(
        Finding(
            "percent",
            CHECKS_SV["percent"],
            kind,
            KINDS_SV[kind],
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
    )


# --- one line ---


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
    is_rounded = column.is_money or any(one.number.is_about for one in [whole, *(c for _s, _o, c in cells)])
    tolerance = (
        whole.number.half_unit + sum((cell.number.half_unit for _s, _o, cell in cells), Decimal(0))
        if is_rounded
        else Decimal(0)
    )
    if abs(whole.value - expected) <= tolerance:
        return
    kind = kind_of(whole.value, expected, tolerance, [sign * value for sign, value in signed])
    told: list[Place] = [place(table, line, one) for _sign, one, _cell in cells]
    proof.findings.append(
        Finding(
            check_id,
            CHECKS_SV[check_id],
            kind,
            KINDS_SV[kind],
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
        )
    )
