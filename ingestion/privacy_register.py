"""What was done with persons, kept in a file beside the database: a restore from an older backup does it again.

A line per act, with keyed pseudonyms and never a number. The file is readable by its owner only and is never shortened.
"""

from __future__ import annotations

import json
import os
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ingestion import clock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ingestion.settings import Settings

FOLDER, FILE = "privacy", "acts.jsonl"


def file_of(settings: Settings) -> Path:
    """Where the register lies; what is lost there is lost to every restore, so it has a copy elsewhere."""
    return settings.home / FOLDER / FILE


def new_id() -> str:
    """What an act is called, in the database and here."""
    return uuid.uuid4().hex[:16]


def act_of(
    act_id: str,
    kind: str,
    *,
    association_id: str,
    case_number: str,
    reason_sv: str,
    person: str,
    ground_sv: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One line of the register: what a restore needs to do it again."""
    return {
        "act_id": act_id,
        "kind": kind,
        "association_id": association_id,
        "case_number": case_number,
        "ground_sv": ground_sv or None,
        "reason_sv": reason_sv,
        "person": person,
        "recorded_at": datetime.now(clock.SWEDEN).isoformat(),
        **more,
    }


def append(settings: Settings, act: Mapping[str, Any]) -> None:
    """Enter one act, on disk when this returns."""
    file = file_of(settings)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = json.dumps(act, ensure_ascii=False, sort_keys=True, default=str) + "\n"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def acts(*homes: Path) -> list[dict[str, Any]]:
    """Every act in the registers of those homes, once, the oldest register first. One cut off in writing never took place."""
    found: dict[str, dict[str, Any]] = {}
    for home in homes:
        file = home / FOLDER / FILE
        for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
            try:
                act = json.loads(line)
            except ValueError:
                continue
            found.setdefault(act["act_id"], act)
    return list(found.values())
