"""Headers bind by the contract and the association's own words; anything else is refused with near matches."""

import unicodedata
from dataclasses import replace
from datetime import date

import pytest

from ingestion.binding import (
    HeaderAlias,
    bind,
    headers_of_all_versions,
    known_headers,
    normalise_header,
)
from ingestion.feed import Version
from ingestion.feeds import all_feeds
from ingestion.readers.table import DeliveryUnreadable

FEES = all_feeds()["member_fees"]
HEADER = ("Medlem", "År", "Belopp")


def refusal(header, aliases=None):
    with pytest.raises(DeliveryUnreadable) as problem:
        bind(header, FEES, aliases or {})
    return problem.value.fault


def test_headers_compare_without_case_space_and_marks():
    sent = ("  MEDLEM* ", unicodedata.normalize("NFD", "År:"), "Belopp\u00a0(kr)")
    assert bind(sent, FEES, {}).positions == {"member_name": 0, "fiscal_year": 1, "amount_sek": 2}


def test_order_does_not_matter():
    """F27."""
    assert bind(HEADER[::-1], FEES, {}).positions == {"amount_sek": 0, "fiscal_year": 1, "member_name": 2}


def test_an_unknown_header_is_refused_with_near_matches():
    fault = refusal((*HEADER, "Fakturanumer", "Kommentar"))
    assert fault.rule_id == "STR-004"
    assert "Du skrev ”Fakturanumer”, menas ”Fakturanummer”?" in fault.expected_sv
    assert "”Kommentar” känns inte igen." in fault.expected_sv


def test_no_known_header_shows_no_cell():
    """A register without a header row must not show its first person."""
    fault = refusal(("19800102-2386", "Anna", "Steget"))
    assert "Anna" not in repr(fault)
    assert "2386" not in repr(fault)


def test_a_personal_number_among_headers_is_not_shown():
    assert "2386" not in repr(refusal((*HEADER, "198001022386")))


def test_a_missing_header_is_named():
    fault = refusal(("Medlem", "År"))
    assert fault.rule_id == "STR-005"
    assert "”Belopp”" in fault.expected_sv


def test_two_headers_for_one_column_are_refused():
    assert refusal((*HEADER, "Medlemsavgift")).rule_id == "STR-006"
    assert refusal((*HEADER, "Belopp")).rule_id == "STR-006"


def test_the_associations_own_words_bind_and_win():
    assert (
        bind(("Vem", "År", "Belopp"), FEES, {"vem": HeaderAlias("member_name")}).positions["member_name"] == 0
    )
    assert bind((*HEADER, "Betald"), FEES, {"Betald": HeaderAlias("fee_event")}).positions["fee_event"] == 3


def test_a_unit_is_agreed_for_a_header_not_for_a_column():
    """Domain 4.8: the unit belongs to the contract, never to what a heading says."""
    own = {"Belopp, tkr ": HeaderAlias("amount_sek", "tkr")}
    assert bind(("Medlem", "År", "BELOPP, TKR*"), FEES, own).units == {"amount_sek": "tkr"}
    assert bind(HEADER, FEES, own).units == {}


def test_an_alias_for_a_column_that_does_not_exist_is_no_way_to_hide_one():
    assert refusal((*HEADER, "Kommentar"), {"Kommentar": HeaderAlias("no_such_column")}).rule_id == "STR-004"


def test_a_blank_header_is_remembered():
    assert bind((*HEADER, "", " "), FEES, {}).blank_positions == (3, 4)


@pytest.mark.parametrize("feed", all_feeds().values(), ids=lambda feed: feed.id)
def test_no_header_means_two_columns(feed):
    owner = {}
    for column in [one for one in feed.columns if one.reads is None]:
        labels = () if column.by_reader else (column.label_sv, *column.headers)
        for header in {normalise_header(h) for h in (column.name, *labels)}:
            assert owner.setdefault(header, column.name) == column.name
    assert set(known_headers(feed, {})) == set(owner)


# --- several faults at once ---


def test_an_unknown_and_a_missing_header_are_paired():
    fault = refusal(("Medlem", "År", "Belop"))
    assert fault.rule_id == "STR-004"
    assert "Du skrev ”Belop”, menas ”Belopp”?" in fault.expected_sv
    assert "saknas" not in fault.expected_sv  # the renamed column is the missing one


def test_what_is_missing_besides_is_named_in_the_same_refusal():
    fault = refusal(("Medlm", "Summan", "Status"))
    assert "Du skrev ”Medlm”, menas ”Medlem”?" in fault.expected_sv
    assert "”Summan” känns inte igen." in fault.expected_sv
    assert "Dessutom saknas ”År” eller ”Avser år” eller ”Avgiftsår”; ”Belopp”" in fault.expected_sv
    assert "Lägg till det som saknas." in fault.remedy_sv


def test_a_near_word_for_a_column_that_is_there_already_is_not_proposed_first():
    assert "menas ”Fakturanummer”" in refusal((*HEADER, "Fakturanumm")).expected_sv
    assert "menas" in refusal((*HEADER, "Beloppet")).expected_sv  # the one near word there is, though taken


# --- versions of a contract ---

OLD = Version(
    "2019",
    valid_to=date(2024, 12, 31),
    without=("unit",),
    headers={"amount_sek": ("Tilldelade medel",), "member_name": ("Huvudmannen",)},
    required={"fiscal_year": False},
)
NOW = Version(
    "2025", valid_from=date(2025, 1, 1), valid_to=date(2026, 12, 31), headers={"fiscal_year": ("År",)}
)
NEXT = Version("2027", valid_from=date(2027, 1, 1), required={"invoice_number": True})
CHANGED = replace(FEES, versions=(OLD, NEXT, NOW))
OLD_HEADER, NEXT_HEADER = ("Huvudmannen", "Tilldelade medel"), (*HEADER, "Fakturanr")


def bound(header, day, aliases=None, off=frozenset()):
    return bind(header, CHANGED, aliases or {}, on=day, switched_off=off)


def refused(header, day):
    with pytest.raises(DeliveryUnreadable) as problem:
        bound(header, day)
    return problem.value.fault


def test_a_feed_without_versions_has_one():
    assert bind(HEADER, FEES, {}).version.id == "1"
    assert bind(HEADER, FEES, {}, on=date(1999, 1, 1)).version.id == "1"


@pytest.mark.parametrize(
    ("header", "day", "version"),
    [(OLD_HEADER, date(2024, 12, 31), "2019"), (HEADER, date(2025, 1, 1), "2025"), (HEADER, date(2026, 12, 31), "2025"),
     (NEXT_HEADER, date(2027, 1, 1), "2027"), (NEXT_HEADER, date(2026, 5, 1), "2025"),
     (NEXT_HEADER, None, "2027"), (OLD_HEADER, None, "2019")],
)  # fmt: skip
def test_the_newest_valid_version_that_understands_the_header_binds(header, day, version):
    assert bound(header, day).version.id == version


def test_an_expired_layout_is_refused_with_its_dates_and_the_new_headers():
    fault = refused(OLD_HEADER, date(2025, 1, 1))
    assert fault.rule_id == "STR-023"
    assert "version 2019, som gäller till och med 2024-12-31" in fault.expected_sv
    assert "version 2025" in fault.expected_sv
    assert "”Medlem”, ”År”, ”Belopp”" in fault.remedy_sv


def test_a_future_layout_is_refused_until_its_day():
    future = replace(CHANGED, versions=(NOW, replace(NEXT, headers={"member_name": ("Avgiftsbetalare",)})))
    header = ("Avgiftsbetalare", "År", "Belopp", "Fakturanr")
    with pytest.raises(DeliveryUnreadable) as problem:
        bind(header, future, {}, on=date(2026, 12, 31))
    assert problem.value.fault.rule_id == "STR-024"
    assert "version 2027, som gäller från 2027-01-01 tills vidare" in problem.value.fault.expected_sv
    assert "Vänta med den nya uppställningen till 2027-01-01" in problem.value.fault.remedy_sv
    assert bind(header, future, {}, on=date(2027, 1, 1)).version.id == "2027"


def test_a_header_that_no_version_understands_is_judged_by_the_one_in_force():
    fault = refused((*HEADER, "Kommentar"), date(2025, 6, 1))
    assert fault.rule_id == "STR-004"


def test_a_column_that_a_version_has_not_is_an_unknown_header_in_it():
    assert refused((*OLD_HEADER, "Enhet"), date(2024, 1, 1)).rule_id == "STR-004"
    assert bound((*HEADER, "Enhet"), date(2025, 1, 1)).positions["unit"] == 3


def test_without_the_rule_an_expired_layout_binds():
    assert bound(OLD_HEADER, date(2025, 1, 1), off=frozenset({"STR-023"})).version.id == "2019"


def test_a_reader_looks_for_the_headers_of_all_versions():
    headers = headers_of_all_versions(CHANGED, {"Egen": HeaderAlias("amount_sek")})
    assert {"huvudmannen", "medlem", "tilldelade medel", "belopp", "egen"} <= set(headers)
    assert headers_of_all_versions(FEES, {}) == known_headers(FEES, {})


def test_rows_are_checked_by_what_their_version_requires():
    assert CHANGED.required_as_in(OLD).column("fiscal_year").required is False
    assert CHANGED.required_as_in(NEXT).column("invoice_number").required is True
    assert CHANGED.required_as_in(OLD).column_names == FEES.column_names
    assert "unit" not in CHANGED.in_version(OLD).column_names


def test_an_agreed_decimal_sign_belongs_to_the_header():
    own = {"Belopp": HeaderAlias("amount_sek", decimal_sign=".")}
    assert bind(HEADER, FEES, own).decimal_signs == {"amount_sek": "."}
    assert bind(("Medlem", "År", "Bidrag"), FEES, own).decimal_signs == {}
