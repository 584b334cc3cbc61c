"""`make run` with the real Airflow: a night by the DAGs, the same again, and one without its scheduler."""

import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from ingestion.settings import PROJECT_ROOT, Settings, child_environment
from ingestion.warehouse import embedded
from tests.conftest import Warehouse

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]
LONGEST = 900


@dataclass
class Ran:
    """One `make run`: how it ended, and what stood in the warehouse then."""

    status: int
    out: str
    err: str
    seconds: float
    left_running: list[str]


def make_run(home: Path, *arguments: str) -> Ran:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "ingestion.demo.run", *arguments],
        cwd=PROJECT_ROOT,
        env=child_environment(FINSAM_HOME=str(home)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST,
    )
    left = [" ".join(process.cmdline()) for process in psutil.process_iter() if _is_of(process, home)]
    return Ran(done.returncode, done.stdout, done.stderr, time.monotonic() - began, left)


def _is_of(process: psutil.Process, home: Path) -> bool:
    """By the folder it works in: a process that names itself for `ps` loses its environment there."""
    try:
        return Path(process.cwd()).is_relative_to(home) or process.environ().get("FINSAM_HOME") == str(home)
    except psutil.Error:
        return False


@pytest.fixture(scope="module")
def home(tmp_path_factory, demo_night):
    """A fresh home with the keys of the night by the command: the same keys make the same ids."""
    home = tmp_path_factory.mktemp("make_run") / "home"
    shutil.copytree(
        demo_night.settings.secrets,
        home / "secrets",
        ignore=shutil.ignore_patterns("roles.json", "postgres_*"),
    )
    yield home
    embedded.remove(Settings(home=home))


@pytest.fixture(scope="module")
def first(home):
    return make_run(home)


@pytest.fixture(scope="module")
def after_first(home, first):
    """Deliveries and publications as the first night left them."""
    return _ledger(home)


@pytest.fixture(scope="module")
def second(home, after_first):
    return make_run(home)


def _ledger(home: Path) -> dict[str, list]:
    warehouse = Warehouse(Settings(home=home))
    deliveries = warehouse.query(
        "select delivery_id, state, run_id, received_at from ops.delivery order by 1", role="finsam_audit"
    )
    publications = warehouse.query(
        "select generation, run_id from ops.publication order by 1", role="finsam_audit"
    )
    embedded.stop(warehouse.settings)
    return {"deliveries": deliveries, "publications": publications}


def _store(warehouse: Warehouse) -> dict[str, list]:
    """Every published row with its generations."""
    tables = warehouse.query(
        "select c.relname as name from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
        " where n.nspname = 'store' and c.relkind in ('r', 'p') and not c.relispartition order by 1",
        role="finsam_audit",
    )
    assert tables
    return {
        table["name"]: sorted(
            map(repr, warehouse.query(f'select * from store."{table["name"]}"', role="finsam_audit"))
        )
        for table in tables
    }


def test_the_first_night_ends_well_and_tells(first):
    assert first.status == 0, first.err
    for word in ("MOTTAGET", "AVVISAT (2)", "PUBLICERAT: generation 1", "SEX FRÅGOR", "make up"):
        assert word in first.out
    assert "Gör så här:" in first.out


def test_progress_names_deliveries_and_stages(first):
    for word in (
        "huvudbok_2017_avbruten.se avvisad",
        "deltagare_2017.csv godtagen, 619 rader",
        "applications: 20 filer",
        "bygger och granskar",
    ):
        assert word in first.out


def test_nothing_it_started_is_left_running(home, first):
    assert first.left_running == []
    assert embedded.running_port(Settings(home=home)) is None


def test_every_delivery_carries_its_intake_and_one_publication_has_them_all(after_first):
    assert after_first["deliveries"]
    for delivery in after_first["deliveries"]:
        assert delivery["run_id"].startswith("ingest_"), delivery
        assert "/demo__" in delivery["run_id"]
    assert [row["generation"] for row in after_first["publications"]] == [1]
    assert after_first["publications"][0]["run_id"].startswith("build_marts/asset_triggered__")


def test_a_night_by_the_dags_and_one_by_the_command_make_the_same_marts(home, first, demo_night):
    by_dags = Warehouse(Settings(home=home))
    try:
        assert by_dags.contents() == demo_night.contents()
        assert _store(by_dags) == _store(demo_night)
    finally:
        embedded.stop(by_dags.settings)


def test_the_second_night_loads_nothing_twice_and_says_so(home, after_first, second):
    assert second.status == 0, second.err
    assert "Inget nytt" in second.out
    assert re.search(r"build_marts fann inget nytt och slutade efter \d+\.\d s\.", second.out)
    assert _ledger(home) == after_first


def test_without_its_scheduler_the_night_fails_in_one_sentence(home, second):
    failed = make_run(home, "--without-scheduler")
    assert failed.status == 3
    assert "schemaläggare" in failed.err and "scheduler.log" in failed.err
    assert len(failed.err.strip().splitlines()) == 1
    assert failed.left_running == []
