"""A rule is a card; what was measured of it; what the gate found. Types only.

Four kinds of delivery rules, by what they need to see: reading rules (counted from a reader's faults), row
rules (one row at a time, before it is loaded), gate rules over the whole delivery, and gate rules over its
account.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa

    from expectations.measures import Rows
    from ingestion.feed import Feed
    from ingestion.manifest import Claim
    from ingestion.readers.table import ControlTotal, Fault, TextTable

Severity = Literal["invariant", "hold", "finding"]
Status = Literal["passed", "failed", "error", "not_applicable"]
MOST_FAULTS_KEPT = 1000
"""Faults stored per rule and delivery; the count beside them is always exact."""


@dataclass(frozen=True)
class Rule:
    """A rule's card. id is permanent (`FEE-004`).

    severity: an invariant blocks; what breaks a hold waits for a person, who may approve it; a finding is published
    with a banner. scope: judged per delivery or per build.
    sets_aside: where a contract quarantines bad rows, breaking this rule costs the row, not the delivery.
    """

    id: str
    meaning_sv: str
    why_sv: str
    remedy_sv: str
    severity: Severity = "invariant"
    scope: Literal["delivery", "build"] = "delivery"
    owner_sv: str = "Den som lämnar filen"
    feed: str = "*"
    sets_aside: bool = False

    def severity_for(self, feed: Feed) -> Severity:
        """The severity in a delivery of this feed: a rule that sets rows aside no longer blocks the delivery."""
        if self.sets_aside and feed.on_bad_row == "quarantine":
            return "finding"
        return self.severity


@dataclass(frozen=True)
class Measured:
    """How a rule came out before judgement: how many things it looked at, how many broke it, and which (some)."""

    examined: int
    failed: int
    faults: Sequence[Fault] = ()


@dataclass(frozen=True)
class History:
    """The delivery that stands for the same identity, or failing that the nearest period's of the same scope.

    sums: turnover per amount column, that is the sum without signs, canonical. is_same_period: True where the new
    delivery would replace it.
    """

    delivery_id: str
    period: str
    rows_loaded: int
    completeness: str
    sums: Mapping[str, str] = field(default_factory=dict)
    is_same_period: bool = False


@dataclass(frozen=True)
class DeliveryFacts:
    """Everything the gate knows of one delivery. rows_loaded is what the warehouse counted, not what was sent.

    sums: the delivery's turnover per amount column, canonical. history: None where none is known, as in `finsam check`:
    rules that need it are then not applicable. claims: what the manifest says, held against the file; None without
    one. is_zero: a signed manifest says that there is nothing to deliver.
    """

    delivery_id: str
    association_id: str
    feed: Feed
    rows_read: int
    rows_loaded: int
    rows_quarantined: int
    rows_non_data: int
    control_totals: tuple[ControlTotal, ...] = ()
    is_readable: bool = True
    completeness: str = "unproven"
    is_zero: bool = False
    sums: Mapping[str, str] = field(default_factory=dict)
    history: History | None = None
    claims: tuple[Claim, ...] | None = None
    measured: Mapping[str, Measured] = field(default_factory=dict)

    @property
    def data_rows(self) -> int:
        """Rows that hold data, set aside or not."""
        return self.rows_read - self.rows_non_data


class Measure(Protocol):
    """Looks set-wise at one delivery while its canonical blocks stream to the warehouse."""

    def add(self, rows: Rows) -> None:
        """See one block of good rows, in the file's order."""

    def result(self, facts: DeliveryFacts) -> Measured:
        """What came out, once all blocks were seen."""


class OfAccount:
    """A measure of the delivery's account alone; it needs no row."""

    def __init__(self, measured: Callable[[DeliveryFacts], Measured]) -> None:
        self._measured = measured

    def add(self, rows: Rows) -> None:
        """Rows do not matter here."""

    def result(self, facts: DeliveryFacts) -> Measured:
        """The function's answer."""
        return self._measured(facts)


def none_allowed(_facts: DeliveryFacts) -> int:
    """The usual ceiling: not one failure."""
    return 0


@dataclass(frozen=True)
class GateRule:
    """A rule over a whole delivery. measure: made anew for each delivery; failed may reach the ceiling.

    needs_every_row: its sums mean nothing once a row was refused for its own fault, so it is not judged then.
    Where its card says sets_aside, the measure has `copies`: the rows to set aside, known once all rows were seen.
    proves_completeness: a file that it looked at and found no fault in has lost nothing.
    """

    rule: Rule
    measure: Callable[[TextTable], Measure]
    ceiling: Callable[[DeliveryFacts], int] = none_allowed
    needs_every_row: bool = False
    proves_completeness: bool = False


@dataclass(frozen=True)
class RowRule:
    """A rule over single rows, judged before they are loaded.

    examines: columns that must have a value for the rule to look at the row. bad: a boolean mask over the
    rows.
    column: where the fault is shown.
    """

    rule: Rule
    column: str
    examines: tuple[str, ...]
    bad: Callable[[Rows, TextTable], pa.Array]
    expected_sv: str


@dataclass(frozen=True)
class Evidence:
    """What the gate found of one rule in one delivery. detail: why, in a few words; never a value from the file."""

    rule_id: str
    association_id: str
    subject: str
    status: Status
    examined: int
    failed: int
    severity: Severity
    detail: str = ""
