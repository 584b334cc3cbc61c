"""Receive deliveries of one feed: find, examine, load invisibly, judge, decide. No Airflow here.

Two transactions per delivery. The first puts the rows under a delivery in state `received`, which nothing downstream
sees. The gate judges all deliveries of the intake at once. The second writes evidence, verdict and state.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.types.json import Jsonb

from ingestion import archive, reference, report
from ingestion import delivery as deliveries
from ingestion import settings as surroundings
from ingestion.accounting import RowAccount
from ingestion.feeds import all_feeds, member_feeds, reference_feeds
from ingestion.warehouse import connection as connections
from ingestion.warehouse import loading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    import psycopg
    import pyarrow as pa

    from expectations.rule import DeliveryFacts, Evidence
    from expectations.verdict import Verdict
    from ingestion.delivery import Found
    from ingestion.examination import Examination
    from ingestion.feed import Feed
    from ingestion.readers.table import Fault
    from ingestion.reference import Association
    from ingestion.settings import Settings

INTAKE_LOCK = "finsam.intake"
KNOWN = "already_delivered"


@dataclass(frozen=True)
class Outcome:
    """What became of one file. state: a delivery's state, or `already_delivered`, or `ignored`."""

    feed_id: str
    association_id: str
    file_name: str
    state: str
    delivery_id: str | None = None
    reason_sv: str = ""
    rows_loaded: int = 0
    rows_quarantined: int = 0

    @property
    def line_sv(self) -> str:
        """One line for a log or a terminal; never a value from the file."""
        what = {KNOWN: "redan levererad", "ignored": "lämnas"}.get(self.state) or report.STATES_SV[self.state]
        rows = f", {self.rows_loaded} rader" if self.rows_loaded else ""
        why = f": {self.reason_sv}" if self.reason_sv else ""
        return f"{self.association_id}/{self.feed_id}/{self.file_name}: {what}{rows}{why}"


@dataclass
class Intake:
    """All files of one feed in one run."""

    feed_id: str
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def accepted_count(self) -> int:
        """How many deliveries were accepted now (also those a newer one superseded at once)."""
        return sum(outcome.state in {"accepted", "superseded"} for outcome in self.outcomes)

    @property
    def refused_count(self) -> int:
        """How many were refused now."""
        return sum(outcome.state == "rejected" for outcome in self.outcomes)

    @property
    def held_count(self) -> int:
        """How many wait for a person since now."""
        return sum(outcome.state == "held" for outcome in self.outcomes)

    @property
    def lines_sv(self) -> list[str]:
        """A line per file."""
        return [outcome.line_sv for outcome in self.outcomes]


def receive_feed(settings: Settings, feed_id: str, run_id: str, business_date: date | None = None) -> Intake:
    """Take in everything that lies in the inboxes of one feed. business_date is kept for rules that need a date."""
    feed = member_feeds()[feed_id]
    found = deliveries.find(deliveries.inboxes(settings.landing, feed))
    return _receive(settings, [(feed, one) for one in found], feed_id, run_id)


def receive_reference(settings: Settings, run_id: str) -> Intake:
    """Take in all reference data, and refuse what lies in folders nobody knows."""
    folders = [(path.name, path) for path in sorted(settings.reference.glob("*")) if path.is_dir()]
    known = reference_feeds()
    pairs = [(known[one.path.stem], one) for one in deliveries.find(folders) if one.path.stem in known]
    intake = _receive(settings, pairs, "reference", run_id, leaves_inbox=False)
    intake.outcomes += _strangers(settings, folders)
    return intake


@dataclass
class Checked:
    """`finsam check`: the verdict and what was found, nothing loaded."""

    is_accepted: bool
    text_sv: str
    evidence: list[Evidence]
    issues: list[dict[str, Any]]


def check(settings: Settings, file: Path, feed_id: str, association_id: str | None) -> Checked:
    """Would this delivery be accepted? Needs no database. Without association: its own headers are not known."""
    from expectations import gate
    from expectations.verdict import verdict

    feed = all_feeds()[feed_id]
    association = reference.associations(settings).get(association_id or "")
    is_stranger = association is None and association_id not in (None, reference.COMMON)
    examined = examine(
        file,
        feed,
        association_id or "okänt",
        association,
        pseudonym_key(settings),
        "check",
        is_stranger=is_stranger,
    )
    for _block in examined.blocks():
        pass
    facts = examined.facts(None)
    evidence = gate.judge([facts], "check")
    decided = verdict(evidence, feed)
    issues = examined.issues(facts)
    described = {
        "file_name": file.name,
        "association_id": association_id or "okänt förbund",
        "feed_id": feed_id,
    }
    text = (
        examined.accepted_sv(file.name)
        if decided.is_accepted
        else report.refusal_text(described, issues, examined.issue_counts(facts))
    )
    return Checked(decided.is_accepted, text, evidence, issues)


@dataclass
class Examined:
    """One file on its way through: its examination, or the one fault that made it unreadable."""

    feed: Feed
    association_id: str
    delivery_id: str
    examination: Examination | None = None
    unreadable: Fault | None = None

    @property
    def readable(self) -> Examination | None:
        """The examination, unless the structure broke at once or on the way."""
        return None if self.unreadable is not None else self.examination

    def blocks(self) -> Iterator[pa.Table]:
        """Canonical rows to load; a structural fault ends them and is kept."""
        from ingestion.readers.table import DeliveryUnreadable

        if (seen := self.readable) is None:
            return
        try:
            yield from seen.blocks()
        except DeliveryUnreadable as problem:
            self.unreadable = problem.fault

    @property
    def is_refused_while_read(self) -> bool:
        """True where no row may stay: the structure broke, or the contract rejects a delivery with a bad row."""
        if (seen := self.readable) is None:
            return True
        log = seen.log
        if self.feed.on_bad_row == "reject" and log.counts.total():
            return True
        return any(fault.whole_delivery for rule_id in log.counts for fault in log.of(rule_id))

    @property
    def account(self) -> RowAccount:
        """What happened to every row read."""
        if (seen := self.readable) is None:
            return RowAccount()
        return seen.account.refused() if self.is_refused_while_read else seen.account

    def facts(self, rows_loaded: int | None) -> DeliveryFacts:
        """For the gate. rows_loaded: the warehouse's own count, None where no row was to stay."""
        from ingestion.examination import unreadable

        if (seen := self.readable) is not None:
            return seen.facts(self.delivery_id, rows_loaded)
        assert self.unreadable is not None  # noqa: S101 - one of the two is always there
        return unreadable(self.delivery_id, self.association_id, self.feed, self.unreadable)

    def issues(self, facts: DeliveryFacts) -> list[dict[str, Any]]:
        """Every fault kept, numbered in the file's order."""
        if (seen := self.readable) is not None:
            faults = seen.faults(facts)
        else:
            faults = [fault for measured in facts.measured.values() for fault in measured.faults]
        return [_issue(number, fault) for number, fault in enumerate(faults, 1)]

    def issue_counts(self, facts: DeliveryFacts) -> dict[str, int]:
        """The exact count per rule that found something."""
        return {rule_id: found.failed for rule_id, found in facts.measured.items() if found.failed}

    def accepted_sv(self, file_name: str) -> str:
        """What `finsam check` says of a good file."""
        assert self.examination is not None  # noqa: S101 - a good file was readable
        text = f"{file_name} skulle godtas: {self.account.loaded} rader, {self.feed.title_sv.lower()} {self.examination.period}."
        if self.account.quarantined:
            text += f" {self.account.quarantined} rader läggs åt sidan."
        if self.examination.completeness == "unproven":
            text += " Filen har ingen egen summa, så att inget fattas går inte att bevisa."
        return text


def examine(
    path: Path,
    feed: Feed,
    association_id: str,
    association: Association | None,
    key: bytes,
    delivery_id: str,
    is_stranger: bool = False,
) -> Examined:
    """Begin to examine a file; what makes it unreadable at once is kept, not raised."""
    from ingestion.examination import Examination
    from ingestion.readers.table import DeliveryUnreadable, Fault

    examined = Examined(feed, association_id, delivery_id)
    if is_stranger:
        examined.unreadable = Fault(
            "STR-012",
            None,
            None,
            None,
            "En mapp som heter som ett känt förbund.",
            "Lägg filen i förbundets mapp, eller lägg till förbundet bland referensdata (associations.csv).",
        )
        return examined
    known = association or reference.Association(association_id)
    try:
        examined.examination = Examination(
            path,
            feed,
            association_id,
            pseudonym_key=key,
            organisation_numbers=known.organisation_numbers,
            aliases=known.aliases(feed.id),
            parts=known.parts(feed),
        )
    except DeliveryUnreadable as problem:
        examined.unreadable = problem.fault
    return examined


def pseudonym_key(settings: Settings) -> bytes:
    """The secret key of pseudonyms and of personal files' identities, made once in FINSAM_HOME/secrets."""
    return surroundings.secret(settings, "pseudonym_key_1").encode()


def _receive(
    settings: Settings, pairs: Sequence[tuple[Feed, Found]], name: str, run_id: str, leaves_inbox: bool = True
) -> Intake:
    """First transactions for all new files, one judgement of all, then the second transactions."""
    intake = Intake(name)
    fresh: list[tuple[Feed, Found]] = []
    for feed, one in pairs:
        if one.why_not_sv:
            intake.outcomes.append(
                Outcome(feed.id, one.association_id, one.shown_name, "ignored", None, one.why_not_sv)
            )
        else:
            fresh.append((feed, one))
    if not fresh:
        return intake
    with (
        connections.connect(settings, "finsam_loader") as loader,
        connections.connect(settings, "finsam_gate") as gate,
    ):
        _lock(loader, name)
        receiver = _Receiver(settings, loader, gate, run_id, leaves_inbox)
        waiting = [receiver.first(feed, one, intake) for feed, one in fresh]
        intake.outcomes += receiver.second([one for one in waiting if one is not None])
    return intake


def _lock(connection: psycopg.Connection, name: str) -> None:
    """Shared among intakes, so that a build can see one is open; exclusive per feed, so that no file is taken twice."""
    from ingestion.night import Busy

    connection.execute("select pg_advisory_lock_shared(hashtextextended(%s, 0))", (INTAKE_LOCK,))
    row = connection.execute(
        "select pg_try_advisory_lock(hashtextextended(%s, 0))", (f"{INTAKE_LOCK}.{name}",)
    ).fetchone()
    connection.commit()
    if not row or not row[0]:
        raise Busy(f"En annan körning tar redan emot {name}. Vänta tills den är klar.")


@dataclass
class _Waiting:
    """A delivery between its two transactions."""

    found: Found
    examined: Examined


class _Receiver:
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

    def first(self, feed: Feed, found: Found, intake: Intake) -> _Waiting | None:
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
        return _Waiting(found, examined)

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
            with self.loader.transaction(), loading.open_copy(self.loader, feed) as copy:
                writer = loading.RawWriter(copy, feed, delivery_id)
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

    def second(self, waiting: list[_Waiting]) -> list[Outcome]:
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

    def _loaded(self, one: _Waiting) -> int | None:
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

    def _decide(self, one: _Waiting, facts: DeliveryFacts, evidence: list[Evidence]) -> Outcome:
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

    def _archive(self, one: _Waiting) -> None:
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


def _issue(number: int, fault: Any) -> dict[str, Any]:
    return {
        "issue_number": number,
        "rule_id": fault.rule_id,
        "row_number": fault.row_number,
        "column_name": fault.column,
        "value_shown": fault.value,
        "expected_sv": fault.expected_sv,
        "remedy_sv": fault.remedy_sv,
        "blocking": fault.blocking,
    }


def _copy_rows(
    connection: psycopg.Connection, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    with connection.cursor().copy(f"copy {table} ({', '.join(columns)}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def _strangers(settings: Settings, reference_folders: Iterable[tuple[str, Path]]) -> list[Outcome]:
    """Files where no contract reaches: each is named and refused, none is touched or kept."""
    outcomes: list[Outcome] = []
    for folder in sorted(path for path in settings.landing.glob("*/*") if path.is_dir()):
        if folder.name not in member_feeds():
            why = f"ingen leverans heter {folder.name}; välj bland {', '.join(member_feeds())}"
            outcomes += _refused_as_strange([(folder.parent.name, folder)], folder.name, why)
    known = reference.associations(settings)
    for folder in sorted(path for path in settings.landing.glob("*") if path.is_dir()):
        if folder.name not in known:
            why = (
                f"inget känt förbund heter {folder.name}; lägg till reference/{folder.name}/associations.csv"
            )
            outcomes += _refused_as_strange([(folder.name, folder)], "-", why)
    for association_id, folder in reference_folders:
        why = f"inga sådana referensdata finns; filen ska heta något av {', '.join(reference_feeds())}"
        found = _refused_as_strange([(association_id, folder)], "reference", why)
        outcomes += [one for one in found if one.file_name.removesuffix(".csv") not in reference_feeds()]
    return outcomes


def _refused_as_strange(folders: list[tuple[str, Path]], feed_id: str, why: str) -> list[Outcome]:
    return [
        Outcome(feed_id, one.association_id, one.shown_name, "rejected", None, why)
        for one in deliveries.find(folders)
        if one.why_not_sv is None
    ]
