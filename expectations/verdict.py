"""The verdict on a delivery: a function of its evidence, never of a task's colour. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from expectations.rule import Evidence
    from ingestion.feed import Feed


@dataclass(frozen=True)
class Verdict:
    """accepted; held for a person, or rejected, with the ids of the rules why; reason_sv says it in one sentence."""

    state: Literal["accepted", "held", "rejected"]
    rule_ids: tuple[str, ...] = ()
    reason_sv: str = ""

    @property
    def is_accepted(self) -> bool:
        """True where the delivery's rows may be used."""
        return self.state == "accepted"


def verdict(evidence: Sequence[Evidence], feed: Feed) -> Verdict:
    """Judge one delivery of this feed.

    Rejected where an invariant failed, where a rule could not be judged (`error`), or where nothing was
    judged at all: evidence of nothing is no evidence. Held where only rules failed that a person may approve.
    """
    blocking = [
        item
        for item in evidence
        if item.status == "error" or (item.status == "failed" and item.severity == "invariant")
    ]
    if blocking:
        rule_ids = tuple(sorted({item.rule_id for item in blocking}))
        return Verdict("rejected", rule_ids, f"{feed.title_sv} avvisas enligt {', '.join(rule_ids)}.")
    if not any(item.status in ("passed", "failed") for item in evidence):
        return Verdict("rejected", (), f"{feed.title_sv} avvisas: ingen regel kunde prövas.")
    held = [item for item in evidence if item.status == "failed" and item.severity == "hold"]
    if held:
        rule_ids = tuple(sorted({item.rule_id for item in held}))
        return Verdict("held", rule_ids, f"{feed.title_sv} väntar på beslut enligt {', '.join(rule_ids)}.")
    return Verdict("accepted")
