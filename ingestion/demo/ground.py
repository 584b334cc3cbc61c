"""What `make run`, `make up` and `make down` share: one at a time, all started, troubles as one sentence."""

from __future__ import annotations

import fcntl
import signal
import sys
import time
from contextlib import ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING

from ingestion import orchestrator
from ingestion import settings as surroundings
from ingestion.airflow_api import AirflowUnavailable
from ingestion.feeds import member_feeds
from ingestion.warehouse import embedded, migrations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ingestion.airflow_api import AirflowApi
    from ingestion.demo.progress import Progress
    from ingestion.settings import Settings

INTAKE_DAGS = ("ingest_reference", *(f"ingest_{feed_id}" for feed_id in member_feeds()))
BUILD_DAG = "build_marts"
WATCH_DAGS = ("watch_deliveries", "watch_readers", "notify", "housekeeping")
PARSE_SECONDS = 180.0
DONE, BROKEN, INTERRUPTED = 0, 3, 130


class NightFailed(Exception):
    """What was asked for did not come to a good end; the message says where to look, in Swedish."""


def finish(work: Callable[[Settings], None], *, alone: bool = True) -> int:
    """Do it, alone in this FINSAM_HOME, and turn every expected trouble into one sentence and a status."""
    signal.signal(signal.SIGTERM, _end_orderly)
    try:
        settings = surroundings.load()
    except surroundings.SettingsProblem as problem:
        print(problem, file=sys.stderr)
        return BROKEN
    try:
        with only_one(settings) if alone else nullcontext():
            work(settings)
    except KeyboardInterrupt:
        print("Avbrutet. Det som startats är stoppat.", file=sys.stderr)
        return INTERRUPTED
    except surroundings.SettingsProblem as problem:
        print(problem, file=sys.stderr)
        return BROKEN
    except (embedded.WarehouseUnavailable, AirflowUnavailable, NightFailed, OSError) as problem:
        print(_deepest(settings, problem), file=sys.stderr)
        return BROKEN
    return DONE


def _deepest(settings: Settings, problem: Exception) -> Exception:
    """A full disk shows itself as anything at all: where the home cannot be written, that is what to say."""
    try:
        settings.prepare()
    except surroundings.SettingsProblem as cause:
        return cause
    return problem


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """The lock ends with the process, however that ends. Raises NightFailed where another holds it."""
    settings.prepare()
    folder = settings.home / "run"
    folder.mkdir(exist_ok=True)
    with (folder / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NightFailed(
                f"En annan `make run` eller `make up` arbetar redan i {settings.home}. "
                "Vänta på den, eller välj ett annat FINSAM_HOME."
            ) from None
        yield


def prepare_warehouse(settings: Settings, progress: Progress, cleanup: ExitStack) -> None:
    """Bring the warehouse to shape; cleanup stops the embedded server again unless it was already running."""
    if settings.warehouse_url is None and embedded.running_port(settings) is None:
        cleanup.callback(embedded.stop, settings)
    migrations.migrate(settings)
    progress.say("Databasen är igång och har rätt form")


def start_airflow(
    settings: Settings,
    progress: Progress,
    cleanup: ExitStack,
    *,
    stays: bool,
    preload: tuple[str, ...] = (),
    leave_out: frozenset[str] = frozenset(),
) -> tuple[orchestrator.Airflow, AirflowApi]:
    """The Airflow that runs here already, or a new one that cleanup stops. Returns when its DAGs are read."""
    airflow = orchestrator.running(settings)
    if airflow is None:
        cleanup.callback(orchestrator.stop, settings)
        progress.say("Startar Airflow")
        airflow = orchestrator.start(settings, stays=stays, preload=preload, leave_out=leave_out)
    api = orchestrator.api(settings, airflow.url)
    _await_dags(api, progress)
    return airflow, api


def _await_dags(api: AirflowApi, progress: Progress) -> None:
    """Until Airflow has read all our DAG files. Raises NightFailed where one cannot be read."""
    wanted = {*INTAKE_DAGS, BUILD_DAG}
    until = time.monotonic() + PARSE_SECONDS
    while missing := wanted - api.dag_ids():
        if errors := api.import_errors():
            file, trace = next(iter(errors.items()))
            raise NightFailed(f"Airflow kan inte läsa {file}: {trace.strip().splitlines()[-1]}")
        if time.monotonic() > until:
            raise NightFailed(
                f"Airflow har inte läst {', '.join(sorted(missing))} på {PARSE_SECONDS:.0f} sekunder."
            )
        if progress.know("parsing", "waiting"):
            progress.say("Airflow läser DAG-filerna")
        time.sleep(0.3)


def _end_orderly(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
