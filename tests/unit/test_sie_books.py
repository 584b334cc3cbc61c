"""Whatever books a program writes in types 1-4, in whatever style, read back to the same sums on the öre."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings

from expectations.money import as_ore
from ingestion.examination import Examination
from ingestion.feeds import all_feeds
from tests.books import ACCOUNTS, Book, books, styles, written

LEDGER = all_feeds()["ledger"]
ANY_NUMBER_OF_TIMES = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def examined(tmp_path):
    def read(book, style):
        path = tmp_path / ("bok.si" if style.type == "4i" else "bok.SE")
        path.write_bytes(written(book, style))
        examination = Examination(path, LEDGER, "provet")
        rows = [row for block in examination.blocks() for row in block.to_pylist()]
        facts = examination.facts("x")
        assert not [fault for fault in examination.faults(facts) if fault.blocking], path.read_bytes()
        account = examination.account
        assert account.read == account.loaded + account.non_data == written(book, style).count(b"\n")
        return examination, rows, {rule_id for rule_id, found in facts.measured.items() if found.failed}

    return read


def sums(rows, *kinds):
    found = Counter()
    for row in rows:
        if row["entry_kind"] in kinds:
            found[row["account_code"]] += as_ore(row["amount_sek"])
    return {code: ore for code, ore in found.items() if ore}


def without_zeros(amounts):
    return {code: ore for code, ore in amounts.items() if ore}


@ANY_NUMBER_OF_TIMES
@given(book=books(), style=styles("4"))
def test_vouchers_read_back_equal(examined, book: Book, style):
    examination, rows, findings = examined(book, style)
    assert sums(rows, "opening") == without_zeros(book.openings)
    assert sums(rows, "transaction") == without_zeros(book.changes())
    assert findings <= {"LED-011"}, "the books are right; only numbers may be left out in a series"
    assert examination.completeness == "proven"
    sent = [row for voucher in book.vouchers for row in voucher.rows]
    loaded = [row for row in rows if row["entry_kind"] == "transaction"]
    assert [(row.account, row.ore) for row in sent] == [
        (row["account_code"], as_ore(row["amount_sek"])) for row in loaded
    ]
    assert [(row.cost_centre or None, row.project or None) for row in sent] == [
        (row["cost_centre_code"], row["project_code"]) for row in loaded
    ]
    assert {row["account_name"] for row in loaded} <= set(ACCOUNTS.values())


@ANY_NUMBER_OF_TIMES
@given(book=books(), style=styles("4i"))
def test_imports_read_back_equal(examined, book: Book, style):
    examination, rows, findings = examined(book, style)
    assert sums(rows, "transaction") == without_zeros(book.changes())
    assert examination.scope.startswith("import/2031-") and examination.period == "2031"
    assert findings == set()
    assert examination.completeness == ("proven" if style.has_checksum else "unproven")


@ANY_NUMBER_OF_TIMES
@given(book=books(), style=styles("1", "2", "3"))
def test_balances_read_back_equal(examined, book: Book, style):
    examination, rows, findings = examined(book, style)
    assert sums(rows, "opening") == without_zeros(book.openings)
    assert sums(rows, "period_change", "year_change") == without_zeros(book.changes())
    assert findings == set()
    by_period = {
        (row["account_code"], row["voucher_period"].replace("-", "")): as_ore(row["amount_sek"])
        for row in rows
        if row["entry_kind"] == "period_change"
    }
    if style.type == "1":
        assert not by_period
        assert examination.completeness == ("proven" if style.has_checksum else "unproven")
    else:
        assert without_zeros(by_period) == without_zeros(book.by_period())
        assert examination.completeness == "proven"
