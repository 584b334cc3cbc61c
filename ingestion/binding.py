"""Binds the headers of a file to the columns of a contract, or refuses with near matches. Pure."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingestion.privacy import shows_person
from ingestion.readers.table import DeliveryUnreadable, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ingestion.feed import Feed

_WHITE_SPACE = re.compile(r"\s+")
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")


@dataclass(frozen=True)
class HeaderAlias:
    """An association's own word for a column. unit: what amounts under it are sent in, where that is agreed."""

    column: str
    unit: str | None = None


@dataclass(frozen=True)
class Binding:
    """Where each contract column stands in the file.

    positions: column name -> header position, for the columns that are there. headers: the sender's own
    words.
    blank_positions: columns without a header; they must be empty all the way down.
    units: column name -> the unit agreed for the association's own header of it.
    """

    positions: Mapping[str, int]
    headers: Mapping[str, str]
    blank_positions: tuple[int, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)


def normalise_header(text: str) -> str:
    """A header as it is compared: NFC, case folded, white space folded, without invisible marks and trailing `*` and `:`."""
    folded = _WHITE_SPACE.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFC", text))).strip()
    return unicodedata.normalize("NFC", folded.rstrip("*: ").casefold())


def known_headers(feed: Feed, extra_aliases: Mapping[str, HeaderAlias]) -> dict[str, str]:
    """Every header this feed understands, normalised -> column name. The association's own words win."""
    known: dict[str, str] = {}
    for column in feed.columns:
        for header in (column.name, column.label_sv, *column.headers):
            known.setdefault(normalise_header(header), column.name)
    names = feed.column_names
    own = {header: alias.column for header, alias in extra_aliases.items() if alias.column in names}
    known.update({normalise_header(header): name for header, name in own.items()})
    return known


def bind(
    header: Sequence[str],
    feed: Feed,
    extra_aliases: Mapping[str, HeaderAlias],
    header_row: int = 1,
    switched_off: frozenset[str] = frozenset(),
) -> Binding:
    """Bind a header to the contract.

    Raises DeliveryUnreadable: STR-004 unknown header, STR-005 required column missing, STR-006 two headers
    for one column. One call names all headers at fault, so that the sender puts them right in one go.
    """
    known = known_headers(feed, extra_aliases)
    bound = [(position, text, known.get(normalise_header(text))) for position, text in enumerate(header)]
    if "STR-004" not in switched_off:
        _refuse_unknown(bound, feed, known, header_row)
    if "STR-006" not in switched_off:
        _refuse_ambiguous(bound, feed, header_row)
    positions: dict[str, int] = {}
    for position, _text, name in bound:
        if name is not None:
            positions.setdefault(name, position)
    if "STR-005" not in switched_off:
        _refuse_missing(positions, feed, header_row, header)
    blank = tuple(position for position, text, _name in bound if not normalise_header(text))
    headers = {name: header[position] for name, position in positions.items()}
    return Binding(positions, headers, blank, _agreed_units(headers, extra_aliases))


def _agreed_units(headers: Mapping[str, str], extra_aliases: Mapping[str, HeaderAlias]) -> dict[str, str]:
    agreed = {normalise_header(header): alias.unit for header, alias in extra_aliases.items()}
    units = {name: agreed.get(normalise_header(header)) for name, header in headers.items()}
    return {name: unit for name, unit in units.items() if unit is not None}


def _refuse_unknown(
    bound: list[tuple[int, str, str | None]], feed: Feed, known: Mapping[str, str], header_row: int
) -> None:
    unknown = [text for _position, text, name in bound if name is None and normalise_header(text)]
    if not unknown:
        return
    if len(unknown) == sum(1 for _p, text, _n in bound if normalise_header(text)):
        raise _no_header(feed, header_row)
    raise DeliveryUnreadable(
        Fault(
            "STR-004",
            header_row,
            "; ".join(_shown(text) for text in unknown),
            None,
            f"Rubriker som {feed.title_sv.lower()} känner. Okänd: "
            + "; ".join(_near(text, feed, known) for text in unknown)
            + ".",
            "Rätta rubriken, ta bort kolumnen, eller be förvaltaren lägga till rubriken bland "
            "förbundets egna.",
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


def _near(text: str, feed: Feed, known: Mapping[str, str]) -> str:
    if shows_person(text):
        return "en rubrik som inte visas (ser ut som ett personnummer)"
    near = difflib.get_close_matches(normalise_header(text), list(known), n=3, cutoff=0.6)
    words = dict.fromkeys(_as_declared(word, feed) for word in near)
    return f"”{_shown(text)}”" + (f" (menas {' eller '.join(f'”{w}”' for w in words)}?)" if words else "")


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


def _refuse_missing(positions: Mapping[str, int], feed: Feed, header_row: int, header: Sequence[str]) -> None:
    missing = [column for column in feed.columns if column.required and column.name not in positions]
    if not missing:
        return
    wanted = "; ".join(
        " eller ".join(f"”{word}”" for word in (column.headers or (column.label_sv,))[:3])
        for column in missing
    )
    raise DeliveryUnreadable(
        Fault(
            "STR-005",
            header_row,
            "; ".join(c.name for c in missing),
            None,
            f"Kolumnen {wanted} måste finnas; rubrikraden på rad {header_row} saknar den.",
            "Lägg till kolumnen och lämna hela filen igen.",
        )
    )
