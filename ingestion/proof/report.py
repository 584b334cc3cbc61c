"""A proof as people read it: grouped by table, each finding with both places and values, and what was checked."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from ingestion.command_line import plain
from ingestion.proof.findings import CHECKS_SV, number_sv

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ingestion.proof.findings import Finding, Place, Proof

SUMS = ("sum", "part", "across", "total_column", "rest", "sex", "partition", "people")
_REASONS_SV = {
    "not_stated": "tomma eller streck",
    "unreadable": "går inte att läsa",
    "none_reported": "inget att redovisa",
    "unknown": "uppgift saknas",
    "too_few": "för få svar",
    "no_outcome": "utfall saknas",
    "not_computable": "går inte att beräkna",
}


def as_text(proof: Proof) -> str:
    """The whole proof."""
    lines: list[str] = []
    by_table: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in proof.findings:
        by_table[finding.first.document, finding.first.table].append(finding)
    number = 0
    for (document, table), findings in by_table.items():
        lines += [f"{table}" + (f"  ({document})" if document else "")]
        for finding in findings:
            number += 1
            lines += _finding_lines(number, finding)
        lines.append("")
    if proof.questions:
        lines.append("ATT SE ÖVER: samma ord för olika belopp; det kan vara två olika saker")
        for at, question in enumerate(proof.questions, 1):
            lines += _finding_lines(at, question)
        lines.append("")
    if proof.unchecked:
        lines += ["INTE PRÖVAT", *_unchecked(proof), ""]
    return "\n".join([*lines, *closing_lines(proof)])


def _finding_lines(number: int, finding: Finding) -> Iterable[str]:
    yield f"  {number}. {finding.check_sv}: {finding.message_sv}"
    yield f"     Här:   {_place(finding.first)} = {number_sv(finding.first_value)}"
    yield f"     Mot:   {_place(finding.second, finding.first)} = {number_sv(finding.second_value)}"
    yield f"     Skillnad {number_sv(finding.difference)}. Troligt fel: {finding.kind_sv}."
    for one in finding.also:
        yield f"     Syns i: {_place(one.first, finding.first)}: {one.check_sv}. {one.message_sv}"
    if finding.carried:
        yield f"     Följer med till: {'; '.join(_place(one, finding.first) for one in finding.carried)}."


def _place(place: Place, beside: Place | None = None) -> str:
    """Where a value stands; the table is named where it is another than the finding's."""
    line = f"rad {place.line_number} ”{place.line}”" if place.line_number else f"”{place.line}”"
    told = [part for part in (place.section, line) if part and part != place.table]
    if beside is not None and (place.document, place.table) != (beside.document, beside.table):
        told = [*([place.document] if place.document != beside.document else []), place.table, *told]
    if place.page and place.page not in place.table:
        told.append(f"s. {place.page}")
    row = f", filens rad {place.row}" if place.row else ""
    column = f", kolumn {place.column}" if place.column else ""
    return ", ".join(told) + column + row


def _unchecked(proof: Proof) -> Iterable[str]:
    for one in proof.unchecked:
        yield f"  {one.place.text_sv}, tryckt {one.place.printed}: {one.why_sv}"


def closing_lines(proof: Proof) -> list[str]:
    """How much was read and compared, and how much of it differs."""
    without = ", ".join(
        f"{count} {_REASONS_SV.get(reason, reason)}" for reason, count in proof.no_number.most_common()
    )
    sums = sum(count for check, count in proof.checked.items() if check in SUMS)
    pairs = sum(proof.checked.values()) - sums
    read = (
        f"{proof.figures} tryckta celler i {proof.tables} tabeller lästa"
        + (f" ({without})" if without else "")
        + "."
    )
    differ = len(proof.findings)
    found = (
        "inget säger emot sig självt"
        if not differ
        else f"{differ} skiljer sig i {len({one.first.table for one in proof.findings})} tabeller"
    )
    told = [read, f"{sums} summor och {pairs} par jämförda: {found}."]
    if proof.unused_headers:
        told.append(f"Kolumner som korrekturet inte använder: {', '.join(proof.unused_headers)}.")
    return told


def as_data(proof: Proof) -> dict[str, Any]:
    """The proof as JSON knows it."""
    return {
        "figures": proof.figures,
        "numbers": proof.numbers,
        "tables": proof.tables,
        "without_number": dict(proof.no_number),
        "checked": dict(proof.checked),
        "checks_sv": {check: CHECKS_SV[check] for check in proof.checked},
        "findings": plain(proof.findings),
        "questions": plain(proof.questions),
        "unchecked": plain(proof.unchecked),
        "unused_headers": proof.unused_headers,
    }
