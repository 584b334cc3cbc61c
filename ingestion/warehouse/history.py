"""What was published then: any mart, of any date or generation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from ingestion.warehouse import connection as connections

if TYPE_CHECKING:
    from datetime import date, datetime

    import psycopg

    from ingestion.settings import Settings


class NothingThen(LookupError):
    """No such mart, or nothing was published by then; the message says which, in Swedish."""


@dataclass(frozen=True)
class AsOf:
    """A mart as one generation had it. rows are in key order; their cells are in the order of columns."""

    mart: str
    generation: int
    published_at: datetime
    business_date: date
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def as_of(settings: Settings, day: date, mart: str) -> AsOf:
    """The mart as it stood at the end of that day in Sweden. Raises NothingThen or WarehouseUnavailable.

    The order of publications decides, not the clock: it is the highest generation that was out by then.
    """
    with connections.connect(settings, "finsam_audit") as connection:
        found = connection.execute(
            "select max(generation) from ops.publication where (published_at at time zone 'Europe/Stockholm')::date <= %s", (day,)
        ).fetchone()
        if found is None or found[0] is None:
            raise NothingThen(f"Ingenting var publicerat den {day.isoformat()}.")
        return _read(connection, int(found[0]), mart)


def of_generation(settings: Settings, generation: int, mart: str) -> AsOf:
    """The mart as that generation had it. Raises NothingThen or WarehouseUnavailable."""
    with connections.connect(settings, "finsam_audit") as connection:
        return _read(connection, generation, mart)


def _read(connection: psycopg.Connection, generation: int, mart: str) -> AsOf:
    facts = connection.execute(
        "select published_at, business_date from ops.publication where generation = %s", (generation,)
    ).fetchone()
    if facts is None:
        raise NothingThen(f"Generation {generation} finns inte.")
    known = connection.execute("select primary_key from ops.mart where mart = %s", (mart,)).fetchone()
    if known is None:
        marts = ", ".join(row[0] for row in connection.execute("select mart from ops.mart order by mart").fetchall())
        raise NothingThen(f"Marten {mart} finns inte. De som finns: {marts}.")
    columns = tuple(row[0] for row in connection.execute(
        "select column_name from ops.mart_column where mart = %s order by position", (mart,)).fetchall())
    rows = connection.execute(sql.SQL("select {} from {} where _g_from <= {g} and _g_to > {g} order by {}").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier("store", mart),
        sql.SQL(", ").join(map(sql.Identifier, known[0])), g=sql.Literal(generation))).fetchall()
    return AsOf(mart, generation, facts[0], facts[1], columns, rows)
