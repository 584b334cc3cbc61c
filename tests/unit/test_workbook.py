"""Workbooks: the right sheet, exact numbers, real dates; unreadable ones refused with one sentence."""

import datetime
import zipfile

import openpyxl
import pytest

from ingestion.feeds import all_feeds
from ingestion.readers import read
from ingestion.readers.table import DeliveryUnreadable

FEES = all_feeds()["member_fees"]
HEADER = ["Medlem", "År", "Belopp", "Förfallodag"]


@pytest.fixture
def save(tmp_path):
    def write(*sheets):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, state, rows in sheets:
            sheet = book.create_sheet(title)
            sheet.sheet_state = state
            for row in rows:
                sheet.append(row)
        path = tmp_path / "avgifter.xlsx"
        book.save(path)
        return path

    return write


def rows_of(path):
    table = read(path, FEES)
    return table, [tuple(row.values()) for block in table.blocks for row in block.table.to_pylist()]


def refusal(path):
    with pytest.raises(DeliveryUnreadable) as problem:
        rows_of(path)
    return problem.value.fault


def test_titles_dates_numbers_and_totals(save):
    rows = [
        ["Avgifter"],
        [],
        HEADER,
        ["Dalby", 2031, 120000.5, datetime.date(2031, 3, 31)],
        [],
        ["Summa", None, 120000.5],
    ]
    table, found = rows_of(save(("Blad1", "visible", rows)))
    assert found == [("Dalby", "2031", "120000.5", "2031-03-31", 4)]
    assert table.non_data == {"title": 1, "blank": 2, "header": 1, "total": 1}
    assert table.total_rows[0].cells == ("Summa", "", "120000.5", "")
    assert table.rows_read == 6


def test_the_sheet_whose_header_binds_is_read(save):
    path = save(
        ("Läs mig", "visible", [["Fyll i bladet Avgifter", "tack"]]),
        ("Avgifter", "visible", [HEADER, ["A", 2031, 1]]),
    )
    table, found = rows_of(path)
    assert (table.notes["sheet"], len(found)) == ("Avgifter", 1)


def test_hidden_sheets_and_rows_are_said(save):
    path = save(
        ("Avgifter", "visible", [HEADER, ["A", 2031, 1], ["B", 2031, 2]]),
        ("Gammalt", "hidden", [HEADER, ["X", 2030, 9]]),
    )
    book = openpyxl.load_workbook(path)
    book["Avgifter"].row_dimensions[3].hidden = True
    book.save(path)
    table, found = rows_of(path)
    assert [row[0] for row in found] == ["A", "B"]
    assert (table.notes["hidden_sheets"], table.notes["hidden_rows"]) == (1, 1)


def test_two_sheets_that_both_fit_are_refused(save):
    rows = [HEADER, ["A", 2031, 1]]
    fault = refusal(save(("Avgifter", "visible", rows), ("Kopia", "visible", rows)))
    assert fault.rule_id == "STR-006"
    assert "”Avgifter” och ”Kopia”" in fault.expected_sv


def test_a_row_wider_than_the_header_is_a_fault(save):
    table, found = rows_of(
        save(("Blad1", "visible", [HEADER, ["A", 2031, 1, None, "anteckning"], ["B", 2031]]))
    )
    assert [row[0] for row in found] == ["B"]
    assert [(fault.rule_id, fault.row_number) for fault in table.faults] == [("STR-007", 2)]


def test_an_empty_book_is_refused(save):
    assert refusal(save(("Blad1", "visible", []))).rule_id == "STR-001"


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 no", b"not a book", bytes.fromhex("d0cf11e0a1b11ae1") + b"x" * 600]
)
def test_what_is_no_workbook_is_refused(tmp_path, content):
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    fault = refusal(path)
    assert fault.rule_id == "STR-003"
    assert fault.expected_sv.startswith("En läsbar arbetsbok")


def test_every_cut_of_a_workbook_is_refused(save):
    """F04."""
    whole = (path := save(("Blad1", "visible", [HEADER, ["A", 2031, 1]]))).read_bytes()
    for cut in range(1, len(whole), 97):
        path.write_bytes(whole[:cut])
        assert refusal(path).rule_id == "STR-003"


def test_a_damaged_sheet_is_refused(save, tmp_path):
    good = save(("Blad1", "visible", [HEADER, ["A", 2031, 1]]))
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(broken, "w") as target:
        for item in source.namelist():
            content = source.read(item)
            target.writestr(item, content[: len(content) // 2] if "sheet1" in item else content)
    assert refusal(broken).rule_id == "STR-003"


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    """F19."""
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", b"0" * (64 << 20))
    assert path.stat().st_size < 1 << 20
    assert "orimligt" in refusal(path).expected_sv
