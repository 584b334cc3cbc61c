"""What is said of a delivery that was not simply taken in: in words, as data, and as a workbook to work through.

The same text stands on the screen of `finsam check`, in `quarantine/<delivery>/refusal.txt` and, cut to one line,
in the night's summary. Nothing here shows a personal number, acts as a formula or moves a terminal's cursor.
"""

from __future__ import annotations

import json
import shutil
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from expectations.rule import MOST_FAULTS_KEPT
from ingestion.privacy import masked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from expectations.rule import Rule
    from ingestion.settings import Settings

MOST_GROUPS_SHOWN = 12
"""So many kinds of fault of one rule are told in text; the workbook holds every one that was kept."""
MOST_VALUES_SHOWN = 3
MOST_RANGES_SHOWN = 12
EFFECTS_SV = {
    "invariant": "stoppar leveransen",
    "hold": "väntar på beslut",
    "aside": "raden läggs åt sidan",
    "finding": "stoppar inte",
}
_WORST_FIRST = tuple(EFFECTS_SV)
_FILES = ("refusal.txt", "refusal.json", "refusal.xlsx")
_CONTROL_PICTURES = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}

Issue = dict[str, Any]
"""One fault as it is stored: rule_id, row_number, column_name, value_shown, expected_sv, remedy_sv, blocking."""


@dataclass(frozen=True)
class Notice:
    """What is to be said of one delivery.

    state: `rejected`, `held` or `accepted`. reason_sv: the warehouse's own sentence, where it has one. issues: the
    first thousand of each rule; counts: the exact number per rule. where_rest_sv: where all issues stand.
    """

    file_name: str
    feed_id: str
    association_id: str
    state: str
    issues: Sequence[Issue]
    counts: Mapping[str, int]
    delivery_id: str | None = None
    reason_sv: str = ""
    where_rest_sv: str = "alla som sparats står i refusal.xlsx"

    @property
    def what_sv(self) -> str:
        """What happened, in one sentence."""
        became = {"held": "väntar på beslut", "accepted": "togs emot"}.get(self.state, "togs inte emot")
        return f"{self.file_name} ({self.feed_id} från {self.association_id}) {became}."

    @property
    def why_sv(self) -> str:
        """Why, in one sentence; of one that waits, what the warehouse said of it."""
        if self.state == "held" and self.reason_sv:
            return printable(self.reason_sv)
        rules = [rule for rule in self.rules if rule.effect in ("invariant", "hold")]
        if not rules:
            return self.reason_sv or "Ingen regel kunde prövas på den."
        if rules[0].card is None:
            return printable(rules[0].issues[0]["expected_sv"])
        faults = sum(rule.count for rule in rules)
        if len(rules) == 1:
            return f"{_number(faults)} fel mot regeln ”{rules[0].meaning_sv.removesuffix('.')}”."
        return f"{_number(faults)} fel mot {len(rules)} regler."

    @property
    def now_sv(self) -> str:
        """What happens now, and what the reader can do."""
        if self.state == "accepted":
            return "Inget behöver göras; anmärkningarna visas bredvid siffrorna."
        if self.state != "held":
            return (
                "Inget ur filen har lästs in, och de förra siffrorna gäller. "
                "Rätta det som står nedan och lämna hela filen igen i samma mapp."
            )
        name = self.delivery_id or "LEVERANS"
        return (
            "Inget ur filen räknas förrän förbundets förvaltare bestämt sig: "
            f"`finsam approve {name} --reason SKÄL --login INLOGGNING` låter den gälla, och `finsam reject` avvisar den. "
            "Är filen fel: lämna en rättad fil i samma mapp."
        )

    @property
    def rules(self) -> list[BrokenRule]:
        """Every rule that found something, the worst first."""
        cards = _cards(self.feed_id)
        own: dict[str, list[Issue]] = {rule_id: [] for rule_id in self.counts}
        for issue in self.issues:
            own.setdefault(issue["rule_id"], []).append(issue)
        found = [
            BrokenRule(
                rule_id,
                cards.get(rule_id),
                issues,
                self.counts.get(rule_id, len(issues)),
                self._effect(cards.get(rule_id), issues),
            )
            for rule_id, issues in own.items()
        ]
        return sorted(found, key=lambda rule: (_WORST_FIRST.index(rule.effect), rule.rule_id))

    def _effect(self, card: Rule | None, issues: Sequence[Issue]) -> str:
        if card is None:
            return "invariant"
        if any(issue.get("blocking") for issue in issues) or not issues:
            return card.severity
        if card.severity == "hold":
            return "hold"
        return "aside" if card.sets_aside else "finding"


@dataclass(frozen=True)
class BrokenRule:
    """One rule's faults in one delivery. card: None for a person's decision. effect: a key of EFFECTS_SV."""

    rule_id: str
    card: Rule | None
    issues: Sequence[Issue]
    count: int
    effect: str

    @property
    def meaning_sv(self) -> str:
        """What the rule asks for."""
        return self.card.meaning_sv if self.card else "En människa har beslutat om leveransen."


@dataclass
class _Group:
    """Faults of one rule that are told together: same column, same words."""

    column: str
    expected_sv: str
    remedy_sv: str
    rows: list[int] = field(default_factory=list)
    values: Counter[str] = field(default_factory=Counter)

    @property
    def where_sv(self) -> str:
        """`rad 4 och 9–12, kolumn Belopp, ”1.234”`; nothing where the fault is the whole file's."""
        parts = [row_ranges(self.rows)] if self.rows else []
        if self.column:
            parts.append(f"kolumn {self.column}")
        shown = [f"”{value}”" for value in list(self.values)[:MOST_VALUES_SHOWN]]
        if shown:
            parts.append(", ".join(shown) + (" …" if len(self.values) > MOST_VALUES_SHOWN else ""))
        return ", ".join(parts)

    @property
    def line_sv(self) -> str:
        """Where, and what was expected there; a fault of the whole file is only its sentence."""
        where = self.where_sv
        return f"{where[:1].upper()}{where[1:]}. Väntat: {self.expected_sv}" if where else self.expected_sv


def readable(text: str) -> str:
    """A word of the file's as it may be shown anywhere: nothing invisible, no one's number."""
    return masked(printable(text))


def printable(text: str) -> str:
    """The text with control and invisible characters as signs: nothing moves a cursor or hides a letter."""
    if text.isprintable():
        return text
    shown = (
        c if c.isprintable() or unicodedata.category(c) == "Zs" else f"⟨U+{ord(c):04X}⟩"
        for c in text.translate(_CONTROL_PICTURES)
    )
    return unicodedata.normalize("NFC", "".join(shown))


def row_ranges(rows: Iterable[int]) -> str:
    """`rad 4, 9 och 12–40` for the numbers of some rows."""
    ranges: list[tuple[int, int]] = []
    for row in sorted(set(rows)):
        if ranges and row == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], row)
        else:
            ranges.append((row, row))
    words: list[str] = []
    for first, last in ranges:
        words += [f"{first}–{last}"] if last > first + 1 else map(str, range(first, last + 1))
    if len(words) > MOST_RANGES_SHOWN:
        return f"rad {', '.join(words[:MOST_RANGES_SHOWN])} med flera"
    return "rad " + (f"{', '.join(words[:-1])} och {words[-1]}" if len(words) > 1 else words[0])


def line_sv(issue: Mapping[str, Any]) -> str:
    """One fault in one line: `rad 5, kolumn Belopp, ”1.234”. Väntat: ett tal …`."""
    group = _group_of(issue)
    _add(group, issue)
    return group.line_sv


def text_sv(notice: Notice) -> str:
    """The whole notice: what, why and what now, then the faults rule by rule."""
    head = [notice.what_sv, f"Varför: {notice.why_sv}", f"Nu: {notice.now_sv}", ""]
    return "\n".join(head) + "\n" + issues_sv(notice)


def issues_sv(notice: Notice) -> str:
    """The faults rule by rule, alike ones together, each remedy once."""
    lines: list[str] = []
    for rule in notice.rules:
        lines += [*_rule_lines(rule, notice.where_rest_sv), ""]
    return "\n".join(lines)


def _rule_lines(rule: BrokenRule, where_rest_sv: str) -> list[str]:
    how_many = f"{_number(rule.count)} {'anmärkning' if rule.effect == 'finding' else 'fel'}"
    if rule.effect == "finding" and rule.count > 1:
        how_many += "ar"
    name = f"Regel {rule.rule_id}" if rule.card else "Beslut"
    lines = [f"{name}: {rule.meaning_sv} ({how_many}, {EFFECTS_SV[rule.effect]})"]
    if rule.card:
        lines.append(f"  {rule.card.why_sv}")
    groups = _groups(rule.issues)
    remedies = dict.fromkeys(group.remedy_sv for group in groups)
    for group in groups[:MOST_GROUPS_SHOWN]:
        lines.append(f"  * {group.line_sv}")
        if len(remedies) > 1:
            lines.append(f"    Gör så här: {group.remedy_sv}")
    if len(groups) > MOST_GROUPS_SHOWN:
        lines.append(f"  … och {len(groups) - MOST_GROUPS_SHOWN} till; {where_rest_sv}.")
    if rule.count > len(rule.issues) >= MOST_FAULTS_KEPT:
        lines.append(f"  Bara de {_number(len(rule.issues))} första sparas; antalet är exakt.")
    if len(remedies) <= 1:
        lines.append(f"  Gör så här: {next(iter(remedies), rule.card.remedy_sv if rule.card else '')}")
    return lines


def _groups(issues: Iterable[Issue]) -> list[_Group]:
    found: dict[tuple[str, str, str], _Group] = {}
    for issue in issues:
        group = _group_of(issue)
        _add(found.setdefault((group.column, group.expected_sv, group.remedy_sv), group), issue)
    return list(found.values())


def _group_of(issue: Mapping[str, Any]) -> _Group:
    return _Group(
        readable(issue.get("column_name") or ""),
        printable(issue.get("expected_sv") or ""),
        printable(issue.get("remedy_sv") or ""),
    )


def _add(group: _Group, issue: Mapping[str, Any]) -> None:
    if issue.get("row_number"):
        group.rows.append(issue["row_number"])
    if issue.get("value_shown"):
        group.values[readable(issue["value_shown"])] += 1


def _number(count: int) -> str:
    return f"{count:,}".replace(",", "\u00a0")


def _cards(feed_id: str) -> dict[str, Rule]:
    from expectations.suites import suite_for

    return {rule.id: rule for rule in suite_for(feed_id).rules}


# --- as data ---


def as_data(notice: Notice) -> dict[str, Any]:
    """The notice for a program: the three sentences, each rule's card and exact count, every issue kept."""
    return {
        "delivery": {
            "delivery_id": notice.delivery_id,
            "file_name": notice.file_name,
            "feed_id": notice.feed_id,
            "association_id": notice.association_id,
            "state": notice.state,
        },
        "what_sv": notice.what_sv,
        "why_sv": notice.why_sv,
        "now_sv": notice.now_sv,
        "rules": [_rule_data(rule) for rule in notice.rules],
        "issue_count_per_rule": dict(notice.counts),
        "issues": [issue_data(issue) for issue in notice.issues],
    }


def _rule_data(rule: BrokenRule) -> dict[str, Any]:
    card = rule.card
    return {
        "rule_id": rule.rule_id,
        "count": rule.count,
        "shown": len(rule.issues),
        "effect": rule.effect,
        "meaning_sv": rule.meaning_sv,
        "why_sv": card.why_sv if card else "",
        "remedy_sv": card.remedy_sv if card else "",
        "owner_sv": card.owner_sv if card else "",
    }


def issue_data(issue: Issue) -> Issue:
    """One issue with what came from the file made fit to show."""
    shown = {name: issue.get(name) for name in ("column_name", "value_shown")}
    return {**issue, **{name: readable(text) if text else None for name, text in shown.items()}}


# --- as a workbook ---

_COLUMNS = (
    ("Rad", 8),
    ("Kolumn", 22),
    ("Värde", 28),
    ("Väntat", 60),
    ("Gör så här", 60),
    ("Följd", 22),
    ("Regel", 11),
    ("Regeln säger", 50),
)


def save_workbook(notice: Notice, path: Path) -> None:
    """The faults as a sheet one can filter, and the delivery with its rules on another. Memory does not grow with rows."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    _fill_faults(book.create_sheet("Fel"), notice)
    _fill_delivery(book.create_sheet("Om leveransen"), notice)
    book.save(path)


def _fill_faults(sheet: Any, notice: Notice) -> None:
    from openpyxl.utils import get_column_letter

    for place, (_title, width) in enumerate(_COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(_COLUMNS))}{len(notice.issues) + 1}"
    sheet.append([text_cell(sheet, title, bold=True) for title, _width in _COLUMNS])
    rules = {rule.rule_id: rule for rule in notice.rules}
    for issue in notice.issues:
        rule = rules[issue["rule_id"]]
        sheet.append(
            [
                issue.get("row_number"),
                text_cell(sheet, readable(issue.get("column_name") or "")),
                text_cell(sheet, readable(issue.get("value_shown") or "")),
                text_cell(sheet, printable(issue.get("expected_sv") or "")),
                text_cell(sheet, printable(issue.get("remedy_sv") or "")),
                text_cell(sheet, EFFECTS_SV[rule.effect]),
                text_cell(sheet, rule.rule_id),
                text_cell(sheet, rule.meaning_sv),
            ]
        )


def _fill_delivery(sheet: Any, notice: Notice) -> None:
    for letter, width in zip("ABCDEFG", (16, 60, 12, 24, 60, 60, 30), strict=True):
        sheet.column_dimensions[letter].width = width
    about = (
        ("Fil", notice.file_name),
        ("Leverans", notice.feed_id),
        ("Förbund", notice.association_id),
        ("Leveransens id", notice.delivery_id or ""),
        ("Vad", notice.what_sv),
        ("Varför", notice.why_sv),
        ("Nu", notice.now_sv),
    )
    for name, said in about:
        sheet.append([text_cell(sheet, name, bold=True), text_cell(sheet, said)])
    sheet.append([])
    titles = ("Regel", "Regeln säger", "Antal", "Följd", "Varför", "Gör så här", "Vem")
    sheet.append([text_cell(sheet, title, bold=True) for title in titles])
    for rule in notice.rules:
        found = _rule_data(rule)
        sheet.append(
            [
                text_cell(sheet, rule.rule_id),
                text_cell(sheet, rule.meaning_sv),
                rule.count,
                text_cell(sheet, EFFECTS_SV[rule.effect]),
                *(text_cell(sheet, found[name]) for name in ("why_sv", "remedy_sv", "owner_sv")),
            ]
        )


def text_cell(sheet: Any, text: str, bold: bool = False) -> Any:
    """A cell that is text whatever it looks like: Excel keeps it text when it is edited, too."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    if text[:1] in ("=", "+", "-", "@", "'"):
        cell.quotePrefix = True
    if bold:
        cell.font = Font(bold=True)
    return cell


# --- in the quarantine ---


def write_refusal(
    settings: Settings, delivery: Mapping[str, Any], issues: Sequence[Issue], counts: Mapping[str, int]
) -> Path:
    """Put the notice beside our own id: `quarantine/<delivery id>/refusal.txt`, `.json` and `.xlsx`.

    delivery: delivery_id, file_name, feed_id, association_id; state (rejected unless said) and reason_sv.
    """
    notice = Notice(
        readable(str(delivery["file_name"])),
        str(delivery["feed_id"]),
        str(delivery["association_id"]),
        str(delivery.get("state") or "rejected"),
        issues,
        counts,
        str(delivery["delivery_id"]),
        str(delivery.get("reason_sv") or ""),
    )
    folder = settings.quarantine / str(notice.delivery_id)
    folder.mkdir(parents=True, exist_ok=True)
    text, data, workbook = (folder / name for name in _FILES)
    text.write_text(text_sv(notice), encoding="utf-8")
    data.write_text(json.dumps(as_data(notice), ensure_ascii=False, indent=1, default=str), encoding="utf-8")
    save_workbook(notice, workbook)
    return text


def remove_refusal(settings: Settings, delivery_id: str) -> None:
    """Take away what was said of a delivery that is taken in after all."""
    shutil.rmtree(settings.quarantine / delivery_id, ignore_errors=True)
