"""The golden files read the print: every figure stands in the source tables where they say."""

import csv
from pathlib import Path

import pytest

from ingestion.demo.generate import SOURCES

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*.csv"))
MARTS = {
    "own_capital",
    "income_statement",
    "balance_sheet",
    "member_fee_shares",
    "participant_flow",
    "exit_results",
    "fct_participation",
}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_mart_of_the_first_night_has_golden_figures() -> None:
    assert {path.stem for path in GOLDEN} == MARTS


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_figures_stand_in_the_print(path: Path) -> None:
    for row in _rows(path):
        assert row["mart"] == path.stem and row["key"].startswith("association_id=skelleftea-norsjo|")
        if row["kind"] == "derived":
            assert row["why"] and not row["printed"]
            continue
        source = [
            r
            for r in _rows(SOURCES / row["source_file"])
            if r["source_line"] == row["source_line"]
            and r["year"] == row["source_year"]
            and row["source_item"] in (r.get("line_item"), r.get("statement_id"))
            and row["source_sex"] in ("", r.get("sex_kon"))
        ]
        assert len(source) == 1, row
        assert source[0]["value_printed"] == row["printed"], row
        assert (source[0]["value_num"] == row["expected"]) == (row["kind"] == "equal"), row
        assert bool(row["why"]) == (row["kind"] == "difference"), row
