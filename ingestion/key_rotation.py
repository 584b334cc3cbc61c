"""A key more for the pseudonyms, and the register of acts done again after a restore: what only an administrator does.

What came before stands as it was delivered; the vault says what each pseudonym is under the new key, so models see one
pseudonym per person, and no figure moves (decision 31).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from ingestion import person_keys, privacy_register
from ingestion.examined import later_key
from ingestion.privacy import fingerprint, next_pseudonym
from ingestion.warehouse import connection as connections
from ingestion.warehouse import locks
from ingestion.warehouse.access import os_user
from ingestion.warehouse.embedded import AskedInVain

if TYPE_CHECKING:
    import psycopg

    from ingestion.settings import Settings


@dataclass(frozen=True)
class Rotated:
    """version: of the key that was added. pseudonyms: how many came under it."""

    version: int
    pseudonyms: int
    file: str

    @property
    def summary_sv(self) -> str:
        """What was done, and what the administrator has to do next."""
        return (
            f"Nyckel {self.version} gäller från nu: {self.pseudonyms} pseudonymer har fått sin efterföljare, och inga siffror "
            f"ändras. Kopiera {self.file} dit de andra nycklarna förvaras; alla behövs, i ordning."
        )


def rotate(settings: Settings, case_number: str, reason_sv: str) -> Rotated:
    """Add a key. Raises WarehouseUnavailable: while the night works, or where a key is not the one it should be."""
    with connections.connect(settings, "finsam_loader") as loader:
        version = len(person_keys.held(settings, loader)) + 1
    with connections.open_target(connections.admin_target(settings)) as connection:
        _refuse_in_the_night(connection)
        key = later_key(settings, version)
        act = privacy_register.act_of(
            privacy_register.new_id(),
            "rotate",
            association_id="*",
            case_number=case_number,
            reason_sv=reason_sv,
            person=os_user(),
            version=version,
            fingerprint=fingerprint(key),
        )
        connection.execute("set local role own_vault")
        count = _add(connection, settings, act)
        privacy_register.append(settings, act)
    return Rotated(version, count, str(settings.secrets / person_keys.file_name(version)))


def replay(settings: Settings, acts: list[dict[str, Any]]) -> int:
    """Do again what a restored database has not heard of, in the order it was done; returns how many acts.

    Raises WarehouseUnavailable where a key of a rotation is gone.
    """
    done = 0
    with connections.open_target(connections.admin_target(settings)) as connection:
        connection.execute("set local role own_vault")
        connection.execute(
            "insert into vault.key_version (version, fingerprint) select 1, %s"
            " where not exists (select from vault.key_version)",
            (fingerprint(later_key(settings, 1)),),
        )
        known = {row[0] for row in connection.execute("select act_id from vault.act").fetchall()}
        for act in acts:
            if act["act_id"] in known:
                continue
            _again(connection, settings, act)
            connection.execute(
                "update vault.act set replayed_at = clock_timestamp() where act_id = %s", (act["act_id"],)
            )
            done += 1
    return done


def _again(connection: psycopg.Connection, settings: Settings, act: dict[str, Any]) -> None:
    kind, who = act["kind"], (act["act_id"], act["association_id"])
    if kind == "rotate":
        _add(connection, settings, act)
        return
    _record(connection, act)
    if kind == "erase":
        connection.execute("select vault.put_to_rest(%s, %s, %s)", (*who, act["pseudonyms"]))
    elif kind == "withdraw_consent":
        day = act["withdrawn_on"]
        connection.execute(
            "select vault.note_withdrawal(%s, %s, %s, %s::date)", (*who, act["pseudonyms"], day)
        )
    elif kind == "link":
        connection.execute("select vault.make_one(%s, %s, %s, %s)", (*who, act["former"], act["present"]))
    elif kind == "retention":
        connection.execute("select vault.remove_rows(%s, %s, '{}', %s)", (*who, act["deliveries"]))
    elif kind == "retention_rule":
        connection.execute(
            "insert into vault.retention_rule (association_id, feed_id, years, decision_sv, act_id)"
            " values (%s, %s, %s, %s, %s) on conflict (feed_id, association_id) do update"
            " set years = excluded.years, decision_sv = excluded.decision_sv, act_id = excluded.act_id",
            (act["association_id"], act["feed_id"], act["years"], act["case_number"], act["act_id"]),
        )


def _add(connection: psycopg.Connection, settings: Settings, act: dict[str, Any]) -> int:
    """Every pseudonym in use under one key more; returns how many."""
    file = settings.secrets / person_keys.file_name(act["version"])
    key = later_key(settings, act["version"]) if file.exists() else b""
    if fingerprint(key) != act["fingerprint"]:
        raise AskedInVain(
            f"Nyckeln {file} saknas, eller är inte den som lades till. Lägg tillbaka den rätta."
        )
    _record(connection, act)
    in_use = connection.execute("select distinct u from vault.in_use() as u").fetchall()
    with connection.cursor().copy("copy vault.next_pseudonym from stdin") as copy:
        for (old,) in in_use:
            copy.write_row((old, next_pseudonym(key, old)))
    connection.execute("select vault.follow_key(%s, %s)", (act["version"], fingerprint(key)))
    connection.execute("update vault.act set row_count = %s where act_id = %s", (len(in_use), act["act_id"]))
    return len(in_use)


def _record(connection: psycopg.Connection, act: dict[str, Any]) -> None:
    connection.execute(
        "insert into vault.act (act_id, kind, association_id, case_number, ground_sv, reason_sv, person, recorded_at, detail)"
        " values (%(act_id)s, %(kind)s, %(association_id)s, %(case_number)s, %(ground_sv)s, %(reason_sv)s, %(person)s,"
        " %(recorded_at)s, %(detail)s)",
        {**act, "detail": Jsonb(act.get("detail", {}))},
    )


def _refuse_in_the_night(connection: psycopg.Connection) -> None:
    """Rows under the former key must not arrive while the others follow, and a build sees all of it or nothing."""
    if not all(locks.take_if_free(connection, lock) for lock in (locks.INTAKE, locks.BUILD)):
        raise AskedInVain("En mottagning eller ett bygge pågår. Lägg till nyckeln när det är klart.")
