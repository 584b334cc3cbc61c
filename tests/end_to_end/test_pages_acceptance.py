"""`make acceptance`: the Airflow pages in a real browser (Debian's chromium), as `make up` leaves them."""

import os
import re
import shutil
import subprocess

import pytest

from ingestion.settings import PROJECT_ROOT

pytestmark = [pytest.mark.acceptance, pytest.mark.airflow]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--window-size=1400,1000",
]


@pytest.fixture(scope="module")
def chromium():
    if shutil.which("chromium") is None:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=True, capture_output=True)
    return shutil.which("chromium")


def test_the_airflow_pages_show_the_night(chromium, tmp_path):
    environment = {**os.environ, "FINSAM_HOME": str(tmp_path / "home")}
    up = subprocess.run(
        ["make", "up"], cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, check=False
    )
    try:
        assert up.returncode == 0, up.stdout + up.stderr
        address = re.search(r"http://127\.0\.0\.1:\d+", up.stdout).group()
        picture = tmp_path / "airflow.png"
        subprocess.run(
            [
                chromium,
                *FLAGS,
                f"--user-data-dir={tmp_path / 'profile'}",
                "--virtual-time-budget=20000",
                f"--screenshot={picture}",
                f"{address}/dags",
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
        page = subprocess.run(
            [
                chromium,
                *FLAGS,
                f"--user-data-dir={tmp_path / 'profile2'}",
                "--virtual-time-budget=20000",
                "--dump-dom",
                f"{address}/dags",
            ],
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        ).stdout
        assert picture.stat().st_size > 10_000
        for dag_id in (
            "ingest_ledger",
            "ingest_member_fees",
            "ingest_participants",
            "ingest_reference",
            "build_marts",
        ):
            assert dag_id in page
    finally:
        subprocess.run(["make", "down"], cwd=PROJECT_ROOT, env=environment, check=False, capture_output=True)
