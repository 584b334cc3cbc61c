"""The second pass over a SIE file: opening balances, voucher rows and changes as ledger rows, in the file's order.

#RTRANS and #BTRANS are not read: the specification has an added row followed by the same #TRANS, and a struck one
counts for nothing. Only where a voucher lacks those #TRANS, and goes even with its added rows, are these its rows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from ingestion.readers.sie.records import (
    KNOWN,
    Brace,
    Lines,
    Objects,
    broken,
    is_comment,
    label_of,
    objects_by_dimension,
    plain_amount,
    split_record,
    voucher_fields,
)
from ingestion.readers.table import ROWS_PER_BLOCK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.readers.layout import RowSorter
    from ingestion.readers.sie.balances import Change
    from ingestion.readers.sie.declared import Declared
    from ingestion.readers.table import NonData, TextBlock

COLUMNS = (
    "entry_kind",
    "fiscal_year",
    "account_code",
    "account_name",
    "amount_sek",
    "voucher_series",
    "voucher_number",
    "voucher_row",
    "voucher_date",
    "voucher_period",
    "voucher_text",
    "cost_centre_code",
    "project_code",
)
"""What the rows of a SIE file have, in this order."""

_COST_CENTRE, _PROJECT = "1", "6"
_FEWEST_FIELDS_OF_ROW = 4
_MOST_EMPTY = 100_000


@dataclass
class _Voucher:
    series: str
    number: str
    day: str
    text: str
    line: int
    is_open: bool = False
    amounts: list[str] = field(default_factory=list)
    added: list[tuple[int, list[str]]] = field(default_factory=list)


class Emission:
    """The second pass. changes: rows in place of lines, of a file without vouchers."""

    def __init__(
        self,
        lines: Lines,
        sorter: RowSorter,
        declared: Declared,
        changes: dict[int, Change],
        *,
        is_strict: bool,
    ) -> None:
        self.lines, self.sorter, self.table, self.declared = lines, sorter, sorter.table, declared
        self.changes, self.is_strict = changes, is_strict
        self.is_balances = declared.kind == "balances"
        self.year = self.table.period or ""
        self.voucher: _Voucher | None = None
        self.rows: list[tuple[int, list[str]]] = []
        self.mended: Counter[str] = Counter()
        self.take = {
            "VER": self._begin_voucher,
            "TRANS": self._transaction,
            "RTRANS": self._added,
            "BTRANS": self._struck,
            "IB": self._opening,
            "UB": self._closing,
            "RES": self._closing,
            "PSALDO": self._period,
        }

    def blocks(self) -> Iterator[TextBlock]:
        """Ledger rows in the file's order. Raises DeliveryUnreadable where a voucher does not close."""
        number = 0
        for number, text in self.lines:
            kind = self._line(number, text)
            if kind is not None:
                self.table.non_data[kind] += 1
            if len(self.rows) >= ROWS_PER_BLOCK:
                yield self.sorter.block(self.rows)
                self.rows = []
        if self.voucher is not None and self.is_strict:
            line = self.voucher.line
            raise broken(
                number, f"En avslutande klammer för verifikationen på rad {line}; filen är avklippt."
            )
        self._close_voucher()
        if self.rows:
            yield self.sorter.block(self.rows)
        for name, count in self.mended.items():
            self.table.notes[name] = self.table.notes.get(name, 0) + count

    def _line(self, number: int, text: str) -> NonData | None:
        """What a line was if it gave no row of its own."""
        if not text:
            return "blank"
        while text[:1] in ("{", "}"):
            self._brace(number, text[0])
            text = text[1:].lstrip(" \t")
            if not text:
                return "structure"
        if text[0] == "#":
            return self._record(number, text)
        if text == "\0":
            return "structure"  # its text belongs to the record before
        if self.is_strict and not is_comment(text):
            raise broken(number, "En rad som börjar med #, { eller }.")
        return "unknown"

    def _record(self, number: int, text: str) -> NonData | None:
        label = label_of(text)
        if number in self.changes:
            self._change(number, self.changes[number])
            return None
        take = self.take.get(label)
        if take is None:
            return "structure" if label in KNOWN else "unknown"
        mended = self.mended if label in ("VER", "TRANS", "RTRANS") else None
        fields = split_record(text, number, mended)
        closes = fields.pop() if isinstance(fields[-1], Brace) else ""
        if closes == "{" and label == "VER":
            kind = take(number, fields)
            self._brace(number, "{")
            return kind
        kind = take(number, fields)
        if closes:
            self._brace(number, closes)
        return kind

    # --- vouchers ---

    def _brace(self, number: int, sign: str) -> None:
        voucher = self.voucher
        if voucher is None or (sign == "{") == voucher.is_open:
            if sign == "}" and voucher is not None and not voucher.is_open and not self.is_strict:
                self._close_voucher()
            if self.is_strict and (voucher is not None or sign == "}"):
                raise broken(number, "Klamrar i par efter #VER.")
            return
        if sign == "{":
            voucher.is_open = True
        else:
            self._close_voucher()

    def _begin_voucher(self, number: int, fields: list[str]) -> NonData:
        if self.voucher is not None:
            if self.voucher.is_open and self.is_strict:
                raise broken(
                    number, f"Verifikationen på rad {self.voucher.line} avslutad innan nästa börjar."
                )
            self.mended["vouchers_without_rows"] += 1  # a number that was never used, written without braces
            self._close_voucher()
        if len(fields) < 4 and self.is_strict:
            raise broken(number, "#VER med serie, nummer och datum.")
        _label, series, voucher_number, day, text = voucher_fields(fields)
        if series != fields[1]:
            self.mended["voucher_series_left_out"] += 1
        self.voucher = _Voucher(series, voucher_number, day if day.strip("0") else "", text, number)
        return "structure"

    def _close_voucher(self) -> None:
        voucher, self.voucher = self.voucher, None
        if voucher is None:
            return
        if (
            not voucher.amounts
            and self.table.ledger
            and len(self.table.ledger.vouchers_without_rows) < _MOST_EMPTY
        ):
            self.table.ledger.vouchers_without_rows.append((voucher.series, voucher.number))
        if not voucher.added:
            return
        amounts = [plain_amount(text) for text in voucher.amounts]
        added = [plain_amount(fields[3]) for _number, fields in voucher.added]
        if None in amounts or None in added:
            return
        total = sum(Decimal(text or 0) for text in amounts)
        if total and not total + sum(Decimal(text or 0) for text in added):
            self.mended["added_rows_without_their_repeat"] += len(added)
            for number, fields in voucher.added:
                self.table.non_data["supplement"] -= 1
                self._add_row(number, fields, voucher)

    def _transaction(self, number: int, fields: list[str]) -> NonData | None:
        voucher = self.voucher
        if voucher is None:
            if self.is_strict:
                raise broken(number, "#TRANS inom klamrarna efter ett #VER.")
            voucher = _Voucher("", "", "", "", 0)
        elif not voucher.is_open:
            # Real programs have lost the line with the opening brace; #VER above and } below leave no doubt.
            voucher.is_open = True
            self.mended["opening_braces_missing"] += 1
        if len(fields) < _FEWEST_FIELDS_OF_ROW or not isinstance(fields[2], Objects):
            if self.is_strict:
                raise broken(number, "#TRANS med konto, objektlista inom klamrar och belopp.")
            fields = [*[*fields, "", ""][:2], Objects("{"), ""]
        voucher.amounts.append(fields[3])
        if voucher.added:
            self._match(voucher, fields)
        self._add_row(number, fields, voucher)
        return None

    def _match(self, voucher: _Voucher, fields: list[str]) -> None:
        """An added row is followed by the same #TRANS: then that one counts."""
        for at, (_number, added) in enumerate(voucher.added):
            if added[1:4] == fields[1:4]:
                del voucher.added[at]
                return

    def _added(self, number: int, fields: list[str]) -> NonData:
        is_row = len(fields) >= _FEWEST_FIELDS_OF_ROW and isinstance(fields[2], Objects)
        if self.voucher is not None and is_row:
            self.voucher.is_open = True
            self.voucher.added.append((number, fields))
        return "supplement"

    def _struck(self, _number: int, _fields: list[str]) -> NonData:
        if self.voucher is not None:
            self.voucher.is_open = True
        return "supplement"

    def _add_row(self, number: int, fields: list[str], of: _Voucher) -> None:
        account, objects, amount = fields[1:4]
        day, text = of.day, of.text
        if len(fields) > _FEWEST_FIELDS_OF_ROW:
            day, text = self._of_row(fields, of)
        cost_centre = project = ""
        if len(objects) > 1:
            pairs = objects_by_dimension(objects)
            cost_centre, project = pairs.get(_COST_CENTRE, ""), pairs.get(_PROJECT, "")
        name = self.declared.accounts.get(account, "")
        row = ["transaction", self.year, account, name, self._as_sent(amount), of.series, of.number]
        row += [str(of.line or ""), day, "", text, cost_centre, project]
        self.rows.append((number, row))

    def _of_row(self, fields: list[str], of: _Voucher) -> tuple[str, str]:
        """A row's own date and text go before its voucher's; a text in the date's place is a text."""
        day, text = fields[4], fields[5] if len(fields) > 5 else ""
        if not day.strip("0"):
            day = ""
        elif len(fields) == 5 and not any(sign.isdigit() for sign in day):
            self.mended["row_dates_left_out"] += 1
            day, text = "", day
        return day or of.day, text or of.text

    def _as_sent(self, amount: str) -> str:
        """The amount canonical; as it stands where it is not SIE's own notation, for the value parser to judge."""
        if (plain := plain_amount(amount)) is not None:
            return plain
        self.mended["amounts_not_as_specified"] += 1
        return amount

    # --- balances ---

    def _opening(self, number: int, fields: list[str]) -> NonData | None:
        year, account, amount = (*fields, "", "", "")[1:4]
        if year != "0":
            return "other_year"
        if number in self.declared.repeated:
            return "supplement"
        self._add_balance(number, "opening", account, self._as_sent(amount))
        return None

    def _closing(self, _number: int, fields: list[str]) -> NonData:
        return "total" if fields[1:2] == ["0"] else "other_year"

    def _period(self, _number: int, fields: list[str]) -> NonData:
        return "supplement" if fields[1:2] == ["0"] else "other_year"

    def _change(self, number: int, change: Change) -> None:
        self._add_balance(number, change.entry_kind, change.account, change.amount_sek, change.period)

    def _add_balance(self, number: int, kind: str, account: str, amount: str, period: str = "") -> None:
        name = self.declared.accounts.get(account, "")
        row = [kind, self.year, account, name, amount, "", "", "", "", period, "", "", ""]
        self.rows.append((number, row))
