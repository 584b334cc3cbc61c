"""Store tables and readers' views, generated from the dbt contracts: publication itself never does any DDL.

Per mart: `store.<mart>`, one row per key and span of generations [_g_from, _g_to), split into a partition of
open rows (`<mart>_current`) and one of closed ones (`<mart>_history`), so that reading the present never
costs the past. Row security is forced and goes by `session_user`, which no reader can change.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from expectations import building, catalogue, publishing, required
from expectations.suites import all_rules
from ingestion.feeds import all_feeds
from ingestion.warehouse import contracts as declarations
from ingestion.warehouse import dictionary, lineage_registry
from ingestion.warehouse.embedded import WarehouseUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ingestion.warehouse.contracts import MartColumn, MartContract

OPEN = 2147483647
"""The `_g_to` of rows that stand."""
VIEWS = {
    "public": ("marts", "marts_asof"),
    "dimension": ("marts", "marts_asof"),
    "internal": ("marts_internal", "marts_internal_asof"),
}
READERS = {
    "public": ("finsam_reader", "finsam_internal"),
    "dimension": ("finsam_reader", "finsam_internal"),
    "internal": ("finsam_internal",),
}
MACHINERY = ("_g_from", "_g_to", "_row_hash")
"""Columns of the store that no contract declares: a row's generations, and its hash, reckoned once when it came."""
LOCK_TIMEOUT = "10s"
STORAGE = sql.SQL("autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02")


def contracts() -> list[MartContract]:
    """The mart contracts of the dbt project, by name."""
    return declarations.read()


def create_missing(connection: psycopg.Connection) -> list[str]:
    """Bring store, views and registry to the declared shape, as the migrating administrator; returns what
    changed.

    A new mart or column is added. A removed or retyped one is refused once anything was published of the
    mart, because that would rewrite the past. What is as declared is not touched; what a reader has held for
    longer than LOCK_TIMEOUT is not waited for. Raises WarehouseUnavailable.
    """
    declared = {contract.name: contract for contract in contracts()}
    _sync_registers(connection)
    _add_cards(connection)
    known: dict[str, str] = dict(connection.execute("select mart, contract_hash from ops.mart").fetchall())
    connection.execute(sql.SQL("set local lock_timeout = {}").format(sql.Literal(LOCK_TIMEOUT)))
    try:
        changed = [_remove(connection, name) for name in known if name not in declared]
        for name, contract in declared.items():
            headers = {c.name: dictionary.sender_headers(declared, name, c.name) for c in contract.columns}
            digest = _digest(contract, headers)
            if known.get(name) != digest:
                changed += _shape_table(connection, contract)
                _drop_views(connection, contract.name)
                _register(connection, contract, digest, headers)
                _create_views(connection, contract)
    except psycopg.errors.LockNotAvailable:
        raise WarehouseUnavailable(
            "Tabellerna kan inte få sin nya form medan någon läser dem. Vänta tills frågan är klar, eller avsluta "
            "den, och kör `finsam migrate` igen. Ingenting ändrades."
        ) from None
    connection.execute("set local lock_timeout = 0")
    return changed + lineage_registry.sync(connection, declared)


def _digest(contract: MartContract, headers: Mapping[str, Sequence[str]]) -> str:
    """Changes with what is declared and with the SQL made of it, not with how this file is written."""
    made = [*_table_statements(contract), *_view_statements(contract)]
    text = f"{contract.digest} {headers} {[statement.as_string(None) for statement in made]}"
    return hashlib.sha256(text.encode()).hexdigest()


def _add_cards(connection: psycopg.Connection) -> None:
    """Cards of the rules that publication itself writes: nothing examines them, readers are told what they mean."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.rule_card (rule_id, place, severity, meaning_sv, why_sv, owner_sv, remedy_sv)"
            " values (%s, %s, %s, %s, %s, %s, %s) on conflict (rule_id) do nothing",
            [
                (c.id, c.scope, c.severity, c.meaning_sv, c.why_sv, c.owner_sv, c.remedy_sv)
                for c in publishing.RULES
            ],
        )


def _sync_registers(connection: psycopg.Connection) -> None:
    """Feeds (and whether they are about people), rule cards, and the rules that must have left evidence."""
    by_build = {**catalogue.build_rules(), **{rule.id: rule for rule in building.RULES}}
    cards = {**all_rules(), **by_build, **{rule.id: rule for rule in building.OCCASIONAL}}
    feeds = [
        (
            feed.id,
            feed.title_sv,
            feed.owner_sv,
            feed.is_about_persons,
            feed.scope_all if feed.has_parts else None,
        )
        for feed in all_feeds().values()
    ]
    with connection.cursor() as cursor:
        cursor.execute("delete from ops.feed")
        cursor.executemany(
            "insert into ops.feed (feed_id, title_sv, owner_sv, is_personal, scope_all) values (%s, %s, %s, %s, %s)",
            feeds,
        )
        cursor.execute("delete from ops.rule_card")
        cursor.executemany(
            "insert into ops.rule_card (rule_id, place, severity, meaning_sv, why_sv, owner_sv, remedy_sv)"
            " values (%s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    card.id,
                    card.scope,
                    card.severity,
                    card.meaning_sv,
                    card.why_sv,
                    card.owner_sv,
                    card.remedy_sv,
                )
                for card in cards.values()
            ],
        )
        cursor.execute("delete from ops.required_rule")
        cursor.executemany(
            "insert into ops.required_rule (rule_id, part, severity, must_examine, digest) values (%s, %s, %s, %s, %s)",
            [
                (one.rule_id, one.part, one.severity, one.must_examine, one.digest or None)
                for one in required.read()
            ],
        )


def _remove(connection: psycopg.Connection, mart: str) -> str:
    _refuse_if_published(connection, mart, "marten finns inte längre i dbt-projektet")
    _drop_views(connection, mart)
    connection.execute(sql.SQL("drop table {}").format(sql.Identifier("store", mart)))
    connection.execute("delete from ops.mart where mart = %s", (mart,))
    return f"store.{mart} borttagen"


def _refuse_if_published(connection: psycopg.Connection, mart: str, why: str) -> None:
    published = connection.execute(
        "select from ops.publication_mart where mart = %s limit 1", (mart,)
    ).fetchone()
    if published is not None:
        raise WarehouseUnavailable(
            f"store.{mart} har publicerade rader och kan inte ändras så här: {why}. Det som publicerats ska "
            "gå att fråga om; lägg till en ny kolumn eller en ny mart i stället."
        )


def _shape_table(connection: psycopg.Connection, contract: MartContract) -> list[str]:
    """Create the table or add its new columns; make it anew only while nothing was ever published of it."""
    known = _columns(connection, contract.name)
    if known and (why := _misfit(connection, contract, known)):
        _refuse_if_published(connection, contract.name, why)
        _drop_views(connection, contract.name)
        connection.execute(sql.SQL("drop table {}").format(sql.Identifier("store", contract.name)))
        known = {}
    if not known:
        connection.execute("set local role own_store")
        for statement in _table_statements(contract):
            connection.execute(statement)
        connection.execute("reset role")
        return [f"store.{contract.name}"]
    added = [column for column in contract.columns if column.name not in known]
    for column in added:
        connection.execute(
            sql.SQL("alter table {} add column {}").format(
                sql.Identifier("store", contract.name), _definition(column)
            )
        )
    _complete(connection, contract, has_new_columns=bool(added))
    return [f"store.{contract.name}.{column.name}" for column in added]


def _misfit(connection: psycopg.Connection, contract: MartContract, known: Mapping[str, str]) -> str | None:
    """Why the table cannot become what is declared by adding columns; None where it can."""
    wanted = {column.name: column.data_type for column in contract.columns}
    odd = [name for name, data_type in known.items() if wanted.get(name) != data_type]
    if odd:
        return f"kolumnen {', '.join(odd)} är borttagen eller har fått en annan typ"
    row = connection.execute("select primary_key from ops.mart where mart = %s", (contract.name,)).fetchone()
    if row is not None and tuple(row[0]) != contract.primary_key:
        return "nyckeln är en annan"
    return None


def _columns(connection: psycopg.Connection, mart: str) -> dict[str, str]:
    """Columns of the store table and their types, without the generations; empty where there is no table."""
    return dict(
        connection.execute(
            "select attname::text, format_type(atttypid, atttypmod) from pg_attribute"
            " where attrelid = to_regclass(format('store.%%I', %s::text)) and attnum > 0 and not attisdropped"
            " and attname <> all(%s) order by attnum",
            (mart, list(MACHINERY)),
        ).fetchall()
    )


def _definition(column: MartColumn) -> sql.Composed:
    # the type was matched against the closed list in contracts.py
    return sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.data_type))


def _complete(connection: psycopg.Connection, contract: MartContract, has_new_columns: bool) -> None:
    """What a table made by an older version lacks: row hashes, and the keeper's right to fold the past.

    A new column is part of every row's hash. The owner itself is held by forced row security and would see no
    row: it is let go of while the hashes are reckoned, in this transaction.
    """
    parent, history = (sql.Identifier("store", f"{contract.name}{part}") for part in ("", "_history"))
    hashed = connection.execute(
        "select from pg_attribute where attrelid = to_regclass(format('store.%%I', %s::text)) and attname = '_row_hash'",
        (contract.name,),
    ).fetchone()
    kept = connection.execute(
        "select from pg_policies where schemaname = 'store' and tablename = %s and policyname = 'keeper'",
        (f"{contract.name}_history",),
    ).fetchone()
    connection.execute("set local role own_store")
    for relation in (parent, sql.Identifier("store", f"{contract.name}_current"), history):
        connection.execute(_reading(relation))
    if kept is None:
        connection.execute(_keeping(history))
    if hashed is None:
        connection.execute(sql.SQL("alter table {} add column _row_hash bigint").format(parent))
    if has_new_columns or hashed is None:
        columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in contract.columns)
        connection.execute(
            sql.SQL(
                "alter table {parent} no force row level security;"
                " update {parent} set _row_hash = hashint8extended(hash_record_extended(row({columns}), 0), 0);"
                " alter table {parent} force row level security;"
                " alter table {parent} alter column _row_hash set not null"
            ).format(parent=parent, columns=columns)
        )
    connection.execute("reset role")


def _table_statements(contract: MartContract) -> list[sql.Composed]:
    """What makes the table, as its owner."""
    parent, current, history = (
        sql.Identifier("store", f"{contract.name}{part}") for part in ("", "_current", "_history")
    )
    key = sql.SQL(", ").join(sql.Identifier(name) for name in (*contract.primary_key, "_g_to"))
    columns = sql.SQL(", ").join(_definition(column) for column in contract.columns)
    return [
        sql.SQL(
            "create table {} ({}, _row_hash bigint not null, _g_from integer not null,"
            " _g_to integer not null check (_g_to > _g_from), primary key ({})) partition by range (_g_to)"
        ).format(parent, columns, key),
        sql.SQL(
            "create table {} partition of {} for values from ({}) to (maxvalue) with (fillfactor = 90, {})"
        ).format(current, parent, sql.Literal(OPEN), STORAGE),
        sql.SQL("create table {} partition of {} default with ({})").format(history, parent, STORAGE),
        *(
            [sql.SQL("create index on {} (association_id)").format(parent)]
            if contract.primary_key[0] != "association_id"
            else []
        ),
        *(_protection(relation) for relation in (parent, current, history)),
        _keeping(history),
        sql.SQL("grant insert, update (_g_to) on {} to own_publish").format(parent),
    ]


def _protection(relation: sql.Identifier) -> sql.Composed:
    """Row security and grants; on partitions too, since each can be read by its own name."""
    return (
        sql.SQL(
            "alter table {relation} enable row level security;"
            " alter table {relation} force row level security;"
            " create policy machinery on {relation} for select to finsam_gate, finsam_audit using (true);"
            " create policy publisher on {relation} for all to own_publish using (true) with check (true);"
            " grant select on {relation} to finsam_gate, finsam_audit, own_marts, own_publish"
        ).format(relation=relation)
        + sql.SQL("; ")
        + _reading(relation)
    )


def _reading(relation: sql.Identifier) -> sql.Composed:
    """Whose rows a reader sees. Who sees every association is asked first: it costs nothing per row."""
    return sql.SQL(
        "drop policy if exists readers on {relation};"
        " create policy readers on {relation} for select to own_marts using ("
        "exists (select from ops.my_access as a where a.association_id = '*')"
        " or association_id = any(array(select a.association_id from ops.my_access as a)))"
    ).format(relation=relation)


def _keeping(history: sql.Identifier) -> sql.Composed:
    """Folding takes rows out of the past, and only from there."""
    return sql.SQL(
        "create policy keeper on {history} for all to own_keeper using (true);"
        " grant select, delete on {history} to own_keeper"
    ).format(history=history)


def _register(
    connection: psycopg.Connection, contract: MartContract, digest: str, headers: Mapping[str, Sequence[str]]
) -> None:
    connection.execute("delete from ops.mart where mart = %s", (contract.name,))
    connection.execute(
        "insert into ops.mart (mart, audience, label_sv, definition_sv, primary_key, contract_hash, view_name)"
        " values (%s, %s, %s, %s, %s, %s, %s)",
        (
            contract.name,
            contract.audience,
            contract.label_sv,
            contract.definition_sv,
            list(contract.primary_key),
            digest,
            contract.view,
        ),
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.mart_column (mart, column_name, position, data_type, label_sv, "
            "definition_sv, lineage,"
            " sender_headers) values (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    contract.name,
                    column.name,
                    position,
                    column.data_type,
                    column.label_sv,
                    column.definition_sv,
                    Jsonb(column.lineage) if column.lineage else None,
                    list(headers[column.name]),
                )
                for position, column in enumerate(contract.columns, start=1)
            ],
        )
    connection.execute(
        sql.SQL("comment on table {} is {}").format(
            sql.Identifier("store", contract.name),
            sql.Literal(dictionary.comment(contract.label_sv, contract.definition_sv)),
        )
    )


def _drop_views(connection: psycopg.Connection, mart: str) -> None:
    """The views the mart was registered with: another mart may have one of that name for other readers."""
    known = connection.execute(
        "select audience, coalesce(view_name, mart) from ops.mart where mart = %s", (mart,)
    ).fetchone()
    audience, view = known or ("", mart)
    for schema in VIEWS.get(audience, ()):
        try:
            connection.execute(sql.SQL("drop view if exists {}").format(sql.Identifier(schema, view)))
        except psycopg.errors.DependentObjectsStillExist as problem:
            raise WarehouseUnavailable(
                f"Vyn {schema}.{view} ska göras om, men något eget bygger på den: "
                f"{problem.diag.message_detail}. Ta bort det först."
            ) from None


def _create_views(connection: psycopg.Connection, contract: MartContract) -> None:
    connection.execute("set local role own_marts")
    for statement in _view_statements(contract):
        connection.execute(statement)
    connection.execute("reset role")


def _view_statements(contract: MartContract) -> list[sql.Composed]:
    """The current view stands directly on the partition of open rows; its twin holds every generation kept."""
    if contract.audience not in VIEWS:
        return []
    shown = [column for column in contract.columns if not column.name.startswith("_")]
    current, asof = (sql.Identifier(schema, contract.view_name) for schema in VIEWS[contract.audience])
    listed = sql.SQL(", ").join(sql.Identifier("t", column.name) for column in shown)
    made = [
        sql.SQL("create view {} with (security_barrier) as select {} from {} as t").format(
            current, listed, sql.Identifier("store", f"{contract.name}_current")
        ),
        sql.SQL(
            "create view {} with (security_barrier) as select p.generation, {} from ops.publication as p"
            " inner join {} as t on t._g_from <= p.generation and t._g_to > p.generation"
            " where p.folded_at is null"
        ).format(asof, listed, sql.Identifier("store", contract.name)),
    ]
    readers = sql.SQL(", ").join(sql.Identifier(role) for role in READERS[contract.audience])
    for view in (current, asof):
        made.append(sql.SQL("grant select on {} to {}").format(view, readers))
        made.append(
            sql.SQL("comment on view {} is {}").format(
                view, sql.Literal(dictionary.comment(contract.label_sv, contract.definition_sv))
            )
        )
        made += [
            sql.SQL("comment on column {}.{} is {}").format(
                view,
                sql.Identifier(column.name),
                sql.Literal(dictionary.comment(column.label_sv, column.definition_sv)),
            )
            for column in shown
        ]
    return made
