"""What a person decides of a delivery, with a reason: approve one that waits, reject it, withdraw one that counts.

The rules for what may become what, and for who may say so, stand in the warehouse (`ops.overrule_delivery`), so that
nobody can go round them: the decision is made as the person's own login.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingestion import inbox, report, restatement
from ingestion.feeds import all_feeds
from ingestion.warehouse import connection as connections

if TYPE_CHECKING:
    from collections.abc import Callable

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
    next_sv: str

    @property
    def summary_sv(self) -> str:
        """What a person reads."""
        is_read_again = self.state == "received"
        became = "godkänd" if is_read_again else report.STATES_SV[self.state]
        lines = [f"{self.file_name} ({self.delivery_id}) är {became}."]
        lines += [f"{one} är {report.STATES_SV[state]}." for one, state in sorted(self.changed.items())]
        return "\n".join([*lines, self.next_sv])


def overrule(
    settings: Settings,
    verb: str,
    delivery_id: str,
    reason_sv: str,
    run_id: str,
    login: str,
    ask: Callable[[str], str] | None = None,
) -> Overruled:
    """Decide on one delivery as that login, which must have been given the right for the delivery's association.

    ask: how to ask for the login's password where no file holds it. Raises NotDecidable, DecisionRefused,
    WarehouseUnavailable.
    """
    import psycopg

    if not reason_sv.strip():
        raise NotDecidable("Ange varför med --reason; skälet sparas med beslutet.")
    with connections.connect(settings, "finsam_audit", autocommit=True) as audit:
        delivery = _decidable(audit, verb, delivery_id)
        before = _siblings(audit, delivery_id)
        try:
            with connections.connect_person(settings, login, ask) as person:
                row = person.execute(
                    "select ops.overrule_delivery(%s, %s, %s, %s)",
                    (delivery_id, DECISIONS[verb][0], reason_sv.strip(), run_id),
                ).fetchone()
        except psycopg.errors.InsufficientPrivilege:
            raise NotDecidable(
                f"{login} får inte besluta om leveranser från {delivery['association_id']}. Rätten ges med "
                f"`finsam access grant {login} --steward --association {delivery['association_id']}`."
            ) from None
        except psycopg.errors.RaiseException:
            raise NotDecidable(
                f"{delivery['file_name']} ({delivery_id}) ändrades just nu av någon annan. Se `finsam status`."
            ) from None
        state = str(row[0]) if row else ""
        if state == _COVERED:
            raise DecisionRefused(_covered_sv(audit, delivery_id, delivery["file_name"]))
        after = _siblings(audit, delivery_id)
        changed = {one: now for one, now in after.items() if now != before.get(one) and one != delivery_id}
        _tell(settings, audit, {**delivery, "reason_sv": reason_sv}, state, changed, login)
        restates = audit.execute(
            "select restates from ops.delivery where delivery_id = %s and state = 'accepted'", (delivery_id,)
        ).fetchone()
    return Overruled(
        delivery_id,
        delivery["file_name"],
        state,
        changed,
        _next_sv(
            settings, delivery, state, restates[0] if restates and before[delivery_id] == "held" else None
        ),
    )


def _tell(
    settings: Settings,
    audit: psycopg.Connection,
    delivery: dict[str, Any],
    state: str,
    changed: dict[str, str],
    login: str,
) -> None:
    """Renew the notices: of the one decided on, and of those that were refused with it."""
    shutil.rmtree(settings.quarantine / delivery["delivery_id"], ignore_errors=True)
    if state == "rejected":
        _write_refusal(settings, delivery, delivery["reason_sv"], login)
    for other, now in changed.items():
        if now == "rejected":
            refused = _delivery(audit, other)
            shutil.rmtree(settings.quarantine / other, ignore_errors=True)
            _write_refusal(settings, refused, refused["reason_sv"], login)


def _next_sv(
    settings: Settings, delivery: dict[str, Any], state: str, restates: dict[str, Any] | None
) -> str:
    """What happens now."""
    if state == "received":
        if inbox.holds(settings, delivery):
            return "Filen ligger kvar i inkorgen och läses vid nästa mottagning, utan regeln som höll den."
        return "Filen ligger inte kvar i inkorgen: be avsändaren lämna samma fil igen, så läses den då."
    news = ["Siffrorna följer med vid nästa `finsam nightly`."]
    if restates:
        news.insert(0, f"Den {restatement.said_sv(restates, all_feeds()[delivery['feed_id']])}.")
    return " ".join(news)


def _decidable(audit: psycopg.Connection, verb: str, delivery_id: str) -> dict[str, Any]:
    delivery = _delivery(audit, delivery_id)
    file_name, state = delivery["file_name"], delivery["state"]
    is_the_rules_own = state == "rejected" and delivery["decided_by"] is None
    if state not in DECISIONS[verb][1] or is_the_rules_own:
        why = " enligt reglerna; rätta filen och lämna den igen" if is_the_rules_own else ""
        if state == "received" and delivery["approved_rules"]:
            why = "; den är godkänd och läses vid nästa mottagning"
        raise NotDecidable(f"{file_name} ({delivery_id}) är {report.STATES_SV[state]}{why}.")
    return delivery


def _delivery(audit: psycopg.Connection, delivery_id: str) -> dict[str, Any]:
    from psycopg.rows import dict_row

    with audit.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            "select delivery_id, file_name, feed_id, association_id, state, decided_by, byte_count, reason_sv,"
            " approved_rules from ops.delivery where delivery_id = %s",
            (delivery_id,),
        ).fetchone()
    if row is None:
        raise NotDecidable(f"Ingen leverans heter {delivery_id}. `finsam status` räknar upp dem.")
    return row


def _siblings(audit: psycopg.Connection, delivery_id: str) -> dict[str, str]:
    """The state of every delivery of the same feed, association and period."""
    return dict(
        audit.execute(
            "select other.delivery_id, other.state from ops.delivery as own inner join ops.delivery as other"
            " using (feed_id, association_id, period) where own.delivery_id = %s",
            (delivery_id,),
        ).fetchall()
    )


def _covered_sv(audit: psycopg.Connection, delivery_id: str, file_name: str) -> str:
    row = audit.execute("select ops.overlap_sv(%s)", (delivery_id,)).fetchone()
    return (
        f"{file_name} är bara en del. {row[0] if row else ''} Avvisa den här (`finsam reject {delivery_id}`), eller"
        " återta den andra först (`finsam withdraw`)."
    )


def _write_refusal(settings: Settings, delivery: dict[str, Any], reason_sv: str, person: str) -> None:
    described = {name: delivery[name] for name in ("delivery_id", "file_name", "feed_id", "association_id")}
    described |= {"state": "rejected", "reason_sv": reason_sv}
    issue = {
        "expected_sv": f"{reason_sv} (beslut av {person})",
        "remedy_sv": "Ska uppgifterna ändå gälla: tala med den som beslutade.",
        "rule_id": "beslut",
    }
    report.write_refusal(settings, described, [issue], {"beslut": 1})
