"""The golden files read the print: every figure stands in the source tables where they say."""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingestion.demo.generate import SOURCES

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*.csv"))
MARTS = {
    "own_capital",
    "income_statement",
    "balance_sheet",
    "cash_flow_statement",
    "statement_notes",
    "member_fee_shares",
    "participant_flow",
    "exit_results",
    "fct_participation",
    "exit_measures",
    "support_before_after",
    "occupation_before_after",
    "education_profile",
    "budget_vs_actual",
    "decision_space",
    "decision_space_line",
    "forecast_accuracy",
    "application_requests",
    "participants_by_source",
    "referrals",
    "referrer_profile",
    "fct_public_statistic",
    "goal_attainment",
}
WHOLE = {
    "income_statement.csv": 22,
    "balance_sheet.csv": 22,
    "cash_flow.csv": 30,
    "note1_revenue.csv": 14,
    "note2_costs.csv": 12,
    "note3_receivables.csv": 12,
    "economic_summary.csv": 20,
    "cost_summary.csv": 39,
}
"""Printed tables of which every cell is compared, and how many cells they have."""
DIFFERENCE_KINDS = {
    "minus saknas",
    "felskriven siffra",
    "felskrivna siffror",
    "avrundning",
    "oförklarad krona",
    "annan uppgift",
    "går inte att avgöra",
    "inte tryckt",
}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_mart_that_is_printed_has_golden_figures() -> None:
    assert {path.stem for path in GOLDEN} == MARTS


def _is_the_cell(source: dict[str, str], golden: dict[str, str]) -> bool:
    """source_where: more columns that tell cells of one printed line apart, as `version=budget|party=Heby`."""
    more = [pair.split("=", 1) for pair in (golden.get("source_where") or "").split("|") if pair]
    return (
        source["source_line"] == golden["source_line"]
        and source.get("year", "") == golden["source_year"]
        and golden["source_item"] in (source.get("line_item"), source.get("statement_id"))
        and golden["source_sex"] in ("", source.get("sex_kon"))
        and all(source[name] == value for name, value in more)
    )


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_figures_stand_in_the_print(path: Path) -> None:
    """A golden figure is in the print's own unit; kronor where none is named. not_printed: the print leaves it blank."""
    for row in _rows(path):
        association = row["key"].split("|")[0].removeprefix("association_id=")
        assert row["mart"] == path.stem
        assert association in ("skelleftea-norsjo", "uppsala-lan") or row["kind"] == "not_delivered"
        if row["kind"] == "derived":
            assert row["why"] and not row["printed"]
            continue
        if "difference_kind" in row:
            kinds = DIFFERENCE_KINDS if row["kind"] == "difference" else {""}
            assert row["difference_kind"] in kinds, row
        source = [r for r in _rows(SOURCES / row["source_file"]) if _is_the_cell(r, row)]
        assert len(source) == 1, row
        assert source[0]["value_printed"] == row["printed"], row
        if row["kind"] == "not_shown":
            assert row["why"] and not row["expected"] and source[0]["value_num"] in ("", "0"), row
            continue
        assert (source[0]["value_num"] == row["expected"]) == (row["kind"] in ("equal", "zero")), row
        assert row["expected"] == "0" or row["kind"] != "zero", row
        assert bool(row["why"]) == (row["kind"] in ("difference", "not_delivered", "not_printed")), row
        assert not row["printed"] or row["kind"] != "not_printed", row
        assert (source[0].get("unit") == "tkr") == (row.get("unit") == "tkr"), row


@dataclass(frozen=True)
class Printed:
    """What a printed table holds, and what the golden files make of its cells. not_delivered: named, with the reason."""

    cells: int
    equal: int
    zero: int = 0
    difference: int = 0
    not_delivered: int = 0


# Cell by cell: Uppsala's finance tables and every table of participants. A cell of two marts stands as the worse of them.
COMPARED = {
    "uppsala_decision_space.csv": Printed(131, 120, difference=10, not_delivered=1),
    "uppsala_application_posts.csv": Printed(207, 158, zero=38, difference=11),
    "uppsala_application_years.csv": Printed(39, 37, difference=2),
    "uppsala_application_parties.csv": Printed(56, 55, difference=1),
    "uppsala_proposals.csv": Printed(5, 5),
    "uppsala_staffing.csv": Printed(34, 29, difference=4, not_delivered=1),
    "uppsala_applications_overview.csv": Printed(40, 22, difference=3, not_delivered=15),
    # what is printed of its applications' goals: 37 thresholds of 46; the others are points in time
    "uppsala_goals.csv": Printed(46, 37, not_delivered=9),
    # Skellefteå-Norsjö's tables of people: 486 cells, of which 454 are compared
    "young_adults_population.csv": Printed(57, 52, difference=1, not_delivered=4),
    "participants_by_initiative.csv": Printed(92, 77, difference=2, not_delivered=13),
    "exits_outcomes_by_initiative.csv": Printed(108, 90, difference=3, not_delivered=15),
    "exit_results_aggregate.csv": Printed(9, 9),
    "education_by_initiative.csv": Printed(17, 15, difference=2),
    "referrers_by_initiative.csv": Printed(39, 37, difference=2),
    "support_before_after.csv": Printed(108, 108),
    "occupation_before_after.csv": Printed(56, 54, difference=2),
}
_KINDS = ("equal", "zero", "difference", "not_delivered")


@pytest.mark.parametrize("table", COMPARED)
def test_no_printed_cell_is_left_out(table: str) -> None:
    """Every cell of a printed table stands in a golden file: equal, a zero, a difference or not delivered, with its why."""
    golden = [row for path in GOLDEN for row in _rows(path) if row["source_file"] == table]
    kinds: Counter[str] = Counter()
    for cell in _rows(SOURCES / table):
        named = [row for row in golden if _is_the_cell(cell, row) and row["printed"] == cell["value_printed"]]
        assert named, f"{table} line {cell['source_line']}: {cell['line_item']} {cell['value_printed']}"
        kinds[max((row["kind"] for row in named), key=_KINDS.index)] += 1
    assert Printed(kinds.total(), **{kind: kinds[kind] for kind in _KINDS}) == COMPARED[table]


@pytest.mark.parametrize("table", WHOLE)
def test_no_cell_of_a_printed_statement_is_left_out(table: str) -> None:
    """Each cell is equal, a difference with its kind, left blank by the print, or a line that nothing is booked on."""
    golden = [row for path in GOLDEN for row in _rows(path) if row["source_file"] == table]
    printed = _rows(SOURCES / table)
    compared = [cell for cell in printed if any(_is_the_cell(cell, row) for row in golden)]
    assert compared == printed
    assert len(compared) == WHOLE[table]
