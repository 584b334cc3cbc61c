"""Every notation is read to the same canonical text, or refused: never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.feed import Column
from ingestion.values import (
    ValueProblem,
    code_parser,
    match_key,
    parse_amount,
    parse_date,
    parse_flag,
    parse_integer,
    parse_quarter,
    parse_share,
    parse_text,
    parse_year,
)

AMOUNTS = {
    "0": "0.00", "-0,00": "0.00", "12": "12.00", "12,5": "12.50", "12.50": "12.50", "1234,56": "1234.56",
    "1 250 000,50": "1250000.50", "1\u00a0250\u00a0000": "1250000.00", "1\u202f250\u202f000,5": "1250000.50",
    "1\u2009250": "1250.00", "1'250'000.50": "1250000.50", "1.234,50": "1234.50", "1.234.567": "1234567.00",
    "1,234.50": "1234.50", "1,234,567": "1234567.00", "-12,50": "-12.50", "−12,50": "-12.50", "–12,50": "-12.50",
    "12,50-": "-12.50", "- 7 803 654": "-7803654.00", "(1 200,00)": "-1200.00", "+5": "5.00", "100 kr": "100.00",
    "100:-": "100.00", "100,-": "100.00", "1 000 SEK": "1000.00", "1234.5000": "1234.50", "9999999999999,99": "9999999999999.99",
}  # fmt: skip
NO_AMOUNTS = (
    "", "1.234", "1,234", "123.500", "1,98E+11", "1E5", "12,345", "12 34", "1 2345", "1.23.4", "1,2,3", "0012", "007,50",
    "12 tkr", "1,5 mnkr", "25 %", "tolv", "O0Okr", "1O0", "NA", "-", "--5", "(5", "5)", "=1+1", "10000000000000", "١٢",
)  # fmt: skip


@pytest.mark.parametrize(("text", "canonical"), AMOUNTS.items())
def test_amounts_are_read(text, canonical):
    assert parse_amount(text) == canonical


@pytest.mark.parametrize("text", NO_AMOUNTS)
def test_amounts_are_not_guessed(text):
    """F29, F30, F31."""
    with pytest.raises(ValueProblem) as problem:
        parse_amount(text)
    assert problem.value.rule_id == "VAL-001"
    assert problem.value.expected_sv
    assert problem.value.remedy_sv


@given(
    st.decimals(min_value=-(10**12), max_value=10**12, places=2),
    st.sampled_from(["", " ", "\u00a0", "\u202f"]),
)
def test_what_we_write_we_read_back(amount, group):
    written = f"{amount:,.2f}".replace(",", "g").replace(".", ",").replace("g", group)
    assert parse_amount(written) == f"{amount + 0:.2f}".replace("-0.00", "0.00")


@given(st.text(max_size=20))
def test_no_text_crashes_a_parser(text):
    for parse in (
        parse_amount,
        parse_date,
        parse_year,
        parse_quarter,
        parse_integer,
        parse_share,
        parse_flag,
    ):
        try:
            assert parse(parse(text)) == parse(text)
        except ValueProblem as problem:
            assert problem.remedy_sv


@pytest.mark.parametrize(
    ("text", "canonical"),
    [("2017-03-01", "2017-03-01"), ("20170301", "2017-03-01"), ("2017/3/1", "2017-03-01"), ("2017-03-01 00:00:00", "2017-03-01"),
     ("2016-02-29", "2016-02-29"), ("2017–03–01", "2017-03-01")],
)  # fmt: skip
def test_dates_are_read(text, canonical):
    assert parse_date(text) == canonical


@pytest.mark.parametrize(
    "text", ["", "2017-02-29", "2017-04-31", "0226-01-01", "01/03/2017", "1/3/2017", "3.1.2017", "42795", "2017", "2017-13-01",
             "20171301", "i mars", "2017-03-01 14:30:00"]
)  # fmt: skip
def test_dates_are_not_guessed(text):
    """F32."""
    with pytest.raises(ValueProblem) as problem:
        parse_date(text)
    assert problem.value.rule_id == "VAL-002"


def test_years_integers_shares_and_flags():
    assert parse_year(" 2017 ") == "2017"
    assert parse_integer("72 000") == "72000"
    assert parse_integer("-1") == "-1"
    assert parse_share("25 %") == parse_share("0,25") == parse_share("0.250") == "0.25"
    assert parse_share("1") == "1"
    assert [parse_flag(word) for word in ("Ja", "nej", "X", "0")] == ["true", "false", "true", "false"]


@pytest.mark.parametrize(
    ("parse", "text"),
    [(parse_year, "17"), (parse_year, "1017"), (parse_year, "2017.0"), (parse_integer, "1,5"), (parse_integer, "007"),
     (parse_integer, "12 34"), (parse_share, "25"), (parse_share, "½"), (parse_share, "-0,1"), (parse_flag, "kanske")],
)  # fmt: skip
def test_other_values_are_not_guessed(parse, text):
    with pytest.raises(ValueProblem):
        parse(text)


def test_text_is_composed_trimmed_and_folded():
    """F39: decomposed letters, no-break spaces, zero-width and control characters."""
    assert parse_text("  Skelleftea\u030a \u00a0kommun\u200b\u202e ") == "Skellefteå kommun"
    assert parse_text("rad\r\nbrytning\tflik") == "rad brytning flik"


def test_formula_text_stays_verbatim():
    """F34: stored as it stands; it is escaped where we write."""
    assert parse_text('=cmd|"/c calc"!A1') == '=cmd|"/c calc"!A1'


def test_codes_are_read_by_code_or_word():
    parse = code_parser(Column("sex", "code", "Kön", allowed={"female": ("kvinna", "kv."), "male": ("man",)}))
    assert [parse(text) for text in ("Kvinna", "KV.", "female", " man ")] == [
        "female",
        "female",
        "female",
        "male",
    ]
    with pytest.raises(ValueProblem, match="VAL-004") as problem:
        parse("kvina")
    assert "kvinna" in problem.value.expected_sv


QUARTERS = (
    "2017-kv1", "2017 kv 1", "kv1 2017", "kv 1 2017", "kvartal 1 2017", "2017-Q1", "Q1 2017", "2017Q1", "KV 1-2017",
)  # fmt: skip


@pytest.mark.parametrize("text", QUARTERS)
def test_quarters_are_read(text):
    assert parse_quarter(text) == "2017-Q1"


@pytest.mark.parametrize(
    "text", ["", "2017", "1", "kv 1", "kv5 2017", "kv 1 17", "2017-01", "januari 2017", "2017-01-01–2017-03-31",
             "Q12017", "12017Q1"]
)  # fmt: skip
def test_quarters_are_not_guessed(text):
    with pytest.raises(ValueProblem, match="VAL-003") as problem:
        parse_quarter(text)
    assert "kv" in problem.value.expected_sv


@pytest.mark.parametrize(
    ("text", "unit", "kronor"),
    [("4 123", "tkr", "4123000.00"), ("4123,5", "tkr", "4123500.00"), ("4123,12345", "tkr", "4123123.45"),
     ("-0,5", "tkr", "-500.00"),
     ("22,77", "mnkr", "22770000.00"), ("0,00000001", "mnkr", "0.01"), ("-0,00", "tkr", "0.00"),
     ("(4 123)", "tkr", "-4123000.00")],
)  # fmt: skip
def test_amounts_in_other_units_become_kronor_exactly(text, unit, kronor):
    assert parse_amount(text, unit) == kronor


@pytest.mark.parametrize(
    ("text", "unit"),
    [("4,123", "tkr"), ("4123,123456", "tkr"), ("4 123 000 kr", "tkr"), ("100:-", "mnkr"),
     ("4 123 tkr", "tkr"), ("10000000000", "tkr")],
)  # fmt: skip
def test_amounts_in_other_units_are_not_guessed(text, unit):
    with pytest.raises(ValueProblem, match="VAL-001"):
        parse_amount(text, unit)


@pytest.mark.parametrize("text", ["9" * 60, f"1,{'0' * 60}1", f"1,{'0' * 60}"])
def test_however_many_digits_nothing_is_rounded_unseen(text):
    try:
        assert parse_amount(text) == parse_amount(text, "kr") == "1.00"
    except ValueProblem as problem:
        assert problem.rule_id == "VAL-001"


def test_names_compare_as_in_the_warehouse():
    assert match_key(" Framsteget\u00a0 2.0 ") == match_key("framsteget 2.0") == "framsteget 2.0"
    assert match_key("A\u030astorp") == "åstorp"
