"""After a restore: which deliveries came after the backup, and their files back in the inboxes to be received again."""

from __future__ import annotations

import gzip
import shutil
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingestion import delivery as deliveries
from ingestion.feeds import member_feeds
from ingestion.warehouse import connection as connections
from ingestion.warehouse.embedded import WarehouseUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    from ingestion.settings import Settings

_MANIFEST_ENDING = ".manifest.csv"


@dataclass(frozen=True)
class Lost:
    """What could still be read of the database that a restore replaces. names: delivery -> what its file was called."""

    token: int = 0
    names: dict[str, str] = field(default_factory=dict)


def lost_timeline(settings: Settings) -> Lost:
    """The token and the deliveries of what stands; nothing where it cannot be asked any more."""
    import psycopg

    try:
        with connections.open_target(connections.admin_target(settings)) as connection:
            row = connection.execute("select token from ops.fence where name = 'build'").fetchone()
            names = connection.execute("select delivery_id, file_name from ops.delivery").fetchall()
    except (WarehouseUnavailable, psycopg.Error):
        return Lost()
    return Lost(int(row[0]) if row else 0, dict(names))


def put_back(settings: Settings, known: set[str], lost: Lost) -> tuple[list[str], list[str]]:
    """Copies of archived files of deliveries the database does not know go back to their inboxes.

    Returns those put back, and those whose sender has to deliver again: of personal files the archive keeps no
    original, and where a file's name said its year and nobody remembers it, the year is gone.
    """
    back, gone = [], []
    for feed in member_feeds().values():
        for kept in sorted(settings.archive.glob(f"*/{feed.id}/*.gz")):
            delivery_id, _, ending = kept.name.removesuffix(".gz").partition(".")
            if delivery_id in known or f".{ending}" == _MANIFEST_ENDING:
                continue
            association = kept.parent.parent.name
            name = lost.names.get(delivery_id)
            if feed.is_personal or (name is None and feed.period == "file_name"):
                gone.append(f"{association}/{feed.id}/{name or delivery_id}")
                continue
            file = settings.landing / association / feed.id / (name or f"{delivery_id}.{ending}")
            try:
                _unpack_manifest(kept, delivery_id, file)
                _unpack(kept, file)
            except (OSError, EOFError, zlib.error):  # the archive lost it: the sender still has it
                gone.append(f"{association}/{feed.id}/{name or delivery_id}")
                continue
            back.append(f"{association}/{feed.id}/{name or delivery_id}")
    return back, gone


def _unpack_manifest(kept: Path, delivery_id: str, file: Path) -> None:
    manifest = kept.with_name(f"{delivery_id}{_MANIFEST_ENDING}.gz")
    if manifest.exists():
        _unpack(manifest, file.with_name(f"{file.name}{deliveries.MANIFEST_ENDING}"))


def _unpack(kept: Path, to: Path) -> None:
    """Whole or not at all; a file that already lies there under the name is somebody's newer one and stays."""
    if to.exists():
        return
    to.parent.mkdir(parents=True, exist_ok=True)
    fresh = to.with_name(f".{to.name}.restored")
    try:
        with gzip.open(kept, "rb") as packed, fresh.open("wb") as out:
            shutil.copyfileobj(packed, out)
        fresh.replace(to)
    finally:
        fresh.unlink(missing_ok=True)
