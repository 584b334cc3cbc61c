"""A personal number planted everywhere a delivered file can hold one: no copy, set-aside row or message keeps it. F71."""

import gzip
import io
import re
import zipfile
from pathlib import Path

import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.packaging.custom import StringProperty
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from ingestion import archive, reference
from ingestion.delivery import is_manifest
from ingestion.examined import examine
from ingestion.feeds import all_feeds
from ingestion.pinned import PinnedDelivery
from ingestion.readers.everything import suspect_pieces
from tests.contract.gate_one import KEY, TODAY

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
NUMBERS = Path("ingestion/demo/sources/test_personnummer.txt").read_text(encoding="utf-8").split()
NUMBER = NUMBERS[0]  # the tax agency's own test number
FORMS = (f"{NUMBER[:8]}-{NUMBER[8:]}", NUMBER, f"{NUMBER[2:8]}-{NUMBER[8:]}", NUMBER[2:])
SHOWN = re.compile(rf"{NUMBER[2:8]}\W{{0,3}}{NUMBER[8:]}".encode())
MOST_LINES = 40
SIE_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s{}"]+')


def texts_accepted():
    return sorted(
        path
        for path in FIXTURES.glob("*/accepted/*")
        if not is_manifest(path) and path.stat().st_size and path.suffix not in (".xls", ".xlsx")
    )


def text_of(path):
    for encoding in ("utf-8", "cp437"):
        try:
            return path.read_bytes().decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise AssertionError(path)


def kept_of(path, feed_id, folder):
    """Everything the warehouse would keep or say of the file, as bytes."""
    feed = all_feeds()[feed_id]
    association = reference.Association("provet")
    seen = examine(path, feed, "provet", association, KEY, "d1", business_date=TODAY)
    loaded = [block.to_pylist() for block in seen.blocks()]
    facts = seen.facts(None)
    said = [seen.issues(facts)]
    if seen.readable is not None:
        said += [seen.readable.notes, seen.readable.sender, seen.readable.period, seen.readable.scope]
    found = repr(said).encode()
    if seen.is_private or seen.is_refused_while_read:
        return found
    found += repr((loaded, seen.readable.quarantined)).encode()
    archived = archive.keep(PinnedDelivery(path, None), folder, feed, "provet", "d1", {})
    found += unpacked(gzip.decompress(archived.read_bytes()))
    archived.unlink()
    return found


def unpacked(content):
    """The bytes, and those of the parts of a workbook."""
    if not content.startswith(b"PK\x03\x04"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return content + b"\n".join(book.read(name) for name in book.namelist())


def cell_between(separator):
    return re.compile(rf'"(?:[^"]|"")*"|[^{separator}"\r\n]+')


def planted_in_text(text, suffix):
    """(where, the text with the number there) for every cell, and for lines above, between and below."""
    lines = text.splitlines(keepends=True)
    word = SIE_WORD if suffix in (".se", ".si", ".sie") else cell_between(max(";\t,", key=text.count))
    form = 0
    for at, line in enumerate(lines):
        if MOST_LINES < at < len(lines) - 2:
            continue
        for cell in word.finditer(line):
            form += 1
            number = FORMS[form % len(FORMS)]
            quoted = cell[0].startswith('"')
            planted = number if form % 2 else f"{cell[0].strip(chr(34))} {number}"
            stands = f'"{planted}"' if quoted or word is SIE_WORD else planted
            changed = line[: cell.start()] + stands + line[cell.end() :]
            yield f"rad {at + 1}: {changed!r}", "".join([*lines[:at], changed, *lines[at + 1 :]])
    end = "\r\n" if lines[0].endswith("\r\n") else "\n"
    extra = f"Utskrivet av {FORMS[0]}"
    if word is SIE_WORD:
        for record in (
            "#PROSA {}",
            '#ADRESS "{}" "Gatan 1" "111 11" "018-000000"',
            '#GEN 20310101 "{}"',
            "#EGEN {}",
        ):
            yield (
                record,
                "".join(
                    [lines[0], record.format(f'"{extra}"' if "{}" in record[-3:] else extra), end, *lines[1:]]
                ),
            )
        return
    yield "överst", "".join([extra, end, *lines])
    yield "nederst", "".join([*lines, extra, end])
    yield "i mitten", "".join([*lines[:-1], f"Sida 2 av 3;{FORMS[0]}", end, lines[-1]])


@pytest.mark.parametrize("path", texts_accepted(), ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_a_personal_number_anywhere_in_a_text_is_kept_nowhere(path, tmp_path):
    text, encoding = text_of(path)
    copy = tmp_path / path.name
    leaks, tried = [], 0
    for where, changed in planted_in_text(text, path.suffix.lower()):
        copy.write_bytes(changed.encode(encoding))
        tried += 1
        try:
            kept = kept_of(copy, path.parts[-3], tmp_path / "archive")
        except Exception as problem:
            leaks.append((where, repr(problem)))
            continue
        if SHOWN.search(kept):
            leaks.append(where)
    assert tried
    assert leaks == []


def test_a_checksum_is_no_personal_number(tmp_path):
    """A file in some fifteen hundred has one that looks like it; a number put in its place breaks the sum."""
    path = tmp_path / "bok.se"
    path.write_text(f"#KSUMMA {FORMS[3]}\n")
    assert list(suspect_pieces(path, is_sie=True)) == []
    assert [piece.row_number for piece in suspect_pieces(path)] == [1]
    path.write_text(f'#KSUMMA "{FORMS[0]}"\n')
    assert len(list(suspect_pieces(path, is_sie=True))) == 1


def in_a_cell(book, sheet):
    sheet["A1"] = f"Framtagen av {FORMS[0]}"


def in_a_number(book, sheet):
    sheet["H1"] = int(FORMS[3])


def in_rich_text(book, sheet):
    sheet["A1"] = CellRichText("Av ", TextBlock(InlineFont(b=True), f"{FORMS[0][:8]}-"), FORMS[0][9:])


def in_a_comment(book, sheet):
    sheet["A2"].comment = Comment(f"Ring {FORMS[2]}", "Kansliet")


def as_who_commented(book, sheet):
    sheet["A2"].comment = Comment("Ring", FORMS[0])


def in_the_page_header(book, sheet):
    sheet.oddHeader.center.text = f"Utskrivet av {FORMS[0]}"


def on_another_sheet(book, sheet):
    book.create_sheet("Anteckningar")["B7"] = FORMS[1]


def as_a_number_on_another_sheet(book, sheet):
    book.create_sheet("Anteckningar")["B7"] = int(FORMS[1])


def on_a_hidden_sheet(book, sheet):
    hidden = book.create_sheet("Dolt")
    hidden["A1"], hidden.sheet_state = FORMS[2], "hidden"


def as_a_sheets_name(book, sheet):
    book.create_sheet(FORMS[0])


def as_the_author(book, sheet):
    book.properties.creator = FORMS[0]


def in_the_title(book, sheet):
    book.properties.title = f"Avgifter {FORMS[2]}"


def in_a_property_of_ones_own(book, sheet):
    book.custom_doc_props.append(StringProperty(name="Handläggare", value=FORMS[0]))


def in_a_named_range(book, sheet):
    book.defined_names["Handläggare"] = DefinedName("Handläggare", attr_text=f'"{FORMS[0]}"')


def in_a_help_text(book, sheet):
    help_text = DataValidation(
        type="list", formula1='"Ja,Nej"', promptTitle="Hjälp", prompt=f"Fråga {FORMS[0]}"
    )
    help_text.add("C9")
    sheet.add_data_validation(help_text)


def in_a_link(book, sheet):
    sheet["A1"].hyperlink = f"mailto:{FORMS[1]}@example.se"


def in_a_formula(book, sheet):
    sheet["J1"] = f'="Av {FORMS[0]}"'


PLACES = (
    in_a_cell, in_a_number, in_rich_text, in_a_comment, as_who_commented, in_the_page_header, on_another_sheet,
    as_a_number_on_another_sheet, on_a_hidden_sheet, as_a_sheets_name, as_the_author, in_the_title,
    in_a_property_of_ones_own, in_a_named_range, in_a_help_text, in_a_link, in_a_formula,
)  # fmt: skip


@pytest.mark.parametrize("plant", PLACES, ids=lambda plant: plant.__name__)
def test_a_personal_number_anywhere_in_a_workbook_is_kept_nowhere(plant, tmp_path):
    import openpyxl

    book = openpyxl.load_workbook(FIXTURES / "member_fees/accepted/avgifter.xlsx", rich_text=True)
    clean, copy = tmp_path / "rena_avgifter.xlsx", tmp_path / "avgifter.xlsx"
    book.save(clean)
    assert b"Summa" in kept_of(clean, "member_fees", tmp_path / "archive")  # else nothing is proved
    plant(book, next(sheet for sheet in book.worksheets if sheet.sheet_state == "visible"))
    book.save(copy)
    kept = kept_of(copy, "member_fees", tmp_path / "archive")
    assert not SHOWN.search(kept)
    assert b"PRI-002" in kept


@pytest.mark.parametrize("place", ["title", "other_sheet", "number_on_other_sheet"])
def test_a_personal_number_anywhere_in_an_old_workbook_is_kept_nowhere(place, tmp_path):
    import xlwt

    book = xlwt.Workbook()
    sheet, other = book.add_sheet("Avgifter"), book.add_sheet("Övrigt")
    rows = ("Medlem", "År", "Belopp"), ("Dalby", 2031, 1000), ("Fjäll", 2031, 2000)
    for down, row in enumerate(rows, 2):
        for across, cell in enumerate(row):
            sheet.write(down, across, cell)
    if place == "title":
        sheet.write(0, 0, f"Framtagen av {FORMS[0]}")
    other.write(3, 3, {"other_sheet": FORMS[2], "number_on_other_sheet": int(FORMS[3])}.get(place, "inget"))
    path = tmp_path / "avgifter.xls"
    book.save(str(path))
    kept = kept_of(path, "member_fees", tmp_path / "archive")
    assert b"PRI-002" in kept
    assert not SHOWN.search(kept.replace(b"\0", b""))
