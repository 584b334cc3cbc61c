"""The verb `finsam diff`: what differs between two publications, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingestion.command_line import DONE, WrongUse, show

if TYPE_CHECKING:
    import argparse

    from ingestion.settings import Settings


def declare(verb: Any) -> None:
    """Add the verb. verb: makes one from its name, its function and its help."""
    made = verb("diff", diff, "Vilka siffror som skiljer mellan två generationer, hur mycket och varför.")
    made.add_argument("first", type=int, metavar="FRÅN", help="generationens nummer, det som visas först")
    made.add_argument("last", type=int, metavar="TILL", help="generationen den jämförs med")
    made.add_argument("--association", action="append", metavar="FÖRBUND", help="bara det; ange fler igen")
    made.add_argument("--mart", metavar="TABELL", help="bara den tabellen")
    eyes = made.add_mutually_exclusive_group()
    eyes.add_argument("--internal", action="store_true", help="också marts_internal (under sekretess)")
    eyes.add_argument("--login", metavar="INLOGGNING", help="bara det som den inloggningen får läsa")


def diff(settings: Settings, options: argparse.Namespace) -> int:
    """Compare two generations and say what differs."""
    from ingestion.warehouse import diff as differences

    asked = differences.Asked(
        options.first,
        options.last,
        tuple(sorted(set(options.association))) if options.association else None,
        options.mart,
        ("public", "internal") if options.internal else ("public",),
    )
    try:
        found = differences.compare(settings, asked, options.login)
    except differences.NotFound as problem:
        raise WrongUse(str(problem)) from None
    show(options, found, differences.as_text(found))
    return DONE
