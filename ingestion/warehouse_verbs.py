"""The verbs for whoever keeps the warehouse: `finsam warehouse backup`, `restore` and `guard`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.command_line import DONE, WrongUse, show

if TYPE_CHECKING:
    import argparse

    from ingestion.settings import Settings

ACTIONS = ("backup", "restore", "guard")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Do it. Raises WrongUse, BackupBroken, WarehouseUnavailable."""
    if options.with_secrets and options.action != "backup":
        raise WrongUse("--with-secrets hör till `finsam warehouse backup`.")
    if options.action == "guard":
        return _guard(settings, options)
    if len(options.rest) != 1:
        raise WrongUse(f"Ange en mapp: `finsam warehouse {options.action} MAPP`.")
    from ingestion.warehouse import backup

    folder = Path(options.rest.pop()).absolute()
    done: backup.Manifest | backup.Restored
    if options.action == "backup":
        done = backup.backup(settings, folder, options.with_secrets)
    else:
        done = backup.restore(settings, folder)
    show(options, done, done.summary_sv)
    return DONE


def _guard(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion.warehouse import watchdog

    ended = watchdog.end_overdue(settings)
    show(options, ended, "\n".join(one.line_sv for one in ended) or "Ingen läsare är över gränsen.")
    return DONE
