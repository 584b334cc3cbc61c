"""The factory makes exactly the DAGs declared, glue only, each with a page a newcomer can read."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from ingestion.demo.ground import BUILD_DAG, INTAKE_DAGS
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
    assert set(dags) == {*(f"ingest_{name}" for name in INTAKES), "build_marts"}
    assert set(dags) == {*INTAKE_DAGS, BUILD_DAG}


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


@pytest.mark.parametrize("name", [*INTAKES, "build_marts"])
def test_nothing_is_scheduled_between_two_and_three(dag_modules, name):
    """Those hours come twice, or not at all, when the clocks change."""
    crons = {
        "reference": dag_modules["ingest_feeds"].REFERENCE_SCHEDULE,
        "build_marts": dag_modules["build_marts"].NET_SCHEDULE,
    }
    cron = crons.get(name) or member_feeds()[name].schedule
    assert re.fullmatch(r"\d{1,2} \d{1,2} \S+ \S+ \S+", cron), "one time a day"
    assert cron.split()[1] != "2"


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
