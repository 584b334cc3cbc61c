"""Connections to the warehouse, one login role per step. Nobody works as the administrator but `migrate`."""

from __future__ import annotations

import json
import os
import secrets as random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, unquote, urlsplit

from ingestion.settings import login_password
from ingestion.warehouse import embedded
from ingestion.warehouse.embedded import AskedInVain, WarehouseUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import psycopg

    from ingestion.settings import Settings

DATABASE = "finsam"
AIRFLOW_DATABASE = "airflow"
LOGIN_ROLES = (
    "finsam_loader",
    "finsam_transform",
    "finsam_protect",
    "finsam_gate",
    "finsam_publish",
    "finsam_reader",
    "finsam_internal",
    "finsam_audit",
    "finsam_privacy",
    "finsam_keeper",
    "finsam_monitor",
    "finsam_migrate",
    "finsam_airflow",
)
"""One login per step of the night, readers, and Airflow's own. What they may stands in `roles.py` and `rights.csv`."""
ODBC_OPTIONS = "BoolsAsChar=0;TextAsLongVarchar=0;UnknownsAsLongVarchar=0;MaxVarcharSize=8190"
"""Booleans as booleans; text and lists as text of up to 8,190 characters that a client can sort, join and filter by
(otherwise text is a memo field, and lists are cut at 255 characters). Described in docs/readers.md."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
KEEPALIVE: dict[str, Any] = {
    **{"keepalives": 1, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3},
    "tcp_user_timeout": 120_000,
}
"""A peer that is gone without a word (a cut cable, a firewall that forgot) is noticed within two minutes; the server is
asked to look for us as well, since a session that waits for a dead client keeps its locks."""
CHECK_SECONDS = 5
"""How often the server looks whether the client of a running statement still lives."""
LOCK_SECONDS = 60
"""The longest wait for another's lock: whoever waits longer fails with a name instead of hanging without one."""
IDLE_SECONDS = 3600
"""An open transaction that does nothing holds locks and keeps vacuum from its work; reading a large workbook is the
longest pause there is."""
GONE = ("57P01", "57P02", "57P03")
"""What a server says that is ended, ends one session, or is not up again yet."""
T = TypeVar("T")


class NotLetIn(AskedInVain):
    """It does not take this login."""


@dataclass(frozen=True)
class Target:
    """Where the warehouse answers and as whom."""

    host: str
    port: int
    database: str
    user: str
    password: str

    @property
    def url(self) -> str:
        """A libpq URL, with the password where we know it: never log it."""
        who = f"{quote(self.user)}:{quote(self.password)}" if self.password else quote(self.user)
        return f"postgresql://{who}@{self.host}:{self.port}/{quote(self.database)}"

    @property
    def odbc(self) -> str:
        """A connection string for the ODBC driver, without a data source name; never log it.

        Without a known password it names no user either: Excel and Power BI ask for both, and refuse a string
        that carries one of them.
        """
        encryption = "prefer" if self.host in LOOPBACK else "require"
        who = f";Uid={self.user};Pwd={self.password}" if self.password else ""
        return (
            f"Driver={{PostgreSQL Unicode}};Server={self.host};Port={self.port};Database={self.database};"
            f"SSLmode={encryption};{ODBC_OPTIONS}{who}"
        )


def admin_target(settings: Settings, database: str | None = None) -> Target:
    """The administrator of the embedded server (started if need be), or FINSAM_WAREHOUSE_URL as it stands."""
    if settings.warehouse_url is None:
        port = embedded.start(settings)
        return Target(
            "127.0.0.1", port, database or DATABASE, embedded.ADMIN, embedded.admin_password(settings)
        )
    try:
        parts = urlsplit(settings.warehouse_url)
        if not parts.scheme.startswith("postgres") or not parts.hostname or not parts.path.strip("/"):
            raise ValueError("incomplete")
        return Target(
            parts.hostname,
            parts.port or 5432,
            database or unquote(parts.path.strip("/")),
            unquote(parts.username or ""),
            unquote(parts.password or ""),
        )
    except ValueError:
        raise WarehouseUnavailable(
            "FINSAM_WAREHOUSE_URL är ingen databasadress. Väntat: postgresql://användare:lösenord@värd:port/databas"
        ) from None


def is_administrator(settings: Settings) -> bool:
    """May we change the warehouse's shape? On a server only `migrate` is given the administrator's password."""
    return settings.warehouse_url is None or bool(admin_target(settings).password)


def airflow_database(settings: Settings) -> str:
    """Airflow's metadata stand in a second database of the same server."""
    return (
        AIRFLOW_DATABASE if settings.warehouse_url is None else f"{admin_target(settings).database}_airflow"
    )


def target(settings: Settings, role: str, database: str | None = None) -> Target:
    """The same server as one of the login roles. Raises WarehouseUnavailable before the first `finsam migrate`."""
    passwords = _passwords(settings)
    if role not in passwords:
        raise NotLetIn(f"Rollen {role} finns inte än. Kör `finsam migrate`.")
    admin = admin_target(settings, database)
    return Target(admin.host, admin.port, admin.database, role, passwords[role])


def reader_target(settings: Settings, login: str) -> Target:
    """The same server as a person's or tool's login, whose password nobody keeps."""
    admin = admin_target(settings)
    return Target(admin.host, admin.port, admin.database, login, "")


def connect_person(
    settings: Settings, login: str, ask: Callable[[str], str] | None = None
) -> psycopg.Connection:
    """A connection as a person's own login. Raises WarehouseUnavailable.

    The password is the one in the file FINSAM_LOGIN_PASSWORD_FILE, else the one libpq finds for itself (its password
    file), else what `ask` answers, the terminal's prompt.
    """
    import psycopg

    where = reader_target(settings, login)
    password = login_password(settings)
    if password is None and ask is not None:
        try:
            return psycopg.connect(
                where.url, application_name=f"finsam {login} {os.getpid()}", connect_timeout=10
            )
        except psycopg.OperationalError as problem:
            if "no password supplied" in str(problem):
                password = ask(f"Lösenord för {login}: ")
    return open_target(replace(where, password=password or ""))


def connect(
    settings: Settings,
    role: str,
    *,
    lock_seconds: float = LOCK_SECONDS,
    statement_seconds: float = 0,
    **options: Any,
) -> psycopg.Connection:
    """A connection as that role; never autocommit unless asked. Raises WarehouseUnavailable.

    lock_seconds, statement_seconds: how long a statement may wait for a lock, and run (0: as long as it takes).
    """
    limits = {
        **{"tcp_keepalives_idle": "30s", "tcp_keepalives_interval": "10s", "tcp_keepalives_count": "3"},
        "client_connection_check_interval": f"{CHECK_SECONDS}s",
        "lock_timeout": f"{round(lock_seconds * 1000)}ms",
        "statement_timeout": f"{round(statement_seconds * 1000)}ms",
        "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
    }
    said = " ".join(f"-c {name}={value}" for name, value in limits.items())
    return open_target(target(settings, role), options=said, **options)


def check_logins(settings: Settings, roles: Iterable[str]) -> None:
    """Do those get in, who are needed later? Raises WarehouseUnavailable before anything has been begun."""
    for role in roles:
        connect(settings, role).close()


def once_more(work: Callable[[], T]) -> T:
    """Do it, and once again where the server ended it so that another could go on (deadlock, serialisation).

    work: one whole transaction, which it rolls back itself when it fails.
    """
    from psycopg import errors

    try:
        return work()
    except (errors.DeadlockDetected, errors.SerializationFailure):
        return work()


def is_lost(problem: Exception) -> bool:
    """Is it the server or the way to it that is gone, so that nobody knows what became of the work?

    Any other trouble is the server's answer: what was begun is undone.
    """
    import psycopg

    if isinstance(problem, psycopg.OperationalError):
        state = problem.sqlstate
        return state is None or state.startswith("08") or state in GONE
    return isinstance(problem, WarehouseUnavailable) and not isinstance(problem, AskedInVain)


def lost_sv(problem: psycopg.OperationalError) -> str:
    """What the server's trouble means to whoever must act; its own words may quote a row."""
    from psycopg import errors

    for kind, why_sv in (
        (errors.DiskFull, "databasens disk är full. Frigör plats"),
        (errors.LockNotAvailable, "en annan körning håller ett lås. Se `finsam locks`"),
        (errors.DeadlockDetected, "två körningar väntade på varandra"),
        (errors.AdminShutdown, "databasen stoppades eller avslutade förbindelsen"),
        (errors.OutOfMemory, "databasens minne tog slut"),
    ):
        if isinstance(problem, kind):
            return f"Databasen avbröt arbetet: {why_sv}. Inget halvfärdigt står kvar; kör igen."
    return "Förbindelsen med databasen bröts. Inget halvfärdigt står kvar; kör igen."


def open_target(where: Target, **options: Any) -> psycopg.Connection:
    """Open it, with a message that names the server and never the password."""
    import psycopg

    try:
        return psycopg.connect(
            where.url,
            application_name=f"finsam {where.user} {os.getpid()}",
            connect_timeout=10,
            **KEEPALIVE,
            **options,
        )
    except psycopg.OperationalError as problem:
        why = _why_sv(str(problem).replace(where.password or "\0", "***"))
        kind = NotLetIn if any(sign in str(problem) for sign in _REFUSED) else WarehouseUnavailable
        raise kind(
            f"Databasen på {where.host}:{where.port}/{where.database} svarar inte som {where.user}: {why}"
        ) from None


_REFUSED = (
    "password authentication failed",
    "no password supplied",
    "does not exist",
    "no pg_hba.conf entry",
)


def _why_sv(said: str) -> str:
    for sign, why_sv in (
        ("password authentication failed", "fel användare eller lösenord"),
        ("no password supplied", "lösenord saknas"),
        ("Connection refused", "ingen server svarar där; är den igång?"),
        ("does not exist", "databasen eller användaren finns inte"),
        ("could not translate host name", "värden finns inte"),
        ("timeout", "ingen svarar inom tio sekunder"),
        ("too many", "servern har för många anslutningar"),
    ):
        if sign in said:
            return why_sv
    return said.strip().splitlines()[0]


def ensure_passwords(settings: Settings) -> dict[str, str]:
    """Generated passwords of all login roles, made once and kept in `roles.json` among the secrets.

    Raises WarehouseUnavailable where one is missing and the secrets are mounted, as on a server.
    """
    known = _passwords(settings)
    missing = [role for role in LOGIN_ROLES if role not in known]
    if missing:
        known |= {role: random.token_urlsafe(24) for role in missing}
        fresh = settings.secrets / "roles.json.new"
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
                json.dump(known, out)
            fresh.replace(settings.secrets / "roles.json")
        except OSError as problem:
            raise WarehouseUnavailable(
                f"Lösenord saknas för {', '.join(missing)}, och {settings.secrets} går inte att skriva i. "
                "Komplettera hemligheterna, se docker/RUNBOOK.md."
            ) from problem
    return known


def _passwords(settings: Settings) -> dict[str, str]:
    file = settings.secrets / "roles.json"
    return dict(json.loads(file.read_text())) if file.exists() else {}
