"""One intake's work on its deliveries: load invisibly, have them judged, decide each.

Two transactions per delivery. The first puts the rows under a delivery in state `received`, which nothing downstream
sees. The gate judges all deliveries of the intake at once. The second writes evidence, verdict and state.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.types.json import Jsonb

from ingestion import archive, reference, report
from ingestion import delivery as deliveries
from ingestion import settings as surroundings
from ingestion.examined import Examined, examine, pseudonym_key
from ingestion.outcome import KNOWN, Intake, Outcome
from ingestion.warehouse import loading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import psycopg

    from expectations.rule import DeliveryFacts, Evidence
    from expectations.verdict import Verdict
    from ingestion.delivery import Found
    from ingestion.feed import Feed
    from ingestion.reference import Association
    from ingestion.settings import Settings


@dataclass
class Waiting:
    """A delivery between its two transactions."""

    found: Found
    examined: Examined


class Receiver:
    """One intake's connections and context."""

    def __init__(
        self,
        settings: Settings,
        loader: psycopg.Connection,
        gate: psycopg.Connection,
        run_id: str,
        leaves_inbox: bool,
    ) -> None:
        self.settings, self.loader, self.gate = settings, loader, gate
        self.run_id, self.leaves_inbox = run_id, leaves_inbox
        self.key = pseudonym_key(settings)
        self.associations = reference.associations(settings)

    def first(self, feed: Feed, found: Found, intake: Intake) -> Waiting | None:
        """Examine one file and put its rows under a delivery in state `received`. None if there is nothing to do."""
        from ingestion.privacy import content_id as identify

        content_id = identify(found.path, feed, self.key)
        delivery_id = deliveries.delivery_id(feed, found, content_id)
        association = self.associations.get(found.association_id)
        checked_with = _checked_with(association, feed)
        if (known := self._known(delivery_id, checked_with)) is not None:
            self._again(feed, found, delivery_id, known, intake)
            return None
        is_stranger = association is None and feed.kind == "member"
        with self.loader.transaction():
            self._open(feed, found, delivery_id, content_id, checked_with)
            examined = self._load(feed, found, delivery_id, association, is_stranger)
            self._account(examined)
        return Waiting(found, examined)

    def _again(self, feed: Feed, found: Found, delivery_id: str, known: str, intake: Intake) -> None:
        """The same bytes as before: nothing happens, and a file that was accepted leaves the inbox."""
        if not self.leaves_inbox:
            return
        if known != "rejected":
            found.path.unlink(missing_ok=True)
        why = {"rejected": "avvisad förut, se beskedet", "held": "väntar på beslut"}.get(known, "")
        intake.outcomes.append(
            Outcome(feed.id, found.association_id, found.shown_name, KNOWN, delivery_id, why)
        )

    def _known(self, delivery_id: str, checked_with: str) -> str | None:
        """The state of a delivery we need not look at again, or None."""
        row = self.loader.execute(
            "select state, state = 'received' or (state = 'rejected' and decided_by is null and checked_with <> %s)"
            " from ops.delivery where delivery_id = %s",
            (checked_with, delivery_id),
        ).fetchone()
        self.loader.commit()
        return None if row is None or row[1] else str(row[0])

    def _open(self, feed: Feed, found: Found, delivery_id: str, content_id: str, checked_with: str) -> None:
        exists = self.loader.execute(
            "select 1 from ops.delivery where delivery_id = %s", (delivery_id,)
        ).fetchone()
        if exists:
            self.loader.execute("select ops.reopen_delivery(%s, %s)", (delivery_id, self.run_id))
            self.loader.execute(
                "update ops.delivery set checked_with = %s, code_version = %s, file_name = %s where delivery_id = %s",
                (checked_with, surroundings.code_version(), found.shown_name, delivery_id),
            )
            return
        self.loader.execute(
            "insert into ops.delivery (delivery_id, feed_id, association_id, scope, period, content_id, file_name, byte_count,"
            " state, checked_with, run_id, code_version) values (%s, %s, %s, '?', '?', %s, %s, %s, 'received', %s, %s, %s)",
            (
                delivery_id,
                feed.id,
                found.association_id,
                content_id,
                found.shown_name,
                found.path.stat().st_size,
                checked_with,
                self.run_id,
                surroundings.code_version(),
            ),
        )

    def _load(
        self, feed: Feed, found: Found, delivery_id: str, association: Association | None, is_stranger: bool
    ) -> Examined:
        """Stream the rows into raw; a delivery that is refused while it is read leaves none behind."""
        examined = examine(
            found.path, feed, found.association_id, association, self.key, delivery_id, is_stranger
        )
        try:
            with (
                self.loader.transaction(),
                loading.open_copy(self.loader, feed) as copy,
                loading.RawWriter(copy, feed, delivery_id) as writer,
            ):
                for block in examined.blocks():
                    writer.write(block)
                if examined.is_refused_while_read:
                    raise _LeaveNoRows
        except _LeaveNoRows:
            pass
        return examined

    def _account(self, examined: Examined) -> None:
        account, seen = examined.account, examined.readable
        self.loader.execute(
            "update ops.delivery set rows_read = %s, rows_loaded = %s, rows_quarantined = %s, rows_non_data = %s"
            " where delivery_id = %s",
            (account.read, account.loaded, account.quarantined, account.non_data, examined.delivery_id),
        )
        if seen is None:
            return
        totals = [vars(total) for total in seen.control_totals]
        self.loader.execute(
            "update ops.delivery set reader_notes = %s, control_totals = %s, completeness = %s, made_at = %s,"
            " made_at_source = %s, scope = %s, period = %s where delivery_id = %s",
            (
                Jsonb(seen.notes),
                Jsonb(totals),
                seen.completeness,
                seen.made_at,
                "file" if seen.made_at else "arrival",
                seen.scope,
                seen.period,
                examined.delivery_id,
            ),
        )
        _copy_rows(
            self.loader,
            "ops.quarantined_row",
            ("delivery_id", "row_number", "cells"),
            (
                (examined.delivery_id, row.row_number, json.dumps(row.cells, ensure_ascii=False))
                for row in seen.quarantined
            ),
        )

    def second(self, waiting: list[Waiting]) -> list[Outcome]:
        """Judge everything in one go, then decide each delivery in a transaction of its own."""
        if not waiting:
            return []
        from expectations import gate

        facts = {one.examined.delivery_id: one.examined.facts(self._loaded(one)) for one in waiting}
        evidence: dict[str, list[Evidence]] = {}
        for item in gate.judge(list(facts.values()), self.run_id):
            evidence.setdefault(item.subject, []).append(item)
        return [
            self._decide(one, facts[one.examined.delivery_id], evidence.get(one.examined.delivery_id, []))
            for one in waiting
        ]

    def _loaded(self, one: Waiting) -> int | None:
        """What the warehouse itself counts, not what we believe we sent; None where no row was to stay."""
        if one.examined.is_refused_while_read:
            return None
        row = self.gate.execute(
            sql.SQL("select count(*) from {} where _delivery_id = %s").format(
                sql.Identifier("raw", one.examined.feed.id)
            ),
            (one.examined.delivery_id,),
        ).fetchone()
        self.gate.commit()
        return int(row[0]) if row else 0

    def _decide(self, one: Waiting, facts: DeliveryFacts, evidence: list[Evidence]) -> Outcome:
        from expectations.verdict import verdict

        examined, feed, found = one.examined, one.examined.feed, one.found
        decided = verdict(evidence, feed)
        issues = examined.issues(facts)
        if decided.is_accepted:
            self._archive(one)
        with self.gate.transaction():
            self._write_evidence(examined.delivery_id, evidence)
            _copy_rows(
                self.gate,
                "ops.row_issue",
                ("delivery_id", *_ISSUE_COLUMNS),
                ((examined.delivery_id, *(issue[name] for name in _ISSUE_COLUMNS)) for issue in issues),
            )
            self._follow_register(feed, found.association_id)
            state, reason_sv = self._settle(examined.delivery_id, decided)
        if decided.is_accepted and self.leaves_inbox:
            found.path.unlink(missing_ok=True)
        if not decided.is_accepted:
            described = {
                "delivery_id": examined.delivery_id,
                "file_name": found.shown_name,
                "feed_id": feed.id,
                "association_id": found.association_id,
            }
            report.write_refusal(self.settings, described, issues, examined.issue_counts(facts))
        return Outcome(
            feed.id,
            found.association_id,
            found.shown_name,
            state,
            examined.delivery_id,
            reason_sv,
            examined.account.loaded,
            examined.account.quarantined,
        )

    def _follow_register(self, feed: Feed, association_id: str) -> None:
        """Parts that came under a name the register has learned since are the same part as this delivery's."""
        association = self.associations.get(association_id)
        if association is None or not (parts := association.parts(feed)):
            return
        known = self.gate.execute(
            "select distinct scope from ops.delivery where feed_id = %s and association_id = %s",
            (feed.id, association_id),
        ).fetchall()
        for (scope,) in known:
            if (own_id := parts.get(scope, scope)) != scope:
                self.gate.execute(
                    "select ops.rename_part(%s, %s, %s, %s, %s)",
                    (feed.id, association_id, scope, own_id, self.run_id),
                )

    def _settle(self, delivery_id: str, decided: Verdict) -> tuple[str, str]:
        """Hand the verdict to the warehouse, which knows what it supersedes and overlaps: the state it gave, and why."""
        self.gate.execute(
            "select ops.decide_delivery(%s, %s, %s, %s)",
            (delivery_id, decided.state, decided.reason_sv or None, self.run_id),
        )
        row = self.gate.execute(
            "select state, coalesce(reason_sv, '') from ops.delivery where delivery_id = %s", (delivery_id,)
        ).fetchone()
        assert row is not None  # noqa: S101 - the delivery was opened by this intake
        return str(row[0]), str(row[1])

    def _archive(self, one: Waiting) -> None:
        association = self.associations.get(one.found.association_id)
        aliases = association.aliases(one.examined.feed.id) if association else {}
        archive.keep(
            one.found.path,
            self.settings.archive,
            one.examined.feed,
            one.found.association_id,
            one.examined.delivery_id,
            aliases,
        )

    def _write_evidence(self, delivery_id: str, evidence: list[Evidence]) -> None:
        subject = f"delivery:{delivery_id}"
        self.gate.execute("delete from ops.evidence where subject = %s", (subject,))
        columns = (
            "subject",
            "rule_id",
            "association_id",
            "status",
            "examined",
            "failed",
            "severity",
            "detail",
            "run_id",
            "code_version",
        )
        _copy_rows(
            self.gate,
            "ops.evidence",
            columns,
            (
                (
                    subject,
                    item.rule_id,
                    item.association_id,
                    item.status,
                    item.examined,
                    item.failed,
                    item.severity,
                    json.dumps({"why": item.detail} if item.detail else {}, ensure_ascii=False),
                    self.run_id,
                    surroundings.code_version(),
                )
                for item in evidence
            ),
        )


class _LeaveNoRows(Exception):
    """Unwinds the COPY of a delivery that was refused while it was read."""


_ISSUE_COLUMNS = (
    "issue_number",
    "rule_id",
    "row_number",
    "column_name",
    "value_shown",
    "expected_sv",
    "remedy_sv",
    "blocking",
)


def _checked_with(association: Association | None, feed: Feed) -> str:
    """What a refusal rested on: this code, and what the association calls things. When it changes, we look again."""
    known = sorted(association.aliases(feed.id).items()) if association else None
    numbers = sorted(association.organisation_numbers) if association else None
    return hashlib.sha256(repr((surroundings.code_version(), known, numbers)).encode()).hexdigest()[:12]


def _copy_rows(
    connection: psycopg.Connection, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    with connection.cursor().copy(f"copy {table} ({', '.join(columns)}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)
