"""Sums down a table: which lines each total sums, as stated or as the numbers bear out, and where it does not.

Tables are read as people read them: a total closes the lines above it, a grand total the totals, a sum may also stand
above its lines, and a result is income less cost. Each such reading is tried in every column; the one that holds in most
is what the table means, and a column in which it fails is a finding.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from ingestion.proof.findings import (
    Finding,
    Spot,
    Unchecked,
    formula_sv,
    number_sv,
    place,
)
from ingestion.proof.kinds import kind_of
from ingestion.proof.stated import stated_terms
from ingestion.proof.tables import ALL, Column, Line, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ingestion.proof.findings import Cell, Place, Proof
    from ingestion.proof.reading import Figure

Terms = tuple[tuple[int, Line], ...]
"""The lines a total is made of, each with its sign."""

MOST_TERMS = 80
MOST_SIGNED = 14
NEAR = Decimal("0.02")
FEWEST_TELLING = 1000
DIGIT_KINDS = (
    "missing_minus",
    "transposed_digits",
    "mistyped_digits",
    "stray_digit",
    "missing_digit",
    "unit",
)
DENSE = Decimal("0.75")
SHARES_NEAR = Decimal("0.75")


@dataclass
class Fit:
    """One reading of a total: in which columns it holds, fails, or cannot be tried."""

    terms: Terms
    rank: int
    holds: list[Column] = field(default_factory=list)
    fails: list[Column] = field(default_factory=list)
    trivial: list[Column] = field(default_factory=list)


class ColumnSums:
    """Works through one table from the top; `open` are the lines and totals no later total has summed yet."""

    def __init__(self, table: Table, proof: Proof) -> None:
        self.table, self.proof = table, proof
        self.open: list[Line] = []
        self.absorbed: set[int] = set()
        self.summed: set[int] = set()
        self.results: set[int] = set()
        self.terms_of: dict[int, Terms] = {}
        self.suspect: set[tuple[int, Column]] = set()

    def run(self) -> None:
        """Check every total of the table."""
        for line in self.table.lines:
            if line.row_type in ("part", "derived") or line.at in self.absorbed:
                continue
            if self._sums(line):
                self._total(line)
            else:
                self.open.append(line)
        self._parts()

    def _sums(self, line: Line) -> bool:
        """True where a line is a total with a value; a total left blank closes nothing."""
        if line.is_opening and not line.total_of:
            return False
        return (line.is_total or bool(line.total_of)) and any(
            f.value is not None for f in line.cells.values()
        )

    # --- one total ---

    def _total(self, line: Line) -> None:
        stated = stated_terms(self.table, line) if line.total_of else None
        if line.total_of and not stated:
            self._leave(line, "det som står i ”Summa av” finns inte bland tabellens rader")
            self.open.append(line)
            return
        if stated:
            fit = self._fit(line, stated, 0)
            self._settle(line, fit)
            return
        best = self._best(line, self._above(line)) or self._best(line, self._below(line))
        if best is None:
            best = self._of_nothing(line) or self._nearest(line)
        if best is None:
            if (line.is_stated or line.is_summing) and self._could_sum(line):
                self._leave(
                    line, "vad den består av framgår inte av raderna; skriv det i kolumnen ”Summa av”"
                )
            self.open.append(line)
            return
        self._settle(line, best)

    def _could_sum(self, line: Line) -> bool:
        """True where something stands above in a column of a total that is not nothing, so that one would expect a sum."""
        columns = [column for column in line.cells if line.value(column)]
        others = [one for one in self.open if line.row_type != "result" or one.section == line.section]
        return any(one.value(column) is not None for one in others for column in columns)

    def _settle(self, line: Line, fit: Fit) -> None:
        self.terms_of[line.at] = fit.terms
        self.proof.checked["sum"] += len(fit.holds) + len(fit.fails) + len(fit.trivial)
        for column in (*fit.holds, *fit.trivial):
            spots = self._spots(line, fit.terms, column)
            self.proof.relate(
                spots,
                self._tolerance(line.cells[column], fit.terms, column),
                difference_of=_either_effect(spots) if column.is_change else None,
                has_blanks=any(self._value(term, column, line) is None for _sign, term in fit.terms),
            )
        for column in fit.fails:
            self._fail(line, fit.terms, column)
        used = {id(term) for _sign, term in fit.terms}
        below = [term for _sign, term in fit.terms if term.at > line.at]
        if (
            len(below) > 1
        ):  # a sum above its lines: they are summed, its totals are still to be checked themselves
            self.absorbed |= {term.at for term in below if not term.is_total}
            self.summed |= {term.at for term in below if term.is_total}
        is_plain = all(sign > 0 for sign, _term in fit.terms)
        if not is_plain:
            self.results.add(line.at)
        if is_plain or line.row_type == "total":
            self.open = [one for one in self.open if id(one) not in used]
        if line.at not in self.summed:
            self.open.append(line)

    def _best(self, line: Line, readings: Iterator[tuple[Terms, int]]) -> Fit | None:
        """The reading that holds in most columns; in at least a third of those that say anything."""
        best: Fit | None = None
        for terms, rank in readings:
            fit = self._fit(line, terms, rank)
            if (
                not fit.holds
                or 3 * len(fit.holds) < len(fit.holds) + len(fit.fails)
                or not self._covers(line, fit)
            ):
                continue
            if len(terms) == 1 and len(fit.fails) >= len(fit.holds) and not self._is_near(line, fit):
                continue
            if best is None or self._merit(fit) > self._merit(best):
                best = fit
        return best

    def _of_nothing(self, line: Line) -> Fit | None:
        """A total of nothing sums the lines above it, which are nothing or left blank."""
        if any(line.value(column) for column in line.cells):
            return None
        run = self._run_above(line)
        fit = self._fit(line, tuple((1, one) for one in run), 0)
        return fit if run and not fit.fails else None

    def _nearest(self, line: Line) -> Fit | None:
        """What a total is read as when nothing holds anywhere: its lines above, if it says it is a total or is near."""
        run = self._run_above(line)
        if len(run) > 1:
            fit = self._fit(line, tuple((1, one) for one in run), 0)
            if fit.fails and (
                (line.row_type == "total" and line.is_stated) or line.is_summing or self._is_near(line, fit)
            ):
                return fit
        is_sum = line.is_summing or (line.is_stated and line.row_type in ("total", "subtotal"))
        for terms, rank in [*self._above(line), *(self._below(line) if is_sum else ())]:
            fit = self._fit(line, terms, rank)
            if (
                (len(terms) > 1 or is_sum)
                and fit.fails
                and self._covers(line, fit)
                and self._is_near(line, fit)
            ):
                return fit
        return None

    def _covers(self, line: Line, fit: Fit) -> bool:
        """True where a reading says something in at least half of the columns in which the total is not nothing."""
        said = [one for one in (*fit.holds, *fit.fails) if line.value(one)]
        return 2 * len(said) >= len([one for one in line.cells if line.value(one)])

    def _is_near(self, line: Line, fit: Fit) -> bool:
        """True where every column misses by little, or by an error one knows: a sign, a digit, a unit."""
        return all(self._misses_little(line, fit.terms, column) for column in fit.fails)

    def _misses_little(self, line: Line, terms: Terms, column: Column) -> bool:
        printed, values = line.value(column), [(s, self._value(t, column, line)) for s, t in terms]
        if printed is None:
            return True
        signed = [sign * value for sign, value in values if value is not None]
        if len(signed) < min(2, len(terms)):
            return False
        expected = sum(signed, Decimal(0))
        if abs(printed) < 100 and abs(expected) < 100:
            return False
        kind = kind_of(printed, expected, parts=signed)
        is_sum = line.is_summing or line.row_type in ("total", "subtotal")
        if kind in DIGIT_KINDS and abs(printed) >= FEWEST_TELLING:
            return True
        return is_sum and abs(printed - expected) <= NEAR * max(abs(printed), abs(expected))

    def _merit(self, fit: Fit) -> tuple[int, int, int, int, int]:
        """What makes one reading better than another: where it holds and fails, what it holds by, its plainness.

        A figure already found wrong proves no reading: a sum without its minus holds by the wrong one.
        """
        cells = [one for _sign, term in fit.terms for one in term.cells.values()]
        proven = [
            column
            for column in fit.holds
            if not any((term.at, column) in self.suspect for _sign, term in fit.terms)
        ]
        return (
            len(fit.holds),
            -len(fit.fails),
            len(proven),
            -sum(one.is_damaged for one in cells),
            -fit.rank,
        )

    # --- readings ---

    def _run_above(self, line: Line) -> list[Line]:
        """The lines above in the same section back to the last total; without sections, back to the last total."""
        run: list[Line] = []
        for one in reversed(self.open):
            if one.is_total and not one.is_opening and one.at in self.terms_of:
                break
            if line.section and one.section and one.section != line.section and run:
                break
            run.append(one)
        return run[::-1]

    def _above(self, line: Line) -> Iterator[tuple[Terms, int]]:
        """Readings of the lines above, the plainest first."""
        run = self._run_above(line)
        if run:
            yield tuple((1, one) for one in run), 0
        stack = self.open[-MOST_TERMS:]
        for count in range(2, len(stack) + 1):
            yield tuple((1, one) for one in stack[-count:]), 2
        if stack:
            yield ((1, stack[-1]),), 3
        if line.row_type == "subtotal":
            return
        yield from self._signed(stack[-MOST_SIGNED:])
        plain = [one for one in stack if one.at not in self.results]
        if len(plain) < len(stack):
            yield from self._signed(plain[-MOST_SIGNED:])

    def _signed(self, stack: Sequence[Line]) -> Iterator[tuple[Terms, int]]:
        """Income less cost: the first less the rest, sections of either sign, one line and all that follow it."""
        for count in range(2, len(stack) + 1):
            tail = stack[-count:]
            yield ((1, tail[0]), *((-1, one) for one in tail[1:])), 4
            groups = [list(found) for _section, found in groupby(tail, key=lambda one: one.section)]
            if 1 < len(groups) <= 4:
                for pattern in range(1, 2 ** len(groups) - 1):
                    yield (
                        tuple(
                            (-1 if pattern >> at & 1 else 1, one)
                            for at, found in enumerate(groups)
                            for one in found
                        ),
                        8 if pattern & 1 else 5,
                    )
        for start in range(2, len(stack)):
            for one in stack[: start - 1]:
                for sign in (-1, 1):
                    yield ((1, one), *((sign, other) for other in stack[start:])), 6
        for at, one in enumerate(stack):
            for other in stack[at + 1 :]:
                yield ((1, one), (1, other)), 7
                yield ((1, one), (-1, other)), 7

    def _below(self, line: Line) -> Iterator[tuple[Terms, int]]:
        """Readings of what follows: a sum that stands above its lines, or above the totals of its sections."""
        following = [
            one for one in self.table.lines[line.at + 1 :] if one.row_type not in ("part", "derived")
        ]
        lines: list[Line] = []
        for one in following[:MOST_TERMS]:
            if one.is_total:
                break
            lines.append(one)
            yield tuple((1, each) for each in lines), 8 if len(lines) > 1 else 9
        totals = [one for one in following if one.row_type in ("total", "subtotal")]
        for count in range(2, min(len(totals), MOST_SIGNED) + 1):
            yield tuple((1, one) for one in totals[:count]), 10

    # --- one reading in every column ---

    def _fit(self, line: Line, terms: Terms, rank: int) -> Fit:
        fit = Fit(terms, rank)
        for column, figure in line.cells.items():
            if figure.value is None:
                continue
            values = [(sign, self._value(term, column, line)) for sign, term in terms]
            known = [(sign, value) for sign, value in values if value is not None]
            if not known:
                continue
            expected = sum((sign * value for sign, value in known), Decimal(0))
            tolerance = self._tolerance(figure, terms, column)
            # a deviation is often its effect on the result, and then costs' deviations are added
            added = sum((value for _sign, value in known), Decimal(0)) if column.is_change else expected
            if min(abs(figure.value - expected), abs(figure.value - added)) <= tolerance:
                speaks = figure.value != 0 and (
                    len([1 for _s, v in known if v]) > 1 or abs(figure.value) >= 100
                )
                (fit.holds if speaks else fit.trivial).append(column)
            elif column.unit != "percent" or _sums_shares(figure.value, expected, known):
                fit.fails.append(column)
        return fit

    def _tolerance(self, figure: Figure, terms: Terms, column: Column) -> Decimal:
        """Half a unit per rounded term; counts are exact."""
        cells = [figure, *(term.cells[column] for _sign, term in terms if column in term.cells)]
        is_count = figure.unit_class not in ("money", "percent") and not any(
            one.number.is_about for one in cells
        )
        if is_count and all(one.value is None or one.value == one.value.to_integral_value() for one in cells):
            return Decimal(0)
        return sum((one.number.half_unit for one in cells if one.value is not None), Decimal(0))

    def _value(self, term: Line, column: Column, total: Line) -> Decimal | None:
        """A term's number in a column; where the total alone stands under no party, all parties' together."""
        columns = self._columns_of(term, column)
        if columns == [column]:
            return term.value(column)
        numbers = [value for one in columns if (value := term.value(one)) is not None]
        return sum(numbers, Decimal(0)) if numbers else None

    def _columns_of(self, term: Line, column: Column) -> list[Column]:
        """The column a term is read in: the total's own, else those of all parties."""
        if column in term.cells:
            return [column]
        if column.party or "party" not in self.table.splits:
            return []
        bare = column.but(party="", measure="")
        return [one for one in term.cells if one.party != ALL and one.but(party="", measure="") == bare]

    def _spots(self, line: Line, terms: Terms, column: Column) -> list[Spot]:
        """The cells a sum is made of, the total first; those of the parties where the total alone stands under none."""
        spots = [Spot(Decimal(1), self.table, line, column)]
        for sign, term in terms:
            spots += [
                Spot(Decimal(-sign), self.table, term, one)
                for one in self._columns_of(term, column)
                if term.value(one) is not None
            ]
        return spots

    # --- findings ---

    def _fail(self, line: Line, terms: Terms, column: Column) -> None:
        figure = line.cells[column]
        if figure.value is None:
            return
        values = [(sign, term, self._value(term, column, line)) for sign, term in terms]
        if any(term.cells[column].is_damaged for _s, term, _v in values if column in term.cells):
            self._leave(line, "en av delarna är tryckt så att den inte går att läsa", column)
            return
        signed = [(sign, value) for sign, _term, value in values if value is not None]
        expected = sum((sign * value for sign, value in signed), Decimal(0))
        missing = [term for _s, term, value in values if value is None and column not in term.cells]
        if self._may_be_lost(terms, column, missing, figure.value - expected, [v for _s, v in signed]):
            self._leave(
                line,
                f"raden ”{missing[0].name}” saknar värde här; differensen kan vara det som fattas",
                column,
            )
            return
        neighbours = [
            value
            for other, one in line.cells.items()
            if other.but(year="", version="") == column.but(year="", version="")
            and other.year != column.year
            and (value := one.value) is not None
        ]
        parts = [sign * value for sign, value in signed]
        tolerance = self._tolerance(figure, terms, column)
        self.suspect.add((line.at, column))
        kind = kind_of(figure.value, expected, tolerance, parts, neighbours)
        first = place(self.table, line, column)
        told = [place(self.table, term, column) for _s, term, value in values if value is not None]
        second = self._second(terms, column)
        difference = figure.value - expected
        self.proof.relate(
            self._spots(line, terms, column),
            tolerance,
            Finding(
                "sum",
                kind,
                f"Tryckt {number_sv(figure.value)}, men {formula_sv(signed)}; skillnad "
                f"{number_sv(difference)}. Delarna: {_names_sv([(s, t) for s, t, v in values if v is not None])}.",
                first,
                figure.value,
                second,
                expected,
                difference,
                tolerance,
                figure.unit,
                told,
            ),
        )

    def _second(self, terms: Terms, column: Column) -> Place:
        """Where the parts stand: the first to the last of them."""
        first, last = terms[0][1], terms[-1][1]
        found = place(self.table, first, column)
        if len(terms) == 1:
            return found
        number = f"{first.number}–{last.number}" if first.number and last.number else ""
        return replace(found, line=f"{first.name} … {last.name}", line_number=number, printed="", row=0)

    def _may_be_lost(
        self,
        terms: Terms,
        column: Column,
        missing: Sequence[Line],
        difference: Decimal,
        parts: Sequence[Decimal],
    ) -> bool:
        """True where one line alone lacks a cell in a full column, and what is missing is of the others' size."""
        if len(missing) != 1 or not missing[0].cells or not parts:
            return False
        if Decimal(len(terms) - 1) / len(terms) < DENSE:
            return False
        sizes = sorted(abs(one) for one in parts if one)
        same_sign = bool(sizes) and (difference > 0) == (sum(parts) > 0)
        return same_sign and sizes[0] / 2 <= abs(difference) <= 2 * sizes[-1]

    def _leave(self, line: Line, why_sv: str, column: Column | None = None) -> None:
        at = column or next(iter(line.cells))
        self.proof.unchecked.append(
            Unchecked(place(self.table, line, at), why_sv[:1].upper() + why_sv[1:] + ".")
        )

    def _parts(self) -> None:
        """A varav row is part of the row above: it cannot be larger."""
        owner: Line | None = None
        for line in self.table.lines:
            if line.row_type != "part":
                owner = line
                continue
            for column, figure in line.cells.items() if owner else ():
                whole = owner.value(column) if owner else None
                if figure.value is None or whole is None or owner is None or column.unit == "percent":
                    continue
                self.proof.checked["part"] += 1
                spots = [Spot(Decimal(0), self.table, one, column) for one in (line, owner)]
                is_right = (
                    abs(figure.value) <= abs(whole) + figure.number.half_unit or figure.value * whole < 0
                )
                self.proof.relate(
                    spots,
                    figure.number.half_unit,
                    None if is_right else self._larger_part(*spots),
                    _excess(*spots),
                )

    def _larger_part(self, part: Spot, owner: Spot) -> Finding:
        kind = kind_of(part.value, owner.value)
        return Finding(
            "part",
            kind,
            f"Delen {number_sv(part.value)} är större än raden den hör till, {number_sv(owner.value)}.",
            place(*part[1:]),
            part.value,
            place(*owner[1:]),
            owner.value,
            part.value - owner.value,
            part.figure.number.half_unit,
            part.figure.unit,
        )


def _sums_shares(printed: Decimal, expected: Decimal, known: Sequence[tuple[int, Decimal]]) -> bool:
    """True where a share may be the sum of its lines' shares; one among them, or far below, has a base of its own."""
    return printed > max(value for _sign, value in known) and printed >= SHARES_NEAR * expected


def _either_effect(spots: Sequence[Spot]) -> Callable[[Mapping[Cell, Decimal]], Decimal]:
    """By how much a sum of deviations differs with some cells changed; where they are effects on the result, all are added."""

    def left(changes: Mapping[Cell, Decimal]) -> Decimal:
        total, *others = ((one.weight, one.value + changes.get(one.cell, 0)) for one in spots)
        signed = sum((weight * value for weight, value in others), Decimal(0))
        added = sum((value for _weight, value in others), Decimal(0))
        return min(abs(total[1] + signed), abs(total[1] - added))

    return left


def _excess(part: Spot, owner: Spot) -> Callable[[Mapping[Cell, Decimal]], Decimal]:
    """By how much a part is larger than its row with some cells changed."""

    def left(changes: Mapping[Cell, Decimal]) -> Decimal:
        one, whole = (spot.value + changes.get(spot.cell, 0) for spot in (part, owner))
        return max(abs(one) - abs(whole), Decimal(0)) if one * whole >= 0 else Decimal(0)

    return left


def _names_sv(terms: Sequence[tuple[int, Line]]) -> str:
    told = [f"{'−' if sign < 0 else ''}{term.number or term.name}" for sign, term in terms]
    return ("rad " if terms[0][1].number else "") + ", ".join(
        told if len(told) <= 8 else [*told[:4], "…", told[-1]]
    )


def check(table: Table, proof: Proof) -> None:
    """Every total of a table against what it sums."""
    ColumnSums(table, proof).run()
