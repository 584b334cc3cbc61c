"""Who there is in the warehouse: owners nobody logs in as, one login per step, groups of readers. Made by `migrate`.

What each may do to which object stands in `rights.csv`; `rights.py` holds the database to both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from ingestion.warehouse import connection as connections

if TYPE_CHECKING:
    import psycopg

    from ingestion.settings import Settings

MAINTAIN_SINCE = 170000
"""From this server version on vacuuming is a right that can be granted; before, only the owner may."""


@dataclass(frozen=True)
class Role:
    """One role. member_of: what it can become, or (inherits) is at once. connections: how many sessions it may hold.

    is_optional: memberships that another server's administrator may be unable to give; what needs them says so.
    """

    name: str
    purpose_sv: str
    logs_in: bool = True
    inherits: bool = False
    member_of: tuple[str, ...] = ()
    is_optional: bool = False
    connections: int = -1
    is_reader: bool = False


OWNERS = tuple(
    Role(name, purpose_sv, logs_in=False)
    for name, purpose_sv in (
        ("own_ops", "äger leveranser, bevis, byggen och publiceringar"),
        ("own_raw", "äger de levererade raderna"),
        ("own_work", "äger inget; namnet är reserverat"),
        ("own_store", "äger de publicerade raderna"),
        ("own_marts", "äger läsarnas vyer"),
        ("own_publish", "äger funktionerna som publicerar"),
        ("own_keeper", "äger funktionen som viker ihop äldre generationer"),
        ("own_vault", "äger det som rör personer: nycklarnas versioner, raderingar och loggen över dem"),
    )
)
GROUPS = tuple(
    Role(name, purpose_sv, logs_in=False)
    for name, purpose_sv in (
        ("read_public", "rätten att läsa marts; personers och verktygs inloggningar är medlemmar"),
        ("read_internal", "rätten att läsa också marts_internal; medlemmar likaså"),
        ("decide_deliveries", "rätten att besluta om leveranser; medlemmar likaså"),
        ("guard_privacy", "rätten att slå upp och radera personer; dataskyddsansvariga är medlemmar"),
    )
)
HOUSE = Role(
    "own_house",
    "det finsam_migrate arbetar som: alla ägare i en",
    logs_in=False,
    inherits=True,
    member_of=tuple(role.name for role in OWNERS),
)
BACKUP = Role(
    "own_backup",
    "det en administratör som inte är superanvändare säkerhetskopierar som: ser varje rad i varje tabell",
    logs_in=False,
    inherits=True,
    # not own_marts: its policy asks a view, which pg_dump lets nobody's row security do
    member_of=("own_ops", "own_raw", "own_store", "own_publish", "own_vault"),
)
LOGINS = (
    Role("finsam_loader", "tar emot: lägger rader i raw under en leverans"),
    Role("finsam_transform", "dbt: läser raw_open, bygger staging, intermediate och candidate"),
    Role("finsam_protect", "skyddar: läser de exakta antalen, skriver beslut om vad som visas"),
    Role("finsam_gate", "prövar: läser leveranser och kandidat, skriver bevis och utslag"),
    Role("finsam_publish", "publicerar: anropar ops.publish, inget annat"),
    Role("finsam_reader", "läser marts, alla förbund", connections=40, is_reader=True),
    Role("finsam_internal", "läser marts och marts_internal, alla förbund", connections=40, is_reader=True),
    Role("finsam_audit", "läser ops, raw och store: explain, as-of, status"),
    Role("finsam_privacy", "gallrar enligt beslut: anropar funktionerna i vault, läser ingen tabell"),
    Role("finsam_keeper", "städar store efter publicering (vacuum)"),
    Role(
        "finsam_monitor",
        "vakten: ser sessioner och avslutar läsare som gått över gränsen",
        inherits=True,
        member_of=("pg_monitor", "pg_signal_backend"),
        is_optional=True,
        connections=5,
    ),
    Role(
        "finsam_migrate",
        "ger tabeller och vyer deras form, bara medan `finsam migrate` håller fönstret öppet",
        member_of=("own_house",),
        connections=2,
    ),
    # PostgreSQL 15 gives a database's owner its public schema by a membership, which a noinherit role has not
    Role("finsam_airflow", "Airflows egen databas, ingenting i den här", inherits=True),
)
ROLES = (*OWNERS, *GROUPS, HOUSE, BACKUP, *LOGINS)
INSIDE = tuple(role.name for role in (*LOGINS, *GROUPS) if role.name != "finsam_airflow")
"""Who may connect to the warehouse's database; logins of people and tools do through their groups."""
TEMP_FILE_LIMIT = "2GB"


def create_missing(connection: psycopg.Connection, settings: Settings) -> None:
    """Make every role there is to be, with its password, limits and memberships, as the administrator; again and again.

    Roles belong to the server, so they are there before any migration and before anything is restored.
    """
    known = {row[0] for row in connection.execute("select rolname from pg_roles").fetchall()}
    passwords = connections.ensure_passwords(settings)
    for role in ROLES:
        connection.execute(_shape(role, role.name in known, passwords.get(role.name)))
        if not role.logs_in:
            # the administrator of another server is no superuser: it must be a member to hand objects over
            connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(role.name)))
    for login in ("finsam_transform", "finsam_airflow"):  # dbt and Airflow own what they make
        connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(login)))
    for role in ROLES:
        _join(connection, role)
    _limit_readers(connection)


def _shape(role: Role, is_known: bool, password: str | None) -> sql.Composed:
    return sql.SQL("{} role {} {} {} connection limit {} {}").format(
        sql.SQL("alter" if is_known else "create"),
        sql.Identifier(role.name),
        sql.SQL("login" if role.logs_in else "nologin"),
        sql.SQL("inherit" if role.inherits else "noinherit"),
        sql.Literal(role.connections),
        sql.SQL("password {}").format(sql.Literal(password)) if role.logs_in else sql.SQL(""),
    )


def _join(connection: psycopg.Connection, role: Role) -> None:
    import psycopg

    for group in role.member_of:
        if _is_member(connection, role.name, group):
            continue
        try:
            with connection.transaction():
                connection.execute(
                    sql.SQL("grant {} to {}").format(sql.Identifier(group), sql.Identifier(role.name))
                )
        except psycopg.errors.InsufficientPrivilege:
            if not role.is_optional:
                raise


def _is_member(connection: psycopg.Connection, member: str, group: str) -> bool:
    return (
        connection.execute(
            "select from pg_auth_members where roleid = to_regrole(%s) and member = to_regrole(%s)",
            (group, member),
        ).fetchone()
        is not None
    )


def _limit_readers(connection: psycopg.Connection) -> None:
    """What a reader's queries may put on disk; only where the server lets us say so, and no login can lift it itself."""
    row = connection.execute("select has_parameter_privilege('temp_file_limit', 'set')").fetchone()
    if row and row[0]:
        for role in ROLES:
            if role.is_reader:
                connection.execute(
                    sql.SQL("alter role {} set temp_file_limit = {}").format(
                        sql.Identifier(role.name), sql.Literal(TEMP_FILE_LIMIT)
                    )
                )


def guard_database(connection: psycopg.Connection) -> None:
    """What holds for the database itself and is no object in it: nobody connects, makes schemas or fills disks unasked."""
    names = sql.SQL(", ").join(map(sql.Identifier, INSIDE))
    row = connection.execute("select current_database()").fetchone()
    database = sql.Identifier(str(row[0]) if row else "")
    connection.execute(sql.SQL("revoke all on database {} from public").format(database))
    connection.execute(sql.SQL("grant connect on database {} to {}").format(database, names))
    connection.execute("revoke all on schema public from public")
    connection.execute("alter default privileges revoke execute on functions from public")


def open_window(connection: psycopg.Connection) -> None:
    """Let finsam_migrate log in for an hour, working as all owners. Nobody can before, and nobody after `close_window`."""
    connection.execute("alter role finsam_migrate set role = 'own_house'")
    _set_end(connection, "1 hour")


def close_window(connection: psycopg.Connection) -> None:
    """The password of finsam_migrate no longer opens anything."""
    _set_end(connection, "-1 hour")


def _set_end(connection: psycopg.Connection, distance: str) -> None:
    connection.execute(
        "do $$ begin execute format('alter role finsam_migrate valid until %L',"
        f" now() + interval '{distance}'); end $$"
    )
