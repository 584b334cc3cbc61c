"""The dead-man's switch: what nobody else would say. Asked from outside Airflow (`finsam watch`), and once a day by a DAG.

It trusts no task's colour: it looks at what each step left in `ops.night`, and at whose lock is gone.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from ingestion import alerts, clock, expected
from ingestion.warehouse import connection as connections
from ingestion.warehouse import embedded, locks, watchdog
from ingestion.warehouse.embedded import WarehouseUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

    from ingestion.settings import Settings

NIGHT_ENDS = time(7)
"""By then a build must have ended, each day: the net run starts at 05:15."""
STUCK_AFTER = timedelta(hours=6)
UNPUBLISHED_AFTER = timedelta(minutes=30)
HELD_DAYS = 7
REFUSED_DAYS = 14
WAIVER_DAYS = 7
LEAST_FREE_SHARE = 0.05
LEAST_FREE_BYTES = 2 * 1024**3
TOLD_AGAIN_AFTER = timedelta(hours=6)


@dataclass(frozen=True)
class Watched:
    """What is wrong now: one line each. unsent_sv: why the outbox could not be emptied, or None."""

    standing: list[str]
    unsent_sv: str | None

    @property
    def is_well(self) -> bool:
        """True where nothing stands and everything that was to be told has been."""
        return not self.standing and self.unsent_sv is None

    @property
    def text_sv(self) -> str:
        """What a person reads."""
        lines = self.standing or ["Allt är som det ska."]
        return "\n".join([*lines, *([f"Larm ej skickade: {self.unsent_sv}"] if self.unsent_sv else [])])


def watch(settings: Settings, now: datetime | None = None) -> Watched:
    """Look at everything, raise and end alerts, send what waits. Raises nothing that the warehouse may throw at it.

    A warehouse that does not answer is told directly: there is no outbox then.
    """
    try:
        look(settings, now)
        with connections.connect(settings, "finsam_gate") as connection:
            unsent = alerts.send_waiting(settings)
            standing = [alert.line_sv for alert in _standing(connection)]
    except WarehouseUnavailable as problem:
        line = f"{alerts.KINDS['warehouse']}. {problem}"
        return Watched([line], _tell_directly(settings, line, now or datetime.now(UTC)))
    watched = Watched(standing, unsent)
    if watched.is_well:
        alerts.beat(settings)
    return watched


def standing(settings: Settings) -> list[alerts.Alert]:
    """The alerts that stand, the oldest first, as they were last found: nothing is looked at anew."""
    with connections.connect(settings, "finsam_audit") as connection:
        return _standing(connection)


def look(settings: Settings, now: datetime | None = None) -> None:
    """Ask every question and settle its alerts; nothing is sent. Raises WarehouseUnavailable."""
    now = now or datetime.now(UTC)
    with connections.connect(settings, "finsam_gate") as connection:
        connection.execute("select ops.note_lost_steps()")
        late = expected.judge(connection, now.astimezone(clock.SWEDEN).date())
        alerts.settle(connection, "overdue", {one.subject: one.text_sv for one in late})
        alerts.settle(connection, "night_missing", _night_missing(connection, now))
        for kind, statement in QUESTIONS.items():
            alerts.settle(
                connection, kind, dict(connection.execute(statement, _PARAMETERS | {"now": now}).fetchall())
            )
        alerts.settle(connection, "waiver", _waivers(connection, now))
        alerts.settle(connection, "disk", _disk(_places(settings)))
        connection.commit()


def end_overdue_readers(settings: Settings) -> list[watchdog.Ended]:
    """End readers past their limits; an alert stands where the server does not let us. Raises NotAllowed."""
    try:
        ended = watchdog.end_overdue(settings)
    except watchdog.NotAllowed as problem:
        _settle_guard(settings, {"server": str(problem)})
        raise
    _settle_guard(settings, {})
    return ended


def _settle_guard(settings: Settings, standing: dict[str, str]) -> None:
    with connections.connect(settings, "finsam_gate") as connection:
        alerts.settle(connection, "guard", standing)


_PARAMETERS = {
    "long_held": locks.LONG_HELD_SECONDS,
    "stuck": STUCK_AFTER,
    "unpublished": UNPUBLISHED_AFTER,
    "held_days": HELD_DAYS,
    "refused_days": REFUSED_DAYS,
}
_LAST_OF_STEP = (
    "select distinct on (step) * from ops.night where outcome not in ('running', 'busy')"
    " order by step, started_at desc"
)
QUESTIONS = {
    "step_lost": f"select step, format('%%s (%%s) dog utan ett ord: processen dödades.', step, run_id)"
    f" from ({_LAST_OF_STEP}) as last where outcome = 'lost'",
    "step_failed": "select step, format('%%s (%%s): %%s', step, run_id, detail_sv)"
    f" from ({_LAST_OF_STEP}) as last where outcome in ('failed', 'refused')",
    "step_stuck": "select step, format('%%s (%%s) började %%s och har inte slutat.', step, run_id,"
    " to_char(started_at at time zone 'Europe/Stockholm', 'YYYY-MM-DD HH24:MI'))"
    " from ops.night where outcome = 'running' and started_at < %(now)s - %(stuck)s::interval",
    "lock_held": "select lock_name || '/' || server_pid, format('%%s hålls av körningen %%s (process %%s) sedan %%s.', lock_name,"
    " run_id, process, to_char(claimed_at at time zone 'Europe/Stockholm', 'YYYY-MM-DD HH24:MI'))"
    " from ops.held_lock where claimed_at < %(now)s - make_interval(secs => %(long_held)s)",
    "unpublished": "select 'build', format('%%s, prövat %%s, men ingen har publicerat det.', n.detail_sv,"
    " to_char(n.ended_at at time zone 'Europe/Stockholm', 'YYYY-MM-DD HH24:MI'))"
    f" from ({_LAST_OF_STEP}) as n inner join ops.fence as f on f.name = 'build'"
    " where n.step = 'build' and n.outcome = 'done' and n.ended_at < %(now)s - %(unpublished)s::interval"
    " and not exists (select from ops.build_outcome as o where o.token = f.token)"
    " and not exists (select from ops.night as p where p.outcome = 'running' and p.step in ('build', 'publish'))",
    "held": "select delivery_id, format('%%s från %%s (%%s) har väntat på beslut sedan %%s.', feed_id, association_id,"
    " delivery_id, received_at::date) from ops.delivery"
    " where state = 'held' and received_at < %(now)s - make_interval(days => %(held_days)s)",
    "refused": "select d.delivery_id, format('%%s från %%s (%%s) avvisades %%s och inget nytt har kommit.', d.feed_id,"
    " d.association_id, d.delivery_id, d.received_at::date) from ops.delivery as d"
    " where d.state = 'rejected' and d.decided_by is null"
    " and d.received_at > %(now)s - make_interval(days => %(refused_days)s) and not exists ("
    "select from ops.delivery as later where later.feed_id = d.feed_id and later.association_id = d.association_id"
    " and later.received_at > d.received_at and later.state in ('accepted', 'superseded'))",
    "blocked": "select association_id, format('%%s behåller sina förra siffror, stoppat av %%s.', association_id,"
    " array_to_string(blocked_by, ', ')) from ops.association_state where blocked_by is not null",
    "code_changed": "select p.run_id, format('%%s byggdes av kodversion %%s och publicerades av %%s.', p.run_id,"
    " b.code_version, p.code_version) from ops.night as p"
    " inner join ops.night as b on b.run_id = p.run_id and b.step = 'build' and b.outcome = 'done'"
    " where p.step = 'publish' and p.outcome = 'done' and b.code_version <> p.code_version"
    " and p.started_at > %(now)s - interval '1 day'",
}
"""Kind of alert -> what of it stands: subject and text."""


def deadline_before(now: datetime) -> datetime:
    """The latest moment at which a night should have ended, at the latest now."""
    local = now.astimezone(clock.SWEDEN)
    day = local.date() if local.time() >= NIGHT_ENDS else local.date() - timedelta(days=1)
    return datetime.combine(day, NIGHT_ENDS, clock.SWEDEN)


def _night_missing(connection: psycopg.Connection, now: datetime) -> dict[str, str]:
    """A build must have come to an end in the day before the deadline; a warehouse younger than that has time yet."""
    deadline = deadline_before(now)
    row = connection.execute(
        "select max(ended_at) filter (where outcome in ('done', 'nothing')), (select min(applied_at) from ops.migration)"
        " from ops.night where step = 'build'"
    ).fetchone()
    ended, installed = row if row else (None, None)
    since = deadline.astimezone(UTC) - timedelta(days=1)
    if (ended or installed or now) >= since:
        return {}
    last = (
        f"den senaste slutade {ended.astimezone(clock.SWEDEN):%Y-%m-%d %H:%M}"
        if ended
        else "ingen har gjort det än"
    )
    return {"build": f"Inget bygge hade slutat {deadline:%Y-%m-%d %H:%M}; {last}."}


def _waivers(connection: psycopg.Connection, now: datetime) -> dict[str, str]:
    """Waivers that have run out in the last week or will in the next, where the warehouse keeps any."""
    known = {
        row[0]
        for row in connection.execute(
            "select column_name from information_schema.columns where table_schema = 'ops' and table_name = 'waiver'"
        ).fetchall()
    }
    if not {"waiver_id", "rule_id", "association_id", "valid_until"} <= known:
        return {}
    today = now.astimezone(clock.SWEDEN).date()
    rows = connection.execute(
        "select waiver_id, format('Undantaget %%s från %%s för %%s gäller till och med %%s.', waiver_id, rule_id, association_id,"
        " valid_until::date) from ops.waiver where valid_until::date between %(today)s - %(days)s and %(today)s + %(days)s",
        {"today": today, "days": WAIVER_DAYS},
    ).fetchall()
    return {str(subject): text for subject, text in rows}


def _places(settings: Settings) -> list[Path]:
    """Where things grow, our own server's data among them; a server elsewhere watches its own."""
    data = embedded.data_folder(settings) if settings.warehouse_url is None else None
    return [settings.home, settings.landing, *([data, (data / "pg_wal").resolve()] if data else [])]


def _disk(places: list[Path]) -> dict[str, str]:
    """File systems with too little left, by the device they are."""
    short: dict[str, str] = {}
    for place in places:
        if not place.exists():
            continue
        usage = shutil.disk_usage(place)
        if usage.free < max(LEAST_FREE_BYTES, LEAST_FREE_SHARE * usage.total):
            device = str(place.stat().st_dev)
            short.setdefault(
                device, f"{place}: {usage.free / 1024**3:.1f} GB ledigt av {usage.total / 1024**3:.0f}."
            )
    return short


def _standing(connection: psycopg.Connection) -> list[alerts.Alert]:
    rows = connection.execute(
        "select alert_id, kind, subject, text_sv, false from ops.alert where ended_at is null order by raised_at, alert_id"
    ).fetchall()
    return [alerts.Alert(*row) for row in rows]


def _tell_directly(settings: Settings, line: str, now: datetime) -> str | None:
    """Without a warehouse there is no outbox: a file beside it says when this was told last."""
    told = settings.home / "run" / "watch.json"
    try:
        last = datetime.fromisoformat(json.loads(told.read_text())["told_at"])
        if now - last < TOLD_AGAIN_AFTER:
            return None
    except (OSError, ValueError, KeyError):
        pass
    trouble = alerts.deliver(settings, [line])
    if trouble is None:
        told.parent.mkdir(parents=True, exist_ok=True)
        told.write_text(json.dumps({"told_at": now.isoformat()}))
    return trouble
