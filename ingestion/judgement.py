"""Gates 2 and 3: what dbt's tests found becomes evidence, per rule and association. Publication reads only that.

A test that names an association blames it alone; one that cannot blames everyone ('*').
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.types.json import Jsonb

from ingestion import settings as surroundings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import psycopg

    from ingestion.warehouse.dbt import Node

EVERYONE = "*"
MODELS_BUILT = "BLD-001"
SAME_FIGURES = "BLD-003"
WORST_FIRST = ("error", "failed", "passed", "not_applicable")


@dataclass
class Finding:
    """What the tests of one rule found for one association. detail: failed rows per test, error texts."""

    severity: str
    examined: int = 0
    failed: int = 0
    status: str = "not_applicable"
    detail: dict[str, Any] = field(default_factory=dict)

    def add(self, test: str, status: str, examined: int, failed: int, message: str = "") -> None:
        """Take in one test's result; the worst status stands."""
        self.examined += examined
        self.failed += failed
        self.status = min(self.status, status, key=WORST_FIRST.index)
        if failed or message:
            self.detail[test] = message or failed


Findings = dict[tuple[str, str], Finding]


def judge(connection: psycopg.Connection, nodes: Sequence[Node], scope: Sequence[str]) -> Findings:
    """Findings per (rule, association) of one build. Connection: as finsam_gate."""
    findings: Findings = {}
    _judge_models(findings, [node for node in nodes if node.kind == "model"], scope)
    tests = [node for node in nodes if node.kind == "test"]
    counts = _row_counts(connection, {node.tested for node in tests if node.tested})
    for node in tests:
        _judge_test(connection, findings, node, counts.get(node.tested or "", {}), scope)
    return findings


def record(connection: psycopg.Connection, build_id: str, findings: Findings, run_id: str) -> None:
    """Write the evidence of one build; what an interrupted attempt left is replaced."""
    subject = f"build:{build_id}"
    connection.execute("delete from ops.evidence where subject = %s", (subject,))
    with connection.cursor().copy(
        "copy ops.evidence (subject, rule_id, association_id, status, examined, failed, severity, detail, run_id, code_version)"
        " from stdin"
    ) as copy:
        for (rule_id, association_id), found in sorted(findings.items()):
            copy.write_row(
                (
                    subject,
                    rule_id,
                    association_id,
                    found.status,
                    found.examined,
                    found.failed,
                    found.severity,
                    Jsonb(found.detail),
                    run_id,
                    surroundings.code_version(),
                )
            )


def add_counts(
    findings: Findings, rule_id: str, severity: str, counted: Iterable[tuple[str, str, int, int]]
) -> None:
    """Evidence from set-wise checks outside dbt: rows of (association, what, examined, failed)."""
    for association_id, what, examined, failed in counted:
        status = "not_applicable" if not examined else "failed" if failed else "passed"
        finding = findings.setdefault((rule_id, association_id), Finding(severity))
        finding.add(what, status, examined, failed)


@dataclass(frozen=True)
class Compared:
    """One mart of one association beside what was published. rows: of the candidate; the others only one side has."""

    mart: str
    association_id: str
    rows: int
    only_candidate: int
    only_published: int


def compare(
    connection: psycopg.Connection,
    scope: Sequence[str],
    findings: Findings,
    generation: int | None = None,
) -> list[Compared]:
    """Rule BLD-003: the same inputs give the figures that were published, row for row, in every mart.

    Connection: as finsam_gate, of the open build. generation: what was published then; default what stands now, for
    the associations whose published figures were made of the very inputs, models and rules of this build.
    """
    alike = scope if generation is not None else _made_of_the_same(connection)
    compared = [
        Compared(*row)
        for row in connection.execute(
            "select mart, association_id, row_count, only_candidate, only_published"
            " from ops.compare_candidate(%s, %s) order by 1, 2",
            (list(alike), generation),
        ).fetchall()
    ]
    add_counts(findings, SAME_FIGURES, "invariant", [(name, "marts", 0, 0) for name in scope])
    for one in compared:
        odd = one.only_candidate + one.only_published
        if examined := max(one.rows, odd):
            add_counts(findings, SAME_FIGURES, "invariant", [(one.association_id, one.mart, examined, odd)])
    return compared


def _made_of_the_same(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "select s.association_id from ops.fence as f inner join ops.build as b on b.token = f.token"
        " cross join lateral ops.association_inputs(b.model_version, b.rules_version) as i"
        " inner join ops.association_state as s on s.association_id = i.association_id"
        " where f.name = 'build' and s.published_hash = i.input_hash"
        " and to_jsonb(i.delivery_ids) = b.inputs -> i.association_id order by 1"
    ).fetchall()
    return [row[0] for row in rows]


def _judge_models(findings: Findings, models: Sequence[Node], scope: Sequence[str]) -> None:
    broken = [node for node in models if node.status != "success"]
    for association_id in scope if not broken else [EVERYONE]:
        finding = findings.setdefault((MODELS_BUILT, association_id), Finding("invariant"))
        finding.add("models", "passed" if models and not broken else "error", len(models), len(broken))
    for node in broken:
        # dbt's message may quote a row: keep the node's name, the log has the rest
        findings[MODELS_BUILT, EVERYONE].detail[node.name] = node.status


def _judge_test(
    connection: psycopg.Connection,
    findings: Findings,
    node: Node,
    examined: dict[str, int],
    scope: Sequence[str],
) -> None:
    rule_id = str(node.meta.get("rule_id", node.name))
    severity = str(node.meta.get("severity", "invariant"))
    if node.status not in {"pass", "warn", "fail"}:
        finding = findings.setdefault((rule_id, EVERYONE), Finding(severity))
        finding.add(node.name, "error", 0, 0, node.status)
        return
    failed: dict[str, int] = {} if node.status == "pass" else _failures(connection, node)
    for association_id in sorted({*scope, *failed}):
        count, bad = examined.get(association_id, 0), failed.get(association_id, 0)
        status = "failed" if bad else "passed" if count else "not_applicable"
        finding = findings.setdefault((rule_id, association_id), Finding(severity))
        finding.add(node.name, status, max(count, bad), bad)
        if bad and (mart := _beside(node)):
            finding.detail["mart"] = mart


def _beside(node: Node) -> str | None:
    """The mart whose figures carry the banner: the one the rule's card names, else the one it looks at."""
    if "beside" in node.meta:
        return str(node.meta["beside"])
    is_candidate = node.tested and node.tested.startswith('"candidate".')
    return node.tested.split('"')[3] if node.tested and is_candidate else None


def _failures(connection: psycopg.Connection, node: Node) -> dict[str, int]:
    """Failed rows per association, by running the test's own SQL again as the gate."""
    found: dict[str, int] = defaultdict(int)
    cursor = connection.execute(node.compiled)
    names = [column.name for column in cursor.description or ()]
    for row in cursor.fetchall():
        values = dict(zip(names, row, strict=True))
        found[str(values.get("association_id") or EVERYONE)] += int(values.get("failed") or 1)
    return found or {EVERYONE: 1}


def _row_counts(connection: psycopg.Connection, relations: set[str]) -> dict[str, dict[str, int]]:
    counted: dict[str, dict[str, int]] = {}
    for relation in sorted(relations):
        schema, name = relation.strip('"').split('"."')
        statement = sql.SQL("select association_id, count(*) from {} group by 1").format(
            sql.Identifier(schema, name)
        )
        with connection.transaction():
            counted[relation] = dict(connection.execute(statement).fetchall())
    return counted
