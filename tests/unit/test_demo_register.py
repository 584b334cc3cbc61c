"""The demo's participant register against the printed figures, totals included."""

import csv
from collections import Counter
from datetime import date

import pytest

from ingestion.demo.generate import DELIVERIES, SOURCES
from ingestion.demo.margins import YEAR, settle, transport

Row = dict[str, str]
_SEX = {"Kvinnor": "Kvinna", "Flickor": "Kvinna", "Män": "Man", "Pojkar": "Man"}
_TEXT = {
    "work": {"Arbete"},
    "studies": {"Studier"},
    "sickness_compensation": {"Sjukersättning"},
    "activity_compensation": {"Aktivitetsersättning"},
    "time_limit": {"Insatsens tidsbegränsning"},
    "other": {"Annan insats", "Saknar rätt till sjukpenning", "Annan orsak"},
    "unknown": {"Okänd orsak"},
}
_OWN_TEXT = _TEXT | {"other": {"Annan orsak"}, "other_initiative": {"Annan insats"}}
_OWN_TEXT |= {"not_entitled": {"Saknar rätt till sjukpenning"}}


def _table(name: str) -> list[Row]:
    with (SOURCES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def register() -> list[Row]:
    path = DELIVERIES / "landing" / "skelleftea-norsjo" / "participants" / "deltagare_2017.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _matching(register: list[Row], row: Row) -> list[Row]:
    sex = _SEX.get(row["sex_kon"])
    return [s for s in register if s["Insats"] == row["initiative"] and (sex is None or s["Kön"] == sex)]


def test_has_the_printed_participants(register: list[Row]) -> None:
    women = sum(spell["Kön"] == "Kvinna" for spell in register)
    assert (len(register), women, len(register) - women) == (619, 328, 291)
    rows = [r for r in _table("participants_by_initiative") if r["participant_group"] == "deltagare"]
    checked = 0
    for row in rows:
        # The annex's MySam figure is the known contradiction; statement 24 is another period.
        known = row["statement_id"] in ("24", "29") or row["year"] != str(YEAR)
        if not known and not row["initiative"].startswith(("Samtliga", "Förebyggande")):
            assert len(_matching(register, row)) == int(row["value_num"]), row
            checked += 1
    assert checked > 35


def test_has_the_printed_new(register: list[Row]) -> None:
    for row in _table("participants_by_initiative"):
        if row["participant_group"] == "nya för året":
            new = [s for s in _matching(register, row) if s["Inskriven"] >= "2017-01-01"]
            assert len(new) == int(row["value_num"]), row


def test_initiatives_of_the_year_have_only_new_participants(register: list[Row]) -> None:
    for name in ("Destination Framtid", "Fokus Långa sjukfall", "Vägen Vidare", "Hälsa för livet"):
        assert all(s["Inskriven"] >= "2017-04-01" for s in register if s["Insats"] == name)


def test_has_the_printed_ended(register: list[Row]) -> None:
    ended = [spell for spell in register if spell["Avslutad"]]
    assert len(ended) == 262
    for row in _table("exits_outcomes_by_initiative"):
        if row["outcome_type"] == "avslutade":
            assert len(_matching(ended, row)) == int(row["value_num"]), row
    assert sum(spell["Insats"] == "Hälsa för livet" for spell in ended) == 12


def test_has_the_printed_results_of_each_initiative(register: list[Row]) -> None:
    checked = 0
    for row in _table("exits_outcomes_by_initiative"):
        codes = row["reads_as"].split("|")
        if row["reads_as"] in ("", "ended", "anonymous") or row["statement_id"] == "36":
            continue  # 36 is MySam's 12 that had to give way
        texts = {text for code in codes for text in _OWN_TEXT[code]}
        found = [s for s in _matching(register, row) if s["Avslut till"] in texts]
        assert len(found) == int(row["value_num"]), row
        checked += 1
    assert checked > 40


def test_has_the_aggregates_lines(register: list[Row]) -> None:
    found = Counter(spell["Avslut till"] for spell in register if spell["Avslut till"])
    lines = [row for row in _table("exit_results_aggregate") if row["reads_as"]]
    assert len(lines) == 7
    for row in lines:
        assert sum(found[text] for text in _TEXT[row["reads_as"]]) == int(row["value_num"]), row
    assert found["Annan insats"] == 18 and found["Saknar rätt till sjukpenning"] == 12


def test_numbers_are_test_numbers_and_fit_sex_and_birth_year(register: list[Row]) -> None:
    numbers = set((SOURCES / "test_personnummer.txt").read_text(encoding="utf-8").split())
    for spell in register:
        person = spell["Personnummer"]
        if spell["Anonym"] == "ja":
            assert person.startswith("SN-")
            continue
        assert person in numbers
        assert person[:4] == spell["Födelseår"]
        assert ("Man" if int(person[10]) % 2 else "Kvinna") == spell["Kön"]


def test_a_person_stands_once_within_an_initiative_and_some_in_several(register: list[Row]) -> None:
    assert max(Counter((s["Insats"], s["Personnummer"]) for s in register).values()) == 1
    people = Counter(spell["Personnummer"] for spell in register)
    assert sum(count > 1 for count in people.values()) > 5


def test_dates_are_in_order_and_results_go_with_an_end(register: list[Row]) -> None:
    for spell in register:
        start = date.fromisoformat(spell["Inskriven"])
        assert date(2016, 1, 1) <= start <= date(2017, 12, 31)
        assert bool(spell["Avslutad"]) == bool(spell["Avslut till"])
        if spell["Avslutad"]:
            end = date.fromisoformat(spell["Avslutad"])
            assert end > start and end.year == YEAR


def test_the_four_anonymous_are_men_who_ended(register: list[Row]) -> None:
    anonymous = [spell for spell in register if spell["Anonym"] == "ja"]
    assert len(anonymous) == 4
    assert all(
        s["Insats"] == "Arbetsmarknadstorget" and s["Kön"] == "Man" and s["Avslutad"] for s in anonymous
    )
    assert sum(spell["Avslut till"] in ("Arbete", "Studier") for spell in anonymous) == 2


COPIED = ("Arbetsmarknadstorget", "Grundskola")
WRONG_BOX = ("CoActive", "Arbetsförmedlingen")
_GIVE_WAY = {
    (*COPIED, "Kvinnor"): 20,
    (*COPIED, "Män"): 32,
    (*WRONG_BOX, "Kvinnor"): 22,
    (*WRONG_BOX, "Män"): 49,
}


@pytest.mark.parametrize(
    ("table", "header"),
    [("referrers_by_initiative", "Remitterande myndighet"), ("education_by_initiative", "Utbildningsnivå")],
)
def test_has_the_printed_referrers_and_education(register: list[Row], table: str, header: str) -> None:
    rows = [row for row in _table(table) if row["unit"] == "persons"]
    assert len(rows) > 15
    for row in rows:
        found = [s for s in _matching(register, row) if s[header] == row["category"]]
        given = (row["initiative"], row["category"], row["sex_kon"])
        assert len(found) == _GIVE_WAY.get(given, int(row["value_num"])), row
    told = {row["initiative"] for row in rows}
    assert all(bool(spell[header]) == (spell["Insats"] in told) for spell in register)


def _tabulated(register: list[Row]) -> list[Row]:
    return [
        s
        for s in register
        if s["Insats"] == "Arbetsmarknadstorget" and s["Avslutad"] and s["Anonym"] == "nej"
    ]


@pytest.mark.parametrize(
    ("table", "kind", "category"),
    [
        ("support_before_after", "Försörjning", "livelihood_forsorjning"),
        ("occupation_before_after", "Sysselsättning", "occupation_sysselsattning"),
    ],
)
def test_has_the_printed_before_and_after(register: list[Row], table: str, kind: str, category: str) -> None:
    headers = {"Antal före insats": f"{kind} före insats", "Antal efter insats": f"{kind} efter insats"}
    rows = [r for r in _table(table) if r["measure"] in headers and r.get("row_type") != "derived"]
    assert len(rows) in (54, 12)
    people = _tabulated(register)
    for row in rows:
        sex = _SEX.get(row.get("sex_kon", ""))
        mine = [s for s in people if sex in (None, s["Kön"])]
        found = [s for s in mine if row[category] in s[headers[row["measure"]]].split("|")]
        assert len(found) == int(row["value_num"]), row
    for header in headers.values():
        assert {s["Anonym"] for s in register if s[header]} == {"nej"}
        assert {s["Insats"] for s in register if s[header]} == {"Arbetsmarknadstorget"}


def test_the_derived_rows_of_occupation_follow_from_the_others(register: list[Row]) -> None:
    active = {"Ej subventionerat arbete", "Subventionerat arbete", "Eget företag", "Studier"}
    for row in _table("occupation_before_after"):
        if row["row_type"] == "derived" and row["unit"] == "persons" and row["measure"].endswith("insats"):
            when = "före" if row["measure"] == "Antal före insats" else "efter"
            said = [set(s[f"Sysselsättning {when} insats"].split("|")) & active for s in _tabulated(register)]
            least = 2 if "både" in row["occupation_sysselsattning"] else 1
            wanted = 32 if row["measure"].startswith("Totalt") else sum(len(s) >= least for s in said)
            assert wanted == int(row["value_num"]), row


def test_support_is_told_of_as_many_as_the_sources_reach(register: list[Row]) -> None:
    people = _tabulated(register)
    assert len(people) == 32
    before, after = ([s[f"Försörjning {w} insats"] for s in people] for w in ("före", "efter"))
    assert (sum(map(bool, before)), sum(map(bool, after))) == (32, 31)
    assert all(text == "Ingen offentlig försörjning" for text in before + after if "Ingen" in text)


def test_settle_solves_what_is_determined_and_refuses_a_conflict() -> None:
    both = frozenset({("female", "work"), ("male", "work")})
    women = frozenset({("female", "work")})
    assert settle({both: 5, women: 5}) == {("female", "work"): 5, ("male", "work"): 0}
    assert settle({both: 5}) == {}
    with pytest.raises(ValueError, match="conflict"):
        settle({both: 4, women: 5})


def test_transport_finds_the_allocation_that_greed_misses() -> None:
    open_to = {"x": ["a", "b"], "y": ["a"]}
    assert transport({"a": 1, "b": 1}, {"x": 1, "y": 1}, open_to.__getitem__) == {
        ("b", "x"): 1,
        ("a", "y"): 1,
    }
    with pytest.raises(ValueError, match="no place"):
        transport({"a": 1, "b": 1}, {"y": 2}, open_to.__getitem__)
    with pytest.raises(ValueError, match="without a result"):
        transport({"a": 2}, {"y": 1}, open_to.__getitem__)
