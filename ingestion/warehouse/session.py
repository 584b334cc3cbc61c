"""One login's connection through a whole intake: a lost one is replaced, and what it may have committed is looked up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self, TypeVar

import psycopg

from ingestion.warehouse import connection as connections
from ingestion.warehouse.embedded import WarehouseUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from psycopg.sql import Composed

    from ingestion.settings import Settings

RENEW_SECONDS = 60.0
"""A server that was stopped hard needs a while to recover; then a lost connection is a failed run."""
T = TypeVar("T")


class Session:
    """A connection as one role, with what must be locked on it. A context manager that opens and closes it.

    lock: takes the session's locks; called again on each new connection, where it waits for the lost one's end. So
    nothing of the old session can still arrive once the new one asks.
    """

    def __init__(self, settings: Settings, role: str, lock: Callable[[psycopg.Connection], None]) -> None:
        self._settings, self._role, self._lock = settings, role, lock
        self._connection: psycopg.Connection | None = None

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()

    @property
    def connection(self) -> psycopg.Connection:
        """The one that works now: never kept by a caller across transactions."""
        assert self._connection is not None, "used outside its `with`"  # noqa: S101
        return self._connection

    def settle(self, work: Callable[[], T], arrived: Callable[[], T | None]) -> T:
        """The result of one whole transaction, also where the connection was lost on the way.

        Whether a commit that was sent and never answered arrived is asked, not guessed: `arrived` looks on a new
        connection for what the work leaves, and only where it left nothing is the work done again, once.
        """
        try:
            return connections.once_more(work)
        except psycopg.OperationalError:
            if not self.connection.closed:
                raise
        self._renew()
        found = arrived()
        return work() if found is None else found

    def ask(self, statement: str | Composed, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of one question, in a transaction of its own."""

        def work() -> list[tuple[Any, ...]]:
            with self.connection.transaction():
                return self.connection.execute(statement, parameters).fetchall()

        return self.settle(work, lambda: None)

    def _open(self) -> None:
        self._connection = connections.connect(self._settings, self._role)
        try:
            self._lock(self._connection)
        except BaseException:
            self._connection.close()
            raise

    def _renew(self) -> None:
        until = time.monotonic() + RENEW_SECONDS
        while True:
            try:
                return self._open()
            except (WarehouseUnavailable, psycopg.OperationalError):
                if time.monotonic() > until:
                    raise
            time.sleep(0.5)
