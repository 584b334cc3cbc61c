"""Publication by rows and generations: what moves, what stays, and when nothing may move at all."""

import threading
import time
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import psycopg
import pytest

from ingestion import faults
from ingestion import settings as surroundings
from ingestion.warehouse import connection as connections
from ingestion.warehouse import embedded, history, publish
from ingestion.warehouse.embedded import WarehouseUnavailable
from ingestion.warehouse.publish import PublicationRefused
from tests import interruption

CHANGED = [
    ("2016", "fees", "-500.00"),
    ("2016", "fees", "-250.50"),
    ("2016", "costs", "300.25"),
    ("2017", "fees", "-600.00"),
    ("2017", "costs", "900.76"),
]
CURRENT = "select * from marts.statement order by 1, 2, 3"


def facts(warehouse):
    """Everything in the store, generations included."""
    with warehouse.admin() as connection:
        return {
            mart: connection.execute(f"select t.*::text from store.{mart} as t order by 1").fetchall()
            for mart in ("fct_entry", "dim_line", "statement", "capital", "flow")
        }


def test_the_first_night_publishes_everything(warehouse):
    warehouse.deliver("alfa")
    done = warehouse.night()
    assert done.generation == 1
    assert done.those("published") == ["alfa"]
    assert done.marts["statement"] == publish.Moved(inserted=4, closed=0)
    assert warehouse.ask(
        "finsam_reader", "select closing_sek, status from marts.capital order by fiscal_year"
    ) == [(Decimal("450.25"), "över"), (Decimal("149.50"), "under")]


def test_nothing_new_makes_no_generation(warehouse):
    warehouse.deliver("alfa")
    warehouse.night()
    before = facts(warehouse)
    assert warehouse.night() is None, "no changed input, no build"
    done = warehouse.night(full=True)
    assert done.generation is None
    assert done.those("unchanged") == ["alfa"]
    assert done.marts == {}
    assert facts(warehouse) == before
    assert "ingen ny generation" in done.summary_sv


def test_only_changed_rows_are_closed_and_inserted(warehouse):
    warehouse.deliver("alfa")
    warehouse.deliver("beta")
    warehouse.night()
    before = warehouse.ask(
        "finsam_audit", "select * from store.statement where association_id = 'beta' order by 1, 2, 3"
    )
    warehouse.deliver("alfa", CHANGED)
    done = warehouse.night()
    assert done.generation == 2
    assert done.marts["statement"] == publish.Moved(inserted=1, closed=1)
    assert done.marts["capital"] == publish.Moved(inserted=1, closed=1)
    assert "flow" not in done.marts
    assert set(done.associations) == {"alfa"}, "the other association was not even in scope"
    assert (
        warehouse.ask(
            "finsam_audit", "select * from store.statement where association_id = 'beta' order by 1, 2, 3"
        )
        == before
    )
    assert warehouse.ask("finsam_audit", "select line_code, _g_from, _g_to from store.statement_history") == [
        ("costs", 1, 2)
    ]


def test_a_restatement_that_arrives_in_the_same_rows_with_another_scale_is_still_a_change(warehouse):
    """1.0 is not 1.00 where it is printed: comparison is by bytes, so hash and rows always tell the same."""
    warehouse.deliver("alfa")
    warehouse.night()
    warehouse.deliver("alfa", [*CHANGED[:4]])
    done = warehouse.night()
    assert done.marts["statement"] == publish.Moved(inserted=0, closed=1)


def test_as_of_answers_what_was_published_then(warehouse):
    warehouse.deliver("alfa")
    warehouse.night()
    first = warehouse.ask("finsam_reader", CURRENT)
    warehouse.deliver("alfa", CHANGED)
    warehouse.night()
    second = warehouse.ask("finsam_reader", CURRENT)
    assert first != second
    for generation, rows in ((1, first), (2, second)):
        asof = warehouse.ask(
            "finsam_reader",
            "select * from marts_asof.statement where generation = %s order by 2, 3, 4",
            (generation,),
        )
        assert [row[1:] for row in asof] == rows
        assert history.as_of(warehouse.settings, generation, "statement").rows == rows


def test_every_past_generation_hashes_as_it_did(warehouse):
    for amount in ("900.76", "900.77", "900.75", "12.00"):
        warehouse.deliver("alfa", [*CHANGED[:4], ("2017", "costs", amount)])
        warehouse.night()
    with warehouse.admin() as connection:
        for generation, mart, rows, recorded, columns in connection.execute(
            "select generation, mart, row_count, content_hash, hashed_columns from ops.publication_mart"
        ).fetchall():
            found = connection.execute(
                "select count(*), sum(hashint8extended(hash_record_extended(row("
                f"{', '.join(columns)}), 0), 0))::text, sum(_row_hash)::text from store.{mart}"
                " where _g_from <= %s and _g_to > %s",
                (generation, generation),
            ).fetchone()
            assert found == (rows, recorded, recorded), (generation, mart)


def test_a_stale_run_is_fenced_off(warehouse):
    """F48: a stale run wakes after a newer one has begun."""
    warehouse.deliver("alfa")
    stale_id, stale_token, scope = warehouse.open()
    warehouse.build(scope)
    warehouse.judge(stale_id)
    warehouse.open(full=True)
    with pytest.raises(PublicationRefused, match="inte det senaste") as refused:
        publish.publish(warehouse.settings, stale_id, stale_token, "stale")
    assert refused.value.is_stale
    assert warehouse.ask("finsam_audit", "select count(*) from store.statement") == [(0,)]
    assert warehouse.ask("finsam_audit", "select count(*) from ops.publication") == [(0,)]


def test_missing_evidence_refuses(warehouse):
    """F57: a rule that should have looked and left no evidence stops the association."""
    warehouse.deliver("alfa")
    done = warehouse.night(leave_out=["TST-002"])
    assert done.blocked == {"alfa": ("TST-002",)}
    assert done.generation is None
    assert warehouse.ask("finsam_audit", "select count(*) from store.statement") == [(0,)]


def test_a_rule_that_must_look_and_saw_nothing_refuses(warehouse):
    warehouse.deliver("alfa")
    build_id, token, scope = warehouse.open()
    warehouse.build(scope)
    warehouse.judge(build_id, leave_out=["BLD-001"])
    with warehouse.connect("finsam_gate") as gate:
        gate.execute(
            "insert into ops.evidence (subject, rule_id, association_id, severity, status, examined, "
            "failed, run_id,"
            " code_version) values (%s, 'BLD-001', '*', 'invariant', 'not_applicable', 0, 0, 't', 't')",
            (f"build:{build_id}",),
        )
    assert publish.publish(warehouse.settings, build_id, token, "test").blocked == {"alfa": ("BLD-001",)}


@pytest.mark.parametrize(
    ("severity", "status", "blocks"),
    [
        ("invariant", "failed", True),
        ("invariant", "error", True),
        ("finding", "error", True),
        ("finding", "failed", False),
        ("invariant", "not_applicable", False),
    ],
)
def test_which_evidence_blocks(warehouse, severity, status, blocks):
    """F54, F56: an error is not a pass, whatever the severity; a finding publishes with its banner."""
    warehouse.deliver("alfa")
    done = warehouse.night(failures=[("TST-099", "alfa", severity, status)])
    assert (done.blocked == {"alfa": ("TST-099",)}) is blocks
    assert (done.generation is None) is blocks


def test_a_required_invariant_cannot_be_recorded_as_a_mere_finding(warehouse):
    warehouse.deliver("alfa")
    done = warehouse.night(failures=[("TST-001", "alfa", "finding", "failed")])
    assert done.blocked == {"alfa": ("TST-001",)}


def test_a_blocked_association_keeps_its_rows_and_the_others_move(warehouse):
    for association in ("alfa", "beta", "gamma"):
        warehouse.deliver(association)
    warehouse.night()
    before = warehouse.ask(
        "finsam_reader", "select * from marts.statement where association_id = 'beta' order by 1, 2, 3"
    )
    for association in ("alfa", "beta", "gamma"):
        warehouse.deliver(association, CHANGED)
    done = warehouse.night(failures=[("TST-001", "beta", "invariant", "failed")])
    assert done.those("published") == ["alfa", "gamma"]
    assert done.blocked == {"beta": ("TST-001",)}
    assert (
        warehouse.ask(
            "finsam_reader", "select * from marts.statement where association_id = 'beta' order by 1, 2, 3"
        )
        == before
    )
    status = {
        row[0]: row[1:]
        for row in warehouse.ask(
            "finsam_reader",
            "select association_id, generation, is_current, blocked_by, status_sv from "
            "marts.association_status",
        )
    }
    assert status["alfa"][:3] == (2, True, [])
    assert status["beta"][:3] == (1, False, ["TST-001"])
    assert "generation 1" in status["beta"][3]
    assert "TST-001" in status["beta"][3]
    assert warehouse.night() is None, "a blocked association is not tried again until something changes"
    warehouse.deliver("beta", CHANGED)
    assert warehouse.night().those("published") == ["beta"]


def test_everyone_is_blocked_by_a_rule_that_cannot_tell_whom(warehouse):
    warehouse.deliver("alfa")
    warehouse.deliver("beta")
    done = warehouse.night(failures=[("TST-099", "*", "invariant", "failed")])
    assert set(done.blocked) == {"alfa", "beta"}


def test_banners_stand_beside_published_figures(warehouse):
    warehouse.deliver("alfa")
    warehouse.night(failures=[("TST-099", "alfa", "finding", "failed")])
    assert warehouse.ask("finsam_reader", "select association_id, rule_id, failed from marts.finding") == [
        ("alfa", "TST-099", None)
    ]
    assert warehouse.ask("finsam_internal", "select failed from marts_internal.finding") == [(1,)]
    warehouse.night(full=True)
    assert warehouse.ask("finsam_reader", "select count(*) from marts.finding") == [(0,)]


def test_a_row_that_changes_on_its_way_rolls_everything_back(warehouse):
    """The store must say exactly what the candidate says; here a trigger makes one amount an öre wrong."""
    warehouse.deliver("alfa")
    warehouse.night()
    before = facts(warehouse)
    with warehouse.admin() as connection:
        connection.execute(
            "create function store.distort() returns trigger language plpgsql as"
            " 'begin new.amount_sek := new.amount_sek + 0.01; return new; end'"
        )
        connection.execute(
            "create trigger distort before insert on store.statement_current for each row"
            " when (new._g_from = 2) execute function store.distort()"
        )
    warehouse.deliver("alfa", CHANGED)
    with pytest.raises(PublicationRefused, match=r"store\.statement inte detsamma"):
        warehouse.night()
    assert facts(warehouse) == before
    assert warehouse.ask("finsam_audit", "select max(generation) from ops.publication") == [(1,)]


TOUCHES = {
    "one öre": "update candidate.statement set amount_sek = amount_sek + 0.01"
    " where association_id = 'beta' and fiscal_year = 2017 and line_code = 'costs'",
    "one öre each way": "update candidate.statement set amount_sek = amount_sek"
    " + case line_code when 'fees' then 0.01 else -0.01 end where association_id = 'beta' and fiscal_year = 2017",
    "a sign": "update candidate.statement set amount_sek = -amount_sek"
    " where association_id = 'beta' and fiscal_year = 2017 and line_code = 'costs'",
    "all signs of one": "update candidate.fct_entry set amount_sek = -amount_sek where association_id = 'beta'",
    "a deleted row": "delete from candidate.fct_entry where association_id = 'beta' and _row_number = 5",
    "all rows of one": "delete from candidate.flow where association_id = 'beta'",
    "a row more": "insert into candidate.dim_line select association_id, 'other', label_sv, ceiling_share, _delivery_id, 9"
    " from candidate.dim_line where association_id = 'beta' limit 1",
    "another's word": "update candidate.dim_line set label_sv = 'Annat' where association_id = 'beta'",
}


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
def test_a_candidate_touched_after_the_gates_is_refused_whole(warehouse, touch):
    """As the one login that could: the gates saw another candidate, so nothing of anybody's is published."""
    for association in ("alfa", "beta"):
        warehouse.deliver(association)
    build_id, token, scope = warehouse.open()
    warehouse.build(scope)
    warehouse.judge(build_id)
    with warehouse.connect("finsam_transform") as dbt:
        assert dbt.execute(touch).rowcount > 0
    before = facts(warehouse)
    with pytest.raises(PublicationRefused, match="inte längre det som kontrollerna såg, för beta") as refused:
        publish.publish(warehouse.settings, build_id, token, "test")
    assert not refused.value.is_stale, "nothing newer will publish it: the run is red"
    assert facts(warehouse) == before
    assert warehouse.ask("finsam_audit", "select count(*) from ops.publication") == [(0,)]
    assert warehouse.night().generation == 1, "built anew it is judged anew"


def test_a_candidate_touched_where_an_association_is_stopped_anyway_stops_no_other(warehouse):
    """What is touched is not published: the stopped one keeps its rows, the other's are as they were judged."""
    for association in ("alfa", "beta"):
        warehouse.deliver(association)
    build_id, token, scope = warehouse.open()
    warehouse.build(scope)
    warehouse.judge(build_id, failures=[("TST-001", "beta", "invariant", "failed")])
    with warehouse.connect("finsam_transform") as dbt:
        dbt.execute(TOUCHES["one öre"])
    done = publish.publish(warehouse.settings, build_id, token, "test")
    assert done.those("published") == ["alfa"] and set(done.blocked) == {"beta"}


def test_an_association_the_gates_never_saw_is_refused(warehouse):
    """It has no rows and no mark: that nothing was found is not that somebody looked."""
    warehouse.deliver("alfa", [])
    build_id, token, scope = warehouse.open()
    warehouse.build(scope)
    warehouse.judge(build_id)
    with warehouse.admin() as connection:
        connection.execute("delete from ops.candidate_mark where mart = 'flow'")
        connection.execute(
            "insert into ops.candidate_mark values (%s, 'flow', 'another', 0, '0', null)", (build_id,)
        )
    with pytest.raises(PublicationRefused, match=r"candidate\.flow .* för alfa"):
        publish.publish(warehouse.settings, build_id, token, "test")


def test_a_missing_candidate_is_named(warehouse):
    warehouse.deliver("alfa")
    build_id, token, scope = warehouse.open()
    warehouse.build(scope)
    warehouse.judge(build_id)
    with warehouse.connect("finsam_transform") as dbt:
        dbt.execute("drop table candidate.capital")
    with pytest.raises(PublicationRefused, match=r"candidate\.capital saknas"):
        publish.publish(warehouse.settings, build_id, token, "test")
    assert warehouse.ask("finsam_audit", "select count(*) from store.fct_entry") == [(0,)]


def test_a_candidate_of_another_shape_is_refused(warehouse):
    warehouse.deliver("alfa")
    build_id, token, scope = warehouse.open()
    warehouse.build(scope)
    warehouse.judge(build_id)
    with warehouse.connect("finsam_transform") as dbt:
        dbt.execute("alter table candidate.statement alter column amount_sek type numeric(18,4)")
    with pytest.raises(PublicationRefused, match="amount_sek"):
        publish.publish(warehouse.settings, build_id, token, "test")


def test_asking_again_answers_what_was_answered(warehouse):
    """F43: a lost connection is resolved by asking again with the same token; nothing is published twice."""
    warehouse.deliver("alfa")
    build_id, token, scope = warehouse.open()
    warehouse.build(scope)
    warehouse.judge(build_id)
    first = publish.publish(warehouse.settings, build_id, token, "test")
    assert publish.publish(warehouse.settings, build_id, token, "test") == first
    assert warehouse.ask("finsam_audit", "select count(*) from ops.publication") == [(1,)]


def test_a_lost_connection_after_the_commit_is_resolved(warehouse, monkeypatch):
    warehouse.deliver("alfa")
    build_id, token, scope = warehouse.open()
    warehouse.build(scope)
    warehouse.judge(build_id)
    once, calls = publish._publish_once, []

    def loses_the_first_answer(*arguments):
        calls.append(once(*arguments))
        if len(calls) == 1:
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return calls[-1]

    monkeypatch.setattr(publish, "_publish_once", loses_the_first_answer)
    assert publish.publish(warehouse.settings, build_id, token, "test").generation == 1
    assert calls[0] == calls[1]


@pytest.fixture
def judged(warehouse):
    """A build that only waits for its publication: (id, token)."""
    warehouse.deliver("alfa")
    build_id, token, scope = warehouse.open()
    warehouse.build(scope)
    warehouse.judge(build_id)
    return build_id, token


@pytest.fixture
def stopping(server, monkeypatch):
    """`stopping(point, after)`: stops the server hard at that point, once, and starts it again so many seconds later."""
    timers = []

    def arm(point, seconds):
        def passing(name):
            if name == point and not timers:
                interruption.stop_hard(server)
                timers.append(threading.Timer(seconds, embedded.start, [server]))
                timers[0].start()
                if name == "publish.committed":  # its answer is lost with the server
                    raise psycopg.OperationalError("server closed the connection unexpectedly")

        monkeypatch.setattr(faults, "_armed", SimpleNamespace(passing=passing))
        return timers

    yield arm
    for timer in timers:
        timer.join()
    embedded.start(server)


@pytest.mark.parametrize("point", ["publish.asking", "publish.answered", "publish.committed"])
def test_f44_f43_a_server_that_is_away_for_a_while_is_waited_for(warehouse, judged, stopping, point):
    """Stopped hard before the work, before the commit and after it; back after seven seconds. Published once."""
    timers = stopping(point, 7)
    done = publish.publish(warehouse.settings, *judged, "test")
    assert timers, "the server was stopped"
    assert done.generation == 1 and done.those("published") == ["alfa"]
    assert warehouse.ask("finsam_audit", "select count(*) from ops.publication") == [(1,)]
    assert publish.publish(warehouse.settings, *judged, "again") == done


def test_f44_a_server_that_does_not_come_back_is_one_sentence_and_the_next_call_publishes(
    warehouse, judged, stopping, server, monkeypatch
):
    monkeypatch.setattr(publish, "RETRY_SECONDS", 2.0)
    timers = stopping("publish.answered", 20)
    began = time.monotonic()
    with pytest.raises(WarehouseUnavailable, match=r"okänt om den kom fram.*finsam publish"):
        publish.publish(warehouse.settings, *judged, "test")
    assert time.monotonic() - began < 15, "the wait is bounded"
    timers[0].cancel()
    embedded.start(server)
    assert publish.publish(warehouse.settings, *judged, "test").generation == 1
    assert warehouse.ask("finsam_audit", "select count(*) from ops.publication") == [(1,)]


@pytest.mark.parametrize(
    ("problem", "says"),
    [
        (psycopg.errors.DiskFull("could not extend file"), "disk är full"),
        (psycopg.errors.LockNotAvailable("canceling statement"), "håller ett lås"),
        (connections.NotLetIn("svarar inte som finsam_publish: fel lösenord"), "fel lösenord"),
    ],
)
def test_what_the_server_does_answer_is_not_waited_for(warehouse, monkeypatch, problem, says):
    """F45, F67: only where nobody knows is it asked again."""
    calls = []

    def fails(*_):
        calls.append(1)
        raise problem

    monkeypatch.setattr(publish, "_publish_once", fails)
    with pytest.raises(WarehouseUnavailable, match=says):
        publish.publish(warehouse.settings, "b", 1, "test")
    assert len(calls) == 1


def test_f67_a_password_that_is_wrong_is_told_at_once(warehouse, judged, monkeypatch):
    real = connections.target
    monkeypatch.setattr(connections, "target", lambda *asked: replace(real(*asked), password="not this one"))
    monkeypatch.setattr(publish.time, "sleep", lambda _: pytest.fail("it was tried again"))
    with pytest.raises(WarehouseUnavailable, match="fel användare eller lösenord"):
        publish.publish(warehouse.settings, *judged, "test")


def test_what_is_published_stays_published_when_tidying_fails(warehouse, monkeypatch):
    def fails(*_):
        raise psycopg.OperationalError("the server went away")

    monkeypatch.setattr(publish, "tidy", fails)
    warehouse.deliver("alfa")
    assert warehouse.night().generation == 1


def test_two_at_once_publish_once(warehouse):
    """F47: the second waits for the first and gets its answer."""
    warehouse.deliver("alfa")
    build_id, token, scope = warehouse.open()
    warehouse.build(scope)
    warehouse.judge(build_id)
    answers = []
    runs = [
        threading.Thread(
            target=lambda: answers.append(publish.publish(warehouse.settings, build_id, token, "test"))
        )
        for _ in range(3)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len(answers) == 3
    assert answers[0] == answers[1] == answers[2]


def test_inputs_that_moved_on_are_tried_again(warehouse):
    """A delivery accepted while the build ran is not taken for published."""
    warehouse.deliver("alfa")
    build_id, token, scope = warehouse.open()
    warehouse.build(scope)
    warehouse.judge(build_id)
    warehouse.deliver("alfa", CHANGED)
    publish.publish(warehouse.settings, build_id, token, "test")
    assert warehouse.night().generation == 2


def test_withdrawn_figures_leave_the_current_view_and_stay_in_the_past(warehouse):
    warehouse.deliver("alfa")
    warehouse.night()
    first = warehouse.ask("finsam_reader", CURRENT)
    warehouse.deliver("alfa", [])
    warehouse.night()
    assert warehouse.ask("finsam_reader", CURRENT) == []
    assert history.as_of(warehouse.settings, 1, "statement").rows == first


def test_a_publication_records_what_it_was_made_of(warehouse):
    delivery = warehouse.deliver("alfa")
    done = warehouse.night()
    assert warehouse.ask(
        "finsam_audit", "select generation, association_id, delivery_id from ops.publication_delivery"
    ) == [(1, "alfa", delivery)]
    assert warehouse.ask(
        "finsam_audit", "select build_id, associations, code_version, run_id from ops.publication"
    ) == [(done.build_id, ["alfa"], "c1", "test")]


def test_f61_a_publication_names_the_code_that_built_it_and_the_code_that_published_it(
    warehouse, monkeypatch
):
    """The code is changed between the two: the build keeps its own, and who moved the rows is written beside it."""
    warehouse.deliver("alfa")
    build_id, token, scope = warehouse.open()
    warehouse.build(scope)
    warehouse.judge(build_id)
    monkeypatch.setattr(surroundings, "code_version", lambda: "c2")
    assert publish.publish(warehouse.settings, build_id, token, "test").generation == 1
    monkeypatch.setattr(surroundings, "code_version", lambda: "c3")
    publish.publish(warehouse.settings, build_id, token, "asked again")
    assert warehouse.ask(
        "finsam_reader", "select generation, code_version, publisher_code_version from marts.publication"
    ) == [(1, "c1", "c2")]


def test_f61_nobody_publishes_without_saying_which_code_it_is(warehouse, monkeypatch):
    warehouse.deliver("alfa")
    build_id, token, scope = warehouse.open()
    warehouse.build(scope)
    warehouse.judge(build_id)
    monkeypatch.setattr(surroundings, "code_version", str)
    with pytest.raises(PublicationRefused, match="vilken kod"):
        publish.publish(warehouse.settings, build_id, token, "test")
    assert warehouse.ask("finsam_audit", "select count(*) from ops.publication") == [(0,)]


@pytest.mark.parametrize(
    "isolation", [psycopg.IsolationLevel.READ_COMMITTED, psycopg.IsolationLevel.REPEATABLE_READ]
)
def test_readers_never_see_a_mixed_state(warehouse, isolation):
    """F52: while figures change under them, readers see one generation of all marts, never none."""
    warehouse.deliver("alfa")
    warehouse.night()
    stop, seen, odd = threading.Event(), set(), []
    both = (
        "select sum(s.amount_sek), (select sum(c.result_sek) from marts.capital as c), count(*)"
        " from marts.statement as s"
    )

    def read():
        with warehouse.connect("finsam_reader") as reader:
            reader.isolation_level = isolation
            while not stop.is_set():
                with reader.transaction():
                    answers = [reader.execute(both).fetchone() for _ in range(2)]
                for lines, results, count in answers:
                    seen.add(lines)
                    if lines != results or count != 4:
                        odd.append((lines, results, count))
                if isolation == psycopg.IsolationLevel.REPEATABLE_READ and answers[0] != answers[1]:
                    odd.append(answers)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(8):
        warehouse.deliver("alfa", [*CHANGED[:4], ("2017", "costs", f"{number}.00")])
        assert warehouse.night().generation == number + 2
    stop.set()
    for reader in readers:
        reader.join()
    assert odd == []
    assert len(seen) > 1, "the readers did see the figures change"


def test_a_reader_in_a_long_transaction_does_not_stop_publication(warehouse):
    """F51: only rows move; what the reader began with it goes on seeing, and tidying waits for nobody."""
    warehouse.deliver("alfa")
    warehouse.night()
    with warehouse.connect("finsam_reader") as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        before = reader.execute(CURRENT).fetchall()
        for number in range(3):
            warehouse.deliver("alfa", [*CHANGED[:4], ("2017", "costs", f"{number}.00")])
            assert warehouse.night().generation == number + 2
        assert reader.execute(CURRENT).fetchall() == before
    assert warehouse.ask("finsam_reader", CURRENT) != before


def test_clearing_a_task_or_a_whole_night_again_changes_nothing(warehouse):
    """F66: any earlier task run again answers what it answered or is refused; nothing older becomes current."""
    told, tokens = [], []
    for amount in ("1.00", "2.00", "3.00"):
        warehouse.deliver("alfa", [*CHANGED[:4], ("2017", "costs", amount)])
        build_id, token, scope = warehouse.open()
        warehouse.build(scope)
        warehouse.judge(build_id)
        tokens.append((build_id, token))
        told.append(publish.publish(warehouse.settings, build_id, token, "night"))
    before = facts(warehouse)
    for (build_id, token), answer in zip(tokens, told, strict=True):
        assert publish.publish(warehouse.settings, build_id, token, "again") == answer
    for _ in range(3):
        assert warehouse.night() is None
        assert warehouse.night(full=True).generation is None
    assert facts(warehouse) == before
    assert warehouse.ask("finsam_audit", "select max(generation) from ops.publication") == [(3,)]


def test_an_older_build_never_follows_a_newer_one(warehouse):
    """F48, F66: a publisher that slept through a whole night moves 0 rows when it wakes."""
    warehouse.deliver("alfa")
    old_id, old_token, scope = warehouse.open()
    warehouse.build(scope)
    warehouse.judge(old_id)
    warehouse.deliver("alfa", CHANGED)
    assert warehouse.night().generation == 1
    before = facts(warehouse)
    with pytest.raises(PublicationRefused, match="inte det senaste"):
        publish.publish(warehouse.settings, old_id, old_token, "woken")
    assert facts(warehouse) == before


def test_two_rows_that_exchange_a_value_are_a_change(warehouse):
    """Sums of amounts stay the same, and a hash that is linear in its columns would too."""
    one, other = ("2016", "fees", "-500.00"), ("2017", "fees", "-600.00")
    warehouse.deliver("alfa", [one, other])
    warehouse.night()
    warehouse.deliver("alfa", [(*one[:2], other[2]), (*other[:2], one[2])])
    done = warehouse.night()
    assert done.marts["statement"] == publish.Moved(inserted=2, closed=2)


@pytest.mark.parametrize(
    "reversed_rows",
    [[3], [3, 4], [0, 1, 2, 3, 4]],
    ids=["one entry", "both entries of a voucher", "every entry"],
)
def test_amounts_that_only_change_their_sign_are_a_change(warehouse, reversed_rows):
    """The server hashes 100 and -100 alike, and a voucher that was booked the wrong way round keeps every sum."""
    right = [*CHANGED[:3], ("2017", "fees", "-600.00"), ("2017", "costs", "600.00")]
    turned = [
        (year, line, str(-Decimal(amount)) if at in reversed_rows else amount)
        for at, (year, line, amount) in enumerate(right)
    ]
    warehouse.deliver("alfa", right)
    warehouse.night()
    warehouse.deliver("alfa", turned)
    done = warehouse.night()
    assert done.marts["fct_entry"] == publish.Moved(inserted=5, closed=5), "each names its delivery"
    assert {"statement"} <= set(done.marts)
    assert warehouse.ask(
        "finsam_audit",
        "select sum(amount_sek) from store.fct_entry_current where fiscal_year = 2017 and line_code = 'fees'",
    ) == [(Decimal(turned[3][2]),)]
    assert warehouse.ask(
        "finsam_reader",
        "select amount_sek from marts.statement where fiscal_year = 2017 and line_code = 'fees'",
    ) == [(-Decimal(turned[3][2]),)]


def test_a_sign_that_changes_on_its_way_rolls_everything_back(warehouse):
    """In two rows at once, so that no sum shows it."""
    right = [("2016", "fees", "-500.00"), ("2017", "fees", "-600.00"), ("2017", "costs", "600.00")]
    warehouse.deliver("alfa", right)
    with warehouse.admin() as connection:
        connection.execute(
            "create function store.distort() returns trigger language plpgsql as"
            " 'begin new.amount_sek := -new.amount_sek; return new; end'"
        )
        connection.execute(
            "create trigger distort before insert on store.statement_current for each row"
            " when (new.fiscal_year = 2017) execute function store.distort()"
        )
    with pytest.raises(PublicationRefused, match=r"store\.statement inte detsamma"):
        warehouse.night()
    assert warehouse.ask("finsam_audit", "select count(*) from store.statement") == [(0,)]


def test_a_text_that_changes_on_its_way_rolls_everything_back(warehouse):
    """No sum shows it: the row that came is not the one whose hash it carries."""
    warehouse.deliver("alfa")
    warehouse.night()
    before = facts(warehouse)
    with warehouse.admin() as connection:
        connection.execute(
            "create function store.distort() returns trigger language plpgsql as"
            " 'begin new.label_sv := ''annat''; return new; end'"
        )
        connection.execute(
            "create trigger distort before insert on store.statement_current for each row"
            " when (new._g_from = 2) execute function store.distort()"
        )
    warehouse.deliver("alfa", CHANGED)
    with pytest.raises(PublicationRefused, match=r"store\.statement inte detsamma"):
        warehouse.night()
    assert facts(warehouse) == before
