"""Feeds whose bad rows are set aside: how many may be, and the measure of how many are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rule import Measured, OfAccount
from ingestion.readers.table import Fault

if TYPE_CHECKING:
    from expectations.rule import DeliveryFacts


def quarantine_ceiling(facts: DeliveryFacts) -> int:
    """How many rows of a delivery its contract lets be set aside."""
    return int(facts.feed.quarantine_ceiling * facts.data_rows)


def rows_set_aside(remedy_sv: str) -> OfAccount:
    """Measures the rows set aside, of all the delivery's rows; one fault where they are more than the contract allows."""
    return OfAccount(lambda facts: _measured(facts, remedy_sv))


def _measured(facts: DeliveryFacts, remedy_sv: str) -> Measured:
    if not facts.data_rows or not facts.is_readable:
        return Measured(0, 0)
    share = f"{100 * facts.feed.quarantine_ceiling:.0f} %"
    said = f"Högst {share} av raderna undanlagda; {facts.rows_quarantined} av {facts.data_rows} är det."
    is_over = facts.rows_quarantined > quarantine_ceiling(facts)
    faults = [Fault("", None, None, None, said, remedy_sv)] if is_over else []
    return Measured(facts.data_rows, facts.rows_quarantined, faults)
