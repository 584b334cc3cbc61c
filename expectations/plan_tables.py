"""How a wide plan table proves itself: its sum rows, its sum columns, its parts and its lists, in exact öre.

A figure is held to what stands beside it with a tolerance of half a unit per term, as printed tables round. What does
not fit is told with row, column and both figures; nothing is corrected.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, product
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from expectations.money import in_kronor
from expectations.rule import MOST_FAULTS_KEPT, DeliveryFacts, Measured, OfAccount
from ingestion.readers.table import Fault, cell_place
from ingestion.values import KRONOR_PER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from expectations.measures import Rows
    from ingestion.readers.table import TextTable

_MOST_CHOICES, _ROWS_TRIED = 64, 200
_MOST_STARTS, _MOST_OF_RESULTS = 200, 30
_SEEN = ("row_role", "unit", "part_of", "annex_code", "line_name", "cost_sign")
"""What is seen of a cell beside its amounts, where the contract has it."""


@dataclass(frozen=True)
class Cell:
    """One cell with an amount. ore: whole öre; unit_ore: one unit of what it was sent in."""

    number: int
    row: int
    column: int
    ore: int
    unit_ore: int
    role: str
    part_of: str
    annex: str
    line: str
    cost_sign: str = "plus"


@dataclass(eq=False)
class Grid:
    """All cells of one wide table, seen once for all rules of the delivery."""

    table: TextTable
    amounts: tuple[str, ...]
    cells: list[Cell] = field(default_factory=list)
    _latest: Rows | None = None

    def add(self, rows: Rows) -> None:
        """See one block; every rule hands it on, and only the first time counts."""
        if rows is self._latest:
            return
        self._latest = rows
        there = set(rows.table.column_names)
        columns = [rows.column(name).to_pylist() if name in there else [""] * rows.count for name in _SEEN]
        amounts = [rows.ore(name).to_pylist() for name in self.amounts]
        ores = [sum(one or 0 for one in found) for found in zip(*amounts, strict=True)]
        for number, ore, *said in zip(rows.numbers.tolist(), ores, *columns, strict=True):
            place = cell_place(number)
            if place is not None:
                role, unit, *names = (text or "" for text in said)
                self.cells.append(Cell(number, *place, ore, 100 * KRONOR_PER.get(unit, 1), role, *names))

    @cached_property
    def by_column(self) -> dict[int, list[Cell]]:
        """The cells of each column of years, from the top."""
        found: dict[int, list[Cell]] = {}
        for cell in self.cells:
            if cell.role not in ("sum", "difference"):
                found.setdefault(cell.column, []).append(cell)
        return found

    @cached_property
    def by_row(self) -> dict[int, dict[int, Cell]]:
        """The cells of each row, by column."""
        found: dict[int, dict[int, Cell]] = {}
        for cell in self.cells:
            found.setdefault(cell.row, {})[cell.column] = cell
        return found


_GRIDS: WeakValueDictionary[int, Grid] = WeakValueDictionary()


def grid_of(table: TextTable, amounts: tuple[str, ...]) -> Grid:
    """The grid of a table, the same for every rule; it is gone with the last of them. amounts: one of them in each cell."""
    grid = _GRIDS.get(id(table))
    if grid is None:  # a grid keeps its table, so no other table has that id while it lives
        grid = _GRIDS[id(table)] = Grid(table, amounts)
    return grid


class OfGrid(ABC):
    """A measure over the whole grid; nothing to look at in a table with a row per year."""

    def __init__(self, table: TextTable, amounts: tuple[str, ...] = ("amount_sek",)) -> None:
        self.grid = grid_of(table, amounts)
        self.is_wide = table.wide is not None

    def add(self, rows: Rows) -> None:
        """See one block."""
        if self.is_wide:
            self.grid.add(rows)

    def result(self, facts: DeliveryFacts) -> Measured:
        """What does not fit."""
        found = list(self._judged()) if self.is_wide else []
        faults = [fault for fault in found if fault is not None]
        return Measured(len(found), len(faults), faults[:MOST_FAULTS_KEPT])

    @abstractmethod
    def _judged(self) -> Iterator[Fault | None]:
        """For each thing looked at what is wrong with it, None where it fits."""

    def _fault(self, cell: Cell, reckoned: int, what_sv: str) -> Fault:
        said = (
            f"{what_sv} {in_kronor(reckoned)}; där står {in_kronor(cell.ore)}, skillnaden är "
            f"{in_kronor(cell.ore - reckoned)}."
        )
        return Fault(
            "",
            cell.number,
            None,
            in_kronor(cell.ore),
            said,
            "Rätta beloppet eller summan i underlaget, eller förklara skillnaden.",
        )


def _fits(difference: int, terms: int, unit_ore: int) -> bool:
    return 2 * abs(difference) <= terms * unit_ore


@dataclass(frozen=True)
class Reading:
    """What a row that sums up may be. terms: how many figures it is made of. cost_sign: as costs must be written for it."""

    ore: int
    terms: int
    cost_sign: str = ""


@dataclass(frozen=True)
class Summing:
    """A cell that sums up, and what it may be."""

    cell: Cell
    readings: tuple[Reading, ...]

    def fits(self, *cost_signs: str) -> bool:
        """True where some reading with costs written so gives what stands there."""
        cell = self.cell
        return any(
            _fits(cell.ore - one.ore, one.terms, cell.unit_ore)
            for one in self.readings
            if one.cost_sign in cost_signs
        )


def _summing(
    cells: Sequence[Cell], breaks: Sequence[int], roles: Sequence[str] = ("total", "result")
) -> Iterator[Summing]:
    """The rows of a column that sum up, by running sums of the lines: at each heading or sum a later sum may begin."""
    starts, above, count = [(0, 0)], 0, 0
    waiting = list(breaks)
    results: list[tuple[int, int]] = []
    for cell in cells:
        while waiting and waiting[0] < cell.row:
            starts.append((above, count))
            waiting.pop(0)
        if cell.role in ("line", "annex_total"):
            above, count = above + cell.ore, count + 1
        elif cell.role == "total" and "total" in roles:
            near = _near(starts, _MOST_STARTS)
            yield Summing(cell, tuple(Reading(above - at, count - n + 1) for at, n in near))
        elif cell.role == "result":
            near = _near(starts, _MOST_OF_RESULTS)
            yield Summing(cell, tuple(_results(near, (above, count), results[-_MOST_OF_RESULTS:])))
            results.append((cell.ore, above))
        if cell.role in ("total", "result"):
            starts.append((above, count))


class SumRows(OfGrid):
    """Rows that sum up, each by the rows above it since some heading or sum; results by income less costs."""

    def _judged(self) -> Iterator[Fault | None]:
        wide = self.grid.table.wide
        for cells in self.grid.by_column.values():
            for one in _summing(cells, wide.breaks if wide else ()):
                yield None if one.fits("", "plus", "minus") else self._wrong(one)

    def _wrong(self, one: Summing) -> Fault:
        nearest = min(one.readings, key=lambda reading: abs(one.cell.ore - reading.ore))
        is_total = one.cell.role == "total"
        what_sv = "Raderna ovanför summeras till" if is_total else "Intäkter minus kostnader ger"
        return self._fault(one.cell, nearest.ore, what_sv)


def _near(starts: Sequence[tuple[int, int]], most: int) -> Sequence[tuple[int, int]]:
    """The table's own beginning and the last places a sum may begin: no table has more that matter, a faulty one may."""
    return starts if len(starts) <= most else [starts[0], *starts[-most:]]


def _results(
    starts: Sequence[tuple[int, int]], now: tuple[int, int], results: Sequence[tuple[int, int]]
) -> Iterator[Reading]:
    """What a result may be: income less costs, where costs are plus; all of it added, where they are minus; the result
    before, with what came since."""
    ends = list(dict.fromkeys((*starts, now)))
    for (first, n), (middle, _m) in combinations(ends, 2):
        terms = now[1] - n + 1
        income, costs = middle - first, now[0] - middle
        sign = "plus" if costs else ""  # without costs nothing shows how they are written
        yield Reading(income - costs, terms, sign)
        yield Reading(costs - income, terms, sign)
    for at, n in ends:
        yield Reading(now[0] - at, now[1] - n + 1, "minus")
    for ore, above in results:
        yield Reading(ore + now[0] - above, now[1] + 1)
        yield Reading(ore - (now[0] - above), now[1] + 1)


class CostSigns(OfGrid):
    """Costs are written with the sign the paper says: results that hold in one way only, and sums of costs, show which."""

    def __init__(self, table: TextTable, cost_words: Sequence[str]) -> None:
        super().__init__(table)
        self.cost_words = cost_words

    def _judged(self) -> Iterator[Fault | None]:
        wide = self.grid.table.wide
        shown: list[tuple[str, Cell]] = []
        for cells in self.grid.by_column.values():
            shown += [(self._of_sum(cell), cell) for cell in cells if cell.role == "total"]
            results = _summing(cells, wide.breaks if wide else (), ("result",))
            shown += [(self._of_result(one), one.cell) for one in results]
        signs = Counter(sign for sign, _cell in shown if sign)
        if signs:
            most = max(signs, key=lambda sign: signs[sign])
            cell = next(cell for sign, cell in shown if sign == most)
            yield None if most == cell.cost_sign else self._other_sign(cell, most)

    def _of_sum(self, cell: Cell) -> str:
        """How a sum of costs writes them; blank for any other."""
        is_of_costs = cell.ore and any(word in cell.line.casefold() for word in self.cost_words)
        return ("minus" if cell.ore < 0 else "plus") if is_of_costs else ""

    def _of_result(self, one: Summing) -> str:
        """How costs must be written for a result to hold; blank where it holds either way, or neither."""
        fitting = [sign for sign in ("plus", "minus") if one.fits(sign)]
        return fitting[0] if len(fitting) == 1 and one.cell.ore else ""

    def _other_sign(self, cell: Cell, sign: str) -> Fault:
        said = (
            f"Kostnader skrivna med {cell.cost_sign}, som handlingen säger eller som är det vanliga; summorna visar att de är "
            f"skrivna med {sign}."
        )
        remedy = (
            f"Skriv raden ”Kostnader skrivs med;{sign}” ovanför tabellen, eller ändra kostnadernas tecken."
        )
        return Fault("", cell.number, None, in_kronor(cell.ore), said, remedy)


class SumColumns(OfGrid):
    """Columns that sum up or compare the others, row by row. Where a year stands twice (forecast and budget), the choice
    that fits most rows is the one meant."""

    def _judged(self) -> Iterator[Fault | None]:
        kinds = {cell.column: cell.role for cell in self.grid.cells if cell.role in ("sum", "difference")}
        for column, role in kinds.items():
            yield from self._column(
                column, list(self._sums(column) if role == "sum" else self._differences())
            )

    def _column(self, column: int, choices: list[tuple[tuple[int, int], ...]]) -> Iterator[Fault | None]:
        rows = [cells for cells in self.grid.by_row.values() if column in cells]
        choices = choices[:_MOST_CHOICES]
        fitting = Counter(
            {
                choice: sum(self._is_right(cells, column, choice) for cells in rows[:_ROWS_TRIED])
                for choice in choices
            }
        )
        if not fitting:
            return
        best = max(choices, key=lambda choice: (fitting[choice], len(choice)))
        for cells in rows:
            cell = cells[column]
            reckoned, _terms = _reckoned(cells, best)
            is_right = self._is_right(cells, column, best)
            yield None if is_right else self._fault(cell, reckoned, f"Radens {self._named(best)} ger")

    def _is_right(self, cells: dict[int, Cell], column: int, choice: Sequence[tuple[int, int]]) -> bool:
        reckoned, terms = _reckoned(cells, choice)
        return _fits(cells[column].ore - reckoned, terms + 1, cells[column].unit_ore)

    def _named(self, choice: Sequence[tuple[int, int]]) -> str:
        wide = self.grid.table.wide
        return " ".join(
            f"{'−' if sign < 0 else '+' if at else ''} kolumn {wide.columns[column] if wide else column}".strip()
            for at, (column, sign) in enumerate(choice)
        )

    def _sums(self, column: int) -> Iterator[tuple[tuple[int, int], ...]]:
        """All columns of years it may sum; of each year all that are there, or one of them."""
        wide = self.grid.table.wide
        spans = wide.spans if wide else {}
        span = spans.get(column)
        summed = [
            c
            for c in self.grid.by_column
            if (years := spans.get(c)) and (not span or (span[0] <= years[0] and years[1] <= span[1]))
        ]
        to_the_left = [c for c in summed if c < column] or summed
        yield tuple((c, 1) for c in to_the_left)
        per_year: dict[tuple[int, int], list[int]] = {}
        for one in to_the_left:
            years = spans.get(one)
            if years:
                per_year.setdefault(years, []).append(one)
        for chosen, _ in zip(product(*per_year.values()), range(_MOST_CHOICES), strict=False):
            yield tuple((c, 1) for c in chosen)

    def _differences(self) -> Iterator[tuple[tuple[int, int], ...]]:
        for one, other in combinations(self.grid.by_column, 2):
            yield ((one, 1), (other, -1))
            yield ((other, 1), (one, -1))


def _reckoned(cells: dict[int, Cell], choice: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """What these columns of a row give, and how many of them have an amount."""
    found = [cells[column].ore * sign for column, sign in choice if column in cells]
    return sum(found), len(found)


class PartySums(OfGrid):
    """Columns that sum up the parties, row by row."""

    def _judged(self) -> Iterator[Fault | None]:
        for cells in self.grid.by_row.values():
            parties = [one for one in cells.values() if one.role != "sum"]
            reckoned = sum(one.ore for one in parties)
            for cell in [one for one in cells.values() if one.role == "sum"]:
                is_right = _fits(cell.ore - reckoned, len(parties) + 1, cell.unit_ore)
                yield None if is_right else self._fault(cell, reckoned, "Radens parter ger")


class Parts(OfGrid):
    """Rows that are parts (varav) of the row above: together at most that row."""

    def _judged(self) -> Iterator[Fault | None]:
        for cells in self.grid.by_column.values():
            whole: Cell | None = None
            parts: list[Cell] = []
            for cell in (*cells, None):
                if cell is not None and cell.role == "part":
                    parts.append(cell)
                    continue
                if parts:
                    yield self._judge(whole, parts)
                whole, parts = cell, []

    def _judge(self, whole: Cell | None, parts: list[Cell]) -> Fault | None:
        together = sum(abs(part.ore) for part in parts)
        is_same_row = whole is not None and whole.line == parts[0].part_of
        limit = abs(whole.ore) if whole is not None and is_same_row else 0
        if 2 * (together - limit) <= (len(parts) + 1) * parts[0].unit_ore:
            return None
        said = f"Delarna är tillsammans högst raden de hör till, {in_kronor(limit)}; de är {in_kronor(together)}."
        return Fault(
            "",
            parts[0].number,
            None,
            in_kronor(parts[0].ore),
            said,
            "Rätta delen eller raden ovanför, eller skriv delen som en egen rad.",
        )


class Lists(OfGrid):
    """Lines that sum up a list of initiatives further down (bilaga A): the list gives the line."""

    def _judged(self) -> Iterator[Fault | None]:
        for cells in self.grid.by_column.values():
            for cell in cells:
                if cell.role == "annex_total":
                    yield self._judge(cell, cells)

    def _judge(self, cell: Cell, cells: Sequence[Cell]) -> Fault | None:
        codes = tuple(cell.annex.upper().split())
        listed = [
            one for one in cells if one.role == "line" and one.annex and _is_of(one.annex.upper(), codes)
        ]
        reckoned = sum(one.ore for one in listed)
        if _fits(cell.ore - reckoned, len(listed) + 1, cell.unit_ore):
            return None
        return self._fault(cell, reckoned, f"Listan {', '.join(codes)} längre ned summeras till")


def _is_of(annex: str, codes: Sequence[str]) -> bool:
    """B1 is of B, and A is of A."""
    return any(annex == code or (annex.startswith(code) and annex[len(code) :].isdigit()) for code in codes)


def unit_is_stated(table: TextTable, remedy_sv: str) -> OfAccount:
    """A heading that says thousands is often wrong in print, and read as kronor a thousand times too small."""

    def measured(_facts: DeliveryFacts) -> Measured:
        wide = table.wide
        if wide is None or not wide.unit_said:
            return Measured(0, 0)
        if wide.is_unit_stated:
            return Measured(1, 0)
        said = f"En uttalad enhet; rubriken säger ”{wide.unit_said}”, och rubriker stämmer inte alltid."
        return Measured(1, 1, [Fault("", table.header_row, None, wide.unit_said, said, remedy_sv)])

    return OfAccount(measured)
