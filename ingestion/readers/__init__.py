"""Readers: bytes of one kind of file to text rows with row numbers. `read` chooses the reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.readers.table import DeliveryUnreadable, Fault, TextTable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ingestion.binding import HeaderAlias
    from ingestion.feed import Feed


def read(
    path: Path,
    feed: Feed,
    extra_aliases: Mapping[str, HeaderAlias] | None = None,
    switched_off: frozenset[str] = frozenset(),
) -> TextTable:
    """Open one delivered file; its rows come lazily from `TextTable.blocks`.

    extra_aliases: header as sent -> column, the association's own words. switched_off: rule ids left
    out, for the tests that prove each rule. Raises DeliveryUnreadable, also while the blocks are drawn.
    """
    _refuse_wrong_kind(path, feed, switched_off)
    if path.stat().st_size == 0:
        raise DeliveryUnreadable(_empty_file())
    if feed.reader == "sie":
        from ingestion.readers import sie

        return sie.read_sie(path, feed, switched_off)
    from ingestion.binding import headers_of_all_versions

    headers = headers_of_all_versions(feed, extra_aliases or {})
    if path.suffix.lower() == ".xlsx":
        from ingestion.readers import workbook

        return workbook.read_workbook(path, feed, headers, switched_off)
    from ingestion.readers import delimited

    return delimited.read_delimited(path, feed, headers, switched_off)


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
    with path.open("rb") as file:
        start = file.read(8)
    is_packed = any(start.startswith(sign) for sign in _PACKED_SIGNS)
    if suffix not in _PACKED_SUFFIXES and not (is_packed and suffix not in _PACKED_BY_NATURE):
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
_PACKED_BY_NATURE = frozenset((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"))
_PACKED_SIGNS = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
)


def _empty_file() -> Fault:
    return Fault(
        "STR-001",
        None,
        None,
        None,
        "En fil med innehåll; filen är tom (0 byte).",
        "Exportera filen på nytt, se efter att den har innehåll och lämna den igen.",
    )
