"""`make acceptance`: the Airflow pages in a real browser, as `make up` leaves them after a night."""

import os
import re
import subprocess

import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from ingestion.warehouse import embedded
from tests.end_to_end import browser

pytestmark = [pytest.mark.acceptance, pytest.mark.airflow]
DAGS = ("ingest_ledger", "ingest_member_fees", "ingest_participants", "ingest_reference", "build_marts")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home after one night, with `make up` running."""
    home = tmp_path_factory.mktemp("pages") / "home"
    try:
        assert make("run", home).returncode == 0
        yield home
    finally:
        make("down", home)
        embedded.remove(Settings(home=home))


def make(target, home):
    return subprocess.run(
        ["make", target],
        cwd=PROJECT_ROOT,
        env={**os.environ, "FINSAM_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_airflow_pages_show_the_night(home, tmp_path):
    up = make("up", home)
    assert up.returncode == 0, up.stdout + up.stderr
    address = re.search(r"http://127\.0\.0\.1:\d+", up.stdout).group()
    with browser.page(tmp_path / "profile") as page:
        page.open(f"{address}/dags")
        page.wait_for("Sign in")
        page.fill("input[name=username]", "finsam")
        page.fill("input[name=password]", (home / "secrets" / "airflow_password").read_text())
        page.click("button[type=submit]")
        page.wait_for("Dags", "User")
        page.open(f"{address}/dags")
        page.wait_for(*DAGS)
        page.open(f"{address}/dags/build_marts")
        page.wait_for("wait_for_intakes", "build", "publish")
        page.picture(tmp_path / "build_marts.png")
    assert (tmp_path / "build_marts.png").stat().st_size > 10_000
