"""Publication: the audited build's rows become the next generation, or nothing changes.

The decision is SQL's.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

from ingestion import faults
from ingestion import settings as surroundings
from ingestion.warehouse import connection as connections
from ingestion.warehouse import keeping
from ingestion.warehouse.embedded import AskedInVain, WarehouseUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingestion.settings import Settings

RETRY_SECONDS = 60.0
"""A server that was stopped hard needs a while to recover; after that it is a failed run."""
PAUSE_SECONDS = 1.0
_REFUSALS = ("FS001", "FS002", "FS003")
T = TypeVar("T")
log = logging.getLogger("finsam.publish")


class PublicationRefused(Exception):
    """Nothing was published; the message says why, in Swedish. `is_stale` where a newer build has begun."""

    def __init__(self, message: str, is_stale: bool = False) -> None:
        super().__init__(message)
        self.is_stale = is_stale


@dataclass(frozen=True)
class Outcome:
    """What became of one association.

    state: `published`, `unchanged` or `blocked`; rules: those that stopped it.
    """

    state: str
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Moved:
    """Rows of one mart that entered and left the current view."""

    inserted: int
    closed: int


@dataclass(frozen=True)
class Published:
    """What one publication did. generation: None where no figure and no banner changed. marts: those that changed."""

    build_id: str
    generation: int | None
    associations: dict[str, Outcome] = field(default_factory=dict)
    marts: dict[str, Moved] = field(default_factory=dict)

    def those(self, state: str) -> list[str]:
        """The associations with that outcome."""
        return sorted(name for name, outcome in self.associations.items() if outcome.state == state)

    @property
    def blocked(self) -> dict[str, tuple[str, ...]]:
        """Associations that keep their last good figures, and the rules that stopped the new ones."""
        return {
            name: outcome.rules for name, outcome in self.associations.items() if outcome.state == "blocked"
        }

    @property
    def summary_sv(self) -> str:
        """One or two sentences for a log or a terminal."""
        stopped = "".join(
            f" {name} behåller sina förra siffror, stoppat av {', '.join(rules)}."
            for name, rules in self.blocked.items()
        )
        if self.generation is not None and not self.marts:
            return (
                f"Generation {self.generation} är publicerad: inga siffror, bara anmärkningarna har ändrats för "
                f"{', '.join(self.those('published'))}.{stopped}"
            )
        if self.generation is None:
            return f"Inga siffror har ändrats: ingen ny generation.{stopped}"
        return f"Generation {self.generation} är publicerad: {', '.join(self.those('published'))}.{stopped}"

    @classmethod
    def from_answer(cls, answer: dict[str, Any]) -> Published:
        """From what ops.publish returns."""
        return cls(
            build_id=answer["build_id"],
            generation=answer["generation"],
            associations={
                name: Outcome(found["state"], tuple(found["rules"]))
                for name, found in sorted((answer["associations"] or {}).items())
            },
            marts={
                name: Moved(found["inserted"], found["closed"])
                for name, found in sorted(answer["marts"].items())
            },
        )


def publish(settings: Settings, build_id: str, token: int, run_id: str) -> Published:
    """Publish a build whose evidence is in. Raises PublicationRefused or WarehouseUnavailable.

    A connection lost on the way leaves open whether the commit arrived. The same call answers that: the
    server keeps each build's outcome by its token, waits for a survivor of the first call, and never
    publishes twice.
    """
    published = until_answered(
        lambda: connections.once_more(lambda: _publish_once(settings, build_id, token, run_id)), build_id
    )
    # it is published; untidied rows only cost time, and autovacuum comes by
    with suppress(psycopg.Error, WarehouseUnavailable):
        tidy(settings, published)
    return published


def until_answered(work: Callable[[], T], build_id: str) -> T:
    """Do it, again and again for a while where the server is lost. Raises WarehouseUnavailable."""
    until: float | None = None
    while True:
        try:
            return work()
        except (psycopg.OperationalError, WarehouseUnavailable) as problem:
            now = time.monotonic()
            # from the first loss on: the work itself takes what it takes
            until = until or now + RETRY_SECONDS
            if not connections.is_lost(problem) or now >= until:
                raise _unavailable(problem, build_id) from problem
            log.info("Publiceringen av %s bröts (%s); frågar igen.", build_id, type(problem).__name__)
            time.sleep(PAUSE_SECONDS)


def _unavailable(
    problem: psycopg.OperationalError | WarehouseUnavailable, build_id: str
) -> WarehouseUnavailable:
    """What the run fails with: the server's answer, or that nobody knows what became of it."""
    if isinstance(problem, AskedInVain):
        return problem
    if isinstance(problem, psycopg.OperationalError) and not connections.is_lost(problem):
        return WarehouseUnavailable(connections.lost_sv(problem))
    return WarehouseUnavailable(
        f"Databasen kom inte tillbaka inom {RETRY_SECONDS:.0f} sekunder under publiceringen av {build_id}, så det är "
        "okänt om den kom fram. Kör `finsam publish` när databasen svarar: det tar reda på det, och ingenting "
        "publiceras två gånger."
    )


def _publish_once(settings: Settings, build_id: str, token: int, run_id: str) -> Published:
    try:
        with connections.connect(settings, "finsam_publish") as connection:
            faults.point("publish.asking")
            row = connection.execute(
                "select ops.publish(%s, %s, %s, %s)", (build_id, token, run_id, surroundings.code_version())
            ).fetchone()
            faults.point("publish.answered")
        faults.point("publish.committed")
    except psycopg.Error as problem:
        if problem.sqlstate in _REFUSALS:
            raise PublicationRefused(str(problem.diag.message_primary), problem.sqlstate == "FS001") from None
        raise
    if row is None:
        raise WarehouseUnavailable("ops.publish svarade inte.")
    return Published.from_answer(row[0])


def tidy(settings: Settings, published: Published) -> None:
    """Vacuum what publication moved."""
    keeping.vacuum(settings, list(published.marts))
