"""The command `finsam`: the same functions the DAGs call, without Airflow.

Exit status: 0 done, 1 refused by a gate or held for a person, 2 wrong use, 3 broken. Every verb takes --json.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from ingestion import (
    faults,
    history_verbs,
    lock_verbs,
    privacy_verbs,
    proof_verb,
    publication_verbs,
    rebuild_verb,
    sender_verbs,
    steward_verbs,
    warehouse_verbs,
    watch_verbs,
)
from ingestion import settings as surroundings
from ingestion.command_line import BROKEN, DONE, REFUSED, WRONG_USE, SwedishParser, WrongUse
from ingestion.command_line import show as _show
from ingestion.escaping import for_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ingestion.outcome import Intake
    from ingestion.settings import Settings
    from ingestion.warehouse.connection import Target


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, run, and turn every expected trouble into one sentence and a status."""
    as_json = "--json" in (sys.argv[1:] if arguments is None else arguments)
    try:
        options = _parser().parse_args(arguments)
        settings = surroundings.load()
        faults.arm(settings)
        return int(options.run(settings, options))
    except WrongUse as problem:
        return _complain(as_json, str(problem), WRONG_USE)
    except BrokenPipeError:  # the reader of our output (head, less) had seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as problem:
        if _is_refusal(problem):
            return _complain(as_json, str(problem), REFUSED)
        message = str(problem) if _is_expected(problem) else _lost_sv(problem)
        if message is None:
            raise
        return _complain(as_json, message, BROKEN)


def _is_expected(problem: Exception) -> bool:
    """Troubles whose message is written for the person at the keyboard."""
    from ingestion.night import Busy
    from ingestion.warehouse.embedded import WarehouseUnavailable

    return isinstance(problem, (surroundings.SettingsProblem, Busy, WarehouseUnavailable))


def _lost_sv(problem: Exception) -> str | None:
    """What a database that broke off means to the person at the keyboard; None for any other trouble."""
    import psycopg

    from ingestion.warehouse.connection import lost_sv

    return lost_sv(problem) if isinstance(problem, psycopg.OperationalError) else None


def _is_refusal(problem: Exception) -> bool:
    from ingestion.overruling import DecisionRefused
    from ingestion.warehouse.backup import BackupBroken
    from ingestion.warehouse.publish import PublicationRefused

    return isinstance(problem, (BackupBroken, DecisionRefused, PublicationRefused))


def _complain(as_json: bool, message: str, status: int) -> int:
    if as_json:
        print(for_terminal(json.dumps({"status": status, "message": message}, ensure_ascii=False)))
    else:
        print(for_terminal(message), file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = SwedishParser(
        prog="finsam",
        description="Finsam Warehouse: från medlemmens fil till publicerad siffra.",
        epilog="Varje verb förklarar sig med --help. Svarar 0 klart, 1 avvisat eller väntar på beslut, "
        "2 fel använt, 3 trasigt.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB", title="verb")

    def verb(name: str, run: Any, help_sv: str, among: Any = verbs) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = among.add_parser(name, help=help_sv, description=help_sv)
        made.add_argument("--json", action="store_true", help="svara som JSON")
        made.set_defaults(run=run)
        return made

    for of_senders in (sender_verbs, proof_verb):
        of_senders.declare(verb)
    receive = verb("receive", _receive, "Ta emot det som ligger i inkorgarna.")
    receive.add_argument("feed", nargs="*", metavar="LEVERANS", help="bara dessa (alla om inget anges)")
    build = verb("build", _build, "Bygg kandidaten för det som ändrats och pröva den.")
    extent = build.add_mutually_exclusive_group()
    extent.add_argument(
        "--full",
        action="store_true",
        help="bygg allt; det som inte ändrats jämförs rad för rad med det som står",
    )
    extent.add_argument("--proof", action="store_true", help="som --full, men bygget publiceras aldrig")
    rebuild_verb.declare(verb, _begin)
    verb("publish", _publish, "Publicera den senast byggda kandidaten, om den prövats och håller.")
    nightly = verb("nightly", _nightly, "Hela natten: ta emot, bygg, pröva, publicera.")
    for dated in (receive, build, nightly):
        dated.add_argument(
            "--business-date", type=date.fromisoformat, metavar="ÅÅÅÅ-MM-DD", help="dagen siffrorna gäller"
        )
    verb("status", _status, "Leveranser, avvisningar och den senaste publiceringen.")
    watch_verbs.declare(verb)
    lock_verbs.declare(verb)
    _decisions(verb)
    steward_verbs.declare(verb, _ready, _ask_password)
    privacy_verbs.declare(verb, _ready, _ask_password)
    explain = verb("explain", _explain, "Vägen tillbaka från en siffra till fil och rad.")
    explain.add_argument("mart", metavar="TABELL", help="till exempel own_capital")
    explain.add_argument(
        "key", nargs="*", metavar="KOLUMN=VÄRDE", help="raden, till exempel fiscal_year=2017"
    )
    explain.add_argument("--column", metavar="KOLUMN", help="bara den här kolumnen")
    explain.add_argument("--generation", type=int, metavar="NUMMER", help="som den publicerades då")
    publication_verbs.declare(verb, _run_id, _ready, _ask_password)
    history_verbs.declare(verb)
    verb("migrate", _migrate, "Ge databasen den form koden väntar sig.")
    warehouse = verb("warehouse", _warehouse, "Databasen: start, stop, url, psql, backup, restore, guard.")
    warehouse.add_argument(
        "action",
        metavar="ÅTGÄRD",
        choices=("start", "stop", "url", "psql", *warehouse_verbs.ACTIONS),
        help="start, stop, url, psql, backup MAPP, restore MAPP eller guard (avsluta läsare över gränsen)",
    )
    _warehouse_arguments(warehouse)
    warehouse.add_argument(
        "rest", nargs=argparse.REMAINDER, metavar="…", help="mappen, eller vidare till psql"
    )
    _logins(verb)
    return parser


def _logins(verb: Callable[..., argparse.ArgumentParser]) -> None:
    access = verb("access", _access_list, "Inloggningar för läsare och beslutsfattare: grant, revoke, list.")
    actions = access.add_subparsers(required=True, metavar="ÅTGÄRD")
    granting = verb(
        "grant",
        _access_grant,
        "Ge en person eller ett verktyg rätt att läsa, en person också att besluta.",
        actions,
    )
    granting.add_argument("login", metavar="INLOGGNING", help="a–z, 0–9 och _, till exempel anna_berg")
    rows = granting.add_mutually_exclusive_group(required=True)
    rows.add_argument("--association", action="append", help="ett förbund; ange fler med --association igen")
    rows.add_argument("--all", action="store_true", help="alla förbund, även de som kommer till")
    granting.add_argument("--internal", action="store_true", help="också marts_internal (under sekretess)")
    granting.add_argument(
        "--steward",
        action="store_true",
        help="besluta om leveranser (approve, reject, withdraw); läsa bara med --read",
    )
    granting.add_argument(
        "--read", action="store_true", help="läsa marts också, med --steward eller --privacy"
    )
    granting.add_argument(
        "--privacy", action="store_true", help="slå upp, radera och gallra personuppgifter (finsam privacy)"
    )
    granting.add_argument("--tool", action="store_true", help="ett verktyg, inte en person")
    granting.add_argument("--until", type=date.fromisoformat, metavar="ÅÅÅÅ-MM-DD", help="sista dagen")
    granting.add_argument("--new-password", action="store_true", help="byt lösenord")
    revoking = verb("revoke", _access_revoke, "Ta tillbaka rätten och avsluta sessionerna.", actions)
    revoking.add_argument("login", metavar="INLOGGNING")
    verb("list", _access_list, "Vilka som får läsa och besluta vad, och vem som gav dem det.", actions)


def _decisions(verb: Callable[..., argparse.ArgumentParser]) -> None:
    for name, help_sv in (
        ("approve", "Låt en leverans gälla som väntar på beslut, eller som du avvisat eller återtagit."),
        ("reject", "Avvisa en leverans som väntar på beslut."),
        ("withdraw", "Återta en leverans som gäller; den förra gäller igen."),
    ):
        decided = verb(name, _overrule, help_sv)
        decided.add_argument("delivery", help="leveransens id, som det står i `finsam status`")
        decided.add_argument("--reason", required=True, help="varför; sparas med beslutet")
        decided.add_argument(
            "--login",
            required=True,
            metavar="INLOGGNING",
            help="din egen inloggning; beslutet fattas som den",
        )


def _warehouse_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--as", dest="role", metavar="ROLL", default="finsam_internal", help="rollen för url och psql"
    )
    parser.add_argument(
        "--with-secrets", action="store_true", help="backup: också lösenord och nycklar, som då ska vaktas"
    )
    parser.add_argument("--odbc", action="store_true", help="url: som anslutningssträng för ODBC")


def _run_id() -> str:
    return f"cli/{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def _begin(settings: Settings) -> str:
    _ready(settings)
    return _run_id()


def _receive(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion import pipeline
    from ingestion.feeds import all_feeds, member_feeds

    if unknown := [name for name in options.feed if name not in all_feeds()]:
        raise WrongUse(f"Leveransslaget {unknown[0]} finns inte. Välj bland: {', '.join(all_feeds())}.")
    _ready(settings)
    run_id = _run_id()
    intakes = [pipeline.receive_reference(settings, run_id)]
    intakes += [
        pipeline.receive_feed(settings, name, run_id, options.business_date)
        for name in options.feed or member_feeds()
        if name in member_feeds()
    ]
    _show(
        options,
        intakes,
        "\n".join(line for intake in intakes for line in intake.lines_sv) or "Inget nytt att ta emot.",
    )
    return _status_of(intakes)


def _status_of(intakes: Sequence[Intake]) -> int:
    return REFUSED if any(intake.refused_count or intake.held_count for intake in intakes) else DONE


def _build(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion import night

    _ready(settings)
    kind: night.BuildKind = "proof" if options.proof else "full" if options.full else "changed"
    built = night.build(settings, _run_id(), options.business_date, kind=kind)
    _show(options, built, built.summary_sv)
    return REFUSED if built.blocked else DONE


def _publish(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion import night

    _ready(settings)
    newest = night.newest_build(settings)
    if newest is None:
        raise WrongUse("Inget bygge finns att publicera. Kör `finsam build` först.")
    published = night.publish(settings, *newest, _run_id())
    _show(options, published, published.summary_sv)
    return REFUSED if published.blocked else DONE


def _nightly(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion import night, report

    _ready(settings)
    done = night.nightly(settings, _run_id(), options.business_date)
    news = done.published.summary_sv if done.published else done.build.summary_sv
    strange = [
        o.line_sv
        for intake in done.intakes
        for o in intake.outcomes
        if o.state in ("rejected", "ignored") and not o.delivery_id
    ]
    _show(options, done, "\n".join([report.night_summary(settings), *strange, news]))
    return REFUSED if done.build.blocked else _status_of(done.intakes)


def _overrule(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion import overruling

    _ready(settings)
    try:
        done = overruling.overrule(
            settings,
            options.verb,
            options.delivery,
            options.reason,
            _run_id(),
            options.login,
            _ask_password(),
        )
    except overruling.NotDecidable as problem:
        raise WrongUse(str(problem)) from None
    _show(options, done, done.summary_sv)
    return DONE


def _ask_password() -> Callable[[str], str] | None:
    """How to ask the person at the terminal; None where nobody sits at one."""
    import getpass

    return getpass.getpass if sys.stdin.isatty() else None


def _status(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion import report, watch

    _ready(settings)
    standing = watch.standing(settings)
    told = "\n".join([f"LARM ({len(standing)})", *(f"  {alert.line_sv}" for alert in standing), ""])
    text = report.night_summary(settings) + (f"\n{told}" if standing else "")
    _show(options, {**report.status(settings), "alerts": standing}, text)
    return DONE


def _explain(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion.warehouse import lineage

    pairs = [part.partition("=") for part in options.key]
    if not pairs or any(not separator for _, separator, _ in pairs):
        raise WrongUse(
            "Ange raden som KOLUMN=VÄRDE, till exempel association_id=skelleftea-norsjo fiscal_year=2017."
        )
    try:
        found = lineage.explain(
            settings,
            options.mart,
            {name: value for name, _, value in pairs},
            options.column,
            options.generation,
        )
    except lineage.NotFound as problem:
        raise WrongUse(str(problem)) from None
    _show(options, found, lineage.as_text(found))
    return DONE


def _migrate(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion.warehouse import migrations

    done = migrations.migrate(settings)
    _show(options, done, done.summary_sv)
    return DONE


def _warehouse(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion.warehouse import embedded

    _read_what_psql_was_left(options)
    if options.action in warehouse_verbs.ACTIONS:
        return warehouse_verbs.run(settings, options)
    if options.action == "stop":
        stopped = settings.warehouse_url is None and embedded.stop(settings)
        _show(
            options, {"stopped": stopped}, "Databasen är stoppad." if stopped else "Ingen databas var igång."
        )
        return DONE
    if options.action == "start":
        _ready(settings)
    where = _target(settings, options.role)
    if options.action == "psql":
        from ingestion.warehouse import client

        return client.psql(settings, where, options.rest)
    address = where.odbc if options.odbc else where.url
    shown = (
        address
        if options.action == "url"
        else f"Databasen svarar på {where.host}:{where.port}/{where.database}."
    )
    if options.action == "url" and not where.password and not options.json:
        print(f"Lösenordet för {where.user} finns inte här: det visades när det gjordes.", file=sys.stderr)
    _show(
        options,
        {
            "host": where.host,
            "port": where.port,
            "database": where.database,
            "user": where.user,
            "url": where.url,
            "odbc": where.odbc,
        },
        shown,
    )
    return DONE


def _read_what_psql_was_left(options: argparse.Namespace) -> None:
    """argparse gives psql all that stands after the action, `--as` and `--json` too: those are ours."""
    late = SwedishParser(prog="finsam warehouse", add_help=False)
    _warehouse_arguments(late)
    late.add_argument("--json", action="store_true")
    _, options.rest = late.parse_known_args(options.rest, options)
    if options.rest and options.action not in ("psql", "backup", "restore"):
        raise WrongUse(f"`finsam warehouse {options.action}` tar inte emot {' '.join(options.rest)}.")


def _target(settings: Settings, role: str) -> Target:
    """One of the warehouse's own roles with its password, or a reader's login without."""
    from ingestion.warehouse import access, connection

    if role in connection.LOGIN_ROLES:
        return connection.target(settings, role)
    known = [login.login for login in access.logins(settings)]
    if role not in known:
        raise WrongUse(
            f"Rollen {role} finns inte. Det finns: {', '.join([*connection.LOGIN_ROLES, *known])}."
        )
    return connection.reader_target(settings, role)


def _access_grant(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion.warehouse import access

    right = access.Right(
        kind="tool" if options.tool else "person",
        audience="internal"
        if options.internal
        else "none"
        if (options.steward or options.privacy) and not options.read
        else "public",
        associations=(access.EVERYTHING,) if options.all else tuple(sorted(set(options.association))),
        until=options.until,
        is_steward=options.steward,
        is_privacy_officer=options.privacy,
    )
    _ready(settings)
    try:
        granted = access.grant(settings, options.login, right, options.new_password)
    except access.AccessRefused as problem:
        raise WrongUse(str(problem)) from None
    _show(options, granted, access.granted_text(granted))
    return DONE


def _access_revoke(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion.warehouse import access

    _ready(settings)
    try:
        ended = access.revoke(settings, options.login)
    except access.AccessRefused as problem:
        raise WrongUse(str(problem)) from None
    said = f" {ended} öppna sessioner avslutades." if ended else ""
    _show(options, {"login": options.login, "sessions_ended": ended}, f"{options.login} är borttagen.{said}")
    return DONE


def _access_list(settings: Settings, options: argparse.Namespace) -> int:
    from ingestion.warehouse import access

    _ready(settings)
    found = access.logins(settings)
    _show(options, found, access.list_text(found))
    return DONE


def _ready(settings: Settings) -> None:
    """Bring the warehouse up and to this code's shape; cheap when it already is.

    Where we were not given the administrator's password (a server's services), only look whether it is.
    """
    from ingestion.warehouse import connection, migrations

    if connection.is_administrator(settings):
        migrations.ensure(settings)
    else:
        migrations.check(settings)
