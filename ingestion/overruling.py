"""What a person decides of a delivery, with a reason: approve one that waits, reject it, withdraw one that counts.

The rules for what may become what stand in the warehouse (`ops.overrule_delivery`), so that nobody can go round them.
"""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion import refusal, report
from ingestion.warehouse import connection as connections

if TYPE_CHECKING:
    import psycopg

    from ingestion.settings import Settings

DECISIONS = {
    "approve": ("accepted", ("held", "withdrawn", "rejected")),
    "reject": ("rejected", ("held",)),
    "withdraw": ("withdrawn", ("accepted",)),
}
"""Verb -> the state it asks for, and the states it can be said of."""
_COVERED = "covered"


class NotDecidable(Exception):
    """No such delivery, no state for that decision, or no reason; the message says which, in Swedish."""


class DecisionRefused(Exception):
    """The decision would count the same rows twice; the message says what to do instead, in Swedish."""


@dataclass(frozen=True)
class Overruled:
    """What became of the delivery and of those it stands beside. changed: delivery id -> its new state."""

    delivery_id: str
    file_name: str
    state: str
    changed: dict[str, str]

    @property
    def summary_sv(self) -> str:
        """What a person reads."""
        lines = [f"{self.file_name} ({self.delivery_id}) är {report.STATES_SV[self.state]}."]
        lines += [f"{one} är {report.STATES_SV[state]}." for one, state in sorted(self.changed.items())]
        return "\n".join([*lines, "Siffrorna följer med vid nästa `finsam nightly`."])


def overrule(
    settings: Settings, verb: str, delivery_id: str, reason_sv: str, run_id: str, person: str | None = None
) -> Overruled:
    """Decide on one delivery. person: who decides, the operating system's user if not given.

    Raises NotDecidable, DecisionRefused.
    """
    import psycopg

    if not reason_sv.strip():
        raise NotDecidable("Ange varför med --reason; skälet sparas med beslutet.")
    who = person or getpass.getuser()
    with connections.connect(settings, "finsam_gate") as gate:
        delivery = _decidable(gate, verb, delivery_id)
        before = _siblings(gate, delivery_id)
        try:
            row = gate.execute(
                "select ops.overrule_delivery(%s, %s, %s, %s, %s)",
                (delivery_id, DECISIONS[verb][0], reason_sv.strip(), who, run_id),
            ).fetchone()
        except psycopg.errors.RaiseException:
            raise NotDecidable(
                f"{delivery['file_name']} ({delivery_id}) ändrades just nu av någon annan. Se `finsam status`."
            ) from None
        state = str(row[0]) if row else ""
        if state == _COVERED:
            raise DecisionRefused(_covered_sv(gate, delivery_id, delivery["file_name"]))
        after = _siblings(gate, delivery_id)
    changed = {one: now for one, now in after.items() if now != before.get(one) and one != delivery_id}
    if state == "rejected":
        _write_refusal(settings, {"delivery_id": delivery_id, **delivery}, reason_sv, who)
    return Overruled(delivery_id, delivery["file_name"], state, changed)


def _decidable(gate: psycopg.Connection, verb: str, delivery_id: str) -> dict[str, str]:
    row = gate.execute(
        "select file_name, feed_id, association_id, state, decided_by from ops.delivery where delivery_id = %s",
        (delivery_id,),
    ).fetchone()
    if row is None:
        raise NotDecidable(f"Ingen leverans heter {delivery_id}. `finsam status` räknar upp dem.")
    file_name, feed_id, association_id, state, decided_by = row
    is_the_rules_own = state == "rejected" and decided_by is None
    if state not in DECISIONS[verb][1] or is_the_rules_own:
        why = " enligt reglerna; rätta filen och lämna den igen" if is_the_rules_own else ""
        raise NotDecidable(f"{file_name} ({delivery_id}) är {report.STATES_SV[state]}{why}.")
    return {"file_name": file_name, "feed_id": feed_id, "association_id": association_id}


def _siblings(gate: psycopg.Connection, delivery_id: str) -> dict[str, str]:
    """The state of every delivery of the same feed, association and period."""
    return dict(
        gate.execute(
            "select other.delivery_id, other.state from ops.delivery as own inner join ops.delivery as other"
            " using (feed_id, association_id, period) where own.delivery_id = %s",
            (delivery_id,),
        ).fetchall()
    )


def _covered_sv(gate: psycopg.Connection, delivery_id: str, file_name: str) -> str:
    row = gate.execute("select ops.overlap_sv(%s)", (delivery_id,)).fetchone()
    return (
        f"{file_name} är bara en del. {row[0] if row else ''} Avvisa den här (`finsam reject {delivery_id}`), eller"
        " återta den andra först (`finsam withdraw`)."
    )


def _write_refusal(settings: Settings, delivery: dict[str, str], reason_sv: str, person: str) -> None:
    issue = {
        "blocking": True,
        "expected_sv": f"{reason_sv} (beslut av {person})",
        "remedy_sv": "Ska uppgifterna ändå gälla: tala med den som beslutade.",
        "rule_id": "beslut",
    }
    refusal.write_refusal(settings, delivery, [issue], {"beslut": 1})
