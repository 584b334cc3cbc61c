"""The demo ledger: vouchers that add up to the printed statements of 2016 and 2017, as SIE 4E.

Kronor are whole; debit is plus, credit minus. Only leaf cells are read. Where the print contradicts itself
the difference stands on an account of its own.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from ingestion.demo.costs import cost_amounts, cost_contradictions
from ingestion.demo.sie_file import Record, sie_bytes
from ingestion.demo.tables import Contradiction, Row, amounts, chart_rows, leaf_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

YEARS = (2016, 2017)
NAME = "Samordningsförbundet Skellefteå-Norsjö"
ORGANISATION_NUMBER = "222000-1933"
_CASH_DIRECTLY = "1910"
_LEAST_MONTHLY = 1_000


@dataclass(frozen=True)
class Voucher:
    """One business event. lines: (account, kronor), summing to zero."""

    series: str
    day: date
    text: str
    lines: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Books:
    """A fiscal year: opening, closing and result sums by account, and the vouchers in order."""

    year: int
    opening: dict[str, int]
    vouchers: tuple[Voucher, ...]
    closing: dict[str, int]
    result: dict[str, int]


class Chart:
    """The chart of accounts, asked by role or printed line."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self._by_role = {row["role"]: row["account_code"] for row in rows}
        self.settled_by = {row["account_code"]: row["settled_by"] for row in rows}

    def account(self, role: str) -> str:
        """The account of a role that only one account has."""
        return self._by_role[role]

    def printed(self, *roles: str) -> dict[str, str]:
        """Account by printed line, for the accounts of these roles."""
        return {row["line_item"]: row["account_code"] for row in self.rows if row["role"] in roles}


def books(sources: Path) -> tuple[list[Books], list[Contradiction]]:
    """Both years' books and the contradictions they met. Raises KeyError if a leaf line is missing."""
    chart = Chart(chart_rows(sources))
    found: list[Contradiction] = []
    opening = _first_opening(sources, chart)
    years: list[Books] = []
    for year in YEARS:
        years.append(_year(sources, chart, year, opening, found))
        opening = dict(years[-1].closing)
        # Result accounts are not closed into equity; next year's opening capital takes the result up.
        opening[chart.account("equity")] += sum(years[-1].result.values())
    return years, found


def _first_opening(sources: Path, chart: Chart) -> dict[str, int]:
    """2016's opening. The 2015 balance sheet is not printed: the changes of 2016 are the only source."""
    year = YEARS[0]
    sheet, flow = amounts(sources, "balance_sheet", year), amounts(sources, "cash_flow", year)
    receivables = sheet["Fordringar"] + flow["Ökning/minskning av kortfristiga fordringar"]
    liabilities = sheet["Kortfristiga skulder"] - flow["Ökning/minskning kortfristiga skulder"]
    equity = sheet["Eget kapital vid årets ingång"]
    return {
        chart.account("receivable_rest"): receivables,
        chart.account("cash"): equity + liabilities - receivables,
        chart.account("equity"): -equity,
        chart.account("liabilities"): -liabilities,
    }


def income(sources: Path, year: int) -> dict[str, int]:
    """The year's income by account, plus where it is income. Fees follow note 1.

    Other income on the statement beyond note 1's other lines is the state's money that is no fee; if note 1
    prints more than the statement, the excess is a visible negative line.
    """
    chart = Chart(chart_rows(sources))
    note, statement = amounts(sources, "note1_revenue", year), amounts(sources, "income_statement", year)
    found = {
        account: note[line] for line, account in chart.printed("state_fee", "fee", "other_income").items()
    }
    beyond = statement["Övriga intäkter"] - sum(note[line] for line in chart.printed("other_income"))
    found[chart.account("state_other")] = max(beyond, 0)
    found[chart.account("state_fee")] -= max(beyond, 0)
    found[chart.account("note1_difference")] = min(beyond, 0)
    return found


def _closing_receivables(sources: Path, chart: Chart, year: int) -> dict[str, int]:
    note = amounts(sources, "note3_receivables", year)
    found = {account: note[line] for line, account in chart.printed("receivable").items()}
    total = amounts(sources, "balance_sheet", year)["Fordringar"]
    return {**found, chart.account("receivable_rest"): total - sum(found.values())}


def _year(
    sources: Path, chart: Chart, year: int, opening: dict[str, int], found: list[Contradiction]
) -> Books:
    costs = cost_amounts(sources, chart.rows, year)
    sheet = amounts(sources, "balance_sheet", year)
    receivables = _closing_receivables(sources, chart, year)
    vouchers = [*_income_vouchers(chart, year, income(sources, year)), *_cost_vouchers(chart, year, costs)]
    vouchers += _payments_in(chart, year, _sums(opening, vouchers), receivables)
    owed = -_sums(opening, vouchers)[chart.account("liabilities")] - sheet["Kortfristiga skulder"]
    vouchers += _payments_out(chart, year, owed)
    cash = chart.account("cash")
    beyond = sheet["Kassa och bank"] - _sums(opening, vouchers)[cash]
    if beyond:
        difference = chart.account("balance_difference")
        text = "Oförklarad differens i tryckta balansräkningen"
        vouchers.append(Voucher("A", date(year, 12, 31), text, ((cash, beyond), (difference, -beyond))))
    found += _contradictions(sources, chart, year, receivables, beyond)
    found += cost_contradictions(sources, chart.rows, year)
    vouchers.sort(key=lambda voucher: (voucher.day, voucher.series))
    sums = _sums(opening, vouchers)
    return Books(
        year,
        {account: value for account, value in opening.items() if value},
        tuple(vouchers),
        {account: value for account, value in sorted(sums.items()) if account < "3" and value},
        {account: value for account, value in sorted(sums.items()) if account >= "3" and value},
    )


def _sums(opening: dict[str, int], vouchers: list[Voucher]) -> Counter[str]:
    sums = Counter(opening)
    for voucher in vouchers:
        for account, value in voucher.lines:
            sums[account] += value
    return sums


def _parts(total: int, count: int) -> list[int]:
    """Equal parts in whole kronor; what does not divide lies in the last."""
    part = abs(total) // count * (1 if total >= 0 else -1)
    return [part] * (count - 1) + [total - part * (count - 1)]


def _income_vouchers(chart: Chart, year: int, amounts_by_account: dict[str, int]) -> Iterator[Voucher]:
    names = {row["account_code"]: row["name_sv"] for row in chart.rows}
    fees = {row["account_code"] for row in chart.rows if row["role"] in ("state_fee", "fee")}
    for account, value in amounts_by_account.items():
        if not value:
            continue
        days = [date(year, 1, 15), date(year, 7, 15)] if account in fees else [date(year, 11, 15)]
        if account == chart.account("note1_difference"):
            days = [date(year, 12, 31)]
        against = chart.settled_by[account]
        series = "B" if against == _CASH_DIRECTLY else "K"
        for number, (day, part) in enumerate(zip(days, _parts(value, len(days)), strict=True), start=1):
            half = f", halvår {number}" if account in fees else ""
            yield Voucher(series, day, f"{names[account]}{half}", ((against, part), (account, -part)))


def _cost_vouchers(chart: Chart, year: int, costs: dict[str, int]) -> Iterator[Voucher]:
    monthly = {
        # a few kronor are one correction at the end of the year, not twelve invoices
        account: _parts(value, 12) if abs(value) >= _LEAST_MONTHLY else [0] * 11 + [value]
        for account, value in costs.items()
    }
    for month in range(1, 13):
        day = date(year, month, 25)
        for against, series, text in (
            (chart.account("liabilities"), "L", "Leverantörsfakturor och rekvisitioner"),
            (chart.account("cash"), "B", "Arvoden"),
        ):
            lines = [
                (account, parts[month - 1])
                for account, parts in monthly.items()
                if chart.settled_by[account] == against and parts[month - 1]
            ]
            total = sum(value for _, value in lines)
            yield Voucher(series, day, f"{text} {year}-{month:02}", (*lines, (against, -total)))


def _payments_in(chart: Chart, year: int, sums: Counter[str], closing: dict[str, int]) -> Iterator[Voucher]:
    """What brings each receivable to its printed closing balance: paid by the debtor, or laid out for it."""
    cash = chart.account("cash")
    names = {row["account_code"]: row["name_sv"] for row in chart.rows}
    for account, wanted in closing.items():
        paid = sums[account] - wanted
        if paid > 0:
            for month, part in zip((3, 9), _parts(paid, 2), strict=True):
                day = date(year, month, monthrange(year, month)[1])
                yield Voucher("B", day, f"Inbetalning: {names[account]}", ((cash, part), (account, -part)))
        elif paid < 0:
            day = date(year, 11, 30)
            yield Voucher("B", day, f"Utbetalning: {names[account]}", ((account, -paid), (cash, paid)))


def _payments_out(chart: Chart, year: int, owed: int) -> Iterator[Voucher]:
    liabilities, cash = chart.account("liabilities"), chart.account("cash")
    for month, part in enumerate(_parts(owed, 12), start=1):
        text = f"Betalning av skulder {year}-{month:02}"
        yield Voucher("B", date(year, month, 28), text, ((liabilities, part), (cash, -part)))


def _contradictions(
    sources: Path, chart: Chart, year: int, receivables: dict[str, int], beyond: int
) -> Iterator[Contradiction]:
    statement, earned = amounts(sources, "income_statement", year), income(sources, year)
    fees = sum(v for a, v in earned.items() if a in {*chart.printed("state_fee", "fee").values()})
    printed = statement["Verksamhetens medlemsavgifter"]
    if fees != printed:
        why = "not 1:s rader; årets resultat stämmer bara med dem"
        yield Contradiction(f"medlemsavgifter {year}", str(fees), f"resultaträkningen {printed}", why)
    difference = earned[chart.account("note1_difference")]
    if difference:
        why = "not 1:s rader ger mer än resultaträkningens Övriga intäkter; eget konto"
        yield Contradiction(f"not 1 {year}", str(difference), "0", why)
    rest = receivables[chart.account("receivable_rest")]
    if rest:
        why = "balansräkningens fordringar är större än not 3:s rader; eget konto"
        yield Contradiction(f"not 3 {year}", str(rest), "0", why)
    if beyond:
        why = "raderna på skuldsidan ger inte tillgångarna; eget konto på skuldsidan"
        yield Contradiction(f"balansräkning {year}", str(beyond), "0", why)


def ledger_file(sources: Path, this: Books, last: Books | None) -> bytes:
    """One year as SIE 4E. last: the year before, whose balances stand as year -1."""
    chart = Chart(chart_rows(sources))
    records: list[Record] = [
        ("#PROGRAM", "Finsam Warehouse demo", "1"),
        ("#FORMAT", "PC8"),
        ("#GEN", f"{this.year + 1}0131"),
        ("#SIETYP", "4"),
        ("#FTYP", "X"),
        ("#ORGNR", ORGANISATION_NUMBER),
        ("#FNAMN", NAME),
        ("#RAR", "0", f"{this.year}0101", f"{this.year}1231"),
        ("#RAR", "-1", f"{this.year - 1}0101", f"{this.year - 1}1231"),
        ("#VALUTA", "SEK"),
        ("#DIM", "6", "Projekt"),
        *_projects(sources),
    ]
    for row in chart.rows:
        records.append(("#KONTO", row["account_code"], row["name_sv"]))
        records.append(("#KTYP", row["account_code"], row["account_kind"]))
    for index, year in (("0", this), ("-1", last)):
        if year:
            for label, sums in (("#IB", year.opening), ("#UB", year.closing), ("#RES", year.result)):
                records += [(label, index, account, f"{value}.00") for account, value in sorted(sums.items())]
    return sie_bytes([*records, *_voucher_records(this)])


def _projects(sources: Path) -> Iterator[Record]:
    names = dict.fromkeys(row["initiative"] for row in leaf_rows(sources, "initiatives"))
    for number, name in enumerate(names, start=1):
        yield ("#OBJEKT", "6", f"{number:02}", name)


def _voucher_records(this: Books) -> Iterator[Record]:
    numbers: Counter[str] = Counter()
    for voucher in this.vouchers:
        numbers[voucher.series] += 1
        yield ("#VER", voucher.series, str(numbers[voucher.series]), f"{voucher.day:%Y%m%d}", voucher.text)
        yield ("{",)
        for account, value in voucher.lines:
            yield ("#TRANS", account, (), f"{value}.00")
        yield ("}",)


def cut_inside_transaction(whole: bytes) -> bytes:
    """The file as a broken transfer leaves it: ended in the middle of a #TRANS line, two thirds in."""
    starts = [at for at in range(len(whole)) if whole.startswith(b"#TRANS", at)]
    start, end = [*pairwise(starts)][len(starts) * 2 // 3]
    line_end = min(whole.index(b"\r\n", start), end)
    return whole[: (start + line_end) // 2]
