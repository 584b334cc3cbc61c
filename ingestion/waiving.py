"""Waivers: a known failure that two people live with for a while. Who may do what stands in the warehouse
(`ops.propose_waiver` and its like), so that nobody can go round it: each acts as a login of her own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingestion.warehouse import connection as connections

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from decimal import Decimal

    from ingestion.settings import Settings

UNITS_SV = {"rows": "rader", "sek": "kronor"}
_NOT_SO = "FS020"


class NotWaivable(Exception):
    """No such rule or waiver, or not by that login; the message says which, in Swedish."""


@dataclass(frozen=True)
class Asked:
    """What a waiver is asked for. part: the mart, its column or the test; `*` for the whole rule."""

    rule_id: str
    association_id: str
    ceiling: Decimal
    unit: str
    reason_sv: str
    valid_from: date
    valid_until: date
    part: str = "*"


@dataclass(frozen=True)
class Waiver:
    """One waiver. state: proposed, approved or withdrawn; whether its days have passed, the reader sees."""

    waiver_id: str
    rule_id: str
    part: str
    association_id: str
    unit: str
    ceiling: Decimal
    reason_sv: str
    valid_from: date
    valid_until: date
    owner_login: str
    approver_login: str | None
    withdrawn_by: str | None

    @property
    def line_sv(self) -> str:
        """One line of a list."""
        who = f"av {self.owner_login}, " + (
            f"godkänt av {self.approver_login}" if self.approver_login else "väntar på en annan förvaltare"
        )
        if self.withdrawn_by:
            who += f", återtaget av {self.withdrawn_by}"
        part = "" if self.part == "*" else f" ({self.part})"
        return (
            f"{self.waiver_id}  {self.association_id} {self.rule_id}{part}: högst {self.ceiling} {UNITS_SV[self.unit]},"
            f" {self.valid_from}–{self.valid_until}, {who}. {self.reason_sv}"
        )


def propose(settings: Settings, asked: Asked, login: str, ask: Callable[[str], str] | None = None) -> str:
    """Ask for a waiver as that login; returns its id. Raises NotWaivable, WarehouseUnavailable."""
    parameters = (
        *(asked.rule_id, asked.part, asked.association_id, asked.unit, asked.ceiling, asked.reason_sv),
        *(asked.valid_from, asked.valid_until),
    )
    statement = "select ops.propose_waiver(%s, %s, %s, %s, %s::numeric, %s, %s, %s)"
    return str(_as_person(settings, login, ask, statement, parameters))


def approve(settings: Settings, waiver_id: str, login: str, ask: Callable[[str], str] | None = None) -> None:
    """Agree to a waiver that another login proposed. Raises NotWaivable, WarehouseUnavailable."""
    _as_person(settings, login, ask, "select ops.approve_waiver(%s)", (waiver_id,))


def withdraw(
    settings: Settings, waiver_id: str, reason_sv: str, login: str, ask: Callable[[str], str] | None = None
) -> None:
    """Take a waiver back, with a reason. Raises NotWaivable, WarehouseUnavailable."""
    _as_person(settings, login, ask, "select ops.withdraw_waiver(%s, %s)", (waiver_id, reason_sv))


def waivers(settings: Settings) -> list[Waiver]:
    """Every waiver, those that end last first."""
    with connections.connect(settings, "finsam_audit") as audit:
        rows = audit.execute(
            "select waiver_id, rule_id, part, association_id, unit, ceiling, reason_sv, valid_from, valid_until,"
            " owner_login, approver_login, withdrawn_by from ops.waiver"
            " order by withdrawn_by is not null, valid_until desc, association_id, rule_id, waiver_id"
        ).fetchall()
    return [Waiver(*row) for row in rows]


def _as_person(
    settings: Settings,
    login: str,
    ask: Callable[[str], str] | None,
    statement: str,
    parameters: tuple[Any, ...],
) -> Any:
    import psycopg

    try:
        with connections.connect_person(settings, login, ask) as person:
            row = person.execute(statement, parameters).fetchone()
    except psycopg.errors.InsufficientPrivilege:
        raise NotWaivable(
            f"{login} får inte besluta för det förbundet. Rätten ges med"
            f" `finsam access grant {login} --steward --association FÖRBUND`."
        ) from None
    except psycopg.Error as problem:
        if problem.sqlstate == _NOT_SO:
            raise NotWaivable(str(problem.diag.message_primary)) from None
        raise
    return row[0] if row else None
