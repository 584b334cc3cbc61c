"""What was published then: any mart, of any date or generation, with the banners beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from psycopg import sql

from ingestion.warehouse import connection as connections
from ingestion.warehouse import dictionary

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    import psycopg

    from ingestion.settings import Settings

STOCKHOLM = ZoneInfo("Europe/Stockholm")


class NotFound(LookupError):
    """No such mart, or nothing was published by then; the message says which, in Swedish."""


@dataclass(frozen=True)
class Banner:
    """What stood beside an association's figures. about: the mart or feed, None where it is all of them."""

    association_id: str
    rule_id: str
    meaning_sv: str
    about: str | None
    failed: int | None
    reason_sv: str | None

    @property
    def line_sv(self) -> str:
        """One line for a terminal."""
        where = f" ({self.about})" if self.about else ""
        said = "" if self.failed is None or self.reason_sv else f" Antal: {self.failed}."
        reason = f" Skäl: {self.reason_sv}." if self.reason_sv else ""
        return f"{self.association_id}: {self.rule_id}{where} {self.meaning_sv}{said}{reason}"


@dataclass(frozen=True)
class AsOf:
    """A mart as one generation had it. rows are in key order; their cells are in the order of columns.

    published_generation: the one that was out then; another than `generation` where it has been folded. labels:
    what the columns were called, where that was recorded. status_sv: of associations whose figures were not the
    newest.
    """

    mart: str
    label_sv: str
    generation: int
    published_generation: int
    published_at: datetime
    business_date: date
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    labels: dict[str, str] = field(default_factory=dict)
    banners: list[Banner] = field(default_factory=list)
    status_sv: dict[str, str] = field(default_factory=dict)

    @property
    def folded_sv(self) -> str | None:
        """Which generation is shown instead, where the one that was out has been folded."""
        if self.published_generation == self.generation:
            return None
        return (
            f"Generation {self.published_generation}, som gällde då, är hopvikt: det här är generation "
            f"{self.generation}, den närmast äldre som är sparad."
        )


def as_of(
    settings: Settings,
    asked: date | int,
    mart: str,
    login: str | None = None,
    ask: Callable[[str], str] | None = None,
) -> AsOf:
    """The mart as a generation had it, or as it stood at the end of a day in Sweden.

    Raises NotFound, WarehouseUnavailable.

    Of a day, the order of publications decides, not the clock: it is the highest generation that was out by
    then. login: read as that person or tool, with its own rows only, through the views readers have; otherwise
    as the auditor, who sees everything.
    """
    if login is None:
        with connections.connect(settings, "finsam_audit") as connection:
            return _read(connection, asked, mart, _AUDITOR)
    import psycopg

    try:
        with connections.connect_person(settings, login, ask) as connection:
            return _read(connection, asked, mart, _READER)
    except psycopg.errors.InsufficientPrivilege:
        raise NotFound(
            f"{login} får inte läsa {mart}. Läsrätt ges med `finsam access grant {login}`."
        ) from None


def as_text(found: AsOf) -> str:
    """The rows as tab-separated text under a heading, then what stood beside them, in Swedish."""
    heading = (
        f"{found.label_sv} ({found.mart}), generation {found.generation}, publicerad "
        f"{found.published_at.astimezone(STOCKHOLM):%Y-%m-%d %H:%M}"
    )
    lines = [heading, *([found.folded_sv] if found.folded_sv else []), "\t".join(found.columns)]
    lines += ["\t".join("" if cell is None else str(cell) for cell in row) for row in found.rows]
    beside = [f"{name}: {said}" for name, said in sorted(found.status_sv.items())]
    beside += [banner.line_sv for banner in found.banners]
    return "\n".join([*lines, *(["", "Bredvid siffrorna stod:", *beside] if beside else [])])


@dataclass(frozen=True)
class _Source:
    """Where one kind of asker reads. Each statement's parameters stand in its name."""

    generations: str
    banners_of_generation_and_mart: str
    status_of_generation: str


_AUDITOR = _Source(
    generations="ops.shown_generation",
    banners_of_generation_and_mart=(
        "select b.association_id, b.rule_id, coalesce(c.meaning_sv, ''),"
        " coalesce(b.detail ->> 'mart', d.feed_id, b.detail ->> 'feed') as about, b.failed,"
        " b.detail ->> 'reason_sv' from ops.published_finding as b"
        " left join ops.rule_card as c on c.rule_id = b.rule_id"
        " left join ops.delivery as d on b.subject = 'delivery:' || d.delivery_id"
        " where b._g_from <= %(g)s and b._g_to > %(g)s"
        " and (b.detail ->> 'mart' is null or b.detail ->> 'mart' = %(mart)s) order by 1, 2, 4, 5"
    ),
    status_of_generation=(
        "select association_id, status_sv from ops.told_status"
        " where is_past and as_of_generation = %(g)s and not is_current"
    ),
)
_READER = _Source(
    generations="marts_asof.generation",
    banners_of_generation_and_mart=(
        "select association_id, rule_id, coalesce(meaning_sv, ''), about, failed, reason_sv from marts_asof.finding"
        " where generation = %(g)s and (about is null or about = %(mart)s or subject like 'delivery:%%')"
        " order by 1, 2, 4, 5"
    ),
    status_of_generation=(
        "select association_id, status_sv from marts_asof.association_status"
        " where generation = %(g)s and not is_current"
    ),
)


def _read(connection: psycopg.Connection, asked: date | int, mart: str, source: _Source) -> AsOf:
    published, generation, at, business_date = _shown(connection, asked, source.generations)
    find = _stored if source is _AUDITOR else _viewed
    label_sv, columns, labels, statement = find(connection, generation, mart)
    facts = {"g": generation, "mart": mart}
    return AsOf(
        mart=mart,
        label_sv=label_sv,
        generation=generation,
        published_generation=published,
        published_at=at,
        business_date=business_date,
        columns=columns,
        rows=connection.execute(statement).fetchall(),
        labels=labels,
        banners=[
            Banner(*row)
            for row in connection.execute(source.banners_of_generation_and_mart.encode(), facts).fetchall()
        ],
        status_sv=dict(connection.execute(source.status_of_generation.encode(), facts).fetchall()),
    )


def _shown(
    connection: psycopg.Connection, asked: date | int, generations: str
) -> tuple[int, int, datetime, date]:
    """The generation asked for, the one shown for it, and when that was published."""
    condition = (
        "generation = %s"
        if isinstance(asked, int)
        else "generation = (select max(generation) from {0}"
        " where (published_at at time zone 'Europe/Stockholm')::date <= %s)"
    )
    row = connection.execute(
        sql.SQL(
            "select a.generation, s.generation, s.published_at, s.business_date"
            " from (select * from {0} where " + condition + ") as a"
            " inner join {0} as s on s.generation = a.shown_generation"
        ).format(sql.SQL(generations)),
        (asked,),
    ).fetchone()
    if row is None:
        raise NotFound(
            f"Generation {asked} finns inte."
            if isinstance(asked, int)
            else f"Ingenting var publicerat den {asked.isoformat()}."
        )
    return row


_Found = tuple[str, tuple[str, ...], dict[str, str], sql.Composed]


def _stored(connection: psycopg.Connection, generation: int, mart: str) -> _Found:
    """Label, columns, their labels and the query, of a mart in the store: as it was shaped then."""
    mart = dictionary.mart_named(connection, mart)
    known = connection.execute(
        "select primary_key, label_sv from ops.mart where mart = %s", (mart,)
    ).fetchone()
    if known is None:
        raise NotFound(_unknown_sv(connection, mart, "select mart from ops.mart order by mart"))
    row = connection.execute(
        "select array(select c.column_name from ops.mart_column as c where c.mart = %(mart)s"
        " and (then_had.columns is null or c.column_name = any(then_had.columns)) order by c.position)"
        " from (select (select m.hashed_columns from ops.publication_mart as m where m.mart = %(mart)s"
        " and m.generation <= %(g)s order by m.generation desc limit 1) as columns) as then_had",
        {"mart": mart, "g": generation},
    ).fetchone()
    columns = tuple(row[0]) if row else ()
    labels: dict[str, str] = dict(
        connection.execute(
            "select column_name, label_sv from ops.published_column"
            " where mart = %(mart)s and _g_from <= %(g)s and _g_to > %(g)s",
            {"mart": mart, "g": generation},
        ).fetchall()
    )
    statement = sql.SQL("select {} from {} where _g_from <= {g} and _g_to > {g} order by {}").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.Identifier("store", mart),
        sql.SQL(", ").join(map(sql.Identifier, known[0])),
        g=sql.Literal(generation),
    )
    return known[1], columns, labels, statement


def _viewed(connection: psycopg.Connection, generation: int, mart: str) -> _Found:
    """The same of a mart that this login may read, through its view: row security leaves only its own rows."""
    schemas = "table_schema in ('marts_asof', 'marts_internal_asof')"
    schema, _, name = mart.rpartition(".")
    found = connection.execute(
        f"select table_schema, obj_description(format('%%I.%%I', table_schema, table_name)::regclass)"
        f" from information_schema.tables where {schemas} and table_name = %s"
        # who may read the exact figures means them; `marts.` before the name asks for those that everybody reads
        " and (%s = '' or table_schema = %s || '_asof') order by table_schema desc",
        (name, schema, schema),
    ).fetchone()
    if found is None:
        names = f"select table_name from information_schema.tables where {schemas} order by 1"
        raise NotFound(_unknown_sv(connection, mart, names))
    schema, comment = found
    told = connection.execute(
        sql.SQL(
            "select column_name, label_sv, mart_label_sv from {} where generation = %s and mart = %s order by position"
        ).format(sql.Identifier(schema, "data_dictionary")),
        (generation, name),
    ).fetchall()
    view = connection.execute(sql.SQL("select * from {} limit 0").format(sql.Identifier(schema, name)))
    shown = [column.name for column in view.description or () if column.name != "generation"]
    labels = {row[0]: row[1] for row in told}
    columns = tuple(name for name in shown if not labels or name in labels)
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("select {listed} from {view} where generation = {g} order by {listed}").format(
        listed=listed, view=sql.Identifier(schema, name), g=sql.Literal(generation)
    )
    label_sv = told[0][2] if told else str(comment).partition(". ")[0]
    return label_sv, columns, labels, statement


def _unknown_sv(connection: psycopg.Connection, mart: str, names: str) -> str:
    known = ", ".join(row[0] for row in connection.execute(names.encode()).fetchall())
    return f"Marten {mart} finns inte. De som finns: {known}."
