"""Receive deliveries of one feed: find them in the inboxes and hand them to the receiver. No Airflow here."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion import clock, faults, reference, steps
from ingestion import delivery as deliveries
from ingestion.feeds import member_feeds, reference_feeds
from ingestion.outcome import Intake, Outcome
from ingestion.readers.table import Fault
from ingestion.warehouse import locks, space

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    import psycopg

    from ingestion.delivery import Found
    from ingestion.feed import Feed
    from ingestion.settings import Settings

INTAKE_LOCK = locks.INTAKE
WAIT_SECONDS = 120.0
"""How long an intake waits for another of the same feed: a schedule's retry, or one whose client is gone without a word."""


def _told(intake: Intake) -> tuple[steps.Ended, str]:
    counts = Counter(outcome.state for outcome in intake.outcomes)
    said = ", ".join(f"{state} {count}" for state, count in sorted(counts.items()))
    return ("done" if counts else "nothing"), said


@steps.noted("receive {feed_id}", _told)
def receive_feed(
    settings: Settings,
    feed_id: str,
    run_id: str,
    business_date: date | None = None,
    now: datetime | None = None,
) -> Intake:
    """Take in everything that lies in the inboxes of one feed.

    business_date: the day it is taken in (default today in Sweden); what was agreed on deliveries is judged by it.
    now: the moment a file has waited for its manifest until.
    """
    now = now or datetime.now(UTC)
    business_date = business_date or now.astimezone(clock.SWEDEN).date()
    feed = member_feeds()[feed_id]
    found = deliveries.find(deliveries.inboxes(settings.landing, feed))
    awaited = _awaiting(settings, feed, found, business_date, now)
    return _receive(settings, [(feed, one) for one in awaited], feed_id, run_id, business_date)


@steps.noted("receive reference", _told)
def receive_reference(settings: Settings, run_id: str) -> Intake:
    """Take in all reference data, and refuse what lies in folders nobody knows."""
    folders = [(path.name, path) for path in sorted(settings.reference.glob("*")) if path.is_dir()]
    known = reference_feeds()
    pairs = [(known[one.path.stem], one) for one in deliveries.find(folders) if one.path.stem in known]
    intake = _receive(settings, pairs, "reference", run_id, clock.today(), leaves_inbox=False)
    intake.outcomes += _strangers(settings, folders)
    return intake


def _receive(
    settings: Settings,
    pairs: Sequence[tuple[Feed, Found]],
    name: str,
    run_id: str,
    business_date: date,
    leaves_inbox: bool = True,
) -> Intake:
    """First transactions for all new files, one judgement of all, then the second transactions."""
    intake = Intake(name)
    fresh: list[tuple[Feed, Found]] = []
    for feed, one in pairs:
        if one.why_not_sv:
            state = "rejected" if one.is_refused else "ignored"
            intake.outcomes.append(
                Outcome(feed.id, one.association_id, one.shown_name, state, None, one.why_not_sv)
            )
        else:
            fresh.append((feed, one))
    if not fresh:
        return intake
    space.check(settings, [one.path for _feed, one in fresh])
    from ingestion.receiver import Receiver
    from ingestion.warehouse import migrations
    from ingestion.warehouse.session import Session

    migrations.check(settings)
    with (
        Session(settings, "finsam_loader", partial(_lock, name, run_id)) as loader,
        Session(settings, "finsam_gate", partial(_lock_gate, name, run_id)) as gate,
    ):
        faults.point("intake.locked")
        receiver = Receiver(settings, loader, gate, run_id, leaves_inbox, business_date)
        while fresh:
            waiting = [receiver.first(feed, one, intake) for feed, one in fresh]
            faults.point("intake.loaded")
            intake.outcomes += receiver.second([one for one in waiting if one is not None])
            faults.point("intake.decided")
            fresh = receiver.take_copies()
    return intake


def _awaiting(
    settings: Settings, feed: Feed, found: Iterable[Found], business_date: date, now: datetime
) -> list[Found]:
    """The found files, each that must wait for what belongs to it marked with what it waits for."""
    terms: dict[str, reference.Terms] = {}
    awaited: list[Found] = []
    for one in found:
        if one.why_not_sv is not None or one.fault is not None:
            awaited.append(one)
        elif one.manifest_path == one.path:
            awaited.append(_without_file(feed, one))
        elif one.manifest_path is not None:
            awaited.append(one)
        else:
            if one.association_id not in terms:
                agreed = reference.delivery_terms(settings, one.association_id, business_date)
                terms[one.association_id] = agreed.get(feed.id, reference.Terms())
            awaited.append(_without_manifest(one, terms[one.association_id], now))
    return awaited


def _without_file(feed: Feed, manifest: Found) -> Found:
    """A manifest that names a file waits for it; one that names none is a delivery of its own: nothing to deliver."""
    name = Path(manifest.path.name[: -len(deliveries.MANIFEST_ENDING)])
    if name.suffix.lower() not in feed.suffixes:
        return manifest
    why = f"följeblad utan sin fil; väntar på {deliveries.shown_name(name.name)}"
    return replace(manifest, why_not_sv=why)


def _without_manifest(one: Found, terms: reference.Terms, now: datetime) -> Found:
    """A file of an association that always sends a manifest waits for it, until it has waited long enough."""
    if not terms.sends_manifest:
        return one
    try:
        delivered = datetime.fromtimestamp(one.path.lstat().st_mtime, UTC)
    except FileNotFoundError:
        return replace(one, why_not_sv="försvann innan den hann läsas")
    until = delivered + timedelta(hours=terms.manifest_wait_hours)
    until_sv = f"{until.astimezone(clock.SWEDEN):%Y-%m-%d %H:%M}"
    if now < until:
        return replace(one, why_not_sv=f"väntar på sitt följeblad till {until_sv}")
    name = f"{one.shown_name}{deliveries.MANIFEST_ENDING}"
    return replace(
        one,
        fault=Fault(
            "MAN-008",
            None,
            None,
            None,
            f"Ett följeblad bredvid filen, {name}; förbundet lämnar alltid ett, och det hade inte kommit {until_sv}.",
            "Lämna följebladet bredvid filen, så prövas den igen. Lämnar förbundet inte längre följeblad: ändra i "
            "delivery_terms.csv.",
        ),
    )


def _lock(name: str, run_id: str, loader: psycopg.Connection) -> None:
    """Shared among intakes, so that a build can see one is open; exclusive per feed, so that no file is taken twice."""
    busy_sv = f"En annan körning tar redan emot {name}. Vänta tills den är klar."
    locks.take(loader, INTAKE_LOCK, run_id, busy_sv, WAIT_SECONDS, shared=True)
    locks.take(loader, f"{INTAKE_LOCK}.{name}", run_id, busy_sv, WAIT_SECONDS)


def _lock_gate(name: str, run_id: str, gate: psycopg.Connection) -> None:
    """The verdicts' own lock: who comes after a lost connection knows that nothing of it can still arrive."""
    busy_sv = f"En annan körning prövar redan {name}. Vänta tills den är klar."
    locks.take(gate, f"{INTAKE_LOCK}.{name}.verdicts", run_id, busy_sv, WAIT_SECONDS)


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
        for one in deliveries.listed(folders)
        if one.why_not_sv is None
    ]
