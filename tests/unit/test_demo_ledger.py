"""The demo ledger, read independently: it balances, its control sum holds, it gives the statements."""

import csv
import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from ingestion.demo.generate import DELIVERIES, SOURCES
from ingestion.demo.sie_file import sie_bytes

STATEMENTS = ("resultaträkning", "balansräkning")
LEDGER = DELIVERIES / "landing" / "skelleftea-norsjo" / "ledger"
_FIELD = re.compile(rb'"((?:\\"|[^"])*)"|([^\s"{}]+)|([{}])')


def _fields(line: bytes) -> list[bytes]:
    found = []
    for quoted, bare, brace in _FIELD.findall(line):
        found.append(brace or bare or quoted.replace(b'\\"', b'"'))
    return found


def _crc(data: bytes) -> int:
    """CRC-32 bit by bit, as SIE's specification describes it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xEDB88320 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class Sie:
    def __init__(self, content: bytes) -> None:
        self.records = [_fields(line) for line in content.split(b"\r\n") if line]
        self.balances: dict[tuple[str, int], dict[str, Decimal]] = defaultdict(dict)
        self.vouchers: list[tuple[list[str], list[tuple[str, Decimal]]]] = []
        self.names: dict[str, str] = {}
        for record in self.records:
            label, *rest = (field.decode("cp437") for field in record)
            if label in ("#IB", "#UB", "#RES"):
                self.balances[label, int(rest[0])][rest[1]] = Decimal(rest[2])
            elif label == "#VER":
                self.vouchers.append((rest, []))
            elif label == "#TRANS":
                self.vouchers[-1][1].append((rest[0], Decimal(rest[3])))
            elif label == "#KONTO":
                self.names[rest[0]] = rest[1]

    def movement(self) -> dict[str, Decimal]:
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for _, lines in self.vouchers:
            for account, amount in lines:
                sums[account] += amount
        return {account: amount for account, amount in sums.items() if amount}


@pytest.fixture(params=[2016, 2017])
def year(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def sie(year: int) -> Sie:
    return Sie((LEDGER / f"huvudbok_{year}.se").read_bytes())


def _printed(table: str, year: int, item: str) -> Decimal:
    with (SOURCES / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        (found,) = [
            r["value_num"] for r in csv.DictReader(file) if r["year"] == str(year) and r["line_item"] == item
        ]
    return Decimal(found)


def _mapped(sie: Sie) -> dict[str, Decimal]:
    """Sums by report line through the reference files, longest prefix, own before common."""
    prefixes: dict[str, str] = {}
    for folder in ("common", "skelleftea-norsjo"):
        with (DELIVERIES / "reference" / folder / "account_map.csv").open(
            encoding="utf-8", newline=""
        ) as file:
            rows = [r for r in csv.DictReader(file, delimiter=";") if r["Räkning"] in STATEMENTS]
        prefixes |= {r["Konto börjar med"]: r["Radkod"] for r in rows}
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for label in ("#UB", "#RES"):
        for account, amount in sie.balances[label, 0].items():
            prefix = max((p for p in prefixes if account.startswith(p)), key=len)
            sums[prefixes[prefix]] += amount
    return sums


def test_control_sum_verifies(sie: Sie) -> None:
    first = sie.records.index([b"#KSUMMA"])
    assert sie.records[0] == [b"#FLAGGA", b"0"] and first == 1 and sie.records[-1][0] == b"#KSUMMA"
    between = [f for record in sie.records[2:-1] for f in record if f not in (b"{", b"}")]
    assert int(sie.records[-1][1]) == _crc(b"".join(between))


def test_control_sum_counts_the_quote_and_not_its_escape() -> None:
    content = sie_bytes([("#FNAMN", 'Å "B" C'), ("#TRANS", "1910", ("6", "a b"), "1.00")])
    assert b'#FNAMN "\x8f \\"B\\" C"\r\n#TRANS 1910 {6 "a b"} 1.00\r\n' in content
    expected = _crc('#FNAMNÅ "B" C#TRANS19106a b1.00'.encode("cp437"))
    assert content.endswith(f"#KSUMMA {expected}\r\n".encode())


def test_heads_the_file_as_sie_4_wants(sie: Sie, year: int) -> None:
    text = [[f.decode("cp437") for f in record] for record in sie.records]
    assert ["#SIETYP", "4"] in text and ["#FORMAT", "PC8"] in text and ["#ORGNR", "222000-1933"] in text
    assert ["#FNAMN", "Samordningsförbundet Skellefteå-Norsjö"] in text
    assert ["#RAR", "0", f"{year}0101", f"{year}1231"] in text and ["#DIM", "6", "Projekt"] in text


def test_every_voucher_balances_inside_the_year_with_numbers_ascending(sie: Sie, year: int) -> None:
    last: dict[str, int] = {}
    assert len(sie.vouchers) > 50
    for (series, number, day, _), lines in sie.vouchers:
        assert sum(amount for _, amount in lines) == 0 and len(lines) > 1
        assert day.startswith(str(year))
        assert int(number) == last.get(series, 0) + 1
        last[series] = int(number)
    assert any(len(lines) > 2 for _, lines in sie.vouchers)
    assert {account for _, lines in sie.vouchers for account, _ in lines} <= sie.names.keys()


def test_opening_plus_movement_is_closing(sie: Sie) -> None:
    opening, movement = sie.balances["#IB", 0], sie.movement()
    assert sum(opening.values()) == 0
    accounts = opening.keys() | movement.keys()
    ends = {a: opening.get(a, Decimal()) + movement.get(a, Decimal()) for a in accounts}
    assert {a: v for a, v in ends.items() if v} == sie.balances["#UB", 0] | sie.balances["#RES", 0]


def test_gives_the_printed_lines(sie: Sie, year: int) -> None:
    sums = _mapped(sie)
    assert -sums["other_income"] == _printed("income_statement", year, "Övriga intäkter")
    assert sums["operating_costs"] == -_printed("income_statement", year, "Verksamhetens kostnader")
    assert sums["receivables"] == _printed("balance_sheet", year, "Fordringar")
    assert sums["cash"] == _printed("balance_sheet", year, "Kassa och bank")
    assert -sums["current_liabilities"] == _printed("balance_sheet", year, "Kortfristiga skulder")
    assert -sums["equity_opening"] == _printed("balance_sheet", year, "Eget kapital vid årets ingång")
    assert sum(sie.balances["#RES", 0].values()) == -_printed("cash_flow", year, "Årets resultat")
    assert -sums["member_fees"] == {2016: 6_132_484, 2017: 6_532_000}[year]
    assert -sums["unexplained_difference"] == {2016: 0, 2017: 1}[year]
    assert sums["eu_grants"] == 0


def _by_item(sie: Sie, column: str) -> dict[str, Decimal]:
    with (SOURCES / "chart_of_accounts.csv").open(encoding="utf-8", newline="") as file:
        items = {r["account_code"]: r[column] for r in csv.DictReader(file) if r["account_kind"] == "K"}
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for account, amount in sie.balances["#RES", 0].items():
        if account in items:
            sums[items[account]] += amount
    return sums


def test_costs_give_note_2_and_the_summary_at_once() -> None:
    second = Sie((LEDGER / "huvudbok_2017.se").read_bytes())
    note = _by_item(second, "line_item")
    assert note == {item: _printed("note2_costs", 2017, item) for item in note} and len(note) == 5
    assert _by_item(second, "summary_item") == {
        "Verksamheter/projekt": 6_136_804,
        "Konferens/seminarier/utbildning": 93_354,
        "Övriga kostnader": 68_985,
        "Styrelse arvoden": 159_599,
        "Styrelse Utbildning/konferenser": 57_929,
        "Kansli": 1_286_983,
    }
    first = Sie((LEDGER / "huvudbok_2016.se").read_bytes())
    assert _by_item(first, "line_item") == {item: _printed("note2_costs", 2016, item) for item in note}


def test_the_budget_map_places_every_cost_account_of_2017_on_its_line() -> None:
    folder = DELIVERIES / "reference" / "skelleftea-norsjo"
    with (folder / "account_map.csv").open(encoding="utf-8", newline="") as file:
        own = {
            r["Konto börjar med"]: r["Radkod"]
            for r in csv.DictReader(file, delimiter=";")
            if r["Räkning"] == "budget"
        }
    with (folder / "report_lines.csv").open(encoding="utf-8", newline="") as file:
        labels = {r["Radkod"]: r["Benämning"].casefold() for r in csv.DictReader(file, delimiter=";")}
    with (SOURCES / "chart_of_accounts.csv").open(encoding="utf-8", newline="") as file:
        placed = {
            r["account_code"]: r["summary_item"].casefold() for r in csv.DictReader(file) if r["summary_item"]
        }
    assert {account: labels[line] for account, line in own.items()} == placed


def test_2017_opens_where_2016_closed_with_the_result_in_equity() -> None:
    first, second = (Sie((LEDGER / f"huvudbok_{year}.se").read_bytes()) for year in (2016, 2017))
    closed = dict(first.balances["#UB", 0])
    closed["2010"] += sum(first.balances["#RES", 0].values())
    assert closed == second.balances["#IB", 0]
    assert second.balances["#UB", -1] == first.balances["#UB", 0]
    assert first.balances["#IB", 0]["1910"] == 5_067_384
    assert second.balances["#IB", 0]["2010"] == -2_497_180


def test_undecidable_differences_have_their_own_accounts() -> None:
    first = Sie((LEDGER / "huvudbok_2016.se").read_bytes())
    assert first.names["3699"] == "Ej hänförlig differens i not 1" and first.balances["#RES", 0]["3699"] == 78
    assert first.balances["#UB", 0]["1699"] == 36_999
    second = Sie((LEDGER / "huvudbok_2017.se").read_bytes())
    assert second.balances["#UB", 0]["2999"] == -1


def test_the_broken_file_ends_inside_a_transaction() -> None:
    whole = (LEDGER / "huvudbok_2017.se").read_bytes()
    broken = Path(LEDGER / "huvudbok_2017_avbruten.se").read_bytes()
    assert whole.startswith(broken) and len(broken) < len(whole) * 0.9
    assert broken.rsplit(b"\n", 1)[1].startswith(b"#TRANS ")
    assert not broken.endswith(b"\n")
