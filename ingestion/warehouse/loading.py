"""Canonical rows into raw: columns are joined straight into PostgreSQL's COPY stream, block by block.

A thread of its own joins and sends while the next block is read, so that the server works at the same time.
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Any, Self

from psycopg import sql

from ingestion.accounting import RowsLost

if TYPE_CHECKING:
    import numpy as np
    import psycopg
    import pyarrow as pa

    from ingestion.feed import Feed

NULL = "\\N"
_BACKSLASH = ord("\\")
_BLOCKS_WAITING = 1  # what may wait to be sent; more would only be memory


class RawWriter:
    """Writes blocks of one delivery into its raw table, in a `with` inside its COPY's. rows: how many so far.

    load_number: the delivery's, as `ops.delivery` has it. Raises what sending raised, at the next block or at the end,
    and RowsLost where a row's number comes twice: raw has no key that would.
    """

    def __init__(self, copy: psycopg.Copy, feed: Feed, delivery_id: str, load_number: int) -> None:
        self._copy = copy
        self._feed = feed
        self._delivery_id, self._load_number = delivery_id, load_number
        self._numbers = NumbersOnce()
        self._waiting: queue.Queue[pa.Table | None] = queue.Queue(_BLOCKS_WAITING)
        self._problem: BaseException | None = None
        self._sender: threading.Thread | None = None
        self.rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._sender is not None:
            self._waiting.put(None)
            self._sender.join()
        if kind is None:
            self._raise_problem()

    def write(self, table: pa.Table) -> None:
        """Append canonical text rows (the feed's columns and `_row_number`)."""
        if not table.num_rows:
            return
        self._raise_problem()
        if self._sender is None:
            self._sender = threading.Thread(target=self._send, name="raw COPY", daemon=True)
            self._sender.start()
        self._numbers.see(table["_row_number"].to_numpy())
        self._waiting.put(table)
        self.rows += table.num_rows

    def _send(self) -> None:
        """Send what waits until the end; after a problem only take it away, so that nobody waits for room."""
        while (block := self._waiting.get()) is not None:
            if self._problem is not None:
                continue
            try:
                self._copy.write(
                    copy_text(block, self._feed.raw_columns, self._load_number, self._delivery_id)
                )
            except BaseException as problem:
                self._problem = problem

    def _raise_problem(self) -> None:
        if self._problem is not None:
            raise self._problem


class NumbersOnce:
    """The row numbers of one delivery, each once: a bit per row, so that memory stays flat."""

    def __init__(self) -> None:
        import numpy as np

        self._seen = np.zeros(1 << 16, np.uint8)

    def see(self, numbers: np.ndarray[Any, Any]) -> None:
        """Note a block's. Raises RowsLost for one that has been before."""
        import numpy as np

        first, end = int(numbers.min()) // 8, int(numbers.max()) // 8 + 1
        bits = np.zeros((end - first) * 8, np.uint8)
        bits[numbers - first * 8] = 1
        block = np.packbits(bits)
        if end > len(self._seen):
            self._seen = np.concatenate([self._seen, np.zeros(2 * end - len(self._seen), np.uint8)])
        before = self._seen[first:end]
        if int(np.count_nonzero(bits)) != len(numbers) or (before & block).any():
            raise RowsLost("Ett radnummer kom två gånger i samma leverans.")
        before |= block


def open_copy(connection: psycopg.Connection, feed: Feed) -> Any:
    """The COPY of one delivery, a context manager that yields psycopg's Copy."""
    names = [
        sql.Identifier(name) for name in ("_load_number", "_delivery_id", "_row_number", *feed.raw_columns)
    ]
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier("raw", feed.id), sql.SQL(", ").join(names)
    )
    return connection.cursor().copy(statement)


def copy_text(table: pa.Table, names: tuple[str, ...], load_number: int, delivery_id: str) -> memoryview:
    """The rows as PostgreSQL's text COPY format, straight from Arrow's own buffer."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from ingestion.columns import whole

    cells: list[Any] = [f"{load_number}\t{delivery_id}", whole(table["_row_number"]).cast(pa.string())]
    for name in names:
        cell = _escaped(whole(table[name]))
        if isinstance(cell, str) and isinstance(cells[-1], str):  # joined once, not once per row
            cells[-1] += f"\t{cell}"
        else:
            cells.append(cell)
    last = cells[-1]
    cells[-1] = f"{last}\n" if isinstance(last, str) else pc.binary_join_element_wise(last, "", "\n")
    lines = pc.binary_join_element_wise(*cells, "\t")
    offsets, data = memoryview(lines.buffers()[1]).cast("i"), lines.buffers()[2]
    return memoryview(data)[offsets[lines.offset] : offsets[lines.offset + len(lines)]]


def _escaped(column: Any) -> Any:
    """The column as COPY reads it; one text for all where no cell has a value."""
    import pyarrow.compute as pc

    from ingestion import columns

    if column.null_count == len(column):
        return NULL

    # canonical text holds no control characters, so the backslash is all that COPY could misread
    if (columns.octets_of(column) == _BACKSLASH).any():
        column = pc.replace_substring(column, "\\", "\\\\")
    return pc.fill_null(column, NULL)
