"""A small warehouse to test the machinery on: a copy of a migrated database, and a dbt of a dozen lines."""

import itertools
import json
import shutil
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg

from expectations import catalogue, required
from ingestion.settings import Settings
from ingestion.warehouse import connection as connections
from ingestion.warehouse import contracts, embedded, publish, roles

EXAMPLE = Path(__file__).parent / "example_project"
_numbers = itertools.count(1)

MARTS = """
create table candidate.statement as
with sums as (
    select association_id, fiscal_year, line_code, sum(-amount_sek) as amount_sek
    from candidate.fct_entry group by 1, 2, 3
)
select s.association_id, s.fiscal_year, s.line_code, l.label_sv, s.amount_sek::numeric(18, 2) as amount_sek,
    p.amount_sek::numeric(18, 2) as previous_year_sek
from sums as s
join candidate.dim_line as l using (association_id, line_code)
left join sums as p
    on (p.association_id, p.fiscal_year, p.line_code) = (s.association_id, s.fiscal_year - 1, s.line_code);
create table candidate.capital as
with years as (
    select association_id, fiscal_year, sum(amount_sek) as result_sek from candidate.statement group by 1, 2
),
closed as (
    select *, sum(result_sek) over (partition by association_id order by fiscal_year) as closing_sek
    from years
)
select c.association_id, c.fiscal_year, (c.closing_sek - c.result_sek)::numeric(18, 2) as opening_sek,
    c.result_sek::numeric(18, 2) as result_sek, c.closing_sek::numeric(18, 2) as closing_sek,
    l.ceiling_share, case when c.closing_sek > 1000 * l.ceiling_share then 'över' else 'under' end as status
from closed as c join candidate.dim_line as l on l.association_id = c.association_id and l.line_code = 'fees';
create table candidate.flow as
select association_id, fiscal_year, count(*)::integer as participant_count
from candidate.fct_entry group by 1, 2;
"""
ENTRIES = [
    ("2016", "fees", "-500.00"),
    ("2016", "fees", "-250.50"),
    ("2016", "costs", "300.25"),
    ("2017", "fees", "-600.00"),
    ("2017", "costs", "900.75"),
]

TERMS = (
    *("feed_id", "due_every", "due_days", "grace_days", "when_missing"),
    *("sender", "file_name", "valid_from", "valid_to"),
)


@dataclass
class Warehouse:
    """A migrated warehouse and what its associations have delivered.

    deliveries: association -> (id, rows).
    """

    settings: Settings
    deliveries: dict = field(default_factory=dict)
    versions: dict = field(default_factory=lambda: defaultdict(int))
    models: str = "m1"
    register: tuple | None = None

    def connect(self, role, **options):
        return connections.connect(self.settings, role, **options)

    def admin(self):
        return connections.open_target(connections.admin_target(self.settings), autocommit=True)

    def ask(self, role, statement, parameters=()):
        with self.connect(role) as connection:
            return connection.execute(statement, parameters).fetchall()

    def deliver(self, association, entries=ENTRIES):
        """A new ledger of the association, instead of its former one."""
        self.versions[association] += 1
        delivery = f"{association}-{self.versions[association]}"
        with self.admin() as connection:
            connection.execute(
                "update ops.delivery set state = 'superseded' where association_id = %s", (association,)
            )
            connection.execute(
                "insert into ops.delivery (delivery_id, feed_id, association_id, scope, period, "
                "content_id, file_name,"
                " byte_count, state, run_id, code_version) values (%(d)s, 'ledger', %(a)s, 'whole', "
                "'2017', %(d)s,"
                " %(d)s || '.se', 1, 'accepted', 'test', 'test')",
                {"d": delivery, "a": association},
            )
        self.deliveries[association] = (delivery, list(entries))
        return delivery

    def deliver_register(self, ceiling):
        """Report lines common to all, instead of those that came with each ledger."""
        self.versions["common"] += 1
        delivery = f"common-{self.versions['common']}"
        with self.admin() as connection:
            connection.execute("update ops.delivery set state = 'superseded' where association_id = 'common'")
            connection.execute(
                "insert into ops.delivery (delivery_id, feed_id, association_id, scope, period, content_id, file_name,"
                " byte_count, state, run_id, code_version) values (%(d)s, 'report_lines', 'common', 'whole', 'whole',"
                " %(d)s, 'report_lines.csv', 1, 'accepted', 'test', 'test')",
                {"d": delivery},
            )
        self.register = (delivery, ceiling)
        return delivery

    def open(self, full=False, kind=None, of_generation=None, day="2017-12-31"):
        """(build_id, token, scope), the scope being what changed."""
        kind = kind or ("full" if full else "changed")
        with self.connect("finsam_gate") as gate:
            gate.execute("select ops.note_waivers(%s)", (day,))
            return gate.execute(
                "select build_id, token, scope from ops.open_build(%s, 'r1', 'c1', %s, 'test', %s, %s)",
                (self.models, day, kind, of_generation),
            ).fetchone()

    def build(self, scope):
        """What dbt would leave in `candidate`, as dbt's own role."""
        with self.connect("finsam_transform") as dbt:
            for name in ("fct_entry", "dim_line", "statement", "capital", "flow"):
                dbt.execute(f"drop table if exists candidate.{name}")
            dbt.execute(
                "create table candidate.fct_entry (association_id text, fiscal_year integer, line_code text,"
                " amount_sek numeric(18,2), _delivery_id text, _row_number integer)"
            )
            dbt.execute(
                "create table candidate.dim_line (association_id text, line_code text, label_sv text,"
                " ceiling_share numeric(9,6), _delivery_id text, _row_number integer)"
            )
            for association in scope:
                delivery, entries = self.deliveries[association]
                dbt.cursor().executemany(
                    "insert into candidate.fct_entry values (%s, %s, %s, %s, %s, %s)",
                    [
                        (association, int(year), line, amount, delivery, number)
                        for number, (year, line, amount) in enumerate(entries, 1)
                    ],
                )
                register, ceiling = self.register or (delivery, "0.200000")
                dbt.cursor().executemany(
                    "insert into candidate.dim_line values (%s, %s, %s, %s, %s, %s)",
                    [
                        (association, "fees", "Avgifter", ceiling, register, 1001),
                        (association, "costs", "Kostnader", None, register, 1002),
                    ],
                )
            dbt.execute(MARTS)

    def judge(self, build_id, failures=(), leave_out=()):
        """Evidence of every required rule, passed by all but those in failures: (rule, association,
        severity, status).
        """
        with self.connect("finsam_gate") as gate:
            gate.execute("delete from ops.evidence where subject = %s", (f"build:{build_id}",))
            rules = gate.execute("select distinct rule_id, severity from ops.required_rule").fetchall()
            rows = [
                (rule, "*", severity, "passed", 7, 0) for rule, severity in rules if rule not in leave_out
            ]
            rows += [
                (rule, association, severity, status, 7, 1)
                for rule, association, severity, status in failures
            ]
            gate.cursor().executemany(
                "insert into ops.evidence (subject, rule_id, association_id, severity, status, examined, "
                "failed, run_id, code_version)"
                " values (%s, %s, %s, %s, %s, %s, %s, 'test', 'test')",
                [(f"build:{build_id}", *row) for row in rows],
            )
            gate.execute("select ops.apply_waivers(%s)", (build_id,))
            gate.execute(
                "select ops.mark_candidate(build_id, token) from ops.build where build_id = %s", (build_id,)
            )

    def person(self, login, *associations, group="decide_deliveries"):
        """A person's login as `finsam access grant` leaves it, its password where our settings look for it."""
        with self.admin() as connection:
            if connection.execute("select 1 from pg_roles where rolname = %s", (login,)).fetchone() is None:
                connection.execute(f"create role {login} login password 'x' in role {group}")
            connection.cursor().executemany(
                "insert into ops.access values (%s, %s) on conflict do nothing",
                [(login, association) for association in associations],
            )
        file = self.settings.home / "password_of_persons"
        file.write_text("x")
        self.settings = replace(self.settings, login_password_file=file)
        return login

    def published_on(self, days):
        """Set the days on which generations came out: {generation: date}, in the evening."""
        with self.admin() as connection:
            connection.cursor().executemany(
                "update ops.publication set published_at = (%s::date + time '21:30') at time zone 'Europe/Stockholm'"
                " where generation = %s",
                [(day, generation) for generation, day in days.items()],
            )

    def shown(self, generation):
        """Every mart and the banners of a generation as readers see them: {relation: (rows, hash)}."""
        found = {}
        for relation in (
            "marts_asof.statement",
            "marts_asof.capital",
            "marts_asof.dim_line",
            "marts_internal_asof.flow",
            "marts_asof.finding",
            "marts_asof.association_status",
        ):
            found[relation] = self.ask(
                "finsam_internal",
                f"select count(*), md5(string_agg(t::text, '|' order by t::text)) from {relation} as t where generation = %s",
                (generation,),
            )[0]
        return found

    def night(self, full=False, failures=(), leave_out=(), tamper=None, day="2017-12-31"):
        """Scope, build, gates, publication; None where nothing was in scope. tamper: SQL over the candidate."""
        opened = self.open(full, day=day)
        if opened is None:
            return None
        build_id, token, scope = opened
        self.build(scope)
        if tamper is not None:
            with self.connect("finsam_transform") as dbt:
                dbt.execute(tamper)
        self.judge(build_id, failures, leave_out)
        return publish.publish(self.settings, build_id, token, "test")


def agree(warehouse, association, *terms):
    """An accepted delivery_terms of the association; each terms: (feed, every, days, grace, policy)."""
    with warehouse.admin() as connection:
        connection.execute(
            "update ops.delivery set state = 'superseded' where feed_id = 'delivery_terms' and association_id = %s",
            (association,),
        )
        (number,) = connection.execute(
            "insert into ops.delivery (delivery_id, feed_id, association_id, scope, period, content_id, file_name,"
            " byte_count, state, run_id, code_version) select 'terms-' || count(*), 'delivery_terms', %s, 'whole', 'whole',"
            " 'x', 'delivery_terms.csv', 1, 'accepted', 'test', 'test' from ops.delivery returning load_number",
            (association,),
        ).fetchone()
        for line, (feed, every, days, grace, policy) in enumerate(terms, 2):
            values = (
                feed,
                every,
                str(days),
                str(grace),
                policy,
                "Karin Ek",
                "avgifter.csv",
                "2016-01-01",
                None,
            )
            connection.execute(
                f"insert into raw.delivery_terms (_load_number, _delivery_id, _row_number, {', '.join(TERMS)})"
                " values (%s, 'terms', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (number, line, *values),
            )


def use_example(patch):
    """Let the small project's contracts and rules stand for the real ones."""
    patch.setattr(contracts, "PROJECT", EXAMPLE)
    patch.setattr(catalogue, "_BUILD_TESTS", EXAMPLE / "tests")
    patch.setattr(required, "FILE", EXAMPLE / "required.csv")


def copy_of(server, name="copy"):
    """A warehouse on a copy of the migrated database; what a copy does not inherit is granted again."""
    admin = connections.admin_target(server)
    database = f"{name}_{next(_numbers)}"
    with connections.open_target(connections.admin_target(server, "postgres"), autocommit=True) as connection:
        connection.execute(f"create database {database} template {connections.DATABASE}")
        connection.execute(f"revoke all on database {database} from public")
        connection.execute(f"grant connect on database {database} to {', '.join(roles.INSIDE)}")
    url = f"postgresql://{admin.user}:{admin.password}@{admin.host}:{admin.port}/{database}"
    return Warehouse(Settings(home=server.home, warehouse_url=url))


def drop(server, made):
    """Remove a copy, whoever still reads it."""
    database = connections.admin_target(made.settings).database
    with connections.open_target(connections.admin_target(server, "postgres"), autocommit=True) as connection:
        connection.execute(f"drop database {database} with (force)")


def make_hasty(server):
    """Nothing here must survive a power cut: many copies are made, and syncing each to disk takes a test's time.

    A server stopped hard is another matter: what was committed is with the operating system then, and stays.
    """
    with connections.open_target(connections.admin_target(server), autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes"):
            connection.execute(f"alter system set {setting} = off")
        connection.execute("select pg_reload_conf()")


def throw_away(server):
    """Stop a server and remove its files, which stand outside a home that the server's user cannot reach."""
    embedded.stop(server)
    place = json.loads((server.database / "place.json").read_text())
    shutil.rmtree(Path(place["data"]).parent)


def is_refused(warehouse, role, statement):
    """Whether the server refuses the statement to that login for want of rights."""
    with warehouse.connect(role) as connection:
        try:
            connection.execute(statement)
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction):
            return True
        finally:
            connection.rollback()
    return False
