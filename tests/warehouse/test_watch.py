"""Expected deliveries, what steps leave behind, and the outbox of alerts. F15, F58, F68."""

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from ingestion import alerts, expected, judgement, steps, watch
from ingestion.night import Busy
from ingestion.settings import PROJECT_ROOT, child_environment
from ingestion.warehouse import connection as connections
from ingestion.warehouse import embedded, locks
from ingestion.warehouse.embedded import WarehouseUnavailable
from tests.warehouse.small_warehouse import agree

RUNBOOK = PROJECT_ROOT / "docker" / "RUNBOOK.md"


def come(warehouse, association, feed, period, state="accepted", made_at=None):
    with warehouse.admin() as connection:
        connection.execute(
            "insert into ops.delivery (delivery_id, feed_id, association_id, scope, period, content_id, file_name,"
            " byte_count, state, run_id, code_version, made_at) select 'd-' || count(*), %s, %s, 'whole', %s, 'x', 'f.csv',"
            " 1, %s, 'test', 'test', %s from ops.delivery",
            (feed, association, period, state, made_at),
        )


def late_on(warehouse, day):
    with warehouse.connect("finsam_gate") as gate:
        return expected.judge(gate, date.fromisoformat(day))


def state_of(warehouse, period):
    ((state,),) = warehouse.ask(
        "finsam_internal", "select state from marts.expected_delivery where period = %s", (period,)
    )
    return state


def alert_of(warehouse, kind):
    return warehouse.ask(
        "finsam_audit",
        "select subject, text_sv, sent_at is not null, ended_at is not null from ops.alert where kind = %s order by raised_at",
        (kind,),
    )


# F15: a file that is missing at its deadline


def test_late_the_day_after_its_grace_and_not_before(warehouse):
    agree(warehouse, "alfa", ("member_fees", "quarter", 20, 5, "proceed"))
    assert [one.period for one in late_on(warehouse, "2017-04-25")] == ["2016-Q2", "2016-Q3", "2016-Q4"]
    (*_, late) = late_on(warehouse, "2017-04-26")
    assert (late.association_id, late.feed_id, late.period, late.due_on) == (
        "alfa",
        "member_fees",
        "2017-Q1",
        date(2017, 4, 20),
    )


def test_an_alert_names_sender_and_file(warehouse):
    agree(warehouse, "alfa", ("member_fees", "year", 31, 0, "proceed"))
    (late,) = late_on(warehouse, "2017-02-01")
    for word in ("Karin Ek", "avgifter.csv", "alfa", "2016", "2017-01-31", "Medlemsavgifter"):
        assert word in late.text_sv


@pytest.mark.parametrize(
    ("period", "made_at", "state", "answer"),
    [
        ("2017-03", None, "accepted", "arrived"),
        ("2017-03", None, "superseded", "arrived"),
        ("2017-03", None, "held", "held"),
        ("2017-03", None, "rejected", "refused"),
        ("2017-03", None, "withdrawn", "missing"),
        ("2017-02", None, "accepted", "missing"),
        # a ledger of the year answers for March once it was made after March
        ("2017", "2017-04-02", "accepted", "arrived"),
        ("2017", "2017-03-31", "accepted", "missing"),
        ("2017-Q1", "2017-04-02", "accepted", "arrived"),
        ("whole", "2017-04-02", "accepted", "arrived"),
    ],
)
def test_what_answers_for_a_month(warehouse, period, made_at, state, answer):
    agree(warehouse, "alfa", ("ledger", "month", 15, 0, "proceed"))
    come(warehouse, "alfa", "ledger", period, state, made_at)
    late = {one.period for one in late_on(warehouse, "2017-04-20")}
    assert state_of(warehouse, "2017-03") == answer
    assert ("2017-03" in late) == (answer in {"missing", "refused"})


def test_days_before_the_end_and_leap_years(warehouse):
    """A budget is due before its year; February's ledger of a leap year a day later."""
    agree(warehouse, "alfa", ("budgets", "year", -396, 0, "proceed"), ("ledger", "month", 0, 0, "proceed"))
    assert [one.due_on for one in late_on(warehouse, "2016-12-01") if one.feed_id == "budgets"] == [
        date(2016, 11, 30)
    ]
    assert date(2016, 2, 29) in {one.due_on for one in late_on(warehouse, "2016-12-01")}


def test_terms_that_ended_ask_for_nothing(warehouse):
    agree(warehouse, "alfa", ("ledger", "month", 15, 0, "proceed"))
    with warehouse.admin() as connection:
        connection.execute("update raw.delivery_terms set valid_to = '2016-06-30'")
    assert max(one.due_on for one in late_on(warehouse, "2017-04-20")) == date(2016, 6, 15)


def test_what_becomes_late_or_comes_is_built_anew_and_nothing_else_is(warehouse):
    for association in ("alfa", "beta"):
        warehouse.deliver(association)
    agree(warehouse, "alfa", ("member_fees", "year", 31, 0, "proceed"))
    late_on(warehouse, "2017-01-31")
    warehouse.night()
    assert warehouse.open() is None
    late_on(warehouse, "2017-01-31")
    assert warehouse.open() is None, "asked twice on one day, nothing changes"
    late_on(warehouse, "2017-02-01")
    assert warehouse.open()[2] == ["alfa"]


@pytest.mark.parametrize(
    ("policy", "rule", "outcome"), [("proceed", "DLV-011", "published"), ("hold", "DLV-012", "blocked")]
)
def test_a_missing_file_is_a_banner_or_holds_its_association_alone(warehouse, policy, rule, outcome):
    """F15: others proceed, or that association is held, per policy."""
    from ingestion.warehouse import publish

    for association in ("alfa", "beta"):
        warehouse.deliver(association)
    agree(warehouse, "alfa", ("member_fees", "year", 31, 0, policy))
    late_on(warehouse, "2017-01-01")
    warehouse.night()
    late_on(warehouse, "2017-02-01")
    warehouse.deliver("beta", [("2017", "fees", "-700.00")])
    build_id, token, scope = warehouse.open()
    warehouse.build(scope)
    warehouse.judge(build_id, leave_out=("DLV-011", "DLV-012"))
    with warehouse.connect("finsam_gate") as gate:
        findings = {}
        expected.add_evidence(gate, scope, findings)
        assert (
            findings[rule, "alfa", "*"].failed == 1
            and findings[rule, "alfa", "*"].detail["feed"] == "member_fees"
        )
        kept = gate.execute(
            "select subject, rule_id, association_id, status, examined, failed, severity, detail, run_id, code_version,"
            " part from ops.evidence where subject = %s",
            (f"build:{build_id}",),
        ).fetchall()
        judgement.record(gate, build_id, findings, "test")
        gate.cursor().executemany(
            "insert into ops.evidence (subject, rule_id, association_id, status, examined, failed, severity, detail,"
            " run_id, code_version, part) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [(*row[:7], json.dumps(row[7]), *row[8:]) for row in kept],
        )
    done = publish.publish(warehouse.settings, build_id, token, "test")
    assert done.associations["alfa"].state == outcome
    assert done.associations["beta"].state == "published"
    banners = warehouse.ask("finsam_reader", "select association_id, rule_id from marts.finding")
    assert (("alfa", rule) in banners) == (policy == "proceed")
    ((said,),) = warehouse.ask("finsam_reader", "select status_sv from marts.expected_delivery where is_late")
    assert "Försenad" in said


# what each step leaves


@steps.noted("work {what}", lambda found: ("done" if found else "nothing", f"{found} saker"))
def work(settings, run_id, what, found=1, problem=None):
    if problem:
        raise problem
    return found


def notes(warehouse):
    return warehouse.ask(
        "finsam_audit", "select step, attempt, outcome, detail_sv from ops.night order by started_at"
    )


def test_every_step_leaves_how_it_ended(warehouse):
    work(warehouse.settings, "r", "a", 3)
    work(warehouse.settings, "r", "a", 0)
    for problem in (
        Busy("Upptaget."),
        WarehouseUnavailable("Databasen svarar inte."),
        ValueError("19121212-1212"),
    ):
        with pytest.raises(type(problem)):
            work(warehouse.settings, "r", "b", problem=problem)
    assert notes(warehouse) == [
        ("work a", 1, "done", "3 saker"),
        ("work a", 2, "nothing", "0 saker"),
        ("work b", 1, "busy", "Upptaget."),
        ("work b", 2, "failed", "Databasen svarar inte."),
        ("work b", 3, "failed", "ValueError"),
    ]


def test_a_note_that_cannot_be_written_stops_nothing(tmp_path):
    from ingestion.settings import Settings

    assert work(Settings(home=tmp_path), "r", "a", 5) == 5


def test_a_connection_lost_on_the_way_leaves_the_end_all_the_same(warehouse):
    @steps.noted("cut", lambda _: ("done", ""))
    def cut(settings, run_id):
        with warehouse.admin() as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'finsam_gate'"
                " and datname = current_database()"
            )
            connection.execute("select ops.note_lost_steps()")

    cut(warehouse.settings, "r")
    assert [(row[0], row[2]) for row in notes(warehouse)] == [("cut", "done")]


KILLED = """
import os, signal, sys
from pathlib import Path
from ingestion import steps
from ingestion.settings import load
@steps.noted("build", lambda _: ("done", ""))
def build(settings, run_id):
    print("running", flush=True)
    sys.stdin.readline()
build(load(), "r")
"""


def test_a_killed_step_is_told_whatever_airflow_says(warehouse):
    """F58: the process is gone, its lock with it; no task's colour is asked."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=PROJECT_ROOT,
        env=child_environment(
            FINSAM_HOME=str(warehouse.settings.home), FINSAM_WAREHOUSE_URL=warehouse.settings.warehouse_url
        ),
    )
    assert process.stdout.readline() == b"running\n"
    watch.look(warehouse.settings)
    assert alert_of(warehouse, "step_lost") == []
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    for _ in range(50):  # the server notices the closed connection in a moment
        watch.look(warehouse.settings)
        if alert_of(warehouse, "step_lost"):
            break
        threading.Event().wait(0.1)
    ((subject, text, _, is_over),) = alert_of(warehouse, "step_lost")
    assert subject == "build" and "dödades" in text and not is_over
    build(warehouse.settings, "r2")
    watch.look(warehouse.settings)
    assert alert_of(warehouse, "step_lost")[0][3], "over once the step has come to an end again"


@steps.noted("build", lambda _: ("done", "Bygge x"))
def build(settings, run_id):
    """A build that does nothing but be noted."""


# the dead-man's switch


def test_no_night_by_its_deadline_is_told_and_over_with_the_next(warehouse):
    soon = datetime.now(UTC) + timedelta(days=2)
    watch.look(warehouse.settings, soon)
    ((_, text, _, _),) = alert_of(warehouse, "night_missing")
    assert "ingen har gjort det än" in text
    build(warehouse.settings, "r")
    watch.look(warehouse.settings)
    assert alert_of(warehouse, "night_missing")[0][3]
    watch.look(warehouse.settings, soon)
    assert "den senaste slutade" in alert_of(warehouse, "night_missing")[1][1]


def test_a_new_warehouse_has_until_its_second_morning(warehouse):
    watch.look(warehouse.settings)
    assert alert_of(warehouse, "night_missing") == []


@pytest.mark.parametrize(
    ("now", "deadline"),
    [
        ("2027-03-28T06:59:00+02:00", "2027-03-27T07:00:00+01:00"),
        ("2027-03-28T07:00:00+02:00", "2027-03-28T07:00:00+02:00"),
        ("2027-10-31T06:59:00+01:00", "2027-10-30T07:00:00+02:00"),
        ("2027-10-31T07:00:00+01:00", "2027-10-31T07:00:00+01:00"),
    ],
)
def test_the_deadline_is_by_the_clock_on_the_wall(now, deadline):
    """F62: also on the nights when the clocks change."""
    assert watch.deadline_before(datetime.fromisoformat(now)) == datetime.fromisoformat(deadline)


def test_a_build_nobody_published(warehouse):
    warehouse.deliver("alfa")
    warehouse.open()
    build(warehouse.settings, "r")
    watch.look(warehouse.settings)
    assert alert_of(warehouse, "unpublished") == []
    watch.look(warehouse.settings, datetime.now(UTC) + timedelta(hours=1))
    assert "ingen har publicerat" in alert_of(warehouse, "unpublished")[0][1]


def test_what_waits_is_refused_or_stopped(warehouse):
    come(warehouse, "alfa", "ledger", "2017", "held")
    come(warehouse, "beta", "ledger", "2017", "rejected")
    warehouse.deliver("gamma")
    warehouse.night(failures=[("BLD-001", "gamma", "invariant", "failed")])
    watch.look(warehouse.settings)
    assert alert_of(warehouse, "held") == []
    assert [row[0] for row in alert_of(warehouse, "blocked")] == ["gamma"]
    assert "beta" in alert_of(warehouse, "refused")[0][1]
    watch.look(warehouse.settings, datetime.now(UTC) + timedelta(days=8))
    assert "väntat på beslut" in alert_of(warehouse, "held")[0][1]
    come(warehouse, "beta", "ledger", "2017")
    watch.look(warehouse.settings)
    assert alert_of(warehouse, "refused")[0][3]


def test_another_code_that_publishes_is_told(warehouse):
    """F61: recorded for each step, and said."""
    build(warehouse.settings, "r")
    with warehouse.admin() as connection:
        connection.execute("update ops.night set code_version = 'older'")

    @steps.noted("publish", lambda _: ("done", ""))
    def publish(settings, run_id):
        """Publishing by newer code."""

    publish(warehouse.settings, "r")
    watch.look(warehouse.settings)
    assert "older" in alert_of(warehouse, "code_changed")[0][1]


def test_a_step_that_hangs(warehouse):
    hanging = []

    @steps.noted("build", lambda _: ("done", ""))
    def hang(settings, run_id):
        watch.look(settings, datetime.now(UTC) + timedelta(hours=7))
        hanging.extend(alert_of(warehouse, "step_stuck"))

    hang(warehouse.settings, "r")
    assert "har inte slutat" in hanging[0][1]


def test_f49_a_lock_that_is_held_for_hours_is_told_and_over_when_it_is_let_go(warehouse):
    with warehouse.connect("finsam_gate") as gate:
        locks.take(gate, locks.BUILD, "stuck", "upptaget", 1)
        watch.look(warehouse.settings)
        assert alert_of(warehouse, "lock_held") == []
        watch.look(warehouse.settings, datetime.now(UTC) + timedelta(hours=4, minutes=1))
        ((subject, said, _, is_over),) = alert_of(warehouse, "lock_held")
        assert subject.startswith(f"{locks.BUILD}/") and "stuck" in said and not is_over
        locks.release(gate, locks.BUILD)
    watch.look(warehouse.settings, datetime.now(UTC) + timedelta(hours=4, minutes=1))
    assert alert_of(warehouse, "lock_held")[0][3]


def test_f45_the_disk_of_our_own_servers_data_is_watched_too(server, monkeypatch):
    usage = SimpleNamespace(total=100 * 1024**3, free=1024**3)
    data = embedded.data_folder(server)
    roomy = SimpleNamespace(total=100 * 1024**3, free=50 * 1024**3)
    monkeypatch.setattr(
        watch.shutil, "disk_usage", lambda place: usage if str(place).startswith(str(data)) else roomy
    )
    (said,) = watch._disk(watch._places(server)).values()
    assert said.startswith(f"{data}: 1.0 GB ledigt")
    assert watch._places(replace(server, warehouse_url="postgresql://x@y/z")) == [server.home, server.landing]


# the outbox


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes webhooks, or says that it is ill."""

    taken: list
    status = 200

    def do_POST(self):
        self.taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.status)
        self.end_headers()

    def do_GET(self):
        self.taken.append(self.path)
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def hook():
    handler = type("Own", (Receiver,), {"taken": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield handler, f"http://127.0.0.1:{server.server_address[1]}/secret-key"
    server.shutdown()
    server.server_close()


@pytest.fixture
def told(warehouse, hook, tmp_path):
    """A warehouse whose alerts go to a webhook of ours."""
    handler, address = hook
    (tmp_path / "url").write_text(address + "\n")
    (tmp_path / "alerts.toml").write_text('[webhook]\nurl_file = "url"\n[heartbeat]\nurl_file = "url"\n')
    return replace(warehouse.settings, alerts_file=tmp_path / "alerts.toml"), handler


def put(warehouse, kind="held", subject="d1", text="En leverans väntar."):
    with warehouse.connect("finsam_gate") as gate:
        return alerts.raise_alert(gate, kind, subject, text)


def test_an_alert_raised_twice_is_one_and_is_sent_once(warehouse, told):
    settings, handler = told
    assert put(warehouse) == put(warehouse, text="En leverans väntar än.")
    assert alerts.send_waiting(settings) is None
    assert alerts.send_waiting(settings) is None
    (message,) = handler.taken
    assert "väntar än" in message["text"] and "RUNBOOK" in message["text"]
    with warehouse.connect("finsam_gate") as gate:
        alerts.settle(gate, "held", {})
    assert alerts.send_waiting(settings) is None
    assert "Över: " in handler.taken[1]["text"]
    assert put(warehouse) and alerts.send_waiting(settings) is None
    assert len(handler.taken) == 3 and len(alert_of(warehouse, "held")) == 2


def test_a_mail_server_that_is_down_keeps_the_alert_and_shows_no_address(warehouse, told):
    """F68: queued, sent later; the trouble names no key."""
    settings, handler = told
    put(warehouse)
    handler.status = 503
    trouble = alerts.send_waiting(settings)
    assert "webhook" in trouble and "secret-key" not in trouble
    assert alert_of(warehouse, "held")[0][2] is False
    handler.status = 200
    assert alerts.send_waiting(settings) is None
    assert alert_of(warehouse, "held")[0][2] is True


def test_a_night_does_not_notice_that_nobody_can_be_told(warehouse, tmp_path):
    """F68: the run's result is the same with a channel file that makes no sense."""
    broken = tmp_path / "alerts.toml"
    broken.write_text("[smtp]\nhost = 5 5")
    settings = replace(warehouse.settings, alerts_file=broken)
    warehouse.deliver("alfa")
    assert warehouse.night().generation == 1
    put(warehouse)
    assert "docs/watch.md" in alerts.send_waiting(settings)
    assert not watch.watch(settings).is_well


def test_teams_gets_a_card(warehouse, told, tmp_path):
    settings, handler = told
    file = tmp_path / "alerts.toml"
    file.write_text('[webhook]\nurl_file = "url"\nform = "teams"\n')
    assert alerts.deliver(settings, ["En rad."]) is None
    assert handler.taken[0]["attachments"][0]["content"]["body"][0]["text"] == "En rad."


def test_mail_is_one_message_with_all(warehouse, tmp_path, monkeypatch):
    sent = []

    class Server:
        def __init__(self, host, port, timeout):
            assert (host, port, timeout) == ("mail", 25, alerts.ANSWER_SECONDS)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def starttls(self, context):
            sent.append("tls")

        def login(self, user, password):
            sent.append((user, password))

        def send_message(self, message):
            sent.append(message)

    monkeypatch.setattr(alerts.smtplib, "SMTP", Server)
    (tmp_path / "password").write_text("hemligt\n")
    file = tmp_path / "alerts.toml"
    file.write_text(
        '[smtp]\nhost = "mail"\nport = 25\nsender = "a@example.se"\nto = ["b@example.se"]\nuser = "u"\n'
        'password_file = "password"\n'
    )
    settings = replace(warehouse.settings, alerts_file=file)
    assert alerts.deliver(settings, ["Försenad leverans. En.", "Två."]) is None
    tls, login, message = sent
    assert (tls, login) == ("tls", ("u", "hemligt"))
    assert message["Subject"] == "Finsam: Försenad leverans (och 1 till)"
    assert "Två." in message.get_content()
    assert "hemligt" not in repr(alerts.channels(settings))


def test_a_heart_beats_only_while_all_is_well(warehouse, told):
    settings, handler = told
    assert watch.watch(settings).is_well
    assert handler.taken == ["/secret-key"]
    come(warehouse, "beta", "ledger", "2017", "rejected")
    watched = watch.watch(settings)
    assert not watched.is_well and watched.unsent_sv is None
    assert handler.taken[1:] != ["/secret-key"] and len(handler.taken) == 2


def test_a_warehouse_that_is_away_is_told_directly_and_not_every_time(told, tmp_path):
    settings, handler = told
    gone = replace(settings, home=tmp_path / "gone", warehouse_url="postgresql://finsam:x@127.0.0.1:1/finsam")
    (gone.home / "secrets").mkdir(parents=True)
    (gone.home / "secrets" / "roles.json").write_text('{"finsam_gate": "x"}')
    assert "Databasen svarar inte" in watch.watch(gone).standing[0]
    assert watch.watch(gone).standing
    assert len(handler.taken) == 1


@pytest.mark.parametrize("kind", alerts.KINDS)
def test_the_runbook_says_what_to_do_about_each_alert(kind):
    assert f"| {alerts.KINDS[kind]} (`{kind}`) |" in RUNBOOK.read_text(encoding="utf-8")


def test_every_alert_that_is_asked_for_has_a_name():
    assert set(watch.QUESTIONS) <= set(alerts.KINDS)


def test_no_login_but_the_gate_touches_notes_and_alerts(warehouse):
    from tests.warehouse.small_warehouse import is_refused

    for role in sorted(set(connections.LOGIN_ROLES) - {"finsam_airflow", "finsam_gate", "finsam_migrate"}):
        for statement in (
            "select ops.raise_alert('x', 'x', 'x')",
            "select ops.end_step('x', 'x', 1, 'done', '')",
            "select ops.judge_expected('2017-01-01')",
            "select ops.due_terms()",
            "delete from ops.night",
        ):
            assert is_refused(warehouse, role, statement), f"{role}: {statement}"
    for statement in (
        "select ops.due_terms()",
        "delete from ops.night",
        "update ops.alert set sent_at = now()",
    ):
        assert is_refused(warehouse, "finsam_gate", statement)
