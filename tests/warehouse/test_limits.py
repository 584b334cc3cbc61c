"""Limits that hold for readers, whatever they set. Faults F51 and F73."""

import threading
import time
from datetime import timedelta

import psycopg
import pytest

from ingestion import watch
from ingestion.warehouse import access, watchdog
from ingestion.warehouse import connection as connections
from ingestion.warehouse.access import Right

SHORT = {"person": "500ms", "tool": "500ms"}


@pytest.fixture
def anna(warehouse):
    """How to connect as a person who reads alfa, on a warehouse with two associations."""
    for association in ("alfa", "beta"):
        warehouse.deliver(association)
        (warehouse.settings.reference / association).mkdir(parents=True, exist_ok=True)
    warehouse.night()
    granted = access.grant(warehouse.settings, "anna_vakt", Right("person", "public", ("alfa",)))
    where = connections.reader_target(warehouse.settings, "anna_vakt")

    def connect():
        return connections.open_target(
            connections.Target(where.host, where.port, where.database, "anna_vakt", granted.password),
            autocommit=True,
        )

    yield connect
    access.revoke(warehouse.settings, "anna_vakt")


def lift_everything(connection):
    """What a login may set for itself: none of it shows more rows."""
    for setting in (
        "set statement_timeout = 0",
        "set idle_in_transaction_session_timeout = 0",
        "set default_transaction_read_only = off",
        "set app.assoc = 'beta'",
        "set search_path = store, ops, marts",
        "alter role anna_vakt set statement_timeout = 0",
    ):
        connection.execute(setting)


def test_a_reader_that_lifts_its_own_rails_gains_no_row_and_no_disk(anna):
    """F73."""
    with anna() as connection:
        lift_everything(connection)
        assert connection.execute("select distinct association_id from marts.statement").fetchall() == [
            ("alfa",)
        ]
        for refused in (
            "create temporary table x (y int)",
            "set temp_file_limit = -1",
            "create table marts.x (y int)",
            "select pg_advisory_lock(1)",
            "select lo_create(0)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused)
        assert connection.execute("show temp_file_limit").fetchone() == ("2GB",)


def test_a_reader_holds_no_more_sessions_than_its_kind_may(anna):
    held = [anna() for _ in range(access.CONNECTIONS["person"])]
    try:
        with pytest.raises(connections.WarehouseUnavailable, match="för många anslutningar"):
            anna()
    finally:
        for one in held:
            one.close()


@pytest.mark.parametrize(
    ("begin", "limits", "why"),
    [
        ("begin; select 1", watchdog.Limits(idle=SHORT), "utan att användas"),
        ("begin; select 1", watchdog.Limits(transaction=timedelta(seconds=0.5)), "var öppen längre"),
        ("select pg_sleep(30)", watchdog.Limits(statement=SHORT), "en fråga tog längre tid"),
    ],
)
def test_the_watchdog_ends_who_goes_past_the_limits(anna, warehouse, begin, limits, why):
    """F51, F73: publication goes on meanwhile; the session ends, and why is kept."""
    with anna() as connection:
        lift_everything(connection)
        ended_with = []

        def work():
            try:
                connection.execute(begin)
                time.sleep(2)
                connection.execute("select 1")
            except psycopg.Error as problem:
                ended_with.append(problem)

        working = threading.Thread(target=work)
        working.start()
        time.sleep(0.8)
        warehouse.deliver("alfa")
        assert warehouse.night().generation == 2, "nobody waits for a reader"
        assert watchdog.end_overdue(warehouse.settings) == [], "within the limits that are"
        ended = watchdog.end_overdue(warehouse.settings, limits)
        assert [(one.login, why in one.why_sv) for one in ended] == [("anna_vakt", True)]
        working.join()
        assert ended_with, "the session is gone"
    with warehouse.admin() as admin:
        kept = admin.execute(
            "select action, os_user from ops.access_event order by event_number desc limit 1"
        )
        action, said = kept.fetchone()
    assert action == "ended"
    assert why in said
    assert [one.login for one in access.logins(warehouse.settings)] == ["anna_vakt"]


def test_the_machinery_is_nobodys_overdue_reader(warehouse):
    """A long build is no reader."""
    with warehouse.connect("finsam_gate") as gate:
        gate.execute("select 1")
        time.sleep(0.6)
        assert (
            watchdog.end_overdue(warehouse.settings, watchdog.Limits(idle=SHORT, transaction=timedelta(0)))
            == []
        )


def test_who_is_past_the_limits_is_ended_by_what_the_schedule_runs(anna, warehouse, monkeypatch):
    """F51: with the limits that are in force, of which the longest is shortened for the test."""
    limits = watchdog.Limits(transaction=timedelta(seconds=0.2))
    monkeypatch.setattr(watchdog, "Limits", lambda: limits)
    with anna() as connection:
        connection.execute("begin")
        time.sleep(0.5)
        assert [one.login for one in watch.end_overdue_readers(warehouse.settings)] == ["anna_vakt"]
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")
    assert watch.end_overdue_readers(warehouse.settings) == []


def test_a_watchdog_that_may_not_end_sessions_is_an_alert_until_it_may(warehouse, monkeypatch):
    said = "Vakten får inte se och avsluta andras sessioner på den här servern."

    def refused(_):
        raise watchdog.NotAllowed(said)

    open_alerts = "select subject, text_sv from ops.alert where kind = 'guard' and ended_at is null"
    with monkeypatch.context() as patch:
        patch.setattr(watchdog, "end_overdue", refused)
        for _ in range(2):
            with pytest.raises(watchdog.NotAllowed):
                watch.end_overdue_readers(warehouse.settings)
    assert warehouse.ask("finsam_audit", open_alerts) == [("server", said)]
    watch.end_overdue_readers(warehouse.settings)
    assert warehouse.ask("finsam_audit", open_alerts) == []


def test_a_server_that_does_not_let_it_says_what_is_missing(foreign_server):
    """On 16 and newer only a superuser can give pg_signal_backend; on 15 any administrator may."""
    with foreign_server.connect("finsam_monitor") as connection:
        may_be_missing = connection.info.server_version >= 160000
    if may_be_missing:
        with pytest.raises(connections.WarehouseUnavailable, match="grant pg_monitor, pg_signal_backend"):
            watchdog.end_overdue(foreign_server.settings)
    else:
        assert watchdog.end_overdue(foreign_server.settings) == []
