"""What stands between a mart and its files: the models on the way, the deliveries with their rows, and forward again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ingestion.feeds import all_feeds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import psycopg

    from ingestion.settings import Settings
    from ingestion.warehouse.lineage import SourceRow

MOST_LINES = 5
"""So many rows of one delivery are shown as they stand in its file."""
MOST_FILES = 8
"""So many deliveries' files are looked into; the rest are named."""
STATES_SV = {
    "received": "under mottagning",
    "held": "väntar på beslut",
    "accepted": "gäller",
    "rejected": "avvisad",
    "superseded": "ersatt av nyare",
    "withdrawn": "återtagen",
}


@dataclass(frozen=True)
class Way:
    """From a mart to one feed: the models passed, the mart first and the feed's raw table last."""

    feed_id: str
    title_sv: str
    models: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class DeliveryUsed:
    """One delivery behind an answer. lines: row number -> the row as its sender wrote it, where it may be shown.

    generations: the first and last publication it was part of, None where it never was published.
    """

    delivery_id: str
    feed_id: str
    title_sv: str
    association_id: str
    period: str
    file_name: str
    sheet: str | None
    state: str
    received_at: str
    row_count: int
    first_generation: int | None
    last_generation: int | None
    is_published_now: bool
    lines: dict[int, str] = field(default_factory=dict)


def ways(connection: psycopg.Connection, mart: str, columns: Sequence[str]) -> list[Way]:
    """The shortest way from the mart to each delivered column that these columns of it rest on."""
    rested_on: dict[str, set[str]] = {}
    starts: dict[str, set[str]] = {}
    for above, column, feed_id in connection.execute(
        "select mart, input_column, feed_id from ops.lineage_below(%s, %s) where feed_id is not null",
        (mart, list(columns)),
    ).fetchall():
        rested_on.setdefault(feed_id, set()).update([column] if column else [])
        starts.setdefault(feed_id, set()).add(above)
    parents: dict[str, list[str]] = {}
    for model, parent in connection.execute(
        "select model, parent from ops.lineage_parent order by model, parent"
    ).fetchall():
        parents.setdefault(model, []).append(parent)
    return [
        Way(feed_id, all_feeds()[feed_id].title_sv, path, tuple(sorted(names)))
        for feed_id, names in sorted(rested_on.items())
        for path in [
            (*((mart,) if start != mart else ()), *_shortest(parents, start, f"raw.{feed_id}"))
            for start in sorted(starts[feed_id])[:1]
        ]
    ]


def deliveries(
    connection: psycopg.Connection, settings: Settings, rows: Iterable[SourceRow]
) -> list[DeliveryUsed]:
    """The deliveries these rows came with, with the first of their rows as they stand in the archive."""
    numbers: dict[str, set[int]] = {}
    for row in rows:
        numbers.setdefault(row.delivery_id, set()).add(row.row_number)
    found = connection.execute(
        "select d.delivery_id, d.feed_id, d.association_id, d.period, d.file_name, d.reader_notes ->> 'sheet',"
        " d.state, d.received_at, p.first_generation, p.last_generation, coalesce(p.is_current, false)"
        " from ops.delivery as d left join lateral (select min(from_generation) as first_generation,"
        " max(to_generation) as last_generation, bool_or(is_current) as is_current"
        " from ops.delivery_publication as p where p.delivery_id = d.delivery_id) as p on true"
        " where d.delivery_id = any(%s) order by d.feed_id, d.period, d.received_at, d.delivery_id",
        (list(numbers),),
    ).fetchall()
    return [
        _used(settings, row, sorted(numbers[row[0]]), position < MOST_FILES)
        for position, row in enumerate(found)
    ]


def as_lines(ways_there: Sequence[Way], used: Sequence[DeliveryUsed]) -> list[str]:
    """Both as a person reads them, in Swedish."""
    lines: list[str] = []
    if ways_there:
        lines += ["", "VÄGEN DIT"]
        lines += [
            f"  {way.title_sv}: {' ← '.join(way.models)}"
            + (f" ({', '.join(way.columns)})" if way.columns else "")
            for way in ways_there
        ]
    if used:
        lines += ["", "FILERNA"]
    for one in used:
        sheet = f", bladet {one.sheet}" if one.sheet else ""
        period = "" if one.period == "whole" else f" {one.period}"
        lines.append(
            f"  {one.file_name}{sheet}: {one.title_sv}, {one.association_id}{period}; leverans {one.delivery_id}"
        )
        lines.append(f"    {STATES_SV[one.state]}; {_forward_sv(one)}")
        lines += [f"    rad {number}: {text}" for number, text in one.lines.items()]
        if 0 < len(one.lines) < one.row_count:
            lines.append(f"    … och {one.row_count - len(one.lines)} rader till")
    return lines


def _forward_sv(one: DeliveryUsed) -> str:
    if one.first_generation is None:
        return "har inte publicerats"
    if one.is_published_now:
        return f"publicerad sedan generation {one.first_generation}, och står nu"
    if one.first_generation == one.last_generation:
        return f"publicerad i generation {one.first_generation}"
    return f"publicerad i generation {one.first_generation}–{one.last_generation}"


def _used(settings: Settings, row: tuple[Any, ...], numbers: list[int], is_looked_into: bool) -> DeliveryUsed:
    from ingestion import archived_lines

    delivery_id, feed_id, association_id, period, file_name, sheet, state, received_at, *forward = row
    feed = all_feeds().get(feed_id)
    return DeliveryUsed(
        delivery_id=delivery_id,
        feed_id=feed_id,
        title_sv=feed.title_sv if feed else feed_id,
        association_id=association_id,
        period=period,
        file_name=file_name,
        sheet=sheet,
        state=state,
        received_at=received_at.isoformat(),
        row_count=len(numbers),
        first_generation=forward[0],
        last_generation=forward[1],
        is_published_now=forward[2],
        lines=archived_lines.shown(settings, feed_id, association_id, delivery_id, numbers[:MOST_LINES])
        if is_looked_into
        else {},
    )


def _shortest(parents: dict[str, list[str]], start: str, goal: str) -> tuple[str, ...]:
    """Breadth first; the goal alone where no model leads there."""
    ways_so_far: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while ways_so_far:
        longer = []
        for way in ways_so_far:
            if way[-1] == goal:
                return way
            for parent in parents.get(way[-1], ()):
                if parent not in seen:
                    seen.add(parent)
                    longer.append((*way, parent))
        ways_so_far = longer
    return (start, goal)
