"""The dbt project as text: what every model, column and rule must have."""

import re

import pytest
import yaml

from ingestion.settings import PROJECT_ROOT
from ingestion.warehouse import contracts, raw_tables

PROJECT = PROJECT_ROOT / "dbt_project"
MODELS = sorted((PROJECT / "models").rglob("*.sql"))
RULES = sorted((PROJECT / "tests").rglob("*.sql"))
CARD = ("rule_id", "severity", "owner_sv", "meaning_sv", "why_sv", "remedy_sv")


def test_the_raw_sources_follow_from_the_feeds():
    written = (PROJECT / "models" / "sources" / "raw.yml").read_text(encoding="utf-8")
    assert written == raw_tables.dbt_sources(), "run `make docs`"


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_each_model_has_its_yaml_beside_it(model):
    declared = yaml.safe_load(model.with_suffix(".yml").read_text(encoding="utf-8"))["models"]
    assert [entry["name"] for entry in declared] == [model.stem]
    assert declared[0]["description"].strip()


def test_only_staging_reads_raw():
    readers = {
        path for path in MODELS if re.search(r"source\('raw'|delivered_rows|reference_rows", path.read_text())
    }
    assert {path.relative_to(PROJECT / "models").parts[0] for path in readers} == {"staging"}


def test_marts_are_labelled_and_described_in_every_column():
    for contract in contracts.read():
        assert contract.label_sv and contract.definition_sv, contract.name
        for column in contract.columns:
            assert column.label_sv and column.definition_sv, f"{contract.name}.{column.name}"


def test_every_cell_of_a_report_says_where_it_comes_from():
    reports = [contract for contract in contracts.read() if contract.audience in {"public", "internal"}]
    assert len(reports) >= 6
    assert [(c.name, column.name) for c in reports for column in c.columns if not column.lineage] == []


def test_no_mart_carries_a_person():
    for contract in contracts.read():
        assert not {"person_key", "pid", "voucher_text"} & {column.name for column in contract.columns}


@pytest.mark.parametrize("rule", RULES, ids=lambda path: path.stem)
def test_each_rule_has_a_whole_card(rule):
    text = rule.read_text(encoding="utf-8")
    for part in CARD:
        assert len(re.findall(rf"'{part}': '[^']+'", text)) == 1, part
    if rule.parent.name != "generic":
        rule_id = re.search(r"'rule_id': '([A-Z]+-\d+)'", text)[1]
        assert rule.stem.startswith(rule_id.lower().replace("-", "_") + "_")


def test_rule_ids_are_given_once():
    ids = [re.search(r"'rule_id': '([^']+)'", rule.read_text(encoding="utf-8"))[1] for rule in RULES]
    assert len(ids) == len(set(ids))
