"""Parts of `make run` that need no Airflow: delivering, checking run ids, ending only what we started."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import psutil
import pytest

from ingestion import orchestrator
from ingestion.airflow_api import Run
from ingestion.demo import ground, run
from ingestion.settings import Settings


@pytest.fixture
def settings(tmp_path):
    made = Settings(home=tmp_path / "home")
    made.home.mkdir()
    made.prepare()
    return made


@pytest.fixture
def bystander():
    """A process that is none of ours."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield psutil.Process(process.pid)
    process.kill()
    process.wait()


def record(settings, pid, started):
    file = settings.home / "run" / "airflow.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"pid": pid, "started": started, "url": "http://127.0.0.1:1", "since": "x"}))


def test_demo_files_are_put_once_and_an_edited_one_stays(settings):
    new, edited = run.deliver(settings)
    assert new > 10 and edited == 0
    file = next(settings.landing.rglob("*.se"))
    file.write_bytes(file.read_bytes() + b"\n")
    changed = file.read_bytes()
    assert run.deliver(settings) == (0, 1)
    assert file.read_bytes() == changed


def test_a_reused_pid_is_left_alone(settings, bystander):
    """After a crash the recorded pid may belong to somebody else: its creation time tells."""
    record(settings, bystander.pid, bystander.create_time() - 1000)
    assert orchestrator.running(settings) is None
    assert not orchestrator.stop(settings)
    assert bystander.is_running()


def test_what_a_crash_left_behind_is_ended(settings, bystander):
    record(settings, bystander.pid, bystander.create_time())
    assert orchestrator.running(settings) is not None
    assert orchestrator.stop(settings)
    assert not bystander.is_running() or bystander.status() == psutil.STATUS_ZOMBIE
    assert orchestrator.running(settings) is None


def test_an_unreadable_record_is_no_airflow(settings):
    (settings.home / "run").mkdir()
    (settings.home / "run" / "airflow.json").write_text("{")
    assert orchestrator.running(settings) is None
    assert not orchestrator.stop(settings)


def test_only_one_at_a_time(settings):
    with (
        ground.only_one(settings),
        pytest.raises(ground.NightFailed, match="arbetar redan"),
        ground.only_one(settings),
    ):
        pass


def test_secrets_are_the_owners_alone_and_stay_the_same(settings):
    first = orchestrator._secret(settings, "airflow_jwt_secret")
    assert orchestrator._secret(settings, "airflow_jwt_secret") == first
    assert (settings.secrets / "airflow_jwt_secret").stat().st_mode & 0o077 == 0


class Airflow:
    """An Airflow that knows some runs."""

    def __init__(self, **states):
        self.states = states

    def run(self, name):
        state = self.states.get(name.replace("/", "_"))
        return Run(*name.split("/", 1), state, "manual") if state else None


@pytest.fixture
def start_of_time(demo_night):
    return replace(run.take_stand(demo_night.settings), moment=datetime(2000, 1, 1, tzinfo=UTC))


@pytest.mark.xdist_group("airflow")  # who shares the demo night
def test_a_delivery_made_by_no_airflow_run_fails_the_night(demo_night, start_of_time):
    with pytest.raises(ground.NightFailed, match="Airflow inte känner"):
        run.check_runs(demo_night.settings, Airflow(), start_of_time)


@pytest.mark.xdist_group("airflow")  # who shares the demo night
def test_a_delivery_made_by_a_failed_run_fails_the_night(demo_night, start_of_time):
    with pytest.raises(ground.NightFailed, match="inte har lyckats med"):
        run.check_runs(demo_night.settings, Airflow(test_first="failed"), start_of_time)


@pytest.mark.xdist_group("airflow")  # who shares the demo night
def test_a_night_whose_runs_all_succeeded_is_good(demo_night, start_of_time):
    run.check_runs(demo_night.settings, Airflow(test_first="success"), start_of_time)
