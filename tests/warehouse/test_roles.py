"""Who may do what, tried as real logins. Fault F72; F73 for what readers may set."""

import psycopg
import pytest

from ingestion import night, pipeline
from ingestion.warehouse import connection as connections
from ingestion.warehouse import embedded, migrations, rights, roles
from tests import role_matrix
from tests.warehouse.small_warehouse import is_refused

READS = {
    "raw.ledger": {"finsam_loader", "finsam_gate", "finsam_audit"},
    "raw.participants": {"finsam_loader", "finsam_gate", "finsam_audit"},
    "raw_open.ledger": {"finsam_transform", "finsam_gate"},
    "raw_open.participants": {"finsam_transform", "finsam_gate"},
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
    "ops.disclosure_release": {"finsam_gate", "finsam_audit"},
    "ops.disclosure_decision": {"finsam_gate", "finsam_audit"},
    "ops.disclosure_in_force": {"finsam_transform", "finsam_gate", "finsam_audit"},
    "ops.publication": {"finsam_gate", "finsam_audit"},
    "ops.access": {"finsam_audit"},
    "ops.reader": {"finsam_audit"},
    "vault.act": {"finsam_audit"},
    "vault.release": {"finsam_audit"},
    "vault.key_version": {"finsam_audit"},
    "vault.retention_rule": {"finsam_audit"},
    "vault.removed_row": {"finsam_audit"},
    "vault.pseudonym": set(),
    "vault.next_pseudonym": set(),
    "vault.tombstone": set(),
    "vault.withdrawal": set(),
    "ops.my_access": set(),
    "pg_authid": set(),
}
ROLES = sorted(set(connections.LOGIN_ROLES) - {"finsam_airflow", "finsam_migrate"})
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
    "update ops.disclosure_decision set shown_count = 1",
    "delete from ops.disclosure_release",
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
    "update vault.act set person = 'x'",
    "delete from vault.act",
    "delete from vault.tombstone",
    "insert into vault.pseudonym (pseudonym, stands_for, because) values ('x', 'y', 'link')",
    "insert into vault.key_version (version, fingerprint) values (9, 'x')",
    "select vault.put_to_rest('x', 'alfa', '{x}')",
    "select vault.remove_rows('x', 'alfa', '{x}', '{}')",
    "select vault.make_one('x', 'alfa', '{x}', '{y}')",
    "select vault.note_withdrawal('x', 'alfa', '{x}', '2017-01-01')",
    "select vault.all_of('{x}')",
    "select vault.in_use()",
    "select vault.follow_key(2, 'x')",
    "select ops.note_privacy_act('alfa')",
    "set role guard_privacy",
    "set role own_vault",
    "set role decide_deliveries",
    "set role own_store",
    "set role own_marts",
    "set role own_publish",
    "set role own_house",
    "set role finsam_migrate",
    "create temporary table x (y int)",
    "create table raw.x (y int)",
    "update raw.ledger set account_code = '1'",
    "delete from raw.ledger",
    "alter role finsam_reader connection limit 1000",
    "set session authorization finsam_admin",
    "create table public.x (y int)",
    "create function ops.mine() returns int language sql as 'select 1'",
    "copy (select 1) to program 'true'",
    "select pg_read_file('/etc/passwd')",
)
ALONE = {
    "select ops.publish('x', 1, 'x', 'x')": "finsam_publish",
    "select ops.note_ended('x', 'x')": "finsam_monitor",
    "select vault.announce('x', 'alfa', '{x}', '1', 'x')": "finsam_privacy",
    "select vault.erase('x', 'alfa', '{x}', '1', 'x', 'x')": "finsam_privacy",
    "select vault.link('x', 'alfa', '{x}', '{y}', '1', 'x')": "finsam_privacy",
    "select vault.retention_due('2017-01-01')": "finsam_privacy",
    "select ops.forget_rows()": "finsam_keeper",
    "select vault.hold_keys('{x}')": "finsam_loader",
    "drop table candidate.statement": "finsam_transform",
    "insert into ops.disclosure_release values (0, 'x', '2017', 'suppress', 5)": "finsam_protect",
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
        connection.execute("select ops.publish('x', 1, 'x', 'x')")
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
    assert runnable == [("ops.publish(text,bigint,text,text)",)]


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


def test_every_role_on_every_object_as_declared(published):
    """F72: each login tries to read, write, empty, own and create, on all there is; `rights.csv` says what works."""
    assert role_matrix.differences(published.settings) == {}


def test_models_never_see_what_the_contract_keeps_from_them(published):
    """Free text may name people: raw keeps it, models read the views beside."""
    for table, column in (("ledger", "voucher_text"), ("applications", "note"), ("budgets", "note")):
        assert is_refused(published, "finsam_transform", f"select {column} from raw.{table}")
        with (
            published.connect("finsam_transform") as dbt,
            pytest.raises(psycopg.errors.UndefinedColumn),
        ):
            dbt.execute(f"select {column} from raw_open.{table}")


DRIFTS = {
    "grant select on raw_open.ledger to finsam_publish": "finsam_publish har select på raw_open.ledger",
    "grant select on marts.statement to public": "PUBLIC har select på marts.statement",
    "revoke select on marts.statement from read_public": "read_public saknar select på marts.statement",
    "grant execute on function ops.publish to finsam_gate": "finsam_gate har execute på ops.publish",
    "grant update (sums) on ops.delivery to finsam_gate": "finsam_gate har update (sums) på ops.delivery",
    "revoke update (token) on ops.fence from own_publish": "own_publish saknar update (token) på ops.fence",
    "grant create on schema marts to finsam_reader": "finsam_reader har create på marts",
    "alter default privileges for role finsam_transform in schema candidate"
    " grant select on tables to finsam_audit": "finsam_audit har select på nya tables i candidate",
    "create table ops.mine (x int)": "finsam_audit saknar select på ops.mine",
    "alter table ops.fence owner to finsam_gate": "ops.fence ägs av finsam_gate",
    "grant own_store to finsam_gate": "finsam_gate är medlem i own_store",
    "alter role finsam_loader superuser": "rollen finsam_loader är administratör",
    "alter role own_store login": "rollen own_store kan något annat än den ska",
    "alter role finsam_reader connection limit 500": "rollen finsam_reader kan något annat än den ska",
}


@pytest.mark.parametrize("drift", DRIFTS)
def test_a_right_that_is_not_declared_stops_the_start(warehouse, drift):
    """The message names what deviates and the statement that puts it right; that statement does."""
    with warehouse.admin() as admin, admin.transaction(force_rollback=True):
        assert rights.deviations(admin) == []
        admin.execute(drift)
        found = rights.deviations(admin)
        assert DRIFTS[drift] in [one.text_sv for one in found]
        with pytest.raises(embedded.WarehouseUnavailable, match=r"inte de\s+rättigheter"):
            rights.check(admin)
        for _ in range(3):  # what one remedy brings to light, the next puts right
            for one in rights.deviations(admin):
                if one.remedy != "finsam migrate":
                    admin.execute(one.remedy)
        assert [one for one in rights.deviations(admin) if one.remedy != "finsam migrate"] == []


def test_every_way_in_asks_first(warehouse, monkeypatch):
    """F69: intake, build and publication, under Airflow and from the command line, refuse a database that is not theirs."""
    with warehouse.admin() as admin:
        admin.execute("grant select on marts.statement to finsam_publish")
    home = warehouse.settings.landing / "alfa" / "ledger"
    home.mkdir(parents=True, exist_ok=True)
    (home / "a.se").write_bytes(b"#FLAGGA 0\n")
    ways = {
        "build": lambda: night.build(warehouse.settings, "t"),
        "publish": lambda: night.publish(warehouse.settings, "b", 1, "t"),
        "receive": lambda: pipeline.receive_feed(warehouse.settings, "ledger", "t"),
    }
    for way, go in ways.items():
        with pytest.raises(
            embedded.WarehouseUnavailable, match=r"finsam_publish har select på marts\.statement"
        ):
            go()
            pytest.fail(way)
    (home / "a.se").unlink()


def test_half_a_migration_starts_nothing(warehouse):
    """F69: killed between the numbered migrations and the shape that belongs to them."""
    with warehouse.admin() as admin:
        admin.execute("delete from ops.shape")
    with pytest.raises(embedded.WarehouseUnavailable, match="halva sin form"):
        migrations.check(warehouse.settings)


def test_the_migrator_logs_in_only_while_its_window_is_open(server):
    with pytest.raises(embedded.WarehouseUnavailable, match="fel användare eller lösenord"):
        connections.connect(server, "finsam_migrate")
    with connections.open_target(connections.admin_target(server), autocommit=True) as admin:
        roles.open_window(admin)
        try:
            with connections.connect(server, "finsam_migrate", autocommit=True) as migrator:
                assert migrator.execute("select current_user").fetchone() == ("own_house",)
                for forbidden in ("create role x", "create database x", "set role finsam_admin"):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        migrator.execute(forbidden)
        finally:
            roles.close_window(admin)


@pytest.mark.parametrize("lock", ["finsam.build", "finsam.intake"])
def test_the_shape_never_changes_in_the_night(warehouse, lock):
    with warehouse.connect("finsam_gate") as working:
        working.execute("select pg_advisory_lock_shared(hashtextextended(%s, 0))", (lock,))
        with pytest.raises(embedded.WarehouseUnavailable, match="pågår"):
            migrations.migrate(warehouse.settings)
    assert migrations.migrate(warehouse.settings).applied == []


def test_another_server_without_a_superuser(foreign_server):
    """F72 through FINSAM_WAREHOUSE_URL: an administrator who owns the database and may create roles, and nothing more."""
    guest = foreign_server
    assert migrations.migrate(guest.settings).changed == []
    migrations.check(guest.settings)
    guest.deliver("alfa")
    assert guest.night().generation == 1
    assert guest.ask("finsam_reader", "select count(*) from marts.statement") == [(4,)]
    assert role_matrix.differences(guest.settings) == {}
    guest.deliver("alfa")
    assert guest.night().generation == 2
    with guest.connect("finsam_keeper", autocommit=True) as keeper:
        if keeper.info.server_version < roles.MAINTAIN_SINCE:
            keeper.execute("set role own_store")
        keeper.execute("vacuum (analyze, skip_locked, truncate false) store.statement_history")
