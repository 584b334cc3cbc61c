"""Notes against the statements that refer to them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from ingestion.proof.findings import Finding, Spot, number_sv, place
from ingestion.proof.kinds import kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingestion.proof.findings import Proof
    from ingestion.proof.tables import Column, Line, Table


def check(tables: Sequence[Table], proof: Proof) -> None:
    """A note's sum is the statement's line that refers to it, or that line and those beside it."""
    notes = {
        number: table
        for table in tables
        if (number := _note_number(table)) and any(line.is_total for line in table.lines)
    }
    for table in tables:
        for line in table.lines:
            note = notes.get(line.note.strip())
            if note is None or note is table or note.document != table.document:
                continue
            if line.row_type in ("", "line") and not re.search(
                r"\b(?:ökning|minskning|förändring)", line.name, re.I
            ):
                _note(table, line, note, proof)


def _note_number(table: Table) -> str:
    for said in (table.title, *(line.section for line in table.lines[:1])):
        found = re.search(r"\bnot\s*(\d+)", said, re.I)
        if found:
            return found[1]
    return ""


def _note(table: Table, line: Line, note: Table, proof: Proof) -> None:
    total = next(one for one in reversed(note.lines) if one.is_total)
    candidates = _beside(table, line)
    fits = []
    for terms in candidates:
        matches = [_note_fits(total, terms, column) for column in total.cells]
        fits.append((sum(one is True for one in matches), -len(terms), terms))
    held, _length, terms = max(fits, key=lambda one: one[:2])
    if not held and len(candidates) > 1:
        return
    for column in total.cells:
        fit = _note_fits(total, terms, column)
        if fit is None:
            continue
        proof.checked["note"] += 1
        tolerance = Decimal(len(terms) + 1) / 2
        spots = _spots((note, total), table, terms, column)
        proof.relate(spots, tolerance, None if fit else _wrong_note(spots, tolerance))


def _spots(total: tuple[Table, Line], table: Table, terms: Sequence[Line], column: Column) -> list[Spot]:
    """A note's total and the lines it is of, by their size: notes print costs without the statement's minus."""
    known = [one for one in terms if one.value(column) is not None]
    sign = 1 if (total[1].value(column) or 0) >= 0 else -1
    other = 1 if sum((one.value(column) or Decimal(0) for one in known), Decimal(0)) >= 0 else -1
    return [
        Spot(Decimal(sign), *total, column),
        *(Spot(Decimal(-other), table, one, column) for one in known),
    ]


def _wrong_note(spots: Sequence[Spot], tolerance: Decimal) -> Finding:
    total, *lines = spots
    printed, expected = abs(total.value), abs(sum((one.value for one in lines), Decimal(0)))
    kind = kind_of(printed, expected)
    return Finding(
        "note",
        kind,
        f"Noten summerar till {number_sv(printed)}, räkningen säger {number_sv(expected)}; skillnad "
        f"{number_sv(printed - expected)}.",
        place(*total[1:]),
        printed,
        place(*lines[0][1:]),
        expected,
        printed - expected,
        tolerance,
        total.figure.unit,
    )


def _beside(table: Table, line: Line) -> list[list[Line]]:
    """The line alone, and with the lines that follow it until another note or a total."""
    found = [[line]]
    for one in table.lines[line.at + 1 :]:
        if one.is_total or one.note or one.section != line.section:
            break
        found.append([*found[-1], one])
    return found


def _note_fits(total: Line, terms: Sequence[Line], column: Column) -> bool | None:
    printed = total.value(column)
    known = [value for one in terms if (value := one.value(column)) is not None]
    if printed is None or not known:
        return None
    return abs(abs(printed) - abs(sum(known, Decimal(0)))) <= Decimal(len(known) + 1) / 2
