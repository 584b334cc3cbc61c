"""An older generation's figures published anew, by a person: with a reason, until an input changes or it is released.

Who may and what may be returned to stand in the warehouse (`ops.roll_back`): the decision is made as the person's
own login.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.warehouse import connection as connections

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from ingestion.settings import Settings

REFUSED = "FS004"
"""What the warehouse says no with, when the message is for the person who asked."""


class NotPossible(Exception):
    """That cannot be decided, or not by that login; the message says why, in Swedish."""


@dataclass(frozen=True)
class RolledBack:
    """generation: the new one. returns_to: the older one whose rows it has."""

    generation: int
    returns_to: int
    associations: tuple[str, ...]

    @property
    def summary_sv(self) -> str:
        """What a person reads."""
        return (
            f"Generation {self.generation} är publicerad: {', '.join(self.associations)} visar åter siffrorna från "
            f"generation {self.returns_to}. Det står tills underlaget ändras eller du häver det med `finsam release`."
        )


def roll_back(
    settings: Settings,
    generation: int,
    associations: Sequence[str],
    reason_sv: str,
    run_id: str,
    login: str,
    ask: Callable[[str], str] | None = None,
) -> RolledBack:
    """Publish that generation's rows of those associations as a new generation. Raises NotPossible, WarehouseUnavailable.

    All marts of an association go together. ask: how to ask for the login's password where no file holds it.
    """
    chosen = sorted(set(associations))
    row = _decide(
        settings,
        login,
        ask,
        "select ops.roll_back(%s, %s, %s, %s)",
        (generation, chosen, reason_sv, run_id),
    )
    return RolledBack(int(str(row)), generation, tuple(chosen))


def release(
    settings: Settings,
    associations: Sequence[str],
    reason_sv: str,
    run_id: str,
    login: str,
    ask: Callable[[str], str] | None = None,
) -> list[str]:
    """End rollbacks; the next build takes those associations in. Returns the ones that were in force.

    Raises NotPossible, WarehouseUnavailable.
    """
    row = _decide(
        settings,
        login,
        ask,
        "select ops.release_rollback(%s, %s, %s)",
        (sorted(set(associations)), reason_sv, run_id),
    )
    return list(row) if isinstance(row, list) else []


def enter_board_date(
    settings: Settings,
    association: str,
    meeting: date,
    note_sv: str,
    login: str,
    ask: Callable[[str], str] | None = None,
) -> int | None:
    """Keep for good what stands published when a board meets; returns the generation that day shows so far.

    association: one, or `*`. Raises NotPossible, WarehouseUnavailable.
    """
    row = _decide(
        settings, login, ask, "select ops.enter_board_date(%s, %s, %s)", (association, meeting, note_sv)
    )
    return None if row is None else int(str(row))


def _decide(
    settings: Settings,
    login: str,
    ask: Callable[[str], str] | None,
    statement: str,
    parameters: tuple[object, ...],
) -> object:
    import psycopg

    try:
        with connections.connect_person(settings, login, ask) as person:
            row = person.execute(statement.encode(), parameters).fetchone()
    except psycopg.errors.InsufficientPrivilege:
        raise NotPossible(
            f"{login} får inte besluta för alla de förbunden. Rätten ges med "
            f"`finsam access grant {login} --steward --association FÖRBUND`."
        ) from None
    except psycopg.Error as problem:
        if problem.sqlstate == REFUSED:
            raise NotPossible(str(problem.diag.message_primary)) from None
        raise
    return row[0] if row else None
