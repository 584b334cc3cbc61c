"""The verbs about what has been published: `as-of`, `rollback`, `release`, `board-date` and `fold`."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from ingestion import clock
from ingestion.command_line import DONE, WrongUse, show

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from ingestion.settings import Settings


def declare(
    verb: Any, run_id: Callable[[], str], ready: Callable[[Settings], None], ask: Callable[[], Any]
) -> None:
    """Add the verbs. verb: makes one from its name, its function and its help. ready: brings the warehouse up."""
    as_of = verb("as-of", partial(_as_of, ask), "Tabellen som den var publicerad en viss dag.")
    as_of.add_argument("date", metavar="DATUM", help="ÅÅÅÅ-MM-DD, eller ett generationsnummer")
    as_of.add_argument("mart", metavar="TABELL", help="till exempel own_capital")
    as_of.add_argument(
        "--login", metavar="INLOGGNING", help="läs som den inloggningen, med dess egna förbund (annars allt)"
    )
    back = verb(
        "rollback",
        partial(_rollback, run_id, ready, ask),
        "Publicera en äldre generations siffror på nytt, tills underlaget ändras eller du häver det.",
    )
    back.add_argument("generation", type=int, metavar="GENERATION", help="den som ska gälla igen")
    freed = verb(
        "release",
        partial(_release, run_id, ready, ask),
        "Häv en återställning; siffrorna byggs om vid nästa bygge.",
    )
    for decided in (back, freed):
        decided.add_argument(
            "--association",
            action="append",
            required=True,
            metavar="FÖRBUND",
            help="förbundet; ange fler med --association igen",
        )
        decided.add_argument("--reason", required=True, help="varför; sparas med beslutet")
    met = verb(
        "board-date",
        partial(_board_date, ready, ask),
        "Ett styrelsemöte: det som är publicerat då sparas alltid.",
    )
    met.add_argument("date", type=date.fromisoformat, metavar="ÅÅÅÅ-MM-DD", help="mötesdagen")
    met.add_argument("--association", default="*", metavar="FÖRBUND", help="förbundet (annars alla)")
    met.add_argument("--note", default="", help="till exempel vilket möte")
    for decided in (back, freed, met):
        decided.add_argument(
            "--login",
            required=True,
            metavar="INLOGGNING",
            help="din egen inloggning; beslutet fattas som den",
        )
    folded = verb(
        "fold",
        partial(_fold, run_id, ready),
        "Vik ihop äldre generationer; månadsslut och styrelsemöten sparas.",
    )
    folded.add_argument(
        "--keep-days", type=int, metavar="DAGAR", help="så många dagar sparas varje generation (400)"
    )


def _as_of(ask: Callable[[], Any], settings: Settings, options: argparse.Namespace) -> int:
    from ingestion.warehouse import history

    try:
        asked: date | int = int(options.date) if options.date.isdigit() else date.fromisoformat(options.date)
    except ValueError:
        raise WrongUse(
            f"”{options.date}” är varken ett datum (ÅÅÅÅ-MM-DD) eller ett generationsnummer."
        ) from None
    try:
        found = history.as_of(settings, asked, options.mart, options.login, ask())
    except history.NotFound as problem:
        raise WrongUse(str(problem)) from None
    show(options, found, history.as_text(found))
    return DONE


def _rollback(
    run_id: Callable[[], str],
    ready: Callable[[Settings], None],
    ask: Callable[[], Any],
    settings: Settings,
    options: argparse.Namespace,
) -> int:
    from ingestion.warehouse import rollback

    ready(settings)
    try:
        done = rollback.roll_back(
            settings, options.generation, options.association, options.reason, run_id(), options.login, ask()
        )
    except rollback.NotPossible as problem:
        raise WrongUse(str(problem)) from None
    show(options, done, done.summary_sv)
    return DONE


def _release(
    run_id: Callable[[], str],
    ready: Callable[[Settings], None],
    ask: Callable[[], Any],
    settings: Settings,
    options: argparse.Namespace,
) -> int:
    from ingestion.warehouse import rollback

    ready(settings)
    try:
        released = rollback.release(
            settings, options.association, options.reason, run_id(), options.login, ask()
        )
    except rollback.NotPossible as problem:
        raise WrongUse(str(problem)) from None
    said = (
        f"Återställningen är hävd för {', '.join(released)}: siffrorna byggs om vid nästa `finsam nightly`."
        if released
        else "Ingen återställning gällde för de förbunden."
    )
    show(options, {"released": released}, said)
    return DONE


def _board_date(
    ready: Callable[[Settings], None], ask: Callable[[], Any], settings: Settings, options: argparse.Namespace
) -> int:
    from ingestion.warehouse import rollback

    ready(settings)
    try:
        shown = rollback.enter_board_date(
            settings, options.association, options.date, options.note, options.login, ask()
        )
    except rollback.NotPossible as problem:
        raise WrongUse(str(problem)) from None
    said = f"Just nu visar dagen generation {shown}." if shown else "Inget var publicerat då än."
    show(options, {"date": options.date, "generation": shown}, f"Mötet {options.date} är antecknat. {said}")
    return DONE


def _fold(
    run_id: Callable[[], str],
    ready: Callable[[Settings], None],
    settings: Settings,
    options: argparse.Namespace,
) -> int:
    from ingestion.warehouse import keeping

    ready(settings)
    keep_days = keeping.KEEP_DAYS if options.keep_days is None else options.keep_days
    if keep_days < 0:
        raise WrongUse("--keep-days kan inte vara negativt.")
    done = keeping.fold(settings, run_id(), clock.today(), keep_days)
    show(options, done, done.summary_sv)
    return DONE
