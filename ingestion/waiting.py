"""The wait before a build: a trigger that fires when no intake is open; one night is one publication."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseTrigger, TaskSuccessEvent, TriggerEvent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

OPEN_STATES = ["queued", "running"]


class IntakeAtRest(BaseTrigger):
    """Ends its task when no intake is open, at two looks in a row.

    An intake is open while one of the DAGs has a run queued or running, or somebody receives by hand
    (`finsam receive` holds the intake lock). Two looks, because runs that fall due at the same minute are
    created one after another by the scheduler: the first to end must not start a build between two others
    being created. pause_seconds lies between the looks.
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
            if quiet_looks:
                await asyncio.sleep(self.pause_seconds)
            busy = await self.open_intakes()
            if not busy and await asyncio.to_thread(lock_is_held):
                busy = ["finsam receive"]
            quiet_looks = 0 if busy else quiet_looks + 1
            if busy:
                self.log.info("Väntar på %s.", ", ".join(busy))
                await asyncio.sleep(self.pause_seconds)
        yield TaskSuccessEvent()

    async def open_intakes(self) -> list[str]:
        """The DAGs with runs queued or running, asked through Airflow's execution API."""
        from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
        from asgiref.sync import sync_to_async

        count = sync_to_async(RuntimeTaskInstance.get_dr_count)
        return [dag_id for dag_id in self.dag_ids if await count(dag_id=dag_id, states=OPEN_STATES)]


def lock_is_held() -> bool:
    """True while any process holds the intake lock, shared among intakes: then nobody gets it alone."""
    from ingestion import settings
    from ingestion.pipeline import INTAKE_LOCK
    from ingestion.warehouse import connection as connections

    with connections.connect(settings.load(), "finsam_audit") as connection:
        row = connection.execute(
            "select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", (INTAKE_LOCK,)
        ).fetchone()
        connection.rollback()
    return row is None or not row[0]
