"""Logins of the people and tools that read, and of the people who decide about deliveries: one each, with the rows
of their associations and an end.

A login is a member of one role that holds the right to read (`read_public` or `read_internal`, see
`ddl/006_readers.sql`), of the one that may decide (`decide_deliveries`, `ddl/007_waiting_for_a_person.sql`), or of
both; which rows it sees stands in `ops.access` and goes by `session_user`. Its password is made
here, shown once and kept nowhere: the server gets the SCRAM verifier. Every change leaves a row in
`ops.access_event`.
"""

from __future__ import annotations

import os
import pwd
import re
import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import psycopg
from psycopg import sql

from ingestion.reference import COMMON
from ingestion.warehouse import connection as connections

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ingestion.settings import Settings

EVERYTHING = "*"
GROUPS = {"public": "read_public", "internal": "read_internal"}
STEWARDS = "decide_deliveries"
PRIVACY = "guard_privacy"
SCHEMAS = {
    "read_public": ("marts", "marts_asof"),
    "read_internal": ("marts", "marts_asof", "marts_internal", "marts_internal_asof"),
}
NAME = re.compile(r"[a-z][a-z0-9_]{1,62}")
RESERVED_STARTS = ("finsam_", "own_", "read_", "decide_", "guard_", "pg_")
RESERVED = {"public", "none", "postgres"}
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # no l, o, 0, 1: people copy passwords by hand
STOCKHOLM = ZoneInfo("Europe/Stockholm")
ENDING_SECONDS = 15.0

# Only the number of connections is a limit a login cannot lift itself (and temp_file_limit, where we may set it);
# the rest spares readers from their own mistakes.
CONNECTIONS = {"person": 10, "tool": 20}
GUARD_RAILS = {
    "statement_timeout": {"person": "10min", "tool": "30min"},
    "idle_in_transaction_session_timeout": {"person": "10min", "tool": "10min"},
    "default_transaction_read_only": {"person": "on", "tool": "on"},
    "search_path": {"person": "marts", "tool": "marts"},
}
TEMP_FILE_LIMIT = "2GB"


class AccessRefused(Exception):
    """That cannot be granted or revoked; the message says why and what would work, in Swedish."""


@dataclass(frozen=True)
class Right:
    """What a login may read and decide. audience: `public`, `internal`, or `none` for one that only decides.

    associations: sorted, or ("*",) for every one. until: the last day, or None.
    """

    kind: str
    audience: str
    associations: tuple[str, ...]
    until: date | None = None
    is_steward: bool = False
    is_privacy_officer: bool = False

    @property
    def groups(self) -> set[str]:
        """The roles that hold these rights."""
        reads = {GROUPS[self.audience]} if self.audience in GROUPS else set()
        decides = {STEWARDS} if self.is_steward else set()
        return reads | decides | ({PRIVACY} if self.is_privacy_officer else set())

    @property
    def writes(self) -> bool:
        """True where what the login may do leaves rows, through the functions it may call."""
        return self.is_steward or self.is_privacy_officer


@dataclass(frozen=True)
class Granted:
    """What a grant did. before: the right it replaced. password: new, and shown nowhere else; None if unchanged."""

    login: str
    right: Right
    before: Right | None
    password: str | None
    url: str
    odbc: str


@dataclass(frozen=True)
class Login:
    """A login as it stands. is_open: it can log in. sessions: open ones."""

    login: str
    right: Right
    is_open: bool
    sessions: int
    changed_at: datetime
    changed_by: str


def grant(settings: Settings, login: str, right: Right, new_password: bool = False) -> Granted:
    """Give a login exactly that right, whatever it had; made if it is not there. Raises AccessRefused.

    Safe to run again and by several at once. A password is made with the login, or when asked for.
    """
    _refuse_name(login)
    if right.writes and right.kind == "tool":
        what_sv = "besluta om leveranser" if right.is_steward else "svara för personuppgifter"
        raise AccessRefused(f"Ett verktyg kan inte {what_sv}: ge en person rätten, med en egen inloggning.")
    if right.until is not None and right.until < datetime.now(STOCKHOLM).date():
        raise AccessRefused(f"{right.until} har redan varit. Ange en kommande dag, eller ingen.")
    with connections.open_target(connections.admin_target(settings)) as connection, _allowed(login):
        _lock(connection)
        _refuse_unknown(connection, settings, right.associations)
        before = _rights(connection).get(login)
        exists = _role_exists(connection, login)
        if exists and before is None:
            raise AccessRefused(
                f"{login} finns redan på servern men är inte gjord med `finsam access grant`. Välj ett annat namn."
            )
        # a login that a revoke closed does not come back with the password it had
        password = _new_password() if new_password or not _can_log_in(connection, login) else None
        if not exists:
            connection.execute(sql.SQL("create role {} login inherit").format(sql.Identifier(login)))
        _shape_role(connection, login, right, password)
        _join(connection, login, right.groups)
        _keep(connection, login, right)
        if before != right or not exists:
            _record(connection, login, "granted", right)
        if password and exists:
            _record(connection, login, "password", right)
    where = connections.reader_target(settings, login)
    return Granted(login, right, before if exists else None, password, where.url, where.odbc)


def revoke(settings: Settings, login: str) -> int:
    """Take everything back and remove the login; returns how many open sessions were ended. Raises AccessRefused.

    First the rows and the way in, for good even if we are interrupted here; then the sessions; then the role.
    """
    with connections.open_target(connections.admin_target(settings), autocommit=True) as connection:
        with connection.transaction(), _allowed(login):
            _lock(connection)
            rights = _rights(connection)
            if login not in rights:
                known = ", ".join(rights) or "inga"
                raise AccessRefused(
                    f"{login} har ingen läsrätt eller beslutsrätt härifrån. Det har: {known}."
                )
            exists = _role_exists(connection, login)
            if exists:
                connection.execute(sql.SQL("alter role {} nologin").format(sql.Identifier(login)))
                _gain_power_over(connection, login)
            gone = connection.execute("delete from ops.access where login_name = %s", (login,)).rowcount
            if gone:
                _record(connection, login, "revoked", None)
        ended = _end_sessions(connection, login)
        with connection.transaction(), _allowed(login):
            _lock(connection)
            if exists and _role_exists(connection, login):
                connection.execute(sql.SQL("drop owned by {}").format(sql.Identifier(login)))
                connection.execute(sql.SQL("drop role {}").format(sql.Identifier(login)))
            connection.execute("delete from ops.reader where login_name = %s", (login,))
    return ended


def logins(settings: Settings) -> list[Login]:
    """Every login made here, by name, with who last changed it and how many sessions are open."""
    with connections.open_target(connections.admin_target(settings)) as connection:
        rights = _rights(connection)
        rows = connection.execute(
            "select r.login_name, coalesce(p.rolcanlogin and coalesce(p.rolvaliduntil > now(), true), false),"
            " (select count(*) from pg_stat_activity as s where s.usename = r.login_name),"
            " e.recorded_at, e.os_user from ops.reader as r"
            " left join pg_roles as p on p.rolname = r.login_name"
            " cross join lateral (select * from ops.access_event as e where e.login_name = r.login_name and e.action <> 'ended'"
            " order by e.event_number desc limit 1) as e order by 1"
        ).fetchall()
    return [Login(name, rights[name], is_open, sessions, at, by) for name, is_open, sessions, at, by in rows]


def granted_text(granted: Granted) -> str:
    """What was granted, in Swedish; the password with it, for the one time it can be read."""
    is_changed = granted.before is not None and granted.before != granted.right
    before = f" (förut: {_right_sv(granted.before)})" if granted.before and is_changed else ""
    lines = [f"{granted.login} får {_right_sv(granted.right)}{before}."]
    if granted.password:
        lines.append(f"Lösenord, visas bara nu: {granted.password}")
    if granted.right.audience != "none":
        lines += [f"Adress: {granted.url}", f"ODBC:   {granted.odbc}"]
    if granted.right.is_steward:
        lines.append(
            f"Beslut: `finsam approve LEVERANS --reason SKÄL --login {granted.login}`, likaså reject och withdraw."
        )
    if granted.right.is_privacy_officer:
        lines.append(
            f"Personuppgifter: `finsam privacy lookup --association FÖRBUND --case ÄRENDE --reason SKÄL --login "
            f"{granted.login}`, likaså erase, withdraw-consent, link och release."
        )
    return "\n".join(lines)


def list_text(found: Sequence[Login]) -> str:
    """A line per login, in Swedish."""
    if not found:
        return "Ingen har fått läsrätt eller beslutsrätt än. Ge någon det med `finsam access grant`."
    return "\n".join(
        f"{one.login}: får {_right_sv(one.right)}; senast ändrad {one.changed_at:%Y-%m-%d %H:%M} av {one.changed_by}; "
        + (f"{one.sessions} öppna sessioner" if one.is_open else "kan inte logga in")
        for one in found
    )


def _right_sv(right: Right) -> str:
    whose = "alla förbund" if right.associations == (EVERYTHING,) else ", ".join(right.associations)
    reads = {"internal": "läsa marts och marts_internal", "public": "läsa marts"}.get(right.audience)
    decides = "besluta om leveranser" if right.is_steward else None
    guards = "svara för personuppgifter" if right.is_privacy_officer else None
    may = " och ".join(filter(None, (reads, decides, guards)))
    end = f", till och med {right.until}" if right.until else ""
    return f"{may} för {whose or 'inget förbund'}{end} ({'verktyg' if right.kind == 'tool' else 'person'})"


def grant_views(connection: psycopg.Connection) -> None:
    """Let the two groups read the views there are; part of every migration, since each may have made new ones."""
    connection.execute("set local role own_marts")
    for group, schemas in SCHEMAS.items():
        for schema in schemas:
            connection.execute(
                sql.SQL("grant select on all tables in schema {} to {}").format(
                    sql.Identifier(schema), sql.Identifier(group)
                )
            )
    connection.execute("reset role")


def _refuse_name(login: str) -> None:
    if not NAME.fullmatch(login):
        raise AccessRefused(
            f"”{login}” kan inte heta så: en inloggning skrivs med a–z, 0–9 och _, börjar med en bokstav "
            "och är 2–63 tecken. Till exempel anna_berg eller powerbi_norr."
        )
    if login.startswith(RESERVED_STARTS) or login in RESERVED:
        raise AccessRefused(
            f"Namnet {login} är upptaget för databasens egna roller ({', '.join(RESERVED_STARTS)}). Välj ett annat."
        )


def _refuse_unknown(connection: psycopg.Connection, settings: Settings, associations: Sequence[str]) -> None:
    """An association is known by what it has delivered, or by its folder of reference data."""
    delivered = connection.execute(
        "select distinct association_id from ops.delivery where state <> 'rejected'"
    ).fetchall()
    known = {row[0] for row in delivered} | {
        path.name for path in settings.reference.glob("*") if path.is_dir() and not path.name.startswith(".")
    }
    known.discard(COMMON)
    unknown = [name for name in associations if name not in known and name != EVERYTHING]
    if unknown:
        raise AccessRefused(
            f"Förbundet {unknown[0]} är okänt. Kända: {', '.join(sorted(known)) or 'inga än'}. Ett nytt förbund "
            f"blir känt genom sin mapp i {settings.reference}."
        )


def _lock(connection: psycopg.Connection) -> None:
    connection.execute("select pg_advisory_xact_lock(hashtextextended('finsam.access', 0))")


def _role_exists(connection: psycopg.Connection, login: str) -> bool:
    return connection.execute("select from pg_roles where rolname = %s", (login,)).fetchone() is not None


def _can_log_in(connection: psycopg.Connection, login: str) -> bool:
    return bool(_one(connection, "select rolcanlogin from pg_roles where rolname = %s", (login,)))


def _rights(connection: psycopg.Connection) -> dict[str, Right]:
    rows = connection.execute(
        "select r.login_name, r.kind, r.audience, r.valid_until, r.is_steward, r.is_privacy_officer,"
        " array(select a.association_id from ops.access as a where a.login_name = r.login_name order by 1)"
        " from ops.reader as r order by 1"
    ).fetchall()
    return {
        name: Right(kind, audience, tuple(associations), _last_day(valid_until), is_steward, is_officer)
        for name, kind, audience, valid_until, is_steward, is_officer, associations in rows
    }


def _end_of(day: date | None) -> datetime | None:
    """The midnight after it, in Sweden."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), STOCKHOLM)


def _last_day(valid_until: datetime | None) -> date | None:
    return None if valid_until is None else valid_until.astimezone(STOCKHOLM).date() - timedelta(days=1)


def _new_password() -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(6)) for _ in range(4))


def _shape_role(connection: psycopg.Connection, login: str, right: Right, password: str | None) -> None:
    """Its password, its end and its guard rails."""
    end = _end_of(right.until)
    role = sql.Identifier(login)
    connection.execute(
        sql.SQL("alter role {} login connection limit {} valid until {}").format(
            role, sql.Literal(CONNECTIONS[right.kind]), sql.Literal(end.isoformat() if end else "infinity")
        )
    )
    if password is not None:
        # made here and not by the server, whose log may keep statements
        verifier = connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256")
        connection.execute(sql.SQL("alter role {} password {}").format(role, sql.Literal(verifier.decode())))
    rails = {setting: by_kind[right.kind] for setting, by_kind in GUARD_RAILS.items()}
    if right.writes:
        rails["default_transaction_read_only"] = "off"  # a decision writes, through the functions it may call
    if _one(connection, "select has_parameter_privilege('temp_file_limit', 'set')"):
        rails["temp_file_limit"] = TEMP_FILE_LIMIT
    for setting, value in rails.items():
        connection.execute(
            sql.SQL("alter role {} set {} = {}").format(role, sql.Identifier(setting), sql.Literal(value))
        )


def _join(connection: psycopg.Connection, login: str, groups: set[str]) -> None:
    """A member of those groups and of nothing else."""
    held = {
        row[0]
        for row in connection.execute(
            "select g.rolname from pg_auth_members as m join pg_roles as g on g.oid = m.roleid"
            " join pg_roles as p on p.oid = m.member where p.rolname = %s",
            (login,),
        ).fetchall()
    }
    for group in sorted(held - groups):
        connection.execute(sql.SQL("revoke {} from {}").format(sql.Identifier(group), sql.Identifier(login)))
        if _one(connection, "select pg_has_role(%s, %s, 'member')", (login, group)):
            raise AccessRefused(
                f"{login} är medlem i {group} genom en annan administratör, som själv måste ta tillbaka det "
                f"(`revoke {group} from {login}`)."
            )
    for group in sorted(groups - held):
        connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(group), sql.Identifier(login)))


def _keep(connection: psycopg.Connection, login: str, right: Right) -> None:
    connection.execute(
        "insert into ops.reader (login_name, kind, audience, valid_until, is_steward, is_privacy_officer)"
        " values (%s, %s, %s, %s, %s, %s)"
        " on conflict (login_name) do update set kind = excluded.kind, audience = excluded.audience,"
        " valid_until = excluded.valid_until, is_steward = excluded.is_steward,"
        " is_privacy_officer = excluded.is_privacy_officer",
        (
            *(login, right.kind, right.audience, _end_of(right.until)),
            *(right.is_steward, right.is_privacy_officer),
        ),
    )
    connection.execute("delete from ops.access where login_name = %s", (login,))
    connection.execute(
        "insert into ops.access (login_name, association_id) select %s, unnest(%s::text[])",
        (login, list(right.associations)),
    )


def _record(connection: psycopg.Connection, login: str, action: str, right: Right | None) -> None:
    facts = (
        (
            *(right.kind, right.audience, list(right.associations), _end_of(right.until)),
            *(right.is_steward, right.is_privacy_officer),
        )
        if right
        else (None, None, [], None, False, False)
    )
    connection.execute(
        "insert into ops.access_event (login_name, action, kind, audience, associations, valid_until, is_steward,"
        " is_privacy_officer, os_user) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (login, action, *facts, os_user()),
    )


def os_user() -> str:
    """Who the machine says we are; the environment says whatever it was told."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _gain_power_over(connection: psycopg.Connection, login: str) -> None:
    """Only a superuser or a member may end a login's sessions and drop what it owns."""
    if not _one(connection, "select pg_has_role(current_user, %s, 'usage')", (login,)):
        connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(login)))


def _end_sessions(connection: psycopg.Connection, login: str) -> int:
    """End them and wait until they are gone; returns how many there were. Raises AccessRefused."""
    ended: set[int] = set()
    until = time.monotonic() + ENDING_SECONDS
    while True:
        rows = connection.execute(
            "select pid, pg_terminate_backend(pid) from pg_stat_activity where usename = %s", (login,)
        ).fetchall()
        if not rows:
            return len(ended)
        ended |= {row[0] for row in rows}
        if time.monotonic() > until:
            raise AccessRefused(
                f"{login} ser inget längre och kan inte logga in, men {len(rows)} öppna sessioner avslutas inte. "
                f"Kör `finsam access revoke {login}` igen om en stund."
            )
        time.sleep(0.05)


@contextmanager
def _allowed(login: str) -> Iterator[None]:
    """What the server refuses our administrator, told as what to do about it."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as problem:
        raise AccessRefused(
            f"Servern låter inte administratören ändra {login}: {problem.diag.message_primary}. "
            "Använd den administratör som gjorde inloggningen, eller en superanvändare."
        ) from None
    except (psycopg.errors.DependentObjectsStillExist, psycopg.errors.DuplicateObject) as problem:
        raise AccessRefused(
            f"{login} används också av något annat på servern: "
            f"{problem.diag.message_detail or problem.diag.message_primary}."
        ) from None


def _one(connection: psycopg.Connection, statement: str, parameters: tuple[object, ...] = ()) -> object:
    row = connection.execute(statement, parameters).fetchone()
    return row[0] if row else None
