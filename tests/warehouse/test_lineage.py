"""The walk back: every cell names its rows and recomputes from them; a changed amount moves exactly the
cells that name it.
"""

import json
from dataclasses import asdict
from decimal import Decimal

import pytest

from ingestion import settings as settings_of_the_code
from ingestion.warehouse import connection as connections
from ingestion.warehouse import contracts, lineage, lineage_registry, recomputation, store
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


def rows_in_sql(warehouse, mart, key, column, generation=None):
    """What an auditor gets who asks the database and not `finsam explain`."""
    return set(
        warehouse.ask(
            "finsam_audit",
            "select delivery_id, row_number from ops.cell_rows(%s, %s, %s, %s)",
            (mart, json.dumps(key), column, generation),
        )
    )


def test_the_rows_behind_every_cell_can_be_asked_in_sql(published):
    cells = all_cells(published)
    for (mart, key, column), one in cells.items():
        found = rows_in_sql(published, mart, dict(zip(KEYS[mart], key, strict=True)), column)
        assert found == {(row.delivery_id, row.row_number) for row in one.rows}, (mart, key, column)
    assert len(cells) > 60


def test_the_rows_behind_a_past_cell_are_those_of_then(warehouse):
    warehouse.deliver("alfa")
    warehouse.night()
    warehouse.deliver("alfa", ENTRIES[1:])
    warehouse.night()
    key = {"association_id": "alfa", "fiscal_year": "2016", "line_code": "fees"}
    assert rows_in_sql(warehouse, "statement", key, "amount_sek", 1) == {("alfa-1", 1), ("alfa-1", 2)}
    assert rows_in_sql(warehouse, "statement", key, "amount_sek", 2) == {("alfa-2", 1)}
    assert rows_in_sql(warehouse, "statement", key, "amount_sek") == {("alfa-2", 1)}


def test_a_column_is_followed_down_to_the_column_somebody_delivered(published):
    found = published.ask(
        "finsam_audit",
        "select input, input_column, layer from ops.lineage where (mart, column_name) = ('capital', 'closing_sek')",
    )
    assert ("statement", "amount_sek", "mart") in found
    assert ("fct_entry", "amount_sek", "mart") in found
    assert ("raw.ledger", "amount_sek", "source") in found
    below = published.ask(
        "finsam_audit", "select input, input_column, layer from ops.lineage_below('capital', '{closing_sek}')"
    )
    assert set(below) == set(found)


def test_the_lineage_is_written_once_and_again_when_a_contract_changes(warehouse):
    def count():
        return warehouse.ask("finsam_audit", "select count(*) from ops.lineage_column")[0][0]

    known = count()
    with connections.open_target(connections.admin_target(warehouse.settings)) as connection:
        assert store.create_missing(connection) == []
        connection.execute("update ops.lineage_version set digest = 'older'")
        connection.execute("delete from ops.lineage_column")
        assert store.create_missing(connection) == ["ops.lineage"]
    assert count() == known > 20


def test_the_models_of_the_project_are_read_with_their_macros():
    """Every model leads to a feed or to the scope; a macro's ref counts like the model's own."""
    project = settings_of_the_code.PROJECT_ROOT / "dbt_project"
    found = {model.name: model for model in lineage_registry.models(project)}
    assert found["balance_sheet"].parents == ("dim_report_line", "fct_ledger_entry"), "all from a macro"
    assert found["stg_ledger__entries"].parents == ("raw.ledger",)
    assert found["raw.ledger"].feed_id == "ledger"
    assert {contract.name for contract in contracts.read(project)} <= {
        model.name for model in found.values() if model.layer == "mart"
    }
    assert {parent for model in found.values() for parent in model.parents} <= set(found)


def test_a_delivery_is_followed_forward_to_the_publications_it_was_part_of(warehouse):
    warehouse.deliver("alfa")
    warehouse.deliver("beta")
    warehouse.night()
    warehouse.deliver("beta", ENTRIES[1:])
    warehouse.night()
    warehouse.deliver("alfa", ENTRIES[1:])
    warehouse.night()
    assert set(
        warehouse.ask(
            "finsam_audit",
            "select delivery_id, from_generation, to_generation, is_current from ops.delivery_publication",
        )
    ) == {("alfa-1", 1, 2, False), ("beta-1", 1, 1, False), ("beta-2", 2, 3, True), ("alfa-2", 3, 3, True)}
    found = lineage.explain(
        warehouse.settings, "capital", {"association_id": "alfa", "fiscal_year": "2016"}, "result_sek", 1
    )
    assert [(one.delivery_id, one.first_generation, one.last_generation) for one in found.deliveries] == [
        ("alfa-1", 1, 2)
    ]
    assert "publicerad i generation 1–2" in lineage.as_text(found)


def test_what_several_figures_share_is_told_once_and_many_rows_are_counted(warehouse):
    warehouse.deliver("alfa", ENTRIES * 12)
    warehouse.night()
    found = lineage.explain(warehouse.settings, "capital", {"association_id": "alfa", "fiscal_year": "2017"})
    text = lineage.as_text(found)
    assert "(se ovan)" in text
    assert "rader till; --json visar alla" in text
    assert len(text.splitlines()) < 150


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
