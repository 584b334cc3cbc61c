"""The night after intake: scope, candidate, gates, publication. The DAGs and `finsam nightly` call the same functions."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingestion import clock, faults
from ingestion import settings as surroundings
from ingestion.warehouse import connection as connections
from ingestion.warehouse import locks
from ingestion.warehouse.locks import Busy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import psycopg

    from ingestion.outcome import Intake
    from ingestion.settings import Settings
    from ingestion.warehouse.publish import Published

BUILD_LOCK = locks.BUILD
WAIT_SECONDS = 15.0
"""How long a build waits for another: long enough for the session of a killed one to end, too short for a build."""
__all__ = ["BUILD_LOCK", "BuildOutcome", "Busy", "Night", "build", "newest_build", "nightly", "publish"]


@dataclass(frozen=True)
class BuildOutcome:
    """What a build made. build_id: None when nothing changed since last time. blocked: association -> rule ids."""

    build_id: str | None
    token: int
    scope: list[str] = field(default_factory=list)
    blocked: dict[str, list[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def summary_sv(self) -> str:
        """One sentence for a log."""
        if self.build_id is None:
            return "Inget underlag har ändrats: inget byggs och inget publiceras."
        stopped = "".join(
            f" {name} stoppas av {', '.join(rules)}." for name, rules in sorted(self.blocked.items())
        )
        return f"Bygge {self.build_id}: {', '.join(self.scope)}.{stopped}"


@dataclass(frozen=True)
class Night:
    """One whole night in one process."""

    intakes: list[Intake]
    build: BuildOutcome
    published: Published | None


def nightly(settings: Settings, run_id: str, business_date: date | None = None) -> Night:
    """Intake of all feeds, build, gates, publication. Raises Busy, WarehouseUnavailable."""
    from ingestion import pipeline
    from ingestion.feeds import member_feeds

    intakes = [pipeline.receive_reference(settings, run_id)]
    intakes += [pipeline.receive_feed(settings, feed_id, run_id, business_date) for feed_id in member_feeds()]
    built = build(settings, run_id, business_date)
    published = publish(settings, built.build_id, built.token, run_id) if built.build_id else None
    return Night(intakes, built, published)


def build(
    settings: Settings, run_id: str, business_date: date | None = None, full: bool = False
) -> BuildOutcome:
    """Open a build over what changed, let dbt make the candidate, write the evidence. Raises Busy.

    business_date: the date the figures are asked for; default today in Sweden.
    """
    from ingestion.warehouse import migrations

    migrations.check(settings)
    connections.check_logins(settings, ("finsam_transform", "finsam_publish"))
    with connections.connect(settings, "finsam_gate") as gate, _only_one(gate, BUILD_LOCK, run_id):
        faults.point("build.locked")
        asked = business_date or clock.today()
        opened = gate.execute(
            "select build_id, token, scope from ops.open_build(%s, %s, %s, %s, %s)",
            (surroundings.model_version(), surroundings.code_version(), asked, run_id, full),
        ).fetchone()
        faults.point("build.opening")
        gate.commit()
        faults.point("build.opened")
        if opened is None:
            return BuildOutcome(None, 0)
        build_id, token, scope = opened
        seconds = _make_and_judge(settings, gate, build_id, scope, run_id)
        return BuildOutcome(build_id, token, scope, _blocked(gate, build_id, scope), seconds)


def publish(settings: Settings, build_id: str, token: int, run_id: str) -> Published:
    """Move the candidate's rows to where readers look, if the evidence allows. Raises WarehouseUnavailable, StaleRun."""
    from ingestion.warehouse import publish as publisher

    return publisher.publish(settings, build_id, token, run_id)


def newest_build(settings: Settings) -> tuple[str, int] | None:
    """The build opened last, if its candidate still stands: (build id, token)."""
    with connections.connect(settings, "finsam_gate") as gate:
        row = gate.execute(
            "select b.build_id, b.token from ops.build as b join ops.fence as f on f.name = 'build' and f.token = b.token"
        ).fetchone()
    return (row[0], row[1]) if row else None


def _make_and_judge(
    settings: Settings, gate: psycopg.Connection, build_id: str, scope: list[str], run_id: str
) -> dict[str, float]:
    import time

    from ingestion import judgement
    from ingestion.warehouse import dbt, lineage

    started = time.monotonic()
    nodes = dbt.build(settings)
    built = time.monotonic()
    faults.point("gates.begun")
    findings = judgement.judge(gate, nodes, scope)
    faults.point("gates.judged")
    if not any(node.kind == "model" and node.status != "success" for node in nodes):
        lineage.record_checks(gate, scope, findings)
    faults.point("gates.recomputed")
    judgement.record(gate, build_id, findings, run_id)
    faults.point("gates.recorded")
    gate.commit()
    faults.point("gates.committed")
    return {"dbt": built - started, "gates": time.monotonic() - built}


def _blocked(gate: psycopg.Connection, build_id: str, scope: list[str]) -> dict[str, list[str]]:
    rows = gate.execute(
        "select association_id, rule_id from ops.evidence where subject = %s and severity = 'invariant'"
        " and status in ('failed', 'error') order by 1, 2",
        (f"build:{build_id}",),
    ).fetchall()
    blocked: dict[str, list[str]] = {}
    for association_id, rule_id in rows:
        for name in scope if association_id == "*" else [association_id]:
            blocked.setdefault(name, []).append(rule_id)
    return blocked


@contextmanager
def _only_one(connection: psycopg.Connection, name: str, run_id: str) -> Iterator[None]:
    """A lock of this session: it ends with the process, however that ends."""
    busy_sv = "Ett annat bygge pågår redan. Vänta tills det är klart och kör igen."
    locks.take(connection, name, run_id, busy_sv, WAIT_SECONDS)
    try:
        yield
    finally:
        if not connection.closed:
            locks.release(connection, name)
