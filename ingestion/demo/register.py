"""The demo's participant register: invented people whose counts are the printed ones.

What must hold comes from `margins` and `backgrounds`, the people from `population`. Identity numbers come only
from the tax agency's published test numbers, which belong to nobody.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from ingestion.demo.backgrounds import anonymous, backgrounds
from ingestion.demo.margins import YEAR, Margins, margins
from ingestion.demo.population import Initiative, OpenCell, Spell, population
from ingestion.demo.tables import SEXES, Contradiction, leaf_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_TOLD = {
    "referrer": "Remitterande myndighet",
    "education": "Utbildningsnivå",
    "support_before": "Försörjning före insats",
    "support_after": "Försörjning efter insats",
    "occupation_before": "Sysselsättning före insats",
    "occupation_after": "Sysselsättning efter insats",
}
HEADER = (
    *("Personnummer", "Insats", "Kön", "Födelseår", "Inskriven", "Avslutad", "Avslut till", "Anonym"),
    *_TOLD.values(),
)
RESULT_TEXT = {
    "work": "Arbete",
    "studies": "Studier",
    "sickness_compensation": "Sjukersättning",
    "activity_compensation": "Aktivitetsersättning",
    "time_limit": "Insatsens tidsbegränsning",
    "other_initiative": "Annan insats",
    "not_entitled": "Saknar rätt till sjukpenning",
    "other": "Annan orsak",
    "unknown": "Okänd orsak",
}
_SEX_TEXT = {"female": "Kvinna", "male": "Man"}
_ADULT = (20, 64)
_EARLIEST, _LAST_END = date(YEAR - 1, 1, 11), date(YEAR, 12, 20)
_SERIAL = "SN-"


def register(sources: Path) -> tuple[list[Spell], list[Contradiction]]:
    """Every spell of the year, in file order. Raises ValueError where the leaf cells admit no register."""
    all_initiatives, found = initiatives(sources)
    return list(population(all_initiatives, published_numbers(sources), serial=_SERIAL)), found


def published_numbers(sources: Path) -> list[str]:
    """The published test numbers, which belong to nobody."""
    return (sources / "test_personnummer.txt").read_text(encoding="utf-8").split()


def initiatives(sources: Path) -> tuple[list[Initiative], list[Contradiction]]:
    """What the register must add up to, in printed order, and what in the print could not hold."""
    all_margins, found = margins(sources)
    return [_initiative(sources, m, found) for m in all_margins], found


def register_lines(spells: Iterable[Spell]) -> Iterator[str]:
    """The delivery's lines, header first."""
    yield ";".join(HEADER)
    for s in spells:
        cells = (
            s.person,
            s.initiative,
            _SEX_TEXT[s.sex],
            str(s.birth_year),
            s.start.isoformat(),
            s.end.isoformat() if s.end else "",
            RESULT_TEXT[s.result] if s.result else "",
            "ja" if s.anonymous else "nej",
        )
        yield ";".join((*cells, *("|".join(s.told.get(name, ())) for name in _TOLD)))


def _initiative(sources: Path, m: Margins, found: list[Contradiction]) -> Initiative:
    rows = [row for row in leaf_rows(sources, "initiatives") if row["initiative"] == m.initiative]

    def first(column: str) -> str:
        return next((row[column] for row in rows if row[column]), "")

    codes = dict.fromkeys(RESULT_TEXT)
    results: dict[OpenCell, int] = {
        (sex, code): m.results[sex, code] for code in codes for sex in SEXES if (sex, code) in m.results
    }
    return Initiative(
        m.initiative,
        YEAR,
        max(date.fromisoformat(f"{first('start_date')}-01"[:10]), _EARLIEST),
        min(_last_day(first("end_date")), _LAST_END),
        m.participants,
        {sex: m.new[sex] for sex in SEXES},
        results,
        anonymous(sources, m),
        backgrounds(sources, m, found),
        (int(first("age_min") or _ADULT[0]), int(first("age_max") or _ADULT[1])),
    )


def _last_day(printed: str) -> date:
    """The last day of a printed end: a day, a month, or nothing."""
    if not printed:
        return date.max
    if len(printed) == 10:
        return date.fromisoformat(printed)
    first = date.fromisoformat(f"{printed}-01")
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
