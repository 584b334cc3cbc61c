"""A build or a publication that breaks on the way: nothing is published, nobody is stuck, the next run does it."""

import threading
from types import SimpleNamespace

import psycopg
import pytest

from ingestion import faults, judgement, night
from ingestion.settings import PROJECT_ROOT
from ingestion.warehouse import connection as connections
from ingestion.warehouse import embedded
from ingestion.warehouse.dbt import Node
from ingestion.warehouse.embedded import WarehouseUnavailable
from tests import interruption

pytestmark = pytest.mark.xdist_group("interruption_build")
MODELS = sorted(file.stem for file in (PROJECT_ROOT / "dbt_project" / "models").rglob("*.sql"))


@pytest.mark.parametrize("broken", range(len(MODELS)))
def test_f53_whichever_model_breaks_everyone_in_scope_is_without_a_verdict(broken):
    """For every k: the k-th breaks, what follows is skipped or never reported. An error blames everyone and quotes no row."""
    for rest in ("skipped", None):
        nodes = [
            Node(name, "model", status, "Key (person)=(secret) exists", 0.1)
            for at, name in enumerate(MODELS)
            if (status := "success" if at < broken else "error" if at == broken else rest) is not None
        ]
        findings: judgement.Findings = {}
        judgement._judge_models(findings, nodes, ["alfa", "beta"])
        assert {key[1] for key in findings} == {judgement.EVERYONE}
        (found,) = findings.values()
        assert found.status == "error" and found.severity == "invariant"
        assert MODELS[broken] in found.detail and "secret" not in repr(found)


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """A warehouse that has taken in the small deliveries and built nothing yet."""
    ground = interruption.make_ground(tmp_path_factory.mktemp("interruption_build"))
    try:
        settings = ground.begin()
        interruption.intake(settings)
        yield settings
    finally:
        interruption.throw_away(ground)


class StopsDue(list):
    """Names of the points to stop at; the timer that starts the server again."""

    starting = None

    def wait_for_server(self):
        self.starting.join()


@pytest.fixture
def stop_at(settings, monkeypatch):
    """Stops the server hard at a point, once, and starts it again half a second later. `wait_for_server` waits for that."""
    server = embedded_server(settings)
    due = StopsDue()

    def passing(name):
        if name in due:
            due.remove(name)
            interruption.stop_hard(server)
            due.starting = threading.Timer(0.5, embedded.start, [server])
            due.starting.start()

    monkeypatch.setattr(faults, "_armed", SimpleNamespace(passing=passing))
    return due


def embedded_server(settings):
    from ingestion.settings import Settings

    return Settings(home=settings.secrets.parent)


def generations(settings):
    with connections.connect(settings, "finsam_audit") as connection:
        return connection.execute("select count(*) from ops.publication").fetchone()[0]


def break_model(settings, name):
    """A test's trigger on whatever makes that model's table; None takes it away."""
    with connections.open_target(connections.admin_target(settings), autocommit=True) as admin:
        admin.execute("drop event trigger if exists broken_model")
        if name is None:
            return
        admin.execute(
            "create schema if not exists trial;"
            " create or replace function trial.break_model() returns event_trigger language plpgsql as $$ begin"
            f" if current_query() ~ 'create[^;]*\"{name}\"' then raise exception 'broken on purpose'; end if; end $$"
        )
        admin.execute(
            "create event trigger broken_model on ddl_command_start when tag in ('CREATE TABLE', 'CREATE TABLE AS')"
            " execute function trial.break_model()"
        )


def test_f53_f44_a_night_that_breaks_three_times_publishes_once(settings, stop_at):
    """A model fails; the server stops hard mid-build, then mid-publish. Each time the former state stands; then it is done."""
    break_model(settings, "own_capital")
    built = night.build(settings, "test/model fails")
    assert set(built.blocked) == {"alfa", "beta"}
    assert night.publish(settings, built.build_id, built.token, "test/model fails").generation is None
    break_model(settings, None)
    with connections.open_target(connections.admin_target(settings)) as admin:
        kept = admin.execute("select count(*) from pg_tables where schemaname = 'intermediate'").fetchone()[0]
    assert kept, "the working rooms are kept to look into"

    stop_at.append("dbt.start.own_capital")
    try:
        built = night.build(settings, "test/stopped")
        assert set(built.blocked) == {"alfa", "beta"}
    except (psycopg.OperationalError, WarehouseUnavailable):
        pass
    stop_at.wait_for_server()
    assert stop_at == [] and generations(settings) == 0

    built = night.build(settings, "test/again")
    assert built.build_id is not None and built.blocked == {}
    stop_at.append("publish.answered")
    assert night.publish(settings, built.build_id, built.token, "test/again").generation == 1
    assert stop_at == [] and generations(settings) == 1
