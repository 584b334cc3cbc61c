"""SIE 4 as the specification and real programs write it: loaded to the öre, or refused with the line."""

import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.examination import Examination
from ingestion.feeds import all_feeds
from ingestion.readers import read
from ingestion.readers.sie import split_record
from ingestion.readers.table import DeliveryUnreadable

LEDGER = all_feeds()["ledger"]
HEAD = """#FLAGGA 0
#PROGRAM "Eget prov" 1.0
#FORMAT PC8
#GEN 20320110 Kerstin
#SIETYP 4
#ORGNR 222000-5555
#FNAMN "Samordningsförbundet Fjäll"
#RAR 0 20310101 20311231
#RAR -1 20300101 20301231
#KONTO 1930 "Bank"
#KONTO 3510 "Bidrag, övriga"
#IB 0 1930 1000.00
#IB -1 1930 500.00
#UB 0 1930 1400.00
#RES 0 3510 -400.00
"""
VOUCHER = """#VER A 1 20310201 "Bidrag för \\"året\\""
{
\t#TRANS 1930 {} 400.00
\t#TRANS 3510 {1 "10" 6 P1 8 "kund"} -400.00 20310202 "om en person"
}
"""


@pytest.fixture
def put(tmp_path):
    def write(content, name="bok.se"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("cp437"))
        return path

    return write


def rows_of(path):
    table = read(path, LEDGER)
    rows = [
        row
        for block in table.blocks
        for row in block.table.rename_columns([*LEDGER.column_names, "row"]).to_pylist()
    ]
    return table, rows


def refusal(path):
    with pytest.raises(DeliveryUnreadable) as problem:
        rows_of(path)
    return problem.value.fault


def test_balances_and_transactions_become_rows(put):
    table, rows = rows_of(put(HEAD + VOUCHER))
    assert [(row["entry_kind"], row["account_code"], row["amount_sek"], row["row"]) for row in rows] == [
        ("opening", "1930", "1000.00", 12), ("transaction", "1930", "400.00", 18), ("transaction", "3510", "-400.00", 19)
    ]  # fmt: skip
    income = rows[2]
    assert (income["voucher_series"], income["voucher_number"], income["voucher_date"]) == (
        "A",
        "1",
        "20310201",
    )
    assert (income["voucher_text"], income["voucher_row"]) == ('Bidrag för "året"', "16")
    assert (income["cost_centre_code"], income["project_code"], income["account_name"]) == (
        "10",
        "P1",
        "Bidrag, övriga",
    )
    assert "om en person" not in income.values()
    assert table.rows_read == (HEAD + VOUCHER).count("\n")


def test_the_file_says_what_it_is(put):
    table, _rows = rows_of(put(HEAD + VOUCHER))
    assert (table.organisation_number, table.made_at.isoformat(), table.period) == (
        "222000-5555",
        "2032-01-10",
        "2031",
    )
    assert (table.ledger.start_date, table.ledger.end_date) == ("2031-01-01", "2031-12-31")
    assert "Kerstin" not in repr(table.notes)


def test_a_broken_year_is_named_by_its_start(put):
    table, _rows = rows_of(
        put(HEAD.replace("#RAR 0 20310101 20311231", "#RAR 0 20310701 20320630") + VOUCHER)
    )
    assert table.period == "2031"


@pytest.mark.parametrize(
    ("content", "name"),
    [((HEAD + VOUCHER).encode("cp437"), "Code page 437"), ((HEAD + VOUCHER).encode(), "UTF-8"),
     (b"\xef\xbb\xbf" + (HEAD + VOUCHER).encode(), "UTF-8 med BOM"), ((HEAD + VOUCHER).encode("cp1252"), "Windows-1252")],
)  # fmt: skip
def test_the_encoding_is_what_the_bytes_say(put, content, name):
    """Nearly all files declare PC8; a third of them are something else."""
    table, rows = rows_of(put(content))
    assert table.notes["encoding"] == name
    assert rows[2]["account_name"] == "Bidrag, övriga"


def test_line_ends_and_blank_lines_do_not_matter(put):
    _table, rows = rows_of(put((HEAD + "\n" + VOUCHER).replace("\n", "\r\n")))
    assert [row["row"] for row in rows] == [12, 19, 20]


def test_struck_and_added_lines_are_not_counted_twice(put):
    lines = "#BTRANS 1930 {} 5.00\n#RTRANS 1930 {} 7.00\n#TRANS 1930 {} 7.00\n#TRANS 3510 {} -7.00\n"
    table, rows = rows_of(put(HEAD + "#VER A 2 20310301\n{\n" + lines + "}\n"))
    assert [row["amount_sek"] for row in rows if row["entry_kind"] == "transaction"] == ["7.00", "-7.00"]
    assert table.non_data["supplement"] == 2


def test_unknown_labels_and_extra_fields_are_ignored_and_counted(put):
    table, rows = rows_of(put(HEAD + "#MOMSKOD 3510 10\n#KONTO 9999 Ny T extra\n" + VOUCHER))
    assert table.non_data["unknown"] == 1
    assert len(rows) == 3


def test_a_lost_opening_brace_leaves_no_doubt(put):
    table, rows = rows_of(put(HEAD + VOUCHER.replace("{\n", "", 1)))
    assert len(rows) == 3
    assert table.notes["opening_braces_missing"] == 1


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (HEAD + VOUCHER.removesuffix("}\n"), 19),
        (HEAD + VOUCHER.removesuffix("}\n") + VOUCHER, 20),
        (HEAD + VOUCHER + "}\n", 21),
        (HEAD + "#TRANS 1930 {} 4.00\n" + VOUCHER, 16),
        (HEAD + VOUCHER.replace('året\\""', "året"), 16),
        (HEAD + VOUCHER.replace("{}", "{"), 18),
        (HEAD + VOUCHER.replace("{} 400.00", "400.00"), 18),
        (HEAD + "lös text\n" + VOUCHER, 16),
        (HEAD.replace('#FNAMN "Samordningsförbundet Fjäll"\n', "") + VOUCHER, None),
        (HEAD.replace("#SIETYP 4", "#SIETYP 2"), None),
    ],
)
def test_broken_structure_is_refused_with_its_line(put, content, line):
    fault = refusal(put(content))
    assert (fault.rule_id, fault.row_number) == ("STR-014", line)
    assert fault.expected_sv
    assert fault.remedy_sv


def test_a_file_without_year_is_refused(put):
    assert refusal(put(HEAD.replace("#RAR 0 ", "#RAR -2 ") + VOUCHER)).rule_id == "STR-010"


def checksum(lines):
    """CRC-32 over labels and fields, by hand: no separators, quotes or braces, and \\" is one character."""
    bare = "".join(lines).replace('\\"', "\0")
    for sign in '"{} \t\n':
        bare = bare.replace(sign, "")
    return zlib.crc32(bare.replace("\0", '"').encode("cp437"))


SUMMED = (
    ["#FLAGGA 0\n", "#KSUMMA\n"],
    ['#FNAMN "Fjäll"\n', "#RAR 0 20310101 20311231\n", "#KONTO 1930 Bank\n", '#VER A 1 20310201 "a\\"b"\n', "{\n",
     '#TRANS 1930 {1 "10"} 1.00\n', "#TRANS 1930 {} -1.00\n", "}\n"],
)  # fmt: skip


def test_the_checksum_is_verified(put):
    good = "".join([*SUMMED[0], *SUMMED[1], f"#KSUMMA {checksum(SUMMED[1])}\n"])
    table, rows = rows_of(put(good))
    assert table.ledger.has_checksum
    assert len(rows) == 2
    assert refusal(put(good.replace("-1.00", "-1.01"))).row_number == 11


def test_a_checksum_that_never_ends_is_a_cut_file(put):
    assert refusal(put("".join([*SUMMED[0], *SUMMED[1]]))).rule_id == "STR-014"


def outcome(path):
    """What the gate would block on, or the rows."""
    try:
        examination = Examination(path, LEDGER, "provet")
        count = sum(block.num_rows for block in examination.blocks())
    except DeliveryUnreadable as problem:
        return {problem.fault.rule_id}
    failed = {rule_id for rule_id, found in examination.facts("x").measured.items() if found.failed} - {
        "LED-006"
    }
    return failed or count


def test_a_cut_anywhere_is_refused(put):
    """F04: closing balances and braces find every cut; only the last line end may go."""
    whole = (HEAD + VOUCHER + VOUCHER.replace("A 1", "A 2").replace("400.00", "0.00")).encode("cp437")
    assert outcome(put(whole)) == 5
    for cut in range(len(whole) - 1):
        result = outcome(put(whole[:cut]))
        at_boundary = whole[:cut] in {(HEAD + VOUCHER).encode("cp437"), (HEAD + VOUCHER).encode("cp437")[:-1]}
        assert isinstance(result, set) or at_boundary, (cut, whole[max(cut - 30, 0) : cut])


def test_a_checksum_finds_every_cut(put):
    whole = "".join([*SUMMED[0], *SUMMED[1], f"#KSUMMA {checksum(SUMMED[1])}\n"]).encode("cp437")
    survivors = [cut for cut in range(len(whole)) if not isinstance(outcome(put(whole[:cut])), set)]
    assert survivors == [len(whole) - 1]


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ('#KONTO 1930 "Bank, \\"stora\\""', ["#KONTO", "1930", 'Bank, "stora"']),
        ('#TRANS 1 {1 "a b" 6 P} -1.00 "" "x"', ["#TRANS", "1", '{1 "a b" 6 P', "-1.00", "", "x"]),
        ("#FLAGGA\t0", ["#FLAGGA", "0"]),
        ('#ADRESS "" "Gatan 1"', ["#ADRESS", "", "Gatan 1"]),
    ],
)
def test_records_are_split(line, fields):
    assert split_record(line, 1) == fields


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [*HEAD.splitlines(), *VOUCHER.splitlines(), "", "#VER", "#TRANS", '"', "{ }", "#", "#IB 0"]
        ),
        max_size=12,
    )
)
def test_no_mixture_of_lines_crashes(put, lines):
    result = outcome(put(HEAD + "\n".join(lines) + "\n"))
    assert result is not None
