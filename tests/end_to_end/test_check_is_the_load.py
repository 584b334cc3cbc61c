"""`finsam check` finds what the load finds: every fixture, good and bad, through a real warehouse and through check."""

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ingestion import pipeline, trial
from ingestion.feeds import member_feeds
from ingestion.settings import PROJECT_ROOT, Settings
from tests.conftest import new_warehouse

FIXTURES = PROJECT_ROOT / "tests" / "fixtures"
ASSOCIATION = "provet"
OWN_HEADERS = "Leverans;Rubrik;Kolumn;Enhet\nbudgets;Plan (tkr);amount_sek;tkr\n"


def fixtures():
    """Every fixture that the intake sees as it stands: one per feed and name."""
    for name in ("accepted", "rules"):
        with (FIXTURES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            for case in csv.DictReader(file):
                folder = "accepted" if name == "accepted" else "rejected"
                if case["how"] not in ("lose_row", "own_number"):
                    yield case["feed"], FIXTURES / case["feed"] / folder / case["file"]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """All fixtures received in one intake per feed, each in an inbox of its own association, so that none meets another."""
    from ingestion.warehouse import embedded

    home = tmp_path_factory.mktemp("check") / "home"
    try:
        warehouse = new_warehouse(home)
        inboxes = {}
        for number, (feed_id, fixture) in enumerate(fixtures()):
            own_id = f"{ASSOCIATION}-{number}"
            reference = home / "reference" / own_id
            reference.mkdir(parents=True)
            (reference / "associations.csv").write_text(
                "Organisationsnummer;Namn\n222000-5555;Provet\n", encoding="utf-8"
            )
            (reference / "header_aliases.csv").write_text(OWN_HEADERS, encoding="utf-8")
            inbox = home / "landing" / own_id / feed_id
            inbox.mkdir(parents=True)
            inboxes[own_id] = (feed_id, Path(shutil.copy(fixture, inbox)), fixture)
        checked = {own_id: check(warehouse.settings, own_id, *inboxes[own_id]) for own_id in inboxes}
        for feed_id in member_feeds():
            pipeline.receive_feed(warehouse.settings, feed_id, "test/check")
        yield warehouse, inboxes, checked
    finally:
        embedded.remove(Settings(home=home))


def check(settings, own_id, feed_id, file, _fixture):
    found_association, found_feed = trial.place_of(settings, file)
    assert (found_association, found_feed) == (own_id, feed_id)
    return trial.read(settings, file, feed_id, own_id)


def received(warehouse, table, columns):
    """Rows of a table of ops, by association."""
    rows = warehouse.query(
        f"select d.association_id, {columns} from ops.delivery as d join {table} as t"
        " on " + ("t.delivery_id = d.delivery_id" if table == "ops.row_issue" else "t.subject = 'delivery:' || d.delivery_id")
        + " where d.association_id like 'provet-%%'",
        role="finsam_audit",
    )  # fmt: skip
    found = {}
    for row in rows:
        found.setdefault(row.pop("association_id"), []).append(tuple(row.values()))
    return {own_id: sorted(values, key=repr) for own_id, values in found.items()}


@pytest.mark.xdist_group("check")
def test_check_finds_the_issues_of_the_load(loaded):
    warehouse, inboxes, checked = loaded
    columns = (
        "issue_number",
        "rule_id",
        "row_number",
        "column_name",
        "value_shown",
        "expected_sv",
        "remedy_sv",
        "blocking",
    )
    stored = received(warehouse, "ops.row_issue", ", ".join(f"t.{name}" for name in columns))
    assert len(stored) > 40
    for own_id, tried in checked.items():
        issues = [tuple(issue[name] for name in columns) for issue in tried.issues]
        assert sorted(issues, key=repr) == stored.get(own_id, []), inboxes[own_id][2].name


@pytest.mark.xdist_group("check")
def test_check_gives_the_evidence_and_the_verdict_of_the_load(loaded):
    from expectations import gate
    from expectations.verdict import verdict

    warehouse, inboxes, checked = loaded
    stored = received(warehouse, "ops.evidence", "t.rule_id, t.status, t.examined, t.failed, t.severity")
    states = {row["association_id"]: row["state"] for row in warehouse.query(
        "select association_id, state from ops.delivery where association_id like 'provet-%%'", role="finsam_audit"
    )}  # fmt: skip
    for own_id, tried in checked.items():
        tried.facts = replace(tried.facts, delivery_id=own_id)
    evidence = gate.judge([tried.facts for tried in checked.values()], "check")
    for own_id, tried in checked.items():
        own = [item for item in evidence if item.subject == own_id]
        asked = [one for one in own if not one.rule_id.startswith(trial.NEEDS_HISTORY)]
        found = sorted(((e.rule_id, e.status, e.examined, e.failed, e.severity) for e in asked), key=repr)
        of_load = [one for one in stored[own_id] if not one[0].startswith(trial.NEEDS_HISTORY)]
        assert found == of_load, inboxes[own_id][2].name
        assert verdict(own, tried.feed).state == states[own_id], inboxes[own_id][2].name
        assert {one.status for one in own if one.rule_id.startswith(trial.NEEDS_HISTORY)} <= {
            "not_applicable"
        }


@pytest.mark.xdist_group("check")
def test_every_refusal_lies_in_the_quarantine_and_says_what_check_said(loaded):
    warehouse, _inboxes, checked = loaded
    refused = warehouse.query(
        "select delivery_id, association_id from ops.delivery where state in ('rejected', 'held')",
        role="finsam_audit",
    )
    assert len(refused) > 40
    for row in refused:
        folder = warehouse.settings.quarantine / row["delivery_id"]
        assert {path.suffix for path in folder.iterdir()} == {".txt", ".json", ".xlsx"}
        text = (folder / "refusal.txt").read_text(encoding="utf-8")
        told = checked[row["association_id"]].text_sv.partition("\n\n")[2]
        assert told.strip() in text
