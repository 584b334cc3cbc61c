"""What holds for every row of every mart, whatever it is about: judged by Great Expectations over counts per mart."""

from __future__ import annotations

from dataclasses import dataclass

from expectations.rule import Rule

_KEEPER = "Den som förvaltar lagret"


@dataclass(frozen=True)
class MartRule:
    """A card, the columns it looks at by how they are named and typed (any type where none is given), and when a cell
    breaks it (`{column}`).
    """

    rule: Rule
    name_ends: tuple[str, ...]
    data_type: str
    is_bad: str

    def columns(self, typed: dict[str, str]) -> list[str]:
        """Those of a mart's columns (name -> type) that the rule looks at."""
        return sorted(
            name
            for name, data_type in typed.items()
            if self.data_type in ("", data_type) and name.endswith(self.name_ends)
        )


MART_RULES = (
    MartRule(
        Rule(
            "MRT-001",
            "Inget antal i en mart är negativt.",
            "Färre än ingen finns inte: en koppling eller ett tecken är fel.",
            "Evidensen nämner marten: se vilken modell som räknar kolumnen.",
            scope="build",
            owner_sv=_KEEPER,
        ),
        ("_count",),
        "",
        "{column} < 0",
    ),
    MartRule(
        Rule(
            "MRT-002",
            "Inget namn och ingen benämning i en mart är tom: det som saknas är null.",
            "En tom text räknas som en egen grupp och syns inte.",
            "Evidensen nämner marten: se vilken modell som gör texten.",
            scope="build",
            owner_sv=_KEEPER,
        ),
        ("_name", "_id", "_sv"),
        "text",
        "btrim({column}) = ''",
    ),
    MartRule(
        Rule(
            "MRT-003",
            "Varje räkenskapsår i en mart är ett år som kan ha hänt eller planeras.",
            "År 226 eller 20167 hamnar utanför varje rapport.",
            "Evidensen nämner marten: se vilken modell som gör året.",
            scope="build",
            owner_sv=_KEEPER,
        ),
        ("fiscal_year",),
        "integer",
        "{column} not between 1990 and 2100",
    ),
)
