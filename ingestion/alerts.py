"""Alerts: raised into an outbox in the warehouse, sent from there by mail or webhook. No run fails for want of a mail server.

The channels stand in a file, `alerts.toml` among the secrets unless FINSAM_ALERTS_FILE says otherwise; passwords and
addresses with a key in them are files of their own beside it:

    [smtp]
    host = "mail.example.se"
    port = 587
    sender = "finsam@example.se"
    to = ["drift@example.se"]
    user = "finsam"
    password_file = "smtp_password"

    [webhook]
    url_file = "webhook_url"
    form = "teams"

    [heartbeat]
    url_file = "heartbeat_url"
"""

from __future__ import annotations

import json
import smtplib
import socket
import ssl
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from ingestion.settings import SettingsProblem
from ingestion.warehouse import connection as connections

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import psycopg

    from ingestion.settings import Settings

KINDS = {
    "overdue": "Försenad leverans",
    "refused": "Avvisad leverans",
    "held": "Leverans väntar på beslut",
    "blocked": "Förbund stoppat",
    "night_missing": "Ingen natt",
    "step_failed": "Steg misslyckat",
    "step_lost": "Steg dödat",
    "step_stuck": "Steg hänger",
    "lock_held": "Lås hålls för länge",
    "unpublished": "Byggt men inte publicerat",
    "code_changed": "Koden byttes mitt i natten",
    "waiver": "Undantag löper ut",
    "disk": "Ont om plats",
    "guard": "Läsare avslutas inte",
    "warehouse": "Databasen svarar inte",
}
"""What there is to be told, and what it is called. Each has its row in docker/RUNBOOK.md."""
ANSWER_SECONDS = 10.0
MOST_IN_ONE = 50


@dataclass(frozen=True)
class Mail:
    """Where mail goes by SMTP. password: None where the server asks for none."""

    host: str
    sender: str
    to: tuple[str, ...]
    port: int = 587
    user: str = ""
    password: str | None = field(default=None, repr=False)
    starttls: bool = True


@dataclass(frozen=True)
class Webhook:
    """An address that takes JSON. form: `text` (`{"text": …}`) or `teams` (an adaptive card)."""

    url: str = field(repr=False)
    form: str = "text"


@dataclass(frozen=True)
class Channels:
    """Where alerts go. heartbeat: an address asked while all is well; whoever minds it calls out when it falls silent."""

    mail: Mail | None = None
    webhook: Webhook | None = None
    heartbeat: str | None = field(default=None, repr=False)

    @property
    def is_none(self) -> bool:
        """True where nobody would be told."""
        return self.mail is None and self.webhook is None


@dataclass(frozen=True)
class Alert:
    """One alert in the outbox. is_over: what it was about has ended."""

    alert_id: str
    kind: str
    subject: str
    text_sv: str
    is_over: bool

    @property
    def line_sv(self) -> str:
        """One line of a message."""
        return f"{'Över: ' if self.is_over else ''}{KINDS.get(self.kind, self.kind)}. {self.text_sv}"


def channels(settings: Settings) -> Channels:
    """The channels the file names; none where there is no file. Raises SettingsProblem where it cannot be understood."""
    file = settings.alerts_file or settings.secrets / "alerts.toml"
    if settings.alerts_file is None and not file.exists():
        return Channels()
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
        return Channels(
            Mail(**_mail(file, told["smtp"])) if "smtp" in told else None,
            Webhook(_beside(file, told["webhook"]["url_file"]), told["webhook"].get("form", "text"))
            if "webhook" in told
            else None,
            _beside(file, told["heartbeat"]["url_file"]) if "heartbeat" in told else None,
        )
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise SettingsProblem(
            f"Larmens kanaler i {file} går inte att läsa ({type(problem).__name__}). "
            "Hur filen ska se ut står i docs/watch.md."
        ) from None


def raise_alert(connection: psycopg.Connection, kind: str, subject: str, text_sv: str) -> str:
    """Put an alert in the outbox, once while it stands. Connection: as finsam_gate. Returns its id."""
    row = connection.execute("select ops.raise_alert(%s, %s, %s)", (kind, subject, text_sv)).fetchone()
    return row[0] if row else ""


def settle(connection: psycopg.Connection, kind: str, standing: dict[str, str]) -> None:
    """All that stands of a kind: subject -> text. What is new is raised, what is not named any more has ended."""
    connection.execute("select ops.settle_alerts(%s, %s)", (kind, json.dumps(standing)))


def waiting(connection: psycopg.Connection) -> list[Alert]:
    """What nobody has been told yet: new ones, also where they are over already, and the end of those that were told."""
    rows = connection.execute(
        "select alert_id, kind, subject, text_sv, ended_at is not null from ops.alert"
        " where sent_at is null or (ended_at is not null and end_sent_at is null)"
        " order by raised_at, alert_id limit %s",
        (MOST_IN_ONE,),
    ).fetchall()
    return [Alert(*row) for row in rows]


def send_waiting(settings: Settings) -> str | None:
    """Empty the outbox in one message per channel. Returns why it could not, in Swedish; what was not sent stays."""
    with connections.connect(settings, "finsam_gate", autocommit=True) as connection:
        unsent = waiting(connection)
        if not unsent:
            return None
        trouble = deliver(settings, [alert.line_sv for alert in unsent])
        connection.execute("select ops.note_sent(%s, %s)", ([alert.alert_id for alert in unsent], trouble))
    return trouble


def deliver(settings: Settings, lines: list[str]) -> str | None:
    """Send these lines now. Every channel is tried; one that takes them is enough. Returns the trouble if none did."""
    try:
        known = channels(settings)
    except SettingsProblem as problem:
        return str(problem)
    if known.is_none:
        return "Ingen kanal är angiven för larm (docs/watch.md)."
    ways: list[tuple[str, Callable[[], None]]] = []
    if mail := known.mail:
        ways.append(("e-post", lambda: _send_mail(mail, lines)))
    if hook := known.webhook:
        ways.append(("webhook", lambda: _post(hook, lines)))
    troubles: list[str] = []
    for name, send in ways:
        try:
            send()
        # what a mail server or a proxy may answer is anything; the address may hold a key and is not shown
        except (OSError, smtplib.SMTPException, ValueError) as problem:
            troubles.append(f"{name} gick inte ({type(problem).__name__})")
    return "; ".join(troubles) if len(troubles) == len(ways) else None


def beat(settings: Settings) -> None:
    """Tell whoever minds the heartbeat that all is well. A beat that gets lost is theirs to miss."""
    with suppress(SettingsProblem, URLError, OSError, ValueError):
        if address := channels(settings).heartbeat:
            urlopen(_request(address), timeout=ANSWER_SECONDS).close()  # noqa: S310 - checked in _request


def _mail(file: Path, told: dict[str, Any]) -> dict[str, Any]:
    password_file = told.pop("password_file", None)
    password = _beside(file, password_file) if password_file else None
    return {**told, "to": tuple(told["to"]), "password": password}


def _beside(file: Path, name: str) -> str:
    return (file.parent / name).read_text(encoding="utf-8").strip()


def _send_mail(mail: Mail, lines: list[str]) -> None:
    message = EmailMessage()
    more = f" (och {len(lines) - 1} till)" if len(lines) > 1 else ""
    message["Subject"] = f"Finsam: {lines[0].partition('.')[0]}{more}"
    message["From"] = mail.sender
    message["To"] = ", ".join(mail.to)
    message.set_content("\n\n".join(lines) + _footer())
    with smtplib.SMTP(mail.host, mail.port, timeout=ANSWER_SECONDS) as server:
        if mail.starttls:
            server.starttls(context=ssl.create_default_context())
        if mail.password is not None:
            server.login(mail.user, mail.password)
        server.send_message(message)


def _post(hook: Webhook, lines: list[str]) -> None:
    text = "\n\n".join(lines) + _footer()
    body = _card(lines) if hook.form == "teams" else {"text": text}
    request = _request(hook.url, json.dumps(body).encode())
    urlopen(request, timeout=ANSWER_SECONDS).close()  # noqa: S310 - checked in _request


def _card(lines: list[str]) -> dict[str, Any]:
    blocks = [{"type": "TextBlock", "text": line, "wrap": True} for line in [*lines, _footer().strip()]]
    card = {"type": "AdaptiveCard", "version": "1.4", "body": blocks}
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }


def _request(address: str, data: bytes | None = None) -> Request:
    if not address.startswith(("https://", "http://")):
        raise ValueError("not a web address")
    return Request(address, data=data, headers={"Content-Type": "application/json"})  # noqa: S310 - just checked


def _footer() -> str:
    return f"\n\nVad som ska göras står i docker/RUNBOOK.md. Skickat från {socket.gethostname()}.\n"
