"""Interruptions of the intake: killed, cut off, stopped, out of room, beside another. Nothing half, nothing twice."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

import psycopg
import pytest

from ingestion import cli, faults, night, pipeline
from ingestion import settings as surroundings
from ingestion.settings import SettingsProblem
from ingestion.warehouse import connection as connections
from ingestion.warehouse import embedded, locks, session, space
from ingestion.warehouse.embedded import WarehouseUnavailable
from tests import interruption
from tests.conftest import differing, facts
from tests.faults.proxy import Cut, Proxy

pytestmark = pytest.mark.xdist_group("interruption")
DAY = date(2018, 2, 1)
TAKEN_IN = ("raw", "ops")


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    """With the facts of an intake that nobody interrupted as `expected`."""
    made = interruption.make_ground(tmp_path_factory.mktemp("interruption"))
    try:
        interruption.load_what_a_night_imports()
        settings = made.begin()
        receive(settings)
        made.expected = facts(settings, TAKEN_IN)
        yield made
    finally:
        interruption.throw_away(made)


@pytest.fixture
def settings(ground):
    """A warehouse into which nothing has come yet, and inboxes that hold the small deliveries."""
    return ground.begin()


def receive(settings, run_id="test/intake", **how):
    faults.arm(settings)
    try:
        return pipeline.receive_feed(settings, "member_fees", run_id, DAY, **how)
    finally:
        faults.arm(replace(settings, fault_at=None))


def states(intake):
    return {(o.association_id, o.file_name): o.state for o in intake.outcomes}


def assert_as_uninterrupted(ground, settings):
    assert differing(ground.expected, facts(settings, TAKEN_IN)) == {}


def admin(settings):
    return connections.open_target(connections.admin_target(settings), autocommit=True)


def rows_in_raw(settings):
    with admin(settings) as connection:
        return connection.execute("select count(*) from raw.member_fees").fetchone()[0]


def once(settings, table, event, what):
    """A test's trigger: the first time somebody does that to the table, and never again, this happens."""
    schema, name = table.split(".")
    with admin(settings) as connection:
        connection.execute(
            f"""create schema if not exists trial; create sequence trial.first_time;
            grant usage on sequence trial.first_time to public; grant usage on schema trial to public;
            create function trial.strike() returns trigger language plpgsql as $$
            begin
                if nextval('trial.first_time') = 1 then {what}; end if;
                return null;
            end $$;
            create trigger strike after {event} on {schema}.{name} for each statement execute function trial.strike()"""
        )


@pytest.mark.parametrize(
    "fault_at",
    ["load.opened:1", "load.block:2", "load.accounted:3", "intake.judged:1", "archive.written:1", "decide.settled:2"],
)  # fmt: skip
def test_f41_killed_in_the_intake_and_run_again(ground, settings, fault_at, tmp_path):
    """All points, and those of the rest of the night: `make soak`."""
    status = interruption.in_child(receive, replace(settings, fault_at=fault_at), log=tmp_path / "log")
    assert interruption.killed(status), (tmp_path / "log").read_text()
    with admin(settings) as connection:
        whole = connection.execute(
            "select bool_and(d.rows_loaded = (select count(*) from raw.member_fees as r where r._load_number"
            " = d.load_number)) from ops.delivery as d"
        ).fetchone()[0]
    assert whole in (True, None), "none or all rows of a delivery"
    receive(settings)
    assert_as_uninterrupted(ground, settings)


def test_f42_a_killed_loaders_statement_runs_on_and_the_next_intake_waits_for_its_end(
    ground, settings, tmp_path
):
    once(settings, "ops.delivery", "update", "perform pg_sleep(60)")
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            receive(settings, "test/killed")
        os._exit(0)
    with admin(settings) as connection:
        sleeping = (
            "select pid from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"
        )
        while not connection.execute(sleeping).fetchall():
            time.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        assert connection.execute(sleeping).fetchall(), "the server works on for a client that is dead"
        assert [held.run_id for held in locks.held(settings)][:1] == ["test/killed"]
        started = time.monotonic()
        intake = receive(settings)
        assert not connection.execute(sleeping).fetchall()
    assert time.monotonic() - started < 30, "the server looks for its client every five seconds"
    assert set(states(intake).values()) == {"accepted", "rejected"}
    assert_as_uninterrupted(ground, settings)


@pytest.mark.parametrize(
    "cut, loads",
    [
        (Cut(b"Staten alfa"), 2),
        (Cut(b"COMMIT", after=b"update ops.delivery set rows_read"), 2),
        (Cut(b"COMMIT", after=b"update ops.delivery set rows_read", is_let_through=True), 1),
        (Cut(b"COMMIT", after=b"ops.decide_delivery"), 1),
        (Cut(b"COMMIT", after=b"ops.decide_delivery", is_let_through=True), 1),
        (Cut(b"ops.predecessors"), 1),
    ],
    ids=["mid-COPY", "load unsent", "load unanswered", "verdict unsent", "verdict unanswered", "question"],
)  # fmt: skip
def test_f43_a_connection_that_is_reset_is_resolved_by_asking(ground, settings, cut, loads):
    """The same run goes on: what arrived is not sent again, what did not is."""
    where = urlsplit(settings.warehouse_url)
    with Proxy(where.port, replace(cut, is_done=False)) as proxy:
        url = settings.warehouse_url.replace(f":{where.port}/", f":{proxy.port}/")
        intake = receive(replace(settings, warehouse_url=url))
        assert proxy.cut.is_done
        assert proxy.sent.count(b"Staten alfa\t") == loads
    assert sorted(states(intake).values()) == ["accepted", "accepted", "rejected"]
    assert_as_uninterrupted(ground, settings)


def test_f44_the_server_stops_hard_while_rows_are_sent(ground, settings, monkeypatch):
    """Started again by whoever watches it; the intake waits, asks what arrived and goes on."""
    stops = iter(["load.block", "decide.evidence"])
    due = [next(stops)]

    def stop(name):
        if due and name == due[0]:
            due[0:1] = [*stops][:1]
            interruption.stop_hard(ground.server)
            threading.Timer(0.5, embedded.start, [ground.server]).start()

    monkeypatch.setattr(faults, "point", stop)
    intake = receive(settings)
    assert due == [] and sorted(states(intake).values()) == ["accepted", "accepted", "rejected"]
    assert_as_uninterrupted(ground, settings)


def test_f47_two_intakes_of_a_feed_at_once_queue_and_take_each_file_once(ground, settings, tmp_path):
    pids = []
    for number in range(2):
        pid = os.fork()
        if pid == 0:
            with contextlib.suppress(BaseException):
                receive(settings, f"test/{number}")
                os._exit(0)
            os._exit(1)
        pids.append(pid)
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids] == [0, 0]
    assert_as_uninterrupted(ground, settings)


def test_f47_a_second_build_says_who_builds(settings, monkeypatch):
    monkeypatch.setattr(night, "WAIT_SECONDS", 0.2)
    with connections.connect(settings, "finsam_gate") as other:
        locks.take(other, locks.BUILD, "backfill/2017", "", 1)
        with pytest.raises(locks.Busy, match=r"bygge pågår redan.*körningen backfill/2017"):
            night.build(settings, "test/nightly")
    with admin(settings) as connection:
        assert connection.execute("select token from ops.fence").fetchall() == [(0,)], "nothing was begun"


def test_f49_a_holder_that_hangs_is_seen_and_let_go(ground, settings, monkeypatch, capsys):
    """F49: halted with the lock in hand; found by name, ended by hand, and what wakes up later changes nothing."""
    monkeypatch.setattr(pipeline, "WAIT_SECONDS", 0.2)
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            receive(replace(settings, fault_at="load.opened:1:halt"), "test/hung")
        os._exit(0)
    os.waitpid(pid, os.WUNTRACED)
    try:
        held = {one.lock_name: one for one in locks.held(settings)}
        assert held["finsam.intake.member_fees"].run_id == "test/hung"
        assert held["finsam.intake.member_fees"].process.endswith(f"/{pid}")
        with pytest.raises(locks.Busy, match=r"test/hung .* sedan"):
            receive(settings)
        use(settings, monkeypatch)
        for name in ("finsam.intake.member_fees", "finsam.intake.member_fees.verdicts"):
            assert cli.main(["locks", "--release", name]) == 0
        assert "Avslutad: finsam.intake.member_fees hålls av körningen test/hung" in capsys.readouterr().out
        assert cli.main(["locks"]) == 0 and "Inga lås hålls" in capsys.readouterr().out
        assert cli.main(["locks", "--release", "finsam.build"]) == 2
        receive(settings)
    finally:
        os.kill(pid, signal.SIGCONT)
        os.waitpid(pid, 0)
    assert_as_uninterrupted(ground, settings)


def use(settings, monkeypatch):
    monkeypatch.setattr(surroundings, "load", lambda: settings)


@pytest.mark.parametrize("table", ["ops.quarantined_row", "ops.row_issue"], ids=["loading", "deciding"])
@pytest.mark.parametrize("state", ["40P01", "40001"])
def test_f50_who_is_sacrificed_tries_once_more(ground, settings, table, state):
    once(
        settings,
        table,
        "insert",
        f"raise exception using errcode = '{state}', message = 'let the other go on'",
    )
    intake = receive(settings)
    with admin(settings) as connection:
        assert connection.execute("select last_value > 1 from trial.first_time").fetchone() == (True,)
    assert sorted(states(intake).values()) == ["accepted", "accepted", "rejected"]
    assert_as_uninterrupted(ground, settings)


def test_f50_opposite_order_of_two_real_locks(settings):
    """Two loaders take the same two locks in opposite order: the server ends one, which comes again and gets both."""
    meet, tries = threading.Barrier(2), []

    def work(first, second):
        with connections.connect(settings, "finsam_loader") as connection:

            def both():
                tries.append(first)
                with connection.transaction():
                    connection.execute("select pg_advisory_xact_lock(%s)", (first,))
                    if len(tries) <= 2:
                        meet.wait(10)
                    connection.execute("select pg_advisory_xact_lock(%s)", (second,))

            connections.once_more(both)

    threads = [threading.Thread(target=work, args=order) for order in ((1, 2), (2, 1))]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
        assert not one.is_alive()
    assert sorted(tries[:2]) == [1, 2] and len(tries) == 3


@pytest.mark.parametrize("hours", [-24, 24])
def test_f63_a_clock_that_is_a_day_off_changes_no_fact(ground, settings, hours):
    """The business date is given; nothing is ordered or dated by the host's clock."""
    receive(settings, now=datetime.now(UTC) + timedelta(hours=hours))
    assert_as_uninterrupted(ground, settings)


def test_f63_another_time_zone_of_the_host_changes_no_fact(ground, settings, tmp_path):
    def elsewhere():
        surroundings.export(TZ="Pacific/Kiritimati")
        time.tzset()
        receive(settings)

    assert interruption.in_child(elsewhere, log=tmp_path / "log") == 0, (tmp_path / "log").read_text()
    assert_as_uninterrupted(ground, settings)


# --- F67: secrets ---


def with_password(settings, tmp_path, role, password):
    """The same warehouse, with another idea of one role's password (None: none at all)."""
    folder = tmp_path / "secrets"
    shutil.copytree(settings.secrets, folder)
    known = json.loads((folder / "roles.json").read_text()) | {role: password}
    (folder / "roles.json").write_text(json.dumps({k: v for k, v in known.items() if v is not None}))
    return replace(settings, secret_folder=folder)


@pytest.mark.parametrize("password", ["wrong-9f3a", None], ids=["wrong", "missing"])
@pytest.mark.parametrize("role", ["finsam_loader", "finsam_gate"])
def test_f67_an_intake_without_its_secret_begins_nothing(settings, tmp_path, role, password):
    with pytest.raises(WarehouseUnavailable, match=role) as problem:
        receive(with_password(settings, tmp_path, role, password))
    assert "wrong-9f3a" not in str(problem.value)
    with admin(settings) as connection:
        assert connection.execute("select count(*) from ops.delivery").fetchone() == (0,)
    assert len(list(settings.landing.glob("*/member_fees/*"))) == 3, "the files wait"


@pytest.mark.parametrize("role", ["finsam_transform", "finsam_publish", "finsam_gate"])
def test_f67_a_build_without_a_secret_it_needs_later_begins_nothing(settings, tmp_path, role):
    receive(settings)
    with pytest.raises(WarehouseUnavailable, match=role):
        night.build(with_password(settings, tmp_path, role, "wrong-9f3a"), "test/secret")
    with admin(settings) as connection:
        assert connection.execute("select token from ops.fence").fetchall() == [(0,)]


def test_f67_a_secret_rotated_while_a_connection_is_open(ground, settings, tmp_path, monkeypatch):
    """The run keeps the connections it has; the next one reads the new secret."""

    def rotate(name):
        if name == "load.committed":
            with admin(settings) as connection:
                connection.execute("alter role finsam_gate password 'rotated'")

    monkeypatch.setattr(faults, "point", rotate)
    try:
        receive(settings)
        assert_as_uninterrupted(ground, settings)
        with pytest.raises(WarehouseUnavailable, match="finsam_gate: fel användare eller lösenord"):
            connections.connect(settings, "finsam_gate")
        connections.connect(
            with_password(settings, tmp_path, "finsam_gate", "rotated"), "finsam_gate"
        ).close()
    finally:
        old = json.loads((settings.secrets / "roles.json").read_text())["finsam_gate"]
        with admin(settings) as connection:
            connection.execute(f"alter role finsam_gate password '{old}'")


# --- F45, F46: no room ---


@contextlib.contextmanager
def small_disk(folder, megabytes, owner=None):
    """A file system of its own. Skips where the machine does not let us mount one, and says what was not tried."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=False, capture_output=True
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip(
            "no right to mount a file system: a disk that fills up while it is written to was not tried"
        )
    try:
        if owner is not None:
            shutil.chown(folder, owner.st_uid, owner.st_gid)
        yield folder
    finally:
        for _ in range(50):
            if not subprocess.run(["umount", str(folder)], check=False, capture_output=True).returncode:
                break
            time.sleep(0.1)


def test_f46_too_little_room_stops_the_run_before_it_loads(ground, monkeypatch):
    """The embedded server's own disks count: its data, its log and the home. The files wait."""
    mine = replace(ground.server, home=ground.server.home)
    for part in ("landing", "reference"):
        shutil.copytree(ground.folder / "empty" / part, mine.home / part, dirs_exist_ok=True)
    monkeypatch.setattr(space, "RESERVE_BYTES", 1 << 60)
    with pytest.raises(
        SettingsProblem, match=r"Inga nya filer tas emot: disken med .* ledigt och .* MB behövs"
    ):
        pipeline.receive_feed(mine, "member_fees", "test/room", DAY)
    with admin(mine) as connection:
        assert connection.execute("select count(*) from ops.delivery").fetchone() == (0,)
    assert len(list(mine.landing.glob("*/member_fees/*"))) == 3
    use(mine, monkeypatch)
    assert cli.main(["receive", "member_fees"]) == 3


def test_f46_a_full_home_refuses_new_files(ground, settings, tmp_path):
    with small_disk(tmp_path / "home", 8) as home:
        shutil.copytree(settings.home, home, dirs_exist_ok=True)
        here = replace(settings, home=home)
        with pytest.raises(SettingsProblem, match=f"Inga nya filer tas emot: disken med {home}"):
            receive(here)
        assert rows_in_raw(settings) == 0


def test_f45_the_tables_disk_fills_up_while_rows_are_sent(ground, settings, tmp_path):
    """A tablespace on a disk of two megabytes: the load ends with a sentence and no row, the server stays up."""
    data = embedded.data_folder(ground.server)
    folder = data.parent / "small_disk"
    with small_disk(folder, 2, data.stat()):
        with admin(settings) as connection:
            connection.execute(f"create tablespace small location '{folder}'")
            connection.execute("alter table raw.member_fees set tablespace small")
        try:
            used = connections.open_target(connections.admin_target(settings), autocommit=True)
            with used:
                used.execute("create table public.filler (t text) tablespace small")
                used.execute("alter table public.filler alter t set storage plain")
                with pytest.raises(psycopg.errors.DiskFull):
                    used.execute(
                        "insert into public.filler select repeat('x', 7000) from generate_series(1, 1000)"
                    )
                for size in (100, 10, 1):
                    with contextlib.suppress(psycopg.errors.DiskFull):
                        for _ in range(300):
                            used.execute(
                                f"insert into public.filler select repeat('x', 7000) from generate_series(1, {size})"
                            )
            with pytest.raises(psycopg.errors.DiskFull) as problem:
                receive(settings)
            assert "disk är full" in connections.lost_sv(problem.value)
            assert rows_in_raw(settings) == 0
            with admin(settings) as connection:
                assert connection.execute("select count(*) from ops.delivery").fetchone() == (0,)
                connection.execute("drop table public.filler")
            receive(settings)
            assert_as_uninterrupted(ground, settings)
        finally:
            with admin(settings) as connection:
                connection.execute("alter table raw.member_fees set tablespace pg_default")
                connection.execute("drop table if exists public.filler")
                connection.execute("drop tablespace small")


@pytest.mark.soak
def test_f46_the_write_ahead_logs_own_disk_fills_up(tmp_path_factory, monkeypatch):
    """pg_wal on a disk of its own: refused before the load where it is short; where it fills up all the same, the server
    stops itself, and after the disk has been made larger the same intake is as if nothing had been.
    """
    ground = interruption.make_ground(tmp_path_factory.mktemp("wal"))
    try:
        data = embedded.data_folder(ground.server)
        embedded.stop(ground.server)
        with small_disk(data.parent / "wal", 160, data.stat()) as disk:
            subprocess.run(["cp", "-a", f"{data}/pg_wal/.", str(disk)], check=True)
            shutil.rmtree(data / "pg_wal")
            (data / "pg_wal").symlink_to(disk)
            embedded.start(ground.server)
            monkeypatch.setattr(space, "RESERVE_BYTES", 512 << 20)
            with pytest.raises(SettingsProblem, match=f"disken med {disk}"):
                space.check(ground.server, [])
            settings = ground.begin()

            def fill(name):
                if name == "load.block":
                    with contextlib.suppress(psycopg.Error), admin(settings) as connection:
                        connection.execute("create table public.filler as select repeat('x', 1900) as t"
                                           " from generate_series(1, 200000)")  # fmt: skip

            monkeypatch.setattr(session, "RENEW_SECONDS", 2)
            with monkeypatch.context() as patch:
                patch.setattr(faults, "point", fill)
                with pytest.raises((psycopg.OperationalError, WarehouseUnavailable)):
                    receive(settings)
            subprocess.run(["mount", "-o", "remount,size=600m", str(disk)], check=True)
            embedded.start(ground.server)
            assert rows_in_raw(settings) == 0
            assert sorted(states(receive(settings)).values()) == ["accepted", "accepted", "rejected"]
            embedded.stop(ground.server)
    finally:
        interruption.throw_away(ground)


# --- the hook itself ---


def test_fault_injection_is_refused_outside_a_tests_home(settings, monkeypatch, capsys):
    (settings.home / faults.ALLOWED).unlink()
    use(replace(settings, fault_at="load.opened:1"), monkeypatch)
    assert cli.main(["locks"]) == 3 and "FINSAM_FAULT_AT" in capsys.readouterr().err
    faults.point("load.opened")
