"""Tables of public statistics in the few layouts the offices export, as one row per value.

What names a value (region, age, sex) are columns the contract knows; every column after the last of them holds values, and
its heading says of what (`Folkmängd`), of when (`2024`, `2024K1`, `2024M03`), or both (`Folkmängd 2024`). What is one
thing in a cell and two in the contract (`2482 Skellefteå`, `16-64 år`) is parted here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ingestion.binding import normalise_header
from ingestion.readers.layout import bare
from ingestion.readers.sheet import column_letters
from ingestion.readers.table import (
    WIDE_COLUMNS,
    WIDE_ROWS,
    DeliveryUnreadable,
    Fault,
    TextBlock,
    TextTable,
    WideFacts,
    cell_number,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_PERIOD = r"(?:19|20)[0-9]{2}(?:[ -]?(?:kv|[KQMTH])?[ -]?[0-9]{1,2})?"
_PERIOD_LAST = re.compile(rf"(?<![0-9])(?P<period>{_PERIOD})\)?\Z", re.IGNORECASE)
_OFFICE_PERIOD = re.compile(r"(?P<year>[0-9]{4})(?P<mark>[KM])(?P<part>[0-9]{1,2})", re.IGNORECASE)
_REGION = re.compile(r"(?P<code>[0-9]{2}|[0-9]{4})(?:\s+(?P<name>\S.*))?")
_AGES = re.compile(
    r"(?P<first>[0-9]{1,3})(?:\s*(?:[-–—]\s*(?P<last>[0-9]{1,3})|(?P<more>\+)))?(?:\s*år)?", re.IGNORECASE
)
_ALL_AGES = re.compile(
    r"(?:totalt?|samtliga|alla|summa)(?:\s+(?:ålder|åldrar|åldersgrupper))?", re.IGNORECASE
)
_THREE_DECIMALS = re.compile(r"-?[0-9]+[.,][0-9]{3}", re.ASCII)
_MISSING = frozenset(("..", ".", "…"))
_IN_NAME = re.compile(r"(?:(?<![_\s-])[_\s-]+)?[0-9][0-9_\s-]*")
_MOST_ROWS = 2_000_000 - WIDE_ROWS  # so that a cell's number fits an int32
_FILLED = (
    "table_name",
    "statistic",
    "region",
    "region_code",
    "age",
    "age_from",
    "age_to",
    "statistic_period",
    "value_printed",
)


class _ValueColumn(NamedTuple):
    """A column of values: where it stands, its heading, and what the heading says."""

    position: int
    heading: str
    statistic: str
    period: str


def as_rows(table: TextTable, known: Mapping[str, str], path: Path, *, unpivoted: bool = True) -> TextTable:
    """Turn a table of statistics, as read, into rows of the contract, in place.

    known: normalised header -> column. Raises DeliveryUnreadable: STR-006 two columns of the same values, STR-007 size.
    """
    named = {
        at: known[key] for at, text in enumerate(table.header) if (key := normalise_header(text)) in known
    }
    values = _value_columns(table.header, named)
    if values and named:  # else binding tells which headers are missing or unknown
        table.is_wide = values[0].position not in named
        if unpivoted:
            _Unpivot(table, named, values, path).start()
    return table


def _value_columns(header: Sequence[str], named: Mapping[int, str]) -> list[_ValueColumn]:
    """The contract's own column of values; where the table has none, every column after the last the contract knows."""
    own = [
        _ValueColumn(at, bare(header[at]), "", "") for at, name in named.items() if name == "value_printed"
    ]
    last_named = max(named, default=len(header))
    return own or [
        _read_heading(at, text) for at, text in enumerate(header) if at > last_named and bare(text)
    ]


def _read_heading(position: int, text: str) -> _ValueColumn:
    shown = bare(text)
    found = _PERIOD_LAST.search(shown)
    statistic, period = (shown[: found.start()], found["period"]) if found else (shown, "")
    return _ValueColumn(position, shown, statistic.strip(" ,:;("), _office_period(period))


def _office_period(text: str) -> str:
    """`2024K1` and `2024M03` as people write them; anything else as it stands."""
    found = _OFFICE_PERIOD.fullmatch(bare(text))
    if found is None:
        return text
    year, part = found["year"], found["part"]
    return f"{year}-{int(part):02d}" if found["mark"].upper() == "M" else f"{year}-kv{int(part)}"


class _Unpivot:
    """One pass over a table of statistics: every cell of a value column becomes a row."""

    def __init__(
        self, table: TextTable, named: Mapping[int, str], values: Sequence[_ValueColumn], path: Path
    ) -> None:
        self.table, self.values = table, values
        self.at = {name: at for at, name in named.items()}
        taken = {one.position for one in values} | {at for at, name in named.items() if name in _FILLED}
        self.kept = [at for at in range(len(table.header)) if at not in taken]
        self.name = _table_name(table, path)
        self.wide = table.is_wide
        # a contract column that neither a column nor a heading gives is left out: binding says once that it is missing
        given = {
            "region": "region" in self.at,
            "statistic_period": "statistic_period" in self.at or any(one.period for one in values),
        }
        self.filled = tuple(name for name in _FILLED if given.get(name, True))

    def start(self) -> None:
        """Set the table up; its rows are turned as they are drawn."""
        table = self.table
        self._refuse_twins()
        self.sent = list(table.header)
        if self.wide:
            if max(one.position for one in self.values) + 1 >= WIDE_COLUMNS:
                raise _too_large(table.header_row)
            places = {one.position + 1: self._place(one) for one in self.values}
            table.wide = WideFacts(places, dict.fromkeys(places))
        source = table.blocks
        table.header = (*(self.sent[at] for at in self.kept), *self.filled)
        table.blocks = self._blocks(source)

    def _place(self, one: _ValueColumn) -> str:
        return f"{column_letters(one.position + 1)} ({one.heading})"

    def _refuse_twins(self) -> None:
        seen: dict[tuple[str, str], _ValueColumn] = {}
        for one in self.values:
            first = seen.setdefault((one.statistic.casefold(), one.period), one)
            if first is not one:
                raise DeliveryUnreadable(
                    Fault(
                        "STR-006",
                        self.table.header_row,
                        one.heading,
                        None,
                        f"Olika rubriker för olika värden; kolumnerna {self._place(first)} och {self._place(one)} säger "
                        "detsamma.",
                        "Ta bort den ena kolumnen, eller skriv vad den räknar.",
                    )
                )

    def _blocks(self, source: Iterator[TextBlock]) -> Iterator[TextBlock]:
        import pyarrow as pa

        width = len(self.table.header)
        for block in source:
            columns = block.table.to_pydict()
            numbers = columns.pop("_row_number")
            rows = [
                row
                for number, *cells in zip(numbers, *columns.values(), strict=True)
                for row in self._rows(number, [bare(cell or "") for cell in cells])
            ]
            self.table.rows_yielded += len(rows) - len(numbers)
            arrays = [
                pa.array(column, pa.string())
                for column in (
                    zip(*(cells for _number, cells in rows), strict=True) if rows else [()] * width
                )
            ]
            row_numbers = pa.array([number for number, _cells in rows], pa.int32())
            names = [*(str(at) for at in range(width)), "_row_number"]
            yield TextBlock(pa.Table.from_arrays([*arrays, row_numbers], names))

    def _rows(self, number: int, cells: list[str]) -> Iterator[tuple[int, list[str]]]:
        if self.wide and number >= _MOST_ROWS:
            raise _too_large(number)
        if sum(map(bool, cells)) <= 1 < len(cells):  # the source, a note or a day of update below the table
            self.table.non_data["footer"] += 1
            return
        for one in self.values:
            told = self._told(one, cells)
            row = [*(cells[at] for at in self.kept), *(told[name] for name in self.filled)]
            yield cell_number(number, one.position + 1) if self.wide else number, row

    def _told(self, one: _ValueColumn, cells: Sequence[str]) -> dict[str, str]:
        own = {name: cells[at] for name, at in self.at.items()}
        region, age = own.get("region", ""), own.get("age", "")
        coded, ages = _REGION.fullmatch(region), _AGES.fullmatch(age)
        last = (ages["last"] or ("" if ages["more"] else ages["first"])) if ages else ""
        return {
            "table_name": own.get("table_name") or self.name,
            "statistic": own.get("statistic") or one.statistic or own.get("table_name") or self.name,
            "region": (coded["name"] or coded["code"]) if coded else region,
            "region_code": coded["code"] if coded else "",
            "age": "" if _ALL_AGES.fullmatch(age) else age,
            "age_from": str(int(ages["first"])) if ages else "",
            "age_to": str(int(last)) if last else "",
            "statistic_period": _office_period(own.get("statistic_period") or one.period),
            "value_printed": _number(cells[one.position]),
        }


def _number(text: str) -> str:
    """A value as the offices print it: point or comma is always decimal, thousands are parted by spaces if at all."""
    if text in _MISSING:
        return "Uppgift saknas"
    return f"{text}0" if _THREE_DECIMALS.fullmatch(text) else text


def _table_name(table: TextTable, path: Path) -> str:
    """The title above the table, else the file's name; without years and numbers, so that next year's is the same table."""
    titles = (next((bare(cell) for cell in cells if bare(cell)), "") for _number, cells in table.titles)
    name = next(filter(None, titles), "") or path.stem.replace("_", " ")
    return bare(_IN_NAME.sub(" ", name)) or path.stem


def _too_large(row: int) -> DeliveryUnreadable:
    return DeliveryUnreadable(
        Fault(
            "STR-007",
            row,
            None,
            None,
            f"Högst {_MOST_ROWS} rader och {WIDE_COLUMNS} kolumner i en tabell med en kolumn per period.",
            "Dela tabellen, eller hämta den med perioden i en egen kolumn.",
        )
    )
