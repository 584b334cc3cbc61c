"""Faults of SIE files: cut anywhere, changed after the export, another's, damaged letters, open quotes, SIE 5."""

import re

import pytest

from ingestion.feeds import all_feeds
from ingestion.readers.table import DeliveryUnreadable
from tests.books import Book, Row, Style, Voucher, written
from tests.contract.gate_one import OWN_NUMBER, begin, examine, judge

LEDGER = all_feeds()["ledger"]
BOOK = Book(
    {"1930": 100000, "1510": 2500, "2010": -102500},
    [
        Voucher("A", "1", "20310115", "Bidrag å", (Row("1930", 40000), Row("3510", -40000, "10", "P 1"))),
        Voucher("A", "2", "20310215", 'Hyra "stor"', (Row("5010", 2050), Row("1930", -2050))),
    ],
)


@pytest.fixture
def put(tmp_path):
    def write(content, name="bok.se"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def refused_by(path, how=""):
    facts = examine(path, "ledger", how=how)
    (decided, _evidence) = judge([facts])[facts.delivery_id]
    faults = [fault for measured in facts.measured.values() for fault in measured.faults]
    return decided.rule_ids, faults


def read_all(path):
    """Completeness of a file that no rule of structure or value refuses, else None."""
    try:
        examination = begin(path, LEDGER)
        for _block in examination.blocks():
            pass
    except DeliveryUnreadable:
        return None
    facts = examination.facts("x")
    if any(fault.blocking for fault in examination.faults(facts)) or not facts.data_rows:
        return None
    return examination.completeness


def rows_of(path):
    return [row for block in begin(path, LEDGER).blocks() for row in block.to_pylist()]


CUT = [Style(type=kind, line_end=end) for kind in ("1", "2", "3", "4", "4i") for end in ("\n", "\r\n")]


@pytest.mark.parametrize("style", CUT, ids=lambda style: f"{style.type}{len(style.line_end)}")
def test_f04_a_cut_is_refused_or_lies_between_records_and_is_unproven(put, style):
    """Only an end between records can load: after a voucher, or after a balance of a file without vouchers. Proven is
    such a file only where the year's balances still agree and no row of the year is lost."""
    whole = written(BOOK, style)
    assert read_all(put(whole)) == ("unproven" if style.type in ("1", "4i") else "proven")
    loaded = {cut: read_all(put(whole[:cut])) for cut in range(len(whole) - len(style.line_end))}
    ends = {len(part) for part in _prefixes(whole, style)}
    survivors = {cut for cut, completeness in loaded.items() if completeness is not None}
    assert survivors <= ends
    for cut in (cut for cut in survivors if loaded[cut] == "proven"):
        assert rows_of(put(whole[:cut])) == rows_of(put(whole)), "proven: only last year's figures are lost"
    assert style.type != "4" or survivors, "a ledger cut between two vouchers loads"


def _prefixes(whole, style):
    """Everything up to a record's end, with its line end, without it, or with half of it."""
    lines = whole.split(style.line_end.encode())
    for count in range(1, len(lines)):
        part = style.line_end.encode().join(lines[:count])
        yield from (part + style.line_end.encode()[:more] for more in range(len(style.line_end) + 1))


@pytest.mark.parametrize("kind", ["1", "2", "3", "4", "4i"])
def test_f04_a_control_sum_finds_every_cut(put, kind):
    whole = written(BOOK, Style(type=kind, has_checksum=True))
    assert read_all(put(whole)) == "proven"
    assert [cut for cut in range(len(whole)) if read_all(put(whole[:cut]))] == [len(whole) - 1]


def test_f04_a_ledger_cut_before_its_vouchers_says_so(put):
    whole = written(BOOK, Style())
    rules, (fault,) = refused_by(put(whole[: whole.index(b"#VER")]))
    assert rules == ("STR-014",)
    assert "avklippt" in fault.expected_sv


def test_f07_a_changed_ore_breaks_the_control_sum_and_both_sums_are_shown(put):
    good = written(BOOK, Style(has_checksum=True))
    claimed = re.search(rb"#KSUMMA (\d+)", good).group(1).decode()
    rules, (fault,) = refused_by(put(good.replace(b"-20.50", b"-20.51")))
    assert rules == ("STR-014",)
    shown = re.findall(r"\d{1,3}(?: \d{3})+", fault.expected_sv)
    assert claimed == shown[0].replace(" ", "") and len(set(shown)) == 2
    assert fault.row_number == good.count(b"\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"#KSUMMA\n", b""), (b"#KSUMMA\n", b"#KSUMMA\n#KSUMMA\n")],
)
def test_f07_a_control_sum_in_an_odd_place_proves_nothing(put, before, after):
    good = written(BOOK, Style(type="4i", has_checksum=True))
    assert read_all(put(good.replace(before, after, 1))) in (None, "unproven")


def test_f07_figures_outside_the_control_sum_are_unproven(put):
    good = written(BOOK, Style(type="4i", has_checksum=True))
    more = b"#VER A 3 20310315 Mer\n{\n#TRANS 1930 {} 1.00\n#TRANS 3510 {} -1.00\n}\n"
    assert read_all(put(good + more)) == "unproven"


@pytest.mark.parametrize(
    ("number", "rule"),
    [(OWN_NUMBER, None), ("222000-6668", "STR-013"), ("16" + OWN_NUMBER, None), ("", None)],
)
def test_f14_another_associations_ledger_is_refused(put, number, rule):
    content = written(BOOK, Style()).replace(b"#FNAMN", f'#ORGNR "{number}"\n#FNAMN'.encode(), 1)
    rules, _faults = refused_by(put(content), how="own_number")
    assert rules == ((rule,) if rule else ())


def test_f21_lost_letters_are_refused_by_name_with_their_line(put):
    content = written(BOOK, Style(encoding="utf-8")).replace("Bidrag å".encode(), "Bidrag \ufffd".encode())
    rules, (fault,) = refused_by(put(content))
    assert rules == ("STR-008",)
    assert fault.row_number == content[: content.index("\ufffd".encode())].count(b"\n") + 1
    assert "SIE" in fault.remedy_sv


@pytest.mark.parametrize("encoding", ["cp437", "utf-8", "utf-8-sig", "cp1252"])
def test_f21_every_encoding_programs_use_gives_the_same_letters(put, encoding):
    content = written(BOOK, Style()).decode("cp437").encode(encoding)
    examination = begin(put(content), LEDGER)
    texts = {row["voucher_text"] for block in examination.blocks() for row in block.to_pylist()}
    assert "Bidrag å" in texts


def test_f23_nul_byte_is_refused_with_its_line(put):
    rules, (fault,) = refused_by(put(written(BOOK, Style()).replace(b"Bidrag", b"Bid\0ag")))
    assert rules == ("STR-008",)
    assert fault.row_number is not None


def test_f24_an_open_quote_swallows_no_line(put):
    """A text that is not closed ends with its line; an open quote before an amount refuses with the line."""
    good = written(BOOK, Style(type="4i"))
    assert (
        read_all(put(good.replace('"Bidrag å"'.encode("cp437"), '"Bidrag å'.encode("cp437")))) == "unproven"
    )
    bad = good.replace(b"#TRANS 1930", b'#TRANS "1930', 1)
    rules, (fault,) = refused_by(put(bad))
    assert rules == ("STR-014",)
    assert fault.row_number == bad[: bad.index(b'"1930')].count(b"\n") + 1


PERSON = "19800102-2386"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("Bidrag å", f"Utlägg {PERSON}"),
        lambda text: text.replace("#FNAMN", f"#ORGNR {PERSON[2:]}\n#FNAMN", 1),
    ],
)
def test_f33_a_personal_number_in_a_voucher_or_as_organisation_number_stops_the_ledger(put, change):
    rules, faults = refused_by(put(change(written(BOOK, Style()).decode("cp437")).encode("cp437")))
    assert "PRI-002" in rules
    assert PERSON[2:] not in repr(faults)


def test_f33_names_of_employees_are_not_loaded(put):
    content = written(BOOK, Style()).replace(b'{1 10 6 "P 1"}', b'{7 "Kerstin" 1 10 6 "P 1" 8 "Kund"}')
    content = content.replace(b"#DIM", b'#OBJEKT 7 "17" "Kerstin"\n#DIM', 1)
    examination = begin(put(content), LEDGER)
    rows = [row for block in examination.blocks() for row in block.to_pylist()]
    assert len(rows) == 7
    assert "Kerstin" not in repr(rows)
    assert "Kerstin" not in repr(examination.notes)


@pytest.mark.parametrize("name", ["bok.se", "bok.SIE", "bok.si", "bok.xml", "bok.csv"])
@pytest.mark.parametrize(
    "content", [b'<?xml version="1.0"?>\n<Sie/>', b'\xef\xbb\xbf<Sie xmlns="x">', "<?xml?>".encode("utf-16")]
)
def test_sie_5_is_refused_with_what_to_export_instead(put, name, content):
    rules, (fault,) = refused_by(put(content, name))
    assert rules == ("STR-021",)
    assert "SIE 5" in fault.expected_sv
    assert "SIE 4" in fault.remedy_sv


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"Konto;Belopp\n1930;5\n", "bok.se", "CSV"),
        (b"PK\x03\x04rest", "bok.se", "arbetsbok"),
        (b"%PDF-1.4\n", "bok.si", "PDF"),
        (b"#FLAGGA 0\n#SIETYP 4\n", "bok.csv", "SIE-fil"),
    ],
)
def test_f16_a_file_of_another_kind_is_refused_by_name(put, content, name, said):
    rules, (fault,) = refused_by(put(content, name))
    assert rules == ("STR-021",)
    assert said in fault.expected_sv
