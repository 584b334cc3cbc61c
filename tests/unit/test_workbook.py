"""Workbooks: the right sheet, exact numbers, real dates; unreadable ones refused with one sentence."""

import datetime
import re
import zipfile

import openpyxl
import pytest
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.chart import BarChart
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from ingestion.feeds import all_feeds
from ingestion.readers import read
from ingestion.readers.sheet import number_format, number_text, serial_date
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


def test_a_damaged_sheet_is_refused(save, tmp_path):
    good = save(("Blad1", "visible", [HEADER, ["A", 2031, 1]]))
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(broken, "w") as target:
        for item in source.namelist():
            content = source.read(item)
            target.writestr(item, content[: len(content) // 2] if "sheet1" in item else content)
    assert refusal(broken).rule_id == "STR-003"


def test_a_hidden_sheet_is_never_read(save):
    fault = refusal(save(("Omslag", "visible", [["Avgifter"]]), ("Data", "hidden", [HEADER, ["A", 2031, 1]])))
    assert fault.rule_id == "STR-006"
    assert "”Data” passar men är dolt" in fault.expected_sv


def test_an_empty_first_sheet_and_an_unfilled_copy_are_passed_over(save):
    table, found = rows_of(
        save(
            ("Blad1", "visible", []),
            ("Mall", "visible", [HEADER]),
            ("Avgifter", "visible", [HEADER, ["A", 2031, 1]]),
        )
    )
    assert (table.notes["sheet"], len(found)) == ("Avgifter", 1)


def test_a_sheet_that_lacks_a_column_does_not_compete(save):
    other = ["Medlem", "År", "Anmärkning"]
    path = save(
        ("Avgifter", "visible", [HEADER, ["A", 2031, 1]]), ("Svar", "visible", [other, ["A", 2031, "x"]])
    )
    assert rows_of(path)[0].notes["sheet"] == "Avgifter"


def test_a_chart_sheet_is_passed_over(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    book.active.append(["A", 2031, 1])
    book.create_chartsheet("Diagram", 0).add_chart(BarChart())
    book.save(path := tmp_path / "a.xlsx")
    table, found = rows_of(path)
    assert (table.notes["sheets"], len(found)) == (1, 1)


def test_hidden_columns_and_filters_are_said(save):
    path = save(("Avgifter", "visible", [HEADER, ["A", 2031, 1], ["B", 2031, 2]]))
    book = openpyxl.load_workbook(path)
    sheet = book["Avgifter"]
    sheet.column_dimensions["B"].hidden = True
    sheet.row_dimensions[2].hidden = True
    sheet.auto_filter.ref = "A1:D3"
    sheet.auto_filter.add_filter_column(0, ["B"])
    book.save(path)
    table, found = rows_of(path)
    assert [row[0] for row in found] == ["A", "B"]
    assert (table.notes["hidden_columns"], table.notes["hidden_rows"], table.notes["filtered"]) == (
        1,
        1,
        True,
    )


@pytest.mark.parametrize(
    ("stored", "code", "text"),
    [("2031", "General", "2031"), ("0.30000000000000004", "General", "0.3"), ("1022000.3300000001", "#,##0", "1022000.33"),
     ("999999999999999", "0", "999999999999999"), ("1E+15", "0", None), ("-0", "0", "0"), ("-1.5E-3", "0", "-0.0015"),
     ("0.25", "0%", "0.25"), ("1250", '#,##0.00 "kr"', "1250"), ("1250", "#,##0.00 [$kr-41D]", "1250"),
     ("380", "0000", "0380"), ("1.5", "0000", "1.5"), ("12345", "0000", "12345"), ("11455", "000\\ 00", "114 55"),
     ("47938", "yyyy-mm-dd", "2031-03-31"), ("47938.5", "yyyy-mm-dd hh:mm", "2031-03-31 12:00:00"),
     ("47938.999999", "yyyy-mm-dd", "2031-04-01"), ("0.25", "hh:mm", "06:00:00"), ("1.5", "[h]:mm", "36:00:00"),
     ("59", "yyyy-mm-dd", "1900-02-28"), ("60", "yyyy-mm-dd", "60"), ("61", "yyyy-mm-dd", "1900-03-01"),
     ("1", "d/m/yy", "1900-01-01"), ("-1", "yyyy-mm-dd", "-1"), ("2958465", "yyyy", "9999-12-31"), ("2958466", "yyyy", "2958466"),
     ("1E+999999999", "yyyy-mm-dd", None), ("1E+999999999", "[h]:mm", None),
     ("47938", "[$-41D]d mmmm yyyy;@", "2031-03-31"), ("47938", '"Dag" 0', "47938")],
)  # fmt: skip
def test_a_stored_number_is_what_its_format_makes_of_it(stored, code, text):
    assert number_text(stored, number_format(code), "1900") == text


def test_serials_count_from_the_books_own_day():
    assert number_text("46476", number_format("yyyy-mm-dd"), "1904") == "2031-03-31"
    assert serial_date(0, "1904") == "1904-01-01"
    assert serial_date(0, "1900") is None


@pytest.mark.parametrize("name", ["a.xlsx", "a.xls"])
def test_the_date_system_of_the_book_is_handed_on(tmp_path, name):
    path = tmp_path / name
    if name == "a.xlsx":
        book = openpyxl.Workbook()
        book.epoch = CALENDAR_MAC_1904
        book.active.append(HEADER)
        book.active.append(["A", 2031, 1, datetime.date(2031, 3, 31)])
    else:
        book = xlwt.Workbook()
        book.dates_1904 = True
        sheet = book.add_sheet("Blad1")
        for column, value in enumerate(HEADER):
            sheet.write(0, column, value)
        for column, value in enumerate(["A", 2031, 1, 46476]):
            sheet.write(
                1, column, value, xlwt.easyxf(num_format_str="YYYY-MM-DD" if column == 3 else "General")
            )
    book.save(path)
    table, found = rows_of(path)
    assert table.date_system == "1904"
    assert found[0][3] == "2031-03-31"


def test_rich_inline_and_escaped_texts_are_read_whole(save, tmp_path):
    path = save(("Avgifter", "visible", [HEADER, ["A", 2031, 1, "x"], ["B", True, 2, "'007"]]))
    rich = (
        b'<c r="A2" t="inlineStr"><is><r><t>Dal</t></r><r><rPr><b/></rPr><t xml:space="preserve">by _x0041_ </t></r>'
        b"<rPh><t>uttal</t></rPh></is></c>"
    )
    changed = tmp_path / "rich.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(changed, "w") as target:
        for item in source.namelist():
            part = source.read(item)
            target.writestr(item, re.sub(rb'<c r="A2".*?</c>', rich, part) if "sheet1" in item else part)
    assert [row[:4] for row in rows_of(changed)[1]] == [
        ("Dalby A ", "2031", "1", "x"),
        ("B", "ja", "2", "'007"),
    ]


SHARED = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="3" uniqueCount="2"><si><t>Dalby</t></si>
<si><r><t>Ås</t></r><r><rPr><b/></rPr><t xml:space="preserve"> norra_x000D_
_x005F_x0041_ x005F_</t></r><rPh sb="0" eb="1"><t>uttal</t></rPh></si></sst>"""


def test_shared_texts_are_read_whole(save, tmp_path):
    path = save(("Avgifter", "visible", [HEADER, ["A", 2031, 1], ["B", 2031, 2]]))
    changed = tmp_path / "shared.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(changed, "w") as target:
        for item in source.namelist():
            part = source.read(item)
            if item == "[Content_Types].xml":
                kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
                part = part.replace(
                    b"</Types>", b'<Override PartName="/xl/texts.xml" ContentType="' + kind + b'"/></Types>'
                )
            for cell, number in ((b"A2", b"0"), (b"A3", b"1")):
                shared = b'<c r="' + cell + b'" t="s"><v>' + number + b"</v></c>"
                part = re.sub(rb'<c r="' + cell + rb'".*?</c>', shared, part)
            target.writestr(item, part)
        target.writestr("xl/texts.xml", SHARED)
    assert [row[0] for row in rows_of(changed)[1]] == ["Dalby", "Ås norra\r\n_x0041_ x005F_"]


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), max_size=12).map(
    str.strip
)
amounts = st.decimals(-(10**9), 10**9, places=2).map(float)
days = st.dates(datetime.date(1901, 1, 1), datetime.date(2099, 12, 31))
cells = st.tuples(texts, st.integers(1990, 2089), amounts, days)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(cells, min_size=1, max_size=6),
    titles=st.integers(0, 3),
    gap=st.integers(0, 2),
    has_total=st.booleans(),
    as_serial=st.booleans(),
    hidden=st.sets(st.integers(0, 5)),
    old=st.booleans(),
)
def test_what_is_written_is_read_back(tmp_path, rows, titles, gap, has_total, as_serial, hidden, old):
    """The row account holds and every cell is what was written, in both kinds of workbook."""
    rows = [(f"M{text}", year, amount, day) for text, year, amount, day in rows]
    sheet = [[f"Titel {at}"] for at in range(titles)] + [[] for _ in range(gap)] + [HEADER]
    first = len(sheet)
    sheet += [list(row) for row in rows]
    if has_total:
        sheet.append(["Summa", None, round(sum(row[2] for row in rows), 2)])
    hidden = {first + at for at in hidden if at < len(rows)}
    path = tmp_path / ("bok.xls" if old else "bok.xlsx")
    (write_xls if old else write_xlsx)(path, sheet, hidden, as_serial)
    table, found = rows_of(path)
    expected = [
        (
            name,
            str(year),
            amount,
            str((day - datetime.date(1899, 12, 30)).days) if as_serial else day.isoformat(),
            at,
        )
        for at, (name, year, amount, day) in enumerate(rows, first + 1)
    ]
    assert [(n, y, float(a), d, at) for n, y, a, d, at in found] == expected
    assert table.rows_read == len(sheet) == len(found) + table.non_data.total()
    assert table.non_data["total"] == has_total
    assert table.notes["hidden_rows"] == len(hidden)
    if not old:
        agrees_with_openpyxl(path, found)


def write_xlsx(path, rows, hidden, as_serial):
    book = openpyxl.Workbook()
    for at, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            if value is not None:
                cell = book.active.cell(at, column, value)
                if isinstance(value, datetime.date) and as_serial:
                    cell.value, cell.number_format = (value - datetime.date(1899, 12, 30)).days, "General"
                if isinstance(value, str):
                    cell.data_type = "s"  # a text that begins with = stays a text
    for at in hidden:
        book.active.row_dimensions[at + 1].hidden = True
    book.save(path)


def write_xls(path, rows, hidden, as_serial):
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Blad1")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, datetime.date):
                serial = (value - datetime.date(1899, 12, 30)).days
                sheet.write(at, column, serial, xlwt.Style.default_style if as_serial else day)
            elif value is not None:
                sheet.write(at, column, value)
        sheet.row(at).hidden = at in hidden
    book.save(str(path))


def agrees_with_openpyxl(path, found):
    """The second opinion: the same rows through openpyxl's own cells."""
    sheet = openpyxl.load_workbook(path, read_only=True, data_only=True).active
    theirs = dict(enumerate(sheet.iter_rows(values_only=True), 1))
    for *cells_found, at in found:
        name, year, amount, day = theirs[at][:4]
        day = day.date().isoformat() if isinstance(day, datetime.datetime) else str(day)
        assert (cells_found[0], cells_found[1], float(cells_found[2]), cells_found[3]) == (
            name,
            str(year),
            amount,
            day,
        )
