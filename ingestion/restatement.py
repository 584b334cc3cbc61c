"""What changes when one delivery takes another's place, in words: rows and amounts, before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from expectations.money import as_ore, in_kronor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingestion.feed import Feed


def said_sv(restates: Mapping[str, Any], feed: Feed) -> str:
    """`ersätter avgifter.csv: 8 → 9 rader, Belopp i kronor 6 132 000,00 → 6 232 000,00 (summor utan tecken)`.

    restates: as `ops.delivery.restates` holds it. A delivery from before amounts were kept has rows only.
    """
    before, after = restates["rows"]
    parts = [f"{before} → {after} rader" if before != after else f"{after} rader som förut"]
    amounts = [
        f"{feed.column(name).label_sv} {in_kronor(as_ore(old))} → {in_kronor(as_ore(new))}"
        for name, (old, new) in sorted(restates["sums"].items())
        if name in feed.column_names and old is not None and new is not None and old != new
    ]
    if amounts:
        parts += [*amounts[:-1], f"{amounts[-1]} (summor utan tecken)"]
    elif restates["sums"]:
        parts.append("samma belopp")
    return f"ersätter {restates['file_name']}: {', '.join(parts)}"
