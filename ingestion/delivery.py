"""A delivery's identity, and finding delivered files: no database, no clock but the files' own times."""

from __future__ import annotations

import hashlib
import re
import stat
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.identity import year_in_name
from ingestion.privacy import masked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from ingestion.feed import Feed

STILL_SECONDS = 2.0
POLL_SECONDS = 0.5
LARGEST_FILE = 4 * 1024**3
_TEMPORARY = re.compile(r"^(\.|~\$)|\.(tmp|temp|part|partial|crdownload|swp)$|~$", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """A file in an inbox. why_not_sv: the reason it is left alone, or None if it is to be taken in."""

    path: Path
    association_id: str
    why_not_sv: str | None = None

    @property
    def shown_name(self) -> str:
        """The file's name, safe to print and keep: no control characters, nobody's number, at most 120 characters."""
        return masked("".join(c if c.isprintable() else "?" for c in self.path.name))[:120]


def delivery_id(feed: Feed, found: Found, content_id: str) -> str:
    """16 hex digits from what was delivered and where: the same bytes in the same inbox are the same delivery.

    Where only the file's name says which year it is for, the same bytes under another year are another one.
    """
    year = year_in_name(found.path.stem) if feed.period == "file_name" else None
    identified = "|".join(filter(None, (feed.id, found.association_id, content_id, year)))
    return hashlib.sha256(identified.encode()).hexdigest()[:16]


def find(folders: Iterable[tuple[str, Path]]) -> list[Found]:
    """All files of the given (association, folder) inboxes in a steady order, unfit ones marked with why."""
    found = [
        Found(path, association_id, _unfit(path))
        for association_id, folder in folders
        if folder.is_dir() and not folder.is_symlink()
        for path in sorted(folder.iterdir())
    ]
    growing = _growing([one.path for one in found if one.why_not_sv is None])
    return [
        Found(one.path, one.association_id, "växer fortfarande; tas nästa gång")
        if one.path in growing
        else one
        for one in found
    ]


def inboxes(landing: Path, feed: Feed) -> Iterator[tuple[str, Path]]:
    """Each association's folder for that feed."""
    for association in sorted(landing.glob("*")):
        if association.is_dir() and not association.is_symlink():
            yield association.name, association / feed.id


def _unfit(path: Path) -> str | None:
    if _TEMPORARY.search(path.name):
        return "dold eller tillfällig fil"
    details = path.lstat()
    if not stat.S_ISREG(details.st_mode):
        return "ingen vanlig fil (länk, mapp eller rör)"
    if details.st_size > LARGEST_FILE:
        return "för stor (över 4 GB)"
    return None


def _growing(paths: list[Path]) -> set[Path]:
    """Files touched a moment ago whose size or time still changes between two looks."""
    young = [path for path in paths if time.time() - path.stat().st_mtime < STILL_SECONDS]
    if not young:
        return set()
    before = {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in young}
    time.sleep(POLL_SECONDS)
    return {
        path
        for path in young
        if not path.exists() or before[path] != (path.stat().st_size, path.stat().st_mtime_ns)
    }
