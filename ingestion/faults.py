"""Places where a test may end or halt this process, to see what an interruption leaves. Off in production.

`FINSAM_FAULT_AT=name:count` ends the process by SIGKILL at the count-th passing of the point; `name:count:halt` stops it
there (SIGSTOP) until somebody lets it go on. `*` stands for every point, `trace` only writes what is passed into
`fault_points.txt` in the home. Refused unless the home holds the file `.fault-injection-allowed`.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingestion.settings import SettingsProblem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ingestion.settings import Settings

ALLOWED = ".fault-injection-allowed"
TRACE, ANY = "trace", "*"


@dataclass
class _Armed:
    """name: the point, or `*`. left: passings until it strikes. trace: where passings are written instead."""

    name: str
    left: int
    signal: int
    trace: Path | None = None

    def passing(self, name: str) -> None:
        if self.trace is not None:
            with self.trace.open("a") as out:
                out.write(f"{name}\n")
            return
        if self.name in (ANY, name):
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), self.signal)


_armed: _Armed | None = None


def arm(settings: Settings) -> None:
    """Do as `settings.fault_at` says from here on. Raises SettingsProblem where the home does not allow it."""
    global _armed  # noqa: PLW0603 - a process ends once
    _armed = None
    if settings.fault_at is None:
        return
    if not (settings.home / ALLOWED).is_file():
        raise SettingsProblem(
            f"FINSAM_FAULT_AT avbryter körningen med flit och är till för prov. Ta bort den; {settings.home} är inget "
            "provhem."
        )
    name, _, rest = settings.fault_at.partition(":")
    count, _, how = rest.partition(":")
    if (name != TRACE and not count.isdigit()) or how not in ("", "halt"):
        raise SettingsProblem("FINSAM_FAULT_AT skrivs namn:antal, namn:antal:halt eller trace.")
    trace = settings.home / "fault_points.txt" if name == TRACE else None
    _armed = _Armed(name, int(count or 0), signal.SIGSTOP if how else signal.SIGKILL, trace)


def point(name: str) -> None:
    """A place where work may be cut off."""
    if _armed is not None:
        _armed.passing(name)


def dbt_callbacks() -> list[Callable[[Any], None]]:
    """For dbtRunner: each node's start and end is a point, `dbt.start.<node>` and `dbt.end.<node>`."""
    return [_node] if _armed is not None else []


def _node(event: Any) -> None:
    if (kind := {"NodeStart": "start", "NodeFinished": "end"}.get(event.info.name)) is not None:
        point(f"dbt.{kind}.{event.data.node_info.node_name}")
