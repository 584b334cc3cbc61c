"""What the print tells of participants beside in and out: who sent them, education, support and occupation.

Referrers and education are told of everyone, support and occupation of those who ended and are not
anonymous. A row whose women and men cannot be right keeps its total and gives way in its sexes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.demo.dealing import split
from ingestion.demo.margins import YEAR, Cell, Margins, settle
from ingestion.demo.population import Dimension, OpenCell
from ingestion.demo.tables import SEXES, Contradiction, Row, leaf_rows, sex_of

if TYPE_CHECKING:
    from pathlib import Path

BEFORE, AFTER, PEOPLE = "Antal före insats", "Antal efter insats", "Totalt antal som avslutat insats"
_ALONE = "Ingen offentlig försörjning"
_WORK = ("Ej subventionerat arbete", "Subventionerat arbete", "Eget företag")
_STUDIES = "Studier"
# Dealt in the order of the exit results (work, studies, ... activity compensation), so that they go together.
_DEALT_FIRST, _DEALT_LAST = "Studiestöd/Studiemedel", "Aktivitetsersättning"


def backgrounds(sources: Path, m: Margins, found: list[Contradiction]) -> tuple[Dimension, ...]:
    """All dimensions that are printed for the initiative; what had to give way is added to `found`."""
    told = []
    referrers: dict[Cell, int] = {}
    for name, table in (("referrer", "referrers_by_initiative"), ("education", "education_by_initiative")):
        counts = _by_sex(m, leaf_rows(sources, table), referrers, found)
        if name == "referrer":
            referrers = counts
        told += [Dimension(name, dict(counts.items()))] if counts else []
    told += _support(sources, m, found)
    told += _occupation(sources, m, found)
    return tuple(told)


def anonymous(sources: Path, m: Margins) -> dict[Cell, int]:
    """The anonymous by sex and exit result: those who ended but stand in no table of support and occupation.

    The table of support says how many of each sex, the table of occupation how many went to work and to
    studies; the rest is spread over the other results.
    """
    if not m.anonymous:
        return {}
    tabulated = _tabulated(sources, m)
    by_sex = {sex: _ended(m, sex) - tabulated.get(sex, 0) for sex in SEXES}
    if sum(by_sex.values()) != m.anonymous or min(by_sex.values()) < 0:
        raise ValueError(f"{m.initiative}: {m.anonymous} anonymous, but the tables leave out {by_sex}")
    after = {r["occupation_sysselsattning"]: _count(r) for r in _rows(sources, "occupation", m, AFTER)}
    hidden: dict[Cell, int] = {}
    for code, count in (("work", sum(after[c] for c in _WORK)), ("studies", after[_STUDIES])):
        left = sum(m.results.get((sex, code), 0) for sex in SEXES) - count
        room = {sex: min(m.results.get((sex, code), 0), by_sex[sex]) for sex in SEXES}
        if not 0 <= left <= sum(room.values()):
            raise ValueError(f"{m.initiative}: {left} of the anonymous would have gone to {code}")
        hidden |= {(sex, code): n for sex, n in split(left, room).items() if n}
    for sex in SEXES:
        others = {
            code: n for (s, code), n in m.results.items() if s == sex and code not in ("work", "studies")
        }
        left = by_sex[sex] - sum(n for (s, _), n in hidden.items() if s == sex)
        hidden |= {(sex, code): n for code, n in split(left, others).items() if n}
    return hidden


def _rows(sources: Path, table: str, m: Margins, measure: str) -> list[Row]:
    rows = leaf_rows(sources, f"{table}_before_after")
    return [
        r
        for r in rows
        if r["initiative"] == m.initiative and r["measure"] == measure and r["year"] == str(YEAR)
    ]


def _count(row: Row) -> int:
    return int(row["value_num"])


def _ended(m: Margins, sex: str) -> int:
    return sum(count for (s, _), count in m.results.items() if s == sex)


def _tabulated(sources: Path, m: Margins) -> dict[str, int]:
    """How many of each sex the table of support is about. Raises ValueError where its rows disagree."""
    people: dict[str, int] = {}
    for row in _rows(sources, "support", m, PEOPLE):
        if people.setdefault(str(sex_of(row)), _count(row)) != _count(row):
            raise ValueError(f"{m.initiative}: the table of support is about several numbers of people")
    return people


# --- referrers and education ---


def _by_sex(
    m: Margins, rows: list[Row], referrers: dict[Cell, int], found: list[Contradiction]
) -> dict[Cell, int]:
    """Counts by sex and category. Categories printed without sex are settled by the participants' sexes."""
    rows = [r for r in rows if r["initiative"] == m.initiative and r["year"] == str(YEAR)]
    sums: dict[frozenset[Cell], int] = {}
    for row in rows:
        sexes = [sex_of(row)] if sex_of(row) else SEXES
        sums[frozenset((str(sex), row["category"]) for sex in sexes)] = _count(row)
    cells = sorted(frozenset().union(*sums))
    known = settle(sums)
    if len(known) < len(cells):
        for sex in SEXES:
            sums[frozenset(cell for cell in cells if cell[0] == sex)] = m.participants[sex]
        known = settle(sums)
    _give_way(m, rows, known, referrers, found)
    order = dict.fromkeys(row["category"] for row in rows)
    return {(sex, c): known[sex, c] for c in order for sex in SEXES if known.get((sex, c))}


def _give_way(
    m: Margins,
    rows: list[Row],
    known: dict[Cell, int],
    referrers: dict[Cell, int],
    found: list[Contradiction],
) -> None:
    """Where everybody is there but not in the right sex, the largest row's women and men give way, not its total."""
    given = {sex: sum(n for (s, _), n in known.items() if s == sex) for sex in SEXES}
    if given == m.participants or sum(given.values()) != sum(m.participants.values()):
        return
    sizes = {c: sum(known[sex, c] for sex in SEXES) for c in dict.fromkeys(r["category"] for r in rows)}
    largest = max(sizes, key=lambda c: sizes[c])
    printed = {sex: known[sex, largest] for sex in SEXES}
    for sex in SEXES:
        known[sex, largest] += m.participants[sex] - given[sex]
    if min(known[sex, largest] for sex in SEXES) < 0:
        raise ValueError(f"{m.initiative}: {rows[0]['dimension']} cannot be right in its sexes")
    twins = [
        c
        for c in dict.fromkeys(c for _, c in referrers)
        if all(referrers.get((s, c)) == printed[s] for s in SEXES)
    ]
    why = (
        f"raden är ordagrant densamma som {twins[0]} bland remittenterna"
        if twins
        else "vilken rad som är fel går inte att avgöra"
    )
    found.append(
        Contradiction(
            f"{m.initiative}: {rows[0]['dimension']}, {largest}",
            _women_and_men({sex: known[sex, largest] for sex in SEXES}),
            _women_and_men(printed),
            f"raderna ger {_women_and_men(given)}, deltagarna är {_women_and_men(m.participants)}; den "
            f"största radens kön får ge efter, {why}",
        )
    )


def _women_and_men(counts: dict[str, int]) -> str:
    return f"{counts['female']} kvinnor och {counts['male']} män"


# --- before and after ---


def _support(sources: Path, m: Margins, found: list[Contradiction]) -> list[Dimension]:
    """Several kinds of support per person are legal; who has none of the public ones has that alone."""
    people = sum(_tabulated(sources, m).values())
    told = []
    for name, measure, when in (("support_before", BEFORE, "före"), ("support_after", AFTER, "efter")):
        rows = sorted(
            _rows(sources, "support", m, measure),
            key=lambda r: {_DEALT_FIRST: 0, _DEALT_LAST: 2}.get(r["livelihood_forsorjning"], 1),
        )
        if not rows:
            continue
        counts = {(sex_of(r), r["livelihood_forsorjning"]): _count(r) for r in rows if _count(r)}
        _say_the_sum(m, f"försörjning {when}", sum(counts.values()), people, found)
        told.append(
            Dimension(
                name, counts, "ended", several=True, alone=frozenset({_ALONE}), by_result=measure == AFTER
            )
        )
    return told


def _occupation(sources: Path, m: Margins, found: list[Contradiction]) -> list[Dimension]:
    """One occupation per person, known for both sexes together; the two derived rows follow from the others."""
    people = sum(_tabulated(sources, m).values())
    told, derived = [], []
    for name, measure, when in (("occupation_before", BEFORE, "före"), ("occupation_after", AFTER, "efter")):
        rows = _rows(sources, "occupation", m, measure)
        if not rows:
            continue
        counts: dict[OpenCell, int] = {
            (None, r["occupation_sysselsattning"]): _count(r) for r in rows if _count(r)
        }
        _say_the_sum(m, f"sysselsättning {when}", sum(counts.values()), people, found)
        derived.append(sum(counts.get((None, c), 0) for c in (*_WORK, _STUDIES)))
        told.append(Dimension(name, counts, "ended", by_result=measure == AFTER))
    if derived:
        found.append(
            Contradiction(
                f"{m.initiative}: sysselsättning, de två härledda raderna",
                f"arbete och/eller studier {derived[0]} före och {derived[1]} efter, både och 0",
                "två rader efter kategorierna",
                "raderna räknas ur kategorierna och är inga egna; de summeras aldrig med dem",
            )
        )
    return told


def _say_the_sum(m: Margins, what: str, total: int, people: int, found: list[Contradiction]) -> None:
    if total == people:
        return
    why = (
        "flera per person är tillåtna, så summan får överstiga antalet personer"
        if total > people
        else "någon saknar uppgift, som då är ej angiven"
    )
    found.append(
        Contradiction(
            f"{m.initiative}: {what}",
            f"{total} på {people} personer",
            f"summan {total}, avslutade {people}",
            why,
        )
    )
