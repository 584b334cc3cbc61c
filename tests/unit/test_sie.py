"""SIE 4 as the specification and real programs write it: loaded to the öre, or refused with the line."""

import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.examination import Examination
from ingestion.feeds import all_feeds
from ingestion.privacy import shows_person
from ingestion.readers import read
from ingestion.readers.sie import split_record
from ingestion.readers.sie.records import plain_amount
from ingestion.readers.table import DeliveryUnreadable

LEDGER = all_feeds()["ledger"]
HEAD = """#FLAGGA 0
#PROGRAM "Eget prov" 1.0
#FORMAT PC8
#GEN 20320110 Kerstin
#SIETYP 4
#ORGNR 222000-5553
#FNAMN "Samordningsförbundet Fjäll"
#RAR 0 20310101 20311231
#RAR -1 20300101 20301231
#KONTO 1930 "Bank"
#KONTO 2010 "Eget kapital"
#KONTO 3510 "Bidrag, övriga"
#IB 0 1930 1000.00
#IB 0 2010 -1000.00
#IB -1 1930 500.00
#UB 0 1930 1400.00
#UB 0 2010 -1000.00
#RES 0 3510 -400.00
"""
VOUCHER = """#VER A 1 20310201 "Bidrag för \\"året\\""
{
\t#TRANS 1930 {} 400.00
\t#TRANS 3510 {1 "10" 6 P1 8 "kund"} -400.00 20310202 "radens egen text"
}
"""


def rows_of(path):
    table = read(path, LEDGER)
    rows = [
        row
        for block in table.blocks
        for row in block.table.rename_columns([*table.header, "row"]).to_pylist()
    ]
    return table, rows


def refusal(path):
    with pytest.raises(DeliveryUnreadable) as problem:
        rows_of(path)
    return problem.value.fault


def test_balances_and_transactions_become_rows(put):
    table, rows = rows_of(put(HEAD + VOUCHER))
    assert [(row["entry_kind"], row["account_code"], row["amount_sek"], row["row"]) for row in rows] == [
        ("opening", "1930", "1000.00", 13), ("opening", "2010", "-1000.00", 14), ("transaction", "1930", "400.00", 21),
        ("transaction", "3510", "-400.00", 22)
    ]  # fmt: skip
    income = rows[3]
    assert (income["voucher_series"], income["voucher_number"], income["voucher_date"]) == (
        "A",
        "1",
        "20310202",
    )
    assert (rows[2]["voucher_date"], rows[2]["voucher_text"]) == ("20310201", 'Bidrag för "året"')
    assert (income["voucher_text"], income["voucher_row"]) == ("radens egen text", "19")
    assert (income["cost_centre_code"], income["project_code"], income["account_name"]) == (
        "10",
        "P1",
        "Bidrag, övriga",
    )
    assert "kund" not in " ".join(map(str, income.values())), (
        "customers and employees (7, 8) are never loaded"
    )
    assert table.rows_read == (HEAD + VOUCHER).count("\n")


def test_the_file_says_what_it_is(put):
    table, _rows = rows_of(put(HEAD + VOUCHER))
    assert (table.organisation_number, table.made_at.isoformat(), table.period) == (
        "222000-5553",
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
    assert rows[3]["account_name"] == "Bidrag, övriga"


def test_line_ends_and_blank_lines_do_not_matter(put):
    _table, rows = rows_of(put((HEAD + "\n" + VOUCHER).replace("\n", "\r\n")))
    assert [row["row"] for row in rows] == [13, 14, 22, 23]


def test_struck_and_added_lines_are_not_counted_twice(put):
    lines = "#BTRANS 1930 {} 5.00\n#RTRANS 1930 {} 7.00\n#TRANS 1930 {} 7.00\n#TRANS 3510 {} -7.00\n"
    table, rows = rows_of(put(HEAD + "#VER A 2 20310301\n{\n" + lines + "}\n"))
    assert [row["amount_sek"] for row in rows if row["entry_kind"] == "transaction"] == ["7.00", "-7.00"]
    assert table.non_data["supplement"] == 2


def test_unknown_labels_and_extra_fields_are_ignored_and_counted(put):
    table, rows = rows_of(put(HEAD + "#MOMSKOD 3510 10\n#KONTO 9999 Ny T extra\n" + VOUCHER))
    assert table.non_data["unknown"] == 1
    assert len(rows) == 4


def test_a_lost_opening_brace_leaves_no_doubt(put):
    table, rows = rows_of(put(HEAD + VOUCHER.replace("{\n", "", 1)))
    assert len(rows) == 4
    assert table.notes["opening_braces_missing"] == 1


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (HEAD + VOUCHER.removesuffix("}\n"), 22),
        (HEAD + VOUCHER.removesuffix("}\n") + VOUCHER, 23),
        (HEAD + VOUCHER + "}\n", 24),
        (HEAD + "#TRANS 1930 {} 4.00\n" + VOUCHER, 19),
        (HEAD + VOUCHER.replace("A 1 20310201", '"A 1 20310201'), 19),
        (HEAD + VOUCHER.replace("{}", "{"), 21),
        (HEAD + VOUCHER.replace("{} 400.00", "400.00"), 21),
        (HEAD + VOUCHER.replace(" 1930 {}", ' "1930 {}'), 21),
        (HEAD + "lös text\n" + VOUCHER, 19),
        (HEAD + VOUCHER + "#FLAGGA 0\n", 24),
        (HEAD + "#IB 0 1930 1000.01\n" + VOUCHER, 19),
        (HEAD + "#RAR 0 20320101 20321231\n" + VOUCHER, 19),
        (HEAD + "#UB 0 1930\n" + VOUCHER, 19),
        (HEAD + "#UB 0 1940 1,234\n" + VOUCHER, 19),
        (HEAD.replace('#FNAMN "Samordningsförbundet Fjäll"\n', "") + VOUCHER, 22),
        (HEAD.replace("#SIETYP 4", "#SIETYP 5"), None),
        (HEAD, 18),
        (HEAD.split("#UB", maxsplit=1)[0], 15),
        (HEAD.split("#KONTO", maxsplit=1)[0], 9),
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
    for content in (good.encode("cp437"), good.encode(), good.encode("cp1252")):
        table, rows = rows_of(put(content))
        assert table.ledger.has_checksum, "the sum is over code page 437 whatever the file is saved in"
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
    facts = examination.facts("x")
    return {fault.rule_id for fault in examination.faults(facts) if fault.blocking} or count


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


# --- what programs write ---


def loaded(put, text, name="bok.se"):
    return rows_of(put(HEAD + text, name))


@pytest.mark.parametrize(
    ("line", "text", "note"),
    [
        ('#VER A 1 20310201 "Hyra', "Hyra", "quotes_not_closed"),
        ('#VER A 1 20310201 "Hyra "stora" salen"', 'Hyra "stora" salen', "quotes_inside_text"),
        ('#VER A 1 20310201 "Hyra " stora" salen" 20310203 KL', 'Hyra " stora" salen', "quotes_inside_text"),
        ('#VER A 1 20310201 Rör5"', 'Rör5"', "quotes_inside_text"),
        ('#VER A 1 20310201 "Hyra för\nstora salen"', "Hyra för stora salen", "lines_joined"),
        ('#VER A 1 20310201 "Hyra\n\nför stora\nsalen" 20310203', "Hyra för stora salen", "lines_joined"),
        ('#VER A 1 20310201 "Mapp C:\\\\fil\\\\"', "Mapp C:\\\\fil\\\\", None),
        ('#ver A 1 20310201 "Hyra"', "Hyra", None),
        ('#VER\tA\t\t1  20310201   "Hyra"', "Hyra", None),
        ('#VER A 1 20310201 "Hyra" {', "Hyra", None),
    ],
)
def test_quoting_is_mended_where_one_reading_is_possible(put, line, text, note):
    brace = "" if line.endswith("{") else "{\n"
    table, rows = loaded(put, f"{line}\n{brace}#TRANS 1930 {{}} 5.00\n#TRANS 2010 {{}} -5.00\n}}\n")
    assert [(row["voucher_text"], row["amount_sek"]) for row in rows[2:]] == [(text, "5.00"), (text, "-5.00")]
    assert note is None or table.notes[note] >= 1
    assert table.rows_read == table.rows_yielded + table.non_data.total()


@pytest.mark.parametrize(
    "rows",
    [
        "{\n#TRANS 1930 {} 5.00 }\n",
        "{ #TRANS 1930 {} 5.00\n}\n",
        '{\n#TRANS 1930 {"1" "10"} 5.00\n}\n',
        "{\n#TRANS 1930 { } 5.00\n}\n\x1a",
        "{\n#TRANS\t1930\t{}\t5.00\t\t\n}\n",
        '{\n\n#TRANS 1930 {}5.00 20310305 "text" 2.50 "KL" mer\n}',
        "// en kommentar\n{\n#TRANS 1930 {} 5.00\n}\n; en till\n",
    ],
)
def test_layouts_of_a_voucher_give_the_same_row(put, rows):
    _table, found = loaded(put, f'#VER "" "" 20310305 "text"\n{rows}')
    assert [
        (row["account_code"], row["amount_sek"], row["voucher_date"], row["voucher_text"])
        for row in found[2:]
    ] == [("1930", "5.00", "20310305", "text")]


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [("5", "5.00"), ("5.5", "5.50"), ("-0.50", "-0.50"), ("-5", "-5.00"), ("0", "0.00"), ("05.00", "5.00"), (".5", "0.50"),
     ("1234.5000", "1234.50"), ("-0", "0.00"), ("12345678.90", "12345678.90"),
     ("-007.5", "-7.50")],
)  # fmt: skip
def test_amounts_are_read_exactly(sent, canonical):
    assert plain_amount(sent) == canonical


@pytest.mark.parametrize(
    "sent", ["1.234", "1,5", "1E5", "", "-", ".", "1 000", "5.005", "+5", "5-", "1.000", "٣", "1.2.3"]
)
def test_other_notations_are_left_to_the_parser_of_amounts(sent):
    assert plain_amount(sent) is None


@pytest.mark.parametrize(
    ("sent", "expected"),
    [("1234,50", 3), ('"1 234,50"', 3), ("+5.00", 3), ("1E+05", {"VAL-001"}), ("1.234", {"VAL-001"}), ("5.005", {"VAL-001"}),
     ('""', {"LED-014"}), ("1,234", {"VAL-001"})],
)  # fmt: skip
def test_amounts_are_exact_or_refused_with_the_line(put, sent, expected):
    text = f"#VER A 1 20310201\n{{\n#TRANS 1930 {{}} {sent}\n}}\n"
    assert outcome(put(HEAD + text)) == expected
    assert loaded(put, text)[0].notes["amounts_not_as_specified"] == 1


def test_an_added_row_without_its_repeat_counts_where_the_voucher_needs_it(put):
    """The specification has #RTRANS followed by the same #TRANS; a program that leaves that out is told by the sum."""
    without = "#RTRANS 1930 {} 7.00\n#TRANS 3510 {} -7.00\n"
    table, rows = loaded(put, "#VER A 2 20310301\n{\n" + without + "}\n")
    assert [row["amount_sek"] for row in rows[2:]] == ["-7.00", "7.00"]
    assert table.notes["added_rows_without_their_repeat"] == 1
    assert table.rows_read == table.rows_yielded + table.non_data.total()
    balanced = "#RTRANS 1930 {} 7.00\n#TRANS 1930 {} 5.00\n#TRANS 3510 {} -5.00\n"
    table, rows = loaded(put, "#VER A 2 20310301\n{\n" + balanced + "}\n")
    assert [row["amount_sek"] for row in rows[2:]] == ["5.00", "-5.00"]


def test_a_child_object_comes_with_its_parent(put):
    text = (
        '#UNDERDIM 21 "Delprojekt" 6\n#VER A 1 20310201\n{\n#TRANS 1930 {6 "P1" 21 "P1-A" 7 "17"} 5.00\n}\n'
    )
    _table, rows = loaded(put, text)
    assert (rows[2]["project_code"], rows[2]["cost_centre_code"]) == ("P1", "")


def test_a_repeated_balance_counts_once(put):
    table, rows = loaded(put, "#IB 0 1930 1000.00\n" + VOUCHER)
    assert [row["amount_sek"] for row in rows if row["entry_kind"] == "opening"] == ["1000.00", "-1000.00"]
    assert table.notes["records_repeated"] == 1


# --- what a file is ---

BALANCES = HEAD.replace("#SIETYP 4", "#SIETYP {}")
PERIODS = """#PSALDO 0 203102 1930 {} 600.00
#PSALDO 0 203103 1930 {} -200.00
#PSALDO 0 203102 3510 {6 "P1"} -100.00
#PSALDO 0 203102 3510 {} -400.00
#PSALDO -1 203002 3510 {} -9.00
"""


def kinds(rows):
    return [
        (row["entry_kind"], row["account_code"], row["amount_sek"], row["voucher_period"]) for row in rows
    ]


OPENED = [("opening", "1930", "1000.00", ""), ("opening", "2010", "-1000.00", "")]


def test_type_1_gives_the_years_change_of_each_account(put):
    table, rows = rows_of(put(BALANCES.format(1)))
    assert kinds(rows) == [
        *OPENED,
        ("year_change", "1930", "400.00", ""),
        ("year_change", "3510", "-400.00", ""),
    ]
    assert table.scope is None


@pytest.mark.parametrize("type_", [2, 3])
def test_types_2_and_3_give_the_periods_and_never_the_objects(put, type_):
    _table, rows = rows_of(put(BALANCES.format(type_) + PERIODS))
    assert kinds(rows) == [
        *OPENED, ("period_change", "1930", "600.00", "2031-02"), ("period_change", "1930", "-200.00", "2031-03"),
        ("period_change", "3510", "-400.00", "2031-02")
    ]  # fmt: skip


def test_periods_that_do_not_sum_to_the_year_give_way_to_it(put):
    examination = Examination(put(BALANCES.format(2) + PERIODS.replace("600.00", "600.01")), LEDGER, "provet")
    rows = [row for block in examination.blocks() for row in block.to_pylist()]
    assert [(row["entry_kind"], row["account_code"], row["amount_sek"]) for row in rows[2:]] == [
        ("year_change", "1930", "400.00"), ("period_change", "3510", "-400.00")
    ]  # fmt: skip
    (fault,) = examination.facts("x").measured["LED-007"].faults
    assert "400,01" in fault.expected_sv
    assert "-0,01" in fault.expected_sv
    assert examination.completeness == "unproven"


def test_object_rows_alone_give_the_years_change(put):
    text = (
        BALANCES.format(3) + '#PSALDO 0 203102 3510 {6 "P1"} -100.00\n#PSALDO 0 203102 1930 {6 "P1"} 1.00\n'
    )
    _table, rows = rows_of(put(text))
    assert kinds(rows[2:]) == [("year_change", "1930", "400.00", ""), ("year_change", "3510", "-400.00", "")]


def test_periods_may_lack_their_empty_braces(put):
    _table, rows = rows_of(put(BALANCES.format(2) + PERIODS.replace("{} ", "")))
    assert len(kinds(rows)) == 5


def test_a_closing_balance_of_zero_may_be_left_out(put):
    text = BALANCES.format(1).replace("#UB 0 1930 1400.00\n", "").replace("-400.00", "1000.00")
    _table, rows = rows_of(put(text))
    assert ("year_change", "1930", "-1000.00", "") in kinds(rows)


def test_vouchers_alone_are_an_import_whose_year_is_their_dates(put):
    only = "#FLAGGA 0\n#SIETYP 4\n#FNAMN Fjäll\n" + VOUCHER
    table, rows = rows_of(put(only, "lön.si"))
    assert (table.scope, table.period, len(rows)) == ("import/2031-02-01/2031-02-01", "2031", 2)
    examination = Examination(put(only, "lön.si"), LEDGER, "provet")
    assert (examination.scope, examination.period, examination.completeness) == (
        "import/2031-02-01/2031-02-01",
        "2031",
        "unproven",
    )
    assert refusal(put(only + VOUCHER.replace("20310201", "20320201"))).rule_id == "STR-010"


def test_a_whole_year_is_whole(put):
    examination = Examination(put(HEAD + VOUCHER), LEDGER, "provet")
    assert (examination.scope, examination.period) == ("whole", "2031")


@pytest.mark.parametrize("year", ["20311231 20310101", "20310001 20311231", "x y"])
def test_a_broken_year_is_refused_with_its_line(put, year):
    fault = refusal(put(HEAD.replace("#RAR 0 20310101 20311231", f"#RAR 0 {year}") + VOUCHER))
    assert (fault.rule_id, fault.row_number) == ("STR-010", 8)


def test_signs_of_code_page_437_are_kept(put):
    """It prints § and ¶ where other sets have control characters."""
    content = (HEAD + VOUCHER.replace("Bidrag för", "S 5 ")).encode("cp437").replace(b"S 5", b"\x15 5")
    _table, rows = rows_of(put(content))
    assert rows[2]["voucher_text"].startswith("§ 5")


@pytest.mark.parametrize("letters", ["É", "ü"])
def test_letters_that_decide_nothing_are_read_as_declared(put, letters):
    content = HEAD.replace("ö", "o").replace("ä", "a") + VOUCHER.replace(
        'Bidrag för \\"året\\"', f"Caf{letters}"
    )
    _table, rows = rows_of(put(content))
    assert rows[2]["voucher_text"] == f"Caf{letters}"


# --- findings ---


def findings(put, text):
    examination = Examination(put(text), LEDGER, "provet")
    sum(block.num_rows for block in examination.blocks())
    facts = examination.facts("x")
    assert not [fault for fault in examination.faults(facts) if fault.blocking]
    return {rule_id for rule_id, found in facts.measured.items() if found.failed}, examination.completeness


def test_agreeing_balances_prove_that_nothing_is_missing(put):
    assert findings(put, HEAD + VOUCHER) == (set(), "proven")


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (HEAD.replace("1400.00", "1400.01") + VOUCHER, {"LED-005", "LED-008"}),
        (HEAD.replace("#UB 0 1930 1400.00\n", "") + VOUCHER, {"LED-005", "LED-008"}),
        (HEAD + VOUCHER.replace(" 400.00", " 400.01"), {"LED-001", "LED-005"}),
        (HEAD + VOUCHER.replace("3510 {1", "3599 {1"), {"LED-002", "LED-005"}),
        (HEAD + "#UB -1 1930 999.00\n#UB -1 2010 -999.00\n" + VOUCHER + VOUCHER.replace(" 400", " 0").replace("-400", "0"),
         {"LED-004", "LED-009"}),
    ],
)  # fmt: skip
def test_a_mismatch_is_a_finding_and_the_sums_stay(put, text, rules):
    found, completeness = findings(put, text)
    assert found == rules
    assert completeness == ("unproven" if "LED-005" in rules else "proven")


def test_what_a_file_is_shows_at_once_however_many_blank_lines_it_has(put):
    """A look at the first lines must not try every way to share blank lines out among them."""
    text = "Konto;Belopp\nA;1\n" + "\n" * 4000
    assert refusal(put(text, "bok.se")).rule_id == "STR-021"


@pytest.mark.parametrize("claimed", ["8001022386", "19800102-2386", "²", "7" * 5000])
def test_a_control_sum_that_does_not_hold_is_refused_without_looking_like_a_person(put, claimed):
    text = "".join([*SUMMED[0], *SUMMED[1], f"#KSUMMA {claimed}\n"])
    fault = refusal(put(text.encode("utf-8")))
    assert fault.rule_id == "STR-014" and "#KSUMMA" in fault.expected_sv
    assert not shows_person(fault.expected_sv)


@pytest.mark.parametrize(
    "listed", ['1 "' + '\\"' * 60 + " 2", "7 " + "-" * 200_000 + '"17"', '1 "' + "{" * 200_000]
)
def test_a_hostile_object_list_is_split_or_refused_without_trying_every_reading(put, listed):
    """Each of these would take hours if the reader went back over what it has read."""
    text = "".join([*SUMMED[0][:1], *SUMMED[1]])
    path = put(text.replace("{}", f"{{{listed}}}"))
    try:
        assert rows_of(path)
    except DeliveryUnreadable as problem:
        assert problem.fault.row_number


def test_an_amount_of_thousands_of_digits_is_refused_wherever_it_stands(put):
    huge = "9" * 5000
    text = "".join([*SUMMED[0][:1], *SUMMED[1]])
    for record in ("#UB 0 1930", "#RES 0 1930"):
        fault = refusal(put(f"{text}{record} {huge}\n"))
        assert fault.row_number == text.count("\n") + 1 and huge[:20] not in fault.expected_sv
    assert outcome(put(f"{text}#IB 0 1930 {huge}\n")) == {"VAL-007"}
    assert outcome(put(text.replace("1.00", huge))) == {"VAL-007"}


def test_a_record_whose_label_alone_can_be_read_and_a_line_of_braces_end_no_reading(put):
    text = "".join([*SUMMED[0][:1], *SUMMED[1]])
    rows = rows_of(put(text))[1]
    assert rows_of(put(text.replace("}\n", '#BTRANS""""x"\n}\n')))[1] == rows
    assert rows_of(put(text + "{" * 5000 + "\n"))[1] == rows, (
        "no voucher is open, and nothing is booked by a brace"
    )
    assert refusal(put(text + "{}" * 5000 + "\n")).row_number
