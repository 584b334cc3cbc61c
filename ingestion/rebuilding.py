"""A past night again: its inputs from raw, today's models, and whether they still give what was published then (F65)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from ingestion import night
from ingestion.warehouse import connection as connections

if TYPE_CHECKING:
    from datetime import date

    from ingestion.judgement import Compared
    from ingestion.settings import Settings

KIND = "rebuild"


class NotRebuildable(Exception):
    """The generation cannot be built again; the message says why, in Swedish."""


@dataclass(frozen=True)
class Missing:
    """A delivery of that night whose rows are no longer all in raw."""

    delivery_id: str
    feed_id: str
    association_id: str
    file_name: str
    rows_loaded: int
    rows_found: int


@dataclass(frozen=True)
class Rebuilt:
    """What became of it. rows: compared in all marts. broken: models that could not be built.

    acts: decisions about persons since then; their rows are not there to be built again.
    """

    generation: int
    build_id: str
    scope: list[str]
    rows: int = 0
    differences: list[Compared] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    acts: int = 0

    @property
    def is_same(self) -> bool:
        """Every row of every mart is what was published."""
        return not self.differences and not self.missing and not self.broken

    @property
    def summary_sv(self) -> str:
        """What a person reads: one line where all is the same, else one per difference."""
        of = f"Generation {self.generation} ({', '.join(self.scope)})"
        if self.is_same:
            return f"{of} byggdes om ur sina underlag: {self.rows} rader, alla lika dem som publicerades."
        lines = [f"{of} byggdes om ur sina underlag och blev inte densamma:"]
        if self.acts:
            lines.append(
                f"  {self.acts} beslut om personuppgifter har fattats sedan dess; de som raderats är inte med."
            )
        lines += [
            f"  {one.file_name} ({one.association_id}, {one.feed_id}) har {one.rows_found} av {one.rows_loaded} rader"
            " kvar i raw; läs in den igen ur arkivet."
            for one in self.missing
        ]
        lines += [f"  Modellen {name} kunde inte byggas." for name in self.broken]
        lines += [
            f"  {one.mart}, {one.association_id}: {one.only_published} rader bara då, {one.only_candidate} bara nu."
            for one in self.differences
        ]
        return "\n".join(lines)


def rebuild(settings: Settings, generation: int, run_id: str, business_date: date | None = None) -> Rebuilt:
    """Build a generation's inputs into the candidate and compare. Publishes nothing. Raises NotRebuildable, Busy.

    What it finds is evidence of rule BLD-003, under the build's id. The candidate is overwritten: a build that waits
    to be published has to be built again.
    """
    from ingestion import judgement
    from ingestion.warehouse import dbt

    try:
        with night.opened(settings, run_id, business_date, KIND, generation) as build:
            if build is None:
                raise NotRebuildable(f"Generation {generation} hade inget underlag att bygga om.")
            missing = _missing(build)
            nodes = dbt.build(settings, build.token, len(build.scope), only_models=True)
            broken = [node.name for node in nodes if node.status != "success"]
            findings: judgement.Findings = {}
            compared = [] if broken else judgement.compare(build.gate, build.scope, findings, generation)
            judgement.record(build.gate, build.build_id, findings, run_id)
            build.gate.commit()
    except psycopg.Error as problem:
        if problem.sqlstate == "FS004":
            raise NotRebuildable(str(problem.diag.message_primary)) from None
        raise
    differences = [one for one in compared if one.only_candidate or one.only_published]
    return Rebuilt(
        generation,
        build.build_id,
        build.scope,
        sum(one.rows for one in compared),
        differences,
        missing,
        broken,
        _acts(settings, generation, build.scope) if differences else 0,
    )


def _acts(settings: Settings, generation: int, scope: list[str]) -> int:
    with connections.connect(settings, "finsam_audit") as audit:
        row = audit.execute(
            "select count(*) from vault.act as a inner join ops.publication as p on p.generation = %s"
            " where a.kind in ('erase', 'withdraw_consent', 'link', 'retention') and a.association_id = any(%s)"
            " and a.recorded_at > p.published_at",
            (generation, scope),
        ).fetchone()
    return int(row[0]) if row else 0


def _missing(build: night.OpenBuild) -> list[Missing]:
    """Deliveries of the build whose rows are not all in raw any more: long-superseded ones may have been dropped."""
    wanted = build.gate.execute(
        "select d.feed_id, d.load_number, d.delivery_id, d.association_id, d.file_name, d.rows_loaded"
        " from ops.build_input as i inner join ops.delivery as d using (delivery_id) where i.build_id = %s"
        " order by 1, 2",
        (build.build_id,),
    ).fetchall()
    found: dict[int, int] = {}
    for feed_id in {row[0] for row in wanted}:
        statement = sql.SQL(
            "select _load_number, count(*) from {} where _load_number = any(%s) group by 1"
        ).format(sql.Identifier("raw", feed_id))
        numbers = [row[1] for row in wanted if row[0] == feed_id]
        found |= dict(build.gate.execute(statement, (numbers,)).fetchall())
    return [
        Missing(delivery_id, feed_id, association_id, file_name, loaded, found.get(number, 0))
        for feed_id, number, delivery_id, association_id, file_name, loaded in wanted
        if found.get(number, 0) < loaded
    ]
