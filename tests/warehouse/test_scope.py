"""What a build takes in and why, who may write while it lasts, and what is tried again."""

import threading

import psycopg
import pytest

from ingestion import judgement
from ingestion.warehouse import connection as connections
from ingestion.warehouse import publish
from ingestion.warehouse.publish import PublicationRefused
from tests.warehouse.test_publish import CHANGED

BROKEN = {"failures": [("BLD-001", "*", "invariant", "error")], "leave_out": ["BLD-001"]}
"""Evidence of a night in which dbt could not build a model."""


def causes(warehouse, build_id):
    return set(
        warehouse.ask(
            "finsam_audit",
            "select association_id, cause, subject from ops.build_cause where build_id = %s",
            (build_id,),
        )
    )


def verdicts(warehouse):
    return dict(warehouse.ask("finsam_audit", "select association_id, verdict from ops.association_state"))


def reads(warehouse):
    """The deliveries dbt would read now."""
    return {
        row[0] for row in warehouse.ask("finsam_transform", "select delivery_id from ops.scoped_delivery")
    }


def as_dbt(warehouse, token, **options):
    where = connections.target(warehouse.settings, "finsam_transform")
    return psycopg.connect(where.url, options=f"-c finsam.build_token={token}", **options)


def test_what_a_build_reads_is_decided_when_it_opens(warehouse):
    """A delivery accepted or superseded while dbt runs belongs to the next build."""
    first = warehouse.deliver("alfa")
    warehouse.open()
    assert reads(warehouse) == {first}
    second = warehouse.deliver("alfa", CHANGED)
    assert reads(warehouse) == {first}
    warehouse.open()
    assert reads(warehouse) == {second}


def test_nothing_is_read_outside_an_open_build(warehouse):
    warehouse.deliver("alfa")
    warehouse.night()
    assert warehouse.open() is None
    assert reads(warehouse) == set()


def test_dbt_of_an_overtaken_build_writes_nothing(warehouse):
    """F48: a stale dbt wakes after a newer build has opened."""
    warehouse.deliver("alfa")
    _, stale, _ = warehouse.open()
    _, newest, _ = warehouse.open()
    with (
        as_dbt(warehouse, stale) as dbt,
        pytest.raises(psycopg.Error, match="inte det senaste") as refused,
    ):
        dbt.execute("select ops.hold_build()")
    assert refused.value.sqlstate == "FS001"
    with as_dbt(warehouse, newest) as dbt:
        dbt.execute("select ops.hold_build()")


def test_dbt_outside_a_build_writes_nothing(warehouse):
    with warehouse.connect("finsam_transform") as dbt, pytest.raises(psycopg.Error, match="finsam build"):
        dbt.execute("select ops.hold_build()")


def test_a_newer_build_opens_after_the_model_that_is_being_written(warehouse):
    """F48: whatever a stale dbt had begun is in place before the newer build writes anything."""
    warehouse.deliver("alfa")
    _, token, _ = warehouse.open()
    opened = threading.Event()
    with as_dbt(warehouse, token) as dbt:
        dbt.execute("select ops.hold_build()")
        newer = threading.Thread(target=lambda: (warehouse.open(), opened.set()))
        newer.start()
        assert not opened.wait(0.5)
        dbt.commit()
    newer.join()
    assert opened.is_set()


@pytest.mark.parametrize(
    ("night", "verdict", "again"),
    [
        ({"failures": [("TST-099", "alfa", "invariant", "failed")]}, "blocked", False),
        ({"failures": [("TST-099", "alfa", "finding", "failed")]}, "passed", False),
        (BROKEN, "broken", True),
        ({"failures": [("TST-099", "alfa", "finding", "error")]}, "broken", True),
        ({"leave_out": ["TST-002"]}, "broken", True),
    ],
)
def test_only_what_was_judged_is_not_tried_again(warehouse, night, verdict, again):
    """F44, F45, F53: a full disk, a lost connection or a test that never ran says nothing about the figures."""
    warehouse.deliver("alfa")
    warehouse.night(**night)
    assert verdicts(warehouse) == {"alfa": verdict}
    tried = warehouse.night()
    assert (tried is not None) is again
    if again:
        assert tried.those("published") == ["alfa"]
        assert verdicts(warehouse) == {"alfa": "passed"}
        assert warehouse.night() is None


def test_an_error_after_a_verdict_is_tried_again_too(warehouse):
    warehouse.deliver("alfa")
    warehouse.night()
    warehouse.deliver("alfa", CHANGED)
    warehouse.night(**BROKEN)
    assert warehouse.night().generation == 2


def test_why_an_association_is_built(warehouse):
    first = warehouse.deliver("alfa")
    warehouse.deliver("beta")
    done = warehouse.night()
    assert causes(warehouse, done.build_id) == {("alfa", "new", "*"), ("beta", "new", "*")}
    second = warehouse.deliver("alfa", CHANGED)
    done = warehouse.night(**BROKEN)
    assert causes(warehouse, done.build_id) == {("alfa", "delivery", first), ("alfa", "delivery", second)}
    retried = warehouse.night()
    assert causes(warehouse, retried.build_id) == {
        ("alfa", "delivery", first),
        ("alfa", "delivery", second),
        ("alfa", "retry", "*"),
    }
    common = warehouse.deliver("common", [])
    opened, _, scope = warehouse.open()
    assert scope == ["alfa", "beta"]
    assert causes(warehouse, opened) == {(name, "reference", common) for name in scope}


@pytest.mark.parametrize(("versions", "cause"), [(("m2", "r1"), "models"), (("m1", "r2"), "rules")])
def test_changed_code_is_a_cause_of_its_own(warehouse, versions, cause):
    warehouse.deliver("alfa")
    warehouse.night()
    with warehouse.connect("finsam_gate") as gate:
        opened = gate.execute(
            "select build_id from ops.open_build(%s, %s, 'c1', '2017-12-31', 'test')", versions
        ).fetchone()
    version = dict(zip(("models", "rules"), versions, strict=True))[cause]
    assert causes(warehouse, opened[0]) == {("alfa", cause, version)}


def test_a_build_never_overwrites_what_a_published_one_left(warehouse):
    warehouse.deliver("alfa")
    first = warehouse.night(failures=[("TST-099", "alfa", "finding", "failed")])
    again = warehouse.night(full=True)
    third = warehouse.night(full=True)
    assert len({first.build_id, again.build_id, third.build_id}) == 3
    kept = "select count(*) from ops.evidence where subject = %s and status = 'failed'"
    assert warehouse.ask("finsam_audit", kept, (f"build:{first.build_id}",)) == [(1,)]
    assert warehouse.ask(
        "finsam_audit", "select kind, head_generation from ops.build order by token"
    ) == [("changed", 0), ("full", 1), ("full", 2)]  # fmt: skip


def test_a_killed_build_keeps_its_id(warehouse):
    warehouse.deliver("alfa")
    killed, first, _ = warehouse.open()
    warehouse_again, second, _ = warehouse.open()
    assert killed == warehouse_again
    assert second == first + 1


def test_a_candidate_that_the_gates_never_finished_is_refused(warehouse):
    warehouse.deliver("alfa")
    build_id, token, scope = warehouse.open()
    warehouse.build(scope)
    warehouse.judge(build_id)
    with warehouse.admin() as admin:
        admin.execute("delete from ops.candidate_mark where mart = 'flow'")
    with pytest.raises(PublicationRefused, match=r"candidate\.flow prövades aldrig färdigt"):
        publish.publish(warehouse.settings, build_id, token, "test")


def test_the_gates_mark_what_publication_moves(warehouse):
    warehouse.deliver("alfa")
    build_id, token, scope = warehouse.open()
    warehouse.build(scope)
    warehouse.judge(build_id)
    publish.publish(warehouse.settings, build_id, token, "test")
    marks = "select mart, association_id, row_count, content_hash from ops.candidate_mark order by 1"
    published = "select mart, association_id, row_count, content_hash from ops.publication_mart order by 1"
    assert warehouse.ask("finsam_audit", marks) == warehouse.ask("finsam_audit", published)


def test_an_overtaken_gate_cannot_mark(warehouse):
    warehouse.deliver("alfa")
    build_id, token, scope = warehouse.open()
    warehouse.build(scope)
    warehouse.open()
    with warehouse.connect("finsam_gate") as gate, pytest.raises(psycopg.Error, match="inte det senaste"):
        gate.execute("select ops.mark_candidate(%s, %s)", (build_id, token))


def test_a_column_nobody_registered_is_refused(warehouse):
    warehouse.deliver("alfa")
    build_id, token, scope = warehouse.open()
    warehouse.build(scope)
    with warehouse.connect("finsam_transform") as dbt:
        dbt.execute("alter table candidate.statement add column surprise text")
    warehouse.judge(build_id)
    with pytest.raises(PublicationRefused, match=r"inte är registrerade \(surprise\)"):
        publish.publish(warehouse.settings, build_id, token, "test")


def proven(warehouse, generation=None):
    """(association, mart) -> differing rows, by a full build compared with what was published."""
    findings = {}
    with warehouse.connect("finsam_gate") as gate:
        scope = [row[0] for row in gate.execute("select association_id from ops.build_scope order by 1")]
        compared = judgement.compare(gate, scope, findings, generation)
    odd = {
        (one.association_id, one.mart): (one.only_candidate, one.only_published)
        for one in compared
        if one.only_candidate or one.only_published
    }
    statuses = {finding.status for (rule, *_), finding in findings.items() if rule == judgement.SAME_FIGURES}
    return odd, statuses


def test_a_full_build_proves_that_the_bounded_ones_told_the_truth(warehouse):
    for association in ("alfa", "beta"):
        warehouse.deliver(association)
    warehouse.night()
    warehouse.deliver("alfa", CHANGED)
    warehouse.night()
    _, _, scope = warehouse.open(full=True)
    warehouse.build(scope)
    assert proven(warehouse) == ({}, {"passed"})
    with warehouse.admin() as admin:
        admin.execute(
            "update store.statement_current set amount_sek = amount_sek + 0.01"
            " where association_id = 'beta' and fiscal_year = 2016 and line_code = 'fees'"
        )
    assert proven(warehouse) == ({("beta", "statement"): (1, 1)}, {"passed", "failed"})


def test_a_full_build_does_not_compare_what_is_to_change(warehouse):
    for association in ("alfa", "beta"):
        warehouse.deliver(association)
    warehouse.night()
    warehouse.deliver("alfa", CHANGED)
    _, _, scope = warehouse.open(full=True)
    warehouse.build(scope)
    assert proven(warehouse) == ({}, {"passed", "not_applicable"})


def test_a_proof_is_never_published(warehouse):
    warehouse.deliver("alfa")
    build_id, token, scope = warehouse.open(kind="proof")
    warehouse.build(scope)
    warehouse.judge(build_id)
    with pytest.raises(PublicationRefused, match="är ett prov"):
        publish.publish(warehouse.settings, build_id, token, "test")


def test_a_past_generation_is_opened_with_what_it_was_made_of(warehouse):
    """F65: the inputs of that night, whatever was delivered since."""
    first = warehouse.deliver("alfa")
    warehouse.night()
    warehouse.deliver("beta")
    warehouse.deliver("alfa", CHANGED)
    warehouse.night()
    _, _, scope = warehouse.open(kind="rebuild", of_generation=1)
    assert scope == ["alfa"]
    assert reads(warehouse) == {first}
    warehouse.build(scope)
    odd, _ = proven(warehouse, generation=1)
    assert odd == {
        ("alfa", "statement"): (1, 1),
        ("alfa", "capital"): (1, 1),
        ("alfa", "fct_entry"): (5, 5),
        ("alfa", "dim_line"): (2, 2),
    }


def test_a_generation_that_never_was_is_not_rebuilt(warehouse):
    with pytest.raises(psycopg.Error, match="finns inte"):
        warehouse.open(kind="rebuild", of_generation=9)


@pytest.mark.parametrize(("period", "last_day", "next_day"), [
    ("2017-12", "2017-12-31", "2018-01-01"), ("2018-Q1", "2018-03-31", "2018-04-01"),
    ("2018-H1", "2018-06-30", "2018-07-01"), ("2018-H2", "2018-12-31", "2019-01-01"), ("2018", "2018-12-31", "2019-01-01"),
])  # fmt: skip
def test_a_release_whose_period_is_over_is_due_once(warehouse, period, last_day, next_day):
    """What was held back within the period comes out with the next, also where nobody delivers anything."""
    warehouse.deliver("alfa")
    warehouse.deliver("beta")
    warehouse.night()
    with warehouse.admin() as admin:
        admin.execute(
            "insert into ops.disclosure_release (token, association_id, release_period, method, threshold)"
            " select token, 'alfa', %s, 'suppress', 5 from ops.build_outcome",
            (period,),
        )
    assert warehouse.open(day=last_day) is None
    opened, _, scope = warehouse.open(day=next_day)
    assert scope == ["alfa"]
    assert causes(warehouse, opened) == {("alfa", "release", period)}
    assert warehouse.night(day=next_day).generation is None, "nothing of it has changed"
    assert warehouse.open(day=next_day) is None
