"""What was published then: any mart, of any date or generation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from psycopg import sql

from ingestion.warehouse import connection as connections

if TYPE_CHECKING:
    from datetime import date, datetime

    import psycopg

    from ingestion.settings import Settings


class NotFound(LookupError):
    """No such mart, or nothing was published by then; the message says which, in Swedish."""


@dataclass(frozen=True)
class AsOf:
    """A mart as one generation had it. rows are in key order; their cells are in the order of columns."""

    mart: str
    label_sv: str
    generation: int
    published_at: datetime
    business_date: date
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def as_of(settings: Settings, asked: date | int, mart: str) -> AsOf:
    """The mart as a generation had it, or as it stood at the end of a day in Sweden.

    Raises NotFound, WarehouseUnavailable.

    Of a day, the order of publications decides, not the clock: it is the highest generation that was out by
    then.
    """
    with connections.connect(settings, "finsam_audit") as connection:
        generation = asked if isinstance(asked, int) else _generation_of(connection, asked)
        return _read(connection, generation, mart)


def as_text(found: AsOf) -> str:
    """The rows as tab-separated text under a heading, in Swedish."""
    heading = (
        f"{found.label_sv} ({found.mart}), generation {found.generation}, publicerad "
        f"{found.published_at.astimezone(ZoneInfo('Europe/Stockholm')):%Y-%m-%d %H:%M}"
    )
    lines = ["\t".join("" if cell is None else str(cell) for cell in row) for row in found.rows]
    return "\n".join([heading, "\t".join(found.columns), *lines])


def _generation_of(connection: psycopg.Connection, day: date) -> int:
    found = connection.execute(
        "select max(generation) from ops.publication where (published_at at time zone "
        "'Europe/Stockholm')::date <= %s",
        (day,),
    ).fetchone()
    if found is None or found[0] is None:
        raise NotFound(f"Ingenting var publicerat den {day.isoformat()}.")
    return int(found[0])


def _read(connection: psycopg.Connection, generation: int, mart: str) -> AsOf:
    facts = connection.execute(
        "select published_at, business_date from ops.publication where generation = %s", (generation,)
    ).fetchone()
    if facts is None:
        raise NotFound(f"Generation {generation} finns inte.")
    known = connection.execute(
        "select primary_key, label_sv from ops.mart where mart = %s", (mart,)
    ).fetchone()
    if known is None:
        marts = ", ".join(
            row[0] for row in connection.execute("select mart from ops.mart order by mart").fetchall()
        )
        raise NotFound(f"Marten {mart} finns inte. De som finns: {marts}.")
    columns = tuple(
        row[0]
        for row in connection.execute(
            "select column_name from ops.mart_column where mart = %s order by position", (mart,)
        ).fetchall()
    )
    rows = connection.execute(
        sql.SQL("select {} from {} where _g_from <= {g} and _g_to > {g} order by {}").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.Identifier("store", mart),
            sql.SQL(", ").join(map(sql.Identifier, known[0])),
            g=sql.Literal(generation),
        )
    ).fetchall()
    return AsOf(mart, known[1], generation, facts[0], facts[1], columns, rows)
