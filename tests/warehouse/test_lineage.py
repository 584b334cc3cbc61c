"""The walk back: every cell names its rows and recomputes from them; a changed amount moves exactly the
cells that name it.
"""

import json
import time
from dataclasses import asdict
from decimal import Decimal

import pytest

from ingestion.warehouse import connection as connections
from ingestion.warehouse import contracts, lineage, recomputation, store
from ingestion.warehouse.embedded import WarehouseUnavailable
from tests.warehouse.small_warehouse import ENTRIES

KEYS = {
    "statement": ("association_id", "fiscal_year", "line_code"),
    "capital": ("association_id", "fiscal_year"),
    "flow": ("association_id", "fiscal_year"),
    "dim_line": ("association_id", "line_code"),
}


def cell(published, mart, column, **key):
    return lineage.explain(published.settings, mart, key, column).cells[0]


def all_cells(warehouse, marts=tuple(KEYS)):
    """(mart, key, column) -> the published text and the row numbers its explanation names."""
    found = {}
    for mart in marts:
        for row in warehouse.ask("finsam_audit", f"select {', '.join(KEYS[mart])} from store.{mart}_current"):
            key = dict(zip(KEYS[mart], map(str, row), strict=True))
            explained = lineage.explain(warehouse.settings, mart, key)
            assert explained.agrees, explained
            for one in explained.cells:
                found[mart, tuple(key.values()), one.column] = one
    return found


def test_an_additive_cell_names_the_rows_that_sum_to_it(published):
    found = cell(
        published, "statement", "amount_sek", association_id="alfa", fiscal_year="2016", line_code="fees"
    )
    assert (found.kind, found.published, found.recomputed, found.agrees) == (
        "additive",
        "750.50",
        "750.50",
        True,
    )
    assert [(row.file_name, row.row_number, row.value) for row in found.rows] == [
        ("alfa-1.se", 1, "500.00"),
        ("alfa-1.se", 2, "250.50"),
    ]
    assert sum(Decimal(row.value) for row in found.rows) == Decimal(found.published)


def test_a_lookup_names_where_it_was_looked_up(published):
    found = cell(
        published, "statement", "label_sv", association_id="beta", fiscal_year="2017", line_code="fees"
    )
    assert found.published == "Avgifter"
    assert [(row.delivery_id, row.row_number, row.value) for row in found.rows] == [
        ("beta-1", 1001, "Avgifter")
    ]


def test_a_derived_cell_walks_through_other_marts_and_years(published):
    found = cell(published, "capital", "closing_sek", association_id="alfa", fiscal_year="2017")
    assert (found.published, found.recomputed) == ("149.50", "149.50")
    assert {row.row_number for row in found.rows} == {1, 2, 3, 4, 5}, (
        "this year's and the opening's, from the year before"
    )
    assert [used.column for used in found.inputs] == ["opening_sek", "result_sek"]
    lines = found.inputs[1].inputs[0]
    assert (lines.mart, len(lines.keys)) == ("statement", 2)


def test_a_computed_text_rests_on_its_rules_only(published):
    found = cell(published, "capital", "status", association_id="alfa", fiscal_year="2017")
    assert (found.published, found.agrees) == ("under", True)
    assert {row.row_number for row in found.rows} == {1001}


def test_an_input_without_rows_ends_the_walk(published):
    found = cell(published, "capital", "opening_sek", association_id="alfa", fiscal_year="2016")
    assert (found.published, found.agrees, found.rows) == ("0.00", True, [])


def test_every_cell_of_every_mart_explains_itself(published):
    cells = all_cells(published)
    assert len(cells) > 60
    for (mart, _, column), one in cells.items():
        assert one.rows or (mart, column) in {
            ("statement", "previous_year_sek"),
            ("capital", "opening_sek"),
        }, (mart, column)


def test_one_changed_amount_moves_exactly_the_cells_that_name_its_row(warehouse):
    warehouse.deliver("alfa")
    warehouse.deliver("beta")
    warehouse.night()
    before = all_cells(warehouse, ("statement", "capital", "flow"))
    changed_row = 1
    warehouse.deliver("alfa", [("2016", "fees", "-501.00"), *ENTRIES[1:]])
    assert warehouse.night().generation == 2
    after = all_cells(warehouse, ("statement", "capital", "flow"))
    moved = {place for place, one in after.items() if one.published != before[place].published}
    naming = {
        place
        for place, one in after.items()
        if one.kind not in {"lookup"}
        and place[0] != "flow"
        and any(row.delivery_id == "alfa-2" and row.row_number == changed_row for row in one.rows)
    }
    assert moved == naming
    assert {(mart, column) for mart, _, column in moved} == {
        ("statement", "amount_sek"),
        ("statement", "previous_year_sek"),
        ("capital", "result_sek"),
        ("capital", "closing_sek"),
        ("capital", "opening_sek"),
    }


def test_a_past_generation_is_explained_by_its_own_rows(warehouse):
    warehouse.deliver("alfa")
    warehouse.night()
    warehouse.deliver("alfa", [("2016", "fees", "-501.00"), *ENTRIES[1:]])
    warehouse.night()
    key = {"association_id": "alfa", "fiscal_year": "2016", "line_code": "fees"}
    then = lineage.explain(warehouse.settings, "statement", key, "amount_sek", generation=1).cells[0]
    now = lineage.explain(warehouse.settings, "statement", key, "amount_sek").cells[0]
    assert (then.published, {row.delivery_id for row in then.rows}) == ("750.50", {"alfa-1"})
    assert (now.published, {row.delivery_id for row in now.rows}) == ("751.50", {"alfa-2"})
    assert then.agrees
    assert now.agrees


def test_an_explanation_is_plain_data_and_readable_text(published):
    found = lineage.explain(published.settings, "capital", {"association_id": "alfa", "fiscal_year": "2017"})
    assert json.loads(json.dumps(asdict(found)))["key"] == {"association_id": "alfa", "fiscal_year": "2017"}
    text = lineage.as_text(found)
    assert "alfa-1.se rad 4" in text
    assert "STÄMMER INTE" not in text


def test_a_whole_row_takes_less_than_two_seconds(published):
    started = time.monotonic()
    lineage.explain(published.settings, "capital", {"association_id": "alfa", "fiscal_year": "2017"})
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("mart", "key", "column", "says"),
    [
        ("nothing", {}, None, "Marten nothing finns inte"),
        ("capital", {"planet": "mars"}, None, "ingen kolumn planet"),
        ("capital", {"association_id": "alfa"}, None, "flera rader"),
        ("capital", {"association_id": "omega", "fiscal_year": "2017"}, None, "ingen rad"),
        ("capital", {"association_id": "alfa", "fiscal_year": "förra året"}, None, "går inte att läsa"),
        ("capital", {"association_id": "alfa", "fiscal_year": "2017"}, "planet", "ingen kolumn planet"),
    ],
)
def test_a_question_without_an_answer_says_why(published, mart, key, column, says):
    with pytest.raises(lineage.NotFound, match=says):
        lineage.explain(published.settings, mart, key, column)


def test_the_candidate_is_verified_cell_by_cell(published):
    with published.connect("finsam_gate") as gate:
        for mart in KEYS:
            for room in ("candidate", "store"):
                for found in lineage.verify(gate, mart, ["alfa", "beta", "gamma"], room):
                    assert found.failed == 0, found
                    assert (found.examined > 0) is (found.association_id != "gamma"), found


@pytest.mark.parametrize(
    ("spoil", "column"),
    [
        (
            "update candidate.statement set amount_sek = amount_sek + 0.01 where line_code = 'fees' and "
            "fiscal_year = 2016",
            "amount_sek",
        ),
        (
            "update candidate.statement set label_sv = 'Annat' where line_code = 'fees' and fiscal_year = "
            "2016",
            "label_sv",
        ),
        (
            "update candidate.statement set previous_year_sek = 0 where line_code = 'fees' and "
            "fiscal_year = 2016",
            "previous_year_sek",
        ),
        ("delete from candidate.fct_entry where _row_number = 1", "amount_sek"),
    ],
)
def test_a_cell_that_does_not_follow_from_its_rows_is_found(warehouse, spoil, column):
    warehouse.deliver("alfa")
    warehouse.deliver("beta")
    _, _, scope = warehouse.open()
    warehouse.build(scope)
    with warehouse.connect("finsam_transform") as dbt:
        dbt.execute(spoil + " and association_id = 'alfa'")
    findings = {}
    with warehouse.connect("finsam_gate") as gate:
        failed = {
            (f.association_id, f.column): f.failed
            for f in lineage.verify(gate, "statement", scope)
            if f.failed
        }
        lineage.record_checks(gate, scope, findings)
    assert failed.pop(("alfa", column)) == 1
    assert set(failed) <= {("alfa", "previous_year_sek")}, "the year after shows the spoilt amount"
    assert findings["REC-100", "alfa", "statement"].status == "failed"
    assert findings["REC-100", "beta", "statement"].status == "passed"
    assert f"statement.{column}" in findings["REC-100", "alfa", "statement"].detail


def test_lineage_that_cannot_be_run_is_an_error_and_no_pass(warehouse):
    warehouse.deliver("alfa")
    warehouse.build(warehouse.open()[2])
    with warehouse.admin() as connection:
        connection.execute(
            'update ops.mart_column set lineage = lineage || \'{"sum": "atom.nothing"}\''
            " where (mart, column_name) = ('statement', 'amount_sek')"
        )
    findings = {}
    with warehouse.connect("finsam_gate") as gate:
        lineage.record_checks(gate, ["alfa"], findings)
    assert findings["REC-100", "*", "statement"].status == "error"
    assert findings["REC-100", "alfa", "statement"].status == "passed"


def test_an_input_that_says_too_little_is_refused():
    column = recomputation.Column(
        "x", "integer", "", {"kind": "derived", "rule": "y", "cells": [{"mart": "m", "column": "y"}]}
    )
    with pytest.raises(WarehouseUnavailable, match="behöver as, where och agg"):
        recomputation.inputs(column)


def test_lineage_in_a_circle_is_named_and_not_walked_for_ever(warehouse):
    warehouse.deliver("alfa")
    warehouse.night()
    with warehouse.admin() as connection:
        connection.execute(
            'update ops.mart_column set lineage = \'{"kind": "derived", "rule": "cell.closing_sek",'
            ' "cells": [{"column": "closing_sek"}]}\' where (mart, column_name) = (\'capital\', '
            "'result_sek')"
        )
    with pytest.raises(WarehouseUnavailable, match="i cirkel"):
        cell(warehouse, "capital", "closing_sek", association_id="alfa", fiscal_year="2017")


def test_the_lineage_of_every_mart_of_the_project_can_be_run(warehouse):
    """Each declared expression is SQL that the server accepts over the declared columns; no dbt is needed to know."""
    declared = contracts.read()
    with connections.open_target(connections.admin_target(warehouse.settings)) as connection:
        store.create_missing(connection)
    with warehouse.connect("finsam_transform") as dbt:
        for contract in declared:
            columns = ", ".join(f"{column.name} {column.data_type}" for column in contract.columns)
            dbt.execute(f"create table candidate.{contract.name} ({columns})")
    findings = {}
    with warehouse.connect("finsam_gate") as gate:
        lineage.record_checks(gate, ["alfa"], findings)
        undeclared = [
            (mart.name, column.name)
            for mart in recomputation.registry(gate).values()
            for column in mart.columns.values()
            if mart.kind(column) == "undeclared"
        ]
    assert {part: found.detail for (_, name, part), found in findings.items() if name == "*"} == {}
    assert undeclared == []
