"""Counts for the marts' suite: one statement per mart, a row per association, nothing of what stands in the cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from expectations.gate import MartCount, judge_marts
from expectations.suites.marts import MART_RULES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from expectations.suites.marts import MartRule
    from ingestion.judgement import Findings


def record_checks(
    connection: psycopg.Connection, scope: Sequence[str], findings: Findings, run_id: str
) -> None:
    """Gate 3, rules MRT-…: what holds for every row of every mart. Connection: as finsam_gate."""
    from ingestion import judgement

    counted: list[MartCount] = []
    asked: dict[tuple[str, str], list[str]] = {}
    for mart, typed in _registered(connection).items():
        looking = {one: columns for one in MART_RULES if (columns := one.columns(typed))}
        asked |= {(one.rule.id, mart): columns for one, columns in looking.items()}
        try:
            with connection.transaction():
                counted += _count(connection, mart, looking, scope)
        except psycopg.Error as problem:
            for one in looking:
                judgement.add_error(
                    findings, one.rule.id, one.rule.severity, mart, mart, type(problem).__name__
                )
    severities = {one.rule.id: one.rule.severity for one in MART_RULES}
    statuses = judge_marts(counted, run_id)
    for count, status in zip(counted, statuses, strict=True):
        finding = judgement.Finding(severities[count.rule_id], population=count.examined)
        finding.add(count.mart, status, count.examined, count.failed)
        finding.asked |= set(asked[count.rule_id, count.mart])
        finding.detail |= {"mart": count.mart} if count.failed else {}
        findings[count.rule_id, count.association_id, count.mart] = finding


def _registered(connection: psycopg.Connection) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for mart, column, data_type in connection.execute(
        "select mart, column_name, data_type from ops.mart_column order by mart, position"
    ).fetchall():
        found.setdefault(mart, {})[column] = data_type
    return found


def _count(
    connection: psycopg.Connection, mart: str, looking: dict[MartRule, list[str]], scope: Sequence[str]
) -> list[MartCount]:
    if not looking:
        return []
    filters = [
        sql.SQL("count(*) filter (where {})").format(
            sql.SQL(" or ").join(sql.SQL(one.is_bad).format(column=sql.Identifier(name)) for name in columns)
        )
        for one, columns in looking.items()
    ]
    rows = connection.execute(
        sql.SQL(
            "select association_id, count(*), {} from {} where association_id = any(%s) group by 1"
        ).format(sql.SQL(", ").join(filters), sql.Identifier("candidate", mart)),
        (list(scope),),
    ).fetchall()
    found = {row[0]: row[1:] for row in rows}
    return [
        MartCount(one.rule.id, mart, name, *(found[name][0], found[name][at]) if name in found else (0, 0))
        for name in scope
        for at, one in enumerate(looking, start=1)
    ]
