"""The verbs of the privacy officer: `finsam privacy lookup|erase|withdraw-consent|link|retention|release|log|unseal|rotate`.

A number is read from a prompt that shows nothing, or from standard input; never from the command line, which every user of
the machine can see and the shell keeps.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion import clock
from ingestion.command_line import DONE, WrongUse, show

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from ingestion.privacy_office import Case
    from ingestion.settings import Settings


def declare(verb: Any, ready: Callable[[Settings], None], ask: Callable[[], Any]) -> None:
    """Add the verbs. verb: makes one; ready: brings the warehouse up; ask: how to ask a person for a password."""
    top = verb(
        "privacy",
        _log,
        "Personuppgifter: lookup, erase, withdraw-consent, link, retention, release, log, unseal, rotate.",
    )
    actions = top.add_subparsers(required=True, metavar="ÅTGÄRD")

    def action(name: str, run: Any, help_sv: str, of_person: bool = True) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = verb(name, run, help_sv, actions)
        made.set_defaults(ready=ready, ask=ask)
        if of_person:
            made.add_argument("--association", required=True, metavar="FÖRBUND", help="förbundet det gäller")
            made.add_argument("--case", required=True, metavar="ÄRENDE", help="ärendets nummer")
            made.add_argument("--reason", required=True, metavar="SKÄL", help="varför; står i loggen")
            made.add_argument("--login", required=True, metavar="INLOGGNING", help="din egen inloggning")
        return made

    action(
        "lookup",
        _look_up,
        "Allt som finns om en person: registerutdraget. Numret frågas efter, eller läses från stdin.",
    )
    erasing = action("erase", _erase, "Radera en person ur förbundets uppgifter, för gott.")
    erasing.add_argument(
        "--ground", required=True, metavar="GRUND", help="raderingens grund, till exempel artikel 17.1 b"
    )
    withdrawing = action(
        "withdraw-consent", _withdraw, "Ett samtycke är återkallat: personen räknas, inget mer visas."
    )
    withdrawing.add_argument(
        "--date", type=date.fromisoformat, metavar="ÅÅÅÅ-MM-DD", help="dagen det återkallades; annars i dag"
    )
    action("link", _link, "Två nummer är samma person: det förra numret först, sedan det nya.")
    deciding = action("decide-retention", _decide, "Besluta hur länge rader sparas; --case är beslutet.")
    deciding.add_argument("feed", metavar="LEVERANS", help="till exempel participants")
    deciding.add_argument("--years", type=int, required=True, metavar="ANTAL", help="år efter periodens slut")
    due = action("retention", _retention, "Visa det vars tid är ute; --remove tar bort det.", of_person=False)
    due.add_argument("--remove", action="store_true", help="ta bort det")
    releasing = action("release", _release, "Anteckna ett utlämnande: vad, till vem, med vilket skydd.")
    releasing.add_argument("--what", required=True, metavar="VAD")
    releasing.add_argument("--to", required=True, metavar="VEM")
    releasing.add_argument("--protection", required=True, metavar="SKYDD")
    action("log", _log, "Allt som gjorts: när, av vem, i vilket ärende. Aldrig ett nummer.", of_person=False)
    opening = action(
        "unseal", _unseal, "Öppna ett förseglat original med din privata nyckel.", of_person=False
    )
    opening.add_argument("sealed", type=Path, metavar="FIL", help="i FINSAM_HOME/sealed")
    opening.add_argument(
        "--key", type=Path, required=True, metavar="NYCKEL", help="din privata nyckel, i PEM"
    )
    opening.add_argument("--out", type=Path, required=True, metavar="FIL", help="dit originalet skrivs")
    rotating = action(
        "rotate", _rotate, "Lägg till en nyckel för pseudonymerna; siffrorna ändras inte.", False
    )
    rotating.add_argument("--case", required=True, metavar="ÄRENDE", help="ärendets nummer")
    rotating.add_argument("--reason", required=True, metavar="SKÄL", help="varför; står i loggen")


def _look_up(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion import privacy_office as office

    options.ready(settings)
    found = _done(lambda: office.look_up(settings, _case(options), _number("Nummer: "), options.ask()))
    told = "\n".join(one.line_sv for one in found)
    show(options, found, told or "Inget finns om personen i det förbundet.")
    return DONE


def _erase(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion import privacy_office as office

    options.ready(settings)
    return _tell(
        options, _done(lambda: office.erase(settings, _case(options), _number("Nummer: "), options.ask()))
    )


def _withdraw(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion import privacy_office as office

    options.ready(settings)
    day, number = options.date or clock.today(), _number("Nummer: ")
    return _tell(
        options, _done(lambda: office.withdraw_consent(settings, _case(options), number, day, options.ask()))
    )


def _link(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion import privacy_office as office

    options.ready(settings)
    former, present = _number("Det förra numret: "), _number("Det nya numret: ")
    return _tell(
        options, _done(lambda: office.link(settings, _case(options), former, present, options.ask()))
    )


def _decide(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion import privacy_office as office

    options.ready(settings)
    if not 0 <= options.years <= 100:
        raise WrongUse("--years är ett antal år, från 0 till 100.")
    return _tell(
        options,
        _done(
            lambda: office.decide_retention(
                settings, _case(options), options.feed, options.years, options.ask()
            )
        ),
    )


def _retention(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion import privacy_office as office

    options.ready(settings)
    if not options.remove:
        waiting = office.due(settings)
        show(options, waiting, "\n".join(one.line_sv for one in waiting) or "Inget är att gallra.")
        return DONE
    done = office.remove_due(settings)
    show(options, done, "\n".join(one.summary_sv for one in done) or "Inget är att gallra.")
    return DONE


def _release(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion import privacy_office as office

    options.ready(settings)
    asked = (options.what, options.to, options.protection)
    return _tell(options, _done(lambda: office.release(settings, _case(options), *asked, options.ask())))


def _log(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion import privacy_office as office

    options.ready(settings)
    acts = office.log(settings)
    lines = [
        f"{act['recorded_at']:%Y-%m-%d %H:%M} {office.KINDS_SV[act['kind']]}, {act['association_id']}, ärende "
        f"{act['case_number']}, av {act['person']}, {act['row_count']} rader: {act['reason_sv']}"
        for act in acts
    ]
    show(options, acts, "\n".join(lines) or "Inget har gjorts.")
    return DONE


def _unseal(_settings: Settings, options: argparse.Namespace) -> int:
    from ingestion import sealing

    try:
        sealing.unseal(options.sealed, options.key, options.out)
    except sealing.NotOpened as problem:
        raise WrongUse(str(problem)) from None
    show(
        options, {"out": options.out}, f"Originalet ligger i {options.out}. Ta bort det när ärendet är klart."
    )
    return DONE


def _rotate(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion import key_rotation

    options.ready(settings)
    return _tell(options, key_rotation.rotate(settings, options.case, options.reason))


def _case(options: argparse.Namespace) -> Case:
    from ingestion.privacy_office import Case

    ground = getattr(options, "ground", "")
    return Case(options.association, options.case, options.reason, options.login, ground)


def _number(prompt_sv: str) -> str:
    """What the person at the terminal types unseen, or the next line of standard input."""
    import getpass

    number = getpass.getpass(prompt_sv) if sys.stdin.isatty() else sys.stdin.readline()
    if not number.strip():
        raise WrongUse("Inget nummer angavs. Skriv det när det frågas efter, eller skicka in det på stdin.")
    return number.strip()


def _done(act: Callable[[], Any]) -> Any:
    from ingestion.privacy_office import NotDone

    try:
        return act()
    except NotDone as problem:
        raise WrongUse(str(problem)) from None


def _tell(options: argparse.Namespace, done: Any) -> int:
    show(options, done, done.summary_sv)
    return DONE
