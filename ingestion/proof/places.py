"""One fact in several places: in two tables, in last year's column, in a note and its statement, in a balance's two sides."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from ingestion.proof import words
from ingestion.proof.concepts import concept_of, is_signless, is_vague
from ingestion.proof.findings import CHECKS_SV, KINDS_SV, Finding, number_sv, place
from ingestion.proof.kinds import kind_of
from ingestion.proof.tables import ALL, Column, Line, Table, party_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ingestion.proof.findings import Proof
    from ingestion.proof.reading import Figure

FactKey = tuple[str, ...]


@dataclass(frozen=True)
class Fact:
    """One printed figure as a fact that may stand elsewhere too."""

    table: Table
    line: Line
    column: Column
    figure: Figure
    concept: str | None
    name: str

    @property
    def amount(self) -> Decimal:
        """In kronor where it is money."""
        return (self.figure.value or Decimal(0)) * self.figure.scale

    @property
    def half_unit(self) -> Decimal:
        """Half of the last printed digit, in kronor where it is money."""
        return self.figure.number.half_unit * self.figure.scale


def check(tables: Sequence[Table], proof: Proof) -> None:
    """Every fact that stands in several places of the papers."""
    facts = [fact for table in tables for fact in _facts(table)]
    _same(facts, proof)
    if len({table.document for table in tables}) > 1:
        _last_years(facts, proof)
    _equity_change(facts, proof)
    _people(facts, proof)
    _stated_shares(facts, proof)
    _partitions(tables, facts, proof)
    _notes(tables, proof)
    headed: set[tuple[str, str]] = set()
    for table in tables:
        _roll_forward(table, proof)
        _balance(table, proof)
        if (table.document, table.title) not in headed and _unit(table, proof):
            headed.add((table.document, table.title))


def _facts(table: Table) -> Iterable[Fact]:
    for line in table.lines:
        if line.row_type in ("derived", "part"):
            continue
        names = _names(line)
        concept = next((found for one in names if (found := concept_of(one))), None)
        name = (
            names[0] if concept else words.fold(words.TOTAL.sub(" ", names[0]))
        )  # an annex's sum is the plan's line
        for column, figure in line.cells.items():
            if figure.value is not None:
                yield Fact(table, line, column, figure, concept, name)


def _names(line: Line) -> list[str]:
    """What a line is called, folded and without what stands in brackets: the whole label, and its last part alone."""
    whole = re.sub(r"\([^)]*\)", " ", line.name)
    return [words.fold(whole), words.fold(whole.rpartition(" · ")[2])]


# --- the same fact in two places ---


def _key(fact: Fact) -> FactKey | None:
    """What makes two figures one fact: term or name, year, kind of version, sex, party, initiative, kind of unit."""
    if fact.concept is None and (is_vague(fact.name) or not fact.name):
        return None
    kind = words.version_kind(fact.column.version)
    if kind not in ("actual", "budget", "forecast", "plan") or fact.column.unit == "percent":
        return None
    version = "" if kind == "actual" else f"{kind} {words.fold(fact.column.version)}"
    year = fact.column.year or fact.figure.year
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
    told: set[tuple[int, int, str]] = set()
    for key, found in places.items():
        one = [
            fact for at, fact in enumerate(found) if fact.table not in [other.table for other in found[:at]]
        ]
        if len(one) < 2:
            continue
        _differing(key, _by_authority(one, found), facts, proof, told)


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


def _differing(
    key: FactKey, found: Sequence[Fact], facts: Sequence[Fact], proof: Proof, told: set[tuple[int, int, str]]
) -> None:
    first = found[0]
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
            continue
        _tell(key, first, other, one, two, tolerance, facts, proof)


def _is_confirmed(first: Fact, other: Fact) -> bool:
    """Lines of one name are one line where another of their cells says the same, or the name is long enough to be one."""
    shared = [
        (first.line.value(column), other.line.value(other_column))
        for column in first.line.cells
        for other_column in other.line.cells
        if column != first.column and _alike(column, other_column)
    ]
    agreeing = [1 for one, two in shared if one is not None and one == two and one != 0]
    return bool(agreeing) or (bool(first.table.initiative) and len(first.name) >= 6)


def _alike(one: Column, other: Column) -> bool:
    return (one.year, one.sex, one.unit, words.version_kind(one.version)) == (
        other.year,
        other.sex,
        other.unit,
        words.version_kind(other.version),
    )


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
        if fact.concept and fact.concept in _kin(key[0]) and fact.column.year != key[1]
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
    (proof.questions if is_doubtful else proof.findings).append(
        Finding(
            "same_fact",
            CHECKS_SV["same_fact"],
            kind,
            KINDS_SV[kind],
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
    )


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
        if abs(one - two) > (tolerance := result.half_unit + change.half_unit):
            key = ("result", change.column.year)
            earlier = [
                abs(fact.amount) for fact in facts if fact.concept == "result" and fact.column.year != key[1]
            ]
            kind = (
                "earlier_year"
                if any(abs(two - value) <= tolerance + 1 for value in earlier)
                else kind_of(two, one)
            )
            proof.findings.append(_finding("same_fact", kind, change, two, result, one, tolerance))


def _finding(
    check_id: str,
    kind: str,
    first: Fact,
    first_value: Decimal,
    second: Fact,
    second_value: Decimal,
    tolerance: Decimal,
) -> Finding:
    return Finding(
        check_id,
        CHECKS_SV[check_id],
        kind,
        KINDS_SV[kind],
        f"{number_sv(first_value)} här, {number_sv(second_value)} i {second.table.shown} (”{second.line.name}”); skillnad "
        f"{number_sv(first_value - second_value)}.",
        place(first.table, first.line, first.column),
        first_value,
        place(second.table, second.line, second.column),
        second_value,
        first_value - second_value,
        tolerance,
        first.figure.unit,
    )


# --- people ---


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
        expected = all_in.amount - ended.amount
        if remaining.amount != expected:
            kind = kind_of(remaining.amount, expected)
            one = _finding("people", kind, remaining, remaining.amount, all_in, expected, Decimal(0))
            proof.findings.append(one)


def _stated_shares(facts: Sequence[Fact], proof: Proof) -> None:
    """A share that names what it is a share of: `arbete eller studier av avslutade` is that count by those who ended."""
    counts: dict[FactKey, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.figure.unit_class not in ("money", "percent"):
            counts[_whose(fact)].append(fact)
    for share in [fact for fact in facts if fact.figure.unit_class == "percent" and fact.table.initiative]:
        near = counts[_whose(share)]
        parts = [one for one in near if _is_share_of(share, one)]
        wholes = [one for one in near if one.concept == "ended" and one.amount]
        pairs = [(part, whole) for part in parts for whole in wholes]
        if not pairs:
            continue
        proof.checked["percent"] += 1
        shares = [100 * part.amount / whole.amount for part, whole in pairs]
        if all(abs(share.amount - one) > share.figure.number.half_unit for one in shares):
            (part, whole), expected = pairs[0], round(shares[0], 1)
            found = _finding(
                "percent", "unexplained", share, share.amount, part, expected, share.figure.number.half_unit
            )
            told = (
                f"Tryckt {number_sv(share.amount)} %, men {number_sv(part.amount)} av {number_sv(whole.amount)} "
                f"(”{part.line.name}” av ”{whole.line.name}”) är {number_sv(expected)} %."
            )
            proof.findings.append(replace(found, message_sv=told))


def _is_share_of(share: Fact, part: Fact) -> bool:
    """True where a share's name holds a count's whole name and more, and no column says what it is a share of."""
    is_named = " " in part.name and part.name in share.name and part.name != share.name
    return is_named and part.concept != "ended" and not share.column.measure


def _whose(fact: Fact) -> FactKey:
    return (fact.table.document, words.fold(fact.table.initiative), fact.column.year, fact.column.sex)


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
        and not any(concept_of(name) in ("participants", "ended") for one in lines for name in _names(one))
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
            if all(fact.amount != summed for fact in facts):
                _wrong_partition(table, lines, column, summed, facts[0], proof)


def _sum_of(lines: Sequence[Line], column: Column) -> Decimal | None:
    values = [line.value(column) for line in lines]
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def _wrong_partition(
    table: Table, lines: Sequence[Line], column: Column, summed: Decimal, fact: Fact, proof: Proof
) -> None:
    line = next(one for one in lines if column in one.cells)
    parts = [place(table, one, column) for one in lines if column in one.cells]
    proof.findings.append(
        Finding(
            "partition",
            CHECKS_SV["partition"],
            "wrong_box",
            KINDS_SV["wrong_box"],
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
    )


# --- notes ---


def _notes(tables: Sequence[Table], proof: Proof) -> None:
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
            if line.row_type == "line" and not re.search(
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
        if not fit:
            printed = abs(total.value(column) or Decimal(0))
            known = [value for one in terms if (value := one.value(column)) is not None]
            expected = abs(sum(known, Decimal(0)))
            kind = kind_of(printed, expected)
            proof.findings.append(
                Finding(
                    "note",
                    CHECKS_SV["note"],
                    kind,
                    KINDS_SV[kind],
                    f"Noten summerar till {number_sv(printed)}, räkningen säger {number_sv(expected)}; skillnad "
                    f"{number_sv(printed - expected)}.",
                    place(note, total, column),
                    printed,
                    place(table, terms[0], column),
                    expected,
                    printed - expected,
                    Decimal(len(terms) + 1) / 2,
                    total.cells[column].unit,
                )
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


# --- one table ---


def _roll_forward(table: Table, proof: Proof) -> None:
    """A year opens with what the year before closed with: the line it opens with is the one that bears it out most often."""
    for opening in [line for line in table.lines if line.is_opening]:
        best: tuple[int, int, int, Line, list[tuple[Column, Column]]] | None = None
        for closing in [line for line in table.lines if line is not opening and not line.is_opening]:
            pairs = _year_pairs(table, opening, closing)
            held = sum(_rolls(opening, closing, pair) for pair in pairs)
            named = _is_counterpart(opening, closing)
            if pairs and (held or named):
                rank = (held, int(named), -len(pairs))
                if best is None or rank > best[:3]:
                    best = (*rank, closing, pairs)
        if best is None or (best[0] * 2 < len(best[4]) and not best[1]):
            continue
        closing = best[3]
        for year in {pair[0].year for pair in best[4]}:
            tried = [pair for pair in best[4] if pair[0].year == year]
            proof.checked["roll_forward"] += 1
            if not any(_rolls(opening, closing, pair) for pair in tried):
                _wrong_opening(table, opening, closing, tried[-1], proof)


def _year_pairs(table: Table, opening: Line, closing: Line) -> list[tuple[Column, Column]]:
    """Columns of a year and of the year before in which both lines have numbers."""
    pairs = []
    for column in opening.cells:
        years = words.years_of(column.year)
        for before in closing.cells:
            if opening.value(column) is None or closing.value(before) is None or len(years) != 1:
                continue
            alike = column.but(year="", version="") == before.but(year="", version="")
            if alike and words.years_of(before.year) == (years[0] - 1,):
                pairs.append((column, before))
    return pairs


def _rolls(opening: Line, closing: Line, pair: tuple[Column, Column]) -> bool:
    one, two = opening.cells[pair[0]], closing.cells[pair[1]]
    if one.value is None or two.value is None:
        return False
    return abs(one.value - two.value) <= one.number.half_unit + two.number.half_unit and one.value != 0


def _is_counterpart(opening: Line, closing: Line) -> bool:
    """True where the two names say that one closes what the other opens."""
    if not (words.CLOSING.search(closing.name) or closing.is_summing):
        return False
    own = set(words.fold(words.OPENING.sub(" ", opening.name)).split()) - {"vid", "årets"}
    other = set(words.fold(words.CLOSING.sub(" ", closing.name)).split()) - {"vid", "årets", "summa"}
    return bool(own) and own == other


def _wrong_opening(
    table: Table, opening: Line, closing: Line, pair: tuple[Column, Column], proof: Proof
) -> None:
    one, two = opening.value(pair[0]), closing.value(pair[1])
    if one is None or two is None:
        return
    kind = kind_of(
        one,
        two,
        neighbours=[v for c in closing.cells if c != pair[1] and (v := closing.value(c)) is not None],
    )
    proof.findings.append(
        Finding(
            "roll_forward",
            CHECKS_SV["roll_forward"],
            kind,
            KINDS_SV[kind],
            f"Året börjar med {number_sv(one)}, men året före slutade med {number_sv(two)}; skillnad {number_sv(one - two)}.",
            place(table, opening, pair[0]),
            one,
            place(table, closing, pair[1]),
            two,
            one - two,
            opening.cells[pair[0]].number.half_unit * 2,
            opening.cells[pair[0]].unit,
        )
    )


def _balance(table: Table, proof: Proof) -> None:
    """Assets are equity, provisions and liabilities."""
    sides = {concept_of(name): line for line in table.lines for name in _names(line)}
    assets, others = sides.get("total_assets"), sides.get("total_equity_liabilities")
    if assets is None or others is None:
        return
    for column, figure in assets.cells.items():
        other = others.cells.get(column)
        if figure.value is None or other is None or other.value is None:
            continue
        proof.checked["balance"] += 1
        tolerance = figure.number.half_unit + other.number.half_unit
        if abs(figure.value - other.value) > tolerance:
            kind = kind_of(figure.value, other.value)
            proof.findings.append(
                Finding(
                    "balance",
                    CHECKS_SV["balance"],
                    kind,
                    KINDS_SV[kind],
                    f"Tillgångarna är {number_sv(figure.value)}, eget kapital och skulder {number_sv(other.value)}; skillnad "
                    f"{number_sv(figure.value - other.value)}.",
                    place(table, assets, column),
                    figure.value,
                    place(table, others, column),
                    other.value,
                    figure.value - other.value,
                    tolerance,
                    figure.unit,
                )
            )


def _unit(table: Table, proof: Proof) -> bool:
    """A heading that says thousands over amounts the sender knows to be kronor, or the other way round; told once."""
    for line in table.lines:
        for column, figure in line.cells.items():
            printed, known = words.scale_of(figure.unit_printed), words.scale_of(figure.unit)
            if printed is None or known is None or figure.value is None:
                continue
            proof.checked["unit"] += 1
            if printed != known:
                where = place(table, line, column)
                proof.findings.append(
                    Finding(
                        "unit",
                        CHECKS_SV["unit"],
                        "unit",
                        KINDS_SV["unit"],
                        f"Tabellens rubrik säger {figure.unit_printed}, men beloppen är i {figure.unit}: "
                        f"{figure.printed} vore {number_sv(figure.value * printed)} kr.",
                        where,
                        figure.value * printed,
                        replace(
                            where,
                            section="",
                            line_number="",
                            line="tabellens rubrik",
                            printed=figure.unit_printed,
                            row=0,
                        ),
                        figure.value * known,
                        figure.value * (printed - known),
                        Decimal(0),
                        "kr",
                    )
                )
                return True
    return False
