"""The rule catalogue: every card, of deliveries and of builds, as `expectations/README.md`.

`python -m expectations.catalogue` writes it, and records new ids among those ever issued; tests fail when they are out of date.
"""

from __future__ import annotations

import ast
import csv
import re
from dataclasses import fields
from pathlib import Path

from expectations import building, publishing
from expectations.rule import Rule
from expectations.suites import all_rules

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "expectations" / "README.md"
ISSUED = ROOT / "expectations" / "issued_ids.csv"
"""Every rule id ever issued and its feed. A line is added, never taken away or changed."""
_BUILD_TESTS = ROOT / "dbt_project" / "tests"
_META = re.compile(r"config\(\s*meta\s*=\s*(\{.*?\n?\})\s*[,)]", re.DOTALL)
_GROUPS = {
    "STR": "Filen och dess form",
    "MAN": "Följeblad",
    "VAL": "Värden",
    "PRI": "Personuppgifter",
    "DLV": "Leveransens räkning",
    "HIS": "Mot den förra leveransen",
    "FEE": "Medlemsavgifter",
    "LED": "Huvudbok",
    "PAR": "Deltagare",
    "CNT": "Deltagarantal",
    "REF": "Remisser",
    "PRT": "Tryckta siffror",
    "BLD": "Bygget",
    "PUB": "Publiceringen",
    "MRT": "Varje mart",
    "KEY": "Nycklar och kopplingar",
    "REC": "Avstämning mellan rummen",
    "FIN": "Ekonomi",
    "OUT": "Deltagare och resultat",
    "DSC": "Skydd av antal personer",
}
_SEVERITIES = {"invariant": "stoppar", "hold": "väntar på beslut", "finding": "anmärkning"}
_HEAD = """# Regler

Skriven av `python -m expectations.catalogue`; ändra i `expectations/suites/` eller i testet i
`dbt_project/tests/`.

*Stoppar*: leveransen avvisas, eller förbundets senaste goda siffror står kvar. *Väntar på beslut*: leveransen kan vara
rätt men är ovanlig; en förvaltare godkänner eller avvisar den med skäl (`finsam approve`, `finsam reject`), och till
dess räknas den inte. Det som i ett bygge väntar på beslut stoppar förbundet tills två förvaltare står bakom ett undantag
(`finsam waive`). *Anmärkning*: siffrorna visas, med anmärkningen bredvid. *Lägger undan raden*: där kontraktet
tillåter det (deltagare) kostar felet raden, inte leveransen. Ett id är för alltid; de som utdelats står i
`issued_ids.csv`. Varje leveransregel har en fil i `tests/fixtures/` som bara den stoppar.
"""


def build_rules() -> dict[str, Rule]:
    """The cards that stand in the dbt tests' `config(meta={…})`, by id. Raises ValueError on a doubled id."""
    names = {field.name for field in fields(Rule)}
    found: dict[str, Rule] = {}
    for path in sorted(_BUILD_TESTS.rglob("*.sql")):
        for text in _META.findall(path.read_text(encoding="utf-8")):
            meta = ast.literal_eval(text)
            if "rule_id" not in meta:
                continue
            card = {name: value for name, value in meta.items() if name in names}
            rule = Rule(id=meta["rule_id"], **card, scope="build")
            if rule.id in found:
                raise ValueError(f"rule {rule.id} is declared twice")
            found[rule.id] = rule
    return dict(sorted(found.items()))


def all_cards() -> dict[str, Rule]:
    """Every card by id: of deliveries, of dbt tests, of our own machinery. Raises ValueError on a doubled id."""
    found: dict[str, Rule] = {}
    machinery = {rule.id: rule for rule in (*building.RULES, *building.OCCASIONAL, *publishing.RULES)}
    for cards in (all_rules(), build_rules(), machinery):
        if doubled := found.keys() & cards.keys():
            raise ValueError(f"rules {sorted(doubled)} are declared twice")
        found.update(cards)
    return dict(sorted(found.items()))


def catalogue() -> str:
    """The catalogue's text."""
    groups: dict[str, list[Rule]] = {group: [] for group in _GROUPS}
    for rule in all_cards().values():
        groups.setdefault(rule.id.partition("-")[0], []).append(rule)
    parts = [_HEAD]
    for group, members in groups.items():
        if members:
            parts.append(f"## {_GROUPS.get(group, group)}\n\n" + "\n".join(_card(rule) for rule in members))
    return "\n".join(parts)


def _card(rule: Rule) -> str:
    effect = _SEVERITIES[rule.severity] + ("; lägger undan raden" if rule.sets_aside else "")
    where = "bygge" if rule.scope == "build" else "leverans"
    feed = "" if rule.feed == "*" else f", `{rule.feed}`"
    return (
        f"### {rule.id}\n\n**{rule.meaning_sv}** ({effect}; {where}{feed})\n\n"
        f"- Varför: {rule.why_sv}\n- Gör så här: {rule.remedy_sv}\n- Vem: {rule.owner_sv}\n"
    )


def issued(file: Path = ISSUED) -> dict[str, str]:
    """Every id ever issued -> its feed: those recorded and those of today."""
    known: dict[str, str] = {}
    if file.exists():
        with file.open(encoding="utf-8", newline="") as recorded:
            known = {row["rule_id"]: row["feed"] for row in csv.DictReader(recorded)}
    return dict(sorted(({rule.id: rule.feed for rule in all_cards().values()} | known).items()))


def _record() -> None:
    found = issued()
    with ISSUED.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("rule_id", "feed"))
        writer.writerows(found.items())


if __name__ == "__main__":
    FILE.write_text(catalogue(), encoding="utf-8")
    _record()
