"""Figures that stand though something newer came and could not be used are marked, as of their last good delivery."""

import itertools
from datetime import date

import pytest

from ingestion import expected
from tests.warehouse.small_warehouse import agree

_numbers = itertools.count(1)


@pytest.fixture
def marked(warehouse):
    """Two associations published; statements rest on ledgers, the register of lines on its own feed."""
    with warehouse.admin() as connection:
        connection.execute(
            "insert into ops.lineage_parent (model, parent) values ('fct_entry', 'raw.ledger'),"
            " ('statement', 'fct_entry'), ('flow', 'raw.participants'), ('dim_line', 'raw.report_lines')"
        )
    for association in ("alfa", "beta"):
        warehouse.deliver(association)
    warehouse.night()
    return warehouse


def arrive(warehouse, state, association="alfa", feed="ledger", period="2017", file_name=None, **fields):
    """A delivery that came after what stands, and became this. Returns its file name."""
    number = next(_numbers)
    values = {
        "delivery_id": f"later-{number}",
        "feed_id": feed,
        "association_id": association,
        "scope": "whole",
        "period": period,
        "content_id": f"later-{number}",
        "file_name": file_name or f"later-{number}.se",
        "byte_count": 1,
        "state": state,
        "reason_sv": "Klippt mitt i.",
        "run_id": "test",
        "code_version": "test",
        **fields,
    }
    with warehouse.admin() as connection:
        connection.execute(
            f"insert into ops.delivery ({', '.join(values)}) values ({', '.join(['%s'] * len(values))})",
            list(values.values()),
        )
    return values["file_name"]


def marks(warehouse, role="finsam_reader", schema="marts"):
    """(association, mart) of what is not marked as current."""
    return set(
        warehouse.ask(role, f"select association_id, mart from {schema}.mart_status where not is_current")
    )


def test_where_all_is_new_nothing_is_marked(marked):
    assert marks(marked) == set()
    assert set(
        marked.ask("finsam_reader", "select association_id, feed_id, is_current from marts.feed_status")
    ) == {
        ("alfa", "ledger", True),
        ("beta", "ledger", True),
    }


@pytest.mark.parametrize(("state", "said"), [("rejected", "är avvisad"), ("held", "väntar på beslut")])
def test_a_file_that_could_not_be_used_marks_what_rests_on_its_feed(marked, state, said):
    name = arrive(marked, state)
    assert marks(marked) == {("alfa", "statement")}
    (row,) = marked.ask(
        "finsam_reader",
        "select good_file_name, newer_file_name, newer_state, newer_reason_sv, status_sv from marts.feed_status"
        " where not is_current",
    )
    assert row[:4] == ("alfa-1.se", name, state, "Klippt mitt i.")
    assert row[4].startswith("Siffrorna vilar på alfa-1.se, mottagen ") and said in row[4]
    (mart,) = marked.ask(
        "finsam_reader",
        "select feeds_behind, as_of is not null, status_sv from marts.mart_status where not is_current",
    )
    assert mart[:2] == (["ledger"], True) and mart[2].startswith("Huvudbok: Siffrorna vilar på alfa-1.se")


@pytest.mark.parametrize(
    "later",
    [
        {"period": "2017"},
        {"period": "2016", "file_name": "bok.se"},
        {"state": "superseded", "period": "2017"},
    ],
    ids=["its period", "its file name", "its period, replaced since"],
)
def test_a_good_file_since_takes_the_mark_away(marked, later):
    arrive(marked, "rejected", file_name="bok.se")
    assert marks(marked)
    arrive(marked, **{"state": "accepted", **later})
    assert marks(marked) == set()


def test_a_good_file_of_another_period_leaves_the_mark(marked):
    arrive(marked, "rejected")
    arrive(marked, "accepted", period="2016")
    assert marks(marked) == {("alfa", "statement")}


def test_a_file_too_broken_to_tell_its_period_is_made_good_by_the_next_of_its_kind(marked):
    arrive(marked, "rejected", period="?", scope="?")
    assert marks(marked) == {("alfa", "statement")}
    arrive(marked, "accepted", period="2018")
    assert marks(marked) == set()


def test_what_a_person_refused_is_settled(marked):
    arrive(marked, "rejected", decided_by="anna_berg")
    assert marks(marked) == set()


def test_what_is_common_marks_every_association(marked):
    arrive(marked, "rejected", association="common", feed="report_lines", period="whole")
    assert marks(marked) == {("alfa", "dim_line"), ("beta", "dim_line")}


def test_reasons_about_people_and_their_marts_stand_in_the_internal_schema_only(marked):
    """F71, F72: a refusal of a register may quote it."""
    arrive(marked, "rejected", feed="participants")
    assert marks(marked) == set()
    assert marks(marked, "finsam_internal", "marts_internal") == {("alfa", "flow")}
    reason = "select newer_reason_sv from {}.feed_status where feed_id = 'participants'"
    assert marked.ask("finsam_reader", reason.format("marts")) == [
        ("Skälet står i marts_internal.feed_status.",)
    ]
    assert marked.ask("finsam_internal", reason.format("marts_internal")) == [("Klippt mitt i.",)]


def test_a_reader_sees_the_marks_of_its_own_associations(marked):
    arrive(marked, "rejected")
    with marked.admin() as connection:
        connection.execute("update ops.access set association_id = 'beta' where login_name = 'finsam_reader'")
    assert marks(marked) == set()
    assert {
        row[0] for row in marked.ask("finsam_reader", "select association_id from marts.feed_status")
    } == {"beta"}


def look_on(warehouse, day):
    with warehouse.connect("finsam_gate") as gate:
        return [(one.association_id, one.period) for one in expected.judge(gate, date.fromisoformat(day))]


def test_what_is_overdue_marks_too(marked):
    """F15: late by the terms, the days of grace counted; marked with the last day, as of the last good delivery."""
    agree(marked, "alfa", ("ledger", "year", 31, 5, "proceed"))
    assert look_on(marked, "2019-02-05") == [] and marks(marked) == set(), "within its grace"
    assert look_on(marked, "2019-02-06") == [("alfa", "2018")]
    assert marks(marked) == {("alfa", "statement")}
    (row,) = marked.ask(
        "finsam_reader",
        "select period, good_file_name, status_sv from marts.feed_status where not is_current",
    )
    assert row[:2] == ("2018", "alfa-1.se") and row[2].endswith("Skulle ha kommit 2019-01-31.")
    (mart,) = marked.ask(
        "finsam_reader", "select feeds_behind, as_of is not null from marts.mart_status where not is_current"
    )
    assert mart == (["ledger"], True)


def test_what_has_come_is_no_longer_overdue(marked):
    agree(marked, "alfa", ("ledger", "year", 31, 0, "hold"))
    arrive(marked, "rejected", period="2018")
    assert look_on(marked, "2019-02-01") == [("alfa", "2018")]
    (row,) = marked.ask(
        "finsam_reader", "select newer_state, status_sv from marts.feed_status where not is_current"
    )
    assert row[0] == "rejected" and row[1].endswith("Skulle ha kommit 2019-01-31."), "both are said, once"
    arrive(marked, "accepted", period="2018")
    assert look_on(marked, "2019-02-01") == [] and marks(marked) == set()


def test_what_marks_is_what_the_banner_counts(marked):
    """DLV-011 and DLV-012 and the marks are of one view of what is late."""
    agree(marked, "alfa", ("ledger", "quarter", 15, 0, "proceed"), ("report_lines", "year", 10, 0, "hold"))
    look_on(marked, "2019-02-01")
    findings = {}
    with marked.connect("finsam_gate") as gate:
        expected.add_evidence(gate, ["alfa", "beta"], findings)
    late = sum(found.failed for found in findings.values())
    overdue = marked.ask(
        "finsam_audit", "select association_id, feed_id, period from ops.overdue_delivery order by 2, 3"
    )
    assert late == len(overdue) == 5
    assert overdue[-1] == ("alfa", "report_lines", "2018")
    assert marks(marked) == {("alfa", "statement"), ("alfa", "dim_line")}


def test_a_blocked_association_is_marked_in_every_mart(marked):
    marked.deliver("alfa")
    marked.night(failures=[("TST-001", "alfa", "invariant", "failed")])
    rows = marked.ask(
        "finsam_reader", "select mart, generation, status_sv from marts.mart_status where not is_current"
    )
    assert {row[0] for row in rows} == {"statement", "capital", "dim_line"}
    assert {row[1:] for row in rows} == {(1, "Nyare siffror är stoppade av TST-001.")}
