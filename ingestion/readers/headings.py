"""What headings of wide tables mean: `Budget 2026 (netto)` is a kind of version, a year and a document's name. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ingestion.binding import known_headers, normalise_header
from ingestion.readers.layout import find_header, is_total_label

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from ingestion.binding import HeaderAlias
    from ingestion.feed import Feed, WideTable
    from ingestion.readers.layout import Row

YEAR = r"(?:19|20)[0-9]{2}"
UNIT = r"tusentals? kronor|tusen kronor|miljoner kronor|tkr|tsek|tsk|kkr|mnkr|mkr|msek|kronor|kr|sek"
_IN_UNIT = re.compile(rf"[(\[]?\b(?:belopp )?(?:i )?({UNIT})\b[)\]]?\.?", re.IGNORECASE)
_YEARS = re.compile(
    rf"(?<![0-9])({YEAR})(?:\s*(?:[-–—/]|t\.? ?o\.? ?m\.?|till)\s*({YEAR}|[0-9]{{2}}))?(?![0-9])",
    re.IGNORECASE,
)
_FILLERS = re.compile(r"\b(?:för|år|åren|avseende|helår)\b", re.IGNORECASE)
_KRONOR = frozenset(("kr", "sek", "kronor"))
_DATE = re.compile(rf"{YEAR}-?(?:0[1-9]|1[0-2])-?(?:[0-2][0-9]|3[01])(?![0-9])")
_CENTURY, _MONTHS, _SHORT = 100, 12, 2


class WideHeadings(Protocol):
    """What tells a wide table and its header row."""

    def find_header(self, rows: Sequence[Row], known: Container[str]) -> tuple[int, int]:
        """Index of the header row and how many of its cells are known."""

    def are_wide(self, header: Sequence[str]) -> bool:
        """True for a header with amounts in columns of their own kind."""


@dataclass(frozen=True)
class ValueHeader:
    """The heading of a column of amounts. position: from 0. years: first and last; None for a sum over everything.

    text: as people point at it, with the kind that stands above it; sent: as it stands.
    """

    text: str
    role: str = "value"
    kind: str = ""
    years: tuple[int, int] | None = None
    document: str = ""
    unit: str = ""
    position: int = 0
    sent: str = ""

    @property
    def identity(self) -> tuple[str, str, tuple[int, int] | None, str]:
        """What tells it from the other columns."""
        return self.role, normalise_header(self.kind), self.years, normalise_header(self.document)


class Headings:
    """What headings of one feed's wide tables mean, with the association's own words."""

    def __init__(self, feed: Feed, words: WideTable, aliases: Mapping[str, HeaderAlias]) -> None:
        self.feed, self.words = feed, words
        self.known = known_headers(feed, aliases)
        kinds = feed.column("version_kind").allowed
        self.kinds = {normalise_header(word) for code, said in kinds.items() for word in (code, *said)}
        self.aliases = {normalise_header(header): alias for header, alias in aliases.items()}
        self.own = {word for word, alias in self.aliases.items() if alias.column == feed.control_column}
        self.drafts = set(map(normalise_header, words.draft_words))

    def read(self, text: str) -> ValueHeader | None:
        """The heading of a column of amounts of some year; None for any other."""
        without_unit, unit = self._split_unit(text)
        dated = _DATE.search(without_unit)
        plain = _DATE.sub(" ", without_unit)
        found = _YEARS.search(plain)
        if found is None or _YEARS.search(plain, found.end()) is not None:
            return None
        years = _span(found[1], found[2])
        before, after = (
            _tidied(_FILLERS.sub(" ", part)) for part in (plain[: found.start()], plain[found.end() :])
        )
        if not before and self._is_kind(after):
            before, after = after, ""
        if years is None or not (not before or self._is_kind(before)) or not re.fullmatch(r"[^0-9]*", after):
            return None
        said = " ".join(filter(None, (after, dated[0] if dated else "")))
        draft = before if normalise_header(before) in self.drafts else ""
        return ValueHeader(text.strip(), "value", before, years, _tidied(f"{draft} {said}"), unit)

    def read_check(self, text: str) -> ValueHeader | None:
        """The heading of a column that sums up or compares the others; None for any other."""
        without_unit, unit = self._split_unit(text)
        word = normalise_header(without_unit)
        found = _YEARS.search(without_unit)
        years = _span(found[1], found[2]) if found else None
        if any(word == one or word.startswith(f"{one} ") for one in self.words.difference_words):
            return ValueHeader(text.strip(), "difference", years=years, unit=unit)
        is_sum = is_total_label(without_unit) or any(word.startswith(one) for one in self.words.sum_words)
        return ValueHeader(text.strip(), "sum", years=years, unit=unit) if is_sum else None

    def find_header(self, rows: Sequence[Row], known: Container[str]) -> tuple[int, int]:
        """Index of the header row and how many of its cells are known, headings of years among them."""
        return find_header(rows, KnownHeaders(known, self), self.are_wide)

    def are_wide(self, header: Sequence[str]) -> bool:
        """True for a header with amounts in columns of years, and no column of amounts besides."""
        names = {self.known.get(normalise_header(text)) for text in header}
        return self.feed.control_column not in names and any(map(self.read, header))

    def agreed_unit(self, header: ValueHeader) -> str | None:
        """The unit the association agreed on for the heading itself, else for its words without the year."""
        for word in (header.text, self._split_unit(header.text)[0], header.kind):
            alias = self.aliases.get(normalise_header(word))
            if alias is not None and alias.unit:
                return alias.unit
        return None

    def _is_kind(self, words: str) -> bool:
        word = normalise_header(words)
        return word in self.kinds or word in self.own

    def _split_unit(self, text: str) -> tuple[str, str]:
        return _IN_UNIT.sub(" ", text).strip(), unit_in(text)


class KnownHeaders:
    """The words by which a header row is found: the contract's, and headings of years."""

    def __init__(self, known: Container[str], headings: Headings) -> None:
        self._known, self._headings = known, headings

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and (word in self._known or self._headings.read(word) is not None)


def unit_in(text: str) -> str:
    """The unit a heading says amounts are in, if that is another than kronor."""
    found = _IN_UNIT.search(text)
    return found[1] if found and found[1].casefold() not in _KRONOR else ""


def _span(first: str, last: str | None) -> tuple[int, int] | None:
    """The years of a heading; `2005–15` is eleven of them, `2025-10` a month and no years."""
    start = int(first)
    if last is None:
        return start, start
    end = int(last)
    if len(last) == _SHORT:
        if end <= _MONTHS:
            return None
        end += start - start % _CENTURY
    return (start, end) if start < end else None


def _tidied(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip(" ()[],;:*–-")
