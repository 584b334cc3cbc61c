"""A delivery's identity, and finding delivered files: no database, no clock but the files' own times."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingestion.escaping import one_line
from ingestion.identity import year_in_name
from ingestion.pinned import why_sv
from ingestion.privacy import looks_personal, masked
from ingestion.readers.table import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from ingestion.feed import Feed

STILL_SECONDS = 2.0
"""A file touched more recently than this is watched until it has been at rest for so long."""
POLL_SECONDS = 0.5
LARGEST_FILE = 4 * 1024**3
MANIFEST_ENDING = ".manifest.csv"
_LONGEST_NAME = 120
_TEMPORARY = re.compile(
    r"^(?:\.|~\$|~wrl)|\.(?:tmp|temp|part|partial|filepart|crdownload|download|swp|lock)$|~$"
    r"|^(?:thumbs\.db|ehthumbs\.db|desktop\.ini|icon\r|__macosx|@eadir)$",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"((?:lösenord|password|passwd|pwd|token|secret|api[-_]?key)[=:_ -]+|[?&;]?sig=)([^ ;&]{4,}?)(?=\.[a-z]{1,5}\b|[ ;&]|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Found:
    """A file in an inbox.

    why_not_sv: the reason it is not taken in, or None if it is to be; is_refused: it should not lie here at all, and
    somebody must do something. fault: it is refused as a delivery without being read. manifest_path: the manifest
    beside it; a manifest that is a delivery of its own (nothing to deliver) is its own manifest.
    """

    path: Path
    association_id: str
    why_not_sv: str | None = None
    is_refused: bool = False
    fault: Fault | None = None
    manifest_path: Path | None = None

    @property
    def shown_name(self) -> str:
        """The file's name, safe to print and keep."""
        return shown_name(self.path.name)


def shown_name(name: str) -> str:
    """A name as it may stand anywhere: one line, nothing invisible, nobody's number, no password, 120 characters."""
    return _SECRET.sub(r"\1••••", masked(one_line(name)))[:_LONGEST_NAME]


def is_manifest(path: Path) -> bool:
    """True for the name of a manifest: `<the file's own name>.manifest.csv`, or any such name without a file."""
    return path.name.lower().endswith(MANIFEST_ENDING)


def of_file(path: Path) -> Found:
    """One file as it would be found in an inbox, with the manifest beside it; a manifest given alone is its own."""
    beside = {one.path: one for one in _of_inbox("", path.parent)}
    return beside.get(path) or Found(path, "", manifest_path=path if is_manifest(path) else None)


def delivery_id(feed: Feed, found: Found, content_id: str, said: str | None = None) -> str:
    """16 hex digits from what was delivered and where: the same bytes in the same inbox are the same delivery.

    Where only the file's name says which year it is for, the same bytes under another year are another one.
    said: what only the manifest says of it (the year, or what nothing was delivered for), part of it in the same way.
    A manifest that says the same as the rows is no part of it: the same bytes with another manifest are known. A file that
    waits because of its name is another one when it comes under a name that may be shown.
    """
    named = "named for a person" if looks_personal(found.path.name) else None
    year = year_in_name(found.path.stem) if feed.period == "file_name" else None
    identified = "|".join(filter(None, (feed.id, found.association_id, content_id, year, said, named)))
    return hashlib.sha256(identified.encode()).hexdigest()[:16]


def find(folders: Iterable[tuple[str, Path]]) -> list[Found]:
    """All files of the given (association, folder) inboxes in a steady order, unfit ones marked with why."""
    found = listed(folders)
    watched = [
        path
        for one in found
        if one.why_not_sv is None and one.fault is None
        for path in (one.path, one.manifest_path)
        if path is not None
    ]
    growing = _growing(watched)
    return [
        replace(one, why_not_sv="växer fortfarande; tas nästa gång") if is_growing else one
        for one in found
        for is_growing in [one.path in growing or one.manifest_path in growing]
    ]


def listed(folders: Iterable[tuple[str, Path]]) -> list[Found]:
    """As `find`, without waiting to see whether a file still grows."""
    return [one for association_id, folder in folders for one in _of_inbox(association_id, folder)]


def inboxes(landing: Path, feed: Feed) -> Iterator[tuple[str, Path]]:
    """Each association's folder for that feed."""
    for association in sorted(landing.glob("*")):
        if association.is_dir() and not association.is_symlink():
            yield association.name, association / feed.id


def _of_inbox(association_id: str, folder: Path) -> list[Found]:
    """One inbox's files. An inbox that is a link or cannot be listed is itself what is found."""
    if folder.is_symlink():
        return [Found(folder, association_id, "inkorgen är en länk; gör en vanlig mapp av den", True)]
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as problem:
        return [Found(folder, association_id, f"inkorgen {why_sv(problem)}", True)]
    found = [_look(folder / name, association_id) for name in names]
    return _with_manifests([one for one in found if one is not None])


def _look(path: Path, association_id: str) -> Found | None:
    """One entry of an inbox; None where it vanished between the listing and the look."""
    if _TEMPORARY.search(path.name):
        return Found(path, association_id, "dold eller tillfällig fil")
    try:
        details = path.lstat()
    except FileNotFoundError:
        return None
    except OSError as problem:
        return Found(path, association_id, why_sv(problem), True)
    if not stat.S_ISREG(details.st_mode):
        what = _KINDS_SV.get(stat.S_IFMT(details.st_mode), "en enhet")
        return Found(path, association_id, f"är {what}, ingen vanlig fil; lägg filen själv här", True)
    if details.st_size > LARGEST_FILE:
        return Found(path, association_id, fault=_too_large(details.st_size))
    return Found(path, association_id)


_KINDS_SV = {
    stat.S_IFLNK: "en länk",
    stat.S_IFDIR: "en mapp",
    stat.S_IFIFO: "ett rör",
    stat.S_IFSOCK: "en sockel",
}


def _too_large(size: int) -> Fault:
    return Fault(
        "STR-025",
        None,
        None,
        None,
        f"En fil på högst {LARGEST_FILE / 1024**3:.0f} GB; filen är på {size / 1024**3:.1f} GB (TOO_LARGE) och har inte lästs.",
        "Se efter att det är rätt fil. Är den det: dela upp den, till exempel en fil per år.",
    )


# --- manifests ---


def _with_manifests(found: list[Found]) -> list[Found]:
    """Each file with the manifest beside it. A manifest goes with its file; one without a file stands by itself."""
    manifests = {one.path.name: one for one in found if is_manifest(one.path) and one.why_not_sv is None}
    unfit = {one.path.name for one in found if is_manifest(one.path) and one.why_not_sv is not None}
    if not manifests and not unfit:
        return found
    by_fold = _by_fold([*manifests, *unfit])
    alone = _by_fold([one.path.name for one in found if not is_manifest(one.path)])
    kept: list[Found] = []
    taken: set[str] = set()
    for one in found:
        if is_manifest(one.path):
            continue
        name = one.path.name + MANIFEST_ENDING
        if name not in manifests and name not in unfit and _fold(one.path.name) in alone:
            name = by_fold.get(_fold(name), "")
        if name in manifests:
            taken.add(name)
            kept.append(replace(one, manifest_path=manifests[name].path))
        elif name in unfit and one.why_not_sv is None:
            kept.append(replace(one, why_not_sv="dess följeblad går inte att läsa", is_refused=True))
        else:
            kept.append(one)
    kept += [replace(one, manifest_path=one.path) for name, one in manifests.items() if name not in taken]
    kept += [one for one in found if one.path.name in unfit]
    return sorted(kept, key=lambda one: one.path.name)


def _by_fold(names: Iterable[str]) -> Mapping[str, str]:
    """Folded name -> name, of those that no other folds to: a Mac decomposes å on the way, Windows knows no case."""
    folded: dict[str, list[str]] = {}
    for name in names:
        folded.setdefault(_fold(name), []).append(name)
    return {fold: alike[0] for fold, alike in folded.items() if len(alike) == 1}


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


# --- files on their way ---


def _growing(paths: list[Path]) -> set[Path]:
    """Files touched a moment ago that do not come to rest: any change between looks, until each has been still a while."""
    first = {path: look for path in paths if (look := _times(path)) is None or _age(look) < STILL_SECONDS}
    growing = {path for path, look in first.items() if look is None}
    ages = [_age(look) for look in first.values() if look is not None]
    if not ages:
        return growing
    wait = min(STILL_SECONDS, STILL_SECONDS - min(ages))
    until = time.monotonic() + wait
    while (left := until - time.monotonic()) > 0 and len(growing) < len(first):
        time.sleep(min(POLL_SECONDS, wait / 2, left))
        growing |= {path for path, look in first.items() if path not in growing and _times(path) != look}
    return growing


def _times(path: Path) -> tuple[int, int, int] | None:
    """Size and times; None where the file is gone."""
    try:
        details = path.lstat()
    except OSError:
        return None
    return details.st_size, details.st_mtime_ns, details.st_ctime_ns


def _age(look: tuple[int, int, int]) -> float:
    """Seconds since the file was last touched; the change time too, since a copy may set the other back."""
    return time.time() - max(look[1], look[2]) / 1e9
