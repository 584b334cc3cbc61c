"""A delivered file held still: is the file under its name the one that was opened, from the first look to the last.

A file is read several times (hashed, surveyed, read, archived), and whoever delivers may replace or append to it
meanwhile. Size, times, device and inode tell; the change time cannot be set by hand.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_WHY_SV = {
    errno.ENOENT: "försvann innan den hann läsas",
    errno.EACCES: "går inte att läsa: lagret har inte rätt till filen. Ge den som kör lagret läsrätt",
    errno.EPERM: "går inte att läsa: lagret har inte rätt till filen. Ge den som kör lagret läsrätt",
    errno.ELOOP: "är en länk; lägg filen själv här",
}


class Disturbed(Exception):
    """The file is not, or no longer, the regular file that was found; the message says why, in Swedish."""


@dataclass(frozen=True)
class Pinned:
    """A regular file as it was when it was opened."""

    path: Path
    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    def check(self) -> None:
        """Raises Disturbed where the name now leads to another file, or the file was written to since."""
        try:
            now = os.lstat(self.path)
        except OSError as problem:
            raise Disturbed(why_sv(problem)) from None
        if _facts(now) != (self.device, self.inode, self.size, self.mtime_ns, self.ctime_ns):
            raise Disturbed("ändrades medan den lästes; tas nästa gång")

    def take_away(self) -> bool:
        """Remove the file from the inbox, unless another now has its name. True where nothing of it is left.

        It is moved aside first, so that what is judged is what is removed: between a look and a removal by name
        another file can take the name. What is not ours is put back.
        """
        aside = self.path.with_name(f".{uuid.uuid4().hex}.taken")
        try:
            self.check()
            self.path.rename(aside)
            if _facts(os.lstat(aside))[:4] != (self.device, self.inode, self.size, self.mtime_ns):
                _put_back(aside, self.path)
                return False
            aside.unlink()
        except (Disturbed, OSError):
            return not os.path.lexists(self.path)
        return True


class PinnedDelivery:
    """A file and the manifest beside it, both held still. Raises as `pin` does."""

    def __init__(self, path: Path, manifest_path: Path | None = None) -> None:
        self.file = pin(path)
        self.manifest = None if manifest_path is None or manifest_path == path else pin(manifest_path)

    @property
    def size(self) -> int:
        """The file's size in bytes."""
        return self.file.size

    @property
    def unread_id(self) -> str:
        """What a file is called whose bytes are not to be read."""
        told = f"unread|{self.file.size}|{self.file.mtime_ns}|".encode() + os.fsencode(self.file.path.name)
        return hashlib.sha256(told).hexdigest()

    def check(self) -> None:
        """Raises Disturbed where either was touched since."""
        self.file.check()
        if self.manifest is not None:
            self.manifest.check()

    def take_away(self) -> bool:
        """Remove both from the inbox; the manifest only if its file could go. True where nothing is left."""
        return self.file.take_away() and (self.manifest is None or self.manifest.take_away())


def pin(path: Path) -> Pinned:
    """Open the file without following a link or waiting for a pipe, and note which it is.

    Raises Disturbed where it is no regular file, and OSError where it cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as problem:
        if problem.errno == errno.ELOOP:
            raise Disturbed(why_sv(problem)) from None
        raise
    try:
        found = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    if not stat.S_ISREG(found.st_mode):
        raise Disturbed("är ingen vanlig fil")
    return Pinned(path, *_facts(found))


def why_sv(problem: OSError) -> str:
    """Why a file could not be read, for the one who delivers or keeps the warehouse."""
    return _WHY_SV.get(problem.errno or 0, f"går inte att läsa ({os.strerror(problem.errno or errno.EIO)})")


def _facts(details: os.stat_result) -> tuple[int, int, int, int, int]:
    return details.st_dev, details.st_ino, details.st_size, details.st_mtime_ns, details.st_ctime_ns


def _put_back(aside: Path, path: Path) -> None:
    """Give a file its name again; where a third has the name by now, it keeps one of its own beside it."""
    try:
        os.link(aside, path)
    except FileExistsError:
        aside.rename(path.with_name(f"{uuid.uuid4().hex}{path.suffix}"))
    else:
        aside.unlink()
