"""Rows of an archived delivery as its sender wrote them, for whoever asks where a figure comes from.

Never a personal column, and no free text that may name people: of a SIE file only the words before it.
"""

from __future__ import annotations

import csv
import gzip
import re
import shutil
import tempfile
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.escaping import one_line
from ingestion.feeds import all_feeds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ingestion.binding import HeaderAlias
    from ingestion.feed import Feed
    from ingestion.readers.table import TextTable
    from ingestion.settings import Settings

LARGEST = 30_000_000
"""Bytes of a delivered file beyond which its rows are not looked up: an answer is wanted in seconds."""
_SIE_SUFFIXES = (".se", ".si", ".sie")
_SIE_FIGURES = re.compile(
    r"\s*#(?:(?:TRANS|RTRANS|BTRANS)\s+\S+\s+\{[^{}]*\}\s+\S+(?:\s+\"?\d{8}\"?)?"
    r"|(?:IB|UB|RES)\s+\S+\s+\S+\s+\S+|(?:PSALDO|OIB|OUB|PBUDGET)(?:\s+(?:\S+|\{[^{}]*\})){1,5})"
)


def shown(
    settings: Settings, feed_id: str, association_id: str, delivery_id: str, row_numbers: Collection[int]
) -> dict[int, str]:
    """Row number -> the row as text; none where the archive has no copy, or one too large to look through."""
    feed = all_feeds().get(feed_id)
    folder = settings.archive / association_id / feed_id
    kept = [file for file in folder.glob(f"{delivery_id}.*.gz") if ".manifest." not in file.name]
    if feed is None or not kept or not row_numbers:
        return {}
    try:
        if kept[0].stat().st_size * 4 > LARGEST:
            return {}
        wanted = set(row_numbers)
        found = {
            number: one_line(text)
            for number, text in _rows(settings, feed, association_id, kept[0], max(wanted))
            if number in wanted
        }
    except (OSError, EOFError, ValueError):
        return {}  # the figure is explained all the same; the nightly proof of the archive is another's task
    return dict(sorted(found.items()))


def _rows(
    settings: Settings, feed: Feed, association_id: str, kept: Path, last: int
) -> Iterator[tuple[int, str]]:
    suffix = Path(kept.stem).suffix
    if suffix in _SIE_SUFFIXES and not feed.is_personal:
        yield from _sie(kept, last)
        return
    from ingestion import reference

    association = reference.associations(settings, only=association_id).get(association_id)
    aliases = association.aliases(feed.id) if association else {}
    if feed.is_personal:
        yield from _without_persons(feed, kept, aliases, last)
    else:
        yield from _table(feed, kept, suffix, aliases, last)


def _sie(kept: Path, last: int) -> Iterator[tuple[int, str]]:
    with gzip.open(kept, "rt", encoding="cp437", newline=None) as lines:
        for number, line in enumerate(islice(lines, last), start=1):
            figures = _SIE_FIGURES.match(line)
            if figures:
                rest = line[figures.end() :].strip()
                yield number, figures[0].strip() + (" …" if rest else "")


def _without_persons(
    feed: Feed, kept: Path, aliases: dict[str, HeaderAlias], last: int
) -> Iterator[tuple[int, str]]:
    """The archived copy of a personal feed: the sender's cells without the personal columns, each row's number first."""
    from ingestion.binding import known_headers, normalise_header

    known = known_headers(feed, aliases)
    hidden = {column.name for column in feed.columns if not column.is_shown}
    with gzip.open(kept, "rt", encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines, delimiter=";")
        names = next(rows)
        at = [n for n, name in enumerate(names) if n and known.get(normalise_header(name)) not in hidden]
        for cells in rows:
            if int(cells[0]) > last:
                return
            yield int(cells[0]), _named([names[n] for n in at], [cells[n] for n in at])


def _table(
    feed: Feed, kept: Path, suffix: str, aliases: dict[str, HeaderAlias], last: int
) -> Iterator[tuple[int, str]]:
    from ingestion.readers import read
    from ingestion.readers.table import DeliveryUnreadable

    with tempfile.TemporaryDirectory(prefix="finsam-read-") as folder:
        copy = Path(folder) / f"delivery{suffix}"
        with gzip.open(kept, "rb") as packed, copy.open("wb") as plain:
            shutil.copyfileobj(packed, plain)
        try:
            table = read(copy, feed, aliases, unpivoted=False)
            at = _shown_columns(table, feed, aliases)
            for block in table.blocks:
                numbers = block.table.column("_row_number").to_pylist()
                columns = [block.table.column(str(where)).to_pylist() for where in at]
                for number, *cells in zip(numbers, *columns, strict=True):
                    yield number, _named([table.header[where] for where in at], cells)
                if numbers and numbers[-1] >= last:
                    return
        except DeliveryUnreadable:
            return  # read by an earlier version of the contract: the row numbers still say where to look


def _shown_columns(table: TextTable, feed: Feed, aliases: dict[str, HeaderAlias]) -> list[int]:
    """Where the columns stand that may be shown. Of a table with a column per year those of the years are no contract's."""
    from ingestion.binding import bind, known_headers, normalise_header

    if not table.is_wide:
        positions = bind(table.header, feed, aliases, table.header_row).positions
        return [where for name, where in positions.items() if feed.column(name).is_shown]
    known = known_headers(feed, aliases)
    hidden = {column.name for column in feed.columns if not column.is_shown}
    return [at for at, text in enumerate(table.header) if known.get(normalise_header(text)) not in hidden]


def _named(names: Sequence[str], cells: Sequence[str | None]) -> str:
    return "; ".join(
        f"{name}: {cell}" if name else cell for name, cell in zip(names, cells, strict=False) if cell
    )
