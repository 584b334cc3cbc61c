"""Readers' logins, tried as themselves on a real server. Faults F72 and F73."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest

from ingestion import cli
from ingestion.settings import Settings, SettingsProblem
from ingestion.warehouse import access, migrations
from ingestion.warehouse import connection as connections
from ingestion.warehouse.access import Right
from ingestion.warehouse.embedded import WarehouseUnavailable
from tests.warehouse.small_warehouse import Warehouse, throw_away, use_example

ALFA = Right("person", "public", ("alfa",))
BETA_INTERNAL = Right("person", "internal", ("beta",))
RELATIONS = (
    "select n.nspname, c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
    " where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^(pg_|information_schema)' order by 1, 2"
)
PUBLIC = {"marts", "marts_asof"}


@pytest.fixture
def readers(published):
    """Grants logins on the published warehouse and takes them back."""
    made = Readers(published)
    yield made
    made.remove()


class Readers:
    """Logins of one warehouse and their passwords."""

    def __init__(self, warehouse):
        self.warehouse, self.passwords = warehouse, {}

    def grant(self, login, right, **options):
        granted = access.grant(self.warehouse.settings, login, right, **options)
        if granted.password:
            self.passwords[login] = granted.password
        return granted

    def revoke(self, login):
        return access.revoke(self.warehouse.settings, login)

    def connect(self, login, database=None, **options):
        admin = connections.admin_target(self.warehouse.settings)
        where = connections.Target(
            admin.host, admin.port, database or admin.database, login, self.passwords[login]
        )
        return connections.open_target(where, **options)

    def cannot_connect(self, login, database=None):
        with pytest.raises(WarehouseUnavailable):
            self.connect(login, database)
        return True

    def ask(self, login, statement):
        with self.connect(login) as connection:
            return connection.execute(statement).fetchall()

    def events(self, login):
        with self.warehouse.admin() as admin:
            return admin.execute(
                "select action, audience, associations from ops.access_event where login_name = %s order by event_number",
                (login,),
            ).fetchall()

    def remove(self):
        for one in access.logins(self.warehouse.settings):
            self.revoke(one.login)


def relations(warehouse):
    with warehouse.admin() as admin:
        return admin.execute(RELATIONS).fetchall()


@pytest.mark.parametrize(
    ("right", "schemas"),
    [
        (ALFA, PUBLIC),
        (Right("tool", "internal", ("alfa",)), PUBLIC | {"marts_internal", "marts_internal_asof"}),
    ],
)
def test_a_login_reads_every_mart_of_its_audience_and_nothing_else(readers, right, schemas):
    readers.grant("anna", right)
    readable, seen = set(), {}
    with readers.connect("anna", autocommit=True) as anna:
        for schema, name in relations(readers.warehouse):
            try:
                rows = anna.execute(f'select * from "{schema}"."{name}"')
            except psycopg.errors.InsufficientPrivilege:
                continue
            readable.add((schema, name))
            names = [column.name for column in rows.description]
            if "association_id" in names:
                place = names.index("association_id")
                seen[schema, name] = {row[place] for row in rows}
    expected = {pair for pair in relations(readers.warehouse) if pair[0] in schemas}
    assert readable == expected
    allowed = {"alfa"} | ({None} if right.audience == "internal" else set())
    assert all(found <= allowed for found in seen.values()), seen
    assert {schema for (schema, _), found in seen.items() if found == {"alfa"}} == schemas


def test_all_associations_include_those_to_come(readers):
    readers.grant("verktyg", Right("tool", "public", ("*",)))
    assert readers.ask("verktyg", "select distinct association_id from statement order by 1") == [
        ("alfa",),
        ("beta",),
    ]


def test_internal_reads_people_of_its_association_only(readers):
    readers.grant("berit", BETA_INTERNAL)
    assert readers.ask("berit", "select distinct association_id from marts_internal.flow") == [("beta",)]
    assert readers.ask("berit", "select distinct association_id from marts_internal_asof.flow") == [("beta",)]


@pytest.mark.parametrize(
    "trick",
    [
        "set search_path = store, ops, marts",
        "set row_security = off",
        "set session characteristics as transaction read write",
        "set role read_public",
        "set role read_internal",
        "set role finsam_reader",
        "set role finsam_internal",
        "set role own_marts",
        "set session authorization finsam_reader",
        "set app.association = 'beta'",
        "reset all",
    ],
)
def test_no_setting_shows_a_login_more(readers, trick):
    readers.grant("anna", ALFA)
    with readers.connect("anna", autocommit=True) as anna:
        try:
            anna.execute(trick)
            seen = anna.execute("select distinct association_id from marts.statement").fetchall()
        except psycopg.errors.InsufficientPrivilege:
            seen = []
    assert seen in ([("alfa",)], [])


@pytest.mark.parametrize(
    "statement",
    [
        "create temporary table x (y int)",
        "create table public.x (y int)",
        "create schema x",
        "create view marts.x as select 1 as y",
        "insert into ops.access values ('anna', 'beta')",
        "update ops.reader set valid_until = null",
        "alter role finsam_reader password 'x'",
        "alter role finsam_internal password 'x'",
        "alter role anna valid until 'infinity'",
        "alter role anna connection limit -1",
        "grant read_internal to anna",
        "set temp_file_limit = -1",
        "select lo_from_bytea(0, 'x')",
        "select pg_advisory_lock(hashtextextended('finsam.publish', 0))",
        "select pg_try_advisory_xact_lock_shared(1)",
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'finsam_admin'",
        "select * from pg_authid",
    ],
)
def test_a_login_is_refused_what_would_reach_beyond_it(readers, statement):
    """Even when it has lifted its guard rails, which are its own to lift."""
    readers.grant("anna", ALFA)
    with readers.connect("anna", autocommit=True) as anna:
        anna.execute("set default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            anna.execute(statement)


def test_becoming_the_group_for_a_moment_gains_nothing(readers):
    """A login that may SET ROLE may set that role's password: of finsam_reader that would be every association."""
    readers.grant("anna", ALFA)
    with readers.connect("anna", autocommit=True) as anna:
        anna.execute("set default_transaction_read_only = off")
        anna.execute("set role read_public")
        anna.execute("alter role read_public password 'mine'")
        assert anna.execute("select distinct association_id from marts.statement").fetchall() == [("alfa",)]
    readers.passwords["read_public"] = "mine"
    assert readers.cannot_connect("read_public")


@pytest.mark.parametrize("database", ["postgres", "template1", "airflow"])
def test_a_login_enters_no_other_database(readers, database):
    readers.grant("anna", ALFA)
    assert readers.cannot_connect("anna", database)


def test_guard_rails_stand_at_login(readers):
    readers.grant("anna", ALFA)
    with readers.connect("anna") as anna:
        for setting, by_kind in access.GUARD_RAILS.items():
            assert anna.execute(f"show {setting}").fetchone() == (by_kind["person"],)
        assert anna.execute("show temp_file_limit").fetchone() == (access.TEMP_FILE_LIMIT,)
    with readers.warehouse.admin() as admin:
        assert admin.execute("select rolconnlimit from pg_roles where rolname = 'anna'").fetchone() == (10,)


def test_granting_again_changes_the_rows_of_open_sessions_at_once(readers):
    readers.grant("anna", Right("person", "internal", ("alfa", "beta")))
    with readers.connect("anna", autocommit=True) as anna:
        assert anna.execute("select count(distinct association_id) from statement").fetchone() == (2,)
        assert anna.execute("select count(distinct association_id) from marts_internal.flow").fetchone() == (
            2,
        )
        again = readers.grant("anna", ALFA)
        assert anna.execute("select distinct association_id from statement").fetchall() == [("alfa",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            anna.execute("select * from marts_internal.flow")
    assert again.password is None
    assert again.before == Right("person", "internal", ("alfa", "beta"))


def test_the_same_grant_twice_changes_nothing(readers):
    readers.grant("twice", ALFA)
    assert readers.grant("twice", ALFA).password is None
    assert readers.events("twice") == [("granted", "public", ["alfa"])]
    assert readers.ask("twice", "select current_user") == [("twice",)]


def test_a_new_password_replaces_the_old(readers):
    readers.grant("anna", ALFA)
    old = readers.passwords["anna"]
    readers.grant("anna", ALFA, new_password=True)
    assert readers.ask("anna", "select 1") == [(1,)]
    readers.passwords["anna"] = old
    assert readers.cannot_connect("anna")
    assert readers.events("anna")[-1][0] == "password"


def test_a_revoked_login_is_gone_and_its_sessions_with_it(readers):
    readers.grant("anna", ALFA)
    open_session = readers.connect("anna", autocommit=True)
    assert readers.revoke("anna") == 1
    with pytest.raises(psycopg.OperationalError):
        open_session.execute("select 1")
    assert readers.cannot_connect("anna")
    with readers.warehouse.admin() as admin:
        left = admin.execute(
            "select (select count(*) from pg_roles where rolname = 'anna'),"
            " (select count(*) from ops.access where login_name = 'anna'),"
            " (select count(*) from ops.reader where login_name = 'anna')"
        ).fetchone()
    assert left == (0, 0, 0)
    assert readers.events("anna")[-1] == ("revoked", None, [])
    with pytest.raises(access.AccessRefused, match="ingen läsrätt"):
        readers.revoke("anna")


def test_a_revoke_that_was_interrupted_leaves_a_closed_door(readers, monkeypatch):
    readers.grant("anna", ALFA)
    old = readers.passwords["anna"]
    with readers.connect("anna", autocommit=True) as anna:
        with monkeypatch.context() as patch:
            patch.setattr(access, "_end_sessions", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                readers.revoke("anna")
        assert anna.execute("select count(*) from statement").fetchone() == (0,)
    assert readers.cannot_connect("anna")
    assert [one.is_open for one in access.logins(readers.warehouse.settings)] == [False]
    assert readers.grant("anna", ALFA).password not in {None, old}
    assert readers.ask("anna", "select 1") == [(1,)]


def test_an_end_date_ends_open_sessions_too(readers):
    tomorrow = date.today() + timedelta(days=1)
    readers.grant("anna", Right("person", "public", ("alfa",), tomorrow))
    assert access.logins(readers.warehouse.settings)[0].right.until == tomorrow
    with readers.connect("anna", autocommit=True) as anna, readers.warehouse.admin() as admin:
        assert anna.execute("select count(*) > 0 from statement").fetchone() == (True,)
        admin.execute("update ops.reader set valid_until = now() - interval '1 minute'")
        admin.execute("alter role anna valid until '2026-01-01'")
        assert anna.execute("select count(*) from statement").fetchone() == (0,)
    assert readers.cannot_connect("anna")
    assert readers.grant("anna", ALFA).password is None
    assert readers.ask("anna", "select count(*) > 0 from statement") == [(True,)]


@pytest.mark.parametrize(
    "login",
    [
        "Anna",
        "å_berg",
        "1anna",
        "a",
        "anna berg",
        "anna;drop",
        "finsam_extra",
        "own_x",
        "pg_x",
        "read_x",
        "decide_x",
        "x" * 64,
    ],
)
def test_names_that_are_refused(readers, login):
    with pytest.raises(access.AccessRefused, match=r"kan inte heta|upptaget"):
        readers.grant(login, ALFA)


def test_a_role_made_elsewhere_is_left_alone(readers):
    with readers.warehouse.admin() as admin:
        admin.execute("create role grannen login password 'x'")
        with pytest.raises(access.AccessRefused, match="finns redan"):
            readers.grant("grannen", ALFA)
        with pytest.raises(access.AccessRefused, match="ingen läsrätt"):
            readers.revoke("grannen")
        admin.execute("drop role grannen")


def test_unknown_associations_are_refused_with_the_known_ones(readers):
    with pytest.raises(access.AccessRefused, match=r"gamma är okänt\. Kända: .*alfa, beta"):
        readers.grant("anna", Right("person", "public", ("alfa", "gamma")))
    assert access.logins(readers.warehouse.settings) == []
    folder = readers.warehouse.settings.reference / "gamma"
    folder.mkdir(parents=True)
    try:
        readers.grant("anna", Right("person", "public", ("alfa", "gamma")))
    finally:
        folder.rmdir()


OVERRULE = "select ops.overrule_delivery(%s, %s, 'prövas', 'test')"


def test_a_steward_decides_for_its_associations_and_reads_nothing(readers):
    readers.grant("sten", Right("person", "none", ("alfa",), is_steward=True))
    with readers.connect("sten", autocommit=True) as sten:
        assert sten.execute(OVERRULE, ("alfa-1", "withdrawn")).fetchone() == ("withdrawn",)
        assert sten.execute(OVERRULE, ("alfa-1", "accepted")).fetchone() == ("accepted",)
        for refused in (
            "select ops.overrule_delivery('beta-1', 'withdrawn', 'x', 'x')",
            "select ops.change_delivery('alfa-1', 'rejected', 'x', 'karin', 'x')",
            "update ops.delivery set state = 'accepted'",
            "select * from marts.statement",
            "select * from ops.delivery",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                sten.execute(refused)
    with readers.warehouse.admin() as admin:
        who = admin.execute(
            "select to_state, actor, person from ops.delivery_event where person is not null order by event_number"
        ).fetchall()
    assert who == [("withdrawn", "sten", "sten"), ("accepted", "sten", "sten")]
    assert access.list_text(access.logins(readers.warehouse.settings)).startswith(
        "sten: får besluta om leveranser för alfa (person);"
    )


def test_a_steward_may_read_too_and_loses_each_right_by_itself(readers):
    both = Right("person", "public", ("alfa",), is_steward=True)
    readers.grant("stina", both)
    with readers.connect("stina", autocommit=True) as stina:
        assert stina.execute("select distinct association_id from statement").fetchall() == [("alfa",)]
        readers.grant("stina", ALFA)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            stina.execute(OVERRULE, ("alfa-1", "withdrawn"))
        readers.grant("stina", both)
        with readers.warehouse.admin() as admin:  # an end date holds for open sessions too
            admin.execute("update ops.reader set valid_until = now() - interval '1 minute'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            stina.execute(OVERRULE, ("alfa-1", "withdrawn"))
    readers.revoke("stina")
    assert readers.cannot_connect("stina")


def test_the_password_of_a_decision_comes_from_a_file_libpq_or_the_terminal(readers, tmp_path, monkeypatch):
    readers.grant("sten", Right("person", "none", ("alfa",), is_steward=True))
    settings, password = readers.warehouse.settings, readers.passwords["sten"]
    asked = []

    def ask(prompt):
        asked.append(prompt)
        return password

    (tmp_path / "lösenord").write_text(password + "\n")
    with_file = replace(settings, login_password_file=tmp_path / "lösenord")
    for own, question in ((with_file, None), (with_file, ask), (settings, ask)):
        with connections.connect_person(own, "sten", question) as sten:
            assert sten.execute("select session_user").fetchone() == ("sten",)
    assert asked == ["Lösenord för sten: "]
    with pytest.raises(WarehouseUnavailable, match="lösenord saknas"):
        connections.connect_person(settings, "sten")
    (tmp_path / "pgpass").write_text(f"*:*:*:sten:{password}\n")
    (tmp_path / "pgpass").chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
    with connections.connect_person(settings, "sten", ask) as sten:
        assert sten.execute("select session_user").fetchone() == ("sten",)
    assert len(asked) == 1
    with pytest.raises(SettingsProblem, match="FINSAM_LOGIN_PASSWORD_FILE"):
        connections.connect_person(replace(settings, login_password_file=tmp_path / "borta"), "sten")


def test_a_day_that_has_been_is_refused(readers):
    with pytest.raises(access.AccessRefused, match="har redan varit"):
        readers.grant("anna", Right("person", "public", ("alfa",), date(2020, 1, 1)))


def test_grants_at_the_same_time(readers):
    rights = [ALFA, Right("person", "public", ("beta",)), BETA_INTERNAL] * 4
    with ThreadPoolExecutor(len(rights)) as pool:
        done = list(pool.map(lambda right: access.grant(readers.warehouse.settings, "anna", right), rights))
    assert len([one for one in done if one.password]) == 1
    (stands,) = access.logins(readers.warehouse.settings)
    with readers.warehouse.admin() as admin:
        groups = admin.execute(
            "select m.roleid::regrole::text from pg_auth_members as m where m.member = 'anna'::regrole"
        ).fetchall()
    assert groups == [(access.GROUPS[stands.right.audience],)]
    assert stands.right in rights


def test_the_password_is_kept_nowhere(readers):
    granted = readers.grant("anna", ALFA)
    settings = readers.warehouse.settings
    found = [
        file
        for file in settings.home.rglob("*")
        if file.is_file() and granted.password.encode() in file.read_bytes()
    ]
    assert found == []
    assert granted.password not in granted.url + granted.odbc
    with readers.warehouse.admin() as admin:
        kept = admin.execute("select rolpassword from pg_authid where rolname = 'anna'").fetchone()[0]
    assert kept.startswith("SCRAM-SHA-256$")


def test_who_granted_and_when_is_kept(readers):
    readers.grant("kim", ALFA)
    (stands,) = access.logins(readers.warehouse.settings)
    with readers.warehouse.connect("finsam_audit") as audit:
        row = audit.execute(
            "select os_user, database_user, recorded_at from ops.access_event where login_name = 'kim'"
        ).fetchone()
    assert row == (stands.changed_by, "finsam_admin", stands.changed_at)


def test_an_administrator_that_is_no_superuser(tmp_path, monkeypatch):
    """CREATEROLE is enough: to grant, to change the audience, to end another's session and to remove the login."""
    use_example(monkeypatch)
    host = Settings(home=tmp_path / "host")
    host.prepare()
    try:
        admin = connections.admin_target(host, "postgres")
        with connections.open_target(admin, autocommit=True) as connection:
            connection.execute("create role steward login createrole createdb password 'x'")
            connection.execute("create database house owner steward template template0 encoding 'UTF8'")
        address = f"{admin.host}:{admin.port}/house"
        guest = Warehouse(Settings(tmp_path / "guest", f"postgresql://steward:x@{address}"))
        migrations.migrate(guest.settings)
        guest.deliver("alfa")
        guest.night()
        readers = Readers(guest)
        readers.grant("anna", ALFA)
        readers.grant("anna", Right("person", "internal", ("alfa",)))
        readers.grant("anna", replace(ALFA, is_steward=True))
        with readers.connect("anna") as anna:
            assert anna.execute(OVERRULE, ("alfa-1", "withdrawn")).fetchone() == ("withdrawn",)
        readers.grant("anna", ALFA)
        anna = readers.connect("anna", autocommit=True)
        assert anna.execute("select distinct association_id from statement").fetchall() == [("alfa",)]
        assert readers.revoke("anna") == 1
        assert readers.cannot_connect("anna")
    finally:
        throw_away(host)


@pytest.fixture
def finsam(server, monkeypatch, capsys):
    """The command, on the server's own database; answers (status, what it printed)."""
    monkeypatch.setenv("FINSAM_HOME", str(server.home))
    monkeypatch.delenv("FINSAM_WAREHOUSE_URL", raising=False)
    (server.reference / "alfa").mkdir(parents=True, exist_ok=True)

    def run(*arguments):
        capsys.readouterr()
        status = cli.main(arguments)
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    yield run
    for one in access.logins(server):
        access.revoke(server, one.login)


def test_the_command(finsam):
    status, said = finsam("access", "grant", "kim_k", "--association", "alfa", "--tool", "--json")
    granted = json.loads(said)
    assert status == 0
    assert granted["password"]
    assert granted["right"] == {
        "kind": "tool",
        "audience": "public",
        "associations": ["alfa"],
        "until": None,
        "is_steward": False,
        "is_privacy_officer": False,
    }
    assert "kim_k: får läsa marts för alfa (verktyg)" in finsam("access", "list")[1]
    assert finsam("access", "grant", "kim_k", "--all", "--internal")[1].startswith(
        "kim_k får läsa marts och marts_internal för alla förbund (person) (förut: läsa marts för alfa (verktyg))."
    )
    said = finsam("access", "grant", "kim_k", "--steward", "--association", "alfa")[1]
    assert said.startswith("kim_k får besluta om leveranser för alfa (person)")
    assert "finsam approve LEVERANS --reason SKÄL --login kim_k" in said
    assert finsam("access", "grant", "kim_k", "--steward", "--read", "--association", "alfa")[1].startswith(
        "kim_k får läsa marts och besluta om leveranser för alfa (person)"
    )
    assert finsam("access", "grant", "kim_k", "--steward", "--tool", "--all")[0] == 2
    assert finsam("access", "grant", "kim_k", "--association", "gamma")[0] == 2
    assert finsam("access", "revoke", "nobody")[0] == 2
    assert finsam("access", "revoke", "kim_k") == (0, "kim_k är borttagen.\n")


def test_the_address_is_that_of_the_role_asked_for(finsam, server):
    _, said = finsam("warehouse", "url", "--as", "finsam_audit")
    with psycopg.connect(said.strip()) as connection:
        assert connection.execute("select session_user").fetchone() == ("finsam_audit",)
    finsam("access", "grant", "kim_k", "--association", "alfa")
    where = connections.admin_target(server)
    _, said = finsam("warehouse", "url", "--as", "kim_k", "--json")
    assert json.loads(said)["url"] == f"postgresql://kim_k@{where.host}:{where.port}/{where.database}"
    _, said = finsam("warehouse", "url", "--as", "kim_k", "--odbc")
    assert "Driver={PostgreSQL Unicode};" in said
    assert "Uid=" not in said
    assert "Lösenordet för kim_k finns inte här" in said
    assert finsam("warehouse", "url", "--as", "nobody")[0] == 2
    assert finsam("warehouse", "url", "surplus")[0] == 2
