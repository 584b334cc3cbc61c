"""Whole builds through dbt: what happens around them while they run, when they fail, and when they are made again."""

import threading

import pytest

from ingestion import night, rebuilding
from ingestion.settings import Settings
from ingestion.warehouse import connection as connections
from ingestion.warehouse import dbt, embedded, migrations
from tests import parsed
from tests.dbt import associations

pytestmark = pytest.mark.xdist_group("dbt")
LEDGER = "select sum(amount_sek) from {}.fct_ledger_entry{} where association_id = 'frisk'"


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """Two associations delivered and published by one night."""
    settings = Settings(home=tmp_path_factory.mktemp("builds"))
    migrations.migrate(settings)
    parsed.lend(settings)
    with administrator(settings) as connection:
        for feed_id, rows in associations.COMMON.items():
            associations.deliver(connection, feed_id, "common", rows)
        for name in ("frisk", "finansierad"):
            for (feed_id, period, scope), rows in associations.PLAIN[name].items():
                associations.deliver(connection, feed_id, name, rows, period, scope)
    first = a_night(settings)
    assert first.those("published") == ["finansierad", "frisk"]
    yield settings
    embedded.remove(settings)


def administrator(settings):
    return connections.open_target(connections.admin_target(settings), autocommit=True)


def ask(settings, statement, parameters=()):
    with administrator(settings) as connection:
        return connection.execute(statement, parameters).fetchall()


def a_night(settings, **options):
    built = night.build(settings, "test", **options)
    return night.publish(settings, built.build_id, built.token, "test") if built.build_id else None


def changed_ledger(settings, year):
    """One more balanced voucher in a ledger of its own; its id."""
    with administrator(settings) as connection:
        return associations.deliver(
            connection,
            "ledger",
            "frisk",
            associations._rows(
                associations.LEDGER, f"transaction;{year};4010;5.00;1", f"transaction;{year};1910;-5.00;1"
            ),
            period=str(year),
        )


def during(monkeypatch, model, act, after_an_error=lambda: None):
    """Run `act` once, when dbt has built that model, and the other when a node has failed."""
    from dbt.cli import main

    done = threading.Event()

    def watch(event):
        if (
            event.info.name == "NodeFinished"
            and event.data.node_info.node_name == model
            and not done.is_set()
        ):
            done.set()
            act()
        elif event.info.name == "NodeFinished" and event.data.node_info.node_status == "error":
            after_an_error()

    whole = main.dbtRunner
    monkeypatch.setattr(
        main, "dbtRunner", lambda callbacks=(), **options: whole(callbacks=[watch, *callbacks], **options)
    )
    return done


def test_dbt_grants_nothing(room):
    """The publisher may execute ops.publish and nothing else; what dbt builds is the gate's and publication's to read.

    The exact counts that the step between its stages decides about are that step's too, and nothing else is.
    """
    readers = ask(
        room,
        "select distinct g.rolname, case g.rolname when 'finsam_protect' then c.relname end"
        " from pg_class as c cross join lateral aclexplode(c.relacl) as a"
        " inner join pg_roles as g on g.oid = a.grantee"
        " where c.relnamespace in ('staging'::regnamespace, 'intermediate'::regnamespace, 'candidate'::regnamespace)"
        " and g.rolname <> 'finsam_transform' order by 1, 2",
    )
    assert readers == [
        ("finsam_gate", None),
        ("finsam_protect", "int_outcome_cells"),
        ("finsam_protect", "int_outcome_codes"),
        ("finsam_protect", "int_outcome_terms"),
        ("own_publish", None),
    ]


def test_what_is_accepted_while_dbt_runs_waits_for_the_next_night(room, monkeypatch):
    changed_ledger(room, 2031)
    late = []
    with monkeypatch.context() as patch:
        reached = during(patch, "stg_ledger__entries", lambda: late.append(changed_ledger(room, 2032)))
        built = night.build(room, "test")
    assert reached.is_set()
    years = "select distinct fiscal_year from candidate.fct_ledger_entry where fiscal_year > 2030 order by 1"
    assert ask(room, years) == [(2031,)]
    assert night.publish(room, built.build_id, built.token, "test").those("published") == ["frisk"]
    again = night.build(room, "test")
    causes = ask(room, "select cause, subject from ops.build_cause where build_id = %s", (again.build_id,))
    assert causes == [("delivery", late[0])]
    assert ask(room, years) == [(2031,), (2032,)]
    night.publish(room, again.build_id, again.token, "test")


def test_a_stale_dbt_leaves_the_newer_candidate_alone(room, monkeypatch):
    """F48: while a run hangs between two models a newer build opens; nothing the first writes after that stays."""
    changed_ledger(room, 2033)
    with administrator(room) as connection:
        stale_id = associations.open_build(connection)
        ((stale,),) = connection.execute("select token from ops.fence").fetchall()
        during(monkeypatch, "stg_ledger__entries", lambda: associations.open_build(administrator(room)))
        before = ask(
            room, "select oid from pg_class where relnamespace = 'candidate'::regnamespace order by 1"
        )
        nodes = dbt.build(room, stale, 1, only_models=True)
    assert (
        ask(room, "select oid from pg_class where relnamespace = 'candidate'::regnamespace order by 1")
        == before
    )
    assert {node.status for node in nodes if node.name == "fct_ledger_entry"} <= {"error", "skipped"}
    assert stale_id
    with pytest.raises(Exception, match="inte det senaste"):
        night.publish(room, stale_id, stale, "test")


def test_a_night_that_broke_is_tried_again_and_published(room, monkeypatch):
    """F44, F53: dbt loses its connections at a model; nothing is published, and the next night needs no help."""
    ((head,),) = ask(room, "select max(generation) from ops.publication")
    changed_ledger(room, 2034)

    def go_down():
        """As a server does: sessions end, and new ones are turned away."""
        with administrator(room) as connection:
            connection.execute("alter role finsam_transform connection limit 0")
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'finsam_transform'"
            )

    def come_up():
        with administrator(room) as connection:
            connection.execute("alter role finsam_transform connection limit -1")

    with monkeypatch.context() as patch:
        during(patch, "int_account__mapped", go_down, come_up)
        built = night.build(room, "test")
    refused = night.publish(room, built.build_id, built.token, "test")
    assert refused.generation is None
    assert set(refused.blocked) == {"frisk"}
    assert ask(room, "select verdict from ops.association_state where association_id = 'frisk'") == [
        ("broken",)
    ]
    again = night.build(room, "test")
    causes = ask(room, "select distinct cause from ops.build_cause where build_id = %s", (again.build_id,))
    assert set(causes) == {("delivery",), ("retry",)}
    assert night.publish(room, again.build_id, again.token, "test").generation == head + 1
    assert night.build(room, "test").build_id is None


def test_a_full_build_leaves_evidence_that_the_bounded_ones_told_the_truth(room):
    a_night(room)
    built = night.build(room, "test", kind="full")
    assert set(built.scope) == {"frisk", "finansierad"}
    evidence = ask(
        room,
        "select association_id, string_agg(distinct status, ' '), sum(examined) > 50 from ops.evidence"
        " where subject = %s and rule_id = 'BLD-003' group by 1 order by 1",
        (f"build:{built.build_id}",),
    )
    assert evidence == [("finansierad", "passed", True), ("frisk", "passed", True)]
    assert night.publish(room, built.build_id, built.token, "test").generation is None


def test_a_past_night_comes_out_byte_for_byte_from_raw(room):
    """F65: the first generation's inputs again, though others have been delivered since."""
    rebuilt = rebuilding.rebuild(room, 1, "test")
    assert rebuilt.is_same, rebuilt.summary_sv
    assert rebuilt.rows > 100
    assert rebuilt.scope == ["finansierad", "frisk"]


def test_what_is_gone_from_raw_is_said(room):
    """F65: long-superseded rows may be dropped; then the night cannot come out the same, and the report names them."""
    ((first,),) = ask(
        room,
        "select min(load_number) from ops.delivery where feed_id = 'member_fees' and association_id = 'frisk'",
    )
    ask(room, "delete from raw.member_fees where _load_number = %s returning _row_number", (first,))
    rebuilt = rebuilding.rebuild(room, 1, "test")
    assert [(one.feed_id, one.rows_found) for one in rebuilt.missing] == [("member_fees", 0)]
    assert {one.mart for one in rebuilt.differences} >= {"fct_member_fee", "member_fee_shares"}
    assert "member_fees.csv (frisk, member_fees) har 0 av" in rebuilt.summary_sv
