"""The verbs for stewards' waivers: `finsam waive` and `finsam waivers`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from ingestion import clock
from ingestion.command_line import DONE, WrongUse, show

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from ingestion.settings import Settings


def declare(verb: Any, ready: Callable[[Settings], None], ask: Callable[[], Any]) -> None:
    """Add the verbs. verb: makes one; ready: brings the warehouse up; ask: how to ask a person for a password."""
    waived = verb("waive", _waive, "Godta ett känt fel en tid: föreslå, godkänn eller återta ett undantag.")
    waived.set_defaults(ready=ready, ask=ask)
    waived.add_argument("rule", nargs="?", metavar="REGEL", help="till exempel FIN-011")
    waived.add_argument("--association", metavar="FÖRBUND", help="förbundet det gäller")
    waived.add_argument(
        "--part", default="*", metavar="DEL", help="bara den här tabellen eller delen av regeln"
    )
    waived.add_argument(
        "--ceiling", metavar="TAK", help="så många rader, eller kronor med --sek, men inte fler"
    )
    waived.add_argument("--sek", action="store_true", help="taket är i kronor")
    waived.add_argument(
        "--from", dest="since", type=date.fromisoformat, metavar="ÅÅÅÅ-MM-DD", help="annars i dag"
    )
    waived.add_argument(
        "--until", type=date.fromisoformat, metavar="ÅÅÅÅ-MM-DD", help="sista dagen, högst ett år bort"
    )
    waived.add_argument("--reason", help="varför; står bredvid siffran")
    waived.add_argument("--approve", metavar="ID", help="godkänn ett undantag som någon annan föreslagit")
    waived.add_argument("--withdraw", metavar="ID", help="återta ett undantag; ange --reason")
    waived.add_argument("--login", required=True, metavar="INLOGGNING", help="din egen inloggning")
    verb(
        "waivers", _waivers, "Alla undantag: vad, hur mycket, hur länge och vilka två som står bakom."
    ).set_defaults(ready=ready)


def _waive(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion import waiving

    if sum(map(bool, (options.rule, options.approve, options.withdraw))) != 1:
        raise WrongUse("Ange en regel att föreslå undantag från, eller --approve ID, eller --withdraw ID.")
    asked = _asked(options) if options.rule else None
    options.ready(settings)
    try:
        if asked:
            waiver_id = waiving.propose(settings, asked, options.login, options.ask())
            said = f"Undantaget {waiver_id} är föreslaget. En annan förvaltare godkänner: finsam waive --approve {waiver_id}."
        elif options.approve:
            waiver_id = options.approve
            waiving.approve(settings, waiver_id, options.login, options.ask())
            said = f"Undantaget {waiver_id} är godkänt och gäller från nästa `finsam nightly`."
        else:
            waiver_id = options.withdraw
            waiving.withdraw(settings, waiver_id, options.reason or "", options.login, options.ask())
            said = (
                f"Undantaget {waiver_id} är återtaget; förbundet prövas utan det vid nästa `finsam nightly`."
            )
    except waiving.NotWaivable as problem:
        raise WrongUse(str(problem)) from None
    show(options, {"waiver_id": waiver_id}, said)
    return DONE


def _asked(options: argparse.Namespace) -> Any:
    from ingestion.waiving import Asked

    named = {"--association": options.association, "--ceiling": options.ceiling, "--until": options.until}
    if missing := [name for name, value in {**named, "--reason": options.reason}.items() if not value]:
        raise WrongUse(f"Ett undantag behöver {', '.join(missing)}.")
    try:
        ceiling = Decimal(options.ceiling.replace(" ", "").replace(",", "."))
    except InvalidOperation:
        raise WrongUse(f"Taket ”{options.ceiling}” är inget tal.") from None
    return Asked(
        options.rule,
        options.association,
        ceiling,
        "sek" if options.sek else "rows",
        options.reason,
        options.since or clock.today(),
        options.until,
        options.part,
    )


def _waivers(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion import waiving

    options.ready(settings)
    found = waiving.waivers(settings)
    show(options, found, "\n".join(waiver.line_sv for waiver in found) or "Inga undantag finns.")
    return DONE
