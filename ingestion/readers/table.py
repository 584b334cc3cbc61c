"""What a reader hands on: a file as text, and the faults it found. Types only, no reading.

Rows are numbered as the sender sees them: the line of a text file, the row of a sheet, the line of a SIE
file.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    import pyarrow as pa

NonData = Literal[
    "blank", "title", "header", "total", "footer", "structure", "other_year", "supplement", "unknown"
]
"""Why a row of the file is not a data row. footer: a printed page's (`Sida 2 av 3`). supplement: SIE's #RTRANS and
#BTRANS."""

ROWS_PER_BLOCK = 20_000
"""Rows gathered in one block by the readers that go row by row; keeps memory flat whatever the file's
size."""

CELLS_PER_BLOCK = 2_000_000
"""And no more than these, where the rows are wide."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, in words for whoever must put it right.

    value is None where it would show a person. blocking: True refuses the delivery where the contract
    rejects; where the contract sets rows aside, a fault with a row number costs that row only, unless
    `whole_delivery`.
    """

    rule_id: str
    row_number: int | None
    column: str | None
    value: str | None
    expected_sv: str
    remedy_sv: str
    blocking: bool = True
    whole_delivery: bool = False


class DeliveryUnreadable(Exception):
    """Nothing of the file can be trusted: structure, not values. Carries the one fault that says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.rule_id}: {fault.expected_sv} {fault.remedy_sv}")
        self.fault = fault


@dataclass(frozen=True)
class TotalRow:
    """A row in which the sender sums up: never data. cells are as sent, by header position."""

    row_number: int
    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class ControlTotal:
    """A total row's amount in the contract's control column, canonical (`6132000.00`)."""

    column: str
    value: str
    row_number: int
    label: str


@dataclass(frozen=True)
class ClosingBalance:
    """SIE's own figure of an account (#IB, #UB or #RES), canonical amount."""

    account_code: str
    amount_sek: str
    row_number: int
    label: str


@dataclass(frozen=True)
class PeriodSum:
    """An account's periods (#PSALDO) summed, beside its year's change by #IB and #UB or #RES; canonical amounts."""

    account_code: str
    amount_sek: str
    year_sek: str
    row_number: int


@dataclass(frozen=True)
class LedgerFacts:
    """What a SIE file says of itself. Dates are ISO text; accounts are code -> name.

    content: a year with its vouchers, vouchers alone (4I), or balances alone (types 1-3). opening: #IB of the year;
    last_closing: #UB of the year before. periods: of types 2 and 3. flag: #FLAGGA, 1 once a program has read it in.
    vouchers_without_rows: series and number of those met so far; it grows as blocks are drawn.
    """

    start_date: str
    end_date: str
    accounts: Mapping[str, str]
    closing: tuple[ClosingBalance, ...]
    has_checksum: bool
    content: Literal["vouchers", "import", "balances"] = "vouchers"
    opening: tuple[ClosingBalance, ...] = ()
    last_closing: tuple[ClosingBalance, ...] = ()
    periods: tuple[PeriodSum, ...] = ()
    flag: str = ""
    vouchers_without_rows: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class TextBlock:
    """Some data rows: text columns named by header position ("0", "1", …) and `_row_number` (int32).

    is_clean: one scan of the bytes showed every cell to be canonical text already (nothing to trim or fold).
    may_hold_person: the same scan saw digits that could be a personal number somewhere in the block.
    """

    table: pa.Table
    is_clean: bool = False
    may_hold_person: bool = True


@dataclass
class TextTable:
    """One file as text. The counts, totals and faults are complete only when `blocks` is exhausted.

    header: as sent; header_row: its row in the file. notes: encoding, separator, sheet, hidden rows, for the
    delivery's record. organisation_number, made_at, period, scope: what the file itself declares. date_system: how a
    workbook counts days; a bare serial number is a date only there.
    total_rows become control_totals once the header is bound; both grow as blocks are drawn.
    open_total: the total row that ends a file without a line end; it must hold, or the file may be cut.
    faults: rows the reader could not split into cells, the first thousand; all are `rows_broken`, in no block.
    fault_counts: the exact count of them by rule. date_system: of a workbook; in other files a bare number is no date.
    """

    header: tuple[str, ...]
    header_row: int
    blocks: Iterator[TextBlock] = field(default_factory=lambda: iter(()))
    notes: dict[str, Any] = field(default_factory=dict)
    sheet_names: tuple[str, ...] = ()
    organisation_number: str | None = None
    organisation_row: int | None = None
    made_at: date | None = None
    period: str | None = None
    date_system: Literal["1900", "1904"] | None = None
    scope: str | None = None
    ledger: LedgerFacts | None = None
    total_rows: list[TotalRow] = field(default_factory=list)
    control_column: str | None = None
    control_totals: list[ControlTotal] = field(default_factory=list)
    open_total: int | None = None
    faults: list[Fault] = field(default_factory=list)
    fault_counts: Counter[str] = field(default_factory=Counter)
    rows_broken: int = 0
    rows_yielded: int = 0
    non_data: Counter[NonData] = field(default_factory=Counter)

    @property
    def rows_read(self) -> int:
        """Every row of the file: data rows, rows that could not be split, and non-data rows."""
        return self.rows_yielded + self.rows_broken + self.non_data.total()
