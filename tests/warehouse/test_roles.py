"""Who may do what, tried as real logins. Fault F72; F73 for what readers may set."""

import psycopg
import pytest

from ingestion.settings import Settings
from ingestion.warehouse import connection as connections
from ingestion.warehouse import migrations
from tests.warehouse.small_warehouse import Warehouse, is_refused, throw_away, use_example

READS = {
    "raw.ledger": {"finsam_loader", "finsam_transform", "finsam_gate", "finsam_audit"},
    "raw.participants": {"finsam_loader", "finsam_transform", "finsam_gate", "finsam_audit"},
    "candidate.statement": {"finsam_transform", "finsam_gate"},
    "store.statement": {"finsam_gate", "finsam_audit"},
    "store.statement_current": {"finsam_gate", "finsam_audit"},
    "store.flow_history": {"finsam_gate", "finsam_audit"},
    "marts.statement": {"finsam_reader", "finsam_internal"},
    "marts.dim_line": {"finsam_reader", "finsam_internal"},
    "marts_asof.statement": {"finsam_reader", "finsam_internal"},
    "marts.publication": {"finsam_reader", "finsam_internal"},
    "marts.association_status": {"finsam_reader", "finsam_internal"},
    "marts.delivery_status": {"finsam_reader", "finsam_internal"},
    "marts.finding": {"finsam_reader", "finsam_internal"},
    "marts.waiver": {"finsam_reader", "finsam_internal"},
    "marts_internal.waiver": {"finsam_internal"},
    "ops.waiver": {"finsam_gate", "finsam_audit"},
    "ops.required_rule": {"finsam_gate", "finsam_audit"},
    "marts.feed_status": {"finsam_reader", "finsam_internal"},
    "marts.mart_status": {"finsam_reader", "finsam_internal"},
    "marts.data_dictionary": {"finsam_reader", "finsam_internal"},
    "marts_internal.flow": {"finsam_internal"},
    "marts_internal_asof.flow": {"finsam_internal"},
    "marts_internal.delivery_status": {"finsam_internal"},
    "marts_internal.finding": {"finsam_internal"},
    "marts_internal.feed_status": {"finsam_internal"},
    "marts_internal.mart_status": {"finsam_internal"},
    "ops.lineage": {"finsam_gate", "finsam_audit"},
    "ops.lineage_step": {"finsam_gate", "finsam_audit"},
    "ops.evidence": {"finsam_gate", "finsam_audit"},
    "ops.publication": {"finsam_gate", "finsam_audit"},
    "ops.access": {"finsam_gate", "finsam_audit"},
    "ops.my_access": set(),
    "pg_authid": set(),
}
ROLES = sorted(set(connections.LOGIN_ROLES) - {"finsam_airflow"})
CHANGES = (
    "insert into store.statement (association_id) values ('x')",
    "update store.statement set label_sv = 'x'",
    "update store.statement set _g_to = 5",
    "delete from store.statement_current",
    "truncate store.statement",
    "alter table store.statement disable row level security",
    "drop policy readers on store.statement",
    "drop view marts.statement",
    "create view marts.statement_2 as select 1 as one",
    "insert into ops.publication (generation) values (9)",
    "update ops.association_state set blocked_by = null",
    "delete from ops.published_finding",
    "delete from ops.required_rule",
    "insert into ops.access (login_name, association_id) values (session_user, '*')",
    "update ops.fence set token = 0",
    "select ops.move_rows('statement', '{alfa}', 9)",
    "select ops.publish_mart('statement', '{alfa}', 9)",
    "select ops.record_states(null, '{}', 9)",
    "select ops.overrule_delivery('alfa-1', 'withdrawn', 'x', 'x')",
    "select ops.propose_waiver('TST-002', '*', 'alfa', 'rows', 1, 'x', '2017-01-01', '2017-01-02')",
    "select ops.approve_waiver('x')",
    "select ops.withdraw_waiver('x', 'x')",
    "insert into ops.waiver select * from ops.waiver",
    "update ops.waiver set valid_until = valid_until + 9",
    "select ops.judge_again('alfa')",
    "select ops.change_delivery('alfa-1', 'withdrawn', 'x', 'x', 'x')",
    "set role decide_deliveries",
    "set role own_store",
    "set role own_marts",
    "set role own_publish",
    "set session authorization finsam_admin",
    "create table public.x (y int)",
    "create function ops.mine() returns int language sql as 'select 1'",
    "copy (select 1) to program 'true'",
    "select pg_read_file('/etc/passwd')",
)
ALONE = {
    "select ops.publish('x', 1, 'x')": "finsam_publish",
    "drop table candidate.statement": "finsam_transform",
    "delete from ops.evidence": "finsam_gate",
}


@pytest.fixture(scope="module")
def people(published):
    """Logins of two associations' staff, as members of read_public, and one that sees nothing."""
    with published.admin() as connection:
        for login in ("ekonom_alfa", "ekonom_beta", "nykomling"):
            connection.execute(f"create role {login} login password 'x' in role read_public")
        connection.execute("insert into ops.access values ('ekonom_alfa', 'alfa'), ('ekonom_beta', 'beta')")
    yield published
    with published.admin() as connection:
        connection.execute("delete from ops.access where login_name like 'ekonom%'")
        for login in ("ekonom_alfa", "ekonom_beta", "nykomling"):
            connection.execute(f"drop role {login}")


def as_person(warehouse, login):
    admin = connections.admin_target(warehouse.settings)
    return connections.open_target(connections.Target(admin.host, admin.port, admin.database, login, "x"))


@pytest.mark.parametrize("relation", READS)
def test_each_login_reads_its_own_and_nothing_else(published, relation):
    allowed = {role for role in ROLES if not is_refused(published, role, f"select * from {relation} limit 1")}
    assert allowed - READS[relation] == set(), "reads what it may not"
    if relation != "ops.my_access":
        assert READS[relation] - allowed == set(), "cannot read what it should"


@pytest.mark.parametrize("statement", CHANGES)
def test_no_login_changes_what_is_published(published, statement):
    assert [role for role in ROLES if not is_refused(published, role, statement)] == []


@pytest.mark.parametrize("statement", ALONE)
def test_what_one_login_does_the_others_may_not(published, statement):
    assert [
        role for role in ROLES if role != ALONE[statement] and not is_refused(published, role, statement)
    ] == []


def test_the_publisher_may_publish_and_nothing_else(published):
    with (
        published.connect("finsam_publish") as connection,
        pytest.raises(psycopg.Error, match="inte det senaste"),
    ):
        connection.execute("select ops.publish('x', 1, 'x')")
    with published.admin() as connection:
        readable = connection.execute(
            "select c.oid::regclass::text from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
            " where n.nspname !~ '^(pg_|information_schema)' and c.relkind in ('r', 'p', 'v')"
            " and has_table_privilege('finsam_publish', c.oid, 'select, insert, update, delete')"
        ).fetchall()
        runnable = connection.execute(
            "select p.oid::regprocedure::text from pg_proc as p join pg_namespace as n on n.oid = "
            "p.pronamespace"
            " where n.nspname !~ '^(pg_|information_schema)' and has_function_privilege('finsam_publish', "
            "p.oid, 'execute')"
        ).fetchall()
    assert readable == []
    assert runnable == [("ops.publish(text,bigint,text)",)]


def test_nothing_is_granted_to_public(published):
    with published.admin() as connection:
        assert (
            connection.execute(
                "select c.oid::regclass::text from pg_class as c join pg_namespace as n on n.oid = "
                "c.relnamespace,"
                " aclexplode(c.relacl) as a where a.grantee = 0 and n.nspname !~ '^(pg_|information_schema)'"
            ).fetchall()
            == []
        )
        assert (
            connection.execute(
                "select p.oid::regprocedure::text from pg_proc as p join pg_namespace as n on n.oid = "
                "p.pronamespace,"
                " aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a"
                " where a.grantee = 0 and n.nspname !~ '^(pg_|information_schema)'"
            ).fetchall()
            == []
        )


def test_owners_cannot_log_in_and_definers_pin_their_search_path(published):
    with published.admin() as connection:
        assert (
            connection.execute(
                "select rolname from pg_roles where rolname like 'own\\_%' and rolcanlogin"
            ).fetchall()
            == []
        )
        assert (
            connection.execute(
                "select proname from pg_proc as p join pg_namespace as n on n.oid = pronamespace where "
                "nspname = 'ops' and prosecdef"
                " and not exists (select from unnest(proconfig) as c where c like 'search\\_path=%')"
            ).fetchall()
            == []
        )


def test_readers_see_the_rows_of_their_associations(people):
    relations = (
        "marts.statement",
        "marts.capital",
        "marts.dim_line",
        "marts_asof.statement",
        "marts.delivery_status",
        "marts.association_status",
    )
    for login, visible in (("ekonom_alfa", [("alfa",)]), ("ekonom_beta", [("beta",)]), ("nykomling", [])):
        with as_person(people, login) as connection:
            for relation in relations:
                assert (
                    connection.execute(f"select distinct association_id from {relation}").fetchall()
                    == visible
                ), relation
            named = connection.execute("select associations from marts.publication").fetchall()
            assert named == ([([visible[0][0]],)] if visible else [])
    assert people.ask("finsam_reader", "select distinct association_id from marts.statement order by 1") == [
        ("alfa",),
        ("beta",),
    ]


@pytest.mark.parametrize(
    "trick",
    [
        "set search_path = store, ops, marts",
        "set row_security = off",
        "set session characteristics as transaction read write",
        "set role finsam_reader",
        "set app.association = 'beta'",
        "select set_config('session_authorization', 'finsam_audit', false)",
    ],
)
def test_no_setting_shows_a_reader_more(people, trick):
    """F73: settings are the user's own; row security goes by session_user, which is not."""
    with as_person(people, "ekonom_alfa") as connection:
        connection.autocommit = True
        try:
            connection.execute(trick)
            seen = connection.execute("select distinct association_id from marts.statement").fetchall()
        except psycopg.errors.InsufficientPrivilege:
            seen = []
        assert seen in ([("alfa",)], [])


def test_a_leaky_function_sees_no_hidden_row(people):
    """The views are security barriers: a cheap function in the condition runs after the row filter, not
    before.
    """
    with people.admin() as connection:
        connection.execute(
            "create schema theirs; grant usage on schema theirs to read_public;"
            " create function theirs.shout(text) returns boolean cost 0.0001 language plpgsql as"
            " $$ begin raise notice '%', $1; return true; end $$; grant execute on function theirs.shout "
            "to read_public"
        )
    heard = []
    with as_person(people, "ekonom_alfa") as connection:
        connection.add_notice_handler(lambda notice: heard.append(notice.message_primary))
        connection.execute("select * from marts.statement where theirs.shout(association_id)").fetchall()
    assert set(heard) == {"alfa"}


def test_temporary_tables_are_refused_in_the_migrated_database(server):
    for role in ROLES:
        with (
            connections.connect(server, role) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("create temporary table x (y int)")


def test_publication_leaves_grants_and_row_security_untouched(warehouse):
    """F74: it never does any DDL."""
    shape = (
        "select string_agg(c::text, ',' order by oid) from (select oid, relname, relowner, relacl, "
        "relrowsecurity,"
        " relforcerowsecurity from pg_class where relnamespace::regnamespace::text in ('store', 'marts', "
        "'marts_internal',"
        " 'marts_asof', 'marts_internal_asof')) as c"
    )
    policies = "select string_agg(p::text, ',' order by tablename, policyname) from pg_policies as p"
    with warehouse.admin() as connection:
        before = connection.execute(f"select ({shape}), ({policies})").fetchone()
        warehouse.deliver("alfa")
        warehouse.night()
        assert connection.execute(f"select ({shape}), ({policies})").fetchone() == before


def test_participant_files_show_no_counts_to_the_public(warehouse):
    """A count of rows in a participant file is a count of people: until disclosure control, internal
    readers only.
    """
    with warehouse.admin() as connection:
        connection.execute(
            "insert into ops.delivery (delivery_id, feed_id, association_id, scope, period, content_id, "
            "file_name, byte_count, state,"
            " reason_sv, rows_read, rows_loaded, run_id, code_version) values ('p', 'participants', "
            "'alfa', 'whole', '2017', 'p',"
            " 'deltagare_2017.csv', 1, 'rejected', '3 rader saknar kön', 3, 3, 't', 't')"
        )
    statement = (
        "select rows_read, rows_loaded, reason_sv from {}.delivery_status where feed_id = 'participants'"
    )
    assert warehouse.ask("finsam_reader", statement.format("marts")) == [
        (None, None, "Skälet står i marts_internal.delivery_status.")
    ]
    assert warehouse.ask("finsam_internal", statement.format("marts_internal")) == [
        (3, 3, "3 rader saknar kön")
    ]


def test_another_server_without_a_superuser(tmp_path, monkeypatch):
    """FINSAM_WAREHOUSE_URL: an administrator who owns the database and may create roles, and nothing more."""
    use_example(monkeypatch)
    host = Settings(home=tmp_path / "host")
    host.prepare()
    try:
        admin = connections.admin_target(host, "postgres")
        with connections.open_target(admin, autocommit=True) as connection:
            connection.execute("create role steward login createrole createdb password 'x'")
            connection.execute("create database house owner steward template template0 encoding 'UTF8'")
        guest = Warehouse(
            Settings(
                home=tmp_path / "guest",
                warehouse_url=f"postgresql://steward:x@{admin.host}:{admin.port}/house",
            )
        )
        migrations.migrate(guest.settings)
        assert migrations.migrate(guest.settings).changed == []
        guest.deliver("alfa")
        assert guest.night().generation == 1
        assert guest.ask("finsam_reader", "select count(*) from marts.statement") == [(4,)]
        assert [
            role for role in ROLES if not is_refused(guest, role, "update store.statement set _g_to = 5")
        ] == []
    finally:
        throw_away(host)
