"""Types 1-3: balances without vouchers as ledger rows, so that every account ends where the file says it ends.

Type 1 gives the year's change of each account (UB - IB, or RES). Types 2 and 3 give its changes per period where
those sum to the year's change; where they do not, or are not there, the year's change goes in their place. Rows of
single objects are parts of the account's total and never added.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ingestion.readers.sie.records import broken
from ingestion.readers.table import PeriodSum

if TYPE_CHECKING:
    from collections.abc import Collection

    from ingestion.readers.sie.declared import Declared, PeriodBalance

_ZERO = Decimal("0.00")
_WITH_PERIODS = ("2", "3")


@dataclass(frozen=True)
class Change:
    """One row to be loaded in place of a line of the file."""

    entry_kind: str
    account: str
    amount_sek: str
    period: str = ""


def changes(declared: Declared) -> tuple[dict[int, Change], tuple[PeriodSum, ...]]:
    """The changes by the line they stand on, and each account's periods against its year, for the gate.

    Raises DeliveryUnreadable where a balance contradicts another (STR-014).
    """
    rows: dict[int, Change] = {}
    sums: list[PeriodSum] = []
    has_periods = declared.has_period_records or declared.declared_type in _WITH_PERIODS
    for account in {**declared.opening, **declared.closing, **declared.results, **declared.periods}:
        year = _year_change(declared, account)
        periods = declared.periods.get(account, {}).values()
        if not has_periods:
            _add_year(rows, declared, account, year or _ZERO)
            continue
        by_period = sum((Decimal(period.amount_sek) for period in periods), _ZERO)
        if year is None and not declared.period_sums.get(account, by_period):
            year = _ZERO  # rows without objects are then the rest beside the objects, and all of them nothing
        is_usable = bool(periods) and account not in declared.contradicted and year in (None, by_period)
        if is_usable:
            rows.update(_by_period(periods, account))
        else:
            _add_year(rows, declared, account, year or _ZERO)
        sums.append(
            PeriodSum(
                account,
                f"{by_period:f}",
                f"{year or _ZERO:f}",
                min(period.row_number for period in periods) if periods else _line(declared, account),
            )
        )
    return rows, tuple(sums)


def _year_change(declared: Declared, account: str) -> Decimal | None:
    """RES of a result account, UB - IB of a balance account; None where the file has none of the three."""
    result = declared.results.get(account)
    before, after = declared.opening.get(account), declared.closing.get(account)
    moved = (Decimal(after.amount_sek) if after else _ZERO) - _opened(declared, account)
    if result is None:
        return moved if before or after else None
    if after is None or Decimal(result.amount_sek) == moved:
        return Decimal(result.amount_sek)
    if not Decimal(result.amount_sek) or result.amount_sek == after.amount_sek:
        return moved
    raise broken(
        result.row_number,
        f"Konto {account} med antingen #UB eller #RES; här säger de olika om årets förändring "
        f"(#UB på rad {after.row_number}).",
    )


def _opened(declared: Declared, account: str) -> Decimal:
    balance = declared.opening.get(account)
    return Decimal(balance.amount_sek or "0.00") if balance else _ZERO


def _add_year(rows: dict[int, Change], declared: Declared, account: str, year: Decimal) -> None:
    if year:
        rows[_line(declared, account)] = Change("year_change", account, f"{year:.2f}")


def _line(declared: Declared, account: str) -> int:
    """The line the year's change stands for. A zero #UB may be left out: then the account's own declaration."""
    for balances in (declared.results, declared.closing):
        if account in balances:
            return balances[account].row_number
    if account in declared.account_lines:
        return declared.account_lines[account]
    raise broken(
        declared.opening[account].row_number,
        f"En post #UB eller #KONTO för konto {account}; filen har bara kontots ingående balans.",
    )


def _by_period(periods: Collection[PeriodBalance], account: str) -> dict[int, Change]:
    return {
        period.row_number: Change("period_change", account, period.amount_sek, _month(period))
        for period in periods
    }


def _month(period: PeriodBalance) -> str:
    text = period.period
    return f"{text[:4]}-{text[4:]}" if len(text) == 6 and text.isdigit() else text
