"""What files of many programs have been seen to hold, in small files of our own: loaded to the öre, or refused with
the line. The sums are counted a second time, by a reader of a few lines that knows nothing of the first."""

import re
import zlib
from collections import Counter
from decimal import Decimal

import pytest

from ingestion.feeds import all_feeds
from tests.contract.gate_one import begin, examine, judge

LEDGER = all_feeds()["ledger"]
HEAD = """#FLAGGA 0
#PROGRAM "Eget prov" 1.0
#FORMAT PC8
#GEN 20320110
#SIETYP 4
#FNAMN "Samordningsförbundet Fjäll"
#RAR 0 20310101 20311231
#KONTO 1930 "Påsar och bank"
#KONTO 2010 "Eget kapital"
#KONTO 3510 "Bidrag"
#IB 0 1930 1000.00
#IB 0 2010 -1000.00
#UB 0 1930 1400.00
#UB 0 2010 -1000.00
#RES 0 3510 -400.00
"""
VOUCHER = """#VER A 1 20310201 "Bidrag från råd"
{
   #TRANS 1930 {} 400.00
   #TRANS 3510 {} -400.00
}
"""
IMPORT = "#FLAGGA 0\n#FORMAT PC8\n#SIETYP 4\n#FNAMN Fjäll Förbund\n"
ALL_DECLARED: set[str] = set()
NONE_DECLARED = {"LED-002"}


def outcome(path):
    """Rules that stop the file, findings, and faults."""
    facts = examine(path, "ledger")
    (decided, _evidence) = judge([facts])[facts.delivery_id]
    failed = {rule_id for rule_id, found in facts.measured.items() if found.failed}
    faults = [fault for found in facts.measured.values() for fault in found.faults]
    return set(decided.rule_ids), failed, faults


def rows_of(path):
    return [row for block in begin(path, LEDGER).blocks() for row in block.to_pylist()]


def sums(rows):
    found: Counter[str] = Counter()
    for row in rows:
        found[row["account_code"]] += Decimal(row["amount_sek"])
    return {code: amount for code, amount in found.items() if amount}


def counted_by_hand(text):
    """Opening balances and transactions per account: the first number after the account and its braces."""
    found: Counter[str] = Counter()
    pattern = r"(?im)^\s*#(?:ib\s+0|trans)\s+\"?(\w+)\"?\s*(?:\{[^}]*\})?\s*\"?(-?[0-9.]+)"
    for account, amount in re.findall(pattern, text):
        found[account] += Decimal(amount)
    return {code: amount for code, amount in found.items() if amount}


def loads(path, text, findings=ALL_DECLARED):
    stopped, failed, _faults = outcome(path)
    assert (stopped, failed) == (set(), set(findings))
    rows = rows_of(path)
    assert sums(rows) == counted_by_hand(text)
    return rows


# --- texts whose letters are lost, and quotes among them ---

NAMES = [
    ('"F"rskott till Lind" Park"', 'F"rskott till Lind" Park'),
    ('Leverant"rsskulder', 'Leverant"rsskulder'),
    ('"F"r,ndring varulager"', 'F"r,ndring varulager'),
    ('"Ink"p av "x" 25%"', 'Ink"p av "x" 25%'),
    ('Inköp av "x" 25%', None),
    ('"Hyra f"r "vr kontor"', 'Hyra f"r "vr kontor'),
    ('"Ack "veravskr, mask,inv"', 'Ack "veravskr, mask,inv'),
    ('"a "b" c', None),
    ('"', ""),
    ('""', ""),
    ("", ""),
    ("3510", "3510"),
    ("Namn med blank", "Namn"),
    ('"25\\"', None),
]


@pytest.mark.parametrize(("sent", "name"), NAMES, ids=[sent for sent, _name in NAMES])
def test_no_name_of_an_account_refuses_a_file(put, sent, name):
    text = HEAD.replace('#KONTO 3510 "Bidrag"', f"#KONTO\t3510 {sent}") + VOUCHER
    rows = loads(put(text), text)
    if name is not None:
        assert (rows[-1]["account_name"] or "") == name


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ('20310203 "a "b" c" ""', 'a "b" c'),
        ('"" "Kundfakt. 0334, Fredrik Ekstr"m" ""', 'Kundfakt. 0334, Fredrik Ekstr"m'),
        ('20310203 "text" "" "KL"', "text"),
        ('20310203 "Faktnr: 891, Namn: \\"K\\""', 'Faktnr: 891, Namn: "K"'),
        ('20310203 "1110\\1002 Hus 1:1"', "1110\\1002 Hus 1:1"),
        ('"" "" 1.75', "Bidrag från råd"),
        ('20310203 "" 10.000000 "KL"', "Bidrag från råd"),
    ],
)
def test_texts_and_quantities_of_rows(put, sent, said):
    text = HEAD + VOUCHER.replace("-400.00", f"-400.00 {sent}")
    assert loads(put(text), text)[-1]["voucher_text"] == said


# --- character sets ---


@pytest.mark.parametrize("label", ["FNR", "ADRESS", "PROSA", "\t#fnr"])
def test_a_path_in_windows_letters_among_names_in_pc8_decides_nothing(put, label):
    """A program writes its file path as Windows has it, and all else in PC8; the path is read by nobody."""
    line = f"#{label.lstrip()} C:\\Data\\FXretag\\XY" if label[0] != "\t" else "\t#fnr C:\\Data\\FXretag"
    text = HEAD.replace("#RAR", f"{line}\n#RAR", 1) + VOUCHER
    path = put(text.encode("cp437").replace(b"X", b"\xf6"))
    rows = loads(path, text)
    assert (rows[0]["account_name"], rows[-1]["voucher_text"]) == ("Påsar och bank", "Bidrag från råd")


def test_a_path_in_utf_8_among_names_in_pc8_decides_nothing(put):
    text = HEAD.replace("#RAR", "#FNR C:\\FXretag\n#RAR", 1) + VOUCHER
    assert loads(put(text.encode("cp437").replace(b"X", "ö".encode())), text)


def test_two_character_sets_in_what_is_read_are_refused_with_the_line(put):
    text = HEAD.replace("Bidrag", "Fxrskott") + VOUCHER
    stopped, _failed, faults = outcome(put(text.encode("cp437").replace(b"x", b"\xf6")))
    assert (stopped, faults[0].row_number) == ({"STR-008"}, 10)


@pytest.mark.parametrize("encoding", ["iso8859-15", "cp1252", "utf-8", "utf-8-sig", "cp437"])
def test_every_character_set_gives_the_same_names(put, encoding):
    text = HEAD + VOUCHER
    assert loads(put(text.encode(encoding)), text)[0]["account_name"] == "Påsar och bank"


# --- layouts ---

LAYOUTS = {
    "trailing blanks and tabs": VOUCHER.replace("\n", " \t \n"),
    "blank lines": "\n \n" + VOUCHER.replace("\n", "\n\n \n"),
    "aligned": VOUCHER.replace(" {} ", " {}      ").replace("#VER A 1 ", "#VER A     1     "),
    "tabs": VOUCHER.replace(" 1930 {} ", "\t1930\t{}\t").replace("#VER A 1 ", '#VER\t"A"\t"1"\t'),
    "tab after brace": VOUCHER.replace("{\n", "{\t\n").replace("}\n", "}\t\n"),
    "room in braces": VOUCHER.replace("{} ", "{ } "),
    "objects in a column": VOUCHER.replace("{} -", "{1         AO } -"),
    "objects with tabs": VOUCHER.replace("{} -", '{8 "30"\t1 "2"\t10 "12"} -'),
    "objects all quoted": VOUCHER.replace("{} -", '{"1" "AO" "7" "1"} -'),
    "lower case": VOUCHER.replace("#VER", "#ver").replace("#TRANS", "#trans"),
    "dimensions last": VOUCHER + '#DIM 20 "Objekt"\n#OBJEKT 20 "001" "Avdelning 1"\n',
    "quoted account": VOUCHER.replace(" 1930 ", ' "1930" '),
    "no decimals": VOUCHER.replace("400.00", "400"),
    "empty voucher": VOUCHER + '#VER A 2 20310301 ""\n{\n}\n',
    "budget without braces": "#PBUDGET 0 203101 3510 -33.00\n#PBUDGET 0 203101 3510 {} -33.00\n" + VOUCHER,
    "object balances": '#OIB 0 1930 {1 "2"} 100.00\n#OUB 0 1930 {1 "2"} 100.00\n' + VOUCHER,
    "unquoted prose": '#PROSA Kontoplanstyp är BAS2031\n#PROSA "@BANKGIRO "\n' + VOUCHER,
    "backslash last": '#FNR "C:\\dir\\"\n' + VOUCHER,
    "the same account twice": "#KONTO 1930 Annat\n" + VOUCHER,
    "account without number": '#KONTO "" "Mark"\n' + VOUCHER,
    "codes nobody reads": '#SRU 1110 " "\n#SRU 11AF 7214\n#TAXAR  \n#TAXAR 20X1\n' + VOUCHER,
    "quantity after balance": "#KONTO 1650 Moms\n#IB 0 1650 0 0\n#UB 0 1650 -0 0\n" + VOUCHER,
    "year before": "#RAR -1 20290701 20301231\n#IB -1 1930 5.00\n#UB -1 1930 1000.00\n#UB -1 2010 -1000.00\n"
    + VOUCHER,
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_give_the_same_sums(put, name):
    text = HEAD + LAYOUTS[name]
    rows = loads(put(text), text)
    assert {row["voucher_date"] for row in rows if row["entry_kind"] == "transaction"} == {"2031-02-01"}


@pytest.mark.parametrize("label", ["FLAGGA", "PROGRAM", "FORMAT", "GEN", "SIETYP"])
def test_records_that_no_figure_hangs_on_may_be_missing(put, label):
    text = re.sub(f"(?m)^#{label} .*\n", "", HEAD) + VOUCHER
    loads(put(text), text)


def test_result_accounts_may_have_their_sum_in_ub_too(put):
    text = HEAD + "#UB 0 3510 -400.00\n" + VOUCHER
    loads(put(text), text)


# --- vouchers alone, in files of any name ---


@pytest.mark.parametrize("name", ["lön.si", "kassa.se"])
@pytest.mark.parametrize(
    "head", ["", "#RAR 0  \n", "#RAR 0 20310101 20311231\n#OMFATTN 19700101\n", '#ORGNR \n#PROSA ""\n']
)
def test_vouchers_alone_load_whatever_their_head(put, name, head):
    text = IMPORT + head + VOUCHER.replace("#VER A 1", '#VER "" 0')
    rows = loads(put(text, name), text, NONE_DECLARED)
    assert {row["fiscal_year"] for row in rows} == {"2031"}


@pytest.mark.parametrize("before", ["#FLAGGA", "#FORMAT", "#FNAMN"])
@pytest.mark.parametrize("separator", [" ", "\t\t"])
def test_a_right_control_sum_proves_the_file_wherever_it_begins(put, before, separator):
    """CRC-32 over the records between the two, without what separates their fields."""
    start, voucher = IMPORT.index(before), VOUCHER.replace("Bidrag från råd", "Råd")
    summed = re.sub(r'["{}\s]', "", IMPORT[start:] + voucher).encode("cp437")
    text = f"{IMPORT[:start]}#KSUMMA\n{IMPORT[start:]}{voucher}#KSUMMA{separator}{zlib.crc32(summed)}\n"
    path = put(text, "lön.si")
    loads(path, text, NONE_DECLARED)
    examination = begin(path, LEDGER)
    assert sum(block.num_rows for block in examination.blocks()) == 2
    assert examination.completeness == "proven"


@pytest.mark.parametrize(
    "ver",
    ['#VER "K" "" "2031-02-01" "x"  20310203', '#VER "K" "" "310201" "x"', '#VER  1 20310201 " " 20310203 " "',
     '#VER 1 20310201 "x"', "#VER K 1 20310201 x", '#VER "" "" 20310201 ""'],
)  # fmt: skip
def test_days_are_read_as_programs_write_them(put, ver):
    text = IMPORT + VOUCHER.replace('#VER A 1 20310201 "Bidrag från råd"', ver)
    rows = loads(put(text, "lön.si"), text, NONE_DECLARED)
    assert {row["voucher_date"] for row in rows} == {"2031-02-01"}


# --- refused, each for its reason and with its line ---

WEB = '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>404 Not Found</title>\n</html>\n'
REFUSED = {
    "row without braces and amount": (IMPORT + VOUCHER.replace("1930 {} 400.00", "1930"), "STR-014", 7, "belopp"),
    "row without account": (HEAD + VOUCHER.replace("1930", '""', 1), "VAL-005", 18, "Konto"),
    "a day that is none": (HEAD + VOUCHER.replace("20310201", '"rappakalja"'), "VAL-002", 18, "datum"),
    "no day in the only voucher": (IMPORT + VOUCHER.replace("20310201", '""'), "STR-010", 5, "#RAR 0"),
    "voucher without day": (HEAD + '#VER "K" ""\n{\n}\n', "STR-014", 16, "datum"),
    "two years and no #RAR": (IMPORT + VOUCHER + VOUCHER.replace("20310201", "20320201"), "STR-010", 10, "2031 och 2032"),
    "29 February": (HEAD.replace("20311231", "20310229") + VOUCHER, "STR-010", 7, "almanackan"),
    "year that ends first": (HEAD.replace("20311231", "20301231") + VOUCHER, "STR-010", 7, "före"),
    "name empty": (HEAD.replace('"Samordningsförbundet Fjäll"', '""') + VOUCHER, "STR-014", 6, "#FNAMN"),
    "short form of a number": (HEAD + VOUCHER.replace(" 400.00", " 1E3"), "VAL-001", 18, "siffror"),
    "opening without amount": (HEAD.replace("1930 1000.00", '1930 ""') + VOUCHER, "LED-014", 11, "belopp"),
    "closing without amount": (HEAD.replace("1930 1400.00", '1930 ""') + VOUCHER, "STR-014", 13, "#UB"),
    "chart alone": (HEAD.split("#IB", maxsplit=1)[0], "STR-014", 10, "saldon"),
    "a web page": (WEB, "STR-021", None, "webbsida"),
    "a person's number": (HEAD.replace("#RAR", "#ORGNR 198001022386\n#RAR") + VOUCHER, "PRI-002", 7, "personnummer"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_reason_and_line(put, name):
    text, rule_id, line, word = REFUSED[name]
    stopped, _failed, faults = outcome(put(text))
    assert stopped == {rule_id}
    fault = next(fault for fault in faults if fault.rule_id == rule_id)
    assert fault.row_number == line
    assert word.lower() in fault.expected_sv.lower()


# --- shown, with a finding ---

FOUND = {
    "unbalanced": (VOUCHER.replace("-400.00", "-399.00"), {"LED-001", "LED-005"}),
    "outside the year": (VOUCHER.replace("20310201", "20300201"), {"LED-003"}),
    "account nobody declares": (VOUCHER.replace("TRANS 3510", "TRANS 35109999"), {"LED-002", "LED-005"}),
    "not all vouchers": (VOUCHER.replace("400.00", "300.00"), {"LED-005"}),
    "read in before": (VOUCHER, {"LED-012"}),
}


@pytest.mark.parametrize("name", FOUND)
def test_loaded_with_a_finding(put, name):
    voucher, findings = FOUND[name]
    head = HEAD.replace("#FLAGGA 0", "#FLAGGA 1") if "LED-012" in findings else HEAD
    loads(put(head + voucher), head + voucher, findings)


# --- balances alone ---


def changes(rows):
    return [
        (row["account_code"], row["amount_sek"], row["voucher_period"])
        for row in rows
        if row["entry_kind"] not in ("opening", "transaction")
    ]


def with_type(kind, more=""):
    return HEAD.replace("#SIETYP 4", f"#SIETYP  {kind}") + more


def test_rows_of_objects_that_come_again_are_never_added(put):
    text = with_type(
        3,
        """#PSALDO 0 203102 1930 {} 400.00
#PSALDO 0 203102 1930 {6 "4"} 150.00
#PSALDO 0 203102 1930 {1 "2"} 150.00
#PSALDO 0 203102 1930 {6 "5"} 250.00
#PSALDO 0 203102 1930 {1 "2"} 250.00
#PSALDO 0 203102 3510 { } -400.00 ""
""",
    )
    assert outcome(put(text))[:2] == (set(), set())
    assert changes(rows_of(put(text))) == [("1930", "400.00", "2031-02"), ("3510", "-400.00", "2031-02")]


def test_rows_without_objects_that_are_only_the_rest_give_way_to_the_year(put):
    """A program writes what has no object as {}, not the account's total; an account without balance is unmoved."""
    text = with_type(
        3,
        """#KONTO 1650 "Momsfordran"
#PSALDO 0 203102 1930 {"7" "1"} 150.00
#PSALDO 0 203102 1930 {} 250.00
#PSALDO 0 203102 1650 {} 70.00
#PSALDO 0 203102 1650 {"7" "1"} -70.00
#PSALDO 0 203102 3510 {} -400.00
""",
    )
    assert outcome(put(text))[:2] == (set(), {"LED-007"})
    assert changes(rows_of(put(text))) == [("1930", "400.00", None), ("3510", "-400.00", "2031-02")]


def test_a_result_account_opened_with_a_balance_ends_where_the_file_says(put):
    text = with_type(
        1, "#IB 0 3599 -10.00\n#IB 0 2011 10.00\n#UB 0 2011 13.00\n#UB 0 3599 -13.00\n#RES 0 3599 -13.00\n"
    )
    stopped, _failed, _faults = outcome(put(text))
    assert stopped == set()
    assert sums(rows_of(put(text)))["3599"] == Decimal("-13.00")


def test_a_year_before_without_openings_and_odd_years(put):
    text = with_type(
        1, "#RAR -1 20280701 20301231\n#UB -1 1930 1000.00\n#UB -1 2010 -1000.00\n#RES -1 3510 0\n"
    )
    assert outcome(put(text))[:2] == (set(), set())
    assert changes(rows_of(put(text))) == [("1930", "400.00", None), ("3510", "-400.00", None)]
