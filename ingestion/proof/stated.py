"""What a sender writes that a total sums: `1–3`, `9 + 11 − 8`, `1, 2, 5`, a section's name or lines' names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ingestion.cells import tidy
from ingestion.proof.words import fold

if TYPE_CHECKING:
    from ingestion.proof.tables import Line, Table

_NUMBERS = re.compile(r"[\d\s,;+:-]+|\d.*\btill\b.*\d")
_TERM = re.compile(r"(?:([+-])\s*)?(\d+)(?:\s*(?:-|:|till)\s*(\d+))?")


def stated_terms(table: Table, line: Line) -> tuple[tuple[int, Line], ...] | None:
    """The lines a total is said to sum, with their signs; None where some of them do not exist."""
    said = re.sub(r"^(?:rad(?:er|erna)?|nr|post(?:er)?)\s+", "", tidy(line.total_of), flags=re.I).replace(
        " och ", ", "
    )
    if _NUMBERS.fullmatch(said):
        return _by_number(table, said)
    section = [(1, one) for one in table.lines if fold(one.section) == fold(said) and _counts(one, line)]
    if section:
        return tuple(section)
    names = [name for name in re.split(r"\s*[;+]\s*|\s*,\s*(?=[^\s])", said) if name]
    found = [_named(table, name, line) for name in names]
    return tuple((-1 if name.startswith("-") else 1, one) for name, one in zip(names, found, strict=True) if one) if (
        all(found) and found
    ) else None  # fmt: skip


def _counts(one: Line, total: Line) -> bool:
    return one is not total and not one.is_total and one.row_type not in ("part", "derived")


def _named(table: Table, name: str, total: Line) -> Line | None:
    wanted = fold(name.lstrip("-"))
    return next((one for one in table.lines if one is not total and fold(one.name) == wanted), None)


def _by_number(table: Table, said: str) -> tuple[tuple[int, Line], ...] | None:
    terms: list[tuple[int, Line]] = []
    for sign, first, last in _TERM.findall(said):
        numbers = range(int(first), int(last) + 1) if last and int(last) > int(first) else (int(first),)
        for number in numbers:
            found = table.numbered(str(number))
            if found is None:
                if len(numbers) > 1:
                    continue  # a span may skip numbers
                return None
            if len(numbers) == 1 or found.row_type not in ("part", "derived"):
                terms.append((-1 if sign == "-" else 1, found))
        if last and int(last) < int(first):
            found = table.numbered(last)
            if found is None:
                return None
            terms.append((-1, found))
    return tuple(terms) or None
