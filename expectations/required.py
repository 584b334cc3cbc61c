"""What must have left evidence before anything is published, pinned in `required.csv`.

The pin is not read from the tests themselves: a test that is removed from one mart, or asks for less than before, is missed
by name until somebody changes the pin (`make docs`) and a reviewer sees the line go.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterable

    from expectations.rule import Severity

FILE = Path(__file__).resolve().parent / "required.csv"
ANY_PART = "*"


@dataclass(frozen=True, order=True)
class Required:
    """One piece of evidence that is asked for.

    part: the mart, its column, or the test; `*` where any part will do. digest: what exactly is asked, empty where that
    is not pinned. must_examine: looking at nothing stops, even where there is nothing.
    """

    rule_id: str
    part: str
    severity: Severity
    must_examine: bool = False
    digest: str = ""


def read(file: Path | None = None) -> list[Required]:
    """The pinned evidence. Raises ValueError on a line that stands twice."""
    with (file or FILE).open(encoding="utf-8", newline="") as pinned:
        found = [
            Required(
                rule_id=row["rule_id"],
                part=row["part"],
                severity=cast("Severity", row["severity"]),
                must_examine=row["must_examine"] == "true",
                digest=row["digest"],
            )
            for row in csv.DictReader(pinned)
        ]
    if len({(one.rule_id, one.part) for one in found}) < len(found):
        raise ValueError("required.csv names the same rule and part twice")
    return found


def as_text(required: Iterable[Required]) -> str:
    """The file's content: one line per rule and part, sorted."""
    lines = [",".join(field.name for field in fields(Required))]
    for one in sorted(required):
        lines.append(
            ",".join(str(value).lower() if isinstance(value, bool) else value for value in astuple(one))
        )
    return "\n".join(lines) + "\n"


def digest(*asked: str) -> str:
    """Twelve hex digits of what is asked; space and line breaks do not count."""
    words = "\n".join(" ".join(part.split()) for part in asked)
    return hashlib.sha256(words.encode()).hexdigest()[:12]
