"""Municipalities: which there are, by code and by name, and when."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.cells import ValueProblem
from ingestion.places import Municipality, packaged

COUNTIES = {1, *range(3, 11), *range(12, 15), *range(17, 26)}
PLACES = packaged()
TODAY = [one for one in PLACES.known if one.is_valid(2026) and one.valid_to > "2026"]


def refusal(text, year=None, places=PLACES):
    with pytest.raises(ValueProblem, match="VAL-010") as problem:
        places.parse(text, year)
    return problem.value.expected_sv + " " + problem.value.remedy_sv


def test_there_are_290_municipalities_in_21_counties():
    assert len(TODAY) == len({one.code for one in TODAY}) == len({one.name for one in TODAY}) == 290
    assert {int(one.code[:2]) for one in TODAY} == COUNTIES
    assert len(COUNTIES) == 21
    assert all(re.fullmatch("[0-9]{4}", one.code) for one in PLACES.known)


def test_the_codes_that_the_associations_papers_name():
    named = (
        "Uppsala 0380, Enköping 0381, Östhammar 0382, Håbo 0305, Älvkarleby 0319, Knivsta 0330, Heby 0331, Tierp 0360, "
        "Skellefteå 2482, Norsjö 2417, Umeå 2480, Vännäs 2460, Nordmaling 2401, Bjurholm 2403, Vindeln 2404, Robertsfors 2409"
    )
    for name, code in (pair.rsplit(" ", 1) for pair in named.split(", ")):
        assert PLACES.parse(name) == PLACES.parse(code) == code


@settings(deadline=None)
@given(
    st.sampled_from(TODAY),
    st.sampled_from(("{}", "{} kommun", "{}s kommun", "{}s", "{} KOMMUN", "Kommunen {}", " {}\u00a0kommun ")),
)
def test_every_spelling_of_a_municipality_means_it(one, form):
    assert PLACES.parse(form.format(one.name), 2026) == one.code
    assert PLACES.parse(form.format(one.name).upper(), 2026) == one.code
    assert PLACES.parse(one.code, 2026) == one.code


@pytest.mark.parametrize(
    ("text", "year", "code"),
    [("1917", 2006, "1917"), ("Heby", 2006, "1917"), ("Heby kommun", 2007, "0331"), ("0331", 2007, "0331"),
     ("Heby", None, "0331"),
     ("1917", None, "1917"), ("Malung", 2007, "2023"), ("Malung", 2026, "2023"), ("Malung-Sälen", 2026, "2023")],
)  # fmt: skip
def test_a_code_is_judged_by_the_year(text, year, code):
    assert PLACES.parse(text, year) == code


def test_a_code_of_another_time_is_refused_with_the_one_of_that_year():
    assert "Skriv 0331, som är Heby 2007." in refusal("1917", 2007)
    assert "Skriv 1917, som är Heby 2006." in refusal("0331", 2006)
    assert "från 2003-01-01" in refusal("0330", 2002)


@pytest.mark.parametrize("one", [one for one in TODAY if one.code.startswith("0")], ids=lambda one: one.code)
def test_a_code_that_lost_its_zero_is_refused_with_the_code(one):
    said = refusal(one.code[1:])
    assert f"{one.code} {one.name}" in said
    assert f"Skriv {one.code}" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [("Upsala", "”Uppsala”"), ("Skeleftea", "”Skellefteå”"), ("03", "Uppsala län"), ("3", "Uppsala län"), ("0399",
     "ingen kommun i Uppsala"),
     ("9999", "inget län"), ("99", "fyra siffror"), ("38000", "fyra siffror"), ("Atlantis", "svensk kommuns"), ("-",
     "svensk kommuns"),
     ("0000", "ingen kommun"), ("०३८०", "svensk kommuns")],
)  # fmt: skip
def test_other_codes_and_names_are_refused_with_help(text, said):
    assert said in refusal(text)


def test_people_add_what_has_changed():
    new = PLACES.extended(
        [
            Municipality("0380", "Uppsala", ("Ubsala",), valid_to="2029-12-31"),
            Municipality("0390", "Nya Uppsala", (), "2030-01-01"),
        ]
    )
    assert new.parse("Ubsala") == "0380"
    assert new.parse("Nya Uppsala", 2030) == "0390"
    assert "2029-12-31" in refusal("0380", 2030, new)
    assert PLACES.extended([]) is PLACES


def test_a_name_that_two_municipalities_share_in_one_year_is_not_guessed():
    twins = PLACES.extended([Municipality("0391", "Tvilling"), Municipality("0392", "Tvilling")])
    assert "0391 eller 0392" in refusal("Tvilling", 2026, twins)
