"""The night's step between the exact counts and what readers see, and the gate that tries to undo it.

dbt's first stage makes the exact counts; this decides, per association, which of them readers are shown; dbt's second
stage makes the public marts of the decisions. A release stands for its period: readers cannot subtract two nights.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg import sql

from expectations.suites.disclosure import ATTACK_FINDS_NOTHING, RELATIONS_HOLD
from ingestion import faults
from ingestion.warehouse import connection as connections
from ingestion.warehouse import contracts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    import psycopg

    from ingestion.disclosed_counts import Count, Key, Linked, Term
    from ingestion.judgement import Findings
    from ingestion.night import OpenBuild
    from ingestion.settings import Settings

PROCESSES = 2
_CELLS = (
    "select association_id, report, fiscal_year, initiative_id, sex, category_code, measure, cell_count, tells_of_persons"
    " from intermediate.int_outcome_cells where association_id = any(%s) order by 1, 3, 2, 4, 5, 6, 7"
)
_TERMS = (
    "select relation, kind, rest_is_told, report, measure, codes, years_before, coefficient"
    " from intermediate.int_outcome_relations"
)
_CHOICES = (
    "select association_id, threshold, method, release_length from intermediate.int_outcome_terms"
    " where association_id = any(%s) and fiscal_year = %s"
)


@dataclass(frozen=True)
class Choice:
    """How an association's counts are protected. release_length: month, quarter, half_year or year."""

    threshold: int
    method: str
    release_length: str


@dataclass(frozen=True)
class Standing:
    """The release readers see now. counts: what they see of each count, None where it is hidden."""

    release_period: str
    counts: dict[Key, int | None]


@dataclass(frozen=True)
class Release:
    """A release to be: the period it stands for and what is shown of each count, None where it is hidden.

    kept_years: those that readers have seen in this period; they stand as they stood.
    """

    association_id: str
    release_period: str
    choice: Choice
    counts: dict[Key, int | None]
    kept_years: tuple[int, ...] = ()


@dataclass(frozen=True)
class Decided:
    """What the step did. left_out: association -> what could not be protected whatever was hidden, and is not shown."""

    releases: list[Release] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def counts(self) -> int:
        """Decisions made."""
        return sum(len(release.counts) for release in self.releases)


def period_of(day: date, length: str) -> str:
    """The release period a day falls in: `2026-11`, `2026-Q4`, `2026-H2` or `2026`."""
    return {
        "month": f"{day:%Y-%m}",
        "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
        "half_year": f"{day.year}-H{1 if day.month <= 6 else 2}",
        "year": f"{day.year}",
    }[length]


def decide(settings: Settings, build: OpenBuild) -> Decided:
    """Decide what is shown of the open build's counts, where a new release is due, and write it down.

    A past night that is built again shows what was decided then; nothing is decided anew.
    """
    if build.kind == "rebuild":
        return Decided()
    standing = standing_releases(build.gate, build.scope)
    faults.point("protect.begun")
    with connections.connect(settings, "finsam_protect") as connection:
        counts = read_counts(connection, build.scope, _CELLS)
        choices = _choices(connection, build)
        due = _due(build, standing, counts, choices)
        decided = _protected(due, counts, choices, standing, build, read_terms(build.gate))
        for release in decided.releases:
            _write(connection, build.token, release)
        faults.point("protect.written")
    faults.point("protect.committed")
    return decided


def standing_releases(gate: psycopg.Connection, scope: Sequence[str]) -> dict[str, Standing]:
    """Association -> the release its readers see, before this build has decided anything. Connection: as finsam_gate."""
    from ingestion.disclosed_counts import Key

    periods = dict(
        gate.execute("select association_id, release_period from ops.disclosure_standing").fetchall()
    )
    found: dict[str, dict[Key, int | None]] = {name: {} for name in periods}
    for association_id, *key, shown in gate.execute(
        "select association_id, report, fiscal_year, initiative_id, sex, category_code, measure, shown_count"
        " from ops.disclosure_in_force where association_id = any(%s)",
        (list(scope),),
    ):
        found[association_id][Key(*key)] = shown
    return {name: Standing(period, found[name]) for name, period in periods.items()}


def read_counts(
    connection: psycopg.Connection, scope: Sequence[str], statement: str
) -> dict[str, list[Count]]:
    """Association -> its exact counts, in a fixed order."""
    from ingestion.disclosed_counts import Count, Key

    found: dict[str, list[Count]] = defaultdict(list)
    with connection.cursor() as cursor:
        for association_id, *key, value, tells in cursor.stream(statement.encode(), (list(scope),)):
            found[association_id].append(Count(Key(*key), value, tells))
    return found


def read_terms(gate: psycopg.Connection) -> list[Term]:
    """What everybody knows of how the counts hang together, as declared."""
    from ingestion.disclosed_counts import Term

    return [Term(*row) for row in gate.execute(_TERMS).fetchall()]


def _choices(connection: psycopg.Connection, build: OpenBuild) -> dict[str, Choice]:
    rows = connection.execute(_CHOICES, (build.scope, build.business_date.year)).fetchall()
    return {name: Choice(*chosen) for name, *chosen in rows}


def _due(
    build: OpenBuild,
    standing: dict[str, Standing],
    counts: dict[str, list[Count]],
    choices: dict[str, Choice],
) -> dict[str, bool]:
    """Associations with something to decide -> whether it is a new period, in which everything is decided anew.

    Within a period only years that readers have seen nothing of are added. What is built again of the very inputs that
    are published is shown as it was, whichever day it is.
    """
    from ingestion.judgement import made_of_the_same

    found = {}
    same = set(made_of_the_same(build.gate)) if build.kind != "changed" else set()
    for name, its in counts.items():
        stands = standing.get(name)
        if stands is None:
            found[name] = True
        elif name not in same:
            is_new = stands.release_period != period_of(build.business_date, choices[name].release_length)
            seen = {key.fiscal_year for key in stands.counts}
            if is_new or any(count.key.fiscal_year not in seen for count in its):
                found[name] = is_new
    return found


def _protected(
    due: dict[str, bool],
    counts: dict[str, list[Count]],
    choices: dict[str, Choice],
    standing: dict[str, Standing],
    build: OpenBuild,
    terms: list[Term],
) -> Decided:
    from ingestion.disclosed_counts import linked
    from ingestion.disclosure.protection import Unprotectable, protect_all

    systems: list[Linked] = []
    names = sorted(due)
    for name in names:
        frozen = {} if due[name] or name not in standing else standing[name].counts
        systems.append(linked(counts[name], terms, choices[name].threshold, frozen))
    made = Decided()
    for name, whole, found in zip(
        names, systems, protect_all([one.system for one in systems], PROCESSES), strict=True
    ):
        if isinstance(found, Unprotectable):
            made.left_out[name] = str(found)
            continue
        shown: dict[Key, int | None] = {
            count.key: None if is_hidden else count.value
            for count, is_hidden in zip(counts[name], found.hidden[: len(whole.keys)].tolist(), strict=True)
        }
        kept = {} if due[name] or name not in standing else standing[name].counts
        years = {key.fiscal_year for key in kept}
        shown = {key: value for key, value in shown.items() if key.fiscal_year not in years} | kept
        period = period_of(build.business_date, choices[name].release_length)
        made.releases.append(Release(name, period, choices[name], shown, tuple(sorted(years))))
    return made


def _write(connection: psycopg.Connection, token: int, release: Release) -> None:
    connection.execute(
        "insert into ops.disclosure_release (token, association_id, release_period, method, threshold, kept_years)"
        " values (%s, %s, %s, %s, %s, %s)",
        (
            token,
            release.association_id,
            release.release_period,
            release.choice.method,
            release.choice.threshold,
            list(release.kept_years),
        ),
    )
    statement = (
        "copy ops.disclosure_decision (token, association_id, report, fiscal_year, initiative_id, sex, category_code,"
        " measure, decision, shown_count) from stdin"
    )
    with connection.cursor().copy(statement) as copy:
        for key, shown in release.counts.items():
            copy.write_row(
                (token, release.association_id, *key, "hidden" if shown is None else "published", shown)
            )


def record_checks(build: OpenBuild, findings: Findings) -> None:
    """Gate 3, rules DSC-001 and DSC-006: nobody can undo what the public marts of this build hide.

    The marts are read back as a reader sees them; the decisions are not asked. What stands from an earlier release was
    tried when it came out, and has not moved since.
    """
    from ingestion import judgement

    new: dict[str, int] = dict(
        build.gate.execute(
            "select association_id, threshold from ops.disclosure_standing where is_new"
        ).fetchall()
    )
    counts = read_counts(build.gate, sorted(new), _CELLS)
    seen = read_marts(build.gate, sorted(new))
    terms = read_terms(build.gate)
    for name in sorted(build.scope):
        recovered, broken, examined = 0, 0, 0
        if name in new and counts.get(name):
            examined = len(counts[name])
            recovered, broken = _tried(counts[name], seen.get(name, {}), terms, new[name])
        for rule, failed in ((ATTACK_FINDS_NOTHING, recovered), (RELATIONS_HOLD, broken)):
            judgement.add_counts(findings, rule.id, rule.severity, [(name, "*", examined, failed)])


def _tried(
    counts: list[Count], seen: dict[Key, int | None], terms: list[Term], threshold: int
) -> tuple[int, int]:
    """How many counts a reader of the marts could recover, and how many relations do not hold."""
    import numpy as np

    from ingestion.disclosed_counts import linked
    from ingestion.disclosure.attack import attack

    whole = linked(counts, terms, threshold)
    hidden = np.ones(whole.system.size, dtype=bool)
    hidden[: len(counts)] = [seen.get(count.key) is None for count in counts]
    return len(attack(whole.system, hidden, intervals=False).recovered), whole.broken


def read_marts(gate: psycopg.Connection, scope: Sequence[str]) -> dict[str, dict[Key, int | None]]:
    """Association -> what the candidate's public marts show of each count, read as a reader would."""
    from ingestion.disclosed_counts import ALL, Key

    found: dict[str, dict[Key, int | None]] = {name: {} for name in scope}
    for contract in public_reports():
        report = contract.view_name
        code = contract.primary_key[4] if len(contract.primary_key) > 4 else None
        measures = _measures(contract)
        statement = sql.SQL(
            "select association_id, fiscal_year, initiative_id, sex, {}, {} from {} where association_id = any(%s)"
        ).format(
            sql.Identifier(code) if code else sql.Literal(ALL),
            sql.SQL(", ").join(map(sql.Identifier, measures)),
            sql.Identifier("candidate", contract.name),
        )
        for name, year, initiative_id, sex, category, *shown in gate.execute(statement, (list(scope),)):
            for measure, value in zip(measures, shown, strict=True):
                found[name][Key(report, year, initiative_id, sex, category, measure)] = value
    return found


def public_reports() -> list[contracts.MartContract]:
    """The marts made of the decisions: each shows counts of the report whose name its view has."""
    return [contract for contract in contracts.read() if contract.view and _measures(contract)]


def _measures(contract: contracts.MartContract) -> list[str]:
    """The columns that show a count of this report's own."""
    own = f"atom.report = '{contract.view}'"
    return [
        column.name
        for column in contract.columns
        if (column.lineage or {}).get("value") == "atom.shown_count"
        and own in str((column.lineage or {})["where"])
    ]


def hidden_share(releases: Iterable[Release]) -> tuple[int, int]:
    """Hidden counts and all counts of these releases."""
    shown = [value for release in releases for value in release.counts.values()]
    return sum(value is None for value in shown), len(shown)
