"""Manifests: what the sender says of a file in a row of its own beside it, and whether the file bears it out.

`medlemsavgifter_2026.csv` and `medlemsavgifter_2026.csv.manifest.csv`: a header and one row, every column optional.
A signed manifest may also say that there is nothing to deliver, beside a file of headers only or without any file.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ingestion.binding import bind
from ingestion.delivery import is_manifest, shown_name
from ingestion.feed import Column, Feed
from ingestion.identity import UNKNOWN, WHOLE, year_in_name
from ingestion.privacy import looks_personal, shows_person
from ingestion.readers.table import DeliveryUnreadable, Fault
from ingestion.values import ValueProblem, match_key, parse_date, parse_text, parse_year, parser_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from expectations.measures import Rows

FEED = Feed(
    id="manifest",
    title_sv="Följeblad",
    owner_sv="Den som lämnar filen",
    reader="table",
    kind="reference",  # a last line without its line end is whole here: the claims themselves are what is proven
    suffixes=(".csv",),
    grain=(),
    description_sv="En rad om filen bredvid. Alla kolumner är frivilliga, men något måste gå att kontrollera.",
    columns=(
        Column("delivery_id", "text", "Leverans-id", ("Leverans-id", "Leveransid", "Id")),
        Column("period", "text", "Period", ("Period", "År", "Avser")),
        Column("scope", "text", "Omfattning", ("Omfattning",)),
        Column("made_at", "text", "Framställd", ("Framställd", "Skapad", "Datum")),
        Column("program", "text", "Program", ("Program", "System")),
        Column("sender", "text", "Avsändare", ("Avsändare",)),
        Column("row_count", "integer", "Rader", ("Rader", "Antal rader")),
        Column("amount_sum", "amount", "Summa", ("Summa", "Summa kr", "Summa (kr)", "Kontrollsumma kr")),
        Column("sha256", "text", "SHA-256", ("SHA-256", "SHA256")),
        Column("zero_delivery", "flag", "Nolleverans", ("Nolleverans",)),
        Column("signed_by", "text", "Undertecknad av", ("Undertecknad av", "Undertecknad")),
    ),
)
LARGEST_MANIFEST = 64 * 1024
ALL_PARTS = frozenset(("alla", "alla delar", "all"))
_VERIFIABLE = ("period", "scope", "row_count", "amount_sum", "sha256", "zero_delivery")
_SWEDEN = ZoneInfo("Europe/Stockholm")
_CLOCK_SKEW = timedelta(days=1)
_AGAIN_SV = "Rätta följebladet och lämna det igen bredvid filen."


@dataclass(frozen=True)
class Manifest:
    """What a sender says of a file. None: not said. headers: the sender's own words for the columns it filled in."""

    name: str
    row_number: int = 2
    headers: Mapping[str, str] = field(default_factory=dict)
    delivery_id: str | None = None
    period: str | None = None
    scope: str | None = None
    made_at: datetime | date | None = None
    program: str | None = None
    sender: str | None = None
    row_count: int | None = None
    amount_sum: str | None = None
    sha256: str | None = None
    is_zero: bool = False
    signed_by: str | None = None

    def record(self, is_personal: bool) -> dict[str, Any]:
        """What is kept of it. The bare hash of a file about persons is not: a small one could be found by trying."""
        kept = {name: getattr(self, name) for name in _RECORDED if getattr(self, name)}
        if is_personal:
            kept.pop("sha256", None)
        return {name: str(value) if isinstance(value, date) else value for name, value in kept.items()}


_RECORDED = (
    "name",
    "delivery_id",
    "period",
    "scope",
    "made_at",
    "program",
    "sender",
    "row_count",
    "amount_sum",
    "sha256",
    "is_zero",
    "signed_by",
)


def read_manifest(path: Path) -> Manifest:
    """Read a manifest. Raises DeliveryUnreadable: MAN-001 with its own name, row and column, PRI-002 for a number."""
    name = shown_name(path.name)
    cells, headers, row_number = _only_row(path, name)
    values: dict[str, Any] = {}
    for column_name, text in cells.items():
        if not text.strip():
            continue
        try:
            values[column_name] = _value(column_name, text)
        except ValueProblem as problem:
            shown = None if shows_person(text) else text.strip()[:80]
            raise _unreadable(
                name, problem.expected_sv, problem.remedy_sv, row_number, headers[column_name], shown
            ) from None
        if column_name != "sha256" and looks_personal(text):
            raise DeliveryUnreadable(_personal(name, row_number, headers[column_name]))
    if not any(values.get(column_name) not in (None, False) for column_name in _VERIFIABLE):
        said = ", ".join(FEED.column(column_name).label_sv for column_name in _VERIFIABLE)
        raise _unreadable(
            name, f"Minst en uppgift som går att kontrollera mot filen: {said}.", "Fyll i någon av dem."
        )
    is_zero = values.pop("zero_delivery", False)
    return Manifest(name, row_number, headers, is_zero=is_zero, **values)


def manifest_digest(path: Path | None, key: bytes) -> str:
    """What a manifest's bytes are called, keyed, to tell whether it was changed; empty where there is none."""
    if path is None:
        return ""
    with path.open("rb") as file:
        return hmac.new(key, file.read(LARGEST_MANIFEST), hashlib.sha256).hexdigest()[:12]


def said_alone(feed: Feed, path: Path, manifest_path: Path | None) -> str | None:
    """What only the manifest says of a delivery's identity: of what there is nothing, or which year a register is for.

    Two files of headers only have the same bytes, whatever they have nothing for.
    """
    if manifest_path is None:
        return None
    try:
        said = read_manifest(manifest_path)
    except DeliveryUnreadable:
        return None
    if said.is_zero:
        return "/".join(filter(None, (said.period, said.scope))) or None
    return said.period if feed.period == "file_name" and year_in_name(path.stem) is None else None


def _only_row(path: Path, name: str) -> tuple[dict[str, str], dict[str, str], int]:
    """Cells and headers by column, and the row's number."""
    from ingestion.readers import read

    if path.stat().st_size > LARGEST_MANIFEST:
        raise _unreadable(name, f"En rad; filen är större än {LARGEST_MANIFEST // 1024} kB.", _AGAIN_SV)
    try:
        table = read(path, FEED)
        binding = bind(table.header, FEED, {}, table.header_row)
        rows = [row for block in table.blocks for row in block.table.to_pylist()]
    except DeliveryUnreadable as problem:
        fault = problem.fault
        raise _unreadable(
            name, fault.expected_sv, fault.remedy_sv, fault.row_number, fault.column, fault.value
        ) from None
    for fault in table.faults:
        raise _unreadable(name, fault.expected_sv, fault.remedy_sv, fault.row_number)
    if len(rows) != 1:
        raise _unreadable(name, f"En rubrikrad och precis en rad under den; här är {len(rows)}.", _AGAIN_SV)
    cells = {column: rows[0][str(position)] for column, position in binding.positions.items()}
    headers = {column: header.strip() for column, header in binding.headers.items()}
    return cells, headers, rows[0]["_row_number"]


def _value(column_name: str, text: str) -> Any:
    if column_name == "made_at":
        return _moment(text)
    if column_name == "sha256":
        return _hash(text)
    parsed = parser_for(FEED.column(column_name))(text)
    if column_name == "row_count":
        return _count(parsed)
    return parsed == "true" if column_name == "zero_delivery" else parsed or None


def _count(parsed: str) -> int:
    if int(parsed) < 0:
        raise ValueProblem("MAN-001", "Ett antal rader, noll eller fler.", "Skriv antalet datarader i filen.")
    return int(parsed)


def _hash(text: str) -> str:
    bare = re.sub(r"\s", "", text).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", bare):
        raise ValueProblem(
            "MAN-001",
            "En SHA-256-summa: 64 tecken, 0–9 och a–f.",
            "Räkna ut summan på nytt, till exempel med `sha256sum` eller PowerShells `Get-FileHash`.",
        )
    return bare


_MOMENT = re.compile(
    r"(?P<day>\S+)[ T](?P<time>\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?(?P<zone>Z|[+-]\d{2}:?\d{2})?", re.ASCII
)


def _moment(text: str) -> datetime | date:
    """A date, or a date and a time; without a zone it is Swedish time."""
    bare = parse_text(text)
    found = _MOMENT.fullmatch(bare)
    try:
        if found is None:
            return date.fromisoformat(parse_date(bare))
        zone = (found["zone"] or "").replace("Z", "+00:00")
        moment = datetime.fromisoformat(f"{parse_date(found['day'])}T{found['time']}{zone}")
    except ValueError:
        raise ValueProblem(
            "MAN-001",
            "Ett datum och gärna klockslag, som 2026-03-01 14:30.",
            "Skriv år, månad och dag i den ordningen.",
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=_SWEDEN)


def _unreadable(
    name: str,
    expected_sv: str,
    remedy_sv: str,
    row_number: int | None = None,
    column: str | None = None,
    value: str | None = None,
) -> DeliveryUnreadable:
    return DeliveryUnreadable(
        Fault("MAN-001", row_number, column, value, f"Följebladet {name}: {expected_sv}", remedy_sv)
    )


def _personal(name: str, row_number: int, column: str) -> Fault:
    return Fault(
        "PRI-002",
        row_number,
        column,
        None,
        f"Följebladet {name}: inga personnummer; cellen ser ut att hålla ett.",
        "Ta bort personnumret ur följebladet och lämna det igen bredvid filen.",
    )


# --- a manifest held against its file ---


@dataclass(frozen=True)
class Claim:
    """One thing a manifest says of its file, held against it. fault: None where the file bears it out."""

    rule_id: str
    column: str
    fault: Fault | None = None


class Comparison:
    """A manifest and what is found of its file, while the file is read.

    parts: known spellings of the parts that tell deliveries of this feed apart -> the part's id. business_date: a
    file cannot have been made after it; None where none is known.
    """

    def __init__(
        self,
        manifest: Manifest,
        path: Path,
        feed: Feed,
        parts: Mapping[str, str],
        business_date: date | None = None,
    ) -> None:
        self.manifest, self.path, self.feed, self.parts = manifest, path, feed, parts
        self.business_date = business_date
        self._ore = 0
        self._is_same_bytes: bool | None = None

    @property
    def is_alone(self) -> bool:
        """True where the manifest is the whole delivery: there is no file, since there is nothing to deliver."""
        return is_manifest(self.path)

    @property
    def is_zero(self) -> bool:
        """True where it says, signed, that there is nothing to deliver."""
        return self.manifest.is_zero and bool(self.manifest.signed_by)

    @property
    def period(self) -> str | None:
        """What it says the delivery is for, as the contract writes periods; None where it does not say or cannot."""
        return period_of(self.feed, self.manifest.period)

    @property
    def scope(self) -> str | None:
        """What it says tells the delivery from its siblings, as the contract writes it."""
        return scope_of(self.feed, self.manifest.scope, self.parts)

    def add(self, rows: Rows) -> None:
        """See one block of good rows."""
        import pyarrow.compute as pc

        if self.manifest.amount_sum is not None and self.feed.control_column:
            self._ore += pc.sum(rows.ore(self.feed.control_column)).as_py() or 0

    def claims(self, data_rows: int, rows_set_aside: int, period: str, scope: str) -> tuple[Claim, ...]:
        """Everything it says that can be held against the file; complete when all rows were seen."""
        found = (
            self._zero(data_rows),
            self._count(data_rows),
            self._sum(rows_set_aside),
            self._bytes(),
            self._identity("period", "Perioden", self.manifest.period, self.period, period),
            self._identity("scope", "Omfattningen", self.manifest.scope, self.scope, scope),
            self._made(),
        )
        return tuple(claim for claim in found if claim is not None)

    def _zero(self, data_rows: int) -> Claim | None:
        said = self.manifest
        if not said.is_zero:
            return self._broken("MAN-007", "period", None, _NO_FILE) if self.is_alone else None
        if not said.signed_by:
            return self._broken(
                "MAN-007", "signed_by", None, "En nolleverans är undertecknad; namnet saknas."
            )
        if data_rows:
            found = f"En nolleverans har inga rader; filen har {data_rows}."
            return self._broken("MAN-007", "zero_delivery", "ja", found)
        if self.period is None and self.feed.period != WHOLE and not self._year_in_name():
            return self._broken("MAN-007", "period", said.period, _NO_PERIOD)
        if self.scope is None and (self.feed.scope or self.feed.scope_part):
            return self._broken(
                "MAN-007",
                "scope",
                said.scope,
                f"En nolleverans säger vad den gäller: {_scopes_sv(self.feed)}.",
            )
        return Claim("MAN-007", "zero_delivery")

    def _year_in_name(self) -> bool:
        return self.feed.period == "file_name" and year_in_name(self.path.stem) is not None

    def _count(self, data_rows: int) -> Claim | None:
        said = self.manifest.row_count
        if said is None:
            return None
        if said == data_rows:
            return Claim("MAN-002", "row_count")
        found = (
            f"Filen har {data_rows} datarader, följebladet säger {said}: skillnaden är {said - data_rows}."
        )
        return self._broken("MAN-002", "row_count", str(said), found)

    def _sum(self, rows_set_aside: int) -> Claim | None:
        from expectations.money import as_ore, in_kronor

        if self.manifest.amount_sum is None or not self.feed.control_column or rows_set_aside:
            return None
        said = as_ore(self.manifest.amount_sum)
        if said == self._ore:
            return Claim("MAN-003", "amount_sum")
        column = self.feed.column(self.feed.control_column).label_sv
        found = (
            f"{column} summeras i filen till {in_kronor(self._ore)}, följebladet säger {in_kronor(said)}: "
            f"skillnaden är {in_kronor(said - self._ore)}."
        )
        return self._broken("MAN-003", "amount_sum", in_kronor(said), found)

    def _bytes(self) -> Claim | None:
        if self.manifest.sha256 is None or self.is_alone:
            return None
        if self._is_same_bytes is None:
            with self.path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            self._is_same_bytes = hmac.compare_digest(digest, self.manifest.sha256)
        if self._is_same_bytes:
            return Claim("MAN-004", "sha256")
        return self._broken(
            "MAN-004",
            "sha256",
            None,
            "Filen har inte den SHA-256-summa som följebladet säger: den är inte densamma.",
        )

    def _identity(
        self, column: str, what: str, text: str | None, said: str | None, found: str
    ) -> Claim | None:
        if text is None:
            return None
        if said is not None and found in (said, UNKNOWN):
            return Claim("MAN-005", column)
        known = (
            f"{what} i filen är {found}" if said else f"{what} går inte att förstå; i filen är den {found}"
        )
        return self._broken("MAN-005", column, text, f"{known}, följebladet säger {text}.")

    def _made(self) -> Claim | None:
        made = self.manifest.made_at
        if made is None or self.business_date is None:
            return None
        day = made.astimezone(_SWEDEN).date() if isinstance(made, datetime) else made
        if day <= self.business_date + _CLOCK_SKEW:
            return Claim("MAN-006", "made_at")
        found = f"Filen kan inte vara framställd efter den dag den togs emot ({self.business_date})."
        return self._broken("MAN-006", "made_at", str(day), found)

    def _broken(self, rule_id: str, column: str, value: str | None, found_sv: str) -> Claim:
        said = self.manifest
        header = said.headers.get(column, FEED.column(column).label_sv)
        shown = None if value is None or shows_person(value) else value[:80]
        fault = Fault(
            rule_id,
            said.row_number,
            header,
            shown,
            f"Följebladet {said.name}: {found_sv}",
            _REMEDIES[rule_id],
            whole_delivery=True,
        )
        return Claim(rule_id, column, fault)


_NO_FILE = "Det finns ingen fil bredvid, och ingen nolleverans anges."
_NO_PERIOD = "En nolleverans säger vilken period den gäller, som filen annars hade gjort."
_REMEDIES = {
    "MAN-002": "Se efter om filen blivit avklippt eller om rader saknas; lämna sedan fil och följeblad på nytt.",
    "MAN-003": "Se efter om en rad saknas, är dubbel eller felskriven; lämna sedan fil och följeblad på nytt.",
    "MAN-004": "Lämna filen igen utan att öppna och spara om den, eller gör ett nytt följeblad till den fil som gäller.",
    "MAN-005": "Se efter att följebladet hör till just den här filen, och rätta det.",
    "MAN-006": "Rätta dagen i följebladet, eller klockan i den dator som gör det.",
    "MAN-007": "Fyll i det som saknas och lämna det igen, eller lämna filen med sina rader och ett följeblad utan nolleverans.",
}


def _scopes_sv(feed: Feed) -> str:
    """How a zero delivery of this feed may say what it is for."""
    if feed.scope_part:
        return f"{feed.column(feed.scope_part).label_sv.lower()}, eller alla"
    return " / ".join(feed.column(name).label_sv.lower() for name in feed.scope)


def period_of(feed: Feed, text: str | None) -> str | None:
    """A period as the feed's contract writes it, from a manifest's words; None where it says none it could be."""
    if text is None:
        return None
    if feed.period == WHOLE:
        return WHOLE if match_key(text) in (WHOLE, "hela", *ALL_PARTS) else None
    kind = feed.column(feed.period).kind if feed.period in feed.column_names else "year"
    try:
        if kind == "date":
            return parse_date(text)[:4] if "-" in text else parse_year(text)
        return parser_for(Column("period", kind, "Period"))(text)
    except ValueProblem:
        return None


def scope_of(feed: Feed, text: str | None, parts: Mapping[str, str]) -> str | None:
    """A scope as deliveries of this feed carry it (`decided/final`, a part's id, `whole`), from a manifest's words."""
    if text is None:
        return None
    if feed.scope:
        return _scope_of_columns(feed, text)
    name = match_key(text)
    if feed.scope_part:
        return feed.scope_all if name in (ALL_PARTS | {feed.scope_all}) else parts.get(name, name)
    return WHOLE if name in (WHOLE, "hela", *ALL_PARTS) else None


def _scope_of_columns(feed: Feed, text: str) -> str | None:
    """`fakturerad / preliminär` as `invoiced/preliminary`; what is left out at the end is the contract's usual."""
    words = [word.strip() for word in text.split("/")]
    if len(words) > len(feed.scope):
        return None
    found: list[str] = []
    for at, column_name in enumerate(feed.scope):
        column = feed.column(column_name)
        try:
            value = parser_for(column)(words[at]) if at < len(words) else column.default
        except ValueProblem:
            return None
        if value is None and column.required:
            return None
        found += [value] if value else []
    return "/".join(found)
