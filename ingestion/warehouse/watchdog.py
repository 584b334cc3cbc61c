"""Ends readers past their limits. A login can lift its own `statement_timeout`; it cannot lift this.

Reads sessions as finsam_monitor, which sees who does what since when and no row of data. A reader that holds a
transaction open keeps every vacuum from tidying what publication moved; publication itself never waits for it (F51).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from ingestion.warehouse import access, roles
from ingestion.warehouse import connection as connections
from ingestion.warehouse.embedded import WarehouseUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingestion.settings import Settings

STATEMENT_SECONDS = 30
"""The watchdog has limits of its own: it comes again in five minutes."""
READERS = [
    *(role.name for role in roles.LOGINS if role.is_reader),
    *(role.name for role in roles.GROUPS),
]
_OVERDUE = """
with session as (
    select a.pid, a.usename::text as login_name, a.state, coalesce(r.kind, 'person') as kind, p.rolvaliduntil,
        clock_timestamp() - a.query_start as query_age, clock_timestamp() - a.state_change as state_age,
        clock_timestamp() - a.xact_start as transaction_age
    from pg_stat_activity as a
    inner join pg_roles as p on p.oid = a.usesysid
    left join ops.reader as r on r.login_name = a.usename
    where a.backend_type = 'client backend' and a.datname = current_database()
        and exists (select from pg_roles as g where g.rolname = any(%(readers)s) and pg_has_role(p.oid, g.oid, 'member'))
        and not p.rolsuper and not p.rolcreaterole
),
judged as (
    select pid, login_name, case
        when rolvaliduntil < clock_timestamp() then 'rätten har gått ut'
        when transaction_age > %(transaction)s then 'en transaktion var öppen längre än ' || %(transaction)s::interval
        when state = 'active' and query_age > (%(statement)s::jsonb ->> kind)::interval
            then 'en fråga tog längre tid än ' || (%(statement)s::jsonb ->> kind)
        when state like 'idle in transaction%%' and state_age > (%(idle)s::jsonb ->> kind)::interval
            then 'en transaktion stod öppen utan att användas längre än ' || (%(idle)s::jsonb ->> kind)
        end as why_sv
    from session
)
select pid, login_name, why_sv from judged where why_sv is not null order by pid
"""


class NotAllowed(WarehouseUnavailable):
    """The server does not let finsam_monitor see or end others' sessions; the message says what a superuser runs."""


@dataclass(frozen=True)
class Limits:
    """How long readers may go on. By kind of login: what their guard rails say, as PostgreSQL writes intervals."""

    transaction: timedelta = timedelta(hours=1)
    statement: Mapping[str, str] = field(default_factory=lambda: access.GUARD_RAILS["statement_timeout"])
    idle: Mapping[str, str] = field(
        default_factory=lambda: access.GUARD_RAILS["idle_in_transaction_session_timeout"]
    )


@dataclass(frozen=True)
class Ended:
    """A session that was ended, and why."""

    login: str
    pid: int
    why_sv: str

    @property
    def line_sv(self) -> str:
        """One line for a log."""
        return f"{self.login}: {self.why_sv}; sessionen ({self.pid}) avslutades."


def end_overdue(settings: Settings, limits: Limits | None = None) -> list[Ended]:
    """End every reader's session past its limits; each leaves a row in ops.access_event. Run it every few minutes.

    Raises NotAllowed, WarehouseUnavailable.
    """
    from psycopg.types.json import Jsonb

    limits = limits or Limits()
    with connections.connect(
        settings, "finsam_monitor", statement_seconds=STATEMENT_SECONDS, autocommit=True
    ) as connection:
        row = connection.execute(
            "select pg_has_role('pg_read_all_stats', 'usage'), pg_has_role('pg_signal_backend', 'usage')"
        ).fetchone()
        if row != (True, True):
            raise NotAllowed(
                "Vakten får inte se och avsluta andras sessioner på den här servern. En superanvändare kör en gång: "
                "grant pg_monitor, pg_signal_backend to finsam_monitor"
            )
        found = connection.execute(
            _OVERDUE,
            {
                "readers": READERS,
                "transaction": limits.transaction,
                "statement": Jsonb(dict(limits.statement)),
                "idle": Jsonb(dict(limits.idle)),
            },
        ).fetchall()
        ended = []
        for pid, login, why_sv in found:
            gone = connection.execute("select pg_terminate_backend(%s)", (pid,)).fetchone()
            if gone and gone[0]:
                connection.execute("select ops.note_ended(%s, %s)", (login, f"finsam_monitor: {why_sv}"))
                ended.append(Ended(login, pid, why_sv))
    return ended
