"""The keys that pseudonyms are made with, held to those the warehouse knows before anything is read."""

from __future__ import annotations

from itertools import count, takewhile
from typing import TYPE_CHECKING

from ingestion.examined import later_key
from ingestion.privacy import fingerprint
from ingestion.warehouse.embedded import AskedInVain

if TYPE_CHECKING:
    import psycopg

    from ingestion.settings import Settings

_WRONG_KEY = "FS031"


class WrongKey(AskedInVain):
    """A key is gone, or another one lies in its place: with it everybody the warehouse knows would be a stranger."""


def held(settings: Settings, loader: psycopg.Connection) -> tuple[bytes, ...]:
    """The keys in the order pseudonyms go through them. Raises WrongKey; makes the first where there has been none."""
    keys = _kept(settings)
    if not (known := _asked(settings, loader, keys)):
        keys = (later_key(settings, 1),)
        known = _asked(settings, loader, keys)
    return keys[:known]  # one more may lie there: it was made, and never added


def file_name(version: int) -> str:
    """What a key is called among the secrets."""
    return f"pseudonym_key_{version}"


def _kept(settings: Settings) -> tuple[bytes, ...]:
    there = takewhile(lambda version: (settings.secrets / file_name(version)).exists(), count(1))
    return tuple(later_key(settings, version) for version in there)


def _asked(settings: Settings, loader: psycopg.Connection, keys: tuple[bytes, ...]) -> int:
    import psycopg

    try:
        with loader.transaction():
            row = loader.execute(
                "select vault.hold_keys(%s)", ([fingerprint(key) for key in keys],)
            ).fetchone()
    except psycopg.Error as problem:
        if problem.sqlstate != _WRONG_KEY:
            raise
        file = settings.secrets / file_name(int(problem.diag.message_primary or 1))
        raise WrongKey(
            f"Nyckeln {file} saknas, eller är inte den som lagrets pseudonymer är gjorda med. Inget lästes. Lägg "
            "tillbaka den rätta och kör igen; se docs/data_protection.md, ”När en nyckel är borta”."
        ) from None
    return int(row[0]) if row else 0
