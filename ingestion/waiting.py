"""The wait before a build: a trigger that fires when no intake is open; one night is one publication."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseTrigger, TaskSuccessEvent, TriggerEvent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class IntakeAtRest(BaseTrigger):
    """Ends its task when no intake is open, at two looks in a row.

    An intake is open while one of the DAGs has a run queued or running, or one that is due and not created yet
    (the scheduler creates those of the same minute one after another), or while somebody receives by hand:
    `finsam receive` holds the intake lock. pause_seconds lies between the looks.
    """

    def __init__(self, dag_ids: list[str], pause_seconds: float = 2.0) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.dag_ids = dag_ids
        self.pause_seconds = pause_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments, as the triggerer rebuilds it."""
        return "ingestion.waiting.IntakeAtRest", {
            "dag_ids": self.dag_ids,
            "pause_seconds": self.pause_seconds,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look until twice in a row nothing is open, then end the waiting task as done, without a worker."""
        quiet_looks = 0
        while quiet_looks < 2:
            busy = await asyncio.to_thread(open_intakes, self.dag_ids)
            quiet_looks = 0 if busy else quiet_looks + 1
            if busy:
                self.log.info("Väntar på %s.", ", ".join(busy))
            if quiet_looks < 2:
                await asyncio.sleep(self.pause_seconds)
        yield TaskSuccessEvent()


def open_intakes(dag_ids: list[str]) -> list[str]:
    """Whom to wait for: DAGs with open or due runs, and `finsam receive`.

    Asked over Airflow's REST API: the triggerer's own way to the same answer first builds an API server of its
    own, which takes ten seconds of a core.
    """
    from airflow.configuration import conf

    from ingestion import orchestrator, settings

    # base_url is the address people use, which on a server leads nowhere from in here
    asked = conf.get("core", "execution_api_server_url", fallback="http://127.0.0.1:8080/execution/")
    api = orchestrator.api(settings.load(), asked.removesuffix("/execution/"))
    busy = {run.dag_id for run in api.open_runs()} | api.due_dags(datetime.now(UTC))
    return [dag_id for dag_id in dag_ids if dag_id in busy] + ["finsam receive"] * lock_is_held()


def lock_is_held() -> bool:
    """True while any process holds the intake lock, shared among intakes: then nobody gets it alone."""
    from ingestion import settings
    from ingestion.warehouse import connection as connections
    from ingestion.warehouse import locks

    with connections.connect(settings.load(), "finsam_audit") as connection:
        is_free = locks.take_if_free(connection, locks.INTAKE)
        connection.rollback()
    return not is_free
