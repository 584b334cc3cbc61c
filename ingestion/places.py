"""Swedish municipalities: which codes and names exist, and when. The packaged list, and what people add to it.

A code is text of four digits, the county's two first. Names are understood with `kommun` and a genitive -s.
"""

from __future__ import annotations

import csv
import difflib
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.cells import ValueProblem, match_key, parse_text, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable

_DATA = Path(__file__).with_name("places_data")
_FIRST_DAY, _LAST_DAY = "0001-01-01", "9999-12-31"
_CODE = re.compile(r"[0-9]{4}")
_KIND_OF_PLACE = re.compile(r"(?:^(?:kommunen|staden) | (?:kommuns?|stads?|kn)$)")


@dataclass(frozen=True)
class Municipality:
    """One municipality under one code and name. valid_from and valid_to are ISO dates, both included."""

    code: str
    name: str
    aliases: tuple[str, ...] = ()
    valid_from: str = _FIRST_DAY
    valid_to: str = _LAST_DAY

    def is_valid(self, year: int | None) -> bool:
        """True where it existed on some day of that year; None asks for no year."""
        return year is None or self.valid_from[:4] <= f"{year:04d}" <= self.valid_to[:4]


class Places:
    """All municipalities known to one intake."""

    def __init__(self, known: Iterable[Municipality]) -> None:
        self.known = tuple(known)
        self._by_code: dict[str, list[Municipality]] = defaultdict(list)
        self._by_name: dict[str, list[Municipality]] = defaultdict(list)
        for one in self.known:
            self._by_code[one.code].append(one)
            for name in (one.name, *one.aliases):
                self._by_name[match_key(name)].append(one)

    def extended(self, more: Iterable[Municipality]) -> Places:
        """These and what people added; an added row takes the place of all with its code."""
        added = tuple(more)
        codes = {one.code for one in added}
        return Places((*(one for one in self.known if one.code not in codes), *added)) if added else self

    def parse(self, text: str, year: int | None = None) -> str:
        """A municipality's code from its code or name. Raises ValueProblem (VAL-010).

        year: what the delivery is for; a code is judged by the division of that year. Without it any code that ever
        was is understood, and a name means the latest municipality of that name.
        """
        bare = tidy(text)
        if re.fullmatch(r"[0-9]+", bare, re.ASCII):
            return self._of_code(bare, year)
        found = self._named(bare)
        if not found:
            raise self._unknown_name(bare)
        # an old name of a code that still stands means that code
        valid = [one for one in found if any(same.is_valid(year) for same in self._by_code[one.code])]
        if not valid:
            raise self._not_then(found, year)
        codes = {one.code for one in valid}
        if len(codes) > 1 and year is not None and not _follow_each_other(valid):
            raise _problem(
                f"En enda kommun; namnet betyder {' eller '.join(sorted(codes))}.",
                "Skriv kommunens kod med fyra siffror.",
            )
        return max(valid, key=lambda one: one.valid_from).code

    def _of_code(self, code: str, year: int | None) -> str:
        if not _CODE.fullmatch(code):
            raise self._not_four_digits(code)
        found = self._by_code.get(code)
        if not found:
            county = _counties().get(code[:2])
            raise _problem(
                f"En kommunkod som finns; {code} är ingen kommun"
                + (f" i {county}." if county else f", och {code[:2]} är inget län."),
                "Slå upp kommunens kod, eller skriv kommunens namn.",
            )
        if not any(one.is_valid(year) for one in found):
            raise self._not_then(found, year)
        return code

    def _not_four_digits(self, code: str) -> ValueProblem:
        restored = code.zfill(4)
        if len(code) == 3 and restored in self._by_code:
            name = self._by_code[restored][-1].name
            return _problem(
                f"En kommunkod med fyra siffror; en inledande nolla har troligen fallit bort ({restored} {name}).",
                f"Skriv {restored}, och formatera kolumnen som text så att nollan står kvar.",
            )
        if (county := _counties().get(code.zfill(2))) and len(code) <= 2:
            return _problem(
                f"En kommunkod med fyra siffror; {code} är {county}.",
                "Skriv kommunens kod eller namn, inte länets.",
            )
        return _problem(
            "En kommunkod med fyra siffror, till exempel 0380, eller kommunens namn.",
            "Skriv kommunens fyra siffror, eller dess namn.",
        )

    def _named(self, text: str) -> list[Municipality]:
        name = _KIND_OF_PLACE.sub("", match_key(parse_text(text)))
        for spelling in (name, *([name[:-1]] if name.endswith("s") else [])):
            if spelling in self._by_name:
                return self._by_name[spelling]
        return []

    def _unknown_name(self, text: str) -> ValueProblem:
        name = _KIND_OF_PLACE.sub("", match_key(parse_text(text)))
        near = difflib.get_close_matches(name, self._by_name, n=3, cutoff=0.7)
        shown = dict.fromkeys(f"”{self._by_name[word][-1].name}”" for word in near)
        return _problem(
            "En svensk kommuns namn eller kod med fyra siffror."
            + (f" Menas {' eller '.join(shown)}?" if shown else ""),
            "Rätta stavningen, eller skriv kommunens kod; lämna cellen tom om kommunen inte är känd.",
        )

    def _not_then(self, found: list[Municipality], year: int | None) -> ValueProblem:
        one = found[-1]
        then = [other for other in self._by_name.get(match_key(one.name), []) if other.is_valid(year)]
        until = f"från {one.valid_from}" if one.valid_from > f"{year}" else f"till och med {one.valid_to}"
        return _problem(
            f"En kommun som fanns {year}; {one.code} {one.name} gäller {until}.",
            f"Skriv {then[0].code}, som är {then[0].name} {year}."
            if then
            else "Slå upp den kod som gällde då.",
        )


def _follow_each_other(found: list[Municipality]) -> bool:
    ordered = sorted(found, key=lambda one: one.valid_from)
    return all(before.valid_to < after.valid_from for before, after in pairwise(ordered))


def _problem(expected_sv: str, remedy_sv: str) -> ValueProblem:
    return ValueProblem("VAL-010", expected_sv, remedy_sv)


@cache
def packaged() -> Places:
    """The municipalities the project carries."""
    with (_DATA / "municipalities.csv").open(encoding="utf-8", newline="") as file:
        return Places(
            Municipality(
                row["Kommunkod"],
                row["Namn"],
                tuple(filter(None, row["Andra namn"].split("|"))),
                row["Gäller från"] or _FIRST_DAY,
                row["Gäller till"] or _LAST_DAY,
            )
            for row in csv.DictReader(file, delimiter=";")
        )


@cache
def _counties() -> dict[str, str]:
    with (_DATA / "counties.csv").open(encoding="utf-8", newline="") as file:
        return {row["Länskod"]: row["Namn"] for row in csv.DictReader(file, delimiter=";")}


def of_rows(rows: Iterable[dict[str, str | None]]) -> list[Municipality]:
    """Municipalities of the dataset of that name, canonical rows."""
    return [
        Municipality(
            row["municipality_code"] or "",
            row["name_sv"] or "",
            tuple(filter(None, (row["aliases"] or "").split("|"))),
            row["valid_from"] or _FIRST_DAY,
            row["valid_to"] or _LAST_DAY,
        )
        for row in rows
    ]
