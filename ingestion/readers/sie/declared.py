"""The first pass over a SIE file: what it declares of itself. Accounts, years, balances, checksum; never a voucher's rows."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from ingestion.readers.sie.records import (
    Lines,
    Objects,
    broken,
    in_code_page_437,
    label_of,
    plain_amount,
    split_record,
    summed_texts,
    voucher_fields,
)
from ingestion.readers.table import ClosingBalance, DeliveryUnreadable, Fault
from ingestion.values import ValueProblem, parse_amount, parse_date

Kind = Literal["balances", "vouchers", "import"]
"""What a file holds: balances (types 1-3), a year with its vouchers (4E), or vouchers alone (4I)."""

_INSIDE_VOUCHERS = frozenset({"TRANS", "RTRANS", "BTRANS"})
_SINGLE = frozenset(
    ["PROGRAM", "FORMAT", "GEN", "SIETYP", "FNAMN", "ORGNR", "FLAGGA", "KPTYP", "OMFATTN", "VALUTA"]
)
_BALANCES = frozenset({"IB", "UB", "RES", "OIB", "OUB", "PSALDO", "PBUDGET"})
_FIGURES = frozenset({"IB", "UB", "RES", "PSALDO", "VER", "TRANS"})
_THIS_YEAR, _LAST_YEAR = "0", "-1"
_CONTROL_SUM = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True)
class PeriodBalance:
    """An account's change in one period of year 0 (#PSALDO without objects)."""

    period: str
    amount_sek: str
    row_number: int


@dataclass
class Declared:
    """What the first pass gathers; bounded by the chart of accounts, whatever the number of vouchers."""

    accounts: dict[str, str] = field(default_factory=dict)
    account_lines: dict[str, int] = field(default_factory=dict)
    years: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    opening: dict[str, ClosingBalance] = field(default_factory=dict)
    closing: dict[str, ClosingBalance] = field(default_factory=dict)
    results: dict[str, ClosingBalance] = field(default_factory=dict)
    last_closing: dict[str, ClosingBalance] = field(default_factory=dict)
    periods: dict[str, dict[str, PeriodBalance]] = field(default_factory=dict)
    repeated: set[int] = field(default_factory=set)
    contradicted: set[str] = field(default_factory=set)
    has_period_records: bool = False
    fields_of_balances: dict[str, tuple[int, int]] = field(
        default_factory=dict
    )  # label and year -> of the last two records
    single: dict[str, list[str]] = field(default_factory=dict)
    single_lines: dict[str, int] = field(default_factory=dict)
    mended: Counter[str] = field(default_factory=Counter)
    vouchers: int = 0
    voucher_years: dict[str, int] = field(default_factory=dict)  # with the line of the first voucher in it
    first_day: str = ""  # of the vouchers, ISO
    last_day: str = ""
    undated_line: int | None = None
    period_sums: dict[str, Decimal] = field(default_factory=dict)  # of all an account's rows, objects too
    checksum: int = 0  # running CRC-32 over code page 437 while between the two #KSUMMA
    checksum_raw: int = 0  # the same over the file's own bytes
    checksum_state: Literal["absent", "open", "verified", "never_opened"] = "absent"
    has_figures_outside_checksum: bool = False

    @property
    def kind(self) -> Kind:
        """What the file holds, by its records before what it says: a voucher makes it a file with vouchers."""
        if self.vouchers:
            has_balances = self.opening or self.closing or self.results or self.last_closing
            return "vouchers" if has_balances else "import"
        declared = self.declared_type
        if declared == "4" or not (self.closing or self.results):
            return "vouchers"
        return "balances"

    @property
    def declared_type(self) -> str:
        """The type the file says it is; 1 where it says nothing, as the specification has it."""
        return (self.single.get("SIETYP") or ["1"])[0][:1]

    @property
    def has_checksum(self) -> bool:
        """True where a control sum was verified and covers every figure."""
        return self.checksum_state == "verified" and not self.has_figures_outside_checksum


def gather(lines: Lines, switched_off: frozenset[str] = frozenset()) -> Declared:
    """Run through the file once. Raises DeliveryUnreadable: STR-014 with the line."""
    declared = Declared()
    is_strict = "STR-014" not in switched_off
    for number, line in lines:
        text = line[1:].lstrip(" \t") if line[:1] in ("{", "}") else line
        if text[:1] != "#":
            continue
        label = label_of(text)
        is_summed = declared.checksum_state == "open"
        if label in _FIGURES and not is_summed:
            declared.has_figures_outside_checksum = True
        if label == "VER":
            declared.vouchers += 1
        if label in _INSIDE_VOUCHERS and not is_summed:
            continue
        if label == "VER" and not is_summed and _THIS_YEAR in declared.years:
            continue
        fields = split_record(
            text, number, declared.mended if label not in _INSIDE_VOUCHERS and label != "VER" else None
        )
        if label == "KSUMMA":
            _take_checksum(declared, fields, number, is_strict)
            continue
        if is_summed:
            _sum(declared, fields, lines)
        if label in _BALANCES:
            key = " ".join(fields[:2]).upper()
            before = declared.fields_of_balances.get(key, (0, 0))[1]
            declared.fields_of_balances[key] = (before, len(fields))
        _take(declared, label, fields[1:], number, is_strict)
    return declared


def _take(declared: Declared, label: str, fields: list[str], number: int, is_strict: bool) -> None:
    if label == "KONTO" and fields:
        declared.accounts[fields[0]] = fields[1] if len(fields) > 1 else ""
        declared.account_lines[fields[0]] = number
    elif label == "RAR" and len(fields) > 2:
        _take_year(declared, fields, number, is_strict)
    elif label in ("IB", "UB", "RES"):
        _take_balance(declared, label, fields, number, is_strict)
    elif label == "PSALDO":
        _take_period(declared, fields, number, is_strict)
    elif label == "VER":
        _take_voucher(declared, fields, number)
    elif label == "FLAGGA" and label in declared.single and is_strict:
        raise broken(
            number,
            "En SIE-fil i taget; här börjar en till (#FLAGGA en gång till).",
            "Lämna filerna var för sig.",
        )
    elif label in _SINGLE:
        declared.single.setdefault(label, [str(text) for text in fields])
        declared.single_lines.setdefault(label, number)


def _take_voucher(declared: Declared, fields: list[str], number: int) -> None:
    """The year a voucher is dated in; for a file that leaves its year out."""
    text = voucher_fields(["VER", *fields])[3] if len(fields) > 1 else ""
    is_specified = len(text) == 8 and text.isascii() and text.isdigit() and text.strip("0")
    found = f"{text[:4]}-{text[4:6]}-{text[6:]}" if is_specified else _iso(text)
    if found:
        declared.voucher_years.setdefault(found[:4], number)
        declared.first_day = min(declared.first_day or found, found)
        declared.last_day = max(declared.last_day, found)
    elif declared.undated_line is None:
        declared.undated_line = number


def _iso(text: str) -> str:
    found = day(text)
    return found.isoformat() if found else ""


def _take_year(declared: Declared, fields: list[str], number: int, is_strict: bool) -> None:
    year, first, last = fields[:3]
    known = declared.years.setdefault(year, (first, last, number))
    if known[:2] != (first, last) and is_strict:
        raise broken(number, f"Ett räkenskapsår per nummer; #RAR {year} har andra dagar på rad {known[2]}.")


def _take_balance(declared: Declared, label: str, fields: list[str], number: int, is_strict: bool) -> None:
    if len(fields) < 3:
        if is_strict:
            raise broken(number, f"#{label} med år, konto och belopp.")
        return
    year, account, sent = fields[:3]
    kinds = {
        ("IB", _THIS_YEAR): declared.opening,
        ("UB", _THIS_YEAR): declared.closing,
        ("RES", _THIS_YEAR): declared.results,
        ("UB", _LAST_YEAR): declared.last_closing,
    }
    balances = kinds.get((label, year))
    if balances is None or (year == _LAST_YEAR and not _is_amount(sent)):
        return
    amount = "" if label == "IB" and not _is_amount(sent) else _amount(label, sent, number)
    known = balances.setdefault(account, ClosingBalance(account, amount, number, label))
    if known.row_number == number:
        return
    if known.amount_sek != amount and is_strict:
        raise broken(
            number,
            f"Ett belopp per konto; #{label} {year} {account} står också på rad {known.row_number}, med ett annat belopp.",
        )
    declared.repeated.add(number)


def _take_period(declared: Declared, fields: list[str], number: int, is_strict: bool) -> None:
    """An account's total for a period. Rows of single objects are parts of it and never added."""
    if fields[:1] != [_THIS_YEAR]:
        return
    declared.has_period_records = True
    if len(fields) > 3 and not isinstance(fields[3], Objects):
        fields = [
            *fields[:3],
            Objects("{"),
            *fields[3:],
        ]  # some programs of type 2 leave the empty braces out
    if len(fields) < 5:
        if is_strict:
            raise broken(number, "#PSALDO med år, period, konto, objektlista inom klamrar och belopp.")
        return
    _year, period, account, objects, sent = fields[:5]
    if _is_amount(sent):
        before = declared.period_sums.get(account, Decimal(0))
        declared.period_sums[account] = before + Decimal(_amount("PSALDO", sent, number))
    if len(objects.strip(" \t")) > 1:
        return
    found = PeriodBalance(period, _amount("PSALDO", sent, number), number)
    known = declared.periods.setdefault(account, {}).setdefault(period, found)
    if known is not found:
        declared.repeated.add(number)
        if known.amount_sek != found.amount_sek:
            declared.contradicted.add(account)


def _is_amount(sent: str) -> bool:
    try:
        _amount("", sent, 0)
    except DeliveryUnreadable:
        return False
    return True


def _amount(label: str, sent: str, number: int) -> str:
    """A balance's amount, canonical. Raises DeliveryUnreadable with the line."""
    if (plain := plain_amount(sent)) is not None:
        return plain
    try:
        return parse_amount(sent)
    except ValueProblem as problem:
        raise broken(number, f"#{label} med ett belopp. {problem.expected_sv}", problem.remedy_sv) from None


# --- checksum ---


def _sum(declared: Declared, fields: list[str], lines: Lines) -> None:
    text = summed_texts(fields)
    summed = in_code_page_437(text)
    declared.checksum = zlib.crc32(summed, declared.checksum)
    raw = summed if text.isascii() else lines.raw_bytes(text)
    declared.checksum_raw = zlib.crc32(raw, declared.checksum_raw)


def _take_checksum(declared: Declared, fields: list[str], number: int, is_strict: bool) -> None:
    claimed = fields[1] if len(fields) > 1 else ""
    if not claimed:
        if declared.checksum_state != "absent" and is_strict:
            raise broken(number, "Ett tal i den avslutande #KSUMMA; filen är avklippt eller ändrad.")
        declared.checksum_state = "open"
        return
    if declared.checksum_state != "open":
        declared.checksum_state = (
            "never_opened" if declared.checksum_state == "absent" else declared.checksum_state
        )
        return
    declared.checksum_state = "verified"
    if claimed not in (str(declared.checksum), str(declared.checksum_raw)) and is_strict:
        raise broken(
            number,
            f"Kontrollsumman #KSUMMA {_shown_sum(claimed)}; filens innehåll ger {_shown_sum(str(declared.checksum))}.",
            "Filen har ändrats eller skadats efter exporten. Exportera den på nytt.",
        )


def _shown_sum(text: str) -> str:
    """A control sum in groups of digits: on end ten could pass for a personal number. What is no such sum may be one."""
    return f"{int(text):,}".replace(",", " ") if _CONTROL_SUM.fullmatch(text) else "är inget tal"


# --- judgements of the file as a whole ---


def refuse_unfinished(declared: Declared, lines: Lines) -> None:
    """Raises DeliveryUnreadable where the file is cut, or holds nothing of a year. STR-014."""
    last = lines.last_number
    if declared.checksum_state == "open":
        raise broken(last, "En avslutande #KSUMMA, eftersom filen börjar med en; filen är avklippt.")
    if not (
        lines.ends_with_line_end
        or declared.checksum_state == "verified"
        or _is_whole(declared, lines.last_text)
    ):
        raise broken(last, "Radslut efter sista raden; utan det kan posten vara avklippt.")
    if not (declared.single.get("FNAMN") or [""])[0].strip():
        raise broken(declared.single_lines.get("FNAMN") or last, "Posten #FNAMN (vems bokföring det är).")
    if declared.declared_type not in ("1", "2", "3", "4"):
        raise broken(
            None, "SIE typ 1, 2, 3 eller 4 i posten #SIETYP.", "Välj SIE 4 (transaktioner) i exporten."
        )
    if declared.vouchers:
        return
    if not (declared.closing or declared.results):
        raise broken(
            last, "Verifikationer eller utgående saldon; filen är avklippt före dem, eller året är tomt."
        )
    if declared.kind == "vouchers" and (moved := _moved(declared)):
        raise broken(
            last,
            f"Verifikationer, eftersom konto {moved} har ändrats under året; filen är avklippt före dem.",
            "Välj ”SIE 4” med transaktioner för hela året, och exportera på nytt.",
        )


def _is_whole(declared: Declared, last_text: str) -> bool:
    """True where the last line, though without an end of its own, cannot have lost anything.

    It closes a voucher; or it is a balance with as many fields as the one before it, and an amount with both its
    decimals last.
    """
    fields = last_text.split()
    if label_of(last_text) not in _BALANCES:
        return last_text.endswith("}")
    before, last = declared.fields_of_balances.get(" ".join(fields[:2]).upper(), (0, 1))
    last_field = fields[-1]
    return before == last and last_field[-3:-2] == "." and plain_amount(last_field) is not None


def _moved(declared: Declared) -> str | None:
    """An account that changed during the year by the file's own balances."""
    for account in {**declared.results, **declared.opening, **declared.closing}:
        result, before, after = (
            balances[account].amount_sek if account in balances else "0.00"
            for balances in (declared.results, declared.opening, declared.closing)
        )
        if result != "0.00" or before != after:
            return account
    return None


def fiscal_year(declared: Declared) -> tuple[str, str]:
    """First and last day of year 0 as ISO text; 4I, where #RAR is optional, may leave it to the vouchers' year.

    Raises DeliveryUnreadable (STR-010).
    """
    if _THIS_YEAR not in declared.years:
        if declared.kind != "import":
            raise _no_year(None, "Posten #RAR 0 med räkenskapsårets första och sista dag saknas.")
        return _year_of_vouchers(declared)
    first, last, number = declared.years[_THIS_YEAR]
    days = day(first), day(last)
    if days[0] is None or days[1] is None:
        raise _no_year(number, "Posten #RAR 0 med två dagar som finns i almanackan, skrivna ÅÅÅÅMMDD.")
    if days[0] > days[1]:
        raise _no_year(number, "Posten #RAR 0 med räkenskapsårets första dag före den sista.")
    return days[0].isoformat(), days[1].isoformat()


def _year_of_vouchers(declared: Declared) -> tuple[str, str]:
    years = list(declared.voucher_years)
    if len(years) == 1:
        return f"{years[0]}-01-01", f"{years[0]}-12-31"
    if not years:
        raise _no_year(
            declared.undated_line,
            "Posten #RAR 0 med räkenskapsårets första och sista dag, eller ett datum som finns i almanackan "
            "efter #VER, serie och nummer; filen har inget av dem.",
        )
    raise _no_year(
        declared.voucher_years[years[1]],
        "Posten #RAR 0 med räkenskapsårets första och sista dag; verifikationerna är från flera år "
        f"({' och '.join(sorted(years)[:2])}), och filen säger inte vilket räkenskapsår de hör till.",
    )


def _no_year(line: int | None, expected_sv: str) -> DeliveryUnreadable:
    return DeliveryUnreadable(
        Fault("STR-010", line, None, None, expected_sv, "Välj räkenskapsår i exporten och exportera på nytt.")
    )


def day(text: str) -> date | None:
    """A day as SIE writes it, or None."""
    try:
        return date.fromisoformat(parse_date(text))
    except ValueProblem:
        return None


def notes(declared: Declared, lines: Lines) -> dict[str, str | int | bool]:
    """What is worth remembering of the file, for the delivery's record. No signature: it may be a person's."""
    named = {
        "PROGRAM": "program",
        "FORMAT": "declared_format",
        "SIETYP": "sie_type",
        "KPTYP": "chart",
        "FLAGGA": "flag",
        "OMFATTN": "balances_up_to",
        "VALUTA": "currency",
    }
    found: dict[str, str | int | bool] = {
        name: " ".join(declared.single[label])[:60]
        for label, name in named.items()
        if declared.single.get(label)
    }
    found.update(encoding=lines.encoding_name, checksum=declared.checksum_state, content=declared.kind)
    if not lines.is_as_declared:
        found["encoding_differs_from_declared"] = True
    counts = {
        **declared.mended,
        "lines_joined": lines.lines_joined,
        "records_repeated": len(declared.repeated),
    }
    found.update({name: count for name, count in counts.items() if count})
    return found
