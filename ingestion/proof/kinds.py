"""The likely kind of an error, from the printed number, the expected one and what stands near them. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_WRONG_DIGITS = 2
_FEWEST_DIGITS = 3
_TELLING = 1000


def kind_of(
    printed: Decimal,
    expected: Decimal,
    tolerance: Decimal = Decimal(0),
    parts: Sequence[Decimal] = (),
    neighbours: Iterable[Decimal] = (),
) -> str:
    """The likely kind of error of a printed number that should have been another.

    parts: what a sum is made of, signed as summed. neighbours: the same line's values of other years and columns.
    """
    near = max(tolerance, Decimal("0.5"))
    missing = expected - printed
    found = (
        _whole_kind(printed, expected, near)
        or _part_kind(missing, parts, near)
        or ("off_by_one" if abs(missing) == 1 else None)
        or ("earlier_year" if printed and any(abs(printed - other) <= near for other in neighbours) else None)
        or _digits_kind(printed, expected)
    )
    return found or next((kind for part in parts if (kind := _wrong_part(part, missing))), "unexplained")


def _whole_kind(printed: Decimal, expected: Decimal, near: Decimal) -> str | None:
    """What happened to the whole number: its sign, its unit."""
    if printed and abs(printed + expected) <= near:
        return "missing_minus"
    return "unit" if _is_other_unit(printed, expected) else None


def _wrong_part(part: Decimal, missing: Decimal) -> str | None:
    """What happened to the digits of a part that should have made the difference; small numbers are too alike to say."""
    return _digits_kind(part, part - missing) if abs(part) >= _TELLING else None


def _part_kind(missing: Decimal, parts: Sequence[Decimal], near: Decimal) -> str | None:
    """What one of several parts explains: its sign is wrong, it is not in the sum, or it is there twice."""
    if abs(missing) <= 1 or len([part for part in parts if part]) < 2:
        return None
    for kind, factor in (("missing_minus", 2), ("stale_sum", 1), ("counted_twice", -1)):
        if any(part and abs(factor * part - missing) <= near for part in parts):
            return kind
    return None


def _is_other_unit(printed: Decimal, expected: Decimal) -> bool:
    if not printed or not expected:
        return False
    ratio = abs(printed / expected)
    return any(abs(ratio / factor - 1) < Decimal("0.001") for factor in (
        Decimal(1000), Decimal("0.001"), Decimal(1_000_000), Decimal("0.000001")
    ))  # fmt: skip


def _digits_kind(printed: Decimal, expected: Decimal) -> str | None:
    """What happened to the digits, where the sign is right and most of them are."""
    if (printed < 0) != (expected < 0) or printed == expected:
        return None
    one, other = (
        f"{abs(value):.0f}" if value == value.to_integral_value() else "" for value in (printed, expected)
    )
    if min(len(one), len(other)) < _FEWEST_DIGITS:
        return None
    if len(one) == len(other):
        return _same_length(one, other)
    if len(one) == len(other) + 1 and _without_one(one, other):
        return "stray_digit"
    return "missing_digit" if len(other) == len(one) + 1 and _without_one(other, one) else None


def _same_length(one: str, other: str) -> str | None:
    wrong = [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if sorted(one) == sorted(other) and len(wrong) == MOST_WRONG_DIGITS and wrong[1] - wrong[0] == 1:
        return "transposed_digits"
    few = len(wrong) <= (MOST_WRONG_DIGITS if len(one) > 2 * MOST_WRONG_DIGITS else 1)
    return "mistyped_digits" if few else None


def _without_one(longer: str, shorter: str) -> bool:
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))
