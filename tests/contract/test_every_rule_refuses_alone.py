"""Every rule has a fixture that only it refuses: with all rules on it is refused by that rule alone, with that rule
off it is accepted. `tests/fixtures/rules.csv` says which file proves which rule."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from expectations.suites import all_rules
from expectations.verdict import verdict
from ingestion.delivery import MANIFEST_ENDING, is_manifest
from ingestion.feeds import all_feeds, member_feeds
from tests.contract.gate_one import begin, examine, judge

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
PROVED_BY_A_TEST_FEED = {"STR-023", "STR-024"}  # no contract has changed yet: tests/faults/test_values.py
PROVED_BY_THE_INTAKE = {
    # a folder's name, a manifest that did not come, a size, a file that changes: tests of the intake
    *("STR-012", "MAN-008", "STR-025", "STR-026"),
    # what stands, not a file: tests/faults/test_order_and_holding.py
    *("HIS-001", "HIS-002", "HIS-003", "HIS-004"),
}
STATES = {"refused": "rejected", "held": "held"}


def read_manifest(name):
    with (FIXTURES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


RULES = read_manifest("rules.csv")
ACCEPTED = read_manifest("accepted.csv")


def facts_of(case, switched_off=frozenset()):
    path = FIXTURES / case["feed"] / "rejected" / case["file"]
    return examine(path, case["feed"], switched_off, case["how"])


@pytest.fixture(scope="module")
def all_rules_on():
    """One judgement of all fixtures, as in a night."""
    return judge([facts_of(case) for case in RULES])


@pytest.fixture(scope="module")
def each_rule_off():
    """One judgement of all fixtures, each examined without the rule it proves."""
    return judge([facts_of(case, {case["rule_id"]}) for case in RULES if can_be_off(case)])


def can_be_off(case):
    return not case["cannot_be_switched_off_because"]


def broken_rules(evidence):
    return {item.rule_id for item in evidence if item.status == "failed"}


@pytest.mark.parametrize("case", RULES, ids=lambda case: case["rule_id"])
def test_only_this_rule_stops_its_fixture(case, all_rules_on):
    verdict, evidence = all_rules_on[case["file"]]
    assert not [item for item in evidence if item.status == "error"]
    assert broken_rules(evidence) == {case["rule_id"], *case["findings_beside"].split()}
    assert verdict.rule_ids == ((case["rule_id"],) if case["effect"] in STATES else ())
    assert verdict.state == STATES.get(case["effect"], "accepted")


@pytest.mark.parametrize(
    "case", [c for c in RULES if c["effect"] == "set_aside"], ids=lambda case: case["rule_id"]
)
def test_a_rule_that_sets_aside_costs_its_rows_alone(case):
    copies = 2 if case["rule_id"] in {"PAR-003", "PRG-003"} else 1
    assert facts_of(case).rows_quarantined == copies
    assert facts_of(case, {case["rule_id"]}).rows_quarantined == 0


@pytest.mark.parametrize("case", filter(can_be_off, RULES), ids=lambda case: case["rule_id"])
def test_without_the_rule_its_fixture_is_accepted(case, each_rule_off):
    _verdict, judged = each_rule_off[case["file"]]
    (own,) = (item for item in judged if item.rule_id == case["rule_id"])
    assert own.failed == 0  # it was off while the file was examined: nothing was asked
    evidence = [item for item in judged if item is not own]
    decided = verdict(evidence, all_feeds()[case["feed"]])
    assert decided.is_accepted, decided.reason_sv
    assert broken_rules(evidence) == set(case["findings_beside"].split())


def test_every_rule_has_a_fixture():
    assert {case["rule_id"] for case in RULES} | PROVED_BY_THE_INTAKE | PROVED_BY_A_TEST_FEED == set(
        all_rules()
    )


def test_few_rules_cannot_be_switched_off():
    fixed = {case["rule_id"] for case in RULES if case["cannot_be_switched_off_because"]}
    assert fixed == {"STR-001", "STR-003"}


def test_every_feed_has_a_good_file():
    assert {case["feed"] for case in ACCEPTED} == set(member_feeds())


def is_beside_a_file(path):
    return is_manifest(path) and path.with_name(path.name.removesuffix(MANIFEST_ENDING)).is_file()


def test_every_fixture_is_in_a_manifest():
    listed = {(case["feed"], "rejected", case["file"]) for case in RULES}
    listed |= {(case["feed"], "accepted", case["file"]) for case in ACCEPTED}
    found = {
        path.relative_to(FIXTURES).parts
        for path in FIXTURES.rglob("*")
        if path.is_file() and not is_beside_a_file(path)
    }
    assert {parts for parts in found if len(parts) == 3} == listed


def test_good_files_are_accepted():
    judged = judge(
        [
            examine(FIXTURES / case["feed"] / "accepted" / case["file"], case["feed"], how=case["how"])
            for case in ACCEPTED
        ]
    )
    for file, (decided, evidence) in judged.items():
        assert decided.is_accepted, (file, decided.reason_sv)
        assert broken_rules(evidence) == set(), file


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case["file"])
def test_good_files_are_read_to_the_ore(case):
    path = FIXTURES / case["feed"] / "accepted" / case["file"]
    examination = begin(path, all_feeds()[case["feed"]], case["how"])
    rows = [row for block in examination.blocks() for row in block.to_pylist()]
    assert len(rows) == int(case["rows_loaded"])
    if case["amount_sek"]:
        assert sum(Decimal(row["amount_sek"]) for row in rows) == Decimal(case["amount_sek"])
