"""`make soak`: a night killed at any moment and run again is the same night (F41). Readers see whole generations only."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from ingestion.warehouse import embedded
from tests.conftest import Warehouse, deliver_demo

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("kill_soak")]
SEED = 20261122
FACTS = """
    select 'delivery' as what, delivery_id as id, concat_ws('|', feed_id, association_id, scope, period, state, rows_read,
        rows_loaded, rows_quarantined, rows_non_data, completeness) as facts from ops.delivery
    union all select 'evidence', concat_ws('|', subject, rule_id, association_id),
        concat_ws('|', status, examined, failed, severity) from ops.evidence
    union all select 'issue', concat_ws('|', delivery_id, issue_number), concat_ws('|', rule_id, row_number, column_name)
        from ops.row_issue
    union all select 'mart', concat_ws('|', generation, mart, association_id), content_hash::text from ops.publication_mart
"""


def prepare(home):
    """The same deliveries and the same key: a personal delivery is named by a keyed hash of its bytes."""
    deliver_demo(home)
    (home / "secrets").mkdir(mode=0o700)
    (home / "secrets" / "pseudonym_key_1").write_text("the same in every home of this test")


def start_night(home):
    return subprocess.Popen(
        [sys.executable, "-m", "ingestion", "nightly"], cwd=PROJECT_ROOT, env={**os.environ, "FINSAM_HOME": str(home)},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)  # fmt: skip


def state_of(home):
    warehouse = Warehouse(Settings(home=home))
    facts = warehouse.query(FACTS, role="finsam_audit")
    return warehouse.contents(), sorted(tuple(row.values()) for row in facts)


def test_a_night_killed_anywhere_and_run_again_is_the_same_night(tmp_path_factory):
    homes = []
    try:
        whole = tmp_path_factory.mktemp("whole") / "home"
        homes.append(whole)
        prepare(whole)
        started = time.monotonic()
        assert start_night(whole).wait() == 1  # two files are refused, as they must be
        length = time.monotonic() - started
        expected = state_of(whole)
        moments = random.Random(SEED)
        for _ in range(int(os.environ.get("KILLS", "10"))):
            home = tmp_path_factory.mktemp("killed") / "home"
            homes.append(home)
            prepare(home)
            night = start_night(home)
            time.sleep(moments.uniform(0.5, length))
            night.send_signal(signal.SIGKILL)
            night.wait()
            again = start_night(home)
            status = again.wait(timeout=300)  # 0 where the killed night had already refused both files
            assert status in (0, 1), again.stderr.read().decode()[-2000:]
            found = state_of(home)
            assert found[0] == expected[0]
            assert set(found[1]) ^ set(expected[1]) == set()
    finally:
        for home in homes:
            embedded.remove(Settings(home=home))
