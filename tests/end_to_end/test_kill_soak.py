"""`make soak`: a night killed at any point and run again is the same night (F41, F44). Readers see whole generations only.

Every instrumented point of a night over two small associations; what is compared is `facts`: raw, ops, store and marts,
clock times and run ids aside. Then the demo's night, killed at random moments as a process of its own.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace

import pytest

from ingestion import faults
from ingestion.settings import PROJECT_ROOT, Settings
from ingestion.warehouse import connection as connections
from ingestion.warehouse import embedded
from tests import interruption
from tests.conftest import deliver_demo, differing, facts

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("kill_soak")]
SEED = 20261122
CHAIN = 8
"""So many nights are killed after each other, each the re-run of the one before, until one is let through and compared."""
JOINED = (
    "select a.association_id, a.decided, b.lines, c.capital, c.g from"
    " (select association_id, sum(decided_sek) as decided from marts.member_fee_shares group by 1) as a"
    " full join (select association_id, sum(amount_sek) as lines from marts.income_statement group by 1) as b"
    " using (association_id) full join (select association_id, sum(closing_sek) as capital, count(*) as g"
    " from marts.own_capital group by 1) as c using (association_id) order by 1"
)


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    """Patterns: `empty`, `taken_in`, `published` (generation 1) and `rebuilt` (changed fees, judged, not published).

    points: what a whole night passes. intaken, first, second: facts after intake and both generations, uninterrupted.
    first_again: after the first and a night with nothing to do, which is what a re-run is where the first got through.
    """
    made = interruption.make_ground(tmp_path_factory.mktemp("kill_soak"))
    try:
        interruption.load_what_a_night_imports()
        settings = made.begin()
        run(made, interruption.intake, settings)
        made.intaken = facts(settings, ("raw", "ops"))
        made.keep("taken_in")
        settings = made.begin()
        run(made, interruption.whole_night, replace(settings, fault_at=faults.TRACE))
        made.points = Counter(interruption.passed_points(settings))
        made.first = facts(settings)
        keep_what_dbt_parsed(made)
        made.keep("published")
        run(made, interruption.whole_night, settings)
        made.first_again = facts(settings)
        settings = made.begin("published")
        interruption.deliver(settings.home, amount=200_000)
        run(made, interruption.intake_and_build, settings)
        made.keep("rebuilt")
        run(made, interruption.publish_newest, settings)
        made.second = facts(settings)
        yield made
    finally:
        interruption.throw_away(made)


def keep_what_dbt_parsed(ground):
    for pattern in ("empty", "taken_in"):
        interruption.shutil.copytree(
            ground.folder / interruption.TRIAL / "dbt", ground.folder / pattern / "dbt"
        )


def run(ground, work, settings):
    """The work in a process of its own, to its end."""
    log = ground.folder / "log"
    log.unlink(missing_ok=True)
    status = interruption.in_child(work, settings, log=log)
    assert status == 0, log.read_text()[-3000:]


def is_killed(ground, work, settings, fault_at):
    log = ground.folder / "log"
    return interruption.killed(interruption.in_child(work, replace(settings, fault_at=fault_at), log=log))


def chosen(points, prefixes):
    """The first, a middle and the last passing of each point under those prefixes."""
    return [
        f"{name}:{count}"
        for name, passings in sorted(points.items())
        if name.startswith(prefixes)
        for count in sorted({1, (passings + 1) // 2, passings})
    ]


def test_f41_every_point_of_the_intake(ground):
    points = chosen(ground.points, ("intake.", "load.", "archive.", "decide."))
    assert len(points) >= 40
    for point in points:
        settings = ground.begin()
        assert is_killed(ground, interruption.intake, settings, point), point
        run(ground, interruption.intake, settings)
        assert differing(ground.intaken, facts(settings, ("raw", "ops"))) == {}, point


def test_f41_every_point_of_build_gates_and_publication(ground):
    """dbt's models all, of its tests every tenth; nights in chains: each kill meets what the former ones left."""
    tests = sorted(name for name in ground.points if name.startswith("dbt.start.") and "_" in name)
    models = [
        name for name in tests if name.removeprefix("dbt.start.").startswith(("stg_", "int_", "dim_", "fct_"))
    ]
    others = [name for name in tests if name not in models]
    early = ["build.locked", "build.opening", "build.opened", *models, *others[::10]]
    late = [
        name
        for name in sorted(ground.points)
        if name.startswith(("gates.", "publish.asking", "publish.answered"))
    ]
    points = [f"{name}:1" for name in early + late]
    assert len(points) >= 60, points
    for at in range(0, len(points), CHAIN):
        settings = ground.begin("taken_in")
        for point in points[at : at + CHAIN]:
            assert is_killed(ground, interruption.whole_night, settings, point), point
            assert generations(settings) == 0, point
        run(ground, interruption.whole_night, settings)
        assert differing(ground.first, facts(settings)) == {}, points[at : at + CHAIN]


@pytest.mark.parametrize("point", ["publish.committed:1", "publish.tidying:1", "publish.tidying:3"])
def test_f41_killed_after_the_commit(ground, point):
    settings = ground.begin("rebuilt")
    assert is_killed(ground, interruption.publish_newest, settings, point)
    assert differing(ground.second, facts(settings)) == {}
    run(ground, interruption.whole_night, settings)
    assert generations(settings) == 2, "nothing new"


def test_f41_publication_is_cut_off_at_every_table_it_writes(ground):
    """The server ends the session inside `ops.publish`, at the first writing of each table; the same call asks again.

    A reader process looks on in both isolation levels: the former generation whole, or the new one.
    """
    settings = ground.begin("rebuilt")
    interruption.note_writes(settings)
    before = look(settings)
    run(ground, interruption.publish_newest, settings)
    after = look(settings)
    assert before != after
    written = interruption.noted_writes(settings)
    for schema, table, event in written:
        settings = ground.begin("rebuilt")
        interruption.cut_off_once(settings, schema, table, event)
        with reader(settings, ground.folder / "seen") as seen:
            run(ground, interruption.publish_newest, settings)
        assert interruption.was_cut_off(settings), (schema, table, event)
        assert seen() <= {before, after}, (schema, table, event)
        assert differing(ground.second, facts(settings)) == {}, (schema, table, event)
    assert len(written) >= 20, written


@pytest.mark.parametrize(
    "point", ["load.block:4", "decide.settled:2", "gates.judged:1", "publish.answered:1"]
)
def test_f44_the_server_stops_hard_where_the_night_is(ground, point):
    """Halted at the point, the server stopped as by a power cut and started again, the night let go on; then run again."""
    settings = ground.begin("empty")
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            os.dup2(os.open(ground.folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
            interruption.whole_night(replace(settings, fault_at=f"{point}:halt"))
        os._exit(0)
    os.waitpid(pid, os.WUNTRACED)
    interruption.stop_hard(ground.server)
    embedded.start(ground.server)
    os.kill(pid, signal.SIGCONT)
    os.waitpid(pid, 0)
    run(ground, interruption.whole_night, settings)
    found = facts(settings)
    assert {} in (differing(ground.first, found), differing(ground.first_again, found)), point


def admin(settings):
    return connections.open_target(connections.admin_target(settings), autocommit=True)


def generations(settings):
    with admin(settings) as connection:
        return connection.execute("select count(*) from ops.publication").fetchone()[0]


def look(settings):
    with connections.connect(settings, "finsam_internal") as connection:
        return repr(connection.execute(JOINED).fetchall())


@contextlib.contextmanager
def reader(settings, out):
    """A process that reads until it is told to stop. Yields a function: what it saw, each answer once."""
    out.unlink(missing_ok=True)
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            read_on(settings, out)
        os._exit(0)
    while not out.exists():
        time.sleep(0.01)
    try:
        yield lambda: set(out.read_text().splitlines())
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def read_on(settings, out):
    from psycopg import IsolationLevel

    with connections.connect(settings, "finsam_internal") as connection, out.open("a", buffering=1) as file:
        while True:
            for level in (IsolationLevel.READ_COMMITTED, IsolationLevel.REPEATABLE_READ):
                connection.isolation_level = level
                seen = {repr(connection.execute(JOINED).fetchall()) for _ in range(2)}
                connection.commit()
                if level is IsolationLevel.REPEATABLE_READ and len(seen) > 1:
                    file.write("two states in one transaction\n")
                file.writelines(f"{one}\n" for one in seen)


# --- the demo's night as a process of its own, at random moments ---


def prepare(home):
    """The same deliveries and the same key: a personal delivery is named by a keyed hash of its bytes."""
    deliver_demo(home)
    (home / "secrets").mkdir(mode=0o700)
    (home / "secrets" / "pseudonym_key_1").write_text("the same in every home of this test")


def start_night(home):
    return subprocess.Popen(
        [sys.executable, "-m", "ingestion", "nightly"], cwd=PROJECT_ROOT, env={**os.environ, "FINSAM_HOME": str(home)},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)  # fmt: skip


def test_a_night_killed_at_a_random_moment_and_run_again_is_the_same_night(tmp_path_factory):
    homes = []
    try:
        whole = tmp_path_factory.mktemp("whole") / "home"
        homes.append(whole)
        prepare(whole)
        started = time.monotonic()
        assert start_night(whole).wait() == 1  # two files are refused, as they must be
        length = time.monotonic() - started
        expected = facts(Settings(home=whole))
        assert start_night(whole).wait() == 0
        expected_again = facts(Settings(home=whole))
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
            found = facts(Settings(home=home))
            assert {} in (differing(expected, found), differing(expected_again, found))
    finally:
        for home in homes:
            embedded.remove(Settings(home=home))
