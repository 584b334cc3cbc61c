"""The supervisor of Airflow's components keeps each alive by itself (F59), here with components that only sleep."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from ingestion.settings import PROJECT_ROOT

PROGRAM = """
import signal, sys, time
from pathlib import Path
from setproctitle import setproctitle
from ingestion import airflow_processes as processes
processes.SHORTEST_LIFE, processes.MOST_RESTARTS, processes.LOOK_SECONDS = float(sys.argv[1]), 2, 0.05
def component(name):
    def enter():
        setproctitle("test " + name)
        if processes.os.fork() == 0:
            setproctitle("test worker of " + name)
        time.sleep(600)
    return processes.Component(name, Path(sys.argv[2]) / name, enter)
signal.signal(signal.SIGTERM, processes._end_orderly)
children = {}
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

    def start(shortest_life):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(shortest_life), str(tmp_path)],
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
    process = start(0)
    for _ in range(3):
        until(lambda: named(process, "test worker of scheduler"))
        named(process, "test scheduler")[0].send_signal(signal.SIGKILL)
        time.sleep(0.5)
    assert process.wait(30) == 1
    until(lambda: not of_session(process))


def test_one_that_does_not_come_up_is_not_hidden_by_starting_it_again(start):
    process = start(600)
    named(process, "test scheduler")[0].send_signal(signal.SIGKILL)
    assert process.wait(30) == 1
