"""The factory makes exactly the DAGs declared, glue only, each with a page a newcomer can read."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from ingestion.demo.ground import BUILD_DAG, INTAKE_DAGS, WATCH_DAGS
from ingestion.feeds import member_feeds, reference_feeds
from ingestion.settings import PROJECT_ROOT, child_environment

pytestmark = pytest.mark.xdist_group("airflow")
INTAKES = ["reference", *member_feeds()]
HEAVY = [
    "pandas",
    "great_expectations",
    "dbt",
    "psycopg",
    "pyarrow",
    "openpyxl",
    "ingestion.pipeline",
    "ingestion.night",
]
ALWAYS = {"watch_readers"}
"""What asks about this very moment: an hour that comes twice is asked about twice."""
PROBE = """
import json, sys, time, runpy
import airflow.sdk
before, began = set(sys.modules), time.process_time()
for file in sys.argv[1:]:
    runpy.run_path(file)
print(json.dumps({"seconds": time.process_time() - began, "new": sorted(set(sys.modules) - before)}))
"""


@pytest.fixture(scope="module")
def parsing(airflow_home):
    """What a parse of the DAG files costs and imports, in a process that has only Airflow."""
    files = [str(file) for file in sorted((PROJECT_ROOT / "dags").glob("*.py"))]
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *files],
        capture_output=True,
        text=True,
        check=True,
        cwd=airflow_home,
        env=child_environment(PYTHONPATH=str(PROJECT_ROOT)),
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_one_dag_per_declared_feed_and_no_other(dags):
    others = {"build_marts", "watch_deliveries", "watch_readers", "notify", "housekeeping"}
    assert set(dags) == {*(f"ingest_{name}" for name in INTAKES), *others}
    assert set(dags) == {*INTAKE_DAGS, BUILD_DAG, *WATCH_DAGS}


def test_parsing_imports_nothing_heavy(parsing):
    loaded = {
        name for name in HEAVY if any(new == name or new.startswith(f"{name}.") for new in parsing["new"])
    }
    assert not loaded


def test_parsing_is_quick(parsing):
    assert parsing["seconds"] < 3, "a DAG file is read every half minute"


def test_every_dag_file_is_found_by_airflow():
    for file in (PROJECT_ROOT / "dags").glob("*.py"):
        text = file.read_text().lower()
        assert "airflow" in text and "dag" in text, f"{file.name} would be skipped in silence"


@pytest.mark.parametrize("name", INTAKES)
def test_intake_runs_alone_on_a_swedish_schedule(dags, name):
    dag = dags[f"ingest_{name}"]
    assert dag.max_active_runs == 1
    assert dag.catchup is False
    assert str(
        dag.timetable._timezone if hasattr(dag.timetable, "_timezone") else dag.timetable.timezone
    ) == ("Europe/Stockholm")


def crons(dag_modules):
    """DAG -> its cron schedule."""
    return {
        **{f"ingest_{name}": feed.schedule for name, feed in member_feeds().items()},
        "ingest_reference": dag_modules["ingest_feeds"].REFERENCE_SCHEDULE,
        "build_marts": dag_modules["build_marts"].NET_SCHEDULE,
        **{name: dag_modules[name].SCHEDULE for name in WATCH_DAGS if name not in ALWAYS},
    }


def test_nothing_is_scheduled_between_two_and_three(dag_modules, dags):
    """Those hours come twice, or not at all, when the clocks change (F62)."""
    found = crons(dag_modules)
    assert set(found) == set(dags) - ALWAYS
    for name, cron in found.items():
        minute, hours, *_ = cron.split()
        assert minute.isdigit(), f"{name}: one minute of the hour"
        assert "2" not in _hours(hours), name


def _hours(text):
    found = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        found |= {str(hour) for hour in range(int(first), int(last or first) + 1)}
    return found


def runs_between(cron, first, last):
    """When a DAG of that schedule runs, asked of Airflow's own timetable, in the time zone of the associations."""
    import pendulum
    from airflow.timetables.base import TimeRestriction
    from airflow.timetables.trigger import CronTriggerTimetable

    timetable = CronTriggerTimetable(cron, timezone="Europe/Stockholm")
    until = pendulum.parse(last, tz="Europe/Stockholm")
    restriction = TimeRestriction(pendulum.parse(first, tz="Europe/Stockholm"), until, catchup=True)
    found, run = [], None
    while (
        run := timetable.next_dagrun_info(
            last_automated_data_interval=run and run.data_interval, restriction=restriction
        )
    ) is not None:
        found.append(run.run_after.in_timezone("Europe/Stockholm").isoformat())
    return found


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        # half past two does not exist that night, and comes twice on the other
        ("2027-03-28", "2027-03-28T03:30:00+02:00"),
        ("2027-10-31", "2027-10-31T02:30:00+01:00"),
    ],
)
def test_a_night_at_half_past_two_runs_once_when_the_clocks_change(airflow_home, day, moment):
    """F62: what Airflow does with the hour our schedules avoid."""
    assert runs_between("30 2 * * *", f"{day}T00:00:00", f"{day}T23:59:00") == [moment]


@pytest.mark.parametrize("day", ["2027-03-28", "2027-10-31"])
def test_every_schedule_of_ours_keeps_its_hour_when_the_clocks_change(dag_modules, day):
    """F62: one run a day of each at the hour it says, the day of 23 hours and the day of 25."""
    for name, cron in crons(dag_modules).items():
        found = [run[11:16] for run in runs_between(cron, f"{day}T00:00:00", f"{day}T23:59:00")]
        minute, hours, *_ = cron.split()
        assert sorted(found) == sorted(f"{int(hour):02}:{int(minute):02}" for hour in _hours(hours)), name


@pytest.mark.parametrize(("day", "hours"), [("2027-03-28", 23), ("2027-06-01", 24), ("2027-10-31", 25)])
def test_readers_are_looked_at_every_five_minutes_of_any_day(dag_modules, day, hours):
    """F62, F51: no hour without, none that stops the schedule."""
    cron = dag_modules["watch_readers"].SCHEDULE
    assert len(runs_between(cron, f"{day}T00:00:00", f"{day}T23:59:00")) == 12 * hours


def test_a_watchdog_that_hangs_is_ended_before_the_next_one(dags):
    (task,) = dags["watch_readers"].tasks
    assert task.execution_timeout.total_seconds() < 300
    assert dags["watch_readers"].max_active_runs == 1 and not dags["watch_readers"].catchup


@pytest.mark.parametrize("name", INTAKES)
def test_one_task_fires_the_asset_of_its_feed(dags, name):
    (task,) = dags[f"ingest_{name}"].tasks
    assert [asset.name for asset in task.outlets] == [f"raw/{name}"]


def test_the_build_listens_to_every_asset(dags):
    condition = dags["build_marts"].timetable.asset_condition
    assert {asset.name for asset in condition.objects} == {f"raw/{name}" for name in INTAKES}
    assert dags["build_marts"].max_active_runs == 1


def test_the_build_waits_then_builds_then_publishes(dags):
    dag = dags["build_marts"]
    assert dag.get_task("build").upstream_task_ids == {"wait_for_intakes"}
    assert dag.get_task("publish").upstream_task_ids == {"build"}
    wait = dag.get_task("wait_for_intakes")
    assert wait.start_from_trigger
    assert wait.start_trigger_args.trigger_kwargs["dag_ids"] == [f"ingest_{name}" for name in INTAKES]


@pytest.mark.parametrize("feed_id", list(member_feeds()))
def test_the_page_says_what_the_declaration_says(dags, feed_id):
    feed, page = member_feeds()[feed_id], dags[f"ingest_{feed_id}"].doc_md
    assert feed.title_sv in page and feed.owner_sv in page
    for column in feed.columns:
        assert f"| `{column.name}` | {column.label_sv} |" in page


def test_the_reference_page_names_every_dataset(dags):
    for feed in reference_feeds().values():
        assert f"`{feed.id}.csv`" in dags["ingest_reference"].doc_md
    assert "generation" in dags["build_marts"].doc_md or "once per night" in dags["build_marts"].doc_md


@dataclass
class Outcome:
    state: str
    delivery_id: str | None = "d1"
    line_sv: str = "exempel/fil.csv"


@dataclass
class Intake:
    outcomes: list = field(default_factory=list)

    @property
    def accepted_count(self):
        return sum(outcome.state == "accepted" for outcome in self.outcomes)


@pytest.fixture
def running_task(dag_modules, monkeypatch):
    """`report_intake` inside a task: returns what it leaves in XCom."""
    left = {}
    task = SimpleNamespace(try_number=1, xcom_push=left.__setitem__)
    monkeypatch.setattr(dag_modules["ingest_feeds"], "get_current_context", lambda: {"ti": task})
    return SimpleNamespace(report=dag_modules["ingest_feeds"].report_intake, left=left, task=task)


def test_a_refusal_beside_an_acceptance_is_an_outcome_not_a_failure(running_task):
    running_task.report(
        Intake([Outcome("accepted", "d1"), Outcome("rejected", "d2"), Outcome("ignored", None)])
    )
    assert running_task.left["intake"] == {
        "counts": {"accepted": 1, "rejected": 1, "ignored": 1},
        "delivery_ids": ["d1", "d2"],
    }


@pytest.mark.parametrize("outcomes", [[], [Outcome("rejected")], [Outcome("already_delivered")]])
def test_nothing_accepted_skips_the_task_and_so_the_asset(running_task, outcomes):
    from airflow.sdk.exceptions import AirflowSkipException

    with pytest.raises(AirflowSkipException, match="Inget nytt godtogs"):
        running_task.report(Intake(outcomes))
    assert "intake" in running_task.left


def test_a_second_try_fires_the_asset_in_any_case(running_task):
    """The first try may have been killed after its verdicts: what it accepted must be built."""
    running_task.task.try_number = 2
    running_task.report(Intake([Outcome("already_delivered")]))


@pytest.fixture
def task_of(dags, dag_modules, monkeypatch):
    """A task's own function with a run about it: `task_of("build_marts", "build")()`."""
    from datetime import UTC, datetime

    run = SimpleNamespace(dag_id="d", run_id="r", run_after=datetime(2027, 1, 2, tzinfo=UTC))
    context = {"ti": SimpleNamespace(try_number=1, xcom_push=lambda *_: None), "dag_run": run}
    for module in ("build_marts", "ingest_feeds", "housekeeping"):
        monkeypatch.setattr(dag_modules[module], "get_current_context", lambda: context)
    return lambda dag_id, task_id: dags[dag_id].get_task(task_id).python_callable


def raising(problem):
    def work(*_, **__):
        raise problem

    return work


@pytest.mark.parametrize(
    ("dag_id", "task_id", "given", "function"),
    [
        ("build_marts", "build", (), "ingestion.night.build"),
        ("ingest_ledger", "receive", ("ledger",), "ingestion.pipeline.receive_feed"),
        ("ingest_reference", "receive", (), "ingestion.pipeline.receive_reference"),
    ],
)
def test_somebody_else_at_it_is_a_skip_with_a_reason(task_of, monkeypatch, dag_id, task_id, given, function):
    """F47: the second run says busy and ends; nothing is red and nothing is tried again."""
    from airflow.sdk.exceptions import AirflowSkipException

    from ingestion.night import Busy

    monkeypatch.setattr(function, raising(Busy("Ett annat bygge pågår redan.")))
    with pytest.raises(AirflowSkipException, match="pågår redan"):
        task_of(dag_id, task_id)(*given)


BUILT = {"build_id": "b", "token": 1, "code_version": "c"}


def test_an_overtaken_build_is_a_skip_and_any_other_refusal_is_red(task_of, monkeypatch):
    """F48 as the DAG sees it: a newer build publishes what this one would have."""
    from airflow.sdk.exceptions import AirflowSkipException

    from ingestion.warehouse.publish import PublicationRefused

    monkeypatch.setattr("ingestion.night.publish", raising(PublicationRefused("nummer 2 har börjat", True)))
    with pytest.raises(AirflowSkipException, match="har börjat"):
        task_of("build_marts", "publish")(BUILT)
    monkeypatch.setattr("ingestion.night.publish", raising(PublicationRefused("har en annan form", False)))
    with pytest.raises(PublicationRefused):
        task_of("build_marts", "publish")(BUILT)


def test_other_code_than_built_it_is_said_in_the_log(task_of, monkeypatch, caplog):
    """F61: published all the same, since the candidate was judged; never in silence."""
    monkeypatch.setattr(
        "ingestion.night.publish", lambda *_: SimpleNamespace(generation=3, summary_sv="Generation 3.")
    )
    assert task_of("build_marts", "publish")(BUILT) == {"generation": 3}
    assert "Koden byttes mitt i körningen" in caplog.text


def test_housekeeping_folds_by_the_day_it_was_due_and_says_when_nothing_is_old(task_of, monkeypatch, caplog):
    from datetime import date

    from airflow.sdk.exceptions import AirflowSkipException

    from ingestion.warehouse.keeping import Folded

    asked = []
    answers = [Folded([2, 3], [1, 4], {"store.x_history": 7}), Folded([], [1, 4])]
    monkeypatch.setattr(
        "ingestion.warehouse.keeping.fold", lambda _, *given: asked.append(given) or answers[len(asked) - 1]
    )
    with caplog.at_level("INFO"):
        task_of("housekeeping", "fold")()
    assert "2 generationer är hopvikta (2–3), 7 rader" in caplog.text
    with pytest.raises(AirflowSkipException, match="Inget att vika ihop"):
        task_of("housekeeping", "fold")()
    assert asked == [("d/r", date(2027, 1, 2))] * 2, "the policy's own days"


def test_readers_past_their_limits_are_in_the_log_of_the_run_that_ended_them(task_of, monkeypatch, caplog):
    from ingestion.warehouse.watchdog import Ended

    ended = Ended("anna", 7, "en fråga tog längre tid än 5min")
    monkeypatch.setattr("ingestion.watch.end_overdue_readers", lambda _: [ended])
    task_of("watch_readers", "end_overdue")()
    assert "anna: en fråga tog längre tid" in caplog.text


def test_a_server_that_does_not_let_the_watchdog_work_is_a_skip_with_the_remedy(task_of, monkeypatch):
    from airflow.sdk.exceptions import AirflowSkipException

    from ingestion.warehouse.watchdog import NotAllowed

    monkeypatch.setattr("ingestion.watch.end_overdue_readers", raising(NotAllowed("grant pg_monitor")))
    with pytest.raises(AirflowSkipException, match="grant pg_monitor"):
        task_of("watch_readers", "end_overdue")()


def test_an_outbox_that_does_not_empty_is_no_failure(task_of, monkeypatch):
    """F68: the mail server is down; the run is not red, the alerts wait."""
    from airflow.sdk.exceptions import AirflowSkipException

    monkeypatch.setattr("ingestion.alerts.send_waiting", lambda _: "e-post gick inte (TimeoutError)")
    with pytest.raises(AirflowSkipException, match="e-post"):
        task_of("notify", "send")()
