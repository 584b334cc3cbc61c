"""Every notation is read to the same canonical text, or refused: never guessed."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.feed import Column
from ingestion.places import packaged
from ingestion.privacy import passes_luhn
from ingestion.values import (
    Reading,
    ValueProblem,
    code_parser,
    match_key,
    parse_amount,
    parse_date,
    parse_flag,
    parse_integer,
    parse_organisation_number,
    parse_period,
    parse_posts,
    parse_quarter,
    parse_share,
    parse_text,
    parse_year,
    parser_for,
)

AMOUNTS = {
    "0": "0.00", "-0,00": "0.00", "12": "12.00", "12,5": "12.50", "12.50": "12.50", "1234,56": "1234.56",
    "1 250 000,50": "1250000.50", "1\u00a0250\u00a0000": "1250000.00", "1\u202f250\u202f000,5": "1250000.50",
    "1\u2009250": "1250.00", "1'250'000.50": "1250000.50", "1.234,50": "1234.50", "1.234.567": "1234567.00",
    "1,234.50": "1234.50", "1,234,567": "1234567.00", "-12,50": "-12.50", "−12,50": "-12.50", "–12,50": "-12.50",
    "12,50-": "-12.50", "- 7 803 654": "-7803654.00", "(1 200,00)": "-1200.00", "+5": "5.00", "100 kr": "100.00",
    "1’250": "1250.00", "0,500": "0.50", "0.500": "0.50", "7 803 654 -": "-7803654.00", "-100:-": "-100.00",
    "(100) kr": "-100.00",
    "- 100 kr": "-100.00", "1\u2007250": "1250.00", "12,50\u2013": "-12.50", "1.234,5": "1234.50", "100:-": "100.00",
    "100,-": "100.00", "1 000 SEK": "1000.00", "1234.5000": "1234.50", "9999999999999,99": "9999999999999.99",
}  # fmt: skip
NO_AMOUNTS = (
    "", "1.234", "1,234", "123.500", "1,98E+11", "1E5", "12,345", "12 34", "1 2345", "1.23.4", "1,2,3", "0012", "007,50",
    "12 tkr", "1,5 mnkr", "25 %", "tolv", "O0Okr", "1O0", "NA", "-", "--5", "(5", "5)", "=1+1", "10000000000000", "١٢",
    "１２", "(-100)", "-(100)", "(−100)", "-5-", "+-5", "5--", "((5))", "()", "- -5", "1 234'567", "1'234 567", "1  250",
    "kr 100", "1 250:50", "100 kr -", "1.234.5", "1,234,5", "1.2345", "0x10", "1_000", "1e5", "1,0E-3", "½",
     "∞", "NaN", "Infinity", "NULL",
    "None", "–", "*****", "12 mkr", "100 EUR", "1 250 000,505",
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


@settings(deadline=None)
@given(
    st.decimals(min_value=-(10**12), max_value=10**12, places=2),
    st.sampled_from(["", " ", "\u00a0", "\u202f"]),
)
def test_what_we_write_we_read_back(amount, group):
    written = f"{amount:,.2f}".replace(",", "g").replace(".", ",").replace("g", group)
    assert parse_amount(written) == f"{amount + 0:.2f}".replace("-0.00", "0.00")


@settings(deadline=None)
@given(st.text(max_size=20))
def test_no_text_crashes_a_parser(text):
    for parse in (
        parse_amount,
        parse_date,
        parse_year,
        parse_quarter,
        parse_period,
        parse_integer,
        parse_share,
        parse_flag,
        parse_organisation_number,
        packaged().parse,
    ):
        try:
            assert parse(parse(text)) == parse(text)
        except ValueProblem as problem:
            assert problem.remedy_sv


SEPARATORS = ("", " ", "\u00a0", "\u202f", "\u2009", "'", "’", ".")
SIGNS = ("-{}", "−{}", "–{}", "- {}", "{}-", "{} -", "{}−", "({})", "( {} )")
SUFFIXES = ("", " kr", "kr", " SEK", " kronor", ":-", ",-", " kr.")


@settings(deadline=None)
@given(
    st.decimals(min_value=0, max_value=10**12, places=2),
    st.sampled_from(SEPARATORS),
    st.sampled_from(",."),
    st.sampled_from(("{}", *SIGNS)),
    st.sampled_from(SUFFIXES),
    st.booleans(),
)
def test_every_swedish_notation_of_an_amount_means_it(amount, group, decimal_sign, sign, suffix, has_ore):
    """What canonical text means is read back from any notation, or is refused as ambiguous; never as another amount."""
    amount = amount if has_ore else amount.to_integral_value()
    digits = f"{amount:,.2f}" if has_ore else f"{amount:,.0f}"
    written = digits.replace(",", "g").replace(".", decimal_sign).replace("g", group)
    text = sign.format(written) + suffix
    expected = f"{-amount if sign != '{}' and amount else amount:.2f}"
    try:
        assert parse_amount(text) == expected
    except ValueProblem:
        one_group_only = group == "." and not has_ore and 1000 <= amount < 1_000_000
        same_sign_twice = group == decimal_sign and has_ore and amount >= 1000
        suffix_after_a_sign = suffix and sign in SIGNS[4:7]
        assert one_group_only or same_sign_twice or suffix_after_a_sign


def test_an_amount_with_a_page_of_blanks_in_it_is_refused_in_one_pass():
    """Going over the blanks once for each of them would take days."""
    with pytest.raises(ValueProblem):
        parse_amount(f"800 0{' ' * 1_000_000}00")
    assert parse_amount("800  kr.") == "800.00"


@pytest.mark.parametrize(
    ("text", "sign", "canonical"),
    [("1.234", ",", "1234.00"), ("1,234", ".", "1234.00"), ("-2.896", ",", "-2896.00"), ("1.234,50", ",", "1234.50"),
     ("1 234,50", ",", "1234.50"), ("1234.50", ".", "1234.50"), ("1,234.50", ".", "1234.50"), ("12", ",", "12.00"),
     ("1.234.567", ",", "1234567.00")],
)  # fmt: skip
def test_an_agreed_decimal_sign_settles_what_is_ambiguous(text, sign, canonical):
    assert parse_amount(text, decimal_sign=sign) == canonical


@pytest.mark.parametrize(
    ("text", "sign"),
    [("12,50", "."), ("12.50", ","), ("1.234,50", "."), ("1,234.50", ","), ("1,234", ","), ("1.234", "."), ("1.234.567", ".")],
)  # fmt: skip
def test_a_notation_against_the_agreed_sign_is_refused(text, sign):
    with pytest.raises(ValueProblem, match="VAL-001"):
        parse_amount(text, decimal_sign=sign)


def test_an_agreed_sign_reads_thousands_with_three_decimals():
    assert parse_amount("1,234", "tkr", ",") == "1234.00"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [("2017-03-01", "2017-03-01"), ("20170301", "2017-03-01"), ("2017/3/1", "2017-03-01"),
     ("2017-03-01 00:00:00", "2017-03-01"),
     ("2016-02-29", "2016-02-29"), ("2017–03–01", "2017-03-01"), ("2017.03.01", "2017-03-01"),
     ("170301", "2017-03-01"), ("211231", "2021-12-31"), ("900101", "1990-01-01"), ("891231", "2089-12-31"), ("201231",
     "2020-12-31"),
     ("200113", "2020-01-13"), ("1 mars 2017", "2017-03-01"), ("1 mar 2017", "2017-03-01"), ("1 mar. 2017", "2017-03-01"),
     ("den 1 Mars 2017", "2017-03-01"), ("31 DEC 2017", "2017-12-31"), ("5 sept 2017", "2017-09-05"), ("1\u00a0maj 2017",
     "2017-05-01")],
)  # fmt: skip
def test_dates_are_read(text, canonical):
    assert parse_date(text) == canonical


@pytest.mark.parametrize(
    "text", ["", "2017-02-29", "2017-04-31", "0226-01-01", "01/03/2017", "1/3/2017", "3.1.2017", "42795", "2017", "2017-13-01",
             "20171301", "i mars", "2017-03-01 14:30:00",
             "13/01/2017", "31.12.2017", "1/3 2017", "1-3-2017", "03/01/17", "17-03-01", "200312", "200101", "201212",
    "171301", "170230",
             "30 februari 2017", "1 march 2017", "mars 2017", "0 mars 2017", "2017-03/01", "2101-01-01", "1899-12-31", "99999",
             "42795.5", "２０１７-03-01"]
)  # fmt: skip
def test_dates_are_not_guessed(text):
    """F32."""
    with pytest.raises(ValueProblem) as problem:
        parse_date(text)
    assert problem.value.rule_id == "VAL-002"


@pytest.mark.parametrize(
    ("text", "readings"),
    [("03/01/2017", ("3 januari 2017", "1 mars 2017", "2017-01-03", "2017-03-01")), ("1/3 2017", ("2017-03-01", "2017-01-03")),
     ("13/01/2017", ("2017-01-13",)), ("42795", ("2017-03-01",)), ("200312", ("2020-03-12", "2003-12"))],
)  # fmt: skip
def test_a_refused_date_says_what_it_could_have_been(text, readings):
    with pytest.raises(ValueProblem) as problem:
        parse_date(text)
    said = problem.value.expected_sv + problem.value.remedy_sv
    assert all(reading in said for reading in readings)


@pytest.mark.parametrize(
    ("text", "date_system", "canonical"),
    [("42795", "1900", "2017-03-01"), ("41333", "1904", "2017-03-01"), ("42795.0", "1900", "2017-03-01"),
     ("36585", "1900", "2000-02-29"), ("73050", "1900", "2099-12-31"), ("170301", "1900", "2017-03-01")],
)  # fmt: skip
def test_a_serial_is_a_date_in_a_workbook_only(text, date_system, canonical):
    assert parse_date(text, date_system) == canonical


@pytest.mark.parametrize("text", ["60", "1", "99999", "42795.25", "-42795"])
def test_other_serials_are_no_dates_in_a_workbook_either(text):
    with pytest.raises(ValueProblem, match="VAL-002"):
        parse_date(text, "1900")


MONTHS = ("januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november",
    "december")  # fmt: skip


@settings(deadline=None)
@given(st.dates(date(1990, 1, 1), date(2089, 12, 31)))
def test_every_notation_of_a_date_means_it(day):
    unpadded = f"{day.year}-{day.month}-{day.day}"
    words = (
        f"{day.day} {MONTHS[day.month - 1]} {day.year}",
        f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}",
    )
    serial = str((day - date(1899, 12, 30)).days)
    for text in (day.isoformat(), f"{day:%Y%m%d}", f"{day:%Y/%m/%d}", unpadded, *words):
        assert parse_date(text) == day.isoformat()
    assert parse_date(serial, "1900") == day.isoformat()
    try:
        assert parse_date(f"{day:%y%m%d}") == day.isoformat()
    except ValueProblem:
        assert day.year == 2020
        assert day.day <= 12


def test_a_day_ahead_is_refused_where_the_contract_says_so():
    paid = Column("paid_date", "date", "Betald", has_happened=True)
    parse = parser_for(paid, Reading(today=date(2026, 11, 22)))
    assert parse("2026-11-22") == "2026-11-22"
    with pytest.raises(ValueProblem, match="VAL-008"):
        parse("2026-11-23")
    assert parser_for(paid)("2099-01-01") == "2099-01-01"  # no day was given
    assert parser_for(Column("due_date", "date", "Förfaller"), Reading(today=date(2026, 1, 1)))("2027-01-01")


PERIODS = {
    "2017": "2017", "2017-H1": "2017-H1", "halvår 2 2017": "2017-H2", "hå1 2017": "2017-H1", "första halvåret 2017": "2017-H1",
    "Andra halvåret 2017": "2017-H2", "2017-kv1": "2017-Q1", "Q4 2017": "2017-Q4", "T1 2017": "2017-T1", "2017-t3": "2017-T3",
    "tertial 2 2017": "2017-T2", "2017-03": "2017-03", "201703": "2017-03", "mars 2017": "2017-03", "Mar 2017": "2017-03",
    "2017 december": "2017-12", "v. 12 2017": "2017-W12", "v 1 2017": "2017-W01", "vecka 12 2017": "2017-W12",
    "2017-W52": "2017-W52",
    "2017 v. 9": "2017-W09", "v53 2020": "2020-W53", "2017v12": "2017-W12",
}  # fmt: skip


@pytest.mark.parametrize(("text", "canonical"), PERIODS.items())
def test_periods_are_read(text, canonical):
    assert parse_period(text) == parse_period(canonical) == canonical


@pytest.mark.parametrize(
    "text", ["", "17", "2017-13", "2017-00", "T4 2017", "H3 2017", "kv5 2017", "v. 53 2017", "v. 0 2017", "v. 54 2020", "v. 12",
             "mars", "mars 17", "3 2017", "2017-3", "2017-2018", "2017-01-01", "januari–mars 2017", "0226", "1899", "W12 17"]
)  # fmt: skip
def test_periods_are_not_guessed(text):
    with pytest.raises(ValueProblem, match="VAL-003"):
        parse_period(text)


def test_a_column_holds_the_periods_its_contract_names():
    parse = parser_for(Column("period", "period", "Period", grains=("year", "tertial")))
    assert [parse(text) for text in ("2017", "T2 2017")] == ["2017", "2017-T2"]
    with pytest.raises(ValueProblem) as problem:
        parse("2017-03")
    assert problem.value.expected_sv == "Ett år som 2017, eller ett tertial som 2017-T1."
    assert parser_for(Column("period", "period", "Period"))("2017-03") == "2017-03"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("25", "25 % eller 0,25"),
        ("25,5", "25,5 % eller 0,255"),
        ("100", "100 % eller 1"),
        ("1/4", "0,25"),
        ("1 / 2", "0,5"),
    ],
)
def test_a_refused_share_says_what_it_may_be(text, hint):
    with pytest.raises(ValueProblem, match="VAL-003") as problem:
        parse_share(text)
    assert hint in problem.value.remedy_sv


@pytest.mark.parametrize(
    ("text", "posts"),
    [("50 %", "0.5"), ("0,5", "0.5"), ("1", "1"), ("1.0", "1"), ("195%", "1.95"), ("1,95", "1.95"), ("2,0", "2"),
     ("400 %", "4"), ("0", "0")],
)  # fmt: skip
def test_posts_may_be_more_than_one(text, posts):
    assert parse_posts(text) == posts


@pytest.mark.parametrize(
    ("text", "hint"),
    [("10", "10 % eller 0,1"), ("2", "heltider, skriv 2,0"), ("25.5", "25,5 % eller 0,255"), ("2100 %", "procenttecken"),
     ("-0,5", "procenttecken"), ("1/2", "procenttecken"), ("två", "procenttecken")],
)  # fmt: skip
def test_posts_are_not_guessed(text, hint):
    with pytest.raises(ValueProblem, match="VAL-003") as problem:
        parse_posts(text)
    assert hint in problem.value.remedy_sv


@settings(deadline=None)
@given(
    st.decimals(min_value=0, max_value=1, places=4),
    st.sampled_from(",."),
    st.sampled_from(("", " ", "\u00a0")),
)
def test_every_notation_of_a_share_means_it(share, sign, space):
    percent = f"{share * 100:.2f}".replace(".", sign) + space + "%"
    expected = f"{share.normalize():f}"
    assert parse_share(percent) == parse_share(str(share).replace(".", sign)) == expected


@settings(deadline=None)
@given(st.integers(-(10**17), 10**17), st.sampled_from(("", " ", "\u00a0", "\u202f", "\u2009", "'")))
def test_every_notation_of_a_whole_number_means_it(number, group):
    assert parse_integer(f"{number:,}".replace(",", group)) == str(number)


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
     (parse_integer, "12 34"), (parse_share, "25"), (parse_share, "½"), (parse_share, "-0,1"), (parse_share, "1/3"),
     (parse_share, "2/1"), (parse_share, "101 %"), (parse_share, "1.234"), (parse_share, "."),
     (parse_integer, "72.000"), (parse_integer, "1,250"), (parse_integer, "1e3"), (parse_integer, "１２"),
     (parse_integer, "--1"), (parse_flag, "kanske")],
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


def test_an_associations_own_words_for_codes_win():
    column = Column("sex", "code", "Kön", allowed={"female": ("kvinna",), "male": ("man",)})
    parse = code_parser(column, {"tjej": "female", "man": "female", "annat": "no_such_code"})
    assert [parse(text) for text in ("TJEJ", "Man", "male")] == ["female", "female", "male"]
    with pytest.raises(ValueProblem):
        parse("annat")


ORGANISATIONS = {
    "222000-1933": "222000-1933", "2220001933": "222000-1933", "16222000-1933": "222000-1933", "162220001933": "222000-1933",
    "222000–1933": "222000-1933", " 222000 - 1933 ": "222000-1933", "212000-3005": "212000-3005", "202100-5521": "202100-5521",
}  # fmt: skip


@pytest.mark.parametrize(("text", "canonical"), ORGANISATIONS.items())
def test_organisation_numbers_are_read(text, canonical):
    assert parse_organisation_number(text) == canonical


@pytest.mark.parametrize(
    "text", ["", "222000-1934", "22000-1933", "222000-19333", "2,22E+09", "222000/1933", "SE222000193301", "18222000-1933",
             "198001022386", "800102-2386", "２２２０００-1933"]
)  # fmt: skip
def test_organisation_numbers_are_not_guessed(text):
    with pytest.raises(ValueProblem, match="VAL-009"):
        parse_organisation_number(text)


@settings(deadline=None)
@given(st.integers(200000, 999999), st.integers(0, 999))
def test_every_notation_of_an_organisation_number_means_it(first, last):
    text = f"{first}"[:2] + str(2 + first % 8) + f"{first}"[3:] + f"{last:03d}"
    (check,) = (digit for digit in "0123456789" if passes_luhn(text + digit))
    canonical = f"{text[:6]}-{text[6:]}{check}"
    for written in (canonical, canonical.replace("-", ""), f"16{canonical}", canonical.replace("-", "−")):
        assert parse_organisation_number(written) == canonical
    for wrong in set("0123456789") - {check}:
        with pytest.raises(ValueProblem):
            parse_organisation_number(canonical[:-1] + wrong)


def test_a_members_code_is_a_municipality_or_an_organisation():
    parse = parser_for(Column("member_code", "member_code", "Kod"))
    assert [parse(text) for text in ("0380", "Uppsala kommun", "212000-3005")] == [
        "0380",
        "0380",
        "212000-3005",
    ]
    for text, rule_id in (("380", "VAL-010"), ("212000-3006", "VAL-009"), ("9999", "VAL-010")):
        with pytest.raises(ValueProblem, match=rule_id):
            parse(text)


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
