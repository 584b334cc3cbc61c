"""The night after intake: scope, candidate, gates, publication. The DAGs and `finsam nightly` call the same functions."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ingestion import clock, faults, steps
from ingestion import settings as surroundings
from ingestion.warehouse import connection as connections
from ingestion.warehouse import locks
from ingestion.warehouse.locks import Busy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    import psycopg

    from ingestion.outcome import Intake
    from ingestion.settings import Settings
    from ingestion.warehouse.dbt import Node
    from ingestion.warehouse.declared_tests import DeclaredTest
    from ingestion.warehouse.publish import Published

BUILD_LOCK = locks.BUILD
WAIT_SECONDS = 15.0
"""How long a build waits for another: long enough for the session of a killed one to end, too short for a build."""
BuildKind = Literal["changed", "full", "proof"]
"""changed: what changed. full: everything, and what should stand unchanged is compared with what does. proof: the
same, never to be published. (A fourth kind, `rebuild`, is opened by ingestion.rebuilding.)"""
__all__ = [
    "BUILD_LOCK",
    "BuildKind",
    "BuildOutcome",
    "Busy",
    "Night",
    "build",
    "judge_candidate",
    "newest_build",
    "nightly",
    "opened",
    "publish",
]


@dataclass(frozen=True)
class BuildOutcome:
    """What a build made. build_id: None when nothing changed since last time. blocked: association -> rule ids.

    seconds: wall time of dbt and of the gates, and dbt's own time in its models and tests. left_out: those whose new
    counts of persons could not be protected, and are not shown.
    """

    build_id: str | None
    token: int
    scope: list[str] = field(default_factory=list)
    blocked: dict[str, list[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    @property
    def summary_sv(self) -> str:
        """One sentence for a log."""
        if self.build_id is None:
            return "Inget underlag har ändrats: inget byggs och inget publiceras."
        stopped = "".join(
            f" {name} stoppas av {', '.join(rules)}." for name, rules in sorted(self.blocked.items())
        )
        unprotected = "".join(
            f" {name}: nya antal deltagare gick inte att skydda och visas inte (DSC-008)."
            for name in self.left_out
        )
        return f"Bygge {self.build_id}: {', '.join(self.scope)}.{stopped}{unprotected}"


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


@steps.noted("build", lambda built: ("done" if built.build_id else "nothing", built.summary_sv))
def build(
    settings: Settings,
    run_id: str,
    business_date: date | None = None,
    full: bool = False,
    kind: BuildKind | None = None,
) -> BuildOutcome:
    """Open a build over what changed, let dbt make the candidate, write the evidence. Raises Busy.

    business_date: the date the figures are asked for; default today in Sweden. full: the kind `full`, unless one is named.
    """
    kind = kind or ("full" if full else "changed")
    with opened(settings, run_id, business_date, kind) as build:
        if build is None:
            return BuildOutcome(None, 0)
        seconds = _make_and_judge(settings, build, run_id)
        return BuildOutcome(
            build.build_id,
            build.token,
            build.scope,
            _verdict(build.gate, build.build_id, build.scope),
            seconds,
            build.left_out,
        )


@dataclass(frozen=True)
class OpenBuild:
    """A build that this process may fill. gate: the connection that holds the lock, as finsam_gate. left_out: those whose
    new counts could not be protected, as the step found.
    """

    build_id: str
    token: int
    scope: list[str]
    kind: str
    gate: psycopg.Connection
    business_date: date
    left_out: list[str] = field(default_factory=list)


@contextmanager
def opened(
    settings: Settings,
    run_id: str,
    business_date: date | None,
    kind: str,
    of_generation: int | None = None,
) -> Iterator[OpenBuild | None]:
    """Open a build of that kind and keep others out while it lasts; None where nothing is in scope. Raises Busy."""
    from ingestion import expected
    from ingestion.warehouse import migrations

    migrations.check(settings)
    connections.check_logins(settings, ("finsam_transform", "finsam_protect", "finsam_publish"))
    with connections.connect(settings, "finsam_gate") as gate, _only_one(gate, BUILD_LOCK, run_id):
        faults.point("build.locked")
        asked = business_date or clock.today()
        if kind != "rebuild":  # a past night asks what was known then; what is late today is no matter of it
            expected.judge(gate, asked)
            gate.execute("select ops.note_waivers(%s)", (asked,))
        row = gate.execute(
            "select build_id, token, scope from ops.open_build(%s, %s, %s, %s, %s, %s, %s)",
            (
                surroundings.model_version(),
                surroundings.rules_version(),
                surroundings.code_version(),
                asked,
                run_id,
                kind,
                of_generation,
            ),
        ).fetchone()
        faults.point("build.opening")
        gate.commit()
        faults.point("build.opened")
        if row is None:
            yield None
            return
        build_id, token, scope = row
        yield OpenBuild(build_id, token, scope, kind, gate, asked)


@steps.noted("publish", lambda done: ("done" if done.generation else "nothing", done.summary_sv))
def publish(settings: Settings, build_id: str, token: int, run_id: str) -> Published:
    """Move the candidate's rows to where readers look, if the evidence allows. Raises WarehouseUnavailable, StaleRun."""
    from ingestion.warehouse import migrations
    from ingestion.warehouse import publish as publisher

    publisher.until_answered(lambda: migrations.check(settings), build_id)
    return publisher.publish(settings, build_id, token, run_id)


def newest_build(settings: Settings) -> tuple[str, int] | None:
    """The build opened last, if its candidate still stands: (build id, token)."""
    with connections.connect(settings, "finsam_gate") as gate:
        row = gate.execute(
            "select b.build_id, b.token from ops.build as b join ops.fence as f on f.name = 'build' and f.token = b.token"
        ).fetchone()
    return (row[0], row[1]) if row else None


def judge_candidate(
    build: OpenBuild, nodes: Sequence[Node], declared: Sequence[DeclaredTest], run_id: str
) -> None:
    """Every look at the candidate, and its evidence; the verdict is `ops.blocking_rules`. Does not commit."""
    from ingestion import expected, judgement, protecting
    from ingestion.warehouse import lineage, mart_checks

    findings = judgement.judge(build.gate, nodes, build.scope, declared)
    faults.point("gates.judged")
    if not any(node.kind == "model" and node.status != "success" for node in nodes):
        lineage.record_checks(build.gate, build.scope, findings)
        mart_checks.record_checks(build.gate, build.scope, findings, run_id)
        protecting.record_checks(build, findings)
        judgement.add_changes_without_input(build.gate, build.build_id, findings)
        if build.kind != "changed":
            judgement.compare(build.gate, build.scope, findings)
    faults.point("gates.recomputed")
    expected.add_evidence(build.gate, build.scope, findings)
    judgement.record(build.gate, build.build_id, findings, run_id)
    faults.point("gates.recorded")


def _make_and_judge(settings: Settings, build: OpenBuild, run_id: str) -> dict[str, float]:
    import time

    from ingestion import protecting
    from ingestion.warehouse import dbt, declared_tests

    started = time.monotonic()

    def protect() -> None:
        build.left_out[:] = sorted(protecting.decide(settings, build).left_out)

    nodes = dbt.build(settings, build.token, len(build.scope), before_public=protect)
    built = time.monotonic()
    faults.point("gates.begun")
    judge_candidate(build, nodes, declared_tests.read(settings.home / "dbt"), run_id)
    build.gate.execute("select ops.mark_candidate(%s, %s)", (build.build_id, build.token))
    faults.point("gates.marked")
    build.gate.commit()
    faults.point("gates.committed")
    return {
        "dbt": built - started,
        "gates": time.monotonic() - built,
        "models": sum(node.seconds for node in nodes if node.kind == "model"),
        "tests": sum(node.seconds for node in nodes if node.kind == "test"),
    }


def _verdict(gate: psycopg.Connection, build_id: str, scope: list[str]) -> dict[str, list[str]]:
    """What publication will say: association -> the rules that stop it."""
    return dict(gate.execute("select * from ops.blocking_rules(%s, %s)", (build_id, scope)).fetchall())


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
