"""Papers as other associations print them: right ones have no finding, and a wrong figure is one finding that names it."""

import random
from pathlib import Path

import pytest

from ingestion.proof.proofing import proof_files
from tests.printed_papers import cells_of, write

PAPERS = Path(__file__).parents[1] / "golden" / "papers"
CHECKED = {
    # what is compared where the sender states no kind of row, in cells
    "annual_report": {"sum": 43, "same_fact": 13, "note": 6, "roll_forward": 4, "balance": 2},
    "plan": {"sum": 37, "part": 10, "total_column": 24, "rest": 4, "roll_forward": 2},
    "participants": {"sum": 14, "sex": 11, "percent": 11, "rest": 5, "change": 6},
    "appendices": {"sum": 27, "rest": 25, "total_column": 4, "percent": 12, "part": 4, "roll_forward": 2},
    "follow_up": {"sum": 38, "change": 25, "percent": 13, "across": 8},
}
ALONE = {
    *("Soliditet", "Eget kapital", "Kostnad per deltagare", "Måluppfyllelse", "varav lokaler"),
    *(
        "Medlemsavgifter",
        "Andel av medlemsavgifterna",
        "Rekommenderad nivå (20 %)",
        "Över rekommenderad nivå",
    ),
}
"""Lines and tables that nothing else in the papers speaks of, or only in some years."""


def paper(name, *, kinds=True):
    return cells_of((PAPERS / f"{name}.txt").read_text(encoding="utf-8"), kinds=kinds)


@pytest.mark.parametrize("kinds", [True, False], ids=["kinds stated", "kinds by their words"])
@pytest.mark.parametrize("name", CHECKED)
def test_a_right_paper_has_no_finding(tmp_path, name, kinds):
    proof = proof_files([write(tmp_path / "paper.csv", paper(name, kinds=kinds))])
    assert [one.message_sv for one in (*proof.findings, *proof.questions)] == []
    assert dict(proof.checked) == CHECKED[name]


def is_number(cell):
    return any(sign in "123456789" for sign in cell["Tryckt värde"])


def wrong(dice, text):
    """The figure with another sign, or with another digit before its last."""
    if dice.random() < 0.3:
        return text[1:].strip() if text.startswith("-") else f"-{text}"
    places = [at for at, sign in enumerate(text) if sign.isdigit()]
    at = dice.choice(places[:-1] or places)
    return text[:at] + dice.choice([one for one in "123456789" if one != text[at]]) + text[at + 1 :]


def places_of(finding):
    told = [finding.first, finding.second, *finding.parts]
    return {place.row for place in told} | {row for one in finding.also for row in places_of(one)}


@pytest.mark.parametrize("name", CHECKED)
def test_any_wrong_figure_is_one_finding_that_names_it(tmp_path, name):
    dice, cells = random.Random(name), paper(name)
    tried = [
        at for at, cell in enumerate(cells) if is_number(cell) and not {cell["Rad"], cell["Tabell"]} & ALONE
    ]
    for at in dice.sample(tried, 40):
        changed = [
            *cells[:at],
            cells[at] | {"Tryckt värde": wrong(dice, cells[at]["Tryckt värde"])},
            *cells[at + 1 :],
        ]
        findings = proof_files([write(tmp_path / "paper.csv", changed)]).findings
        said = f"{cells[at]['Tabell']}, {cells[at]['Rad']}: {changed[at]['Tryckt värde']}"
        assert len(findings) == 1, said
        assert at + 2 in places_of(findings[0]), said


def test_a_wrong_cell_is_told_with_all_it_breaks_and_what_it_took_along(tmp_path):
    cells = paper("participants")
    at = next(n for n, cell in enumerate(cells) if cell["Rad"] == "Kursen" and cell.get("Kön") == "Män")
    cells[at] |= {"Tryckt värde": "53"}
    (one,) = proof_files([write(tmp_path / "paper.csv", cells)]).findings
    assert (one.first.row, one.first_value, one.second_value) == (at + 2, 53, 35)
    assert [(found.check, found.first.line) for found in one.also] == [("sum", "Totalt"), ("sex", "Kursen")]
    assert "2 samband" in one.message_sv


def test_a_sum_that_forgets_a_party_is_told_where_it_was_forgotten(tmp_path):
    cells = paper("follow_up")
    right = {"2 430 000": "2 085 000", "2 745 000": "2 400 000"}
    for cell in cells:
        if cell.get("Part") == "Alla parter" and cell["Tryckt värde"] in right:
            cell["Tryckt värde"] = right[cell["Tryckt värde"]]
    findings = proof_files([write(tmp_path / "paper.csv", cells)]).findings
    assert [one.first.line for one in findings] == ["Summa lönekostnader"]
    assert [place.line for place in findings[0].carried] == ["Totalt"]
