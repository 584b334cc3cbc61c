"""Readers: bytes of one kind of file to text rows with row numbers. `read` chooses the reader."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ingestion.readers.table import DeliveryUnreadable, Fault, TextTable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ingestion.binding import HeaderAlias
    from ingestion.feed import Feed
    from ingestion.readers.headings import WideHeadings

_SIE_SUFFIXES = (".se", ".si", ".sie")
_START_BYTES = 4096
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_SIE_START = re.compile(
    rb"(?:[^#\n\r]*+[\n\r]++){0,40}+[ \t]*+#[A-Za-z]+"
)  # possessive: blank lines cost nothing
_WEB_PAGE = re.compile(rb"(?i)(?:<!--|<\?xml[^>]*>|\s)*<(?:!doctype\s+html|html|head|body)\b")
_WORKBOOK_STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


def read(
    path: Path,
    feed: Feed,
    extra_aliases: Mapping[str, HeaderAlias] | None = None,
    switched_off: frozenset[str] = frozenset(),
    *,
    unpivoted: bool = True,
) -> TextTable:
    """Open one delivered file; its rows come lazily from `TextTable.blocks`.

    extra_aliases: header as sent -> column, the association's own words. switched_off: rule ids left
    out, for the tests that prove each rule. unpivoted: False leaves a wide table as it was sent. Raises
    DeliveryUnreadable, also while the blocks are drawn.
    """
    content = _content(path) if feed.reader == "sie" else ""
    if content and "STR-021" not in switched_off:
        _refuse_wrong_content(path, content)
    _refuse_wrong_kind(path, feed, switched_off)
    if path.stat().st_size == 0:
        raise DeliveryUnreadable(_empty_file())
    suffix = path.suffix.lower()
    if feed.reader == "sie" and suffix in _SIE_SUFFIXES and content in ("", "sie"):
        from ingestion.readers import sie

        return sie.read_sie(path, feed, switched_off)
    from ingestion.binding import headers_of_all_versions

    headers = headers_of_all_versions(feed, extra_aliases or {})
    if feed.reader == "statistics":
        return _statistics(path, feed, headers, switched_off, unpivoted=unpivoted)
    headings = _headings(feed, extra_aliases or {})
    table = _table(path, feed, headers, switched_off, headings)
    if table.is_wide and unpivoted:
        _unpivot(table, headings, path, switched_off)
    return table


def _table(
    path: Path,
    feed: Feed,
    headers: Mapping[str, str],
    switched_off: frozenset[str],
    headings: WideHeadings | None = None,
) -> TextTable:
    if path.suffix.lower() in (".xlsx", ".xls"):
        from ingestion.readers import workbook

        return workbook.read_workbook(path, feed, headers, switched_off, headings)
    from ingestion.readers import delimited

    return delimited.read_delimited(path, feed, frozenset(headers), switched_off, headings)


def _statistics(
    path: Path, feed: Feed, headers: Mapping[str, str], switched_off: frozenset[str], *, unpivoted: bool
) -> TextTable:
    """A table as a statistics office exports it, turned into a row per value."""
    from ingestion.readers import statistics

    if path.suffix.lower() == ".json":
        from ingestion.readers import jsonstat

        table = jsonstat.read_jsonstat(path)
    else:
        table = _table(path, feed, headers, switched_off)
    return statistics.as_rows(table, headers, path, unpivoted=unpivoted)


def _unpivot(
    table: TextTable, headings: WideHeadings | None, path: Path, switched_off: frozenset[str]
) -> None:
    from ingestion.readers import parties, wide
    from ingestion.readers.headings import Headings

    if isinstance(headings, Headings):
        wide.unpivot(table, headings, path, switched_off)
    elif isinstance(headings, parties.PartyHeadings):
        parties.unpivot(table, headings)


def _headings(feed: Feed, aliases: Mapping[str, HeaderAlias]) -> WideHeadings | None:
    """What headings of wide tables mean in this feed; None where the contract has no such tables."""
    if feed.wide is None:
        return None
    if feed.wide.across:
        from ingestion.readers.parties import PartyHeadings

        return PartyHeadings(feed, feed.wide, aliases)
    from ingestion.readers.headings import Headings

    return Headings(feed, feed.wide, aliases)


def _content(path: Path) -> str:
    """What a ledger's first bytes show it to be: `sie`, `xml`, `html`, `workbook`, `pdf`, `text`; empty where nothing shows."""
    with path.open("rb") as file:
        start = file.read(_START_BYTES)
    if start.startswith(_WORKBOOK_STARTS):
        return "workbook"
    if start.startswith(b"%PDF"):
        return "pdf"
    for mark in _MARKS:
        start = start.removeprefix(mark)
    bare = start.replace(b"\0", b"").lstrip()
    if bare.startswith(b"<"):
        return "html" if _WEB_PAGE.match(bare) else "xml"
    if _SIE_START.match(bare):
        return "sie"
    return "text" if bare and b"\0" not in start else ""


def _refuse_wrong_content(path: Path, content: str) -> None:
    """A ledger's suffix says SIE or a table, and its content is something else: named, never guessed. STR-021."""
    is_sie = path.suffix.lower() in _SIE_SUFFIXES
    sie_4 = "Exportera ”SIE 4” (filändelse .se) ur bokföringsprogrammet i stället."
    wrong = {
        "xml": (
            "SIE 4, eller huvudboken som text eller arbetsbok. Filen är XML, som SIE 5 är; det läses inte.",
            sie_4,
        ),
        "html": (
            "SIE 4, eller huvudboken som text eller arbetsbok. Filen är en webbsida, kanske ett felmeddelande i "
            "stället för filen.",
            "Hämta filen på nytt, eller exportera den ur bokföringsprogrammet.",
        ),
        "pdf": ("SIE 4, eller huvudboken som text eller arbetsbok. Filen är en PDF; det läses inte.", sie_4),
    }
    if is_sie:
        wrong["workbook"] = ("En SIE-fil; filen är en arbetsbok fast den heter .se, .si eller .sie.", sie_4)
        wrong["text"] = (
            "En SIE-fil, där raderna börjar med #; filen är en annan text, till exempel CSV.",
            f"{sie_4} Är filen en huvudbok som text, döp om den till .csv.",
        )
    elif path.suffix.lower() in (".csv", ".txt"):
        wrong["sie"] = (
            "En tabell med rubrikrad; filen är en SIE-fil fast den heter " + path.suffix + ".",
            "Döp om filen så att namnet slutar på .se, och lämna den igen.",
        )
    if content in wrong:
        raise DeliveryUnreadable(Fault("STR-021", None, None, None, *wrong[content]))


def _refuse_wrong_kind(path: Path, feed: Feed, switched_off: frozenset[str]) -> None:
    if "STR-009" in switched_off:
        return
    _refuse_packed(path)
    if path.suffix.lower() in feed.suffixes:
        return
    kinds = ", ".join(feed.suffixes)
    raise DeliveryUnreadable(
        Fault(
            "STR-009",
            None,
            None,
            path.suffix or None,
            f"Filer av slaget {kinds} för {feed.title_sv.lower()}.",
            "Exportera eller spara filen i något av de slagen och lämna den igen.",
        )
    )


def _refuse_packed(path: Path) -> None:
    """A packed file is never unpacked here: what is in it may be two files, or more than any disk holds."""
    suffix = path.suffix.lower()
    if suffix not in _PACKED_SUFFIXES:
        return
    raise DeliveryUnreadable(
        Fault(
            "STR-009",
            None,
            None,
            suffix or None,
            "En fil som den är; den här är packad (zip, gzip eller liknande), och packade filer öppnas aldrig här.",
            "Packa upp filen och lämna varje fil i den för sig.",
        )
    )


_PACKED_SUFFIXES = frozenset((".zip", ".gz", ".tgz", ".7z", ".rar", ".bz2", ".xz", ".zst", ".tar", ".cab"))


def _empty_file() -> Fault:
    return Fault(
        "STR-001",
        None,
        None,
        None,
        "En fil med innehåll; filen är tom (0 byte).",
        "Exportera filen på nytt, se efter att den har innehåll och lämna den igen.",
    )
