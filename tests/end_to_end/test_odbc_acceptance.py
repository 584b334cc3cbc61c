"""`make acceptance`: a reader's login through Debian's ODBC driver, as Excel and Power BI use it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from ingestion.settings import PROJECT_ROOT
from ingestion.warehouse import connection as connections
from tests.end_to_end import odbc

pytestmark = pytest.mark.acceptance
LOGIN = "excel_prov"
MANUAL = PROJECT_ROOT / "docs" / "readers.md"
KINDS = {"text": "wvarchar", "boolean": "bit", "timestamp with time zone": "timestamp"}


def kind_in_odbc(data_type):
    """Lists come as text; numbers, days and moments as themselves."""
    return "wvarchar" if data_type.endswith("[]") else KINDS.get(data_type, data_type.partition("(")[0])


@pytest.fixture(scope="module")
def home(demo_night):
    return demo_night.settings.home


@pytest.fixture(scope="module")
def password(home):
    """The login's password, as the command shows it."""
    odbc.install()
    granted = finsam(home, "access", "grant", LOGIN, "--association", "skelleftea-norsjo", "--tool")
    yield granted["password"]
    finsam(home, "access", "revoke", LOGIN)


@pytest.fixture(scope="module")
def string(home, password):
    """The connection string as the command prints it."""
    return finsam(home, "warehouse", "url", "--as", LOGIN)["odbc"]


@pytest.fixture(scope="module")
def reader(password, string):
    with odbc.connection(f"{string};Uid={LOGIN};Pwd={password}") as opened:
        yield opened


@pytest.fixture(scope="module")
def plain(demo_night, password):
    """The same login through libpq, to compare with."""
    where = connections.reader_target(demo_night.settings, LOGIN)
    with psycopg.connect(where.url, password=password) as connection:
        yield connection


def finsam(home: Path, *arguments: str):
    done = subprocess.run(
        [sys.executable, "-m", "ingestion", *arguments, "--json"],
        cwd=PROJECT_ROOT,
        env={**os.environ, "FINSAM_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def views(plain) -> list[str]:
    return [
        row[0]
        for row in plain.execute(
            "select viewname from pg_views where schemaname = 'marts' order by 1"
        ).fetchall()
    ]


def columns(plain, view) -> dict[str, str]:
    return dict(
        plain.execute(
            "select attname::text, format_type(atttypid, atttypmod) from pg_attribute"
            " where attrelid = format('marts.%%I', %s::text)::regclass and attnum > 0 order by attnum",
            (view,),
        ).fetchall()
    )


def by_libpq(plain, view, types) -> list[tuple]:
    """Every row as the server's own text, written as ODBC writes booleans and moments."""
    listed = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in types)
    rows = plain.execute(
        sql.SQL("select {} from {} as t order by {}").format(
            listed, sql.Identifier("marts", view), order(types)
        )
    ).fetchall()
    return [
        tuple(as_odbc(value, kind) for value, kind in zip(row, types.values(), strict=True)) for row in rows
    ]


def as_odbc(value, kind):
    if value is not None and kind == "boolean":
        return {"true": "1", "false": "0"}[value]
    if value is not None and kind == "timestamp with time zone":
        return re.sub(r"[+-]\d\d$", "", value)
    return value


def order(types):
    return sql.SQL(", ").join(sql.Identifier("t", name) for name in types)


def test_the_string_in_the_manual_is_the_one_we_print(string):
    (written,) = re.findall(
        r"^Driver=\{PostgreSQL Unicode\}.*$", MANUAL.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert re.sub(r"Port=\d+", "Port=", written) == re.sub(r"Port=\d+", "Port=", string)


def test_every_public_mart_reads_the_same_as_in_the_database(reader, plain):
    met = set()
    for view in views(plain):
        types = columns(plain, view)
        described, rows = reader.query(
            f'select * from marts."{view}" as t order by {order(types).as_string(plain)}'
        )
        assert [column.name for column in described] == list(types)
        assert rows == by_libpq(plain, view, types), view
        for column, values in zip(
            described, zip(*rows, strict=True) if rows else [()] * len(types), strict=True
        ):
            kind = types[column.name]
            longest = max((len(value) for value in values if value), default=0)
            assert column.kind == kind_in_odbc(kind), (view, column)
            assert column.size >= longest or column.kind != "wvarchar", (view, column, longest)
            if column.kind == "numeric":
                assert column.digits == int(kind.strip(")").partition(",")[2]), (view, column)
            met |= {kind} if longest else set()
            met |= {f"{kind} with åäö" for value in values if re.search("[åäöÅÄÖ]", value or "")}
            met |= {f"{kind} beyond 255"} if longest > 255 else set()
    assert met >= {"text with åäö", "text[] with åäö", "boolean", "date", "numeric(18,2)", "numeric(18,6)"}


def test_long_text_and_lists_come_whole(reader):
    """The driver's own default would cut lists at 255 characters and make memo fields of all text."""
    described, rows = reader.query(
        "select repeat('åäö', 2700), (select array_agg(repeat('ö', 90)) from generate_series(1, 80)), '–”€😀'::text"
    )
    assert rows == [("åäö" * 2700, "{" + ",".join(["ö" * 90] * 80) + "}", "–”€😀")]
    assert {column.kind for column in described} == {"wvarchar"}
    assert all(column.size >= len(text) for column, text in zip(described, rows[0], strict=True))


def test_a_client_lists_the_marts_and_their_columns(reader, plain):
    listed = {name: kind for _, _, name, kind, _ in reader.tables("marts")}
    assert listed == dict.fromkeys(views(plain), "VIEW")
    for view in views(plain):
        assert list(reader.columns("marts", view)) == list(columns(plain, view)), view


def test_labels_and_meanings_are_reachable(reader, plain):
    _, rows = reader.query("select mart, column_name, label_sv, definition_sv from marts.data_dictionary")
    labelled = {(mart, column) for mart, column, label, meaning in rows if label and meaning}
    marts = {mart for mart, *_ in rows}
    assert labelled == {
        (view, column) for view in views(plain) if view in marts for column in columns(plain, view)
    }
    _, comments = reader.query(
        "select c.relname, obj_description(c.oid), col_description(c.oid, 1) from pg_class as c"
        " where c.relnamespace = 'marts'::regnamespace"
    )
    assert {name for name, comment, _ in comments if comment} == set(views(plain))
    assert {name for name, _, comment in comments if comment} == marts


@pytest.mark.parametrize(
    "statement",
    [
        "select * from marts_internal.exit_results",
        "select * from raw.participants",
        "create temporary table x (y int)",
        "update marts.own_capital set result_sek = 0",
    ],
)
def test_the_rest_is_refused(password, string, statement):
    with odbc.connection(f"{string};Uid={LOGIN};Pwd={password}") as opened, pytest.raises(odbc.OdbcProblem):
        opened.query(statement)


def test_a_wrong_password_is_refused(string):
    with (
        pytest.raises(odbc.OdbcProblem, match="password authentication failed"),
        odbc.connection(f"{string};Uid={LOGIN};Pwd=wrong"),
    ):
        pass


def test_the_queries_of_the_manual_give_rows(reader):
    """Each block of SQL in the manual, as it stands there."""
    queries = re.findall(r"```sql\n(.*?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL)
    assert len(queries) >= 4
    for query in queries:
        assert reader.query(query)[1], query
