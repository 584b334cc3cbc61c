"""Reads a file's next block in a thread of its own while the last one is checked: both are mostly native code.

Total rows go with the block they were found in or before, so that nobody sees those of rows still to come.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.readers.table import TextBlock, TextTable, TotalRow

_BLOCKS_AHEAD = 1  # more would only be memory


def steps(table: TextTable) -> Iterator[tuple[TextBlock | None, list[TotalRow]]]:
    """Every block with the total rows found by then; last none, with those below the last block."""
    for block in table.blocks:
        yield block, _taken(table)
    yield None, _taken(table)


def steps_ahead(table: TextTable) -> Iterator[tuple[TextBlock | None, list[TotalRow]]]:
    """The same, read ahead. Raises what reading raised, in its turn; given up, the reading ends too."""
    waiting: queue.Queue[tuple[TextBlock | None, list[TotalRow]] | BaseException] = queue.Queue(_BLOCKS_AHEAD)
    is_given_up = threading.Event()

    def read() -> None:
        found = steps(table)
        try:
            for step in found:
                waiting.put(step)
                if is_given_up.is_set():
                    return
        except BaseException as problem:
            waiting.put(problem)
        finally:
            found.close()  # type: ignore[attr-defined]

    reader = threading.Thread(target=read, name="reading ahead", daemon=True)
    reader.start()
    try:
        while True:
            step = waiting.get()
            if isinstance(step, BaseException):
                raise step
            yield step
            if step[0] is None:
                return
    finally:
        is_given_up.set()
        while reader.is_alive():
            _make_room(waiting)
            reader.join(0.01)


def _make_room(waiting: queue.Queue[tuple[TextBlock | None, list[TotalRow]] | BaseException]) -> None:
    with contextlib.suppress(queue.Empty):
        waiting.get_nowait()


def _taken(table: TextTable) -> list[TotalRow]:
    new, table.total_rows[:] = table.total_rows[:], []
    return new
