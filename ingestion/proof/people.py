"""Participants: all in less ended are those who remain, shares of those who ended, tables that deal them out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from ingestion.proof import words
from ingestion.proof.concepts import concept_of
from ingestion.proof.facts import finding, names_of, whose
from ingestion.proof.findings import Finding, Spot, number_sv, place
from ingestion.proof.kinds import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ingestion.proof.facts import Fact, FactKey
    from ingestion.proof.findings import Proof
    from ingestion.proof.tables import Column, Line, Table


def check(tables: Sequence[Table], facts: Sequence[Fact], proof: Proof) -> None:
    """Everything that is told of the same people in several places."""
    _people(facts, proof)
    _stated_shares(facts, proof)
    _partitions(tables, facts, proof)


def _people(facts: Sequence[Fact], proof: Proof) -> None:
    """Participants less ended are those who remain."""
    by_key: dict[FactKey, dict[str, Fact]] = defaultdict(dict)
    for fact in facts:
        if (
            fact.concept in ("participants", "ended", "remaining")
            and fact.column.unit != "percent"
            and not fact.column.is_money
        ):
            key = (fact.column.year, fact.column.sex, words.fold(fact.table.initiative), fact.table.document)
            by_key[key].setdefault(fact.concept, fact)
    for found in by_key.values():
        if len(found) < 3:
            continue
        proof.checked["people"] += 1
        remaining, all_in, ended = found["remaining"], found["participants"], found["ended"]
        expected, one = all_in.amount - ended.amount, None
        if remaining.amount != expected:
            kind = kind_of(remaining.amount, expected)
            one = finding("people", kind, remaining, remaining.amount, all_in, expected, Decimal(0))
        proof.relate([remaining.spot(), all_in.spot(-1), ended.spot()], Decimal(0), one)


def _stated_shares(facts: Sequence[Fact], proof: Proof) -> None:
    """A share that names what it is a share of: `arbete eller studier av avslutade` is that count by those who ended."""
    counts: dict[FactKey, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.figure.unit_class not in ("money", "percent"):
            counts[whose(fact)].append(fact)
    for share in [fact for fact in facts if fact.figure.unit_class == "percent" and fact.table.initiative]:
        near = counts[whose(share)]
        parts = [one for one in near if _is_share_of(share, one)]
        wholes = [one for one in near if one.concept == "ended" and one.amount]
        pairs = [(part, whole) for part in parts for whole in wholes]
        if not pairs:
            continue
        proof.checked["percent"] += 1
        shares = [100 * part.amount / whole.amount for part, whole in pairs]
        if all(abs(share.amount - one) > share.figure.number.half_unit for one in shares):
            proof.findings.append(_wrong_share(share, *pairs[0]))


def _wrong_share(share: Fact, part: Fact, whole: Fact) -> Finding:
    expected = round(100 * part.amount / whole.amount, 1)
    found = finding(
        "percent", "unexplained", share, share.amount, part, expected, share.figure.number.half_unit
    )
    told = (
        f"Tryckt {number_sv(share.amount)} %, men {number_sv(part.amount)} av {number_sv(whole.amount)} "
        f"(”{part.line.name}” av ”{whole.line.name}”) är {number_sv(expected)} %."
    )
    return replace(found, message_sv=told)


def _is_share_of(share: Fact, part: Fact) -> bool:
    """True where a share's name holds a count's whole name and more, and no column says what it is a share of."""
    is_named = " " in part.name and part.name in share.name and part.name != share.name
    return is_named and part.concept != "ended" and not share.column.measure


def _partitions(tables: Sequence[Table], facts: Sequence[Fact], proof: Proof) -> None:
    """A table that deals an initiative's participants out (by referrer, education): its lines sum to them, by sex too.

    That it does deal them out is seen from its total column, which sums to the number of participants somewhere.
    """
    counted: dict[tuple[str, str, str], list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.concept == "participants" and fact.table.initiative:
            counted[words.fold(fact.table.initiative), fact.column.year, fact.column.sex].append(fact)
    for table in tables:
        if not table.initiative or any(line.is_total for line in table.lines):
            continue
        for lines in _blocks(table):
            _partition(table, lines, counted, proof)


def _blocks(table: Table) -> Iterable[list[Line]]:
    """The lines of each section that has at least two, none of them participants themselves."""
    sections: dict[str, list[Line]] = defaultdict(list)
    for line in table.lines:
        sections[line.section].append(line)
    return [
        lines
        for lines in sections.values()
        if len(lines) > 1
        and not any(concept_of(name) in ("participants", "ended") for one in lines for name in names_of(one))
    ]


def _partition(
    table: Table, lines: Sequence[Line], counted: dict[tuple[str, str, str], list[Fact]], proof: Proof
) -> None:
    initiative = words.fold(table.initiative)
    totals = [
        column
        for column in table.columns
        if column.sex == "total" and column.unit != "percent" and not column.is_money
    ]
    for total in totals:
        whole = _sum_of(lines, total)
        known = counted.get((initiative, total.year, "total"), [])
        if not whole or not any(fact.amount == whole for fact in known):
            continue
        for sex in ("female", "male"):
            column = total.but(sex=sex)
            if any(
                line.value(total) and all(line.value(total.but(sex=s)) is None for s in ("female", "male"))
                for line in lines
            ):
                continue  # some line is not told by sex
            summed = _sum_of(lines, column)
            facts = [
                fact for fact in counted.get((initiative, total.year, sex), []) if fact.table is not table
            ]
            if summed is None or not facts:
                continue
            proof.checked["partition"] += 1
            fact = next((one for one in facts if one.amount == summed), facts[0])
            is_right = fact.amount == summed
            spots = [
                fact.spot(-1),
                *(Spot(Decimal(1), table, one, column) for one in lines if column in one.cells),
            ]
            proof.relate(
                spots, Decimal(0), None if is_right else _wrong_partition(table, lines, column, summed, fact)
            )


def _sum_of(lines: Sequence[Line], column: Column) -> Decimal | None:
    values = [line.value(column) for line in lines]
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def _wrong_partition(
    table: Table, lines: Sequence[Line], column: Column, summed: Decimal, fact: Fact
) -> Finding:
    line = next(one for one in lines if column in one.cells)
    parts = [place(table, one, column) for one in lines if column in one.cells]
    return Finding(
        "partition",
        "wrong_box",
        f"Raderna summerar till {number_sv(summed)}, men deltagarna är {number_sv(fact.amount)} i {fact.table.shown}; "
        f"totalt stämmer. Skillnad {number_sv(summed - fact.amount)}.",
        place(table, line, column),
        summed,
        place(fact.table, fact.line, fact.column),
        fact.amount,
        summed - fact.amount,
        Decimal(0),
        fact.figure.unit,
        parts,
    )
