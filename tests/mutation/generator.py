"""A seeded generator of faults: in models, in rows of any room, in what was delivered, in tests and their thresholds.

No gate knows of it and it knows of no gate: faults are drawn from what SQL and rows are made of.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field

OPERATORS = (
    ("wrong sign", r"\bsum\(", "-sum("),
    ("wrong sign", r"(?<=\w) - (?=\w)", " + "),
    ("wrong sign", r"(?<=\w) \+ (?=\w)", " - "),
    ("wrong sign", r"-(?=\w+\.\w+_sek)", ""),
    ("wrong aggregate", r"\bsum\(", "max("),
    ("wrong aggregate", r"\bmax\(", "min("),
    ("wrong aggregate", r"\bmin\(", "max("),
    ("wrong aggregate", r"\bcount\(\*\)", "count(distinct 1)"),
    ("wrong join", r"\bleft join\b", "inner join"),
    ("wrong join", r"\binner join\b", "left join"),
    ("wrong join", r"\bunion all\b", "except"),
    ("wrong condition", r"(?<=\w) = (?=')", " <> "),
    ("wrong condition", r"(?<=\w) = (?=\w)", " >= "),
    ("wrong condition", r" < ", " <= "),
    ("wrong condition", r" <= ", " < "),
    ("wrong condition", r" > ", " >= "),
    ("wrong condition", r"\bis not null\b", "is null"),
    ("wrong condition", r"\bis null\b", "is not null"),
    ("wrong condition", r"\bnot exists\b", "exists"),
    ("wrong condition", r"\bnot (?=\w+\.)", ""),
    ("wrong condition", r"\band\b", "or"),
    ("wrong condition", r"\bor\b", "and"),
    ("wrong condition", r"filter \(where\b", "filter (where not"),
    ("wrong order", r"\bdesc\b", "asc"),
    ("wrong order", r"\basc\b", "desc"),
    ("wrong year", r"fiscal_year - 1", "fiscal_year - 2"),
    ("wrong year", r"fiscal_year \+ 1", "fiscal_year + 2"),
    ("wrong number", r"(?<![\w.'])([1-9])(?![\w.'(])", r"\g<1>0"),
    ("wrong number", r"(?<![\w.'])0(?![\w.'])", "1"),
    ("doubled row", r"\bdistinct\b", ""),
    ("doubled row", r"row_number\(\)", "1 + 0 * row_number()"),
    ("swapped category", r"'([a-z_]{3,})'", None),
    ("shifted column", r"\b(\w+)\.(\w+_sek)\b", None),
)
ROW_FAULTS = ("dropped row", "doubled row", "wrong sign", "hundredfold", "swapped category", "shifted column")
TEST_FAULTS = ("removed test", "weakened test", "looser setting", "looser threshold")


@dataclass(frozen=True)
class Mutant:
    """One fault. kind: what it does. where: the model, relation or test. sql: what stands there instead, or is executed."""

    kind: str
    room: str
    where: str
    sql: str = ""
    note: str = ""
    manifest: dict = field(default_factory=dict, compare=False, repr=False)

    def __str__(self):
        return f"{self.room}: {self.kind} in {self.where} {self.note}".strip()


def model_mutant(draw, models):
    """A change of a few characters in one model's SQL; None where the draw found nothing to change."""
    name = draw.choice(sorted(models))
    text = models[name]
    kind, pattern, instead = draw.choice(OPERATORS)
    places = list(re.finditer(pattern, text))
    if not places:
        return None
    place = draw.choice(places)
    if instead is None:
        others = sorted({found.group(0) for found in places} - {place.group(0)})
        if not others:
            return None
        new = draw.choice(others)
    else:
        new = place.expand(instead)
    line = text.count("\n", 0, place.start()) + 1
    return Mutant(
        kind, "model", name, text[: place.start()] + new + text[place.end() :],
        f"line {line}: {place.group(0).strip()!r} -> {new.strip()!r}",
    )  # fmt: skip


def row_mutant(draw, columns, room):
    """One row of one relation spoilt. columns: relation -> {column: type}."""
    relation = draw.choice(sorted(columns))
    kind = draw.choice(ROW_FAULTS)
    known = columns[relation]
    at = f"ctid = (select ctid from {relation} order by md5(t::text || {draw.randrange(10**6)}) limit 1)".replace(
        f"from {relation} ", f"from {relation} as t "
    )
    numbers = [c for c, t in known.items() if c.endswith(("_sek", "_count")) or t.startswith("numeric")]
    texts = [c for c, t in known.items() if t == "text" and not c.startswith("_") and c != "association_id"]
    if kind == "dropped row":
        return Mutant(kind, room, relation, f"delete from {relation} where {at}")
    if kind == "doubled row":
        return Mutant(kind, room, relation, f"insert into {relation} select * from {relation} where {at}")
    if kind in {"wrong sign", "hundredfold"} and numbers:
        column, factor = draw.choice(sorted(numbers)), "-1" if kind == "wrong sign" else "100"
        value = f"({column}::numeric * {factor})"
        cast = "::text" if known[column] == "text" else ""
        return Mutant(
            kind, room, relation, f"update {relation} set {column} = {value}{cast} where {at}", column
        )
    if kind == "swapped category" and texts:
        column = draw.choice(sorted(texts))
        other = (
            f"(select t.{column} from {relation} as t where t.{column} is distinct from c.{column} limit 1)"
        )
        return Mutant(
            kind, room, relation, f"update {relation} as c set {column} = {other} where c.{at}", column
        )
    if kind == "shifted column" and len(numbers) > 1:
        one, two = draw.sample(sorted(numbers), 2)
        return Mutant(
            kind,
            room,
            relation,
            f"update {relation} set {one} = {two}, {two} = {one} where {at}",
            f"{one}/{two}",
        )
    return None


def stale_mutant(draw, feeds):
    """What is in force is taken for what another delivery of the same feed said. feeds: feed -> load numbers."""
    several = sorted(feed for feed, numbers in feeds.items() if len(numbers) > 1)
    if not several:
        return None
    feed = draw.choice(several)
    mine, other = draw.sample(feeds[feed], 2)
    return Mutant("stale file", "raw", f"raw.{feed}", (
        f"create temporary table stale on commit drop as select * from raw.{feed} where _load_number = {other};"
        f"update stale set _load_number = {mine},"
        f" _delivery_id = (select delivery_id from ops.delivery where load_number = {mine});"
        f"delete from raw.{feed} where _load_number = {mine};"
        f"insert into raw.{feed} select * from stale; drop table stale"
    ), f"{other} for {mine}")  # fmt: skip


def test_mutant(draw, manifest):
    """A test that is gone, asks for less, or tolerates more."""
    spoilt = copy.deepcopy(manifest)
    tests = sorted(name for name, node in spoilt["nodes"].items() if node["resource_type"] == "test")
    name, kind = draw.choice(tests), draw.choice(TEST_FAULTS)
    node = spoilt["nodes"][name]
    if kind == "removed test":
        del spoilt["nodes"][name]
    elif kind == "weakened test":
        if node.get("test_metadata"):
            macro = spoilt["macros"][
                next(m for m in node["depends_on"]["macros"] if m.startswith("macro.finsam."))
            ]
            macro["macro_sql"] = macro["macro_sql"].replace("select", "select distinct", 1)
        else:
            node["raw_code"] = node["raw_code"].replace("group by", "having false group by", 1) + "\nlimit 0"
    elif kind == "looser setting":
        setting, value = draw.choice(
            (("warn_if", "> 10"), ("where", "1 = 0"), ("limit", 0), ("enabled", False))
        )
        node["config"][setting] = value
    else:
        asked_from = node["raw_code"].find("}}") + 2
        numbers = list(re.compile(r"(?<![\w.])(\d+(\.\d+)?)(?![\w.])").finditer(node["raw_code"], asked_from))
        if not numbers:
            return None
        place = draw.choice(numbers)
        node["raw_code"] = (
            f"{node['raw_code'][: place.start()]}{place.group(0)}9{node['raw_code'][place.end() :]}"
        )
    return Mutant(kind, "test", name.split(".")[2], manifest=spoilt)
