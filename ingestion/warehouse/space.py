"""Is there room for what lies in the inboxes? Asked before a load: a full disk is a stopped server, a file can wait."""

from __future__ import annotations

import shutil
from collections import defaultdict
from typing import TYPE_CHECKING

from ingestion.settings import SettingsProblem
from ingestion.warehouse import embedded

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ingestion.settings import Settings

RESERVE_BYTES = 200 << 20
"""What must be left on each disk: a night's work tables, logs and archive."""
ROWS_TIMES, LOG_TIMES, ARCHIVE_TIMES = 6, 4, 1
"""How much room a file's rows take in tables, in the write-ahead log and in the archive, against its own size. Text takes
about twice its size as rows; a packed workbook more."""


class NoRoom(SettingsProblem):
    """No new file is taken in: a disk is too full. The message names it, in Swedish."""


def check(settings: Settings, files: Iterable[Path]) -> None:
    """Raises NoRoom where the files might not fit on our disks. A server elsewhere watches its own."""
    size = sum(_size(file) for file in files)
    wanted = [(settings.home, ARCHIVE_TIMES)]
    if settings.warehouse_url is None and (data := embedded.data_folder(settings)) is not None:
        wanted += [(data, ROWS_TIMES), ((data / "pg_wal").resolve(), LOG_TIMES)]
    disks: defaultdict[int, list[tuple[Path, int]]] = defaultdict(list)
    for folder, times in wanted:
        disks[folder.stat().st_dev].append((folder, times))
    for folders in disks.values():
        folder = folders[-1][0]
        needed = RESERVE_BYTES + size * sum(times for _folder, times in folders)
        free = shutil.disk_usage(folder).free
        if free < needed:
            raise NoRoom(
                f"Inga nya filer tas emot: disken med {folder} har {_megabytes(free)} ledigt och {_megabytes(needed)} "
                "behövs. Frigör plats och kör igen; filerna ligger kvar i inkorgen."
            )


def _size(file: Path) -> int:
    try:
        return file.lstat().st_size
    except FileNotFoundError:  # taken away meanwhile: the receiver says so
        return 0


def _megabytes(count: int) -> str:
    return f"{count / (1 << 20):.0f} MB"
