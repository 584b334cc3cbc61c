"""Reads a number as a paper prints it: `- 7 803 654`, `156 275000`, `95 personer`, `ca 42 %`, `sex kvinnor`. Pure.

A print that is no number has a reason and no value; it is never 0 and never repaired.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ingestion.cells import tidy
from ingestion.feed import NOT_A_NUMBER

if TYPE_CHECKING:
    from ingestion.feed import MissingReason

NO_NUMBER: dict[MissingReason, tuple[str, ...]] = {
    "too_few": ("för få svar",),
    "no_outcome": ("utfall saknas",),
    "none_reported": ("inget exempel har redovisats", "inga", "ingen", "inget"),
    "not_stated": ("", *NOT_A_NUMBER["not_stated"]),
    "unknown": (*NOT_A_NUMBER["unknown"], "okänt", "okänd"),
    "not_computable": (*NOT_A_NUMBER["not_computable"], "#division/0!", "#div/0!", "n/a"),
}
"""What papers print where there is no number, and what it means: the words of all feeds, and some of their own."""

_REASONS = {word.casefold(): reason for reason, words in NO_NUMBER.items() for word in words}
_WORDS = "noll en två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton sexton sjutton arton nitton tjugo"
_NUMBER_WORDS = {word: Decimal(at) for at, word in enumerate(_WORDS.split())} | {"ett": Decimal(1)}
_ABOUT = re.compile(
    r"(?:circa|cirka|ca|c:a|ungefär|omkring|drygt|knappt|nästan|närmare|över|minst|högst|max(?:imalt)?)\b\.?\s*",
    re.IGNORECASE,
)
_ABOUT_GLUED = re.compile(r"ca(?=\d)", re.IGNORECASE)
_PERCENT = re.compile(r"(?:%|procent)\s*$|(?:%|\bprocent)(?=\s)", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[ .,'’]\d+)*")
_MOST_DIGITS = 15


@dataclass(frozen=True)
class PrintedNumber:
    """value: null where the print is no number, and then `reason` says why. decimals: how many were printed.

    is_about: the print says itself that it is rounded (ca, drygt). is_percent: it is printed as one.
    """

    value: Decimal | None
    decimals: int = 0
    is_about: bool = False
    is_percent: bool = False
    reason: MissingReason | None = None

    @property
    def half_unit(self) -> Decimal:
        """Half of the last digit that the print vouches for."""
        if self.value is not None and self.is_about:
            digits = f"{abs(self.value):f}".split(".")[0]
            return (
                Decimal(10) ** (len(digits) - len(digits.rstrip("0"))) / 2 if self.value else Decimal("0.5")
            )
        return Decimal(1).scaleb(-self.decimals) / 2


def read_figure(text: str | None) -> PrintedNumber:
    """The number a cell prints, or why there is none."""
    bare = tidy(text or "")
    reason = _REASONS.get(bare.casefold())
    if reason is not None:
        return PrintedNumber(None, reason=reason)
    is_percent = _PERCENT.search(bare) is not None
    about = _ABOUT.match(bare) or _ABOUT_GLUED.match(bare)
    rest = bare[about.end() :] if about else bare
    value, decimals = _number(rest, is_percent)
    if value is None:
        return PrintedNumber(None, reason="unreadable")
    return PrintedNumber(value, decimals, about is not None, is_percent)


def canonical_figure(text: str) -> str:
    """As raw keeps it: `-7803654` or `27.5`; empty where the print is no number."""
    value = read_figure(text).value
    return "" if value is None else f"{value:f}"


def _number(text: str, is_percent: bool) -> tuple[Decimal | None, int]:
    found = list(_NUMBER.finditer(text))
    if not found:
        words = text.casefold().split()
        return (_NUMBER_WORDS.get(words[0]) if words else None), 0
    if len(found) > 1 or _is_damaged(text, found[0]):
        return None, 0
    digits, decimals = _plain(found[0].group(), is_percent)
    if digits is None or len(digits) > _MOST_DIGITS:
        return None, 0
    before, after = text[: found[0].start()].strip(), text[found[0].end() :].strip()
    is_negative = (
        before.endswith("-")
        or after == "-"
        or (before.endswith("(") and after.startswith(")") and not is_percent)
    )
    value = Decimal(digits)
    return (-value if is_negative and value else value), decimals


def _is_damaged(text: str, number: re.Match[str]) -> bool:
    """True where letters run into the digits from the left, or lone signs stand beside them: `O0Okr`, `_0`, `3x30`."""
    before, after = text[: number.start()], text[number.end() :]
    if before and (before[-1].isalpha() or before[-1] in "_[]|§$"):
        return True
    return any(sign in before + after for sign in "[]|_{}\\")


def _plain(digits: str, is_percent: bool) -> tuple[str | None, int]:
    """Digits with a decimal point, and how many decimals; None where groups and decimals cannot be told apart."""
    head, comma, tail = digits.rpartition(",")
    if comma and "," not in head and (len(tail) != 3 or is_percent or " " in head):
        whole = _joined(head)
        return (f"{whole}.{tail}", len(tail)) if whole and tail.isdigit() else (None, 0)
    head, point, tail = digits.rpartition(".")
    if point and not re.search(r"[.,]", head) and tail.isdigit() and (len(tail) != 3 or is_percent):
        whole = _joined(head)
        return (f"{whole}.{tail}", len(tail)) if whole else (None, 0)
    return _joined(digits), 0


def _joined(digits: str) -> str | None:
    """Groups of thousands as one number, also where a printer dropped a space: `11 385000`. Others are two numbers."""
    first, *groups = re.split(r"[ .,'’]", digits)
    if any(not group or len(group) % 3 for group in groups):
        return None
    return "".join((first, *groups)) if not groups or first.lstrip("0") or first == "0" else None
