"""The verb `finsam rebuild`: a past night again, beside what was published then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingestion.command_line import DONE, REFUSED, WrongUse, show

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from ingestion.settings import Settings


def declare(verb: Any, begin: Callable[[Settings], str]) -> None:
    """Add the verb. verb: makes one from its name, its function and its help; begin: readies the warehouse, names the run."""

    def run(settings: Settings, options: argparse.Namespace) -> int:
        from ingestion import rebuilding

        try:
            rebuilt = rebuilding.rebuild(settings, options.generation, begin(settings))
        except rebuilding.NotRebuildable as problem:
            raise WrongUse(str(problem)) from None
        show(options, rebuilt, rebuilt.summary_sv)
        return DONE if rebuilt.is_same else REFUSED

    made = verb(
        "rebuild", run, "Bygg om en gången natt ur sina underlag och jämför med det som publicerades."
    )
    made.add_argument("generation", type=int, metavar="NUMMER", help="generationens nummer")
