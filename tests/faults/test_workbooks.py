"""Faults of workbooks: bombs, locks, cuts, disguises, and cells that have no value of their own."""

import io
import re
import struct
import zipfile

import openpyxl
import pytest
import xlwt
from openpyxl.workbook.protection import WorkbookProtection

from ingestion import trial
from ingestion.feeds import all_feeds
from ingestion.readers import read
from ingestion.readers.table import DeliveryUnreadable
from ingestion.settings import Settings

FEES = all_feeds()["member_fees"]
HEADER = ["Medlem", "År", "Belopp", "Fakturanr"]
ROWS = [["Dalby", 2031, 120000.5, "F1"], ["Ås", 2031, 380, "F2"]]
OLE_MARK = bytes.fromhex("d0cf11e0a1b11ae1")


def xlsx_bytes(rows=ROWS, change=None):
    book = openpyxl.Workbook()
    for row in [HEADER, *rows]:
        book.active.append(row)
    if change:
        change(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def xls_bytes(rows=ROWS, change=None):
    book = xlwt.Workbook()
    sheet = book.add_sheet("Blad1", cell_overwrite_ok=True)
    for at, row in enumerate([HEADER, *rows]):
        for column, value in enumerate(row):
            sheet.write(at, column, value)
    if change:
        change(book, sheet)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def repacked(content, edit=None, extra=(), compression=zipfile.ZIP_DEFLATED):
    """The package with its parts edited (name, bytes -> bytes) and members added."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(result, "w", compression) as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, edit(name, part) if edit else part)
        for name, part in extra:
            new.writestr(name, part)
    return result.getvalue()


def in_sheet(old, new):
    return lambda name, part: part.replace(old, new) if name.endswith("sheet1.xml") else part


@pytest.fixture
def outcome(tmp_path):
    """What becomes of some bytes: the table and its rows, or the fault."""

    def of(content, name="avgifter.xlsx"):
        path = tmp_path / name
        path.write_bytes(content)
        try:
            table = read(path, FEES)
            return table, [tuple(row.values()) for block in table.blocks for row in block.table.to_pylist()]
        except DeliveryUnreadable as problem:
            return problem.fault, None

    return of


@pytest.fixture
def refused(outcome):
    def of(content, name="avgifter.xlsx"):
        fault, rows = outcome(content, name)
        assert rows is None
        assert fault.rule_id == "STR-003"
        assert fault.remedy_sv
        return fault.expected_sv

    return of


# --- F04: cut anywhere ---


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_f04_an_xlsx_cut_at_any_byte_is_refused(outcome, compression):
    whole = repacked(xlsx_bytes(), compression=compression)
    step = 1 if compression == zipfile.ZIP_DEFLATED else 7
    accepted = [cut for cut in range(1, len(whole), step) if outcome(whole[:cut])[1] is not None]
    assert accepted == []
    assert len(outcome(whole)[1]) == 2


def test_f04_an_xlsx_cut_after_a_package_inside_it_is_refused(refused):
    inner = repacked(xlsx_bytes([["Inre", 2031, 1, "F"]]), compression=zipfile.ZIP_STORED)
    outer = repacked(xlsx_bytes(), extra=[("xl/embeddings/a.bin", inner)], compression=zipfile.ZIP_STORED)
    cut = outer.index(inner) + len(inner)
    assert "ingen hel arbetsbok" in refused(outer[:cut])


def test_f04_an_xls_cut_at_any_byte_is_refused(outcome):
    whole = xls_bytes()
    assert [cut for cut in range(1, len(whole)) if outcome(whole[:cut], "a.xls")[1] is not None] == []
    assert len(outcome(whole, "a.xls")[1]) == 2


@pytest.mark.parametrize("name", ["a.xls", "a.xlsx"])
def test_f04_bytes_behind_the_end_are_refused(refused, name):
    refused((xls_bytes() if name == "a.xls" else xlsx_bytes()) + b"rest", name)


def test_f04_an_xls_without_the_end_of_its_sheet_is_refused(refused):
    whole = bytearray(xls_bytes())
    end = whole.rindex(b"\x0a\x00\x00\x00", 0, whole.index(b"R\0o\0o\0t\0"))
    whole[end : end + 2] = b"\x3d\x00"
    assert "avklippt" in refused(bytes(whole), "a.xls")


# --- F19: bombs, locks and disguises ---


def test_f19_a_zip_bomb_is_refused_before_it_is_unpacked(refused):
    assert "orimligt" in refused(repacked(xlsx_bytes(), extra=[("xl/worksheets/b.xml", b"0" * (64 << 20))]))


def test_f19_a_member_that_lies_about_its_size_is_refused(refused):
    bomb = bytearray(repacked(xlsx_bytes(), extra=[("xl/worksheets/b.xml", b"0" * (1 << 20))]))
    at = bomb.rindex(b"PK\x01\x02")
    bomb[at + 24 : at + 28] = struct.pack("<I", 100)
    assert "skadad inuti" in refused(bytes(bomb))


def test_f19_members_that_share_bytes_are_refused(refused):
    whole = bytearray(
        repacked(xlsx_bytes(), extra=[("xl/a.bin", bytes(range(256)) * 99)], compression=zipfile.ZIP_STORED)
    )
    at = whole.rindex(b"PK\x01\x02")
    whole[at + 20 : at + 24] = struct.pack("<I", len(whole))
    refused(bytes(whole))


@pytest.mark.parametrize("name", ["../../etc/x.xml", "/etc/x.xml", "xl\\..\\x.xml", "C:x.xml"])
def test_f19_a_member_with_a_path_is_refused(refused, name):
    assert "pekar ut" in refused(repacked(xlsx_bytes(), extra=[(name, b"x")]))


def test_f19_a_member_that_is_there_twice_is_refused(refused):
    assert "flera gånger" in refused(repacked(xlsx_bytes(), extra=[("XL/workbook.xml", b"<x/>")]))


def test_f19_too_many_members_are_refused(refused):
    assert "för många delar" in refused(
        repacked(xlsx_bytes(), extra=[(f"xl/{n}.bin", b"") for n in range(5001)])
    )


def test_f19_entities_are_refused_before_a_parser_sees_them(refused):
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>'
    assert "DTD" in refused(repacked(xlsx_bytes(), in_sheet(b"<worksheet", bomb + b"<worksheet")))


def test_f19_an_encoding_that_would_hide_them_is_refused(refused):
    hidden = repacked(
        xlsx_bytes(),
        lambda name, part: part.decode().encode("utf-16") if name.endswith("sheet1.xml") else part,
    )
    assert "teckenkodning" in refused(hidden)


def test_f19_endless_nesting_is_refused(refused):
    assert refused(
        repacked(xlsx_bytes(), in_sheet(b"<sheetData>", b"<a>" * 100 + b"</a>" * 100 + b"<sheetData>"))
    )


@pytest.mark.parametrize(
    ("extra", "words"),
    [([("xl/vbaProject.bin", b"x")], "makron"),
     ([("xl/externalLinks/externalLink1.xml", b'<externalLink><ddeLink ddeService="cmd"/></externalLink>')], "DDE")],
)  # fmt: skip
def test_f19_macros_and_dde_are_refused(refused, extra, words):
    assert words in refused(repacked(xlsx_bytes(), extra=extra))


def packed(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        for name, part in members.items():
            package.writestr(name.replace("_DOT_", ".").replace("_SLASH_", "/"), part)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html><table><tr><td>Medlem</td></tr></table></html>", "webbsida (HTML)"),
        (b'\xef\xbb\xbf\r\n<meta http-equiv="x"><table>', "webbsida (HTML)"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related", "webbsida (HTML)"),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
            "XML-kalkylblad",
        ),
        (b"Medlem\t\xc5r\tBelopp\r\nDalby\t2031\t5\r\n", "textfil"),
        ("Medlem\tÅr\tBelopp\n".encode("utf-16"), "textfil"),
        (b"%PDF-1.7", "PDF"),
        (b"\x09\x08\x08\x00\x00\x05\x10\x00", "Excel 95"),
        (packed(a_DOT_csv="x;y", b_DOT_csv="x;y"), "packad fil (zip)"),
        (packed(word_SLASH_document_DOT_xml="<x/>"), "packad fil (zip)"),
        (packed(mimetype="application/vnd.oasis.opendocument.spreadsheet", content_DOT_xml="<x/>"), ".ods"),
        (packed(xl_SLASH_workbook_DOT_bin="x"), ".xlsb"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("name", ["avgifter.xls", "avgifter.xlsx"])
def test_f19_what_only_has_a_workbooks_name_is_refused_by_its_own(refused, content, words, name):
    assert words in refused(content, name)


def test_a_workbook_under_the_other_kinds_name_is_read_as_what_it_is(outcome):
    assert outcome(xlsx_bytes(), "a.xls")[0].notes["encoding"] == "xlsx"
    assert outcome(xls_bytes(), "a.xlsx")[0].notes["encoding"] == "xls"


def container(*streams):
    """An OLE container with streams of 4 KB, by name."""
    sectors = 2 + 8 * len(streams)
    table = [-3, -2] + [
        -2 if at % 8 == 7 else 2 + place * 8 + at + 1 for place in range(len(streams)) for at in range(8)
    ]
    header = OLE_MARK + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    header += struct.pack("<IIIIIIII", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<i", 0)
    body = struct.pack("<128i", *table, *[-1] * (128 - len(table)))
    entries = b""
    for at, (name, start) in enumerate(
        [("Root Entry", -2), *((n, 2 + 8 * k) for k, (n, _c) in enumerate(streams))]
    ):
        spelled = (name + "\0").encode("utf-16-le")
        right = at + 1 if 0 < at < len(streams) else -1
        entries += spelled.ljust(64, b"\0") + struct.pack("<HBB", len(spelled), 2 if at else 5, 1)
        entries += struct.pack("<iii", -1, right, -1 if at or not streams else 1) + bytes(36)
        entries += struct.pack("<iII", start, 4096 if at else 0, 0)
    entries = entries.ljust(512, b"\0")
    assert sectors == len(table)
    return header.ljust(512, b"\xff") + body + entries + b"".join(c.ljust(4096, b"\0") for _n, c in streams)


def test_f19_an_encrypted_xlsx_is_refused_by_name(refused):
    locked = container(("EncryptionInfo", b"x"), ("EncryptedPackage", b"x"))
    assert "lösenordsskyddad" in refused(locked)


def test_f19_an_encrypted_xls_is_refused_by_name(refused):
    start = struct.pack("<HHHHHHII", 0x0809, 16, 0x0600, 5, 0, 0, 0, 0) + struct.pack(
        "<HHHHH", 0x2F, 6, 1, 1, 1
    )
    assert "lösenordsskyddad" in refused(container(("Workbook", start)), "a.xls")


@pytest.mark.parametrize(
    ("stream", "words"),
    [("_VBA_PROJECT", "makron"), ("Book", "Excel 95"), ("WordDocument", "Word"), ("Annat", "annat slag")],
)
def test_f19_other_containers_are_refused_by_name(refused, stream, words):
    assert words in refused(container((stream, b"x")), "a.xls")


def test_f19_cells_outside_the_grid_of_an_xls_are_refused(refused):
    whole = xls_bytes(change=lambda _book, sheet: sheet.write(4, 200, 1.5))
    at = whole.index(struct.pack("<HH", 4, 200))
    changed = whole[:at] + struct.pack("<HH", 4, 60000) + whole[at + 4 :]
    refused(changed, "a.xls")


def test_f19_a_locked_sheet_can_be_read(outcome):
    def lock(book):
        book.security = WorkbookProtection(workbookPassword="x", lockStructure=True)
        book.active.protection.enable()

    assert len(outcome(xlsx_bytes(change=lock))[1]) == 2


def test_a_strict_workbook_is_refused_by_name(refused):
    strict = repacked(
        xlsx_bytes(),
        lambda _name, part: part.replace(
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        ),
    )
    assert "Strict" in refused(strict)


# --- F25, F30: cells without a value of their own ---


def faults(table):
    return [(fault.rule_id, fault.row_number, fault.column, fault.value) for fault in table.faults]


def test_a_formula_that_was_never_calculated_is_refused_with_its_cell(outcome):
    for content, name in (
        (xlsx_bytes([["Dalby", 2031, "=1+1", "F1"], ROWS[1]]), "a.xlsx"),
        (xls_bytes([["Dalby", 2031, xlwt.Formula("1+1"), "F1"], ROWS[1]]), "a.xls"),
    ):
        table, rows = outcome(content, name)
        assert faults(table) == [("STR-018", 2, "Belopp", None)]
        assert "cell C2" in table.faults[0].expected_sv
        assert [row[0] for row in rows] == ["Ås"]
        assert (table.rows_broken, table.rows_read) == (1, 3)


def test_a_calculated_formula_is_its_value_and_an_empty_text_is_blank(outcome):
    calculated = repacked(xlsx_bytes(), in_sheet(b"<v>380</v>", b"<f>C2*2</f><v>241001</v>"))
    empty = lambda _name, part: re.sub(  # noqa: E731
        rb'<c r="D3".*?</c>', b'<c r="D3" t="str"><f>IF(1,"","")</f><v></v></c>', part
    )
    table, rows = outcome(repacked(calculated, empty))
    assert rows[1] == ("Ås", "2031", "241001", "", 3)
    assert table.faults == []


def test_a_formula_in_an_xls_whose_program_calculates_may_be_an_empty_text(outcome):
    whole = xls_bytes([["Dalby", 2031, xlwt.Formula("1+1"), xlwt.Formula('""')]])
    at = whole.index(b"\x03\x00\x00\x00\x00\x00\xff\xff")
    table, rows = outcome(whole[:at] + struct.pack("<d", 2.0) + whole[at + 8 :], "a.xls")
    assert rows == [("Dalby", "2031", "2", "", 2)]
    assert table.faults == []


@pytest.mark.parametrize("error", ["#REF!", "#DIV/0!", "#N/A"])
def test_an_error_cell_is_refused_with_row_and_column(outcome, error):
    table, rows = outcome(xlsx_bytes([["Dalby", 2031, error, "F1"], ROWS[1]]))
    assert faults(table) == [("STR-020", 2, "Belopp", error)]
    assert [row[0] for row in rows] == ["Ås"]


def test_an_error_cell_of_an_xls_is_refused(outcome):
    def error(_book, sheet):
        sheet.row(3).set_cell_error(2, "#DIV/0!")

    table, rows = outcome(xls_bytes(change=error), "a.xls")
    assert faults(table) == [("STR-020", 4, "Belopp", "#DIV/0!")]
    assert len(rows) == 2


def test_f30_a_number_with_more_digits_than_a_workbook_holds_is_refused(outcome):
    long = 1234567890123456
    for content, name in (
        (xlsx_bytes([["A", 2031, 1, long]]), "a.xlsx"),
        (xls_bytes([["A", 2031, 1, long]]), "a.xls"),
    ):
        table, _rows = outcome(content, name)
        assert faults(table) == [("STR-020", 2, "Fakturanr", "många siffror")]
        assert "femton" in table.faults[0].expected_sv


def test_f30_leading_zeros_are_kept_in_texts_and_under_a_format_of_zeros(outcome):
    def zeros(book):
        book.active["D2"].number_format = "000000"
        book.active["D3"].number_format = "000\\-000"

    table, rows = outcome(
        xlsx_bytes([["A", 2031, 1, 380], ["B", 2031, 1, 380], ["C", 2031, 1, "007"]], zeros)
    )
    assert [row[3] for row in rows] == ["000380", "000-380", "007"]
    assert table.notes["padded_cells"] == 2


def test_f30_scientific_notation_of_a_small_number_keeps_its_digits(outcome):
    assert outcome(repacked(xlsx_bytes(), in_sheet(b"<v>380</v>", b"<v>3.8E2</v>")))[1][1][2] == "380"
    assert outcome(xlsx_bytes([["A", 2031, 1, "1E+05"]]))[1][0][3] == "1E+05"


def test_merged_data_cells_are_refused_with_their_range(outcome):
    rows = [["Dalby", 2031, 1, "F1"], [None, 2031, 2, "F2"], ["Ås", 2031, 3, "F3"]]
    for content, name in (
        (xlsx_bytes(rows, lambda book: book.active.merge_cells("A2:A3")), "a.xlsx"),
        (xls_bytes(rows, lambda _book, sheet: sheet.merge(1, 2, 0, 0)), "a.xls"),
    ):
        table, read_rows = outcome(content, name)
        assert faults(table) == [("STR-019", 2, "Medlem", "A2:A3")]
        assert [row[0] for row in read_rows] == ["Ås"]
        assert (table.rows_broken, table.rows_read) == (2, 4)


def test_merged_titles_totals_and_empty_blocks_are_read(outcome):
    book = openpyxl.Workbook()
    for row in (["Avgifter"], HEADER, ["Dalby", 2031, 5], ["Ås", 2031, 6], ["Summa", None, 11]):
        book.active.append(row)
    for block in ("A1:D1", "A5:B5", "D3:D4", "F3:G4"):
        book.active.merge_cells(block)
    file = io.BytesIO()
    book.save(file)
    table, rows = outcome(file.getvalue())
    assert [row[0] for row in rows] == ["Dalby", "Ås"]
    assert table.faults == []
    assert table.total_rows[0].cells[2] == "11"


def test_a_merged_block_from_the_header_into_the_rows_is_refused(outcome):
    table, rows = outcome(
        xlsx_bytes([[None, 2031, 1, "x"], ROWS[0]], lambda book: book.active.merge_cells("A1:A2"))
    )
    assert faults(table) == [("STR-019", 2, "Medlem", "A1:A2")]
    assert [row[0] for row in rows] == ["Dalby"]


def test_cells_out_of_order_or_twice_are_refused(refused):
    for old, new in (
        (b'r="B2"', b'r="A2"'),
        (b'r="B2"', b'r="B3"'),
        (b'<row r="3"', b'<row r="2"'),
        (b'r="B2"', b'r="ZZZ2"'),
    ):
        refused(repacked(xlsx_bytes(), in_sheet(old, new)))


def test_a_sheet_that_is_missing_from_the_package_is_refused(refused):
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx_bytes())) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            if not name.endswith("sheet1.xml"):
                new.writestr(name, old.read(name))
    assert "saknas" in refused(content.getvalue())


def test_a_million_styled_blanks_below_the_table_are_no_rows(outcome):
    blanks = "".join(f'<row r="{at}" ht="15"><c r="A{at}" s="0"/></row>' for at in range(4, 100_004)).encode()
    table, rows = outcome(repacked(xlsx_bytes(), in_sheet(b"</sheetData>", blanks + b"</sheetData>")))
    assert (len(rows), table.rows_read) == (2, 3)


def test_a_stored_dimension_that_lies_is_not_believed(outcome):
    lie = lambda name, part: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:B2"', part)  # noqa: E731
    assert len(outcome(repacked(xlsx_bytes(), lie))[1][1]) == 5


# --- F33: a person's number as a sheet's name ---


@pytest.mark.parametrize("state", ["visible", "hidden"])
def test_f33_a_sheet_named_by_a_personal_number_is_held_and_not_shown(outcome, state):
    number = "195301010350"  # a test number of the tax agency's, as in the demo's sources

    def name(book):
        book.create_sheet(number).sheet_state = state

    fault, rows = outcome(xlsx_bytes(change=name))
    assert rows is None
    assert fault.rule_id == "PRI-002"
    assert number not in repr(fault)


def test_hidden_rows_are_said_with_their_number(tmp_path):
    def hide(book):
        book.active.row_dimensions[3].hidden = True

    path = tmp_path / "avgifter.xlsx"
    path.write_bytes(xlsx_bytes(change=hide))
    checked = trial.check(Settings(home=tmp_path / "home"), path, FEES.id, None)
    assert checked.rows["loaded"] == 2
    assert (
        "1\u00a0rad är dold i bladet" in checked.verdict_sv or "1 rad är dold i bladet" in checked.verdict_sv
    )
