"""The verbs for whoever sends files: `finsam template` and `finsam check`. Neither needs a database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion.command_line import DONE, REFUSED, WrongUse, show

if TYPE_CHECKING:
    import argparse

    from ingestion.settings import Settings


def declare(verb: Any) -> None:
    """Add the verbs. verb: makes one from its name, its function and its help."""
    checked = verb("check", check, "Skulle filen tas emot? Läser inte in något och behöver ingen databas.")
    checked.add_argument("file", type=Path, metavar="FIL", help="filen som ska prövas")
    checked.add_argument(
        "--feed",
        metavar="LEVERANS",
        help="vad filen är, till exempel member_fees; framgår av en fil i inkorgen",
    )
    checked.add_argument(
        "--association", metavar="FÖRBUND", help="förbundets kod, så att dess egna rubriker känns igen"
    )
    made = verb("template", template, "En tom leverans att fylla i, med anvisning.")
    made.add_argument(
        "feed", metavar="LEVERANS", help="till exempel member_fees, eller members för ett register"
    )
    made.add_argument(
        "--association", metavar="FÖRBUND", help="förbundets kod, så att mallen får dess egna rubriker"
    )
    made.add_argument(
        "--out", type=Path, default=Path(), metavar="MAPP", help="var filerna läggs (annars här)"
    )
    made.add_argument("--year", type=int, metavar="ÅÅÅÅ", help="året leveransen gäller (annars i år)")


def check(settings: Settings, options: argparse.Namespace) -> int:
    """Read the file and say what was found; then, when the gate's engine is loaded, what the verdict is."""
    from ingestion import trial
    from ingestion.refusal import readable

    if not options.file.is_file():
        raise WrongUse(f"Filen {readable(str(options.file))} finns inte.")
    inbox_association, inbox_feed = trial.place_of(settings, options.file)
    association = options.association or inbox_association
    feed_id = options.feed or inbox_feed
    if feed_id is None:
        raise WrongUse(_which_feed(settings, options.file, association))
    _known_feed(feed_id)
    tried = trial.read(settings, options.file, feed_id, association)
    if not options.json:
        print(tried.text_sv, flush=True)
    checked = tried.judge()
    show(options, checked, checked.verdict_sv)
    return DONE if checked.is_accepted else REFUSED


def template(settings: Settings, options: argparse.Namespace) -> int:
    """Write the template's files, or none where one of them is there already."""
    from ingestion import template as templates

    _known_feed(options.feed)
    try:
        made = templates.make(settings, options.feed, options.association, options.out, options.year)
    except templates.AlreadyThere as problem:
        raise WrongUse(str(problem)) from None
    show(options, made, made.text_sv)
    return DONE


def _known_feed(feed_id: str) -> None:
    from ingestion.feeds import all_feeds, member_feeds, reference_feeds

    if feed_id not in all_feeds():
        raise WrongUse(
            f"Leveransen {feed_id} finns inte. Förbundens leveranser: {', '.join(member_feeds())}. "
            f"Register och annat som ändras sällan: {', '.join(reference_feeds())}."
        )


def _which_feed(settings: Settings, file: Path, association: str | None) -> str:
    from ingestion import trial
    from ingestion.feeds import member_feeds

    fitting = trial.feeds_that_fit(settings, file, association)
    if not fitting:
        return (
            "Ange med --feed vad filen är. Dess rubriker passar ingen leverans; välj bland "
            f"{', '.join(member_feeds())}."
        )
    return "\n".join(
        ["Ange med --feed vad filen är. Rubrikerna passar:", *(f"  --feed {line}" for line in fitting)]
    )
