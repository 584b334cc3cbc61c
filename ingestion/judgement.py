"""Gates 2 and 3: what the tests found becomes evidence, per rule, association and part. Publication reads only that.

The tests asked about are those the project declares, not those that ran: one that was left out, skipped or never reached is
an error. A test that names an association blames it alone; one that cannot blames everyone ('*').
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.types.json import Jsonb

from expectations.building import FIGURES_FOLLOW_INPUT, MODELS_ARE_BUILT
from expectations.required import ANY_PART, digest
from ingestion import settings as surroundings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    import psycopg

    from ingestion.warehouse.dbt import Node
    from ingestion.warehouse.declared_tests import DeclaredTest

EVERYONE = "*"
SAME_FIGURES = "BLD-003"
WORST_FIRST = ("error", "failed", "passed", "not_applicable")
_COLUMNS = (
    *(
        "subject",
        "rule_id",
        "association_id",
        "part",
        "status",
        "examined",
        "failed",
        "population",
        "failed_sek",
    ),
    *("severity", "digest", "detail", "run_id", "code_version"),
)


@dataclass
class Finding:
    """What one rule found in one part for one association. detail: failed rows per test, error texts.

    population: rows there were to look at, None where nobody counted. digest: what was asked, where that is pinned.
    """

    severity: str
    examined: int = 0
    failed: int = 0
    status: str = "not_applicable"
    detail: dict[str, Any] = field(default_factory=dict)
    population: int | None = None
    failed_sek: Decimal | None = None
    digest: str | None = None
    asked: set[str] = field(default_factory=set)

    def add(self, test: str, status: str, examined: int, failed: int, message: str = "") -> None:
        """Take in one test's result; the worst status stands."""
        self.examined += examined
        self.failed += failed
        self.status = min(self.status, status, key=WORST_FIRST.index)
        if failed or message:
            self.detail[test] = message or failed


@dataclass(frozen=True)
class Failed:
    """Failed rows of one association, and the kronor they are about where the test counts them."""

    rows: int
    sek: Decimal | None = None


Findings = dict[tuple[str, str, str], Finding]
"""By rule, association and part."""


def judge(
    connection: psycopg.Connection,
    nodes: Sequence[Node],
    scope: Sequence[str],
    declared: Sequence[DeclaredTest],
) -> Findings:
    """Findings of one build. Connection: as finsam_gate. declared: every test that should have run."""
    findings: Findings = {}
    _judge_models(findings, [node for node in nodes if node.kind == "model"], scope)
    ran = {node.name: node for node in nodes if node.kind == "test"}
    counts = _row_counts(connection, {relation for test in declared for relation in test.reads})
    delivered = _delivered(connection) if any(test.feeds for test in declared) else {}
    for test in declared:
        node = ran.get(test.name)
        if node is None or node.status not in {"pass", "warn", "fail"}:
            add_error(
                findings,
                test.rule_id,
                test.severity,
                test.part,
                test.name,
                node.status if node else "not run",
            )
            continue
        looked_at = _looked_at(test, counts, delivered, scope)
        failed = {} if node.status == "pass" else _failures(connection, node)
        _judge_test(findings, test, failed, looked_at, scope)
    return findings


def record(connection: psycopg.Connection, build_id: str, findings: Findings, run_id: str) -> None:
    """Write the evidence of one build, with the waivers that cover it; what an interrupted attempt left is replaced."""
    subject = f"build:{build_id}"
    connection.execute("delete from ops.evidence where subject = %s", (subject,))
    statement = sql.SQL("copy ops.evidence ({}) from stdin").format(
        sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
    )
    with connection.cursor().copy(statement) as copy:
        for (rule_id, association_id, part), found in sorted(findings.items()):
            copy.write_row(
                (
                    *(subject, rule_id, association_id, part, found.status, found.examined, found.failed),
                    *(
                        found.population,
                        found.failed_sek,
                        found.severity,
                        _digest(found),
                        Jsonb(found.detail),
                    ),
                    *(run_id, surroundings.code_version()),
                )
            )
    connection.execute("select ops.apply_waivers(%s)", (build_id,))


def add_counts(
    findings: Findings, rule_id: str, severity: str, counted: Iterable[tuple[str, str, int, int]]
) -> None:
    """Evidence from set-wise checks outside dbt: rows of (association, what, examined, failed).

    what: `mart.column`; the mart is the part, and its columns together are what was asked.
    """
    for association_id, what, examined, failed in counted:
        status = "not_applicable" if not examined else "failed" if failed else "passed"
        part, _, column = what.partition(".")
        finding = findings.setdefault((rule_id, association_id, part), Finding(severity))
        finding.add(what, status, examined, failed)
        finding.asked.add(column)


def add_error(findings: Findings, rule_id: str, severity: str, part: str, what: str, why: str) -> None:
    """Evidence that a rule could not be judged, for anybody."""
    finding = findings.setdefault((rule_id, EVERYONE, part), Finding(severity))
    finding.add(what, "error", 0, 0, why)


def add_changes_without_input(connection: psycopg.Connection, build_id: str, findings: Findings) -> None:
    """Figures that differ from those that stand although no delivery does: our code did it, and the banner says which.

    Where code changed some figures, nobody can tell its work from the news of an association that did deliver.
    """
    rule = FIGURES_FOLLOW_INPUT
    build = connection.execute(
        "select scope, model_version, code_version from ops.build where build_id = %s", (build_id,)
    ).fetchone()
    scope, models, code = build or ([], "", "")
    decided = {row[0] for row in connection.execute("select vault.decided_since(%s)", (build_id,)).fetchall()}
    rows = connection.execute("select * from ops.changed_without_input(%s)", (build_id,)).fetchall()
    anew = _released_anew(connection)  # a release follows the calendar
    compared = [
        (name, count, [mart for mart in changed if (mart, name) not in anew], *told)
        for name, count, changed, *told in rows
        if name not in decided  # a decision about a person is news as well
    ]
    now_sv = f"modeller {models[:8]}, kod {code[:8]}"
    for association_id, count, changed, old_models, old_code in compared:
        whole = findings.setdefault((rule.id, association_id, ANY_PART), Finding(rule.severity))
        whole.add("marts", "passed" if count > len(changed) else "not_applicable", count - len(changed), 0)
        for mart in changed:
            found = findings.setdefault((rule.id, association_id, mart), Finding(rule.severity))
            found.add(mart, "failed", 1, 1)
            found.detail |= {
                "mart": mart,
                "note_sv": f"Ändrad av {now_sv}; den förra var av modeller {old_models[:8]}, kod {old_code[:8]}.",
            }
    is_code = any(changed for _, _, changed, _, _ in compared)
    for association_id in set(scope) - {row[0] for row in compared}:
        found = findings.setdefault((rule.id, association_id, ANY_PART), Finding(rule.severity))
        if is_code and _was_published(connection, association_id):
            found.add("marts", "failed", 1, 1)
            found.detail["note_sv"] = f"Nytt underlag och ny kod samma natt: {now_sv}."


def _was_published(connection: psycopg.Connection, association_id: str) -> bool:
    row = connection.execute(
        "select generation is not null from ops.association_state where association_id = %s",
        (association_id,),
    ).fetchone()
    return bool(row and row[0])


def _digest(found: Finding) -> str | None:
    return digest(*sorted(found.asked)) if found.asked else found.digest


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
    the associations whose published figures were made of the very inputs, models and rules of this build. What a
    release due since then shows anew is its own: it follows the calendar, and the exact counts beside it are compared.
    """
    anew = _released_anew(connection) if generation is None else set()
    alike = scope if generation is not None else _made_of_the_same(connection)
    compared = [
        Compared(*row)
        for row in connection.execute(
            "select mart, association_id, row_count, only_candidate, only_published"
            " from ops.compare_candidate(%s, %s) order by 1, 2",
            (list(alike), generation),
        ).fetchall()
        if (row[0], row[1]) not in anew
    ]
    alone = set(scope) - {one.association_id for one in compared}  # nothing to compare them with
    add_counts(findings, SAME_FIGURES, "invariant", [(name, ANY_PART, 0, 0) for name in sorted(alone)])
    for one in compared:
        odd = one.only_candidate + one.only_published
        if examined := max(one.rows, odd):
            add_counts(findings, SAME_FIGURES, "invariant", [(one.association_id, one.mart, examined, odd)])
    return compared


def _released_anew(connection: psycopg.Connection) -> set[tuple[str, str]]:
    """Mart and association of what is shown of a release that this build brings out."""
    from ingestion.warehouse import contracts, public_reports

    rows = connection.execute("select association_id from ops.disclosure_standing where is_new").fetchall()
    shown = {contract.name for contract in contracts.read() if contract.view} | {public_reports.DECISIONS}
    return {(mart, name) for (name,) in rows for mart in shown}


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
    rule = MODELS_ARE_BUILT
    broken = [node for node in models if node.status != "success"]
    for association_id in scope if not broken else [EVERYONE]:
        finding = findings.setdefault((rule.id, association_id, ANY_PART), Finding("invariant"))
        finding.add("models", "passed" if models and not broken else "error", len(models), len(broken))
    for node in broken:
        # dbt's message may quote a row: keep the node's name, the log has the rest
        findings[rule.id, EVERYONE, ANY_PART].detail[node.name] = node.status


def _judge_test(
    findings: Findings,
    test: DeclaredTest,
    failed: dict[str, Failed],
    looked_at: dict[str, tuple[int, int]],
    scope: Sequence[str],
) -> None:
    for association_id in sorted({*scope, *failed}):
        examined, population = looked_at.get(association_id, (0, 0))
        bad = failed.get(association_id, Failed(0))
        status = "failed" if bad.rows else "passed" if examined else "not_applicable"
        finding = findings.setdefault((test.rule_id, association_id, test.part), Finding(test.severity))
        finding.add(test.name, status, max(examined, bad.rows), bad.rows)
        finding.population, finding.failed_sek, finding.digest = population, bad.sek, test.digest
        if bad.rows and test.beside:
            finding.detail["mart"] = test.beside


def _failures(connection: psycopg.Connection, node: Node) -> dict[str, Failed]:
    """Failed rows per association, by running the test's own SQL again as the gate."""
    rows: dict[str, int] = defaultdict(int)
    sek: dict[str, Decimal] = {}
    cursor = connection.execute(node.compiled)
    names = [column.name for column in cursor.description or ()]
    for row in cursor.fetchall():
        values = dict(zip(names, row, strict=True))
        association_id = str(values.get("association_id") or EVERYONE)
        rows[association_id] += int(values.get("failed") or 1)
        if values.get("failed_sek") is not None:
            sek[association_id] = sek.get(association_id, 0) + values["failed_sek"]
    return {name: Failed(count, sek.get(name)) for name, count in rows.items()} or {EVERYONE: Failed(1)}


def _looked_at(
    test: DeclaredTest,
    counts: dict[str, dict[str, int]],
    delivered: dict[tuple[str, str], int],
    scope: Sequence[str],
) -> dict[str, tuple[int, int]]:
    """Per association: rows of all the relations the test reads, and the rows there are of what it is about.

    What is about a feed has the rows that were delivered, whatever the models made of them.
    """
    found = {}
    for name in scope:
        examined = sum(counts[relation].get(name, 0) for relation in test.reads)
        population = sum(delivered.get((feed, name), 0) for feed in test.feeds) if test.feeds else examined
        found[name] = (examined, population)
    return found


def _delivered(connection: psycopg.Connection) -> dict[tuple[str, str], int]:
    rows = connection.execute(
        "select feed_id, association_id, sum(rows_loaded)::bigint from ops.scoped_delivery group by 1, 2"
    ).fetchall()
    return {(feed_id, association_id): count for feed_id, association_id, count in rows}


def _row_counts(connection: psycopg.Connection, relations: set[str]) -> dict[str, dict[str, int]]:
    counted: dict[str, dict[str, int]] = {}
    for relation in sorted(relations):
        schema, name = relation.strip('"').split('"."')
        known = connection.execute(
            "select to_regclass(format('%%I.%%I', %s::text, %s::text))", (schema, name)
        ).fetchone()
        counted[relation] = {}
        if known and known[0]:  # a model that was not built is BLD-001's to tell
            statement = sql.SQL("select association_id, count(*) from {} group by 1").format(
                sql.Identifier(schema, name)
            )
            counted[relation] = dict(connection.execute(statement).fetchall())
    return counted
