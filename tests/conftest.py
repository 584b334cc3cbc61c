"""What several rooms' tests share: a warehouse of their own with one demo night in it, made once per worker."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ingestion.settings import PROJECT_ROOT, Settings

DEMO = PROJECT_ROOT / "ingestion" / "demo" / "deliveries"


@dataclass
class Warehouse:
    """A warehouse under test."""

    settings: Settings

    def query(
        self, statement: str, parameters: tuple = (), role: str = "finsam_internal"
    ) -> list[dict[str, Any]]:
        from psycopg.rows import dict_row

        from ingestion.warehouse import connection

        with (
            connection.connect(self.settings, role) as database,
            database.cursor(row_factory=dict_row) as cursor,
        ):
            return cursor.execute(statement, parameters).fetchall()

    def admin(self) -> Any:
        """A connection as the administrator, for what no role may do."""
        from ingestion.warehouse import connection

        return connection.open_target(connection.admin_target(self.settings), autocommit=True)

    def contents(self) -> dict[str, list[tuple]]:
        """Every reader's view, row for row: what a night made, whichever way it was run."""
        from ingestion.warehouse import connection

        found = {}
        with connection.connect(self.settings, "finsam_internal") as database:
            views = database.execute(
                "select schemaname, viewname from pg_views where schemaname in ('marts', 'marts_internal') order by 1, 2"
            ).fetchall()
            for schema, view in views:
                if view in {
                    "publication",
                    "delivery_status",
                    "association_status",
                    "feed_status",
                    "mart_status",
                }:
                    continue  # clock times and run ids stand there
                rows = database.execute(f'select * from "{schema}"."{view}"').fetchall()
                found[f"{schema}.{view}"] = sorted(rows, key=repr)
        return found


WHO_RAN = {"run_id", "token", "load_number", "_load_number", "shape"}
"""Columns that tell the run, not what was made. So do all clock times but those a sender states (`made_at`): a night run again
differs there and nowhere else."""
ATTEMPTS = {"fence", "lock_claim", "held_lock", "attempt", "night", "migration", "alert"}
"""Tables in ops about attempts and their clock: how often a night was begun is a fact about the nights, not about what they
made."""


def facts(settings: Settings, schemas: tuple[str, ...] = ("raw", "ops", "store", "marts", "marts_internal")):
    """Everything a night made, row for row, clock times and run ids aside: the one definition two nights are compared by.

    Views are asked too: readers see them. store and marts with their generations.
    """
    from psycopg import sql

    from ingestion.warehouse import connection

    found = {}
    with (
        connection.open_target(connection.admin_target(settings)) as administrator,
        connection.connect(settings, "finsam_internal") as reader,
    ):
        named = administrator.execute(
            "select table_schema, table_name, array_agg(column_name::text order by ordinal_position)"
            " from information_schema.columns where table_schema = any(%s)"
            " and (data_type <> 'timestamp with time zone' or column_name like '%%made_at') group by 1, 2 order by 1, 2",
            (list(schemas),),
        ).fetchall()
        for schema, table, columns in named:
            kept = [sql.Identifier(name) for name in columns if name not in WHO_RAN]
            if (schema == "ops" and table in ATTEMPTS) or not kept:
                continue
            rows = sql.SQL("select row({})::text from {}").format(
                sql.SQL(", ").join(kept), sql.Identifier(schema, table)
            )
            # whose rows a view of marts shows depends on who asks
            database = reader if schema.startswith("marts") else administrator
            found[f"{schema}.{table}"] = sorted(row[0] for row in database.execute(rows).fetchall())
    return found


def differing(one: dict[str, list[str]], other: dict[str, list[str]]) -> dict[str, list[str]]:
    """The tables in which two nights' facts differ, with the first rows only one of them has."""
    return {
        name: sorted(set(one.get(name, [])) ^ set(other.get(name, [])))[:4]
        or ["same rows, another number of them"]
        for name in {*one, *other}
        if one.get(name) != other.get(name)
    }


@pytest.fixture(scope="session", autouse=True)
def short_rest():
    """A file at rest for a fifth of a second is taken in: tests deliver many, each a moment before it is received."""
    from ingestion import delivery

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery, "STILL_SECONDS", 0.2)
        yield


def deliver_demo(home: Path) -> None:
    for part in ("landing", "reference"):
        shutil.copytree(DEMO / part, home / part, dirs_exist_ok=True)


def new_warehouse(home: Path) -> Warehouse:
    from ingestion.warehouse import migrations
    from tests import parsed

    settings = Settings(home=home)
    migrations.migrate(settings)
    parsed.lend(settings)
    return Warehouse(settings)


@pytest.fixture(scope="session")
def demo_night(tmp_path_factory):
    """The demo after its first night. Tests read it; whoever changes it makes a warehouse of their own.

    Made once per worker: tests that use it stand in the group `airflow`, so that one worker makes it.
    """
    from ingestion import night
    from ingestion.warehouse import embedded

    home = tmp_path_factory.mktemp("demo") / "home"
    try:
        warehouse = new_warehouse(home)
        deliver_demo(home)
        warehouse.first_night = night.nightly(warehouse.settings, "test/first")  # type: ignore[attr-defined]
        yield warehouse
    finally:
        embedded.remove(Settings(home=home))
