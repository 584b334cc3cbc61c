"""What readers are told about each column, and what senders call the thing it comes from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ingestion.feeds import all_feeds

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

    from ingestion.warehouse.contracts import MartContract

_ATOM_COLUMN = re.compile(r"\batom\.([a-z_][a-z0-9_]*)")


def sender_headers(contracts: Mapping[str, MartContract], mart: str, column: str) -> list[str]:
    """Headers under which senders deliver what the column shows, in the feed's order; empty for what we
    compute.

    Followed through additive and lookup lineage to the atom, and there by column name into the atom's feed.
    """
    contract = contracts[mart]
    feed = all_feeds().get(contract.feed_id or "")
    if feed is not None and column in feed.column_names:
        declared = feed.column(column)
        named = () if declared.by_reader else (declared.label_sv,)
        return list(dict.fromkeys(declared.headers or named))
    lineage = contract.column(column).lineage or {}
    atom = str(lineage.get("atom", ""))
    if atom not in contracts or atom == mart:
        return []
    wanted = _ATOM_COLUMN.findall(str(lineage.get("sum") or lineage.get("value") or ""))
    known = {column.name for column in contracts[atom].columns}
    return list(
        dict.fromkeys(
            header for name in wanted if name in known for header in sender_headers(contracts, atom, name)
        )
    )


def mart_named(connection: psycopg.Connection, asked: str) -> str:
    """The mart a reader means by `marts.participant_flow`; a name without a schema is a mart's own. Reads ops.mart."""
    schema, _, view = asked.rpartition(".")
    if not schema:
        return asked
    row = connection.execute(
        "select mart from ops.mart where coalesce(view_name, mart) = %s"
        " and case audience when 'internal' then 'marts_internal' else 'marts' end = %s and audience <> 'atom'",
        (view, schema),
    ).fetchone()
    return row[0] if row else asked


def comment(label_sv: str, definition_sv: str) -> str:
    """The comment on a table, view or column: its label, then its definition."""
    return f"{label_sv}. {definition_sv}".strip() if definition_sv and definition_sv != label_sv else label_sv
