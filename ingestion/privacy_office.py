"""What a privacy officer does with a person: look up, erase, take back a consent, follow a change of number; and with a
register: decide how long it is kept, and note what was released.

Each act has a case, a reason and the officer's own login; who may do it for which association stands in the warehouse
(`vault`), so that nobody can go round it. The number is turned into pseudonyms here and goes no further.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ingestion import archive, clock, person_keys, privacy_register, sealing
from ingestion.feeds import all_feeds
from ingestion.privacy import PersonKeyProblem, normalise_person_key, pseudonyms, shows_person
from ingestion.warehouse import connection as connections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, datetime

    import psycopg

    from ingestion.settings import Settings

    Ask = Callable[[str], str] | None

_NOT_SO = "FS030"
KINDS_SV = {
    "lookup": "slagning",
    "erase": "radering",
    "withdraw_consent": "återkallat samtycke",
    "link": "byte av nummer",
    "rotate": "ny nyckel",
    "retention_rule": "gallringsbeslut",
    "retention": "gallring",
    "release": "utlämnande",
}


class NotDone(Exception):
    """Nothing was done: no right, no case, no such person; the message says which, in Swedish, and never the number."""


@dataclass(frozen=True)
class Case:
    """What an act rests on, and whose login it is done with. ground_sv: of an erasure."""

    association_id: str
    number: str
    reason_sv: str
    login: str
    ground_sv: str = ""


@dataclass(frozen=True)
class Held:
    """One row about the person. cells: what was delivered, without the number and its pseudonym."""

    feed_id: str
    delivery_id: str
    file_name: str
    state: str
    period: str
    received_at: datetime
    row_number: int
    is_set_aside: bool
    cells: dict[str, str]

    @property
    def line_sv(self) -> str:
        """The row as the person may read it."""
        feed = all_feeds().get(self.feed_id)
        labels = {column.name: column.label_sv for column in feed.columns} if feed else {}
        told = "; ".join(
            f"{labels.get(name, name)}: {value}" for name, value in self.cells.items() if name[0] != "_"
        )
        aside = ", undanlagd" if self.is_set_aside else ""
        title = feed.title_sv if feed else self.feed_id
        return (
            f"{title} {self.period}, {self.file_name} ({self.delivery_id}, {self.state}), mottagen "
            f"{self.received_at:%Y-%m-%d}, rad {self.row_number}{aside}: {told}"
        )


@dataclass(frozen=True)
class Done:
    """An act that is done. rows: removed from the database. files: rows removed from archived copies.

    elsewhere: databases kept from before a restore, which no act reaches.
    """

    act_id: str
    kind: str
    rows: int = 0
    files: int = 0
    elsewhere: list[str] = field(default_factory=list)
    deliveries: list[str] = field(default_factory=list)

    @property
    def summary_sv(self) -> str:
        """What was done, and what remains for a person to do."""
        lines = [f"{KINDS_SV[self.kind].capitalize()} är gjord och står i loggen som {self.act_id}."]
        if self.kind in ("erase", "retention"):
            lines.append(
                f"{self.rows} rader är borta ur databasen och {self.files} ur arkivet. Siffrorna räknas om nästa natt; "
                "det som redan publicerats står kvar till dess."
            )
        if self.kind in ("withdraw_consent", "link"):
            lines.append("Siffrorna räknas om nästa natt.")
        if self.elsewhere:
            lines.append(
                f"Äldre databaser finns kvar efter en återställning och nås inte: {', '.join(self.elsewhere)}. "
                "Ta bort dem när inget mer behövs därifrån."
            )
        return "\n".join(lines)


@dataclass(frozen=True)
class Due:
    """A delivery whose time is out."""

    association_id: str
    feed_id: str
    delivery_id: str
    file_name: str
    period: str
    rows: int
    years: int
    decision_sv: str

    @property
    def line_sv(self) -> str:
        """One line of a list."""
        return (
            f"{self.association_id} {self.feed_id} {self.period}: {self.file_name} ({self.delivery_id}), {self.rows} rader; "
            f"sparas {self.years} år enligt {self.decision_sv}"
        )


def look_up(settings: Settings, case: Case, number: str, ask: Ask = None) -> list[Held]:
    """Every row about the person in that association. Raises NotDone, WarehouseUnavailable.

    The log has the act before any row is shown: it is announced in a transaction of its own.
    """
    act_id, who = privacy_register.new_id(), _pseudonyms(settings, case, number)
    with _as_officer(settings, case, ask) as officer:
        _enter(
            settings,
            officer,
            _act(act_id, "lookup", case),
            "select vault.announce(%s, %s, %s, %s, %s)",
            (act_id, case.association_id, who, case.number, case.reason_sv),
        )
        rows = officer.execute("select * from vault.look_up(%s, %s, %s)", (act_id, case.association_id, who))
        return [Held(*row) for row in rows.fetchall()]


def erase(settings: Settings, case: Case, number: str, ask: Ask = None) -> Done:
    """Erase the person from that association, for good: also what comes later, and after a restore. Raises NotDone."""
    act_id, who = privacy_register.new_id(), _pseudonyms(settings, case, number)
    with _as_officer(settings, case, ask) as officer:
        _enter(
            settings,
            officer,
            _act(act_id, "erase", case, pseudonyms=who),
            "select vault.erase(%s, %s, %s, %s, %s, %s)",
            (act_id, case.association_id, who, case.number, case.ground_sv, case.reason_sv),
        )
        rows = _told(officer, act_id)
        files = sweep(settings, officer)
    return Done(act_id, "erase", rows, files, _older_databases(settings))


def withdraw_consent(settings: Settings, case: Case, number: str, day: date, ask: Ask = None) -> Done:
    """From now on the person is counted and nothing else is told, as where the register says so. Raises NotDone."""
    act_id, who = privacy_register.new_id(), _pseudonyms(settings, case, number)
    with _as_officer(settings, case, ask) as officer:
        _enter(
            settings,
            officer,
            _act(act_id, "withdraw_consent", case, pseudonyms=who, withdrawn_on=day),
            "select vault.withdraw_consent(%s, %s, %s, %s, %s, %s)",
            (act_id, case.association_id, who, day, case.number, case.reason_sv),
        )
    return Done(act_id, "withdraw_consent")


def link(settings: Settings, case: Case, former: str, present: str, ask: Ask = None) -> Done:
    """Two numbers are one person: who had the former has the present one now. Raises NotDone."""
    act_id = privacy_register.new_id()
    before, now = _pseudonyms(settings, case, former), _pseudonyms(settings, case, present)
    with _as_officer(settings, case, ask) as officer:
        _enter(
            settings,
            officer,
            _act(act_id, "link", case, former=before, present=now),
            "select vault.link(%s, %s, %s, %s, %s, %s)",
            (act_id, case.association_id, before, now, case.number, case.reason_sv),
        )
    return Done(act_id, "link")


def decide_retention(settings: Settings, case: Case, feed_id: str, years: int, ask: Ask = None) -> Done:
    """Rows are kept so many years after their period; the case refers to the decision. Raises NotDone."""
    act_id = privacy_register.new_id()
    with _as_officer(settings, case, ask) as officer:
        _enter(
            settings,
            officer,
            _act(act_id, "retention_rule", case, feed_id=feed_id, years=years),
            "select vault.decide_retention(%s, %s, %s, %s, %s, %s)",
            (act_id, case.association_id, feed_id, years, case.number, case.reason_sv),
        )
    return Done(act_id, "retention_rule")


def due(settings: Settings, today: date | None = None) -> list[Due]:
    """Deliveries whose time is out and that still have rows. Raises WarehouseUnavailable."""
    with connections.connect(settings, "finsam_privacy") as keeper:
        rows = keeper.execute("select * from vault.retention_due(%s)", (today or clock.today(),)).fetchall()
    return [Due(*row) for row in rows]


def remove_due(settings: Settings, today: date | None = None) -> list[Done]:
    """Remove what is due, association by association, in the name of the decisions. Raises WarehouseUnavailable."""
    day, done = today or clock.today(), []
    waiting = due(settings, day)
    for association_id in sorted({one.association_id for one in waiting}):
        act_id = privacy_register.new_id()
        decisions = {one.decision_sv for one in waiting if one.association_id == association_id}
        with connections.connect(settings, "finsam_privacy") as keeper:
            row = keeper.execute(
                "select vault.remove_due(%s, %s, %s, %s)",
                (act_id, association_id, day, "Gallringstiden är ute."),
            ).fetchone()
            deliveries = list(row[0]) if row else []
            case = Case(
                association_id, "; ".join(sorted(decisions)), "Gallringstiden är ute.", "finsam_privacy"
            )
            privacy_register.append(settings, _act(act_id, "retention", case, deliveries=deliveries))
            keeper.commit()
            rows, files = _told(keeper, act_id), sweep(settings, keeper)
        done.append(Done(act_id, "retention", rows, files, _older_databases(settings), deliveries))
    return done


def release(
    settings: Settings, case: Case, what_sv: str, recipient_sv: str, protection_sv: str, ask: Ask = None
) -> Done:
    """Note what was released to whom with which protection. Raises NotDone."""
    act_id = privacy_register.new_id()
    told = {"what_sv": what_sv, "recipient_sv": recipient_sv, "protection_sv": protection_sv}
    with _as_officer(settings, case, ask) as officer:
        _enter(
            settings,
            officer,
            _act(act_id, "release", case, detail=told),
            "select vault.record_release(%s, %s, %s, %s, %s, %s, %s)",
            (act_id, case.association_id, *told.values(), case.number, case.reason_sv),
        )
    return Done(act_id, "release")


def log(settings: Settings) -> list[dict[str, Any]]:
    """Every act, the newest first, as the auditor reads it. Raises WarehouseUnavailable."""
    from psycopg.rows import dict_row

    with (
        connections.connect(settings, "finsam_audit") as audit,
        audit.cursor(row_factory=dict_row) as cursor,
    ):
        return cursor.execute(
            "select act_id, kind, association_id, case_number, ground_sv, reason_sv, person, recorded_at, replayed_at,"
            " row_count, detail - 'sought' as detail from vault.act order by recorded_at desc, act_id"
        ).fetchall()


def sweep(settings: Settings, officer: psycopg.Connection) -> int:
    """Archived copies, sealed originals and refusals follow what was removed from the database, and originals whose time
    is out go. Safe to run again. Returns rows removed."""
    from ingestion import refusal

    gone = 0
    sealing.forget_old(settings)
    for association_id, feed_id, delivery_id, rows in officer.execute(
        "select * from vault.removed()"
    ).fetchall():
        if feed := all_feeds().get(feed_id):
            gone += archive.forget(settings.archive, feed, association_id, delivery_id, frozenset(rows))
        sealing.forget(settings, association_id, feed_id, delivery_id)
        refusal.remove_refusal(settings, delivery_id)  # it quotes rows; `finsam status` has what it said
    return gone


def _act(act_id: str, kind: str, case: Case, **more: Any) -> dict[str, Any]:
    return privacy_register.act_of(
        act_id,
        kind,
        association_id=case.association_id,
        case_number=case.number,
        reason_sv=case.reason_sv,
        person=case.login,
        ground_sv=case.ground_sv,
        **more,
    )


def _pseudonyms(settings: Settings, case: Case, number: str) -> list[str]:
    if any(map(shows_person, (case.number, case.reason_sv, case.ground_sv))):
        raise NotDone(
            "Ärende, grund och skäl får inte innehålla något som ser ut som ett personnummer: de står i loggen."
        )
    try:
        normalised = normalise_person_key(number, clock.today().year)
    except PersonKeyProblem as problem:
        raise NotDone(f"Numret går inte att läsa: {problem}. Det visas inte här.") from None
    with connections.connect(settings, "finsam_loader") as loader:
        keys = person_keys.held(settings, loader)
    return pseudonyms(keys, case.association_id, normalised)


@contextmanager
def _as_officer(settings: Settings, case: Case, ask: Ask) -> Iterator[psycopg.Connection]:
    """A connection as the officer's own login; what the server refuses is told as what to do about it."""
    import psycopg

    try:
        with connections.connect_person(settings, case.login, ask) as officer:
            yield officer
    except psycopg.errors.InsufficientPrivilege:
        raise NotDone(
            f"{case.login} får inte göra det för {case.association_id}. Rätten ges med `finsam access grant "
            f"{case.login} --privacy --association {case.association_id}`."
        ) from None
    except psycopg.Error as problem:
        if problem.sqlstate == _NOT_SO:
            raise NotDone(str(problem.diag.message_primary)) from None
        raise


def _enter(
    settings: Settings,
    officer: psycopg.Connection,
    act: dict[str, Any],
    statement: str,
    parameters: tuple[Any, ...],
) -> None:
    """The act, allowed by the warehouse, then in the register on disk, then done: none is done that no restore knows."""
    officer.execute(statement, parameters)
    privacy_register.append(settings, act)
    officer.commit()


def _told(officer: psycopg.Connection, act_id: str) -> int:
    row = officer.execute("select vault.told(%s)", (act_id,)).fetchone()
    officer.commit()
    return int(row[0] or 0) if row else 0


def _older_databases(settings: Settings) -> list[str]:
    """Databases a restore has put aside: they hold what they held."""
    where = connections.admin_target(settings)
    with connections.connect(settings, "finsam_audit") as audit:
        rows = audit.execute(
            "select datname from pg_database where starts_with(datname, %s) order by 1",
            (f"{where.database}_before_",),
        ).fetchall()
    return [row[0] for row in rows]
