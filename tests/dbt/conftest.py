"""One warehouse for the dbt room: invented associations delivered straight into raw, one dbt run, then the gates."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ingestion import protecting
from ingestion.night import OpenBuild
from ingestion.settings import Settings
from ingestion.warehouse import connection as connections
from ingestion.warehouse import dbt, embedded, lineage, migrations, recomputation
from tests import parsed
from tests.dbt import associations


@dataclass
class DbtRoom:
    """A migrated warehouse in which dbt runs in this process, as its own role."""

    settings: Settings

    def admin(self):
        return connections.open_target(connections.admin_target(self.settings), autocommit=True)

    def ask(self, statement, parameters=()):
        with self.admin() as connection:
            return connection.execute(statement, parameters).fetchall()

    def dbt(self, *arguments):
        """The results of one dbt command. Fails the test with dbt's own words where dbt breaks."""
        from dbt.cli.main import dbtRunner

        ((token,),) = self.ask("select token from ops.fence where name = 'build'")
        with dbt.as_transformer(self.settings, token):
            done = dbtRunner().invoke([
                *arguments, "--project-dir", str(dbt.PROJECT), "--profiles-dir", str(dbt.PROJECT), "--threads", "2",
                "--target-path", str(self.settings.home / "dbt"), "--log-path", str(self.settings.logs / "dbt"),
                "--no-use-colors", "--quiet", "--no-version-check", "--no-print",
            ])  # fmt: skip
        assert done.exception is None, done.exception
        return [result for result in done.result if result.node.resource_type.value != "operation"]

    def protect(self):
        """What the step between dbt's two stages decides of the open build."""
        with connections.connect(self.settings, "finsam_gate") as gate:
            build_id, token, scope, kind, day = gate.execute(
                "select build_id, token, scope, kind, business_date from ops.build natural join ops.fence"
            ).fetchone()
            return protecting.decide(self.settings, OpenBuild(build_id, token, scope, kind, gate, day))

    def failures(self, results):
        """(rule id, association) -> failed rows, asked as the gate asks: the failed tests' own SQL."""
        found = {}
        with connections.connect(self.settings, "finsam_gate") as gate:
            for result in results:
                assert result.status in {"pass", "warn"}, f"{result.node.name}: {result.message}"
                if result.status == "warn":
                    for association_id, *_, failed in gate.execute(result.node.compiled_code).fetchall():
                        pair = (result.node.config.meta["rule_id"], association_id)
                        found[pair] = found.get(pair, 0) + failed
        return found


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """All invented associations delivered and built by one `dbt run`; nothing tampered with yet."""
    room = DbtRoom(Settings(home=tmp_path_factory.mktemp("dbt_room")))
    migrations.migrate(room.settings)
    parsed.lend(room.settings)
    with room.admin() as connection:
        associations.deliver_all(connection)
        # unit tests make temporary tables; the nightly role may not, and does not need to
        database = connection.info.dbname
        connection.execute(f'grant temporary on database "{database}" to finsam_transform')
    room.models = room.dbt("run", "--exclude", f"tag:{dbt.PUBLIC_TAG}")
    room.decided = room.protect()
    room.models += room.dbt("run", "--select", f"tag:{dbt.PUBLIC_TAG}")
    yield room
    embedded.remove(room.settings)


@pytest.fixture(scope="session")
def recomputed(built):
    """Every cell of every candidate mart recomputed from its lineage, before anything is tampered with."""
    with connections.connect(built.settings, "finsam_gate") as gate:
        scope = [row[0] for row in gate.execute("select association_id from ops.build_scope").fetchall()]
        return [found for mart in recomputation.registry(gate) for found in lineage.verify(gate, mart, scope)]


@pytest.fixture(scope="session")
def judged(built, recomputed):
    """What the tests find after the candidate of some associations has been tampered with."""
    built.honest = built.failures(built.dbt("test", "--select", "test_type:data"))
    with built.admin() as connection:
        for fault in associations.TAMPERED.values():
            for statement in fault.statements:
                connection.execute(statement, {"association": fault.association_id})
    return built.failures(built.dbt("test", "--select", "test_type:data"))


@pytest.fixture(scope="session")
def examples():
    return associations
