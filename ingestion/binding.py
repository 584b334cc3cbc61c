"""Binds the headers of a file to the columns of a contract, or refuses with near matches. Pure."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from ingestion.feed import ONLY_VERSION, Version
from ingestion.privacy import shows_person
from ingestion.readers.table import DeliveryUnreadable, Fault

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ingestion.feed import Column, Feed
    from ingestion.values import DecimalSign

_WHITE_SPACE = re.compile(r"\s+")
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")


@dataclass(frozen=True)
class HeaderAlias:
    """An association's own word for a column.

    unit: what amounts under it are sent in, decimal_sign: how they are written, each where that is agreed.
    """

    column: str
    unit: str | None = None
    decimal_sign: DecimalSign | None = None


@dataclass(frozen=True)
class Binding:
    """Where each contract column stands in the file.

    positions: column name -> header position, for the columns that are there. headers: the sender's own
    words.
    blank_positions: columns without a header; they must be empty all the way down.
    units, decimal_signs: column name -> what was agreed for the association's own header of it.
    version: the contract's version it binds by.
    """

    positions: Mapping[str, int]
    headers: Mapping[str, str]
    blank_positions: tuple[int, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    decimal_signs: Mapping[str, DecimalSign] = field(default_factory=dict)
    version: Version = ONLY_VERSION


@lru_cache(maxsize=4096)  # a night's files have few headers, each asked for in every one of them
def normalise_header(text: str) -> str:
    """A header as it is compared: NFC, case folded, white space folded, without invisible marks and trailing `*` and `:`."""
    folded = _WHITE_SPACE.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFC", text))).strip()
    return unicodedata.normalize("NFC", folded.rstrip("*: ").casefold())


def known_headers(feed: Feed, extra_aliases: Mapping[str, HeaderAlias]) -> dict[str, str]:
    """Every header this feed understands, normalised -> column name. The association's own words win."""
    known: dict[str, str] = {}
    for column in [one for one in feed.columns if one.reads is None]:
        labels = () if column.by_reader else (column.label_sv, *column.headers)
        for header in (column.name, *labels):
            known.setdefault(normalise_header(header), column.name)
    names = feed.column_names
    own = {header: alias.column for header, alias in extra_aliases.items() if alias.column in names}
    known.update({normalise_header(header): name for header, name in own.items()})
    return known


def headers_of_all_versions(feed: Feed, extra_aliases: Mapping[str, HeaderAlias]) -> dict[str, str]:
    """Every header that some version of the contract understands -> its column, as the newest has it.

    A reader looks for any of them.
    """
    known: dict[str, str] = {}
    for version in reversed(feed.all_versions):
        known |= known_headers(feed.in_version(version), extra_aliases)
    return known


def bind(
    header: Sequence[str],
    feed: Feed,
    extra_aliases: Mapping[str, HeaderAlias],
    header_row: int = 1,
    switched_off: frozenset[str] = frozenset(),
    on: date | None = None,
) -> Binding:
    """Bind a header to the newest version of the contract that is valid on a day and understands it.

    Raises DeliveryUnreadable: STR-004 unknown header, STR-005 required column missing, STR-006 two headers
    for one column, STR-023 the layout of a version whose time is over, STR-024 of one whose time has not come. One
    call names all headers at fault, so that the sender puts them right in one go. on: None asks for no day.
    """
    sent = _Sent(header, header_row, extra_aliases, switched_off)
    versions = feed.all_versions
    valid = [one for one in versions if one.holds_on(on)] or list(versions[:1])
    problems = []
    for version in valid:
        try:
            return _bind_version(sent, feed, version)
        except DeliveryUnreadable as problem:
            problems.append(problem)
    for version in versions:
        rule_id = "STR-024" if on is not None and version.valid_from > on else "STR-023"
        if version in valid or not _binds(sent, feed, version):
            continue
        if rule_id in switched_off:
            return _bind_version(sent, feed, version)
        raise DeliveryUnreadable(_other_version(sent, feed, rule_id, version, valid[0]))
    raise problems[0]


@dataclass(frozen=True)
class _Sent:
    """A header as it was sent, and what it is read with."""

    header: Sequence[str]
    row: int
    aliases: Mapping[str, HeaderAlias]
    off: frozenset[str]


def _binds(sent: _Sent, feed: Feed, version: Version) -> bool:
    try:
        _bind_version(replace(sent, off=frozenset()), feed, version)
    except DeliveryUnreadable:
        return False
    return True


def _bind_version(sent: _Sent, feed: Feed, version: Version) -> Binding:
    contract = feed.in_version(version)
    known = known_headers(contract, sent.aliases)
    bound = [(position, text, known.get(normalise_header(text))) for position, text in enumerate(sent.header)]
    positions: dict[str, int] = {}
    for position, _text, name in bound:
        if name is not None:
            positions.setdefault(name, position)
    for column in contract.columns:
        if column.reads in positions:
            positions[column.name] = positions[column.reads]
    missing = [column for column in contract.columns if column.required and column.name not in positions]
    if "STR-004" not in sent.off:
        _refuse_unknown(bound, contract, known, sent.row, missing)
    if "STR-006" not in sent.off:
        _refuse_ambiguous(bound, contract, sent.row)
    if "STR-005" not in sent.off:
        _refuse_missing(missing, sent.row)
    blank = tuple(position for position, text, _name in bound if not normalise_header(text))
    headers = {name: sent.header[position] for name, position in positions.items()}
    agreed = {normalise_header(header): alias for header, alias in sent.aliases.items()}
    own = {name: agreed[key] for name, text in headers.items() if (key := normalise_header(text)) in agreed}
    return Binding(
        positions,
        headers,
        blank,
        {name: alias.unit for name, alias in own.items() if alias.unit},
        {name: alias.decimal_sign for name, alias in own.items() if alias.decimal_sign},
        version,
    )


def _other_version(sent: _Sent, feed: Feed, rule_id: str, found: Version, wanted: Version) -> Fault:
    until = f"till och med {found.valid_to}" if found.valid_to else "tills vidare"
    since = "" if found.valid_from == date.min else f"från {found.valid_from} "
    contract = feed.in_version(wanted)
    headers = ", ".join(
        f"”{(column.headers or (column.label_sv,))[0]}”" + ("" if column.required else " (om den finns)")
        for column in contract.columns
    )
    return Fault(
        rule_id,
        sent.row,
        None,
        None,
        f"Rubrikerna i version {wanted.id} av {feed.title_sv.lower()}; filen följer version {found.id}, som gäller "
        f"{since}{until}.",
        f"Lämna filen med rubrikerna {headers}."
        if rule_id == "STR-023"
        else f"Vänta med den nya uppställningen till {found.valid_from}; lämna filen med rubrikerna {headers}.",
    )


def _refuse_unknown(
    bound: list[tuple[int, str, str | None]],
    feed: Feed,
    known: Mapping[str, str],
    header_row: int,
    missing: Sequence[Column],
) -> None:
    unknown = [text for _position, text, name in bound if name is None and normalise_header(text)]
    if not unknown:
        return
    if len(unknown) == sum(1 for _p, text, _n in bound if normalise_header(text)):
        raise _no_header(feed, header_row)
    taken = {name for _position, _text, name in bound if name is not None}
    said = [_near(text, feed, known, taken, missing) for text in unknown]
    unpaired = [column for column in missing if column.name not in {name for _said, name in said}]
    lacking = f" Dessutom saknas {_wanted(unpaired)}." if unpaired else ""
    raise DeliveryUnreadable(
        Fault(
            "STR-004",
            header_row,
            "; ".join(_shown(text) for text in unknown),
            None,
            f"Rubriker som {feed.title_sv.lower()} känner. "
            + " ".join(text for text, _name in said)
            + lacking,
            "Rätta rubriken, ta bort kolumnen, eller be förvaltaren lägga till rubriken bland "
            "förbundets egna." + (" Lägg till det som saknas." if unpaired else ""),
        )
    )


def _no_header(feed: Feed, header_row: int) -> DeliveryUnreadable:
    """No cell is a header we know: the cells may be anything, a person too, so none is shown."""
    required = ", ".join(f"”{(c.headers or (c.label_sv,))[0]}”" for c in feed.columns if c.required)
    return DeliveryUnreadable(
        Fault(
            "STR-004",
            header_row,
            None,
            None,
            f"En rubrikrad med minst {required}, med ; tabb , eller | mellan kolumnerna. Ingen rubrik "
            "kändes igen.",
            "Lägg till en rubrikrad, eller spara om filen som ”CSV UTF-8” ur Excel.",
        )
    )


def _near(
    text: str, feed: Feed, known: Mapping[str, str], taken: Collection[str], missing: Sequence[Column]
) -> tuple[str, str | None]:
    """What is said of one unknown header, and the missing column it very likely is."""
    if shows_person(text):
        return "En rubrik visas inte, för den ser ut som ett personnummer.", None
    near = difflib.get_close_matches(normalise_header(text), known, n=6, cutoff=0.6)
    lacking = [word for word in near if known[word] in {column.name for column in missing}]
    free = lacking or [word for word in near if known[word] not in taken] or near
    nearest = {known[word]: word for word in reversed(free)}  # one word per column
    words = [_as_declared(word, feed) for word in free if nearest[known[word]] == word][:3]
    if not words:
        return f"”{_shown(text)}” känns inte igen.", None
    said = f"Du skrev ”{_shown(text)}”, menas {' eller '.join(f'”{word}”' for word in words)}?"
    return said, known[lacking[0]] if lacking else None


def _as_declared(normalised: str, feed: Feed) -> str:
    """The header as the contract writes it, for a normalised one."""
    for column in feed.columns:
        for header in (*column.headers, column.label_sv, column.name):
            if normalise_header(header) == normalised:
                return header
    return normalised


def _shown(text: str) -> str:
    return "…" if shows_person(text) else text.strip()[:60]


def _refuse_ambiguous(bound: list[tuple[int, str, str | None]], feed: Feed, header_row: int) -> None:
    counts = Counter(name for _position, _text, name in bound if name is not None)
    doubled = [name for name, count in counts.items() if count > 1]
    if not doubled:
        return
    said = "; ".join(
        f"{' och '.join(f'”{text.strip()}”' for _p, text, n in bound if n == name)} är båda "
        f"{feed.column(name).label_sv.lower()}"
        for name in doubled
    )
    raise DeliveryUnreadable(
        Fault(
            "STR-006",
            header_row,
            "; ".join(doubled),
            None,
            f"Varje uppgift i en enda kolumn: {said}.",
            "Ta bort den ena kolumnen, eller ge den en annan rubrik.",
        )
    )


def _refuse_missing(missing: Sequence[Column], header_row: int) -> None:
    if not missing:
        return
    raise DeliveryUnreadable(
        Fault(
            "STR-005",
            header_row,
            "; ".join(c.name for c in missing),
            None,
            f"Kolumnen {_wanted(missing)} måste finnas; rubrikraden på rad {header_row} saknar den.",
            "Lägg till kolumnen och lämna hela filen igen.",
        )
    )


def _wanted(columns: Sequence[Column]) -> str:
    return "; ".join(
        " eller ".join(f"”{word}”" for word in (column.headers or (column.label_sv,))[:3])
        for column in columns
    )
