"""What became of the files of one intake: types and one Swedish line each."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingestion import report

KNOWN = "already_delivered"


@dataclass(frozen=True)
class Outcome:
    """What became of one file. state: a delivery's state, or `already_delivered`, or `ignored`.

    restated_sv: what it changed in the one whose place it took.
    """

    feed_id: str
    association_id: str
    file_name: str
    state: str
    delivery_id: str | None = None
    reason_sv: str = ""
    rows_loaded: int = 0
    rows_quarantined: int = 0
    restated_sv: str = ""

    @property
    def line_sv(self) -> str:
        """One line for a log or a terminal; never a value from the file."""
        what = {KNOWN: "redan levererad", "ignored": "lämnas"}.get(self.state) or report.STATES_SV[self.state]
        rows = f", {self.rows_loaded} rader" if self.rows_loaded else ""
        why = f": {self.reason_sv}" if self.reason_sv else ""
        news = f"; {self.restated_sv}" if self.restated_sv else ""
        return f"{self.association_id}/{self.feed_id}/{self.file_name}: {what}{rows}{why}{news}"


@dataclass
class Intake:
    """All files of one feed in one run."""

    feed_id: str
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def accepted_count(self) -> int:
        """How many deliveries were accepted now (also those a newer one superseded at once)."""
        return sum(outcome.state in {"accepted", "superseded"} for outcome in self.outcomes)

    @property
    def refused_count(self) -> int:
        """How many were refused now."""
        return sum(outcome.state == "rejected" for outcome in self.outcomes)

    @property
    def held_count(self) -> int:
        """How many wait for a person since now."""
        return sum(outcome.state == "held" for outcome in self.outcomes)

    @property
    def lines_sv(self) -> list[str]:
        """A line per file."""
        return [outcome.line_sv for outcome in self.outcomes]
