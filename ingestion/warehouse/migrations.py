"""Ordered migrations: `ddl/NNN_*.sql` once each, then what follows from declarations (raw tables, store)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg import sql

from ingestion import settings as surroundings
from ingestion.warehouse import connection as connections
from ingestion.warehouse import locks, raw_tables, rights, roles
from ingestion.warehouse.embedded import AskedInVain, WarehouseUnavailable

if TYPE_CHECKING:
    import psycopg

    from ingestion.settings import Settings

DDL = Path(__file__).parent / "ddl"
OLDEST_SERVER = 150000


@dataclass(frozen=True)
class Migrated:
    """applied: migrations run now. changed: tables and columns that declarations asked for."""

    applied: list[str]
    changed: list[str]

    @property
    def summary_sv(self) -> str:
        """What a person reads."""
        news = ", ".join([*self.applied, *self.changed])
        return f"Databasen fick: {news}." if news else "Databasen har redan rätt form."


def migrate(settings: Settings) -> Migrated:
    """Bring the warehouse to this code's shape; safe to run at any time but in the night, by several at once, and again.

    Numbered migrations run as the administrator, since they make what only it may. What follows from declarations is
    shaped by finsam_migrate, in a window that is open for that long only. Raises WarehouseUnavailable where the server
    is too old, not UTF-8, newer than the code, a migration that was applied has been edited since, or a night is on.
    """
    return _migrate(settings, even_if_current=True)


def ensure(settings: Settings) -> None:
    """Migrate unless this very code has shaped the database already; then check. Raises WarehouseUnavailable."""
    if not _is_current(settings):
        _migrate(settings, even_if_current=False)
    check(settings)


def _migrate(settings: Settings, even_if_current: bool) -> Migrated:
    settings.prepare()
    create_databases(settings)
    return _migrate_inside(settings, even_if_current)


def migrate_inside(settings: Settings) -> Migrated:
    """As `migrate`, in a database that is there already: a restored one, before it gets the warehouse's name."""
    return _migrate_inside(settings, even_if_current=True)


def refuse_unknown(applied: dict[str, str]) -> None:
    """Raises WarehouseUnavailable where a database with those migrations is newer than this code."""
    _compare(applied, _files())


def _migrate_inside(settings: Settings, even_if_current: bool) -> Migrated:
    admin = connections.admin_target(settings)
    with connections.open_target(admin, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(hashtextextended('finsam.migrate', 0))")
        _check_server(connection)
        if not even_if_current and _is_current(settings):
            return Migrated([], [])
        _refuse_in_the_night(connection)
        with connection.transaction():
            roles.create_missing(connection, settings)
            roles.guard_database(connection)
            applied = _apply_ddl(connection)
        roles.open_window(connection)
        try:
            changed = _shape(settings)
        finally:
            roles.close_window(connection)
    return Migrated(applied, changed)


def _refuse_in_the_night(connection: psycopg.Connection) -> None:
    """DDL waits for every reader of a table and lets nobody past while it waits: not while a night is working."""
    for lock in (locks.BUILD, locks.INTAKE):
        row = connection.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", (lock,)).fetchone()
        if not row or not row[0]:
            raise AskedInVain(
                "En mottagning eller ett bygge pågår. Databasen får sin form när det är klart: kör `finsam migrate` då."
            )


def _shape(settings: Settings) -> list[str]:
    """Raw tables, store, views and registers, in one transaction that ends by saying whose shape it is."""
    from ingestion.warehouse import access, store

    with connections.connect(settings, "finsam_migrate") as connection:
        connection.execute("set local lock_timeout = '30s'")
        changed = raw_tables.create_missing(connection)
        changed += store.create_missing(connection)
        access.grant_views(connection)
        # functions are everyone's to execute until told otherwise, whichever role made them
        connection.execute(
            "revoke execute on all functions in schema ops, raw, store, marts, marts_asof, marts_internal,"
            " marts_internal_asof from public"
        )
        connection.execute("delete from ops.shape")
        connection.execute("insert into ops.shape (code_version) values (%s)", (surroundings.code_version(),))
    return changed


def _is_current(settings: Settings) -> bool:
    """Was the database last shaped by this very code? False where there is no database yet."""
    import psycopg

    try:
        with connections.connect(settings, "finsam_audit") as connection:
            row = connection.execute("select code_version from ops.shape").fetchone()
    except (WarehouseUnavailable, psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return False
    return row is not None and row[0] == surroundings.code_version()


def check(settings: Settings) -> None:
    """At start, of every step: is the warehouse in this code's shape, and may each role what is declared and no more?

    Raises AskedInVain with the remedy, WarehouseUnavailable where the server does not answer.
    """
    with connections.connect(settings, "finsam_audit") as connection:
        known: dict[str, str] = dict(connection.execute("select name, sha256 from ops.migration").fetchall())
        _compare(known, _files())
        if missing := [name for name in _files() if name not in known]:
            raise AskedInVain(f"Databasen saknar {', '.join(missing)}. Kör `finsam migrate`.")
        if connection.execute("select from ops.shape").fetchone() is None:
            raise AskedInVain("Databasen fick bara halva sin form. Kör `finsam migrate` igen.")
        rights.check(connection)


def _files() -> dict[str, Path]:
    return {file.name: file for file in sorted(DDL.glob("[0-9][0-9][0-9]_*.sql"))}


def _compare(known: dict[str, str], files: dict[str, Path]) -> None:
    for name, digest in known.items():
        if name not in files:
            raise AskedInVain(
                f"Databasen har {name}, som den här koden inte känner. Använd en nyare version av koden."
            )
        if _digest(files[name]) != digest:
            raise AskedInVain(
                f"{name} har ändrats efter att den kördes. Återställ filen och lägg ändringen i en ny."
            )


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _apply_ddl(connection: psycopg.Connection) -> list[str]:
    connection.execute("create schema if not exists migrations")
    connection.execute(
        "create table if not exists migrations.applied"
        " (name text primary key, sha256 text not null, applied_at timestamptz not null default now())"
    )
    known: dict[str, str] = dict(connection.execute("select name, sha256 from migrations.applied").fetchall())
    files = _files()
    _compare(known, files)
    fresh = [name for name in files if name not in known]
    for name in fresh:
        connection.execute(files[name].read_text(encoding="utf-8"))
        connection.execute("reset role")
        connection.execute(
            "insert into migrations.applied (name, sha256) values (%s, %s)", (name, _digest(files[name]))
        )
    connection.execute("create or replace view ops.migration as select * from migrations.applied")
    connection.execute("grant select on ops.migration to finsam_audit, finsam_gate")
    connection.execute("grant usage on schema migrations to own_backup")
    connection.execute("grant select on migrations.applied to own_backup")
    connection.execute("delete from ops.shape")  # until the shape that belongs to it is made
    return fresh


def _check_server(connection: psycopg.Connection) -> None:
    version = connection.info.server_version
    if version < OLDEST_SERVER:
        raise AskedInVain(f"PostgreSQL 15 eller nyare behövs, servern har {version // 10000}.")
    row = connection.execute(
        "select current_setting('server_encoding'), lower('ÅÄÖ') = 'åäö',"
        " (select rolsuper or rolcreaterole from pg_roles where rolname = current_user)"
    ).fetchone()
    encoding, folds, may_create = row if row else ("", False, False)
    if encoding != "UTF8" or not folds:
        raise AskedInVain(
            "Databasen måste ha kodningen UTF8 och en locale som känner å, ä och ö (till exempel C.UTF-8 eller sv_SE.UTF-8)."
        )
    if not may_create:
        raise AskedInVain(
            "Användaren i FINSAM_WAREHOUSE_URL får inte skapa roller. Ge den CREATEROLE, eller använd en administratör."
        )


def create_databases(settings: Settings) -> None:
    """The warehouse database (embedded only) and Airflow's own, beside it."""
    first = "postgres" if settings.warehouse_url is None else None
    with connections.open_target(connections.admin_target(settings, first), autocommit=True) as connection:
        roles.create_missing(connection, settings)
        known = {row[0] for row in connection.execute("select datname from pg_database").fetchall()}
        wanted = [connections.airflow_database(settings)]
        if settings.warehouse_url is None:
            wanted.append(connections.DATABASE)
        for name in [name for name in wanted if name not in known]:
            connection.execute(
                sql.SQL("create database {} template template0 encoding 'UTF8'").format(sql.Identifier(name))
            )
        if settings.warehouse_url is None:
            # every login could make temporary tables and large objects there, and fill the disk
            connection.execute("revoke connect, temporary on database postgres, template1 from public")
        connection.execute(
            sql.SQL("alter database {} owner to finsam_airflow").format(
                sql.Identifier(connections.airflow_database(settings))
            )
        )
        connection.execute(
            sql.SQL("revoke all on database {} from public").format(
                sql.Identifier(connections.airflow_database(settings))
            )
        )
