"""Invented books and a small writer of SIE 1-4, independent of the reader: what it writes must read back equal."""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass, field

from hypothesis import strategies as st

ACCOUNTS = {
    "1930": "Bank",
    "1510": "Fordran å Östra",
    "2010": "Eget kapital",
    "3510": "Bidrag",
    "5010": 'Hyra, "stor"',
}
BALANCE_ACCOUNTS, RESULT_ACCOUNTS = ("1930", "1510", "2010"), ("3510", "5010")


@dataclass(frozen=True)
class Row:
    account: str
    ore: int
    cost_centre: str = ""
    project: str = ""


@dataclass(frozen=True)
class Voucher:
    series: str
    number: str
    day: str
    text: str
    rows: tuple[Row, ...]


@dataclass
class Book:
    """A year's books, in öre; openings and every voucher sum to zero."""

    openings: dict[str, int]
    vouchers: list[Voucher]

    def changes(self, rows=None) -> Counter:
        """Account -> change during the year."""
        found: Counter = Counter()
        for voucher in self.vouchers:
            for row in voucher.rows:
                found[row.account] += row.ore
        return found

    def by_period(self) -> Counter:
        """(Account, month) -> change."""
        found: Counter = Counter()
        for voucher in self.vouchers:
            for row in voucher.rows:
                found[row.account, voucher.day[:6]] += row.ore
        return found

    def closings(self) -> dict[str, int]:
        """Account -> what it ends at: balance or result."""
        changes = self.changes()
        return {code: self.openings.get(code, 0) + changes[code] for code in ACCOUNTS}


@dataclass(frozen=True)
class Style:
    """How a program writes."""

    type: str = "4"  # 1, 2, 3, 4, or 4i
    encoding: str = "cp437"
    line_end: str = "\n"
    separator: str = " "
    is_lower: bool = False
    has_checksum: bool = False
    quotes_all: bool = False
    spaces_in_braces: bool = False
    has_corrections: bool = False
    extra_fields: bool = False
    vouchers_first: bool = False
    zero_balances: bool = True
    marks: bytes = field(default=b"")


class Objects(tuple):
    """The codes of an object list."""

    __slots__ = ()


def kronor(ore: int) -> str:
    return f"{'-' if ore < 0 else ''}{abs(ore) // 100}.{abs(ore) % 100:02d}"


def records(book: Book, style: Style) -> list[tuple]:
    """Label and fields, in the order they are written; braces are records of their own."""
    kind = style.type[0]
    found: list[tuple] = [
        ("PROGRAM", "Prov å", "1"),
        ("FORMAT", "PC8"),
        ("GEN", "20320110"),
        ("SIETYP", kind),
        ("FNAMN", "Fjäll"),
    ]
    if style.type != "4i":
        found += [("RAR", "0", "20310101", "20311231"), ("RAR", "-1", "20300101", "20301231")]
    found += [("KONTO", code, name) for code, name in ACCOUNTS.items()]
    found += [("DIM", "6", "Projekt"), ("OBJEKT", "6", "P 1", "Vägen"), ("NYTT", "okänt fält")]
    balances = _balances(book, style) if style.type != "4i" else []
    vouchers = _vouchers(book, style) if kind == "4" else []
    return found + (vouchers + balances if style.vouchers_first else balances + vouchers)


def _balances(book: Book, style: Style) -> list[tuple]:
    closings, keeps = book.closings(), style.zero_balances
    found = [("IB", "0", code, kronor(ore)) for code, ore in book.openings.items() if ore or keeps]
    found += [("UB", "-1", code, kronor(ore)) for code, ore in book.openings.items() if ore or keeps]
    found += [
        ("UB", "0", code, kronor(closings[code]), "0") for code in BALANCE_ACCOUNTS if closings[code] or keeps
    ]
    found += [
        ("RES", "0", code, kronor(closings[code])) for code in RESULT_ACCOUNTS if closings[code] or keeps
    ]
    if style.type in ("2", "3"):
        for (code, month), ore in sorted(book.by_period().items()):
            if style.type == "3":
                found.append(("PSALDO", "0", month, code, Objects(("6", "P 1")), kronor(ore // 2)))
            found.append(("PSALDO", "0", month, code, Objects(), kronor(ore)))
            found.append(("PSALDO", "-1", month, code, Objects(), kronor(ore + 1)))
    return found


def _vouchers(book: Book, style: Style) -> list[tuple]:
    found: list[tuple] = []
    for voucher in book.vouchers:
        found += [("VER", voucher.series, voucher.number, voucher.day, voucher.text), ("{",)]
        for place, row in enumerate(voucher.rows):
            pairs = (("1", row.cost_centre) if row.cost_centre else ()) + (
                ("6", row.project) if row.project else ()
            )
            fields = (row.account, Objects(pairs), kronor(row.ore))
            if style.has_corrections and place == 0:
                found += [("BTRANS", row.account, Objects(), kronor(row.ore + 100)), ("RTRANS", *fields)]
            found.append(("TRANS", *fields, *(("", "", "1.500", "KL", "mer") if style.extra_fields else ())))
        found.append(("}",))
    return found


def written(book: Book, style: Style) -> bytes:
    """The file, as a program of that style writes it."""
    lines = [f"#FLAGGA{style.separator}0"]
    body = records(book, style)
    if style.has_checksum:
        lines += [
            "#KSUMMA",
            *(_line(record, style) for record in body),
            f"#KSUMMA {control_sum(body, style)}",
        ]
    else:
        lines += [_line(record, style) for record in body]
    return style.marks + "".join(line + style.line_end for line in lines).encode(style.encoding)


def control_sum(body: list[tuple], style: Style) -> int:
    """The specification's CRC-32, over what was meant and not over what was written."""
    crc = 0
    for label, *fields in body:
        if label not in "{}":
            parts = [f"#{_label(label, style)}"]
            for one in fields:
                parts += one if isinstance(one, Objects) else [one]
            crc = zlib.crc32("".join(parts).encode("cp437"), crc)
    return crc


def _label(label: str, style: Style) -> str:
    return label.lower() if style.is_lower else label


def _line(record: tuple, style: Style) -> str:
    label, *fields = record
    if label in "{}":
        return label
    return style.separator.join([f"#{_label(label, style)}", *(_field(one, style) for one in fields)])


def _field(one: str | Objects, style: Style) -> str:
    if isinstance(one, Objects):
        room = " " if style.spaces_in_braces else ""
        return "{" + room + " ".join(_field(code, style) for code in one) + room + "}"
    if one and not style.quotes_all and not set(one) & set(' "\t{}'):
        return one
    return '"' + one.replace('"', '\\"') + '"'


_TEXTS = st.text(st.sampled_from('abcåäöÅÄÖé 0123456789"{}#-,.\\'), max_size=12).filter(
    lambda text: not text.endswith("\\")
)
_CODES = st.sampled_from(["", "10", "P 1", 'A"b', "Å}"])
_AMOUNTS = st.integers(-10_000_000, 10_000_000)


@st.composite
def _rows(draw: st.DrawFn) -> tuple[Row, ...]:
    rows = [
        Row(draw(st.sampled_from(list(ACCOUNTS))), draw(_AMOUNTS), draw(_CODES), draw(_CODES))
        for _place in range(draw(st.integers(0, 4)))
    ]
    return (*rows, Row("1930", -sum(row.ore for row in rows)))


@st.composite
def books(draw: st.DrawFn) -> Book:
    """Books of a few vouchers."""
    receivable, bank = draw(_AMOUNTS), 20_000_001 + draw(_AMOUNTS)
    vouchers = [
        Voucher(
            draw(st.sampled_from(["A", "B", ""])),
            str(number),
            f"2031{draw(st.integers(1, 12)):02d}15",
            draw(_TEXTS),
            draw(_rows()),
        )
        for number in range(1, draw(st.integers(1, 5)) + 1)
    ]
    return Book({"1930": bank, "1510": receivable, "2010": -bank - receivable}, vouchers)


def styles(*types: str) -> st.SearchStrategy[Style]:
    """Ways to write, of these types."""
    flags = st.booleans()
    return st.builds(
        Style,
        type=st.sampled_from(types),
        encoding=st.sampled_from(["cp437", "utf-8"]),
        line_end=st.sampled_from(["\n", "\r\n"]),
        separator=st.sampled_from([" ", "\t", "   ", " \t "]),
        is_lower=flags,
        has_checksum=flags,
        quotes_all=flags,
        spaces_in_braces=flags,
        has_corrections=flags,
        extra_fields=flags,
        vouchers_first=flags,
        zero_balances=flags,
    )
