"""Faults in values and headers (F27, F29–F33, F36, F39, F40): each is read exactly or refused with help, never guessed."""

import unicodedata
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from expectations.verdict import verdict
from ingestion.binding import HeaderAlias
from ingestion.examination import Examination, unreadable
from ingestion.feed import Version
from ingestion.feeds import all_feeds
from ingestion.privacy import pseudonym
from ingestion.readers.table import DeliveryUnreadable
from tests.contract.gate_one import KEY, TODAY, judge

FEES = all_feeds()["member_fees"]
HEADER = "Medlem;År;Belopp"
REGISTER = "Personnummer;Insats;Kön;Inskriven;Avslutad"


class Sent:
    """One file as the gate sees it. rows: what would be loaded; found: (rule, row, column) of what stands in a row."""

    def __init__(self, path, feed, **more):
        more.setdefault("business_date", TODAY)
        self.rows, self.faults = [], []
        try:
            self.examination = Examination(path, feed, "provet", pseudonym_key=KEY, **more)
            self.rows = [row for block in self.examination.blocks() for row in block.to_pylist()]
            self.facts = self.examination.facts("d", len(self.rows))
            self.faults = self.examination.faults(self.facts)
        except DeliveryUnreadable as problem:
            self.faults = [problem.fault]
            self.facts = unreadable("d", "provet", feed, problem.fault)

    @property
    def found(self):
        return [(fault.rule_id, fault.row_number, fault.column) for fault in self.faults if fault.row_number]

    @property
    def said(self):
        return " ".join(f"{fault.expected_sv} {fault.remedy_sv}" for fault in self.faults)

    @property
    def is_accepted(self):
        ((decided, evidence),) = judge([self.facts]).values()
        assert not [item for item in evidence if item.status == "error"]
        assert decided == verdict(evidence, self.facts.feed)
        return decided.is_accepted


@pytest.fixture
def send(tmp_path):
    def write(*lines, name="leverans_2031.csv", feed=FEES, **more):
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return Sent(path, feed, **more)

    return write


@pytest.fixture
def fees(send):
    return send


@pytest.fixture
def register(send):
    return lambda *rows, header=REGISTER: send(header, *rows, feed=all_feeds()["participants"])


# --- F27: columns ---


@pytest.mark.parametrize(
    ("header", "row"),
    [("Belopp;År;Medlem", "5;2031;A"), ("BELOPP;år;MEDLEM*", "5;2031;A"), ("Medlem:; År ;Belopp\u00a0(kr)", "A;2031;5"),
     ("Medlem;År;Belopp;Version", "A;2031;5;fastställd")],
)  # fmt: skip
def test_f27_reordered_recased_and_optional_columns_are_read_by_name(fees, header, row):
    (read,) = fees(header, row).rows
    assert (read["member_name"], read["fiscal_year"], read["amount_sek"]) == ("A", "2031", "5.00")


def test_f27_an_added_column_is_refused_with_near_matches(fees):
    sent = fees(HEADER + ";Fakturanumer;Kommentar", "A;2031;5;1;x")
    assert sent.found == [("STR-004", 1, "Fakturanumer; Kommentar")]
    assert "Du skrev ”Fakturanumer”, menas ”Fakturanummer”?" in sent.said
    assert not sent.is_accepted


def test_f27_a_removed_column_is_refused_by_name(fees):
    sent = fees("Medlem;År", "A;2031")
    assert sent.found == [("STR-005", 1, "amount_sek")]
    assert "”Belopp”" in sent.said
    assert not sent.is_accepted


def test_f27_a_renamed_column_is_paired_with_the_one_that_is_missing(fees):
    sent = fees("Medlem;År;Belop", "A;2031;5")
    assert sent.found == [("STR-004", 1, "Belop")]
    assert "Du skrev ”Belop”, menas ”Belopp”?" in sent.said


def test_f27_several_unknown_and_missing_columns_are_one_refusal(fees):
    sent = fees("Medlm;Enhet;Status;Budgetåret", "A;kr;beslutad;2031")
    assert sent.found == [("STR-004", 1, "Medlm; Budgetåret")]
    assert "”Medlm”, menas ”Medlem”" in sent.said
    assert "”Budgetåret”, menas ”Budgetår”" in sent.said
    assert "Dessutom saknas ”Belopp”" in sent.said


@pytest.mark.parametrize("header", [HEADER + ";Belopp", HEADER + ";Medlemsavgift", HEADER + ";BELOPP (KR)"])
def test_f27_a_column_twice_is_refused(fees, header):
    assert fees(header, "A;2031;5;6").found == [("STR-006", 1, "amount_sek")]


NEW = replace(
    FEES,
    versions=(
        Version("2019", valid_to=date(2030, 12, 31), headers={"amount_sek": ("Tilldelning",)}, required={"fiscal_year": False}),
        Version("2031", valid_from=date(2031, 1, 1), valid_to=date(2032, 12, 31)),
        Version("2033", valid_from=date(2033, 1, 1), headers={"member_name": ("Avgiftsbetalare",)}),
    ),
)  # fmt: skip


def test_f27_the_version_that_binds_is_recorded(send):
    assert send(HEADER, "A;2031;5", feed=NEW).examination.contract_version == "2031"
    old = send("Medlem;År;Tilldelning", "A;2029;5", feed=NEW, business_date=date(2029, 6, 1))
    assert (old.examination.contract_version, old.rows[0]["amount_sek"]) == ("2019", "5.00")
    assert send(HEADER, "A;2031;5").examination.contract_version == "1"


def test_f27_a_cell_is_required_by_the_version_that_binds(send):
    rows = ("Medlem;År;Tilldelning", "A;;5")
    assert send(*rows, feed=NEW, business_date=date(2029, 6, 1)).faults == []
    assert send(HEADER, "A;;5", feed=NEW).found == [("VAL-005", 2, "År")]


@pytest.mark.parametrize(
    ("header", "rule_id", "words"),
    [("Medlem;År;Tilldelning", "STR-023", ("version 2019", "till och med 2030-12-31", "”Belopp”")),
     ("Avgiftsbetalare;År;Belopp", "STR-024", ("version 2033", "från 2033-01-01", "”Medlem”"))],
)  # fmt: skip
def test_f27_the_layout_of_another_time_is_refused_with_its_dates(send, header, rule_id, words):
    sent = send(header, "A;2031;5", feed=NEW)
    assert sent.found == [(rule_id, 1, None)]
    assert all(word in sent.said for word in words)
    assert not sent.is_accepted
    without = send(header, "A;2031;5", feed=NEW, switched_off=frozenset({rule_id}))
    assert without.faults == []
    assert without.is_accepted


# --- F29, F30: amounts ---

SAME = (
    "1 234,50",
    "1\u00a0234,50",
    "1\u202f234,50",
    "1\u2009234,50",
    "1'234,50",
    "1.234,50",
    "1234.50",
    "1 234,50 kr",
)
MINUS = ("-{}", "\u2212{}", "\u2013{}", "{}-", "({})", "- {}")


@pytest.mark.parametrize("text", SAME)
def test_f29_one_amount_in_every_notation(fees, text):
    (row,) = fees(HEADER, f"A;2031;{text}").rows
    assert Decimal(row["amount_sek"]) == Decimal("1234.50")


@pytest.mark.parametrize("form", MINUS)
def test_f29_minus_in_every_notation(send, form):
    rows = ("Ansökan;Ansökningsdatum;Insats;Att rekvirera", f"1;2031-01-01;X;{form.format('1 234,50')}")
    (fault,) = send(*rows, feed=all_feeds()["applications"]).faults
    assert (fault.rule_id, fault.value) == (
        "APP-003",
        "-1234.50",
    )  # read exactly; the rule refuses below zero


@pytest.mark.parametrize("text", ["1.234", "1,234", "12,345", "(-100)", "--5", "-5-", "\u0661\u0662",
     "\uff11\uff12", "1 2345", "O0O"])  # fmt: skip
def test_f29_an_ambiguous_amount_is_refused_with_its_row(fees, text):
    sent = fees(HEADER, "A;2031;5", f"B;2031;{text}")
    assert sent.found == [("VAL-001", 3, "Belopp")]
    assert sent.faults[0].value == text
    assert not sent.is_accepted


def test_f29_an_agreed_decimal_sign_makes_it_certain(fees):
    """UL: -2.896 is -2 896."""
    own = {"Belopp": HeaderAlias("amount_sek", decimal_sign=",")}
    assert [row["amount_sek"] for row in fees(HEADER, "A;2031;2.896", "B;2031;5,50", aliases=own).rows] == [
        "2896.00",
        "5.50",
    ]
    assert fees(HEADER, "A;2031;2896.50", aliases=own).found == [("VAL-001", 2, "Belopp")]
    total = fees(HEADER, "A;2031;2.896", "Summa;;2.896", aliases=own)
    assert [one.value for one in total.examination.control_totals] == ["2896.00"]


@pytest.mark.parametrize("text", ["1E+05", "1,98E+11", "1e5"])
def test_f30_an_amount_that_excel_has_shortened_is_refused(fees, text):
    sent = fees(HEADER, f"A;2031;{text}")
    assert sent.found == [("VAL-001", 2, "Belopp")]
    assert "grundpotensform" in sent.said


def test_f30_codes_and_long_numbers_stay_text(fees):
    (row,) = fees(HEADER + ";Fakturanr;Kommunkod", "A;2031;5;0012345678901234;0380").rows
    assert (row["invoice_number"], row["member_code"]) == ("0012345678901234", "0380")
    assert fees(HEADER + ";Fakturanr", "A;2031;5;1E+05").rows[0]["invoice_number"] == "1E+05"


def test_f30_a_code_that_lost_its_zero_is_refused_with_the_code(fees):
    sent = fees(HEADER + ";Kommunkod", "A;2031;5;380")
    assert sent.found == [("VAL-010", 2, "Kommunkod")]
    assert "0380 Uppsala" in sent.said


def test_f30_a_serial_is_no_date_in_a_text_file(fees):
    sent = fees(HEADER + ";Förfaller", "A;2031;5;42795")
    assert sent.found == [("VAL-002", 2, "Förfaller")]
    assert "2017-03-01" in sent.said


# --- F31: words for nothing ---


@pytest.mark.parametrize("word", ["NA", "NULL", "None", "nan", "-", "N/A", "*****"])
def test_f31_undeclared_words_are_literal_text(fees, word):
    (row,) = fees(HEADER + ";Fakturanr", f"{word};2031;5;{word}").rows
    assert (row["member_name"], row["invoice_number"], row["_missing"]) == (word, word, None)


@pytest.mark.parametrize("word", ["NA", "NULL", "None", "-", "*****", "Uppgift saknas"])
def test_f31_undeclared_words_are_no_amount(fees, word):
    assert fees(HEADER, f"A;2031;{word}").found == [("VAL-001", 2, "Belopp")]


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("-", "not_stated"),
        ("–", "not_stated"),
        ("*****", "not_computable"),
        ("Uppgift saknas", "unknown"),
        ("DATA SAKNAS", "unknown"),
    ],
)
def test_f31_a_declared_word_is_no_value_with_its_reason(fees, word, reason):
    (row,) = fees(HEADER + ";Folkmängd", f"A;2031;5;{word}").rows
    assert (row["population_count"], row["_missing"]) == (None, f"population_count={reason}")


def test_f31_blank_is_nothing_and_never_zero(fees):
    rows = fees(
        HEADER + ";Folkmängd;Folkmängd per", "A;2031;5;;", "B;2031;6;-;–", "C;2031;7;12;2030-11-01"
    ).rows
    assert [row["population_count"] for row in rows] == [None, None, "12"]
    assert [row["_missing"] for row in rows] == [
        None,
        "population_count=not_stated;population_date=not_stated",
        None,
    ]
    assert fees(HEADER, "A;2031;").found == [("VAL-005", 2, "Belopp")]


def test_f31_a_missing_amount_is_not_the_default(send):
    header = "Ansökan;Ansökningsdatum;Insats;Att rekvirera;Egenfinansiering"
    rows = send(header, "1;2031-01-01;X;5;-", "2;2031-01-01;X;5;", feed=all_feeds()["applications"]).rows
    assert [row["own_financing_sek"] for row in rows] == [None, "0.00"]


def test_f31_a_required_cell_is_missing_only_where_the_contract_says_so(send):
    columns = tuple(
        replace(c, missing={"too_few": ("För få svar",)} if c.name == "fiscal_year" else {})
        for c in FEES.columns
    )
    own = replace(FEES, columns=columns, period="whole")
    (row,) = send(HEADER, "A;För få svar;5", feed=own).rows
    assert (row["fiscal_year"], row["_missing"]) == (None, "fiscal_year=too_few")
    assert send(HEADER, "A;;5", feed=own).found == [("VAL-005", 2, "År")]
    assert send(HEADER, "A;För få svar;5").found == [("VAL-003", 2, "År")]


# --- F32: dates ---


@pytest.mark.parametrize(
    "text", ["2031-02-29", "2031-04-31", "0226-01-01", "31/04/2031", "20310431", "310230"]
)
def test_f32_a_day_that_does_not_exist_is_refused(fees, text):
    assert fees(HEADER + ";Förfaller", f"A;2031;5;{text}").found == [("VAL-002", 2, "Förfaller")]


@pytest.mark.parametrize("text", ["03/01/2031", "13/01/2031", "1/3 2031", "01.03.2031", "1-3-2031"])
def test_f32_day_and_month_in_unknown_order_are_refused_with_both(fees, text):
    sent = fees(HEADER + ";Förfaller", f"A;2031;5;{text}")
    assert sent.found == [("VAL-002", 2, "Förfaller")]
    assert "Skriv 2031-" in sent.said


def test_f32_an_end_before_the_start_is_set_aside(register):
    sent = register("A-1;X;man;2031-06-30;2031-01-15")
    assert sent.found == [("PAR-001", 2, "Avslutad")]


def test_f32_a_day_ahead_is_set_aside_where_it_must_have_happened(register, fees):
    assert register("A-1;X;man;2031-06-30;2032-01-16").found == [("VAL-008", 2, "Avslutad")]
    assert register("A-1;X;man;2031-06-30;2032-01-15").faults == []
    assert fees(HEADER + ";Betald", "A;2031;5;2033-01-01").found == [("VAL-008", 2, "Betald")]
    assert fees(HEADER + ";Förfaller", "A;2031;5;2033-01-01").faults == []  # what falls due may lie ahead


# --- F33: the person column ---

NUMBER = "198001022386"
READ_ALIKE = ("198001022386", "19800102-2386", "800102-2386", "8001022386", "19800102 2386", "19800102–2386")


@pytest.mark.parametrize("text", READ_ALIKE)
def test_f33_a_number_in_any_notation_is_one_pseudonym(register, text):
    (row,) = register(f"{text};X;man;2031-01-01;").rows
    assert row["person_key"] == pseudonym(KEY, "provet", NUMBER)


@pytest.mark.parametrize(
    "text", ["198001022387", "19801302-2386", "19800102-238", "1,98E+11", "198001O22386"]
)
def test_f33_a_number_that_cannot_be_is_set_aside_and_never_shown(register, text):
    sent = register(f"{text};X;man;2031-01-01;")
    assert sent.found == [("PRI-001", 2, "Personnummer")]
    assert sent.faults[0].value is None
    assert text not in repr((sent.faults, sent.rows, sent.examination.quarantined))


def test_f33_a_samordningsnummer_a_hundred_year_old_and_an_interim_number_are_read(register):
    """Day + 60; `+` from the year of turning 100; letters are an own id, opaque."""
    from ingestion.privacy import normalise_person_key, passes_luhn

    def with_check(nine):
        return next(nine + digit for digit in "0123456789" if passes_luhn(nine + digit))

    coordination, old = with_check("800162238"), with_check("280101238")
    assert normalise_person_key(coordination, 2031) == f"19{coordination}"
    assert normalise_person_key(f"{old[:6]}+{old[6:]}", 2031) == f"19{old}"
    assert normalise_person_key(f"{old[:6]}-{old[6:]}", 2031) == f"20{old}"
    rows = register(
        f"{coordination[:6]}-{coordination[6:]};X;man;2031-01-01;", "800102-T238;X;man;2031-01-01;"
    ).rows
    assert [row["person_key"] for row in rows] == [
        pseudonym(KEY, "provet", f"19{coordination}"),
        pseudonym(KEY, "provet", "own:800102-T238"),
    ]


@pytest.mark.parametrize("column", ["Kommun", "Födelseår", "Kön"])
def test_f33_a_number_in_a_column_of_another_kind_stops_the_file_unshown(register, column):
    header = REGISTER.replace("Kön", column) + ("" if column == "Kön" else ";Kön")
    sent = register(f"A-1;X;{NUMBER};2031-01-01;" + ("" if column == "Kön" else ";man"), header=header)
    assert ("PRI-002", 2, column) in sent.found
    assert NUMBER not in repr((sent.faults, sent.rows, sent.examination.quarantined))


def test_f33_a_sole_traders_number_is_no_organisation_number(fees):
    sent = fees(HEADER + ";Orgnr", f"A;2031;5;{NUMBER[2:8]}-{NUMBER[8:]}")
    assert sent.found == [("PRI-002", 2, "Orgnr")]
    assert NUMBER[8:] not in repr(sent.faults)
    assert not sent.is_accepted


# --- F36: the same key twice in a file ---


def test_f36_every_copy_of_a_key_is_named_and_the_money_is_not_loaded(fees):
    sent = fees(HEADER, "Dalby;2031;5", "Fjäll;2031;6", "DALBY;2031;5", "Dalby;2031;7")
    assert sent.found == [("FEE-002", row, "Medlem") for row in (2, 4, 5)]
    assert not sent.is_accepted


def test_f36_every_copy_of_a_spell_is_named(register):
    sent = register("A-1;X;man;2031-01-01;", "A-2;X;man;2031-01-01;", "a-1;X;man;2031-01-01;2031-02-01")
    assert sent.found == [("PAR-003", row, "Inskriven") for row in (2, 4)]
    assert not sent.is_accepted


# --- F39: letters ---

SPELLINGS = ("Skellefteå kommun", unicodedata.normalize("NFD", "Skellefteå kommun"),
     "Skellefteå\u00a0kommun", " Skellefteå  kommun ",
             "Skelle\u00adfteå kommun", "\u202eSkellefteå kommun\u202c", "Skellefteå\u200b kommun",
     "\u2066Skellefteå kommun\u2069")  # fmt: skip


@pytest.mark.parametrize("text", SPELLINGS)
def test_f39_a_name_is_one_whatever_is_hidden_in_it(fees, text):
    assert fees(HEADER, f"{text};2031;5").rows[0]["member_name"] == "Skellefteå kommun"


@pytest.mark.parametrize("text", SPELLINGS)
def test_f39_keys_compare_composed(fees, text):
    assert {fault[0] for fault in fees(HEADER, "Skellefteå kommun;2031;5", f"{text};2031;6").found} == {
        "FEE-002"
    }


def test_f39_emoji_and_other_scripts_are_kept(fees):
    assert fees(HEADER, "Kraft 💪 Ängelholm Łódź;2031;5").rows[0]["member_name"] == "Kraft 💪 Ängelholm Łódź"


# --- F40: unknown codes ---


def test_f40_an_unknown_code_is_refused_with_near_words(fees):
    sent = fees(HEADER + ";Status", "A;2031;5;fakturerd")
    assert sent.found == [("VAL-004", 2, "Status")]
    assert "Menas ”fakturerad”" in sent.said


def test_f40_the_associations_own_word_is_known_once_it_is_noted(fees):
    rows = (HEADER + ";Status", "A;2031;5;Utskickad")
    assert fees(*rows).found == [("VAL-004", 2, "Status")]
    (row,) = fees(*rows, words={"fee_event": {"utskickad": "invoiced"}}).rows
    assert row["fee_event"] == "invoiced"


def test_f40_an_unknown_municipality_is_set_aside_with_near_names(register):
    sent = register("A-1;X;man;2031-01-01;;Upsala", header=REGISTER + ";Kommun")
    assert sent.found == [("VAL-010", 2, "Kommun")]
    assert "”Uppsala”" in sent.said


@pytest.mark.parametrize("text", ["0380", "Uppsala", "Uppsala kommun", "uppsalas"])
def test_f40_a_municipality_is_its_code_however_it_is_written(register, text):
    assert (
        register(f"A-1;X;man;2031-01-01;;{text}", header=REGISTER + ";Kommun").rows[0]["municipality_code"]
        == "0380"
    )


def test_f40_a_municipality_is_judged_by_the_deliverys_year(send):
    def heby(year, text):
        rows = ("Personnummer;Insats;Kön;Inskriven;Kommun", f"A-1;X;man;{year}-01-01;{text}")
        return send(*rows, name=f"deltagare_{year}.csv", feed=all_feeds()["participants"])

    assert heby(2006, "Heby").rows[0]["municipality_code"] == "1917"
    assert heby(2007, "Heby").rows[0]["municipality_code"] == "0331"
    assert heby(2007, "1917").found == [("VAL-010", 2, "Kommun")]
    assert heby(2006, "1917").faults == []
