"""The one clock that decides anything: which day it is where the associations are."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

SWEDEN = ZoneInfo("Europe/Stockholm")


def today() -> date:
    """Today in Sweden: the business date of a run that was given none."""
    return datetime.now(SWEDEN).date()
