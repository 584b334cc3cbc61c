"""Writing SIE 4E, edition 4B: records to bytes in code page 437, with the specification's control sum."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

Field = str | Sequence[str]
"""A field, or the objects of a #TRANS (written in braces)."""

Record = tuple[str, *tuple[Field, ...]]
"""A label and its fields. `{` and `}` alone are the braces around a voucher's lines."""

ENCODING = "cp437"


def sie_bytes(records: Sequence[Record]) -> bytes:
    """The whole file: #FLAGGA, an empty #KSUMMA, the records, the #KSUMMA with its value."""
    lines = [
        "#FLAGGA 0",
        "#KSUMMA",
        *(_line(record) for record in records),
        f"#KSUMMA {control_sum(records)}",
    ]
    return "".join(line + "\r\n" for line in lines).encode(ENCODING)


def control_sum(records: Sequence[Record]) -> int:
    """CRC-32 over labels and field bytes, without separators, quotes, braces and line ends."""
    crc = 0
    for label, *fields in records:
        if label in ("{", "}"):
            continue
        crc = zlib.crc32(label.encode(ENCODING), crc)
        for field in fields:
            for text in [field] if isinstance(field, str) else field:
                crc = zlib.crc32(text.encode(ENCODING), crc)
    return crc


def _line(record: Record) -> str:
    label, *fields = record
    return " ".join([label, *(_written(field) for field in fields)])


def _written(field: Field) -> str:
    if not isinstance(field, str):
        return "{" + " ".join(_written(part) for part in field) + "}"
    if field and not any(character in field for character in ' "\t{}'):
        return field
    return '"' + field.replace('"', '\\"') + '"'
