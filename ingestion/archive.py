"""What is kept of an accepted file: its bytes, or for personal feeds the sender's cells without the personal columns."""

from __future__ import annotations

import gzip
import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ingestion.binding import HeaderAlias
    from ingestion.feed import Feed


def keep(
    path: Path,
    archive: Path,
    feed: Feed,
    association_id: str,
    delivery_id: str,
    aliases: Mapping[str, HeaderAlias],
) -> Path:
    """Write the archived copy under our own id, once; a copy cut short by a kill is made again. Returns its path.

    The original name never becomes a path: it may hold anything.
    """
    folder = archive / association_id / feed.id
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{delivery_id}{'.csv' if feed.is_personal else path.suffix.lower()}.gz"
    if kept.exists():
        return kept
    fresh = kept.with_suffix(".new")
    with fresh.open("wb") as out:
        with gzip.GzipFile(fileobj=out, mode="wb", mtime=0, filename="", compresslevel=6) as packed:
            if feed.is_personal:
                _write_without_persons(path, feed, aliases, packed)
            else:
                with path.open("rb") as original:
                    shutil.copyfileobj(original, packed, 1 << 20)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(kept)
    return kept


def _write_without_persons(
    path: Path, feed: Feed, aliases: Mapping[str, HeaderAlias], out: gzip.GzipFile
) -> None:
    import pyarrow as pa
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
            columns = [block.table.column("_row_number"), *(block.table.column(str(at)) for at in kept)]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
