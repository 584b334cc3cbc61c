"""What each step of a night leaves in `ops.night`, whoever ran it: begun, and how it ended.

While it runs, a step holds a lock of a session of its own: who dies without a word loses it, which `finsam watch` sees.
A note that cannot be written stops no night.
"""

from __future__ import annotations

import functools
import inspect
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar

from ingestion import clock
from ingestion import settings as surroundings
from ingestion.warehouse import connection as connections
from ingestion.warehouse.embedded import WarehouseUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import psycopg

    from ingestion.settings import Settings

Ended = Literal["done", "nothing", "busy", "refused", "stale", "failed"]
Given = ParamSpec("Given")
Result = TypeVar("Result")
log = logging.getLogger("finsam.steps")


@dataclass
class _Note:
    """A step that runs. connection: None where the warehouse could not be told."""

    settings: Settings
    run_id: str
    step: str
    connection: psycopg.Connection | None
    attempt: int = 0

    def end(self, outcome: Ended, detail_sv: str) -> None:
        """Write how it ended, on a new connection where the server was away meanwhile; let go of the lock."""
        if self.connection is None:
            return
        import psycopg

        try:
            _end(self.connection, self, outcome, detail_sv)
        except psycopg.Error:
            with suppress(psycopg.Error, WarehouseUnavailable), _connect(self.settings) as again:
                _end(again, self, outcome, detail_sv)
        finally:
            self.connection.close()


def noted(
    step: str, told: Callable[[Any], tuple[Ended, str]]
) -> Callable[[Callable[Given, Result]], Callable[Given, Result]]:
    """Let a function of `settings`, `run_id` and perhaps `business_date` leave its step in `ops.night`.

    step: its name, in which arguments may stand: `receive {feed_id}`. told: what its result was, and in words.
    """

    def wrap(work: Callable[Given, Result]) -> Callable[Given, Result]:
        signature = inspect.signature(work)

        @functools.wraps(work)
        def noted_work(*args: Given.args, **kwargs: Given.kwargs) -> Result:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            given = bound.arguments
            day = given.get("business_date") or clock.today()
            note = _begin(given["settings"], given["run_id"], step.format(**given), day)
            try:
                result = work(*args, **kwargs)
            except BaseException as problem:
                note.end(*_trouble(problem))
                raise
            note.end(*told(result))
            return result

        return noted_work

    return wrap


def _begin(settings: Settings, run_id: str, step: str, business_date: date) -> _Note:
    import psycopg

    try:
        connection = _connect(settings)
        row = connection.execute(
            "select ops.begin_step(%s, %s, %s, %s)",
            (run_id, step, business_date, surroundings.code_version()),
        ).fetchone()
    except (psycopg.Error, WarehouseUnavailable) as problem:
        log.info("Steget %s lämnar ingen anteckning: %s", step, type(problem).__name__)
        return _Note(settings, run_id, step, None)
    return _Note(settings, run_id, step, connection, row[0] if row else 0)


def _connect(settings: Settings) -> psycopg.Connection:
    return connections.connect(settings, "finsam_gate", autocommit=True)


def _end(connection: psycopg.Connection, note: _Note, outcome: Ended, detail_sv: str) -> None:
    parameters: tuple[Any, ...] = (note.run_id, note.step, note.attempt, outcome, detail_sv[:1000])
    connection.execute("select ops.end_step(%s, %s, %s, %s, %s)", parameters)


def _trouble(problem: BaseException) -> tuple[Ended, str]:
    """Messages of our own are written for people; any other may quote a row, so that its kind must do."""
    from ingestion.night import Busy
    from ingestion.warehouse.publish import PublicationRefused

    if isinstance(problem, Busy):
        return "busy", str(problem)
    if isinstance(problem, PublicationRefused):
        return "stale" if problem.is_stale else "refused", str(problem)
    if isinstance(problem, (surroundings.SettingsProblem, WarehouseUnavailable)):
        return "failed", str(problem)
    return "failed", type(problem).__name__
