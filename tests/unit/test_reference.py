"""What an association calls things is reference data with validity: its headers, its words for codes, its municipalities."""

from datetime import date

import pytest

from ingestion.binding import HeaderAlias
from ingestion.reference import associations
from ingestion.settings import Settings

HEADERS = "Leverans;Rubrik;Kolumn;Enhet;Decimaltecken;Gäller från;Gäller till\n"
WORDS = "Leverans;Kolumn;Ord;Kod;Gäller från;Gäller till\n"


@pytest.fixture
def known(tmp_path):
    def read(on=None, **files):
        for name, text in {"own/associations": "Organisationsnummer;Namn\n222000-5555;X\n", **files}.items():
            path = tmp_path / "home" / "reference" / f"{name.replace('__', '/')}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return associations(Settings(home=tmp_path / "home"), on)["own"]

    return read


@pytest.mark.parametrize(
    ("on", "column"),
    [(date(2024, 12, 31), "fee_event"), (date(2025, 1, 1), "paid_date"), (date(2025, 12, 31), "paid_date"),
     (date(2026, 1, 1), None),
     (None, "paid_date")],
)  # fmt: skip
def test_a_header_means_what_it_means_on_the_business_date(known, on, column):
    rows = (
        "member_fees;Betald;paid_date;;;2025-01-01;2025-12-31\nmember_fees;Betald;fee_event;;;;2024-12-31\n"
    )
    found = known(on, own__header_aliases=HEADERS + rows).aliases("member_fees")
    assert found == ({"Betald": HeaderAlias(column)} if column else {})


def test_a_decimal_sign_may_be_agreed_for_a_header(known):
    rows = "member_fees;Belopp;amount_sek;;komma;;\nbudgets;Plan;amount_sek;tkr;punkt;;\n"
    own = known(own__header_aliases=HEADERS + rows)
    assert own.aliases("member_fees") == {"Belopp": HeaderAlias("amount_sek", None, ",")}
    assert own.aliases("budgets") == {"Plan": HeaderAlias("amount_sek", "tkr", ".")}


def test_words_for_codes_are_by_feed_column_and_day_and_the_own_ones_win(known):
    files = {
        "common__value_aliases": WORDS
        + "member_fees;fee_event;Utskickad;invoiced;;\nmember_fees;fee_kind;Vanlig;ordinary;;\n",
        "own__value_aliases": WORDS + "member_fees;fee_event;UTSKICKAD;decided;;2024-12-31\n",
    }
    assert known(date(2024, 1, 1), **files).words("member_fees") == {
        "fee_event": {"utskickad": "decided"},
        "fee_kind": {"vanlig": "ordinary"},
    }
    assert known(date(2025, 1, 1), **files).words("member_fees")["fee_event"] == {"utskickad": "invoiced"}
    assert known(**files).words("budgets") == {}


def test_people_add_municipalities_to_those_that_come_with_the_project(known):
    header = "Kommunkod;Namn;Andra namn;Gäller från;Gäller till\n"
    own = known(common__municipalities=header + "0390;Nybygge;Nya byn;2030-01-01;\n")
    assert own.places.parse("Nya byn kommun", 2031) == "0390"
    assert own.places.parse("Uppsala", 2031) == "0380"
