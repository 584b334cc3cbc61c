"""One fact in several places of the papers: in two tables, in last year's column, in the text."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from ingestion.proof import words
from ingestion.proof.concepts import is_signless, is_vague
from ingestion.proof.facts import finding
from ingestion.proof.findings import Finding, number_sv, place
from ingestion.proof.kinds import kind_of
from ingestion.proof.tables import ALL, Column, party_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingestion.proof.facts import Fact, FactKey
    from ingestion.proof.findings import Proof
    from ingestion.proof.reading import Figure


def check(facts: Sequence[Fact], proof: Proof) -> None:
    """Every fact that stands in several places."""
    _same(facts, proof)
    if len({fact.table.document for fact in facts}) > 1:
        _last_years(facts, proof)
    _equity_change(facts, proof)


def _key(fact: Fact) -> FactKey | None:
    """What makes two figures one fact: term or name, year, kind of version, sex, party, initiative, kind of unit."""
    if fact.concept is None and (is_vague(fact.name) or not fact.name):
        return None
    kind = words.version_kind(fact.column.version)
    if kind not in ("actual", "budget", "forecast", "plan") or fact.column.unit == "percent":
        return None
    version = "" if kind == "actual" else f"{kind} {words.fold(fact.column.version)}"
    year = words.year_key(fact.column.year or fact.figure.year)
    return (
        fact.concept or fact.name,
        year,
        version,
        fact.column.sex,
        party_key(fact.figure.party) if fact.figure.party else ALL,
        words.fold(fact.table.initiative),
        fact.figure.unit_class,
        words.fold(fact.column.measure),
        words.fold(fact.figure.period),
    )


def _same(facts: Sequence[Fact], proof: Proof) -> None:
    places: dict[FactKey, list[Fact]] = defaultdict(list)
    for fact in facts:
        key = _key(fact)
        if key is not None and (fact.concept or _is_known_elsewhere(fact)):
            places[key].append(fact)
    named = _by_name(facts)
    for key, found in (places | named).items():
        one = [
            fact for at, fact in enumerate(found) if fact.table not in [other.table for other in found[:at]]
        ]
        if len(one) < 2:
            continue
        if key in named:
            _differing(key[1:], one, facts, proof)
        else:
            _differing(key, _by_authority(one, found), facts, proof)


def _by_name(facts: Sequence[Fact]) -> dict[FactKey, list[Fact]]:
    """Figures under one name, a term of the field in one table and alone in another: `Summa eget kapital`, `Eget kapital`."""
    places: dict[FactKey, list[Fact]] = defaultdict(list)
    for fact in facts:
        bare = replace(fact, concept=None, name=words.fold(words.TOTAL.sub(" ", fact.name)))
        key = _key(bare)
        if key is not None and _is_known_elsewhere(fact):
            places["name", *key].append(fact)
    found = {}
    for key, alike in places.items():
        terms, others = (
            [one for one in alike if (one.concept is None) is is_bare] for is_bare in (False, True)
        )
        if terms and others:
            found[key] = [replace(_by_authority(terms, terms)[0], concept=None), *others]
    return found


def _last_years(facts: Sequence[Fact], proof: Proof) -> None:
    """The same line of the same table in another year's paper: last year's column against what was printed then."""
    printed: dict[FactKey, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.concept is None and fact.column.unit != "percent":
            title = words.fold(re.sub(r"\d+", " ", fact.table.title))
            same = (title, words.fold(fact.line.section), fact.name, str(_place_among_namesakes(fact)))
            column = (
                fact.column.year,
                words.version_kind(fact.column.version),
                fact.column.measure,
                fact.column.party,
            )
            printed[*same, *column, fact.column.sex, words.fold(fact.table.initiative)].append(fact)
    for key, found in printed.items():
        first = found[0]
        for other in [one for one in found[1:] if one.table.document != first.table.document]:
            proof.checked["same_fact"] += 1
            tolerance = first.half_unit + other.half_unit if first.column.is_money else Decimal(0)
            if abs(first.amount - other.amount) > tolerance:
                _tell((key[2], key[4]), first, other, first.amount, other.amount, tolerance, facts, proof)
            else:
                _repeat(first, other, tolerance, proof)


def _place_among_namesakes(fact: Fact) -> int:
    """Which of its table's lines of that name in that section it is: a name may stand twice."""
    same = (fact.line.name, fact.line.section)
    return [one.at for one in fact.table.lines if (one.name, one.section) == same].index(fact.line.at)


def _is_known_elsewhere(fact: Fact) -> bool:
    """A name alone makes a fact only where it says what is counted or whose money it is."""
    return bool(fact.table.initiative) or fact.column.is_money


def _by_authority(one_per_table: Sequence[Fact], found: Sequence[Fact]) -> list[Fact]:
    """The fact of each table, those that are sums of their lines and most often printed first."""
    counts: dict[Decimal, int] = defaultdict(int)
    for fact in found:
        counts[abs(fact.amount)] += 1
    return sorted(
        one_per_table,
        key=lambda fact: (not (fact.line.is_total and fact.line.is_stated), -counts[abs(fact.amount)]),
    )


def _differing(key: FactKey, found: Sequence[Fact], facts: Sequence[Fact], proof: Proof) -> None:
    first = found[0]
    differing: list[Fact] = []
    for other in found[1:]:
        if first.concept is None and (
            first.table.document != other.table.document or not _is_confirmed(first, other)
        ):
            continue
        proof.checked["same_fact"] += 1
        tolerance = first.half_unit + other.half_unit
        if not first.column.is_money and not (first.figure.number.is_about or other.figure.number.is_about):
            tolerance = Decimal(0)
        one, two = first.amount, other.amount
        if first.concept and is_signless(first.concept):
            one, two = abs(one), abs(two)
        if abs(one - two) <= tolerance:
            _repeat(first, other, tolerance, proof)
            continue
        for same in [fact for fact in differing if fact.amount == other.amount]:
            _repeat(same, other, tolerance, proof)
        differing.append(other)
        _tell(key, first, other, one, two, tolerance, facts, proof)


def _repeat(first: Fact, other: Fact, tolerance: Decimal, proof: Proof) -> None:
    """A figure is printed once more, right or wrong; with the other sign only where papers print it with either."""
    is_signless_ = (first.amount < 0) != (other.amount < 0)
    spots = [first.spot(is_signless=is_signless_), other.spot(-1, is_signless=is_signless_)]
    proof.relate(spots, tolerance, is_repetition=True)


def _is_confirmed(first: Fact, other: Fact) -> bool:
    """Lines of one name are one line where another of their cells says the same, or the name is long enough to be one."""
    agreeing = any(
        column != first.column and _alike(column, other_column) and _agree(one, two)
        for column, one in first.line.cells.items()
        for other_column, two in other.line.cells.items()
    )
    return agreeing or (bool(first.table.initiative) and len(first.name) >= 6)


def _alike(one: Column, other: Column) -> bool:
    return (words.year_key(one.year), one.sex, one.is_money, words.version_kind(one.version)) == (
        words.year_key(other.year),
        other.sex,
        other.is_money,
        words.version_kind(other.version),
    )


def _agree(one: Figure, other: Figure) -> bool:
    """True where two cells print the same, one of them perhaps in thousands."""
    if not one.value or not other.value:
        return False
    tolerance = one.number.half_unit * one.scale + other.number.half_unit * other.scale
    left = abs(one.value * one.scale - other.value * other.scale)
    return left <= tolerance if one.scale != other.scale else not left


def _tell(
    key: FactKey,
    first: Fact,
    other: Fact,
    one: Decimal,
    two: Decimal,
    tolerance: Decimal,
    facts: Sequence[Fact],
    proof: Proof,
) -> None:
    years = [
        fact.amount
        for fact in facts
        if fact.concept and fact.concept in _kin(key[0]) and words.year_key(fact.column.year) != key[1]
    ]
    kind = kind_of(two, one, tolerance, neighbours=years)
    is_far = 2 * abs(one - two) > max(abs(one), abs(two)) and first.column.is_money
    if kind == "unexplained" and (is_far or _bracketed(first) != _bracketed(other)):
        kind = "other_definition"
    is_doubtful = (
        kind == "other_definition"
        and first.concept not in (None, "net_cost")
        and not _is_confirmed(first, other)
    )
    found = Finding(
        "same_fact",
        kind,
        f"Samma uppgift är {number_sv(two)} här och {number_sv(one)} i {first.table.shown} "
        f"(”{first.line.name}”); skillnad {number_sv(two - one)}.",
        place(other.table, other.line, other.column),
        two,
        place(first.table, first.line, first.column),
        one,
        two - one,
        tolerance,
        "kr" if first.column.is_money else first.figure.unit,
    )
    if is_doubtful:
        proof.questions.append(found)
        return
    is_of_size = (one, two) != (first.amount, other.amount)
    spots = [other.spot(is_signless=is_of_size), first.spot(-1, is_signless=is_of_size)]
    proof.relate(spots, tolerance, found, is_repetition=True)


def _kin(concept: str) -> tuple[str, ...]:
    """Facts that are easily taken for each other between years."""
    pairs = (("equity_opening", "equity_closing"), ("cash_opening", "cash_closing"))
    return next((pair for pair in pairs if concept in pair), (concept,))


def _bracketed(fact: Fact) -> str:
    return " ".join(re.findall(r"\(([^)]*)\)", fact.line.name))


def _equity_change(facts: Sequence[Fact], proof: Proof) -> None:
    """That capital rose or fell by so much is the year's result."""
    for change in [fact for fact in facts if fact.concept == "equity_change"]:
        results = [
            fact
            for fact in facts
            if fact.concept == "result"
            and fact.column.year == change.column.year
            and words.version_kind(fact.column.version) == "actual"
        ]
        if not results:
            continue
        result = results[0]
        proof.checked["same_fact"] += 1
        one, two = abs(result.amount), abs(change.amount)
        tolerance = result.half_unit + change.half_unit
        spots = [change.spot(is_signless=True), result.spot(-1, is_signless=True)]
        if abs(one - two) <= tolerance:
            proof.relate(spots, tolerance, is_repetition=True)
        else:
            key = ("result", change.column.year)
            earlier = [
                abs(fact.amount) for fact in facts if fact.concept == "result" and fact.column.year != key[1]
            ]
            kind = (
                "earlier_year"
                if any(abs(two - value) <= tolerance + 1 for value in earlier)
                else kind_of(two, one)
            )
            found = finding("same_fact", kind, change, two, result, one, tolerance)
            proof.relate(spots, tolerance, found, is_repetition=True)
