"""The verb for whoever wonders why nothing happens: `finsam locks`, who holds what, and how to let go of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingestion.command_line import DONE, WrongUse, show

if TYPE_CHECKING:
    import argparse

    from ingestion.settings import Settings


def declare(verb: Any) -> None:
    """Add the verb. verb: makes one from its name, its function and its help."""
    locks = verb("locks", _locks, "Vem som håller lås för mottagning och bygge, och sedan när.")
    locks.add_argument(
        "--release",
        metavar="LÅS",
        help="avsluta den som håller låset, till exempel finsam.build; det den inte hunnit klart görs ogjort",
    )


def _locks(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion.warehouse import locks, migrations

    migrations.check(settings)
    if options.release is None:
        found = locks.held(settings)
        show(options, found, locks.lines_sv(found))
        return DONE
    ended = locks.end_holders(settings, options.release)
    if not ended:
        raise WrongUse(f"Ingen håller {options.release}. `finsam locks` visar vad som hålls.")
    show(options, ended, "\n".join(f"Avslutad: {one.line_sv}" for one in ended))
    return DONE
