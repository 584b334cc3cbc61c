"""The process that holds Airflow's components: it imports Airflow once and forks one child for each, and again when it ends.

Started by `orchestrator`, never by hand. Airflow's import takes seconds of one core; four `airflow …`
commands beside each other pay it four times, and every task that judges a delivery pays for Great
Expectations. Forked children share both. The components themselves are Airflow's own commands, unchanged.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import psutil  # type: ignore[import-untyped]
from setproctitle import setproctitle

if TYPE_CHECKING:
    from collections.abc import Callable


COMPONENTS = {
    "api_server": ("api-server",),
    # nobody asks the log servers on 8793 and 8794: all logs are files on this machine
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag_processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
SHARED = ("airflow.models", "airflow.cli.cli_parser", "airflow.utils.db", "airflow.jobs.scheduler_job_runner")
LOOK_SECONDS = 0.5
END_SECONDS = 10.0
SHORTEST_LIFE = 20.0
"""A component whose first life is shorter did not come up, if nobody has heard it: starting it again would hide why."""
HEARD = signal.SIGUSR1
"""From the starter, when every component has reported: all of them have come up, however short a time that took."""
SETTLED = 600.0
"""After so long a life, what went before it is forgotten."""
PATIENCE = 3600.0
"""So long is a component that was well once tried again: its database may be away for a while."""
LONGEST_PAUSE = 60.0


@dataclass
class Component:
    """One of Airflow's processes. enter: what a fresh fork of it does. Moments are of the monotonic clock.

    trouble_since: when it ended first of those times after which it has not settled. short_lives: in a row, until now.
    """

    name: str
    log: Path
    enter: Callable[[], None]
    started: float = 0.0
    was_well: bool = False
    trouble_since: float | None = None
    short_lives: int = 0

    def fork(self) -> int:
        """Start it; returns its pid."""
        self.started = time.monotonic()
        return _fork(self.log, self.enter)

    def pause(self) -> float | None:
        """It has ended: seconds until it is to be started again, longer each time; None where it is not well."""
        now = time.monotonic()
        life = now - self.started
        if life >= SHORTEST_LIFE:
            self.was_well, self.short_lives = True, 0
        else:
            self.short_lives += 1
        if self.trouble_since is None or life >= SETTLED:
            self.trouble_since = now
        if not self.was_well or now - self.trouble_since > PATIENCE:
            return None
        return min(LONGEST_PAUSE, 2.0**self.short_lives) if self.short_lives else 0.0


def main() -> int:
    """Fork the components; stay until one cannot be kept (status 1), SIGTERM comes or, if tied, the starter is gone."""
    parser = argparse.ArgumentParser(prog="python -m ingestion.airflow_processes")
    parser.add_argument("--logs", type=Path, required=True)
    parser.add_argument("--components", nargs="+", default=list(COMPONENTS), choices=list(COMPONENTS))
    parser.add_argument("--migrate", action="store_true", help="bring the metadata database to shape first")
    parser.add_argument(
        "--preload", nargs="*", default=[], help="modules the scheduler's tasks are to find loaded"
    )
    parser.add_argument("--tied", action="store_true", help="end when standard input closes")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _end_orderly)
    children: dict[int, Component] = {}
    _listen(children)
    try:
        _start(options, children)
        return _stay(children, tied=options.tied)
    except KeyboardInterrupt:
        return 0
    finally:
        _end(children)


def _start(options: argparse.Namespace, children: dict[int, Component]) -> None:
    """Fork early: imports go on while the database is prepared, and nobody enters Airflow before it is."""
    waiting, opens = os.pipe()

    def component(name: str) -> Component:
        def enter() -> None:
            if made.trouble_since is None:  # started again, that number may be anything's
                os.close(opens)
            setproctitle(f"finsam airflow {name}")
            _warm(name, options.preload)
            os.read(waiting, 1)
            _airflow(*COMPONENTS[name])

        made = Component(name, options.logs / f"airflow-{name}.log", enter)
        return made

    def fork(name: str) -> None:
        made = component(name)
        children[made.fork()] = made

    # the web server has most of its own to import: it starts on the second core before there is anything to
    # share
    early = [name for name in options.components if name == "api_server"]
    for name in early:
        fork(name)
    for module in SHARED:
        import_module(module)
    migration = _migration(options) if options.migrate else None
    pid = migration.fork() if migration else 0
    if migration:
        children[pid] = migration
    for name in options.components:
        if name not in early:
            fork(name)
    if migration:
        _, status = os.waitpid(pid, 0)
        del children[pid]
        if status:
            raise SystemExit("airflow db migrate failed, see airflow-migrate.log")
    os.close(opens)


def _listen(children: dict[int, Component]) -> None:
    def heard(_signal: int, _frame: object) -> None:
        for component in children.values():
            component.was_well = True

    signal.signal(HEARD, heard)


def _migration(options: argparse.Namespace) -> Component:
    return Component("migrate", options.logs / "airflow-migrate.log", lambda: _airflow("db", "migrate"))


def _warm(name: str, preload: list[str]) -> None:
    """What a component would otherwise first build when it is first asked, while a night waits for it."""
    if name == "api_server":
        import_module("airflow.api_fastapi.core_api.app")
        import_module("airflow.api_fastapi.execution_api.app")
    elif name == "scheduler":
        for module in preload:
            import_module(module)


def _fork(log: Path, enter: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    _become(log, enter)


def _become(log: Path, enter: Callable[[], None]) -> NoReturn:
    """In the child: own log, signals as in a fresh process, and never back into the parent's code."""
    status = 1
    try:
        for ours in (signal.SIGTERM, HEARD):
            signal.signal(ours, signal.SIG_DFL)
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        null = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((null, 0), (out, 1), (out, 2)):
            os.dup2(source, target)
        enter()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _airflow(*arguments: str) -> None:
    from airflow.__main__ import main as airflow

    sys.argv = ["airflow", *arguments]
    airflow()  # type: ignore[no-untyped-call]


def _stay(children: dict[int, Component], *, tied: bool) -> int:
    resting: list[tuple[float, Component]] = []
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG) if children else (0, 0)
        if pid in children:
            ended = children.pop(pid)
            pause = ended.pause()
            again = "" if pause is None else f", is started again in {pause:.0f} s"
            print(f"{ended.name} ended with status {os.waitstatus_to_exitcode(status)}{again}", flush=True)
            if pause is None:
                return 1
            resting.append((time.monotonic() + pause, ended))
        for due, component in resting[:]:
            if due <= time.monotonic():
                resting.remove((due, component))
                _start_again(component, children)
        if not tied:
            time.sleep(LOOK_SECONDS)
        elif select.select([0], [], [], LOOK_SECONDS)[0] and not os.read(0, 1):
            return 0


def _start_again(ended: Component, children: dict[int, Component]) -> None:
    """One component alone; the others go on. What it left behind goes first: two schedulers' workers would both run a task."""
    for orphan in _orphans():
        with suppress(psutil.NoSuchProcess):
            orphan.kill()
    children[ended.fork()] = ended
    print(f"{ended.name} started again", flush=True)


def _orphans() -> list[psutil.Process]:
    """What stands in our session and is no descendant of ours any more: its own parent was killed."""
    own = psutil.Process()
    family = {own.pid, *(process.pid for process in own.children(recursive=True))}
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, ProcessLookupError, PermissionError):
            if process.pid not in family and os.getsid(process.pid) == own.pid:
                found.append(process)
    return found


def _end(children: dict[int, Component]) -> None:
    """SIGTERM to the components; then SIGKILL to what they and their tasks have left behind."""
    family = psutil.Process().children(recursive=True)
    for pid in children:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    _, left = psutil.wait_procs(family, timeout=END_SECONDS)
    for process in [*left, *_orphans()]:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _end_orderly(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
