"""What is kept of an accepted file: its bytes, or for personal feeds the sender's cells without the personal columns.

The archive is kept to be read again, not to be opened by people: cells stand verbatim, formula text too, under our own
ids and compressed. What people are given is escaped where it is written (escaping.py).
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
from typing import TYPE_CHECKING, Any

from ingestion import faults

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from ingestion.binding import HeaderAlias
    from ingestion.feed import Feed
    from ingestion.manifest import Manifest
    from ingestion.pinned import PinnedDelivery

_READ_BYTES = 1 << 20
_READ_ONLY = 0o400


class ArchiveBroken(OSError):
    """What was written could not be read back as it was: the disk, not the delivery."""


def keep(
    pinned: PinnedDelivery,
    archive: Path,
    feed: Feed,
    association_id: str,
    delivery_id: str,
    aliases: Mapping[str, HeaderAlias],
    manifest: Manifest | None = None,
    erased: frozenset[int] = frozenset(),
) -> Path:
    """Write the archived copy under our own id, once; a copy cut short by a kill is made again. Returns its path.

    erased: rows of a personal file that are no longer to be kept.

    The original name never becomes a path: it may hold anything. A manifest is kept beside it. Raises Disturbed where
    the file is no longer the one that was read, and then keeps nothing.
    """
    path = pinned.file.path
    folder = archive / association_id / feed.id
    folder.mkdir(parents=True, exist_ok=True)
    suffix = path.suffix.lower() if path.suffix.lower() in feed.suffixes else ".bin"
    kept = folder / f"{delivery_id}{'.csv' if feed.is_personal else suffix}.gz"
    if manifest is not None:
        record = manifest.record(feed.is_personal)
        _write(folder / f"{delivery_id}.manifest.csv.gz", lambda out: _write_manifest(record, out), pinned)
        if pinned.manifest is None:
            return folder / f"{delivery_id}.manifest.csv.gz"
    if feed.is_personal:
        _write(kept, lambda out: _write_without_persons(path, feed, aliases, erased, out), pinned)
    else:
        _write(kept, lambda out: _copy(path, out), pinned)
    return kept


def _write(kept: Path, write: Callable[[_Hashed], None], pinned: PinnedDelivery) -> None:
    """Write, verify and only then give the copy its name: fsynced, read back, read-only."""
    if kept.exists():
        return
    fresh = kept.with_suffix(".new")
    try:
        with fresh.open("wb") as out:
            with gzip.GzipFile(fileobj=out, mode="wb", mtime=0, filename="", compresslevel=6) as packed:
                hashed = _Hashed(packed)
                write(hashed)
            out.flush()
            os.fsync(out.fileno())
        faults.point("archive.written")
        pinned.check()
        if _digest(fresh) != hashed.digest.hexdigest():
            raise ArchiveBroken(f"Det arkiverade exemplaret {kept.name} gick inte att läsa tillbaka.")
        fresh.chmod(_READ_ONLY)
        fresh.replace(kept)
        faults.point("archive.named")
    finally:
        fresh.unlink(missing_ok=True)
    _sync_folder(kept.parent)


class _Hashed(io.RawIOBase):
    """Passes bytes on to a file and hashes them on the way."""

    def __init__(self, out: gzip.GzipFile) -> None:
        self._out, self.digest = out, hashlib.sha256()

    def writable(self) -> bool:
        """Arrow's writer asks."""
        return True

    def write(self, data: Any) -> int:
        """As any file's."""
        self.digest.update(data)
        self._out.write(data)
        return len(data)


def _digest(packed: Path) -> str:
    with gzip.open(packed, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy(path: Path, out: _Hashed) -> None:
    with path.open("rb") as original:
        while block := original.read(_READ_BYTES):
            out.write(block)


def _write_manifest(record: Mapping[str, object], out: _Hashed) -> None:
    """What was said, under our own column names; its own bytes could hold the bare hash of a file about persons."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(record)
    writer.writerow(record.values())
    out.write(text.getvalue().encode())


def forget(archive: Path, feed: Feed, association_id: str, delivery_id: str, rows: frozenset[int]) -> int:
    """Take rows out of the archived copy of a personal file; returns how many were there. Safe to run again."""
    kept = archive / association_id / feed.id / f"{delivery_id}.csv.gz"
    if not kept.exists():
        return 0
    wanted = {str(row) for row in rows}
    fresh, found = kept.with_suffix(".new"), 0
    try:
        # cells hold line breaks where their senders wrote them: lines are no rows
        with (
            gzip.open(kept, "rt", encoding="utf-8", newline="") as old,
            gzip.open(fresh, "wt", encoding="utf-8", newline="") as new,
        ):
            writer = csv.writer(new, delimiter=";", lineterminator="\n")
            for cells in csv.reader(old, delimiter=";"):
                if cells and cells[0] in wanted:
                    found += 1
                else:
                    writer.writerow(cells)
        if found:
            fresh.chmod(_READ_ONLY)
            fresh.replace(kept)
    finally:
        fresh.unlink(missing_ok=True)
    return found


def _write_without_persons(
    path: Path, feed: Feed, aliases: Mapping[str, HeaderAlias], erased: frozenset[int], out: _Hashed
) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv as arrow_csv

    from ingestion.binding import bind
    from ingestion.readers import read

    table = read(path, feed, aliases)
    binding = bind(table.header, feed, aliases, table.header_row)
    personal = {
        binding.positions[c.name] for c in feed.columns if c.is_personal and c.name in binding.positions
    }
    kept = [at for at in range(len(table.header)) if at not in personal]
    schema = pa.schema([("rad", pa.int32()), *((f"{table.header[at]}", pa.string()) for at in kept)])
    with arrow_csv.CSVWriter(out, schema, write_options=arrow_csv.WriteOptions(delimiter=";")) as writer:
        for block in table.blocks:
            sent = block.table
            if erased:
                is_erased = pc.is_in(sent.column("_row_number"), pa.array(sorted(erased), pa.int32()))
                sent = sent.filter(pc.invert(is_erased))
            columns = [sent.column("_row_number"), *(sent.column(str(at)) for at in kept)]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
