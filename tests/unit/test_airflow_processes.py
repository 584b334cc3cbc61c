"""The supervisor of Airflow's components keeps each alive by itself (F59), here with components that only sleep."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from ingestion import airflow_processes as processes
from ingestion.settings import PROJECT_ROOT

PROGRAM = """
import signal, sys, time
from pathlib import Path
from setproctitle import setproctitle
from ingestion import airflow_processes as processes
processes.SHORTEST_LIFE, processes.PATIENCE, processes.LOOK_SECONDS = float(sys.argv[1]), float(sys.argv[3]), 0.05
def component(name):
    def enter():
        setproctitle("test " + name)
        if processes.os.fork() == 0:
            setproctitle("test worker of " + name)
        time.sleep(600)
    return processes.Component(name, Path(sys.argv[2]) / name, enter)
signal.signal(signal.SIGTERM, processes._end_orderly)
children = {}
processes._listen(children)
for one in (component("scheduler"), component("triggerer")):
    children[one.fork()] = one
try:
    status = processes._stay(children, tied=False)
finally:
    processes._end(children)
sys.exit(status)
"""


@pytest.fixture
def start(tmp_path):
    started = []

    def start(shortest_life, patience=600):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(shortest_life), str(tmp_path), str(patience)],
            cwd=PROJECT_ROOT,
            start_new_session=True,
        )
        started.append(process)
        until(lambda: len(named(process, "test worker of")) == 2)
        return process

    yield start
    for process in started:
        for one in of_session(process):
            one.kill()
        process.wait()


def of_session(process):
    found = []
    for one in psutil.process_iter():
        try:
            if os.getsid(one.pid) == process.pid and one.status() != psutil.STATUS_ZOMBIE:
                found.append(one)
        except (psutil.Error, OSError):
            continue
    return found


def named(process, name):
    found = []
    for one in of_session(process):
        try:
            if one.cmdline() and one.cmdline()[0].startswith(name):
                found.append(one)
        except psutil.Error:
            continue
    return found


def until(holds, seconds=30):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_killed_component_comes_back_alone_and_without_its_orphans(start):
    process = start(0)
    (other,), (worker,) = named(process, "test triggerer"), named(process, "test worker of scheduler")
    (scheduler,) = named(process, "test scheduler")
    scheduler.send_signal(signal.SIGKILL)
    until(lambda: not worker.is_running() and len(named(process, "test worker of scheduler")) == 1)
    assert named(process, "test scheduler") != [scheduler]
    assert named(process, "test triggerer") == [other]
    assert process.poll() is None


def test_one_that_will_not_stay_ends_them_all(start):
    process = start(0, patience=1)
    end = time.monotonic() + 30
    while process.poll() is None:
        assert time.monotonic() < end
        for one in named(process, "test scheduler"):
            one.send_signal(signal.SIGKILL)
        time.sleep(0.2)
    assert process.wait(30) == 1
    until(lambda: not of_session(process))


@pytest.fixture
def pauses_after(monkeypatch):
    """Seconds of each life of a component -> the pauses after them."""
    now = [0.0]
    monkeypatch.setattr(processes.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(processes, "_fork", lambda *_: 1)

    def pauses(*lives):
        component, told = processes.Component("scheduler", None, None), []
        for life in lives:
            component.fork()
            now[0] += life
            told.append(component.pause())
            if told[-1] is None:
                break
            now[0] += told[-1]
        return told

    return pauses


def test_one_that_was_well_once_is_tried_again_while_its_database_is_away(pauses_after):
    """F60: started again at once it ends at once, for as long as the database is away; so it rests longer each time."""
    assert pauses_after(100, 1, 1, 1) == [0, 2, 4, 8]
    assert pauses_after(100, 1, 700, 1) == [0, 2, 0, 2]
    assert pauses_after(100, 1, 30, 1) == [0, 2, 0, 2]
    assert pauses_after(5) == [None]


def test_no_component_is_tried_for_ever(pauses_after):
    *pauses, last = pauses_after(100, *[1] * 200)
    assert last is None and max(pauses) == 60
    assert 3540 < sum(pauses) + len(pauses) < 3720
    assert pauses_after(*[30] * 200)[-1] is None, "nor one that lives for half a minute, again and again"
    assert None not in pauses_after(*[601] * 200)


def test_one_that_does_not_come_up_is_not_hidden_by_starting_it_again(start):
    process = start(600)
    named(process, "test scheduler")[0].send_signal(signal.SIGKILL)
    assert process.wait(30) == 1


def test_one_that_was_heard_is_started_again_however_short_its_life(start):
    """On a fast machine everything is up, and may be killed, well within the life that otherwise shows it."""
    process = start(600)
    process.send_signal(processes.HEARD)
    (scheduler,) = named(process, "test scheduler")
    time.sleep(0.5)
    scheduler.send_signal(signal.SIGKILL)
    until(lambda: named(process, "test scheduler") not in ([], [scheduler]))
    assert process.poll() is None
