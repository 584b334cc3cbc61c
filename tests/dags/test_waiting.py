"""One night is one publication: the build's wait ends when every intake has, and not before."""

import asyncio

import pytest

pytestmark = pytest.mark.xdist_group("airflow")


def fire(monkeypatch, looks):
    """Run the trigger over a script of looks; returns how many were taken before it fired."""
    from ingestion import waiting

    trigger = waiting.IntakeAtRest(["ingest_ledger", "ingest_member_fees"], pause_seconds=0)
    seen, taken = list(looks), []

    def look(dag_ids):
        assert dag_ids == trigger.dag_ids
        taken.append(1)
        return seen.pop(0) if seen else []

    monkeypatch.setattr(waiting, "open_intakes", look)

    async def first_event():
        async for event in trigger.run():
            return event
        return None

    event = asyncio.run(first_event())
    assert type(event).__name__ == "TaskSuccessEvent"
    return len(taken)


def test_it_looks_twice_where_nothing_is_open(monkeypatch):
    assert fire(monkeypatch, [[], []]) == 2


def test_it_waits_for_the_last_intake(monkeypatch):
    assert fire(monkeypatch, [["ingest_ledger"], ["ingest_member_fees"], [], []]) == 4


def test_an_intake_created_between_two_looks_is_waited_for(monkeypatch):
    """Runs due at the same minute are created one after another: one quiet look proves nothing."""
    assert fire(monkeypatch, [[], ["ingest_member_fees"], [], []]) == 4


@pytest.mark.parametrize(
    ("running", "due", "held", "waits_for"),
    [
        (["ingest_ledger", "build_marts"], [], False, ["ingest_ledger"]),
        ([], ["ingest_member_fees"], False, ["ingest_member_fees"]),
        ([], [], True, ["finsam receive"]),
        (["build_marts"], ["build_marts"], False, []),
    ],
)
def test_it_waits_for_open_and_due_intakes_and_for_hands(monkeypatch, running, due, held, waits_for):
    from ingestion import orchestrator, waiting
    from ingestion.airflow_api import Run

    class Airflow:
        def open_runs(self):
            return [Run(dag_id, "r", "running", "scheduled") for dag_id in running]

        def due_dags(self, moment):
            return set(due)

    monkeypatch.setattr(orchestrator, "api", lambda settings, url: Airflow())
    monkeypatch.setattr(waiting, "lock_is_held", lambda: held)
    assert waiting.open_intakes(["ingest_ledger", "ingest_member_fees"]) == waits_for


def test_the_triggerer_can_rebuild_it():
    from airflow.sdk.module_loading import import_string

    from ingestion.waiting import IntakeAtRest

    path, arguments = IntakeAtRest(["a"], 1.5).serialize()
    again = import_string(path)(**arguments)
    assert (again.dag_ids, again.pause_seconds) == (["a"], 1.5)


def test_the_lock_of_an_intake_is_seen(demo_night, monkeypatch):
    from ingestion import settings, waiting
    from ingestion.pipeline import INTAKE_LOCK
    from ingestion.warehouse import connection

    monkeypatch.setattr(settings, "load", lambda: demo_night.settings)
    assert not waiting.lock_is_held()
    with connection.connect(demo_night.settings, "finsam_loader") as loader:
        loader.execute("select pg_advisory_lock_shared(hashtextextended(%s, 0))", (INTAKE_LOCK,))
        assert waiting.lock_is_held()
    assert not waiting.lock_is_held()
