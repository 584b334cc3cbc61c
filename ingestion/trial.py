"""`finsam check`: would this delivery be accepted? Reads and judges, loads nothing, needs no database.

Two steps, because the gate's engine takes seconds to import: `read` finds everything the load would find in the
file, `Trial.judge` asks the gate. Only the night has what came before: such rules stay `not_applicable`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ingestion import clock, reference, refusal
from ingestion.delivery import of_file
from ingestion.examined import examine, pseudonym_key
from ingestion.feeds import all_feeds
from ingestion.refusal import Notice

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from expectations.rule import DeliveryFacts, Evidence
    from ingestion.examination import Examination
    from ingestion.examined import Examined
    from ingestion.feed import Feed
    from ingestion.settings import Settings

NO_ASSOCIATION = "okänt"
NEEDS_HISTORY = "HIS"
"""The group of rules that compare a delivery with the one before it."""
_UNVERIFIED_SV = {"amount_sum": "beloppens summa", "row_count": "antalet rader"}
NIGHT_ONLY_SV = (
    "Bara natten kan svara på: om filen redan är lämnad, om den ersätter eller krockar med en annan leverans, "
    "och om rader och belopp avviker från förra gången."
)


@dataclass
class Checked:
    """`finsam check`: the verdict and what was found, nothing loaded. evidence: every rule, not_applicable ones too."""

    state: str
    verdict_sv: str
    text_sv: str
    file_name: str
    feed_id: str
    association_id: str
    period: str
    scope: str
    completeness: str
    rows: dict[str, int]
    counts: dict[str, int]
    issues: list[dict[str, Any]]
    evidence: list[Evidence]
    notes: dict[str, Any] = field(default_factory=dict)
    night_only: list[str] = field(default_factory=list)

    @property
    def is_accepted(self) -> bool:
        """True where the file would be taken in."""
        return self.state == "accepted"


@dataclass
class Trial:
    """One file read to its end, and what was found in it; the gate has not been asked yet."""

    feed: Feed
    association_id: str
    file_name: str
    examined: Examined
    facts: DeliveryFacts
    issues: list[dict[str, Any]]
    counts: dict[str, int]

    @property
    def text_sv(self) -> str:
        """What was found: one line of summary, then the faults rule by rule."""
        return "\n".join([self._summary_sv, "", refusal.issues_sv(self._notice("rejected"))]).rstrip() + "\n"

    @property
    def _summary_sv(self) -> str:
        whose = (
            ", utan angivet förbund"
            if self.association_id == NO_ASSOCIATION
            else f" från {self.association_id}"
        )
        seen = self.examined.readable
        period = "" if seen is None or seen.period in ("whole", "okänd") else f" {seen.period}"
        head = f"{self.file_name}, läst som {self.feed.title_sv.lower()}{period}{whose}"
        if seen is None:
            return f"{head}: går inte att läsa."
        rules = len(self.counts)
        found = f"fel mot {rules} {'regel' if rules == 1 else 'regler'}" if rules else "inga fel i filen"
        return f"{head}: {_read_sv(seen)}, {found}."

    def judge(self) -> Checked:
        """Ask the gate."""
        from expectations import gate
        from expectations.verdict import verdict

        evidence = gate.judge([self.facts], "check")
        decided = verdict(evidence, self.feed)
        seen = self.examined.readable
        account = self.examined.account
        checked = Checked(
            decided.state,
            self._verdict_sv(decided.state, decided.reason_sv),
            self.text_sv,
            self.file_name,
            self.feed.id,
            self.association_id,
            seen.period if seen else "okänd",
            seen.scope if seen else "okänd",
            seen.completeness if seen else "unproven",
            vars(account),
            self.counts,
            [refusal.issue_data(issue) for issue in self.issues],
            evidence,
            seen.notes if seen else {},
            [item.rule_id for item in evidence if item.rule_id.startswith(NEEDS_HISTORY)],
        )
        return checked

    def _verdict_sv(self, state: str, reason_sv: str) -> str:
        lines = {"accepted": self._accepted_sv, "held": self._held_sv}.get(state, self._rejected_sv)(
            reason_sv
        )
        return "\n".join([*lines, NIGHT_ONLY_SV])

    def _accepted_sv(self, _reason_sv: str) -> list[str]:
        account = self.examined.account
        loaded = _rows(account.loaded)
        if self.examined.readable is not None and self.examined.readable.table.wide is not None:
            loaded = f"{account.loaded} {'belopp' if self.examined.readable.feed.wide else 'värden'}"
        text = f"UTSLAG: filen skulle godtas, med {loaded}."
        if account.quarantined:
            text += f" {_rows(account.quarantined)} läggs åt sidan."
        seen = self.examined.readable
        if seen is None:
            return [text]
        if hidden := seen.notes.get("hidden_rows"):
            text += (
                f" {_rows(hidden)} är {'dold' if hidden == 1 else 'dolda'} i bladet och lästes som de andra."
            )
        if seen.completeness == "unproven":
            return [
                text,
                "Obevisat: filen har ingen egen summa eller följeblad, så ingen kan se om en rad fattas."
                + (" En summarad sist räcker." if self.feed.control_column else ""),
            ]
        if seen.unverified:
            missing = " och ".join(_UNVERIFIED_SV[name] for name in seen.unverified)
            return [text, f"Okontrollerat, eftersom inget finns att hålla det mot: {missing}."]
        return [text]

    def _held_sv(self, reason_sv: str) -> list[str]:
        return [
            f"UTSLAG: filen skulle vänta på beslut. {reason_sv}",
            "Rätta det som står ovan, eller lämna filen och be förbundets förvaltare bestämma.",
        ]

    def _rejected_sv(self, reason_sv: str) -> list[str]:
        told = "Rätta det som står ovan och fråga igen."
        if self.association_id == NO_ASSOCIATION and self.counts.keys() & {"STR-004", "STR-005"}:
            told += " Ett förbunds egna rubriker känns igen först med --association."
        return [f"UTSLAG: filen skulle inte tas emot. {reason_sv}", told]

    def _notice(self, state: str) -> Notice:
        return Notice(
            self.file_name,
            self.feed.id,
            self.association_id,
            state,
            self.issues,
            self.counts,
            where_rest_sv="--json visar alla",
        )


def read(
    settings: Settings,
    file: Path,
    feed_id: str,
    association_id: str | None,
    business_date: date | None = None,
) -> Trial:
    """Read a file to its end as the intake of that day (today) would. Without association: its own headers are not known."""
    feed = all_feeds()[feed_id]
    today = business_date or clock.today()
    association = reference.associations(settings, today, only=association_id or "").get(association_id or "")
    is_stranger = association is None and association_id not in (None, reference.COMMON)
    if feed.kind == "reference":
        is_stranger = False  # as at the intake: an association's first file is the one that makes it known
    found = of_file(file)
    examined = examine(
        file,
        feed,
        association_id or NO_ASSOCIATION,
        association,
        pseudonym_key(settings),
        "check",
        is_stranger=is_stranger,
        manifest_path=found.manifest_path,
        fault=found.fault,
        business_date=today,
    )
    for _block in examined.blocks():
        pass
    facts = examined.facts(None)
    return Trial(
        feed,
        association_id or NO_ASSOCIATION,
        found.shown_name,
        examined,
        facts,
        examined.issues(facts),
        examined.issue_counts(facts),
    )


def check(settings: Settings, file: Path, feed_id: str, association_id: str | None) -> Checked:
    """Would this delivery be accepted? Both steps at once."""
    return read(settings, file, feed_id, association_id).judge()


# --- which feed, which association ---


def place_of(settings: Settings, file: Path) -> tuple[str | None, str | None]:
    """Association and feed of a file that lies in an inbox or among the reference data; None where it does not."""
    whole = file.resolve()
    for root in (settings.landing, settings.reference):
        if whole.is_relative_to(root.resolve()):
            parts = whole.relative_to(root.resolve()).parts
            if root == settings.landing and len(parts) == 3:
                return parts[0], parts[1] if parts[1] in all_feeds() else None
            if root == settings.reference and len(parts) == 2:
                return parts[0], whole.stem if whole.stem in all_feeds() else None
    return None, None


def feeds_that_fit(settings: Settings, file: Path, association_id: str | None) -> list[str]:
    """One Swedish line per feed whose contract understands the file's headers, the best first; at most three."""
    association = reference.associations(settings, only=association_id or "").get(association_id or "")
    found = []
    for feed in all_feeds().values():
        bound, unknown, missing = _fit(file, feed, association.aliases(feed.id) if association else {})
        if len(bound) >= 2 and len(bound) >= len(unknown):
            said = [f"känner {len(bound)} av {len(bound) + len(unknown)} rubriker"]
            said += [f"saknar {', '.join(missing)}"] if missing else []
            line = f"{feed.id} ({feed.title_sv.lower()}; {', '.join(said)})"
            found.append((len(missing), len(unknown), -len(bound), line))
    best = [one for one in sorted(found) if one[0] == min(found)[0]]
    return [line for *_order, line in best[:3]]


def _fit(file: Path, feed: Feed, aliases: dict[str, Any]) -> tuple[set[str], list[str], list[str]]:
    """The columns a file's headers are bound to, the headers unknown, the labels of what is missing."""
    from ingestion.binding import known_headers, normalise_header
    from ingestion.readers import read as open_file
    from ingestion.readers.table import DeliveryUnreadable

    try:
        table = open_file(file, feed, aliases)
    except DeliveryUnreadable:
        return set(), [], []
    known = known_headers(feed, aliases)
    words = [word for word in map(normalise_header, table.header) if word]
    bound = {known[word] for word in words if word in known}
    missing = [c.label_sv for c in feed.columns if c.required and c.name not in bound]
    return bound, [word for word in words if word not in known], missing


def _read_sv(seen: Examination) -> str:
    """What was read; of a table with a column per year its amounts, since each is a row of its own."""
    count = seen.account.read - seen.account.non_data
    wide = seen.table.wide
    if wide is None:
        return _rows(count)
    checked = seen.table.non_data["control_cell"]
    return f"{_rows(wide.row_count)} i {len(wide.columns)} kolumner, {count} belopp och {checked} summor som kontrollerades"


def _rows(count: int) -> str:
    return f"{count:,} {'rad' if count == 1 else 'rader'}".replace(",", "\u00a0")
