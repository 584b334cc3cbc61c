"""Printed figures as facts of the field that may stand elsewhere in the papers too."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ingestion.proof import words
from ingestion.proof.concepts import concept_of
from ingestion.proof.findings import Finding, Spot, number_sv, place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ingestion.proof.reading import Figure
    from ingestion.proof.tables import Column, Line, Table

FactKey = tuple[str, ...]


@dataclass(frozen=True)
class Fact:
    """One printed figure as a fact that may stand elsewhere too."""

    table: Table
    line: Line
    column: Column
    figure: Figure
    concept: str | None
    name: str

    @property
    def amount(self) -> Decimal:
        """In kronor where it is money."""
        return (self.figure.value or Decimal(0)) * self.figure.scale

    @property
    def half_unit(self) -> Decimal:
        """Half of the last printed digit, in kronor where it is money."""
        return self.figure.number.half_unit * self.figure.scale

    def spot(self, weight: int = 1, *, is_signless: bool = False) -> Spot:
        """The fact as it takes part in a relation of kronor; of its size alone where papers print it with either sign."""
        sign = -1 if is_signless and self.amount < 0 else 1
        return Spot(Decimal(weight * sign * self.figure.scale), self.table, self.line, self.column)


def facts_of(table: Table) -> Iterable[Fact]:
    """Every number of a table but those that are parts of others or computed from them."""
    for line in table.lines:
        if line.row_type in ("derived", "part"):
            continue
        names = names_of(line)
        concept = next((found for one in names if (found := concept_of(one))), None)
        name = (
            names[0] if concept else words.fold(words.TOTAL.sub(" ", names[0]))
        )  # an annex's sum is the plan's line
        for column, figure in line.cells.items():
            if figure.value is not None:
                yield Fact(table, line, column, figure, concept, name)


def names_of(line: Line) -> list[str]:
    """What a line is called, folded and without what stands in brackets: the whole label, and its last part alone."""
    whole = re.sub(r"\([^)]*\)", " ", line.name)
    return [words.fold(whole), words.fold(whole.rpartition(" · ")[2])]


def whose(fact: Fact) -> FactKey:
    """What a count is about: paper, initiative, year and sex."""
    return (
        fact.table.document,
        words.fold(fact.table.initiative),
        words.year_key(fact.column.year),
        fact.column.sex,
    )


def finding(
    check_id: str,
    kind: str,
    first: Fact,
    first_value: Decimal,
    second: Fact,
    second_value: Decimal,
    tolerance: Decimal,
) -> Finding:
    """Two facts that contradict each other."""
    return Finding(
        check_id,
        kind,
        f"{number_sv(first_value)} här, {number_sv(second_value)} i {second.table.shown} (”{second.line.name}”); skillnad "
        f"{number_sv(first_value - second_value)}.",
        place(first.table, first.line, first.column),
        first_value,
        place(second.table, second.line, second.column),
        second_value,
        first_value - second_value,
        tolerance,
        first.figure.unit,
    )
