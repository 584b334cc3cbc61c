"""Delimited text is read exactly or refused."""

import csv
import io
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.binding import HeaderAlias, known_headers
from ingestion.examination import Examination
from ingestion.feeds import all_feeds
from ingestion.readers import delimited, read
from ingestion.readers.table import DeliveryUnreadable

FEES = all_feeds()["member_fees"]
HEADER = "Medlem;År;Belopp;Status\n"
GOOD = HEADER + "Region Fjäll;2031;200 000;beslutad\nDalby kommun;2031;120 000,50;beslutad\n"


@pytest.fixture
def put(tmp_path):
    def write(content, name="avgifter.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def rows_of(path, feed=FEES):
    table = read(path, feed)
    rows = [tuple(row.values()) for block in table.blocks for row in block.table.to_pylist()]
    return table, rows


def refusal(path, feed=FEES):
    with pytest.raises(DeliveryUnreadable) as problem:
        rows_of(path, feed)
    return problem.value.fault


@pytest.mark.parametrize(
    ("content", "encoding", "separator"),
    [
        (GOOD, "UTF-8", ";"),
        (b"\xef\xbb\xbf" + GOOD.encode(), "UTF-8 med BOM", ";"),
        (GOOD.encode("cp1252"), "Windows-1252", ";"),
        (GOOD.encode("cp437"), "Code page 437", ";"),
        (GOOD.replace(";", "\t"), "UTF-8", "tabb"),
        (GOOD.replace(";", "|"), "UTF-8", "|"),
        (GOOD.replace(",", ".").replace(";", ","), "UTF-8", ","),
        ("sep=;\n" + GOOD, "UTF-8", ";"),
        ("Avgifter 2031;;;\n\n" + GOOD, "UTF-8", ";"),
        (GOOD.replace("\n", "\r\n"), "UTF-8", ";"),
    ],
)
def test_every_usual_form_gives_the_same_rows(put, content, encoding, separator):
    """F22, F26."""
    table, rows = rows_of(put(content))
    assert [row[:2] for row in rows] == [("Region Fjäll", "2031"), ("Dalby kommun", "2031")]
    assert (table.notes["encoding"], table.notes["separator"]) == (encoding, separator)
    assert table.header == ("Medlem", "År", "Belopp", "Status")
    assert table.rows_read == (content if isinstance(content, bytes) else content.encode()).count(b"\n")


def test_rows_are_numbered_as_the_sender_sees_them(put):
    _table, rows = rows_of(put("Titel;;;\n\n" + HEADER + "A;2031;1;x\n\n;;;\nB;2031;2;x\n"))
    assert [(row[0], row[-1]) for row in rows] == [("A", 4), ("B", 7)]


def test_rows_that_are_no_data_are_counted_and_kept_apart(put):
    """F28."""
    table, rows = rows_of(
        put(
            HEADER
            + "A;2031;1;x\nSumma;;1;\n;;;\n"
            + HEADER
            + "B;2031;2;x\n;Totalt:;3;\nDelsumma;;9;\nTotalsson;2031;4;x\n"
        )
    )
    assert [row[0] for row in rows] == ["A", "B", "Totalsson"]
    assert table.non_data == {"header": 2, "total": 3, "blank": 1}
    assert [(total.row_number, total.label) for total in table.total_rows] == [(3, "Summa"), (7, "Totalt:")]
    assert table.rows_read == 9


def test_where_no_money_is_summed_a_total_is_a_word_and_a_number(put):
    """An initiative called "Totalt nytt" is no total row."""
    feed = all_feeds()["participants"]
    header = "Insats;Personnummer;Kön;Inskriven\n"
    table, rows = rows_of(put(header + "Totalt nytt;A-1;man;2031-01-01\nTotalt;1;;\n", "d_2031.csv"), feed)
    assert [row[0] for row in rows] == ["Totalt nytt"]
    assert table.non_data["total"] == 1


@pytest.mark.parametrize("row", ["C;2031;5", "C;2031;5;x;y", "C;2031;5;x;", "C"])
def test_a_row_with_other_cells_is_neither_padded_nor_cut(put, row):
    """F25."""
    table, rows = rows_of(put(HEADER + "A;2031;1;x\n" + row + "\nB;2031;2;x\n"))
    assert [row[0] for row in rows] == ["A", "B"]
    assert [(fault.rule_id, fault.row_number) for fault in table.faults] == [("STR-007", 3)]
    assert table.rows_read == 4


def test_trailing_separators_are_allowed_where_the_header_has_them(put):
    _table, rows = rows_of(put("Medlem;År;Belopp;;\nA;2031;1;;\n"))
    assert rows == [("A", "2031", "1", "", "", 2)]


def test_quoted_cells(put):
    text = 'Medlem;År;Belopp;Status\n"A; ""B""";2031;1;x\n"rad\nbrytning";2031;2;x\nC;2031;3;x\n'
    _table, rows = rows_of(put(text))
    assert [(row[0], row[-1]) for row in rows] == [('A; "B"', 2), ("rad\nbrytning", 3), ("C", 5)]


@pytest.mark.parametrize(
    "body",
    [
        '"A;2031;1;x\nB;2031;2;x\n',
        '"A;2031;1;x\nB";2031;2;x\n',
        'A;2031;1;x\n"B"b;2031;2;x\n',
        'A;2031;1;"x\n',
    ],
)
def test_a_quote_that_does_not_close_is_refused(put, body):
    """F24: also where a later quote closes it and the swallowed row would fit."""
    assert refusal(put(HEADER + body)).rule_id == "STR-007"


@pytest.mark.parametrize(
    ("content", "rule_id", "word"),
    [
        (GOOD.encode("utf-16"), "STR-008", "UTF-16"),
        (GOOD.replace("Dalby", "Dal\0by"), "STR-008", "NUL"),
        (GOOD.encode().decode("cp1252"), "STR-008", "förvanskade"),
        (GOOD.replace("ä", "�"), "STR-008", "förlorade"),
        (GOOD.encode() + "Åsele;2031;1;x\n".encode("cp1252"), "STR-008", "blandar"),
        (GOOD.replace("\n", "\r"), "STR-008", "radslut"),
        (GOOD.replace("\n", "\r\n", 1), "STR-008", "radslut"),
        (b"", "STR-001", "tom"),
        ("\n \n;;\n", "STR-001", "blanka"),
    ],
)
def test_damage_is_refused_by_name(put, content, rule_id, word):
    """F01, F21, F22, F23."""
    fault = refusal(put(content))
    assert (fault.rule_id, word in fault.expected_sv) == (rule_id, True)


def test_nul_is_refused_with_its_line(put):
    assert refusal(put(GOOD.replace("Dalby", "Dal\0by"))).row_number == 3


def test_a_wrong_kind_of_file_is_refused(put):
    assert refusal(put(GOOD, "avgifter.pdf")).rule_id == "STR-009"


def accepted_rows(path):
    """Rows and completeness, or the rules that stopped the file. Control totals are judged as the gate does."""
    try:
        examination = Examination(path, FEES, "provet")
        count = sum(block.num_rows for block in examination.blocks())
    except DeliveryUnreadable as problem:
        return {problem.fault.rule_id}
    facts = examination.facts("x")
    failed = {rule_id for rule_id, measured in facts.measured.items() if measured.failed}
    return failed or (count, examination.completeness)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_cut_anywhere_is_refused_unless_a_record_ends_there(put, end):
    """F04, F05: without a total exactly the cuts at a record boundary load, marked unproven."""
    whole = GOOD.replace("\n", end).encode()
    boundaries = {at + len(end) for at in range(len(whole)) if whole.startswith(end.encode(), at)}
    for cut in range(len(whole)):
        result = accepted_rows(put(whole[:cut]))
        if cut in boundaries and cut > len(HEADER.replace("\n", end).encode()):
            assert result == (1, "unproven"), cut
        else:
            assert isinstance(result, set), cut


@pytest.mark.parametrize("last_line_end", ["", "\n"])
def test_a_total_row_proves_the_file_and_finds_every_cut(put, last_line_end):
    """F04: with a total row, only cuts at a record boundary above it load, and they say so."""
    body = GOOD + "Summa;;320 000,50;"
    whole = (body + last_line_end).encode()
    assert accepted_rows(put(whole)) == (2, "proven")
    boundaries = {
        len(GOOD.encode()),
        len((HEADER + GOOD.splitlines()[1] + "\n").encode()),
        len(body.encode()),
    }
    for cut in range(len(whole)):
        result = accepted_rows(put(whole[:cut]))
        assert isinstance(result, set) or cut in boundaries, (cut, result)


CELLS = st.text(st.sampled_from('ab åÅé\u00a0"\t1,;S'), max_size=6)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), min_size=1, max_size=30))
def test_what_is_written_is_read_back_and_every_row_is_accounted_for(put, rows):
    """Round trip and row account over generated files, quotes and odd spaces included."""
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\n").writerows([HEADER.strip().split(";"), *rows])
    table, found = rows_of(put(text.getvalue()))
    expected = [row for row in rows if any(cell.strip() for cell in row)]
    assert [row[:4] for row in found] == expected
    assert table.rows_read == len(rows) + 1


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), min_size=1, max_size=30),
    st.sampled_from(["", "x;1", "Summa;;1;", ";;;"]),
)
def test_the_fast_way_and_the_exact_way_agree(put, rows, odd):
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\n").writerows([HEADER.strip().split(";"), *rows])
    path = put(text.getvalue() + odd + "\n")
    fast_table, fast = rows_of(path)
    with mock.patch.object(delimited._Reading, "_closes_its_quotes", return_value=False):
        exact_table, exact = rows_of(path)
    assert fast == exact
    assert (fast_table.non_data, fast_table.faults) == (exact_table.non_data, exact_table.faults)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_no_bytes_crash_the_reader(put, content):
    try:
        rows_of(put(HEADER.encode() + content))
    except DeliveryUnreadable as problem:
        assert problem.fault.remedy_sv


def test_small_chunks_give_the_same_file(put):
    lines = [f"Medlem {i};2031;{i},00;beslutad" for i in range(200)]
    path = put(HEADER + "\n".join(lines) + "\n")
    _table, whole = rows_of(path)
    with mock.patch.object(delimited, "CHUNK_BYTES", 101):
        _table, parts = rows_of(path)
    assert whole == parts
    assert len(whole) == 200


def test_a_line_without_end_is_refused_in_bounded_memory(put):
    """F35."""
    with mock.patch.object(delimited, "CHUNK_BYTES", 1000):
        assert refusal(put(HEADER + "x" * 10_000)).rule_id == "STR-007"


def test_a_title_as_long_as_a_book_is_a_title_also_where_it_stands_again(put):
    title = "Medlemsavgifter " * 50_000
    table, rows = rows_of(put(f"{title};;;\n{GOOD}{title};;;\n"))
    assert (len(rows), table.non_data["title"]) == (2, 2)


def test_the_header_is_found_below_titles_and_by_the_associations_words(put):
    table = read(
        put("Bilaga 3\nMedlem\n\nVem;När;Hur mycket\nA;2031;1\n"),
        FEES,
        {"Vem": HeaderAlias("member_name"), "Hur mycket": HeaderAlias("amount_sek")},
    )
    assert table.header_row == 4
    assert "vem" in known_headers(FEES, {"Vem": HeaderAlias("member_name")})


def test_a_header_of_more_columns_than_any_table_has_is_refused_before_it_is_split(put):
    """Hundreds of thousands of separators took the memory of as many columns before anything was said of them."""
    wide = GOOD.replace("Status\n", "Status" + ";" * 600_000 + "\n")
    with mock.patch.object(delimited, "_Reading", side_effect=AssertionError("read as a table")):
        fault = refusal(put(wide))
    assert (fault.rule_id, fault.row_number) == ("STR-007", 1)
    assert "16384 kolumner" in fault.expected_sv
    assert "avgränsarna" in fault.remedy_sv


def test_a_header_as_wide_as_a_sheet_can_be_is_read(put):
    """A format on all columns of a sheet makes a program write them all."""
    fill = ";" * (16_384 - 4)
    text = "".join(line + fill + "\n" for line in GOOD.splitlines())
    _table, rows = rows_of(put(text))
    assert [row[:4] for row in rows] == [tuple(line.split(";")) for line in GOOD.splitlines()[1:]]


def test_one_row_of_hundreds_of_thousands_of_cells_is_a_broken_row(put):
    table, rows = rows_of(put(GOOD + "x" + ";" * 600_000 + "\n" + "Dalby kommun;2031;1;beslutad\n"))
    assert len(rows) == 3
    assert [(fault.rule_id, fault.row_number) for fault in table.faults] == [("STR-007", 4)]


def test_blank_lines_below_a_wide_header_are_counted_not_filled(put):
    """Arrow makes a cell of every column in every blank line: 80 kB of file became a billion cells."""
    header, *rest = GOOD.splitlines()
    wide = "".join(line + ";" * 14_000 + "\n" for line in (header, *rest))
    split = delimited._Reading._split

    def refuse_to_fill(reading, chunk):
        raw = split(reading, chunk)
        assert raw.num_rows * raw.num_columns <= len(chunk) + 1
        return raw

    with mock.patch.object(delimited._Reading, "_split", autospec=True, side_effect=refuse_to_fill) as tried:
        table, rows = rows_of(put(wide + "\n" * 60_000))
        assert (len(rows), table.non_data["blank"]) == (2, 60_000)
        assert len(rows_of(put(wide))[1]) == 2
    assert tried.called


def test_a_byte_order_mark_inside_the_file_is_kept_for_the_values_to_judge(put):
    """Joined files have one at their seam. Arrow takes one at the start of what it is given for the file's own."""
    header, first, second = GOOD.splitlines()
    path = put(f"{header}\n\ufeff{first}\n{second}\n")
    fast = rows_of(path)[1]
    with mock.patch.object(delimited._Reading, "_closes_its_quotes", return_value=False):
        assert rows_of(path)[1] == fast
    assert fast[0][0] == "\ufeffRegion Fjäll"
