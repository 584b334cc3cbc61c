"""What a proof finds: two places that contradict each other, both values, and the likely kind of error."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from ingestion.proof.tables import shown_column

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ingestion.proof.reading import Figure
    from ingestion.proof.tables import Column, Line, Table

Cell = tuple[str, int]
"""A printed cell: its file and its row there."""

MOST_TERMS_SHOWN = 12
CHECKS_SV = {
    "sum": "Summan mot sina delar",
    "across": "Raden mot sin totalkolumn",
    "sex": "Kvinnor och män mot totalen",
    "change": "Avvikelse eller förändring mot sina två kolumner",
    "rest": "Det som är kvar mot det som det räknas ur",
    "total_column": "Summakolumn mot sina delar",
    "percent": "Procent mot antal",
    "roll_forward": "Ingående mot förra årets utgående",
    "balance": "Tillgångar mot eget kapital och skulder",
    "same_fact": "Samma uppgift på två ställen",
    "note": "Not mot räkning",
    "people": "Deltagare, avslutade och kvar",
    "partition": "Fördelning mot antalet den fördelar",
    "part": "Varav mot raden den hör till",
    "unit": "Enheten mot beloppens storlek",
}
"""The checks, as people call them."""

KINDS_SV = {
    "missing_minus": "minustecken saknas eller är för mycket",
    "transposed_digits": "omkastade siffror",
    "mistyped_digits": "felskriven siffra",
    "stray_digit": "en siffra för mycket",
    "missing_digit": "en siffra för litet",
    "unit": "fel enhet (tusental)",
    "earlier_year": "ett annat års värde",
    "stale_sum": "summan är inte uppdaterad: en del fattas i den",
    "counted_twice": "en del är räknad två gånger",
    "other_definition": "två definitioner av samma ord",
    "copied_row": "raden är densamma som en annan: troligen kopierad",
    "wrong_box": "rätt totalt men i fel ruta",
    "off_by_one": "en enhet fel, utöver avrundning",
    "unexplained": "går inte att avgöra ur tabellerna",
}
"""The likely kinds of error, as people call them."""


@dataclass(frozen=True)
class Place:
    """Where a figure stands. row: in its file, 0 for what is computed."""

    document: str
    page: str
    table: str
    section: str
    line_number: str
    line: str
    column: str
    printed: str
    row: int
    file: str

    @property
    def text_sv(self) -> str:
        """Table, line and column on one line."""
        line = f"rad {self.line_number} ”{self.line}”" if self.line_number else f"”{self.line}”"
        section = f", {self.section}" if self.section and self.section not in (self.line, self.table) else ""
        column = f" [{self.column}]" if self.column else ""
        return f"{self.table}{section}, {line}{column}"


@dataclass(frozen=True)
class Finding:
    """One error. difference: first value minus second. parts: where the second value is made of several.

    also: every contradiction one wrong cell makes, where they are more than one; carried: cells that took the error on.
    """

    check: str
    check_sv: str = field(init=False)
    kind: str
    kind_sv: str = field(init=False)
    message_sv: str
    first: Place
    first_value: Decimal
    second: Place
    second_value: Decimal
    difference: Decimal
    tolerance: Decimal
    unit: str
    parts: list[Place] = field(default_factory=list)
    also: list[Finding] = field(default_factory=list)
    carried: list[Place] = field(default_factory=list)

    def __post_init__(self) -> None:
        """The words of the codes: fields, since the JSON names them too."""
        object.__setattr__(self, "check_sv", CHECKS_SV[self.check])
        object.__setattr__(self, "kind_sv", KINDS_SV[self.kind])


class Spot(NamedTuple):
    """A cell that takes part in a relation. weight: what one more of it adds to the relation's difference."""

    weight: Decimal
    table: Table
    line: Line
    column: Column

    @property
    def figure(self) -> Figure:
        """What is printed there."""
        return self.line.cells[self.column]

    @property
    def cell(self) -> Cell:
        """Which cell of the files it is."""
        return self.figure.file, self.figure.row

    @property
    def value(self) -> Decimal:
        """The printed number; nothing where there is none."""
        return self.figure.value or Decimal(0)


@dataclass(frozen=True, eq=False)
class Relation:
    """What one check compared: spots that make no difference together where the paper is right, the whole first.

    finding: what was told, where they do. is_repetition: two figures that are one. has_blanks: some line of a sum has no
    number there, which may be what is wrong. difference_of: for what is no weighted sum, its difference with some cells
    changed.
    """

    spots: tuple[Spot, ...]
    tolerance: Decimal
    finding: Finding | None = None
    difference_of: Callable[[Mapping[Cell, Decimal]], Decimal] | None = None
    is_repetition: bool = False
    has_blanks: bool = False

    def difference(self, changes: Mapping[Cell, Decimal]) -> Decimal:
        """What is left when these cells are changed by so much."""
        if self.difference_of is not None:
            return self.difference_of(changes)
        return sum((one.weight * (one.value + changes.get(one.cell, 0)) for one in self.spots), Decimal(0))


@dataclass(frozen=True)
class Unchecked:
    """A figure that should be checked and could not be, and why."""

    place: Place
    why_sv: str


@dataclass
class Proof:
    """The outcome of one proof. checked: how many relations of each kind were compared, in cells."""

    figures: int = 0
    numbers: int = 0
    tables: int = 0
    findings: list[Finding] = field(default_factory=list)
    questions: list[Finding] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)
    no_number: Counter[str] = field(default_factory=Counter)
    unused_headers: list[str] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)

    def relate(
        self,
        spots: Sequence[Spot],
        tolerance: Decimal,
        finding: Finding | None = None,
        difference_of: Callable[[Mapping[Cell, Decimal]], Decimal] | None = None,
        *,
        is_repetition: bool = False,
        has_blanks: bool = False,
    ) -> None:
        """Remember what was compared, and tell what was found."""
        self.relations.append(
            Relation(tuple(spots), tolerance, finding, difference_of, is_repetition, has_blanks)
        )
        if finding is not None:
            self.findings.append(finding)


def place(table: Table, line: Line, column: Column, figure: Figure | None = None) -> Place:
    """Where a cell of a table stands."""
    found = figure or line.cells.get(column)
    return Place(
        table.document,
        found.page if found else "",
        table.shown,
        line.section,
        line.number,
        line.name,
        shown_column(column, table.columns),
        found.printed if found else "",
        found.row if found else 0,
        found.file if found else "",
    )


def number_sv(value: Decimal) -> str:
    """A number as Swedish papers print it: `−2 748 010`, `41,7`."""
    text = f"{abs(value):,.{max(-_exponent(value), 0)}f}".replace(",", "\u00a0").replace(".", ",")
    return f"−{text}" if value < 0 else text


def _exponent(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def formula_sv(signed: Sequence[tuple[int, Decimal]]) -> str:
    """The terms of a sum and what they make: `4 377 204 + (−2 748 010) − 5 = 1 629 189`; of one term, the term."""
    made = number_sv(sum((sign * value for sign, value in signed), Decimal(0)))
    if len(signed) == 1:
        return f"delen är {made}"
    if len(signed) > MOST_TERMS_SHOWN:
        return f"{len(signed)} delar ger {made}"
    told = ""
    for at, (sign, value) in enumerate(signed):
        number = f"({number_sv(value)})" if value < 0 and (at or sign < 0) else number_sv(value)
        told += (" + " if sign > 0 else " − ") + number if at else ("−" if sign < 0 else "") + number
    return f"{told} = {made}"
