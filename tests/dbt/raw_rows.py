"""Puts raw rows where an intake would have put them: canonical text under an accepted delivery."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from psycopg import sql

from ingestion.feeds import all_feeds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import psycopg

Row = "Mapping[str, object]"


def deliver(
    connection: psycopg.Connection,
    feed_id: str,
    association_id: str,
    rows: Iterable[Mapping[str, object]],
    period: str = "whole",
    scope: str = "whole",
) -> str:
    """Insert an accepted delivery and its rows (as the administrator); columns left out are null. Returns its id."""
    feed = all_feeds()[feed_id]
    rows = list(rows)
    delivery_id = hashlib.sha256(f"{feed_id}|{association_id}|{scope}|{period}".encode()).hexdigest()[:16]
    connection.execute(
        "insert into ops.delivery (delivery_id, feed_id, association_id, scope, period, content_id, file_name, byte_count,"
        " state, rows_read, rows_loaded, run_id, code_version)"
        " values (%s, %s, %s, %s, %s, %s, %s, 1, 'accepted', %s, %s, 'test', 'test')",
        (delivery_id, feed_id, association_id, scope, period, delivery_id, f"{feed_id}.csv", len(rows), len(rows)),
    )
    columns = ("_delivery_id", "_row_number", *feed.column_names)
    copy_sql = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier("raw", feed_id), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor().copy(copy_sql) as copy:
        for number, row in enumerate(rows, start=2):
            unknown = set(row) - set(feed.column_names)
            assert not unknown, f"{feed_id} has no column {unknown}"
            cells = [row.get(column.name, column.default) for column in feed.columns]
            copy.write_row((delivery_id, number, *(None if cell is None else str(cell) for cell in cells)))
    return delivery_id


def set_scope(connection: psycopg.Connection, associations: Iterable[str]) -> None:
    """The associations the next build takes in."""
    connection.execute("delete from ops.build_scope")
    for association_id in associations:
        connection.execute("insert into ops.build_scope values (%s)", (association_id,))
