"""Printed figures as tables: which lines and columns there are, and what stands in each cell."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from ingestion.proof import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from ingestion.proof.reading import Figure

MONEY = "money"
ALL = "*"
"""The party column that is all parties together, however it is worded."""
_ALWAYS_COLUMNS = ("year", "version", "sex")
_MAYBE_COLUMNS = ("measure", "party")
_REPEATED_LINES = 2


class Column(NamedTuple):
    """What a printed column is for; a part is empty where the table does not tell columns apart by it."""

    unit: str
    year: str
    version: str
    measure: str
    party: str
    sex: str

    @property
    def is_money(self) -> bool:
        """True for kronor, thousands or millions of them."""
        return self.unit.startswith(MONEY)

    @property
    def is_change(self) -> bool:
        """True where the heading says that it is a difference of two others."""
        return any(words.CHANGE.search(part) is not None for part in (self.version, self.measure))

    def but(self, **changed: str) -> Column:
        """The same column with other parts."""
        return self._replace(**changed)


@dataclass(eq=False)
class Line:
    """A printed line: its place among the table's lines, and its cells."""

    at: int
    number: str
    section: str
    name: str
    row_type: str
    is_stated: bool
    total_of: str
    note: str
    cells: dict[Column, Figure] = field(default_factory=dict)
    party: str = ""

    @property
    def is_total(self) -> bool:
        """True where the line sums up others, or may."""
        return self.row_type in ("total", "subtotal", "result")

    @property
    def is_opening(self) -> bool:
        """True for a balance that is opened with, whatever kind of row the sender calls it."""
        return words.OPENING.search(self.name) is not None and not self.is_summing

    @property
    def is_balance(self) -> bool:
        """True for what stands on a day: a sum over years says nothing of it, and often repeats the last."""
        return words.OPENING.search(self.name) is not None or words.BALANCE.search(self.name) is not None

    @property
    def is_summing(self) -> bool:
        """True where its first word says that it sums up."""
        return words.TOTAL.search(self.name) is not None

    def value(self, column: Column) -> Decimal | None:
        """The number printed in a column; None where there is none."""
        figure = self.cells.get(column)
        return None if figure is None else figure.value


@dataclass(eq=False)
class Table:
    """One printed table. parts: which of measure and party tell its columns apart; else they belong to the lines."""

    document: str
    title: str
    initiative: str
    lines: list[Line]
    columns: list[Column]
    splits: frozenset[str]

    @property
    def shown(self) -> str:
        """The table as a reader knows it."""
        return (
            f"{self.title} – {self.initiative}"
            if self.initiative and self.initiative not in self.title
            else self.title
        )

    def numbered(self, number: str) -> Line | None:
        """The line of that printed number."""
        return next((line for line in self.lines if line.number == number), None)


def tables_of(figures: Sequence[Figure]) -> list[Table]:
    """The tables, in the order they are printed."""
    grouped: dict[tuple[str, str, str], list[Figure]] = defaultdict(list)
    for figure in figures:
        if figure.row_type != "heading":
            grouped[figure.document, figure.table, figure.initiative].append(figure)
    return [_table(key, found) for key, found in _joined(grouped).items()]


def _joined(grouped: dict[tuple[str, str, str], list[Figure]]) -> dict[tuple[str, str, str], list[Figure]]:
    """A table whose initiatives are its lines, with a total among them, is one table; else one per initiative."""
    summed = {
        key[:2]
        for key in grouped
        if words.TOTAL.search(key[2]) and any(o[:2] == key[:2] and o != key for o in grouped)
    }
    joined: dict[tuple[str, str, str], list[Figure]] = defaultdict(list)
    for (document, title, initiative), figures in grouped.items():
        if (document, title) in summed:
            joined[document, title, ""] += [_named_for(one, initiative) for one in figures]
        else:
            joined[document, title, initiative] += figures
    return joined


def _named_for(figure: Figure, initiative: str) -> Figure:
    """A cell of an initiative's line, the initiative as the line."""
    is_total = words.TOTAL.search(initiative) is not None
    kind = "total" if is_total and not figure.row_type else figure.row_type
    measure = " · ".join(filter(None, (figure.line, figure.measure)))
    return replace(figure, line=initiative, row_type=kind, measure=measure, has_own_row_type=False)


def _table(key: tuple[str, str, str], figures: list[Figure]) -> Table:
    splits = frozenset(name for name in _MAYBE_COLUMNS if _tells_columns(name, figures))
    lines: list[Line] = []
    latest: dict[tuple[str, ...], list[Line]] = defaultdict(list)
    columns: dict[Column, None] = {}
    for figure in figures:
        column = _column(figure, splits)
        columns[column] = None
        identity = _identity(figure, splits)
        line = next((one for one in latest[identity] if column not in one.cells), None)
        if line is None:
            line = Line(
                len(lines), figure.line_number, figure.section, figure.line, figure.row_type,
                figure.has_own_row_type, figure.total_of, figure.note, party=figure.party,
            )  # fmt: skip
            lines.append(line)
            latest[identity].append(line)
        line.total_of = line.total_of or figure.total_of
        line.note = line.note or figure.note
        line.cells[column] = figure
    return Table(*key, lines, list(columns), splits)


def _column(figure: Figure, splits: frozenset[str]) -> Column:
    return Column(
        _unit(figure),
        figure.year,
        figure.version,
        figure.measure if "measure" in splits else "",
        party_key(figure.party) if "party" in splits else "",
        figure.sex,
    )


def _unit(figure: Figure) -> str:
    return (
        MONEY
        if figure.unit_class == MONEY and figure.scale == 1
        else f"{figure.unit_class}{figure.scale}".removesuffix("1")
    )


def _identity(figure: Figure, splits: frozenset[str]) -> tuple[str, ...]:
    if figure.line_number:
        return (figure.section, figure.line_number, figure.period)
    others = [getattr(figure, name) for name in _MAYBE_COLUMNS if name not in splits and name != "measure"]
    return (figure.section, figure.line, figure.period, *others)


def party_key(party: str) -> str:
    """A party's column: without what stands in brackets, and one word for all parties together."""
    if words.WHOLE.search(party) or words.TOTAL.search(party):
        return ALL
    bare = party.split("(", maxsplit=1)[0].strip()
    return bare or party


def _tells_columns(name: str, figures: list[Figure]) -> bool:
    """True where one line stands under several of these: beside each other, or the same lines again under another."""
    if len({getattr(figure, name) for figure in figures}) < _REPEATED_LINES:
        return False
    sums = {getattr(one, name) for one in figures if words.TOTAL.search(getattr(one, name))}
    if sums and any(
        _same_line(first, second) and {getattr(first, name), getattr(second, name)} & sums
        for first, second in pairwise(figures)
        if getattr(first, name) != getattr(second, name)
    ):
        return True  # a column that sums up the years has a heading of its own kind
    for first, second in pairwise(figures):
        if (
            _same_line(first, second)
            and getattr(first, name) != getattr(second, name)
            and _alike(first, second, name)
        ):
            return True
    beside: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for figure in figures:
        alike = [getattr(figure, one) for one in (*_ALWAYS_COLUMNS, *_MAYBE_COLUMNS) if one != name]
        line = (figure.section, figure.line_number, figure.line)
        beside[*line, figure.unit_class, *alike].add(getattr(figure, name))
    return len({key[:3] for key, found in beside.items() if len(found) > 1}) >= _REPEATED_LINES


def _same_line(first: Figure, second: Figure) -> bool:
    return (first.section, first.line_number, first.line) == (second.section, second.line_number, second.line)


def _alike(first: Figure, second: Figure, name: str) -> bool:
    """True where nothing but `name` tells two cells apart."""
    return first.unit_class == second.unit_class and all(
        getattr(first, one) == getattr(second, one)
        for one in (*_ALWAYS_COLUMNS, *_MAYBE_COLUMNS)
        if one != name
    )


def shown_column(column: Column, among: Iterable[Column]) -> str:
    """A column by what tells it apart from the table's others; by its year and version where it is alone."""
    others = list(among)
    told = [
        _SEXES_SV.get(part, part) if name == "sex" else "alla parter" if part == ALL else part
        for name, part in zip(Column._fields, column, strict=True)
        if part and name != "unit" and len({getattr(one, name) for one in others}) > 1
    ]
    if column.unit == "percent" and not column.measure and any(one.unit != "percent" for one in others):
        told.append("procent")
    return " ".join(told) or " ".join(filter(None, (column.year, column.version)))


_SEXES_SV = {"female": "kvinnor", "male": "män", "unknown": "okänt kön", "total": "totalt"}
