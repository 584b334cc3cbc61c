"""SIE 4 (`.se`, `.si`): our own reader, on edition 4B and on what programs write. Vouchers stream as
ledger rows.

Two passes: the first takes what the file declares of itself (accounts, years, closing balances, checksum),
the second emits opening balances and transactions. #RTRANS and #BTRANS are not read: the specification has
an added line followed by the same #TRANS, and a struck one counts for nothing.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from ingestion.readers.encoding import survey
from ingestion.readers.layout import RowSorter
from ingestion.readers.table import (
    ROWS_PER_BLOCK,
    ClosingBalance,
    DeliveryUnreadable,
    Fault,
    LedgerFacts,
    NonData,
    TextBlock,
    TextTable,
)
from ingestion.values import ValueProblem, parse_amount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ingestion.feed import Feed

_TOKEN = re.compile(
    r'[ \t]*(?:"((?:\\"|[^"])*)"(?=[ \t{}]|$)|\{((?:"(?:\\"|[^"])*"|[^}"])*)\}|([^ \t"{}][^ \t]*))'
)
_KNOWN = frozenset(
    [
        "FLAGGA",
        "PROGRAM",
        "FORMAT",
        "GEN",
        "FNAMN",
        "SIETYP",
        "PROSA",
        "FTYP",
        "FNR",
        "ORGNR",
        "ADRESS",
        "TAXAR",
        "KPTYP",
        "VALUTA",
        "BKOD",
        "RAR",
        "OMFATTN",
        "KONTO",
        "KTYP",
        "ENHET",
        "SRU",
        "DIM",
        "UNDERDIM",
        "OBJEKT",
        "IB",
        "UB",
        "RES",
        "OIB",
        "OUB",
        "PSALDO",
        "PBUDGET",
        "VER",
        "TRANS",
        "RTRANS",
        "BTRANS",
        "KSUMMA",
    ]
)
_SECOND_PASS_ONLY = frozenset({"VER", "TRANS", "RTRANS", "BTRANS"})
_COST_CENTRE, _PROJECT = "1", "6"
_LONGEST_LINE = 1 << 20


@dataclass
class _Declared:
    """What the first pass gathers. Amounts stay as the file writes them until they are needed."""

    accounts: dict[str, str] = field(default_factory=dict)
    years: dict[str, tuple[str, str]] = field(default_factory=dict)
    closing: list[tuple[str, str, int, str]] = field(default_factory=list)
    single: dict[str, list[str]] = field(default_factory=dict)
    checksum: int | None = None  # running CRC-32 while between the two #KSUMMA
    checksum_state: str = "absent"
    vouchers: int = 0


def read_sie(path: Path, feed: Feed, switched_off: frozenset[str] = frozenset()) -> TextTable:
    """Open a SIE file as the feed's columns; `_row_number` is the line in the file.

    Raises DeliveryUnreadable: STR-014 (structure, truncation, checksum), STR-010 (no #RAR 0), STR-008
    (encoding).
    """
    found = survey(path, switched_off, declared="cp437")
    lines = _Lines(path, found.encoding, found.skip)
    declared = _gather(lines, switched_off)
    _refuse_unfinished(declared, found.ends_with_line_end, lines, switched_off)
    table = TextTable(feed.column_names, 1)
    table.notes.update(encoding=found.name, **_notes(declared))
    table.organisation_number = (declared.single.get("ORGNR") or [""])[0] or None
    table.made_at = _day(declared.single.get("GEN", [""])[0])
    start, end = _fiscal_year(declared)
    table.period = start[:4]
    table.ledger = LedgerFacts(
        start, end, declared.accounts, _closing(declared), declared.checksum_state == "verified"
    )
    table.blocks = _Emission(
        lines, RowSorter(table, feed), declared, is_strict="STR-014" not in switched_off
    ).blocks()
    return table


class _Lines:
    """The file's lines as text, numbered from 1, without their ends. Can be run through again."""

    def __init__(self, path: Path, encoding: str, skip: int) -> None:
        self.path, self.encoding, self.skip = path, encoding, skip
        self.last_number = 0
        self.last_text = ""

    def __iter__(self) -> Iterator[tuple[int, str]]:
        number = 0
        with self.path.open(encoding=self.encoding, newline=None) as file:
            if self.skip:
                file.read(1)
            while line := file.readline(_LONGEST_LINE):
                number += 1
                if len(line) >= _LONGEST_LINE:
                    raise broken(number, "En SIE-post per rad; raden är orimligt lång.")
                text = line.strip(" \t\r\n\x1a")
                if text:
                    self.last_number, self.last_text = number, text
                yield number, text


def broken(
    line: int | None, expected_sv: str, remedy_sv: str = "Exportera SIE-filen på nytt ur bokföringen."
) -> DeliveryUnreadable:
    """The refusal of a file whose structure is broken, with the line where it shows."""
    return DeliveryUnreadable(Fault("STR-014", line, None, None, expected_sv, remedy_sv))


def split_record(line: str, number: int) -> list[str]:
    """A record's fields, label first; an object list is one field that begins with `{`. Raises for an open quote."""
    if '"' not in line:
        plain = line.split()
        if "{" not in line:
            return plain
        if "{}" in plain and line.count("{") == 1:  # most transactions: an empty object list
            return ["{" if text == "{}" else text for text in plain]
    fields: list[str] = []
    at = 0
    while at < len(line):
        found = _TOKEN.match(line, at)
        if found is None:
            if not line[at:].strip():
                break
            raise broken(
                number, f"Citattecken och klamrar i par; på rad {number} stängs något som öppnas inte."
            )
        quoted, objects, bare = found.groups()
        fields.append(
            bare if bare is not None else "{" + objects if objects is not None else _unescape(quoted)
        )
        at = found.end()
    return fields


def _unescape(quoted: str) -> str:
    return quoted.replace('\\"', '"')


# --- first pass ---


def _gather(lines: _Lines, switched_off: frozenset[str]) -> _Declared:
    declared = _Declared()
    for number, text in lines:
        if text[:1] != "#":
            continue
        label = text[1:].split(None, 1)[0].upper() if len(text) > 1 else ""
        is_summed = declared.checksum_state == "open"
        if label == "VER":
            declared.vouchers += 1
        if label in _SECOND_PASS_ONLY and not is_summed:
            continue
        fields = split_record(text, number)
        if label == "KSUMMA":
            _take_checksum(declared, fields, number, switched_off)
            continue
        if is_summed:
            declared.checksum = zlib.crc32(_summed_bytes(fields), declared.checksum or 0)
        _take(declared, label, fields[1:], number)
    return declared


def _take(declared: _Declared, label: str, fields: list[str], number: int) -> None:
    if label == "KONTO" and fields:
        declared.accounts[fields[0]] = fields[1] if len(fields) > 1 else ""
    elif label == "RAR" and len(fields) > 2:
        declared.years[fields[0]] = (fields[1], fields[2])
    elif label in ("UB", "RES") and len(fields) > 2 and fields[0] == "0":
        declared.closing.append((fields[1], fields[2], number, label))
    elif label in (
        "PROGRAM",
        "FORMAT",
        "GEN",
        "SIETYP",
        "FNAMN",
        "ORGNR",
        "FLAGGA",
        "KPTYP",
        "OMFATTN",
        "VALUTA",
    ):
        declared.single.setdefault(label, fields)


def _summed_bytes(fields: list[str]) -> bytes:
    """What #KSUMMA counts of a record: label and fields in code page 437, without separators, quotes and braces."""
    parts = [
        text for field in fields for text in (_object_codes(field) if field.startswith("{") else [field])
    ]
    return "".join(parts).encode("cp437", "replace")


def _object_codes(objects: str) -> list[str]:
    """The codes of an object list as split by split_record (`{1 "456"`): dimension, object, dimension …"""
    return [
        _unescape(quoted) if bare is None else bare
        for quoted, _inner, bare in (found.groups() for found in _TOKEN.finditer(objects[1:]))
    ]


def _take_checksum(declared: _Declared, fields: list[str], number: int, switched_off: frozenset[str]) -> None:
    if len(fields) < 2:
        declared.checksum, declared.checksum_state = 0, "open"
        return
    if declared.checksum_state != "open":
        return
    declared.checksum_state = "verified"
    if fields[1] != str(declared.checksum) and "STR-014" not in switched_off:
        raise broken(
            number,
            f"Kontrollsumman #KSUMMA {fields[1]}; filens innehåll ger {declared.checksum}.",
            "Filen har ändrats eller skadats efter exporten. Exportera den på nytt.",
        )


def _refuse_unfinished(
    declared: _Declared, ends_with_line_end: bool, lines: _Lines, switched_off: frozenset[str]
) -> None:
    if "STR-014" in switched_off:
        return
    if declared.checksum_state == "open":
        raise broken(
            lines.last_number, "En avslutande #KSUMMA, eftersom filen börjar med en; filen är avklippt."
        )
    if not ends_with_line_end and lines.last_text != "}" and declared.checksum_state != "verified":
        raise broken(lines.last_number, "Radslut efter sista raden; utan det kan posten vara avklippt.")
    if "FNAMN" not in declared.single:
        raise broken(None, "Posten #FNAMN (vems bokföring det är).")
    if not declared.vouchers and not declared.closing:
        raise broken(lines.last_number, "Verifikationer eller utgående saldon; filen är avklippt före dem.")
    kind = (declared.single.get("SIETYP") or ["4"])[0]
    if kind in ("1", "2", "3") and not declared.vouchers:
        raise broken(
            None,
            f"SIE typ 4 med verifikationer; filen är typ {kind} och har bara saldon.",
            "Välj ”SIE 4” (transaktioner) i exporten.",
        )


def _notes(declared: _Declared) -> dict[str, str]:
    named = {
        "PROGRAM": "program",
        "FORMAT": "declared_format",
        "SIETYP": "sie_type",
        "KPTYP": "chart",
        "FLAGGA": "flag",
        "OMFATTN": "balances_up_to",
        "VALUTA": "currency",
    }
    notes = {
        name: " ".join(declared.single[label])[:60]
        for label, name in named.items()
        if declared.single.get(label)
    }
    return {**notes, "checksum": declared.checksum_state}


def _fiscal_year(declared: _Declared) -> tuple[str, str]:
    """Start and end of year 0 as ISO dates. Raises DeliveryUnreadable (STR-010)."""
    first, last = (_day(text) for text in declared.years.get("0", ("", "")))
    if first is None or last is None or first > last:
        raise DeliveryUnreadable(
            Fault(
                "STR-010",
                None,
                None,
                None,
                "Posten #RAR 0 med räkenskapsårets första och sista dag.",
                "Välj räkenskapsår i exporten och exportera på nytt.",
            )
        )
    return first.isoformat(), last.isoformat()


def _day(text: str) -> date | None:
    if not re.fullmatch(r"[0-9]{8}", text):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        return None


def _closing(declared: _Declared) -> tuple[ClosingBalance, ...]:
    balances = []
    for account, amount, number, label in declared.closing:
        try:
            balances.append(ClosingBalance(account, parse_amount(amount), number, label))
        except ValueProblem as problem:
            raise broken(number, f"#{label} med ett belopp. {problem.expected_sv}") from None
    return tuple(balances)


# --- second pass ---


@dataclass(frozen=True)
class _Voucher:
    series: str
    number: str
    day: str
    text: str
    line: int


_NO_VOUCHER = _Voucher("", "", "", "", 0)


class _Emission:
    """The second pass: opening balances and transactions as ledger rows."""

    def __init__(self, lines: _Lines, sorter: RowSorter, declared: _Declared, *, is_strict: bool) -> None:
        self.lines, self.sorter, self.table, self.declared = lines, sorter, sorter.table, declared
        self.is_strict = is_strict
        self.voucher: _Voucher | None = None
        self.is_open = False
        self.rows: list[tuple[int, list[str]]] = []
        self.take: dict[str, Callable[[int, list[str]], NonData | None]] = {
            "IB": self._opening,
            "VER": self._begin_voucher,
            "TRANS": self._transaction,
            "RTRANS": self._supplement,
            "BTRANS": self._supplement,
            "UB": self._closing,
            "RES": self._closing,
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
        if self.rows:
            yield self.sorter.block(self.rows)

    def _line(self, number: int, text: str) -> NonData | None:
        if not text:
            return "blank"
        if text[0] == "#":
            return self._record(number, split_record(text, number))
        if text in ("{", "}"):
            self._brace(number, text)
            return "structure"
        if self.is_strict:
            raise broken(number, "En rad som börjar med #, { eller }.")
        return "unknown"

    def _record(self, number: int, fields: list[str]) -> NonData | None:
        label = fields[0][1:].upper()
        if label in self.take:
            return self.take[label](number, fields[1:])
        return "structure" if label in _KNOWN else "unknown"

    def _brace(self, number: int, text: str) -> None:
        if self.voucher is None or (text == "{") == self.is_open:
            if self.is_strict and (self.voucher is not None or text == "}"):
                raise broken(number, "Klamrar i par efter #VER.")
            return
        self.is_open = text == "{"
        if not self.is_open:
            self.voucher = None

    def _begin_voucher(self, number: int, fields: list[str]) -> NonData:
        if self.voucher is not None and self.is_strict:
            raise broken(number, f"Verifikationen på rad {self.voucher.line} avslutad innan nästa börjar.")
        if len(fields) < 3 and self.is_strict:
            raise broken(number, "#VER med serie, nummer och datum.")
        series, voucher_number, day, text = (*fields, "", "", "", "")[:4]
        self.voucher, self.is_open = _Voucher(series, voucher_number, day, text, number), False
        return "structure"

    def _supplement(self, _number: int, _fields: list[str]) -> NonData:
        return "supplement"

    def _closing(self, _number: int, fields: list[str]) -> NonData:
        return "total" if fields[:1] == ["0"] else "other_year"

    def _opening(self, number: int, fields: list[str]) -> NonData | None:
        if len(fields) < 3 and self.is_strict:
            raise broken(number, "#IB med år, konto och belopp.")
        year, account, amount = (*fields, "", "", "")[:3]
        if year != "0":
            return "other_year"
        self._add(number, "opening", account, amount)
        return None

    def _transaction(self, number: int, fields: list[str]) -> NonData | None:
        if self.is_strict and self.voucher is None:
            raise broken(number, "#TRANS inom klamrarna efter ett #VER.")
        if self.voucher is not None and not self.is_open:
            # Real programs have lost the line with the opening brace; #VER above and } below leave no doubt.
            self.is_open = True
            self.table.notes["opening_braces_missing"] = self.table.notes.get("opening_braces_missing", 0) + 1
        if self.is_strict and (len(fields) < 3 or not fields[1].startswith("{")):
            raise broken(number, "#TRANS med konto, objektlista inom klamrar och belopp.")
        account, objects, amount = (*fields, "", "", "")[:3]
        self._add(number, "transaction", account, amount, objects)
        return None

    def _add(self, number: int, kind: str, account: str, amount: str, objects: str = "{") -> None:
        codes = _object_codes(objects) if len(objects) > 1 else []
        pairs = dict(zip(codes[::2], codes[1::2], strict=False))
        of = self.voucher if self.voucher is not None and kind == "transaction" else _NO_VOUCHER
        row = {
            "entry_kind": kind,
            "fiscal_year": self.table.period or "",
            "account_code": account,
            "account_name": self.declared.accounts.get(account, ""),
            "amount_sek": amount,
            "voucher_series": of.series,
            "voucher_number": of.number,
            "voucher_row": str(of.line or ""),
            "voucher_date": of.day,
            "voucher_text": of.text,
            "cost_centre_code": pairs.get(_COST_CENTRE, ""),
            "project_code": pairs.get(_PROJECT, ""),
        }
        self.rows.append((number, [row[name] for name in self.table.header]))
