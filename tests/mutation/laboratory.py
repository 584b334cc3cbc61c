"""One published warehouse; each mutant lives in a transaction of its own: built, judged, asked about, rolled back."""

from __future__ import annotations

import graphlib
import json
import random
from collections import Counter
from dataclasses import dataclass, field

import psycopg

from ingestion import clock, night
from ingestion.settings import Settings
from ingestion.warehouse import connection as connections
from ingestion.warehouse import dbt, declared_tests, migrations
from ingestion.warehouse.dbt import Node
from tests import parsed
from tests.dbt import associations
from tests.mutation import generator
from tests.mutation.generator import Mutant

HEALTHY = ("frisk", "finansierad", "bara-huvudbok", "bara-register")
READ = ("public", "internal", "dimension")


@dataclass
class Trial:
    """What became of one mutant. changed: associations whose figures it changed; unseen: those of them that nothing
    speaks for. others: the same, had BLD-002 not been there, as on the first publication.
    """

    mutant: Mutant
    changed: set = field(default_factory=set)
    said: dict = field(default_factory=dict)
    unseen: set = field(default_factory=set)
    others: set = field(default_factory=set)


class Laboratory:
    """Healthy associations, delivered, built and published; then built anew, so that there is something to spoil."""

    def __init__(self, home):
        self.settings = Settings(home=home)
        migrations.migrate(self.settings)
        parsed.lend(self.settings)
        with self.admin(autocommit=True) as connection:
            for feed_id, rows in associations.COMMON.items():
                associations.deliver(connection, feed_id, "common", rows)
            for name in HEALTHY:
                for (feed_id, period, scope), rows in associations.PLAIN[name].items():
                    associations.deliver(connection, feed_id, name, rows, period, scope)
        first = night.build(self.settings, "first")
        assert first.blocked == {}, first.blocked
        night.publish(self.settings, first.build_id, first.token, "first")
        told = []
        real, dbt.build = dbt.build, lambda *given, **named: told.extend(real(*given, **named)) or told
        try:
            second = night.build(self.settings, "second", full=True)
        finally:
            dbt.build = real
        assert second.blocked == {}, second.blocked
        self.build_id, self.token, self.scope = second.build_id, second.token, second.scope
        self._know(told)
        self._assert_silent_about_the_unharmed()

    def admin(self, **options):
        return connections.open_target(connections.admin_target(self.settings), **options)

    def _know(self, told):
        """The models in order, their SQL, and every relation's columns."""
        self.manifest = json.loads((self.settings.home / "dbt" / "manifest.json").read_text())
        self.declared = declared_tests.of_manifest(self.manifest)
        self.models = {node.name: node.compiled for node in told if node.kind == "model"}
        self.tests = {node.name: node.compiled for node in told if node.kind == "test"}
        self.nodes = {n["name"]: n for n in self.manifest["nodes"].values() if n["resource_type"] == "model"}
        below = {
            name: {up.rpartition(".")[2] for up in node["depends_on"]["nodes"] if up.startswith("model.")}
            for name, node in self.nodes.items()
        }
        self.order = list(graphlib.TopologicalSorter(below).static_order())
        self.above = below
        with self.admin() as connection:
            rows = connection.execute(
                "select format('%I.%I', table_schema, table_name), column_name, data_type from information_schema.columns"
                " natural join information_schema.tables where table_type = 'BASE TABLE'"
                " and table_schema in ('raw', 'intermediate', 'candidate') order by ordinal_position"
            ).fetchall()
            columns = {}
            for relation, column, data_type in rows:
                columns.setdefault(relation, {})[column] = data_type
            filled = {
                relation: known for relation, known in columns.items()
                if connection.execute(f"select exists (select from {relation})").fetchone()[0]
            }  # fmt: skip
            self.feeds = {}
            for feed, number in connection.execute(
                "select feed_id, load_number from ops.delivery"
            ).fetchall():
                self.feeds.setdefault(feed, []).append(number)
            self.audience = dict(connection.execute("select mart, audience from ops.mart").fetchall())
            self.baseline = self.figures(connection)
            self.known = self.banners(connection)
        rooms = {
            room: {relation: known for relation, known in filled.items() if relation.startswith(f"{room}.")}
            for room in ("raw", "intermediate", "candidate")
        }
        self.columns = {
            **rooms,
            "raw": {relation: known for relation, known in rooms["raw"].items() if "_load_number" in known},
        }

    def _assert_silent_about_the_unharmed(self):
        """Else every mutant would pass for seen."""
        with self.admin() as connection:
            self._judge(connection, self.declared)
            said = self.said(connection)
            connection.rollback()
        assert said == {}, said

    def said(self, connection):
        """What stops each association, and the banners it did not have before."""
        told = {
            name: set(rules)
            for name, rules in connection.execute(
                "select * from ops.blocking_rules(%s, %s)", (self.build_id, self.scope)
            ).fetchall()
        }
        for who, rule, _ in self.banners(connection) - self.known:
            for name in self.scope if who == "*" else (who,):
                told.setdefault(name, set()).add(rule)
        return told

    def draw(self, draw):
        """One mutant, whatever it may be."""
        kinds = (
            lambda: generator.model_mutant(draw, self.models),
            lambda: generator.row_mutant(draw, self.columns["raw"], "raw"),
            lambda: generator.row_mutant(draw, self.columns["intermediate"], "intermediate"),
            lambda: generator.row_mutant(draw, self.columns["candidate"], "candidate"),
            lambda: generator.stale_mutant(draw, self.feeds),
            lambda: generator.test_mutant(draw, self.manifest),
        )
        while True:
            made = draw.choices(kinds, weights=(50, 15, 10, 15, 4, 6))[0]()
            if made is not None:
                return made

    def figures(self, connection):
        """(mart, association) -> digest of the candidate's rows that readers would see."""
        found = {}
        for mart, audience in self.audience.items():
            if audience in READ:
                rows = connection.execute(
                    f"select association_id, md5(string_agg(t::text, '|' order by t::text)) from candidate.{mart} as t group by 1"
                ).fetchall()
                found |= {(mart, name): digest for name, digest in rows}
        return found

    def banners(self, connection):
        rows = connection.execute(
            "select association_id, rule_id, part from ops.evidence where subject = %s and status = 'failed'",
            (f"build:{self.build_id}",),
        ).fetchall()
        return {tuple(row) for row in rows}

    def try_out(self, mutant):
        """Build what the mutant reaches, judge, and ask what a reader would have been told."""
        trial = Trial(mutant)
        with self.admin() as connection:
            try:
                declared = self._spoil(connection, mutant)
            except psycopg.Error:
                return None  # it does not even run: BLD-001 would say so
            after = self.figures(connection)
            trial.changed = {
                name for mart, name in after.keys() | self.baseline.keys()
                if after.get((mart, name)) != self.baseline.get((mart, name)) and name in self.scope
            }  # fmt: skip
            if trial.changed:
                self._judge(connection, declared)
                told = self.said(connection)
                trial.said = {name: sorted(told.get(name, ())) for name in trial.changed}
                trial.unseen = {name for name, rules in trial.said.items() if not rules}
                trial.others = {name for name, rules in trial.said.items() if not set(rules) - {"BLD-002"}}
            connection.rollback()
        return trial

    def _spoil(self, connection, mutant):
        """Do what the mutant does and build anew what stands on it; returns the tests there are then."""
        if mutant.room == "test":
            fault = generator.row_mutant(random.Random(str(mutant)), self.columns["candidate"], "candidate")
            if fault:
                self._spoil(connection, fault)
            return declared_tests.of_manifest(mutant.manifest)
        if mutant.room == "model":
            self._rebuild(connection, {mutant.where}, {mutant.where: mutant.sql})
            return self.declared
        connection.execute(mutant.sql)
        if mutant.room == "raw":
            self._rebuild(connection, set(self.order), {})
        else:
            self._rebuild(connection, {mutant.where.partition(".")[2]}, {}, below_only=True)
        return self.declared

    def _rebuild(self, connection, start, spoilt, below_only=False):
        reached = set(start)
        for name in self.order:
            if self.above[name] & reached:
                reached.add(name)
            if name not in reached or (below_only and name in start):
                continue
            node, text = self.nodes[name], spoilt.get(name, self.models[name])
            relation = f"{node['schema']}.{node['alias']}"
            if node["config"]["materialized"] == "view":
                if name in spoilt:
                    connection.execute(f"create or replace view {relation} as {text}")
                continue
            columns = ", ".join(row[0] for row in connection.execute(
                "select quote_ident(attname) from pg_attribute where attrelid = %s::regclass and attnum > 0"
                " and not attisdropped order by attnum", (relation,)).fetchall())  # fmt: skip
            connection.execute(f"delete from {relation}")
            connection.execute(f"insert into {relation} ({columns}) select {columns} from ({text}\n) as made")

    def _judge(self, connection, declared):
        """As the night does, over what dbt would have told of these tests."""
        nodes = [Node(name, "model", "success", "", 0) for name in self.models]
        for name, text in self.tests.items():
            try:
                with connection.transaction():
                    failing = connection.execute(f"select exists (select from ({text}\n) as t)").fetchone()[0]
                nodes.append(Node(name, "test", "warn" if failing else "pass", "", 0, text))
            except psycopg.Error:
                nodes.append(Node(name, "test", "error", "", 0, text))
        build = night.OpenBuild(self.build_id, self.token, self.scope, "changed", connection, clock.today())
        night.judge_candidate(build, nodes, declared, "mutation")


def report(trials):
    """What is told of a run: how many, who caught what, and every survivor by name."""
    changing = [trial for trial in trials if trial.changed]
    caught = Counter(rule for trial in changing for rules in trial.said.values() for rule in set(rules))
    lines = [
        f"{len(trials)} mutants ran, {len(changing)} changed a figure,"
        f" {sum(bool(t.unseen) for t in changing)} survived,"
        f" {sum(bool(t.others) for t in changing)} were seen by BLD-002 alone",
        "by rule: " + ", ".join(f"{rule} {count}" for rule, count in caught.most_common()),
    ]
    lines += [f"SURVIVED {trial.mutant}: {sorted(trial.unseen)}" for trial in changing if trial.unseen]
    lines += [f"BLD-002 alone: {trial.mutant}: {sorted(trial.others)}" for trial in changing if trial.others]
    return "\n".join(lines)
