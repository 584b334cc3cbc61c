"""The suites: every rule a delivery is judged by. A feed's own suite is the module with its id; nothing is
edited."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from expectations.rule import GateRule, RowRule, Rule


_SHARED = ("every_delivery", "history", "reading")
"""Modules whose rules every feed's suite holds already."""


@dataclass(frozen=True)
class Suite:
    """The rules of one feed: cards of reading rules, rules over rows, rules over the whole delivery."""

    reading: tuple[Rule, ...]
    row_rules: tuple[RowRule, ...]
    gate_rules: tuple[GateRule, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every card, in the order they are judged."""
        return (*self.reading, *(r.rule for r in self.row_rules), *(r.rule for r in self.gate_rules))


@cache
def suite_for(feed_id: str) -> Suite:
    """The suite of a feed: what holds for every delivery, and the feed's own module if it has one."""
    from expectations.suites import every_delivery, history, manifest, reading

    name = f"{__name__}.{feed_id}"
    own = importlib.import_module(name) if importlib.util.find_spec(name) else None
    return Suite(
        reading=reading.RULES,
        row_rules=tuple(getattr(own, "ROW_RULES", ())),
        gate_rules=(*every_delivery.RULES, *manifest.RULES, *history.RULES, *getattr(own, "RULES", ())),
    )


@cache
def all_rules() -> dict[str, Rule]:
    """Every delivery rule's card by id. Raises ValueError on a doubled id."""
    found: dict[str, Rule] = {}
    for module_info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        for rule in suite_for(module_info.name).rules if module_info.name not in _SHARED else ():
            if found.setdefault(rule.id, rule) is not rule:
                raise ValueError(f"rule {rule.id} is declared twice")
    return dict(sorted(found.items()))
