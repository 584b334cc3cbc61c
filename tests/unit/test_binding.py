"""Headers bind by the contract and the association's own words; anything else is refused with near matches."""

import unicodedata

import pytest

from ingestion.binding import HeaderAlias, bind, known_headers, normalise_header
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
    assert "”Fakturanumer” (menas ”Fakturanummer”" in fault.expected_sv
    assert "”Kommentar”" in fault.expected_sv


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
    for column in feed.columns:
        for header in {normalise_header(h) for h in (column.name, column.label_sv, *column.headers)}:
            assert owner.setdefault(header, column.name) == column.name
    assert set(known_headers(feed, {})) == set(owner)
