"""Locks that keep runs apart: taken within a bounded time, seen from outside, and let go by hand where a holder hangs.

They are the server's session locks: whoever holds one and dies lets go of it, however it dies.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.warehouse import connection as connections

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import psycopg

    from ingestion.settings import Settings

INTAKE, BUILD = "finsam.intake", "finsam.build"
LONG_HELD_SECONDS = 4 * 3600
"""Longer than any night is meant to be: a lock this old is asked about."""


class Busy(Exception):
    """Another run holds the lock; the message says which, in Swedish."""


@dataclass(frozen=True)
class HeldLock:
    """A lock somebody holds. process: `host/pid` of the client; server_pid: of its session on the server."""

    lock_name: str
    server_pid: int
    role_name: str
    run_id: str
    process: str
    claimed_at: datetime
    held_seconds: int

    @property
    def line_sv(self) -> str:
        """One line for a terminal."""
        minutes = self.held_seconds // 60
        old = " – ovanligt länge" if self.held_seconds > LONG_HELD_SECONDS else ""
        return (
            f"{self.lock_name} hålls av körningen {self.run_id} (process {self.process}) sedan "
            f"{self.claimed_at:%Y-%m-%d %H:%M:%S}, {minutes} min{old}."
        )


def take(
    connection: psycopg.Connection,
    name: str,
    run_id: str,
    busy_sv: str,
    wait_seconds: float,
    shared: bool = False,
) -> None:
    """Hold the lock until the session ends. Waits at most so long, and then raises Busy with who holds it.

    A killed client's session lives on for as long as its statement does: whoever comes after it waits for its end
    instead of doing the same work beside it.
    """
    from psycopg import errors

    kind = "_shared" if shared else ""
    try:
        with connection.transaction():
            connection.execute("select set_config('lock_timeout', %s, true)", (f"{wait_seconds:.3f}s",))
            connection.execute(f"select pg_advisory_lock{kind}(hashtextextended(%s, 0))", (name,))
            connection.execute("select ops.claim_lock(%s, %s, %s)", (name, run_id, _process()))
    except errors.LockNotAvailable:
        holders = [held.line_sv for held in _held(connection) if held.lock_name == name]
        raise Busy(" ".join([busy_sv, *holders])) from None
    connection.commit()


def take_if_free(connection: psycopg.Connection, name: str) -> bool:
    """Hold the lock to the end of the transaction, if nobody has it."""
    row = connection.execute("select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", (name,)).fetchone()
    return bool(row and row[0])


def release(connection: psycopg.Connection, name: str) -> None:
    """Let go before the session ends; what was not committed is undone."""
    connection.rollback()
    connection.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", (name,))
    connection.commit()


def held(settings: Settings) -> list[HeldLock]:
    """All locks that are held now, the oldest first; whoever asks why nothing moves is not kept waiting too."""
    with connections.connect(settings, "finsam_audit", lock_seconds=5, statement_seconds=15) as connection:
        return _held(connection)


def end_holders(settings: Settings, name: str) -> list[HeldLock]:
    """End the sessions that hold the lock: what they had not committed is undone. Returns whom.

    Each is ended as its own role, which may end its own sessions and no one else's.
    """
    ended = [one for one in held(settings) if one.lock_name == name]
    for one in ended:
        with connections.connect(settings, one.role_name) as connection:
            connection.execute("select pg_terminate_backend(%s, 5000)", (one.server_pid,))
    return ended


def lines_sv(found: Iterable[HeldLock]) -> str:
    """What a person reads of them."""
    return "\n".join(one.line_sv for one in found) or "Inga lås hålls: varken mottagning eller bygge pågår."


def _held(connection: psycopg.Connection) -> list[HeldLock]:
    rows = connection.execute(
        "select lock_name, server_pid, role_name, run_id, process, claimed_at, held_seconds from ops.held_lock"
        " order by claimed_at, lock_name, server_pid"
    ).fetchall()
    connection.commit()
    return [HeldLock(*row) for row in rows]


def _process() -> str:
    return f"{socket.gethostname()}/{os.getpid()}"
