"""The feed of printed tables: one printed cell in two forms, and the marts it may be compared with."""

import re
from pathlib import Path

import yaml

from ingestion.binding import bind
from ingestion.feeds.published_figures import FEED
from ingestion.proof.words import ROW_TYPES
from ingestion.template import Template

MODELS = Path(__file__).resolve().parents[2] / "dbt_project" / "models"


def test_the_number_is_read_from_the_print_and_has_no_header_of_its_own():
    header = ("Handling", "Tabell", "Rad", "Tryckt värde")
    bound = bind(header, FEED, {})
    assert bound.positions["printed_number"] == bound.positions["value_printed"] == 3
    assert "printed_number" not in Template(FEED, {}, "a").headers


def test_the_words_for_kinds_of_rows_are_those_the_proof_knows():
    for code, words in FEED.column("row_type").allowed.items():
        assert set(words) <= set(ROW_TYPES[code]), code
    assert set(FEED.column("row_type").allowed) == set(ROW_TYPES)


def test_every_mart_column_that_is_compared_is_an_input_of_the_cell_and_the_other_way_round():
    statement = (MODELS / "intermediate/budget/int_published_figure__computed.sql").read_text(
        encoding="utf-8"
    )
    compared = {
        (mart, column)
        for mart, columns in re.findall(r"'(\w+)': \[(.*?)\]", statement, re.DOTALL)
        for column in re.findall(r"'(\w+)'", columns)
    }
    contract = yaml.safe_load((MODELS / "marts/budget/published_vs_computed.yml").read_text(encoding="utf-8"))
    (cell,) = [one for one in contract["models"][0]["columns"] if one["name"] == "computed_value"]
    inputs = {
        (one["mart"], one["column"]) for one in cell["config"]["meta"]["lineage"]["cells"] if "mart" in one
    }
    assert compared == inputs
    assert len(compared) > 40
    (beside,) = [one for one in contract["models"][0]["columns"] if one["name"] == "beside_row_count"]
    counted = [one["mart"] for one in beside["config"]["meta"]["lineage"]["cells"]]
    assert sorted(counted) == sorted({mart for mart, _ in compared})
