"""Canonical rows into raw: columns are joined straight into PostgreSQL's COPY stream, block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

    from ingestion.feed import Feed

NULL = "\\N"


class RawWriter:
    """Writes blocks of one delivery into its raw table. rows: how many so far."""

    def __init__(self, copy: psycopg.Copy, feed: Feed, delivery_id: str) -> None:
        self._copy = copy
        self._feed = feed
        self._delivery_id = delivery_id
        self.rows = 0

    def write(self, table: pa.Table) -> None:
        """Append canonical text rows (the feed's columns and `_row_number`)."""
        if table.num_rows:
            self._copy.write(copy_text(table, self._feed.raw_columns, self._delivery_id))
            self.rows += table.num_rows


def open_copy(connection: psycopg.Connection, feed: Feed) -> Any:
    """The COPY of one delivery, a context manager that yields psycopg's Copy."""
    names = [sql.Identifier(name) for name in ("_delivery_id", "_row_number", *feed.raw_columns)]
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier("raw", feed.id), sql.SQL(", ").join(names)
    )
    return connection.cursor().copy(statement)


def copy_text(table: pa.Table, names: tuple[str, ...], delivery_id: str) -> memoryview:
    """The rows as PostgreSQL's text COPY format, straight from Arrow's own buffer."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns: list[Any] = [delivery_id, table["_row_number"].combine_chunks().cast(pa.string())]
    columns += [_escaped(table[name].combine_chunks()) for name in names]
    lines = pc.binary_join_element_wise(pc.binary_join_element_wise(*columns, "\t"), "", "\n")
    offsets, data = memoryview(lines.buffers()[1]).cast("i"), lines.buffers()[2]
    return memoryview(data)[offsets[lines.offset] : offsets[lines.offset + len(lines)]]


def _escaped(column: Any) -> Any:
    import pyarrow.compute as pc

    # canonical text holds no control characters, so the backslash is all that COPY could misread
    if pc.any(pc.match_substring(column, "\\")).as_py():
        column = pc.replace_substring(column, "\\", "\\\\")
    return pc.fill_null(column, NULL)
