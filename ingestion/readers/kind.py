"""What kind of file the first bytes show, whatever its name ends in. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of file that is no delimited text, by name, and what its sender does."""

    name_sv: str
    remedy_sv: str


_AS_CSV = "Öppna filen i Excel, spara den som ”CSV UTF-8 (kommaavgränsad)” och lämna den nya filen."
_FROM_SOURCE = (
    "Exportera uppgifterna ur källan som ”CSV UTF-8”; en utskrift eller bild går inte att läsa exakt."
)
_UNPACK = "Packa upp filen och lämna varje fil i den för sig."
_WORKBOOK = "Packa upp filen och lämna varje fil i den för sig; är den en arbetsbok, döp om den så att den slutar på .xlsx."
_KINDS = (
    (b"PK\x03\x04", Kind("en arbetsbok (.xlsx) eller en packad fil (zip)", _WORKBOOK)),
    (b"PK\x05\x06", Kind("en tom packad fil (zip)", _UNPACK)),
    (
        bytes.fromhex("d0cf11e0a1b11ae1"),
        Kind("en äldre arbetsbok (.xls) eller ett annat Office-dokument", _AS_CSV),
    ),
    (b"\x1f\x8b", Kind("en packad fil (gzip)", _UNPACK)),
    (b"7z\xbc\xaf\x27\x1c", Kind("en packad fil (7z)", _UNPACK)),
    (b"Rar!\x1a\x07", Kind("en packad fil (rar)", _UNPACK)),
    (b"%PDF-", Kind("en PDF", _FROM_SOURCE)),
    (b"\x89PNG\r\n\x1a\n", Kind("en bild (PNG)", _FROM_SOURCE)),
    (b"\xff\xd8\xff", Kind("en bild (JPEG)", _FROM_SOURCE)),
    (b"PAR1", Kind("en Parquet-fil", _FROM_SOURCE)),
    (b"SQLite format 3\0", Kind("en databas (SQLite)", _FROM_SOURCE)),
    (b"{\\rtf", Kind("ett textdokument (RTF)", _FROM_SOURCE)),
    (b"ID;PWXL", Kind("en SYLK-fil", _AS_CSV)),
)
_TEXT_KINDS = (
    (rb"<\?xml", Kind("en XML-fil", _AS_CSV)),
    (rb"<(?:!doctype|!--|html|head|meta|table|body|style|div)\b", Kind("en webbsida (HTML)", _AS_CSV)),
    (rb"MIME-Version:", Kind("en sparad webbsida (MHTML)", _AS_CSV)),
    (rb"[\[{]\s*[\[{\"]", Kind("en JSON-fil", _FROM_SOURCE)),
    (
        rb"#FLAGGA\b",
        Kind("en SIE-fil", "Döp om filen så att den slutar på .se och lägg den i mappen för bokföringen."),
    ),
)
_TEXT = tuple((re.compile(pattern, re.IGNORECASE), kind) for pattern, kind in _TEXT_KINDS)
SAMPLE_BYTES = 512


def other_kind(start: bytes) -> Kind | None:
    """The kind of a file that begins so, or None where it may be delimited text."""
    for mark, kind in _KINDS:
        if start.startswith(mark):
            return kind
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((kind for pattern, kind in _TEXT if pattern.match(text)), None)
