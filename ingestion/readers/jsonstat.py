"""JSON-stat, the statistics offices' own exchange format, as a table: one row per value, a column per dimension.

Read are data sets of version 2 (`class: dataset`) and of the older kind, where the one data set lies under a name
(`{"dataset": {...}}`) and its dimensions are named inside `dimension`. The values of a data set stand in one list in the
order of its dimensions, the last turning fastest, or in an object from place to value where few places have one.
"""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

from ingestion.readers.table import ROWS_PER_BLOCK, DeliveryUnreadable, Fault, TextBlock, TextTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

LARGEST = 200_000_000
"""Bytes. JSON is read whole, so what is larger is refused instead of filling the memory."""
MOST_VALUES = 5_000_000
VALUE_HEADER = "value"
_NOTHING = ".."


def read_jsonstat(path: Path) -> TextTable:
    """Open a JSON-stat file. Raises DeliveryUnreadable: STR-003 where it is none or does not hold together."""
    if path.stat().st_size > LARGEST:
        raise _unreadable(f"En fil på högst {LARGEST // 1_000_000} MB.")
    try:
        told = json.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal, parse_int=Decimal)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise _unreadable("En hel JSON-fil i UTF-8; den här går inte att läsa.") from None
    dataset = _dataset(told)
    dimensions = _dimensions(dataset)
    values = _values(dataset, [len(one.codes) for one in dimensions])
    table = TextTable((*(one.header for one in dimensions), VALUE_HEADER), 1)
    table.non_data["header"] += 1
    title = dataset.get("label")
    if isinstance(title, str) and title.strip():
        table.titles.append((1, [title.strip()]))
    table.notes.update(format="JSON-stat", dimensions=[one.header for one in dimensions])
    if isinstance(dataset.get("updated"), str):
        table.notes["updated"] = dataset["updated"]
    table.blocks = _blocks(table, dimensions, values)
    return table


class _Dimension:
    """One dimension: its header, and the categories in the order of the values. role: `time`, `geo`, `metric` or blank."""

    def __init__(self, name: str, declared: Mapping[str, Any], size: int, role: str) -> None:
        self.name, self.role = name, role
        label = declared.get("label")
        self.header = {"time": "statistic_period", "geo": "region", "metric": "statistic"}.get(role) or (
            label if isinstance(label, str) and label.strip() else name
        )
        category = declared.get("category")
        category = category if isinstance(category, dict) else {}
        labels = category.get("label")
        self.labels: dict[str, Any] = labels if isinstance(labels, dict) else {}
        self.codes = _codes(category.get("index"), self.labels)
        if len(self.codes) != size:
            raise _unreadable(f"Dimensionen {name} har {size} värden; filen räknar upp {len(self.codes)}.")

    @property
    def shown(self) -> list[str]:
        """The categories as a table prints them: a region's code and name, a period's code, else the label."""
        labelled = [str(self.labels.get(code) or code) for code in self.codes]
        if self.role == "geo":
            return [
                code if label == code else f"{code} {label}"
                for code, label in zip(self.codes, labelled, strict=True)
            ]
        return self.codes if self.role == "time" else labelled


def _codes(index: Any, labels: Mapping[str, Any]) -> list[str]:
    """The categories' codes in order: a list, an object from code to place, or, of one category, its label alone."""
    if isinstance(index, list):
        return [str(code) for code in index]
    if isinstance(index, dict) and all(isinstance(place, Decimal) for place in index.values()):
        return sorted(index, key=lambda code: index[code])
    return list(labels)


def _dataset(told: Any) -> dict[str, Any]:
    """The one data set of the file, with `id`, `size` and `role` where version 2 has them."""
    if isinstance(told, dict) and "dimension" not in told:
        inside = [one for one in told.values() if isinstance(one, dict) and "dimension" in one]
        if len(inside) > 1:
            raise _unreadable(f"En enda tabell; filen har {len(inside)}.")
        told = inside[0] if inside else told
    if not (isinstance(told, dict) and isinstance(told.get("dimension"), dict) and "value" in told):
        raise _unreadable("En tabell i JSON-stat, med dimension och value; filen är något annat.")
    inner = told["dimension"]
    return {**{name: inner[name] for name in ("id", "size", "role") if name in inner}, **told}


def _dimensions(dataset: Mapping[str, Any]) -> list[_Dimension]:
    names, sizes, declared = dataset.get("id"), dataset.get("size"), dataset["dimension"]
    if not (isinstance(names, list) and isinstance(sizes, list) and len(names) == len(sizes) and names):
        raise _unreadable("Dimensionernas namn (id) och storlek (size), lika många.")
    roles = _roles(dataset.get("role"))
    found = []
    for name, size in zip(names, sizes, strict=True):
        if not isinstance(declared.get(str(name)), dict) or not isinstance(size, Decimal):
            raise _unreadable(f"En beskrivning och en storlek för dimensionen {str(name)[:40]}.")
        found.append(_Dimension(str(name), declared[str(name)], int(size), roles.get(str(name), "")))
    return found


def _roles(declared: Any) -> dict[str, str]:
    """Dimension -> role, of roles that one dimension alone has: two of a kind are told apart by their own labels."""
    named = declared.items() if isinstance(declared, dict) else ()
    return {str(names[0]): role for role, names in named if isinstance(names, list) and len(names) == 1}


def _values(dataset: Mapping[str, Any], sizes: Sequence[int]) -> list[Any]:
    """Every value in order, None where there is none. What lies outside the dimensions is refused, never dropped."""
    count = 1
    for size in sizes:
        count *= size
    if count > MOST_VALUES:
        raise _unreadable(f"En tabell med högst {MOST_VALUES} värden; dimensionerna säger fler.")
    told = dataset["value"]
    if isinstance(told, list):
        if len(told) != count:
            raise _unreadable(f"{count} värden, som dimensionerna säger; filen har {len(told)}.")
        return told
    if not isinstance(told, dict):
        raise _unreadable("Värdena (value) som en lista, eller som plats och värde.")
    values: list[Any] = [None] * count
    for place, value in told.items():
        if not place.isascii() or not place.isdigit() or int(place) >= count:
            raise _unreadable(f"Platser mellan 0 och {count - 1}; filen har {place[:40]}.")
        values[int(place)] = value
    return values


def _blocks(table: TextTable, dimensions: Sequence[_Dimension], values: Sequence[Any]) -> Iterator[TextBlock]:
    import pyarrow as pa

    keys = product(*(one.shown for one in dimensions))
    names = [str(at) for at in range(len(dimensions) + 1)]
    for begin in range(0, len(values), ROWS_PER_BLOCK):
        some = values[begin : begin + ROWS_PER_BLOCK]
        rows = [(*next(keys), _as_text(value)) for value in some]
        arrays = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
        numbers = pa.array(range(begin + 2, begin + 2 + len(some)), pa.int32())
        table.rows_yielded += len(some)
        yield TextBlock(pa.Table.from_arrays([*arrays, numbers], [*names, "_row_number"]))


def _as_text(value: Any) -> str:
    if value is None:
        return _NOTHING
    return f"{value:f}" if isinstance(value, Decimal) and value.is_finite() else str(value)


def _unreadable(expected_sv: str) -> DeliveryUnreadable:
    return DeliveryUnreadable(
        Fault(
            "STR-003",
            None,
            None,
            None,
            expected_sv,
            "Hämta tabellen på nytt hos statistikmyndigheten, som JSON-stat eller semikolonavgränsad text.",
        )
    )
