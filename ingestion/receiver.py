"""One intake's work on its deliveries: load invisibly, have them judged, decide each.

Two transactions per delivery. The first puts the rows under a delivery in state `received`, which nothing downstream
sees. The gate judges all deliveries of the intake at once. The second writes evidence, verdict and state.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.types.json import Jsonb

from expectations.rule import Evidence
from expectations.verdict import Verdict
from ingestion import archive, clock, faults, person_keys, reference, refusal, restatement, sealing
from ingestion import delivery as deliveries
from ingestion import manifest as manifests
from ingestion import settings as surroundings
from ingestion.examined import Examined, examine
from ingestion.outcome import KNOWN, Intake, Outcome
from ingestion.pinned import Disturbed, PinnedDelivery, why_sv
from ingestion.privacy import masked
from ingestion.warehouse import loading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    import psycopg

    from expectations.rule import DeliveryFacts, History
    from ingestion.delivery import Found
    from ingestion.feed import Feed
    from ingestion.reference import Association
    from ingestion.settings import Settings
    from ingestion.warehouse.session import Session


@dataclass
class Waiting:
    """A delivery between its two transactions. approved_rules: what a person has allowed it to break.

    erased: its rows of persons who are erased; they were taken out again. erased_loaded: how many of them were loaded.
    """

    found: Found
    examined: Examined
    pinned: PinnedDelivery
    load_number: int
    approved_rules: frozenset[str] = frozenset()
    erased: frozenset[int] = frozenset()
    erased_loaded: int = 0

    @property
    def delivery_id(self) -> str:
        """The delivery's id."""
        return self.examined.delivery_id

    @property
    def leaves_rows(self) -> bool:
        """False where nothing of the file may be kept until a person has looked at it."""
        return not self.examined.is_private


@dataclass(frozen=True)
class Known:
    """A delivery we have met before. is_fresh: it is to be examined (again)."""

    state: str
    is_fresh: bool
    leaves_rows: bool
    approved_rules: frozenset[str]


class Receiver:
    """One intake's connections and context."""

    def __init__(
        self,
        settings: Settings,
        loader: Session,
        gate: Session,
        run_id: str,
        leaves_inbox: bool,
        business_date: date | None = None,
    ) -> None:
        self.settings, self._loader, self._gate = settings, loader, gate
        self.run_id, self.leaves_inbox = run_id, leaves_inbox
        self.key, *later = person_keys.held(settings, loader.connection)
        self.later_keys = tuple(later)
        self.business_date = business_date or clock.today()
        self.associations = reference.associations(settings, self.business_date)
        self._taken: set[str] = set()
        self._copies: list[tuple[Feed, Found]] = []

    @property
    def loader(self) -> psycopg.Connection:
        """The loader's connection, as it is now."""
        return self._loader.connection

    @property
    def gate(self) -> psycopg.Connection:
        """The gate's."""
        return self._gate.connection

    def first(self, feed: Feed, found: Found, intake: Intake) -> Waiting | None:
        """Examine one file and put its rows under a delivery in state `received`. None if there is nothing to do.

        A file that cannot be opened, or is not the same at the end as at the beginning, costs no other file its turn.
        """
        try:
            return self._first(feed, found, intake)
        except Disturbed as problem:
            state, why = "ignored", str(problem)
        except FileNotFoundError as problem:
            state, why = "ignored", why_sv(problem)
        except OSError as problem:
            state, why = "rejected", why_sv(problem)
        intake.outcomes.append(Outcome(feed.id, found.association_id, found.shown_name, state, None, why))
        return None

    def take_copies(self) -> list[tuple[Feed, Found]]:
        """Files with the bytes of one that has been decided meanwhile, each to be met as any that is known; once."""
        copies, self._copies = self._copies, []
        self._taken.clear()
        return copies

    def _first(self, feed: Feed, found: Found, intake: Intake) -> Waiting | None:
        pinned = PinnedDelivery(found.path, found.manifest_path)
        content_id = self._content_id(feed, found, pinned)
        delivery_id = deliveries.delivery_id(
            feed, found, content_id, manifests.said_alone(feed, found.path, found.manifest_path)
        )
        if delivery_id in self._taken:
            self._copies.append((feed, found))
            return None
        association = self.associations.get(found.association_id)
        checked_with = _checked_with(
            association, feed, found, manifests.manifest_digest(found.manifest_path, self.key)
        )
        known = self._known(delivery_id, checked_with)
        if known is not None and not known.is_fresh:
            self._again(feed, found, delivery_id, known, intake, pinned)
            return None
        self._taken.add(delivery_id)
        approved = known.approved_rules if known else frozenset()
        sent: list[Waiting] = []

        def load() -> Waiting:
            sent.clear()
            with self.loader.transaction():
                if feed.is_personal:
                    self.loader.execute("select vault.hold_erasures()")
                load_number = self._open(feed, found, delivery_id, content_id, checked_with, pinned)
                faults.point("load.opened")
                examined = self._load(feed, found, delivery_id, load_number, association, approved)
                self._account(examined)
                erased = self._take_out_erased(examined)
                pinned.check()
                loaded = list(erased.values()).count(False)
                sent.append(
                    Waiting(found, examined, pinned, load_number, approved, frozenset(erased), loaded)
                )
                faults.point("load.accounted")
            faults.point("load.committed")
            return sent[0]

        return self._loader.settle(load, lambda: self._arrived(delivery_id, sent))

    def _arrived(self, delivery_id: str, sent: list[Waiting]) -> Waiting | None:
        """What was sent to be committed before the connection was lost, if it is there: one transaction, so all of it."""
        stands = self._loader.ask(
            "select from ops.delivery where delivery_id = %s and state = 'received' and run_id = %s",
            (delivery_id, self.run_id),
        )
        return sent[0] if sent and stands else None

    def _content_id(self, feed: Feed, found: Found, pinned: PinnedDelivery) -> str:
        """What the bytes are called. A file that is refused for its size is told by its name, size and time."""
        from ingestion.privacy import content_id as identify

        if found.fault is not None and found.fault.rule_id == "STR-025":
            return pinned.unread_id
        return identify(found.path, feed, self.key)

    def _again(
        self, feed: Feed, found: Found, delivery_id: str, known: Known, intake: Intake, pinned: PinnedDelivery
    ) -> None:
        """The same bytes as before: nothing happens, and a file that has been read leaves the inbox."""
        if not self.leaves_inbox:
            return
        is_read = known.state != "rejected" and known.leaves_rows
        is_left = is_read and not pinned.take_away()
        why = {"rejected": "avvisad förut, se beskedet", "held": "väntar på beslut"}.get(known.state, "")
        if known.state != "rejected" and found.manifest_path:
            why = "; ".join(filter(None, (why, "följebladet ändrar inget i det som redan tagits emot")))
        if is_left:
            why = "; ".join(filter(None, (why, _LEFT_SV)))
        intake.outcomes.append(
            Outcome(feed.id, found.association_id, found.shown_name, KNOWN, delivery_id, why)
        )

    def _known(self, delivery_id: str, checked_with: str) -> Known | None:
        """The delivery as we know it; None where it is new."""
        rows = self._loader.ask(
            "select state, state = 'received' or (state = 'rejected' and decided_by is null and checked_with <> %s),"
            " leaves_rows, approved_rules from ops.delivery where delivery_id = %s",
            (checked_with, delivery_id),
        )
        if not rows:
            return None
        state, is_fresh, leaves_rows, approved = rows[0]
        return Known(state, is_fresh, leaves_rows, frozenset(approved))

    def _open(
        self,
        feed: Feed,
        found: Found,
        delivery_id: str,
        content_id: str,
        checked_with: str,
        pinned: PinnedDelivery,
    ) -> int:
        """Enter the delivery as received, or again; returns its number in raw."""
        exists = self.loader.execute(
            "select load_number from ops.delivery where delivery_id = %s", (delivery_id,)
        ).fetchone()
        if exists:
            self.loader.execute("select ops.reopen_delivery(%s, %s)", (delivery_id, self.run_id))
            self.loader.execute(
                "update ops.delivery set checked_with = %s, code_version = %s, file_name = %s where delivery_id = %s",
                (checked_with, surroundings.code_version(), found.shown_name, delivery_id),
            )
            return int(exists[0])
        row = self.loader.execute(
            "insert into ops.delivery (delivery_id, feed_id, association_id, scope, period, content_id, file_name, byte_count,"
            " state, checked_with, run_id, code_version) values (%s, %s, %s, '?', '?', %s, %s, %s, 'received', %s, %s, %s)"
            " returning load_number",
            (
                delivery_id,
                feed.id,
                found.association_id,
                content_id,
                found.shown_name,
                pinned.size,
                checked_with,
                self.run_id,
                surroundings.code_version(),
            ),
        ).fetchone()
        assert row is not None  # noqa: S101 - an insert returns its row
        return int(row[0])

    def _load(
        self,
        feed: Feed,
        found: Found,
        delivery_id: str,
        load_number: int,
        association: Association | None,
        approved: frozenset[str],
    ) -> Examined:
        """Stream the rows into raw; a delivery that is refused while it is read leaves none behind."""
        is_stranger = association is None and feed.kind == "member"
        examined = examine(
            found.path,
            feed,
            found.association_id,
            association,
            self.key,
            delivery_id,
            is_stranger,
            business_date=self.business_date,
            manifest_path=found.manifest_path,
            fault=found.fault,
            approved_rules=approved,
            later_keys=self.later_keys,
        )
        try:
            with (
                self.loader.transaction(),
                loading.open_copy(self.loader, feed) as copy,
                loading.RawWriter(copy, feed, delivery_id, load_number) as writer,
            ):
                for block in examined.blocks():
                    writer.write(block)
                    faults.point("load.block")
                if examined.is_refused_while_read:
                    raise _LeaveNoRows
            faults.point("load.copied")
            self._set_aside_late(examined)
        except _LeaveNoRows:
            pass
        return examined

    def _take_out_erased(self, examined: Examined) -> dict[int, bool]:
        """Rows of erased persons leave again in the transaction they came in; row -> whether it was set aside."""
        if not examined.feed.is_personal:
            return {}
        return dict(
            self.loader.execute(
                "select row_number, is_set_aside from vault.take_out_erased(%s)", (examined.delivery_id,)
            ).fetchall()
        )

    def _set_aside_late(self, examined: Examined) -> None:
        """Rows the end of the file showed to be wrong leave raw again, and are kept aside without personal cells."""
        seen = examined.readable
        if seen is None or not seen.late_rows:
            return
        kept = {column.name for column in examined.feed.columns if not column.is_personal}
        personal = next((column.name for column in examined.feed.columns if column.is_personal), "")
        taken = self.loader.execute(
            "select row_number, cells from ops.take_out_rows(%s, %s) order by row_number",
            (examined.delivery_id, seen.late_rows),
        ).fetchall()
        _copy_rows(
            self.loader,
            "ops.quarantined_row",
            ("delivery_id", "row_number", "cells", "person_key"),
            (
                (
                    examined.delivery_id,
                    number,
                    json.dumps({k: v for k, v in cells.items() if k in kept}, ensure_ascii=False),
                    cells.get(personal),
                )
                for number, cells in taken
            ),
        )

    def _account(self, examined: Examined) -> None:
        account, seen = examined.account, examined.readable
        self.loader.execute(
            "update ops.delivery set rows_read = %s, rows_loaded = %s, rows_quarantined = %s, rows_non_data = %s"
            " where delivery_id = %s",
            (account.read, account.loaded, account.quarantined, account.non_data, examined.delivery_id),
        )
        if seen is None:
            return
        totals = [{**vars(total), "label": masked(total.label)} for total in seen.control_totals]
        record = {
            "reader_notes": Jsonb(seen.notes),
            "control_totals": Jsonb(totals),
            "completeness": seen.completeness,
            "made_at": seen.made_at,
            "made_at_source": seen.made_at_source,
            "scope": seen.scope,
            "period": seen.period,
            "contract_version": seen.contract_version,
            "sender": seen.sender,
            "manifest": Jsonb(seen.manifest.record(examined.feed.is_personal)) if seen.manifest else None,
            "is_zero": seen.is_zero,
            "sums": Jsonb({} if examined.is_refused_while_read else seen.sums),
        }
        self.loader.execute(
            sql.SQL("update ops.delivery set {} where delivery_id = %s").format(
                sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in record)
            ),
            (*record.values(), examined.delivery_id),
        )
        if examined.is_private:
            return
        _copy_rows(
            self.loader,
            "ops.quarantined_row",
            ("delivery_id", "row_number", "cells", "person_key"),
            (
                (
                    examined.delivery_id,
                    row.row_number,
                    json.dumps(row.cells, ensure_ascii=False),
                    row.person_key,
                )
                for row in seen.quarantined
            ),
        )

    def second(self, waiting: list[Waiting]) -> list[Outcome]:
        """Judge everything in one go, then decide each delivery in a transaction of its own."""
        if not waiting:
            return []
        from expectations import gate
        from expectations.verdict import verdict

        history = self._history(waiting)
        facts = {one.delivery_id: self._facts(one, history.get(one.delivery_id)) for one in waiting}
        evidence: dict[str, list[Evidence]] = {one.delivery_id: [] for one in waiting}
        faults.point("intake.judging")
        for item in gate.judge(list(facts.values()), self.run_id):
            evidence[item.subject].append(item)
        verdicts = {one.delivery_id: verdict(evidence[one.delivery_id], one.examined.feed) for one in waiting}
        faults.point("intake.judged")
        contested = self._contested([one for one in waiting if verdicts[one.delivery_id].state != "rejected"])
        return [
            self._decide(
                one,
                facts[one.delivery_id],
                self._with_approvals(one, evidence[one.delivery_id]),
                verdicts[one.delivery_id],
                contested.get(one.delivery_id, ""),
            )
            for one in waiting
        ]

    def _facts(self, one: Waiting, history: History | None) -> DeliveryFacts:
        """Rows of erased persons came too: the warehouse has counted them out again."""
        loaded = self._loaded(one)
        return one.examined.facts(None if loaded is None else loaded + one.erased_loaded, history)

    def _history(self, waiting: list[Waiting]) -> dict[str, History]:
        """What each delivery that was read to its end is compared with, where something stands."""
        from expectations.rule import History

        rows = self._gate.ask(
            "select delivery_id, other_id, period, rows_loaded, completeness, sums, is_same_period"
            " from ops.predecessors(%s)",
            ([one.delivery_id for one in waiting if not one.examined.is_refused_while_read],),
        )
        return {delivery_id: History(*before) for delivery_id, *before in rows}

    def _contested(self, waiting: list[Waiting]) -> dict[str, str]:
        """Deliveries that another of this intake contests, and why: nobody knows which is the newer."""
        rows = self._gate.ask(
            "select delivery_id, other_name from ops.contested_among(%s)",
            ([one.delivery_id for one in waiting if one.leaves_rows],),
        )
        return {
            delivery_id: f"Kom samtidigt som {names} för samma period, och det framgår inte vilken som är nyast."
            for delivery_id, names in rows
        }

    def _with_approvals(self, one: Waiting, evidence: list[Evidence]) -> list[Evidence]:
        """What a person allowed the delivery to break was not asked; who allowed it stands in its place."""
        if not one.approved_rules:
            return evidence
        rows = self._gate.ask(
            "select person, reason_sv from ops.delivery_event where delivery_id = %s and person is not null"
            " and to_state in ('received', 'accepted') order by event_number desc limit 1",
            (one.delivery_id,),
        )
        said = f"godkänd av {rows[0][0]}: {rows[0][1]}" if rows else "godkänd"
        return [
            replace(item, detail=said) if item.rule_id in one.approved_rules else item for item in evidence
        ]

    def _loaded(self, one: Waiting) -> int | None:
        """What the warehouse itself counts, not what we believe we sent; None where no row was to stay."""
        if one.examined.is_refused_while_read:
            return None
        counting = sql.SQL("select count(*) from {} where _load_number = %s")
        rows = self._gate.ask(
            counting.format(sql.Identifier("raw", one.examined.feed.id)), (one.load_number,)
        )
        return int(rows[0][0])

    def _decide(
        self,
        one: Waiting,
        facts: DeliveryFacts,
        evidence: list[Evidence],
        decided: Verdict,
        contested_sv: str,
    ) -> Outcome:
        """The second transaction. contested_sv: why its order is unknown, if it is."""
        examined, feed, found = one.examined, one.examined.feed, one.found
        issues = [
            {**issue, "value_shown": None} if issue["row_number"] in one.erased else issue
            for issue in examined.issues(facts)
        ]
        stays = decided.state != "rejected" and one.leaves_rows
        if stays:
            try:
                faults.point("decide.archiving")
                self._archive(one)
            except Disturbed as problem:
                return self._undo(one, str(problem))
        faults.point("decide.begun")
        state, reason_sv, restates = self._gate.settle(
            lambda: self._enter_verdict(one, evidence, issues, decided, contested_sv),
            lambda: self._entered(examined.delivery_id),
        )
        faults.point("decide.committed")
        if stays and self.leaves_inbox and not one.pinned.take_away():
            reason_sv = "; ".join(filter(None, (reason_sv, _LEFT_SV)))
        if state in ("rejected", "held"):
            described = {
                "state": state,
                "reason_sv": reason_sv,
                "delivery_id": examined.delivery_id,
                "file_name": found.shown_name,
                "feed_id": feed.id,
                "association_id": found.association_id,
            }
            refusal.write_refusal(self.settings, described, issues, examined.issue_counts(facts))
        else:
            refusal.remove_refusal(self.settings, examined.delivery_id)
        faults.point("decide.told")
        return Outcome(
            feed.id,
            found.association_id,
            found.shown_name,
            state,
            examined.delivery_id,
            reason_sv,
            examined.account.loaded - one.erased_loaded,
            examined.account.quarantined,
            restatement.said_sv(restates, feed) if restates else "",
        )

    def _enter_verdict(
        self,
        one: Waiting,
        evidence: list[Evidence],
        issues: list[dict[str, Any]],
        decided: Verdict,
        contested_sv: str,
    ) -> tuple[str, str, dict[str, Any] | None]:
        """The transaction itself; returns the state it gave, why, and what it restates."""
        delivery_id = one.delivery_id
        with self.gate.transaction():
            self._write_evidence(delivery_id, evidence)
            faults.point("decide.evidence")
            _copy_rows(
                self.gate,
                "ops.row_issue",
                ("delivery_id", *_ISSUE_COLUMNS),
                ((delivery_id, *(issue[name] for name in _ISSUE_COLUMNS)) for issue in issues),
            )
            self._follow_register(one.examined.feed, one.found.association_id)
            settled = self._settle(one, decided, issues, contested_sv)
            faults.point("decide.settled")
        return settled

    def _entered(self, delivery_id: str) -> tuple[str, str, dict[str, Any] | None] | None:
        """The verdict that stands, None while it is still open: a commit that got no answer never arrived."""
        rows = self._gate.ask(f"{_VERDICT} and state <> 'received'", (delivery_id,))
        return (str(rows[0][0]), str(rows[0][1]), rows[0][2]) if rows else None

    def _undo(self, one: Waiting, why_sv: str) -> Outcome:
        """The file changed before it could be kept: its rows go, and what lies there now is taken next time."""
        examined, found = one.examined, one.found
        with self.loader.transaction():
            self.loader.execute("select ops.reopen_delivery(%s, %s)", (examined.delivery_id, self.run_id))
            # should these bytes come back, they are looked at again
            self.loader.execute(
                "update ops.delivery set checked_with = '' where delivery_id = %s", (examined.delivery_id,)
            )
        evidence = Evidence(
            "STR-026", found.association_id, examined.delivery_id, "failed", 1, 1, "invariant"
        )
        with self.gate.transaction():
            self._write_evidence(examined.delivery_id, [evidence])
            refused = Verdict("rejected", (evidence.rule_id,), f"Filen {why_sv}.")
            state, reason_sv, _restates = self._settle(one, refused, [], "")
        return Outcome(
            examined.feed.id, found.association_id, found.shown_name, state, examined.delivery_id, reason_sv
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

    def _settle(
        self, one: Waiting, decided: Verdict, issues: list[dict[str, Any]], contested_sv: str
    ) -> tuple[str, str, dict[str, Any] | None]:
        """Hand the verdict to the warehouse, which knows what it supersedes, overlaps and contests.

        Returns the state it gave, why, and what it restates.
        """
        causes = list(decided.rule_ids) if decided.state == "held" else []
        state, reason_sv = decided.state, decided.reason_sv
        if causes:
            reason_sv = " ".join(_why_held_sv(rule_id, issues) for rule_id in causes)
        if contested_sv and state != "rejected":
            causes, state = [*causes, "two_senders"], "held"
            reason_sv = f"{reason_sv} {contested_sv}".strip()
        self.gate.execute(
            "select ops.decide_delivery(%s, %s, %s, %s, %s, %s)",
            (one.delivery_id, state, reason_sv or None, self.run_id, causes, one.leaves_rows),
        )
        row = self.gate.execute(_VERDICT, (one.delivery_id,)).fetchone()
        assert row is not None  # noqa: S101 - the delivery was opened by this intake
        return str(row[0]), str(row[1]), row[2]

    def _archive(self, one: Waiting) -> None:
        association = self.associations.get(one.found.association_id)
        aliases = association.aliases(one.examined.feed.id) if association else {}
        seen = one.examined.readable
        archive.keep(
            one.pinned,
            self.settings.archive,
            one.examined.feed,
            one.found.association_id,
            one.examined.delivery_id,
            aliases,
            seen.manifest if seen else None,
            one.erased,
        )
        if one.examined.feed.is_personal and not one.erased:
            sealing.seal(
                self.settings,
                one.found.path,
                one.found.association_id,
                one.examined.feed.id,
                one.examined.delivery_id,
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


_VERDICT = (
    "select state, coalesce(reason_sv, ''), case when state = 'accepted' then restates end"
    " from ops.delivery where delivery_id = %s"
)
_LEFT_SV = "filen ligger kvar i inkorgen: lagret fick inte ta bort den, eller så har en ny lagts dit"


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


def _checked_with(association: Association | None, feed: Feed, found: Found, manifest: str) -> str:
    """What a refusal rested on: this code, what the association calls things, the file's suffix and the manifest beside it.

    When any of it changes, we look again: a file that was renamed as it was told to be has the same bytes.
    """
    suffix = found.path.suffix.lower()
    known = sorted(association.aliases(feed.id).items()) if association else None
    words = sorted(association.words(feed.id).items()) if association else None
    numbers = sorted(association.organisation_numbers) if association else None
    return hashlib.sha256(
        repr((surroundings.code_version(), known, words, numbers, suffix, manifest)).encode()
    ).hexdigest()[:12]


def _why_held_sv(rule_id: str, issues: list[dict[str, Any]]) -> str:
    """Why a rule holds a delivery, in its first issue's words."""
    said = next((issue["expected_sv"] for issue in issues if issue["rule_id"] == rule_id), "")
    return f"{said} ({rule_id})".strip()


def _copy_rows(
    connection: psycopg.Connection, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    with connection.cursor().copy(f"copy {table} ({', '.join(columns)}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)
