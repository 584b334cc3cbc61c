"""Every feed the project knows. A new one is a new module here that holds FEED or FEEDS; nothing is edited."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingestion.feed import Feed


@cache
def all_feeds() -> dict[str, Feed]:
    """All declared feeds by id, in the order of their ids. Raises ValueError on a doubled id."""
    found: dict[str, Feed] = {}
    for module_info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        for feed in (*getattr(module, "FEEDS", ()), *([module.FEED] if hasattr(module, "FEED") else [])):
            if feed.id in found:
                raise ValueError(f"feed {feed.id} is declared twice")
            found[feed.id] = feed
    return dict(sorted(found.items()))


def member_feeds() -> dict[str, Feed]:
    """Feeds that associations deliver."""
    return {name: feed for name, feed in all_feeds().items() if feed.kind == "member"}


def reference_feeds() -> dict[str, Feed]:
    """Reference datasets that people own."""
    return {name: feed for name, feed in all_feeds().items() if feed.kind == "reference"}
