"""`finsam check`: would this delivery be accepted? Reads and judges, loads nothing, needs no database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingestion import clock, reference, report
from ingestion.delivery import of_file
from ingestion.examined import examine, pseudonym_key
from ingestion.feeds import all_feeds

if TYPE_CHECKING:
    from pathlib import Path

    from expectations.rule import Evidence
    from ingestion.settings import Settings


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
    today = clock.today()
    association = reference.associations(settings, today).get(association_id or "")
    is_stranger = association is None and association_id not in (None, reference.COMMON)
    found = of_file(file)
    examined = examine(
        file,
        feed,
        association_id or "okänt",
        association,
        pseudonym_key(settings),
        "check",
        is_stranger=is_stranger,
        manifest_path=found.manifest_path,
        fault=found.fault,
        business_date=today,
    )
    for _block in examined.blocks():
        pass
    facts = examined.facts(None)
    evidence = gate.judge([facts], "check")
    decided = verdict(evidence, feed)
    issues = examined.issues(facts)
    described = {
        "file_name": found.shown_name,
        "association_id": association_id or "okänt förbund",
        "feed_id": feed_id,
        "state": decided.state,
        "is_trial": True,
    }
    text = (
        examined.accepted_sv(found.shown_name)
        if decided.is_accepted
        else report.refusal_text(described, issues, examined.issue_counts(facts))
    )
    return Checked(decided.is_accepted, text, evidence, issues)
