"""Raw tables and their dbt sources, generated from the feed declarations: text in, nothing interpreted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from ingestion.feed import MISSING_COLUMN
from ingestion.feeds import all_feeds

if TYPE_CHECKING:
    import psycopg

    from ingestion.feed import Feed

_WHY_MISSING_SV = (
    "Varför celler saknar värde, till exempel population_count=unknown; tomt där inget skäl angavs"
)


def create_missing(connection: psycopg.Connection) -> list[str]:
    """Create raw tables of feeds that have none and add columns a contract gained. Returns what was changed."""
    changed: list[str] = []
    for feed in all_feeds().values():
        known = {
            row[0]
            for row in connection.execute(
                "select column_name from information_schema.columns where table_schema = 'raw' and table_name = %s",
                (feed.id,),
            ).fetchall()
        }
        if not known:
            connection.execute(_create(feed))
            changed.append(f"raw.{feed.id}")
        for name in [n for n in feed.raw_columns if known and n not in known]:
            connection.execute(
                sql.SQL("alter table raw.{} add column {} text").format(
                    sql.Identifier(feed.id), sql.Identifier(name)
                )
            )
            changed.append(f"raw.{feed.id}.{name}")
        if known and "_load_number" not in known:
            _number_loads(connection, feed)
            changed.append(f"raw.{feed.id}._load_number")
        if _open(connection, feed):
            changed.append(f"raw_open.{feed.id}")
    _register_personal(connection)
    return changed


def _register_personal(connection: psycopg.Connection) -> None:
    """Where persons stand, for what is done with one of them in every feed there is."""
    columns = [
        (feed.id, column.name)
        for feed in all_feeds().values()
        for column in feed.columns
        if column.is_personal
    ]
    connection.execute("delete from vault.personal_column")
    connection.cursor().executemany("insert into vault.personal_column values (%s, %s)", columns)


def _open(connection: psycopg.Connection, feed: Feed) -> bool:
    """The rows as models read them: a view without the columns the contract keeps from them. True if it changed.

    In the table's order, so that a new column comes last. Where one goes, dbt's views on it go too: it builds them anew.
    """
    hidden = {column.name for column in feed.columns if column.stays_raw}
    shown = [name for name in _columns(connection, "raw", feed.id) if name not in hidden]
    known = _columns(connection, "raw_open", feed.id)
    if known == shown and _is_of_persons(connection, feed) == feed.is_personal:
        return False
    view = sql.Identifier("raw_open", feed.id)
    if known != shown[: len(known)]:
        connection.execute(sql.SQL("drop view {} cascade").format(view))
    connection.execute(
        sql.SQL(
            "create or replace view {view} as {rows}; alter view {view} owner to own_raw;"
            " grant select on {view} to finsam_transform, finsam_gate; comment on view {view} is {title}"
        ).format(
            view=view,
            rows=_rows(feed, shown),
            title=sql.Literal(f"{feed.title_sv}: det modellerna får läsa av raderna"),
        )
    )
    return True


def _is_of_persons(connection: psycopg.Connection, feed: Feed) -> bool:
    """Does the view already know who is one person? Views of older versions did not."""
    row = connection.execute(
        "select pg_get_viewdef(to_regclass(format('raw_open.%%I', %s::text))) like '%%vault.%%'", (feed.id,)
    ).fetchone()
    return bool(row and row[0])


def _rows(feed: Feed, shown: list[str]) -> sql.Composed:
    """The rows, of persons under the one pseudonym they have now, with the consents that they took back.

    A withdrawal that its register has no column for leaves nothing to be told: the row is not shown.
    """
    cells: dict[str, sql.Composable] = {name: sql.Identifier("sent", name) for name in shown}
    joins, hidden = [], []
    withdrawn = [column.name for column in feed.columns if column.withdraws_consent]
    for at, column in enumerate(column for column in feed.columns if column.is_personal):
        same, gone = sql.Identifier(f"same_{at}"), sql.Identifier(f"withdrawal_{at}")
        person = sql.SQL("coalesce({}.stands_for, {})").format(same, cells[column.name])
        joins.append(
            sql.SQL(
                " left join vault.pseudonym as {same} on {same}.pseudonym = {sent}"
                " left join vault.withdrawal as {gone} on {gone}.pseudonym = {person}"
            ).format(same=same, sent=cells[column.name], gone=gone, person=person)
        )
        for name in withdrawn:
            cells[name] = sql.SQL("least({}, to_char({}.withdrawn_on, 'YYYY-MM-DD'))").format(
                cells[name], gone
            )
        if not withdrawn:
            hidden.append(sql.SQL("{}.pseudonym is null").format(gone))
        cells[column.name] = person
    return sql.SQL("select {cells} from {table} as sent{joins}{where}").format(
        cells=sql.SQL(", ").join(
            sql.SQL("{} as {}").format(cell, sql.Identifier(name)) for name, cell in cells.items()
        ),
        table=sql.Identifier("raw", feed.id),
        joins=sql.SQL("").join(joins),
        where=sql.SQL(" where ") + sql.SQL(" and ").join(hidden) if hidden else sql.SQL(""),
    )


def _columns(connection: psycopg.Connection, schema: str, name: str) -> list[str]:
    rows = connection.execute(
        "select attname::text from pg_attribute where attrelid = to_regclass(format('%%I.%%I', %s::text, %s::text))"
        " and attnum > 0 and not attisdropped order by attnum",
        (schema, name),
    ).fetchall()
    return [row[0] for row in rows]


def _number_loads(connection: psycopg.Connection, feed: Feed) -> None:
    """A table from before loads had numbers: its rows get their delivery's, and the index goes by that."""
    table = sql.Identifier("raw", feed.id)
    connection.execute(
        sql.SQL(
            "alter table {table} add column _load_number bigint;"
            " update {table} set _load_number = load_number from ops.delivery where delivery_id = _delivery_id;"
            " alter table {table} alter column _load_number set not null;"
            " alter table {table} drop constraint {key}; {index}"
        ).format(table=table, key=sql.Identifier(f"{feed.id}_pkey"), index=_index(feed))
    )


def _index(feed: Feed) -> sql.Composed:
    """Rows of one delivery lie side by side: a few entries find them, and a load writes next to none."""
    return sql.SQL(
        "create index on {} using brin (_load_number) with (pages_per_range = 16, autosummarize = on)"
    ).format(sql.Identifier("raw", feed.id))


def _create(feed: Feed) -> sql.Composed:
    columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in feed.raw_columns)
    table = sql.Identifier("raw", feed.id)
    return sql.SQL(
        "create table {table} (_load_number bigint not null, _delivery_id text not null, _row_number integer not null,"
        " {columns}); {index}; alter table {table} owner to own_raw;"
        " grant select, insert on {table} to finsam_loader;"
        " grant select on {table} to finsam_gate, finsam_audit;"
        " grant select, delete on {table} to own_vault;"
        " comment on table {table} is {title}"
    ).format(
        table=table,
        columns=columns,
        index=_index(feed),
        title=sql.Literal(f"{feed.title_sv}: text som levererad, kanonisk form"),
    )


def dbt_sources() -> str:
    """The dbt source YAML of all raw tables, kept in git as `dbt_project/models/sources/raw.yml`."""
    lines = [
        "# Generated from ingestion/feeds by `make docs`; do not edit.",
        "version: 2",
        "sources:",
        "  - name: raw",
        "    schema: raw_open",
        "    description: Levererade rader som kanonisk text, aldrig ändrade, utan de kolumner som avtalet håller för sig.",
        "    tables:",
    ]
    for feed in all_feeds().values():
        lines += [
            f"      - name: {feed.id}",
            f"        description: {_quoted(feed.title_sv)}",
            "        columns:",
            "          - name: _load_number",
            "          - name: _delivery_id",
            "          - name: _row_number",
        ]
        for column in [column for column in feed.columns if not column.stays_raw]:
            lines += [
                f"          - name: {column.name}",
                f"            description: {_quoted(column.label_sv)}",
            ]
        lines += [
            f"          - name: {MISSING_COLUMN}",
            f"            description: {_quoted(_WHY_MISSING_SV)}",
        ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
