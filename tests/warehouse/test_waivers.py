"""A waiver from its proposal to its end: two people, a ceiling, a last day, and its print beside the figure."""

from datetime import date, timedelta

import psycopg
import pytest

from ingestion.warehouse import connection as connections
from ingestion.warehouse import diff
from tests.warehouse.small_warehouse import ENTRIES

START, END = date(2017, 1, 1), date(2017, 12, 31)
PEOPLE = {"agda": ["alfa"], "bror": ["alfa", "beta"], "cilla": ["beta"]}


@pytest.fixture
def stewards(warehouse):
    """Three people who decide: one for alfa, one for beta, one for both."""
    with warehouse.admin() as connection:
        for login, associations in PEOPLE.items():
            connection.execute(f"create role {login} login password 'x' in role decide_deliveries")
            connection.cursor().executemany(
                "insert into ops.access values (%s, %s)", [(login, name) for name in associations]
            )
    yield warehouse
    with warehouse.admin() as connection:
        for login in PEOPLE:
            connection.execute(f"drop owned by {login}")
            connection.execute(f"drop role {login}")


def ask_as(warehouse, login, statement, parameters=()):
    admin = connections.admin_target(warehouse.settings)
    where = connections.Target(admin.host, admin.port, admin.database, login, "x")
    with connections.open_target(where) as connection:
        return connection.execute(statement, parameters).fetchone()[0]


def propose(warehouse, login="agda", **changed):
    said = {
        **{"rule": "TST-003", "part": "*", "association": "alfa", "unit": "rows", "ceiling": 1},
        **{"reason": "Regionen rättar i mars.", "start": START, "end": END, **changed},
    }
    return ask_as(
        warehouse, login,
        "select ops.propose_waiver(%(rule)s, %(part)s, %(association)s, %(unit)s, %(ceiling)s::numeric, %(reason)s,"
        " %(start)s, %(end)s)", said,
    )  # fmt: skip


def approve(warehouse, waiver_id, login="bror"):
    ask_as(warehouse, login, "select ops.approve_waiver(%s)", (waiver_id,))


HELD = [("TST-003", "alfa", "hold", "failed")]
FOUND = [("TST-002", "alfa", "finding", "failed")]


def test_a_hold_waits_until_another_person_has_agreed(stewards):
    """The same build, judged again: held, still held once proposed, published once approved."""
    stewards.deliver("alfa")
    assert stewards.night(failures=HELD).blocked == {"alfa": ("TST-003",)}
    waiver_id = propose(stewards)
    assert stewards.night(failures=HELD) is None, "a proposal changes nothing"
    assert stewards.night(full=True, failures=HELD).blocked == {"alfa": ("TST-003",)}
    approve(stewards, waiver_id)
    assert stewards.night(failures=HELD).those("published") == ["alfa"], "in scope again without new input"


def test_a_waiver_that_let_the_figures_out_is_named_among_their_causes(stewards):
    """`finsam diff`: the delivery moved them; without the waiver they would not have been published."""
    stewards.deliver("alfa")
    stewards.deliver("beta")
    stewards.night()
    for association in ("alfa", "beta"):
        stewards.deliver(association, [("2016", "fees", "-501.00"), *ENTRIES[1:]])
    stewards.night(failures=HELD)
    approve(stewards, propose(stewards))
    assert stewards.night(failures=HELD).those("published") == ["alfa"]
    found = diff.compare(stewards.settings, diff.Asked(1, 3))
    kinds = {cause.cause_id: cause.kind for cause in found.causes}
    assert {(f.association_id, *sorted(kinds[one] for one in f.causes)) for f in found.figures} == {
        ("alfa", "delivery", "waiver"),
        ("beta", "delivery"),
    }
    (said,) = [cause.text_sv for cause in found.causes if cause.kind == "waiver"]
    assert "TST-003" in said and "agda och bror: Regionen rättar i mars." in said
    stewards.deliver("alfa", [("2016", "fees", "-502.00"), *ENTRIES[1:]])
    stewards.night(failures=HELD)
    later = diff.compare(stewards.settings, diff.Asked(3, 4))
    assert {cause.kind for cause in later.causes} == {"delivery"}, "it stood before already"


def test_who_proposes_does_not_approve(stewards):
    waiver_id = propose(stewards, login="bror")
    with pytest.raises(psycopg.DatabaseError, match="inte själv"):
        approve(stewards, waiver_id, login="bror")
    approve(stewards, waiver_id, login="agda")


def test_nobody_decides_for_an_association_that_is_not_theirs(stewards):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        propose(stewards, login="cilla")
    waiver_id = propose(stewards)
    for statement in ("select ops.approve_waiver(%s)", "select ops.withdraw_waiver(%s, 'nej')"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask_as(stewards, "cilla", statement, (waiver_id,))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"rule": "TST-001"}, "alltid ska hålla"),
        ({"rule": "BLD-001"}, "alltid ska hålla"),
        ({"rule": "HIS-001"}, "finsam approve"),
        ({"rule": "TST-999"}, "Ingen regel"),
        ({"reason": "  "}, "skäl"),
        ({"ceiling": 0}, "tak"),
        ({"unit": "dagar"}, "tak"),
        ({"end": START + timedelta(367)}, "högst ett år"),
        ({"end": START - timedelta(1)}, "högst ett år"),
    ],
)
def test_what_no_waiver_may_be(stewards, changed, says):
    with pytest.raises(psycopg.DatabaseError, match=says) as refused:
        propose(stewards, **changed)
    assert refused.value.sqlstate == "FS020"


def test_an_invariant_blocks_whatever_stands_in_the_table(stewards):
    """Even a row put there past the functions lifts nothing."""
    stewards.deliver("alfa")
    approve(stewards, propose(stewards))
    with stewards.admin() as connection:
        connection.execute("update ops.waiver set rule_id = 'TST-001'")
    for severity in ("invariant", "hold", "finding"):
        done = stewards.night(full=True, failures=[("TST-001", "alfa", severity, "failed")])
        assert done.blocked == {"alfa": ("TST-001",)}


def test_an_error_is_not_waived(stewards):
    """F54: nobody knows what the rule would have said."""
    stewards.deliver("alfa")
    approve(stewards, propose(stewards))
    done = stewards.night(failures=[("TST-003", "alfa", "hold", "error")])
    assert done.blocked == {"alfa": ("TST-003",)}


def test_a_missing_rule_is_not_waived(stewards):
    stewards.deliver("alfa")
    approve(stewards, propose(stewards))
    assert stewards.night(leave_out=["TST-003"]).blocked == {"alfa": ("TST-003",)}


@pytest.mark.parametrize(
    ("start", "end"), [(START, date(2017, 12, 30)), (date(2018, 1, 1), date(2018, 6, 1))]
)
def test_outside_its_days_it_covers_nothing(stewards, start, end):
    """The day is the build's business date, 2017-12-31, not the clock's."""
    stewards.deliver("alfa")
    approve(stewards, propose(stewards, start=start, end=end))
    assert stewards.night(failures=HELD).blocked == {"alfa": ("TST-003",)}


def test_what_ends_is_judged_again_the_next_night(stewards):
    stewards.deliver("alfa")
    approve(stewards, propose(stewards, start=date(2017, 6, 1), end=date(2018, 1, 31)))
    assert stewards.night(failures=HELD).those("published") == ["alfa"]
    for day, due in (("2018-01-31", False), ("2018-02-01", True), ("2018-02-02", False)):
        with stewards.connect("finsam_gate") as gate:
            gate.execute("select ops.note_waivers(%s)", (day,))
        opened = stewards.open()
        assert (opened is not None) is due, day
        if opened:
            with stewards.admin() as connection:  # the build was made, as far as scope can tell
                connection.execute(
                    "update ops.association_state as s set attempted_hash = i.input_hash"
                    " from ops.association_inputs('m1', 'r1') as i where i.association_id = s.association_id"
                )


@pytest.mark.parametrize(
    ("unit", "ceiling", "covers"), [("rows", 1, True), ("rows", 0.5, False), ("sek", 99, False)]
)
def test_above_its_ceiling_it_covers_nothing(stewards, unit, ceiling, covers):
    """One row failed, of a rule that counts no kronor: a ceiling in kronor says nothing about it."""
    stewards.deliver("alfa")
    approve(stewards, propose(stewards, unit=unit, ceiling=ceiling))
    done = stewards.night(failures=HELD)
    assert (done.blocked == {}) is covers


@pytest.mark.parametrize(("ceiling", "covers"), [("30.00", True), ("29.99", False)])
def test_a_ceiling_in_kronor_is_for_all_parts_together(stewards, ceiling, covers):
    stewards.deliver("alfa")
    approve(stewards, propose(stewards, unit="sek", ceiling=ceiling))
    build_id, _, scope = stewards.open()
    stewards.build(scope)
    stewards.judge(build_id, leave_out=["TST-003"])
    with stewards.connect("finsam_gate") as gate:
        gate.cursor().executemany(
            "insert into ops.evidence (subject, rule_id, association_id, part, severity, status, examined, failed,"
            " failed_sek, run_id, code_version) values (%s, 'TST-003', 'alfa', %s, 'hold', 'failed', 9, 1, %s, 't', 't')",
            [(f"build:{build_id}", "statement", "10.00"), (f"build:{build_id}", "capital", "20.00")],
        )
        stopped = gate.execute("select * from ops.blocking_evidence(%s, %s)", (build_id, scope)).fetchall()
    assert {row[2] for row in stopped} == (set() if covers else {"statement", "capital"})


def test_a_waiver_of_one_part_leaves_the_others(stewards):
    stewards.deliver("alfa")
    approve(stewards, propose(stewards, part="statement"))
    done = stewards.night(failures=HELD)
    assert done.blocked == {"alfa": ("TST-003",)}, "the failure is in another part"


def test_a_withdrawn_waiver_no_longer_holds_and_stays_to_be_read(stewards):
    stewards.deliver("alfa")
    waiver_id = propose(stewards)
    approve(stewards, waiver_id)
    assert stewards.night(failures=HELD).blocked == {}
    ask_as(stewards, "agda", "select ops.withdraw_waiver(%s, 'Rättat.')", (waiver_id,))
    assert stewards.night(failures=HELD).blocked == {"alfa": ("TST-003",)}
    assert stewards.ask(
        "finsam_reader", "select waiver_id, withdrawn_by, withdrawn_because_sv from marts.waiver"
    ) == [(waiver_id, "agda", "Rättat.")]
    with pytest.raises(psycopg.DatabaseError, match="återtaget av agda"):
        approve(stewards, waiver_id)
    assert propose(stewards) != waiver_id, "asked for anew it is another, and needs another approval"


def test_it_is_printed_beside_the_figure(stewards):
    """A finding publishes with its banner; under a waiver the banner says until when, by whom and why."""
    stewards.deliver("alfa")
    stewards.deliver("beta")
    failures = [*FOUND, ("TST-002", "beta", "finding", "failed"), *HELD]
    for rule in ("TST-002", "TST-003"):
        approve(stewards, propose(stewards, rule=rule))
    stewards.night(failures=failures)
    printed = stewards.ask(
        "finsam_internal",
        "select association_id, rule_id, waived_until, waived_up_to, waiver_sv from marts_internal.finding order by 1, 2",
    )
    said = "Undantagen till 2017-12-31 av agda, godkänt av bror: Regionen rättar i mars."
    assert printed == [
        ("alfa", "TST-002", END, "1 rader", said),
        ("alfa", "TST-003", END, "1 rader", said),
        ("beta", "TST-002", None, None, None),
    ]
    assert stewards.ask(
        "finsam_reader", "select association_id, rule_id, waiver_sv from marts.finding order by 1, 2"
    ) == [(association_id, rule_id, text) for association_id, rule_id, _, _, text in printed]
    assert stewards.ask(
        "finsam_gate", "select distinct rule_id, waiver_id is not null from ops.evidence where status = 'failed'"
        " and association_id = 'alfa' order by 1"
    ) == [("TST-002", True), ("TST-003", True)]  # fmt: skip


def test_a_finding_on_a_delivery_is_covered_too_but_not_what_held_it(stewards):
    delivery = stewards.deliver("alfa")
    approve(stewards, propose(stewards, rule="TST-002", ceiling=5))
    with stewards.connect("finsam_gate") as gate:
        for rule, severity in (("TST-002", "finding"), ("TST-003", "hold")):
            gate.execute(
                "insert into ops.evidence (subject, rule_id, association_id, severity, status, examined, failed, run_id,"
                " code_version) values (%s, %s, 'alfa', %s, 'failed', 9, 5, 't', 't')",
                (f"delivery:{delivery}", rule, severity),
            )
    stewards.night()
    assert stewards.ask(
        "finsam_reader", "select rule_id, subject, waiver_sv is not null from marts.finding"
    ) == [("TST-002", f"delivery:{delivery}", True)]  # fmt: skip
