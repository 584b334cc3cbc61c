"""The graph of models that `finsam migrate` writes is the one dbt builds by."""

import json

import pytest
from psycopg import sql

from ingestion.warehouse import lineage_registry, recomputation

pytestmark = pytest.mark.xdist_group("dbt")


def test_every_model_reads_what_dbt_says_it_reads(built):
    manifest = json.loads((built.settings.home / "dbt" / "manifest.json").read_text())
    told = {}
    for node, parents in manifest["parent_map"].items():
        kind, _, name = node.split(".", 2)
        if kind == "model":
            told[name] = {named(parent) for parent in parents} - {None}
    read = {m.name: set(m.parents) for m in lineage_registry.models() if m.layer != "source"}
    assert read == told


def test_braces_in_a_contract_reach_the_server_as_they_stand():
    """Doubled, `'{}'` is another array; newer servers take it, those of version 15 do not."""
    text = "other.counts_towards <> '{}'"
    assert sql.SQL("select {}").format(recomputation._trusted(text)).as_string(None) == f"select {text}"


def named(node):
    """A node of dbt's as we name it; None for the tables of `ops`, which say what is in scope."""
    kind, _, name = node.split(".", 2)
    schema, _, table = name.partition(".")
    return name if kind == "model" else f"raw.{table}" if schema == "raw" else None


def test_the_database_says_the_same(built):
    rows = built.ask("select model, parent from ops.lineage_parent")
    assert set(rows) == {
        (model.name, parent) for model in lineage_registry.models() for parent in model.parents
    }
    (feeds,) = built.ask(
        "select array_agg(feed_id order by feed_id) from ops.lineage_feed where model = 'participant_flow'"
    )
    assert feeds[0] == ["code_lists", "initiatives", "participants"]
