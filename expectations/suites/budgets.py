"""Rules of budgets, forecasts and plans. Amounts may have any sign: a deficit that is opened with is a fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rule import GateRule, Measure, RowRule, Rule
from ingestion.feeds.budgets import FEED

if TYPE_CHECKING:
    import pyarrow as pa

    from expectations.measures import Rows
    from ingestion.readers.table import TextTable


def _is_part_of_another(rows: Rows, table: TextTable) -> pa.Array:
    if table.wide is not None:
        return rows.none()  # there it is read as the part it is
    return rows.begins_with("line_name", "varav", "därav")


def _same_line_twice(table: TextTable) -> Measure:
    from expectations.measures import Doubles

    place = table.wide.place_sv if table.wide is not None else None
    return Doubles(
        FEED.grain, ("line_name", "fiscal_year"), "Varje rad står", "line_name", place, ("line", "part")
    )


def _sum_rows(table: TextTable) -> Measure:
    from expectations.plan_tables import SumRows

    return SumRows(table)


def _sum_columns(table: TextTable) -> Measure:
    from expectations.plan_tables import SumColumns

    return SumColumns(table)


def _parts(table: TextTable) -> Measure:
    from expectations.plan_tables import Parts

    return Parts(table)


def _lists(table: TextTable) -> Measure:
    from expectations.plan_tables import Lists

    return Lists(table)


def _cost_signs(table: TextTable) -> Measure:
    from expectations.plan_tables import CostSigns

    return CostSigns(table, FEED.wide.cost_words if FEED.wide else ())


def _unit_is_stated(table: TextTable) -> Measure:
    from expectations.plan_tables import unit_is_stated

    return unit_is_stated(table, UNIT_REMEDY)


UNIT_REMEDY = (
    "Skriv Enhet och enheten i två celler ovanför tabellen, eller i en egen kolumn; eller be förvaltaren skriva den "
    "bland förbundets egna rubriker."
)

ROW_RULES = (
    RowRule(
        Rule(
            "BUD-001",
            "Ingen rad är en del av raden ovanför, där varje år har sin egen rad.",
            "En varav-rad är redan räknad i raden den hör till; läst som en egen rad räknas pengarna två gånger.",
            "Ta bort varav-raden, eller ersätt raden ovanför med sina delar.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "line_name",
        ("line_name",),
        _is_part_of_another,
        "En rad med egna pengar, inte en del (varav) av en annan rad.",
    ),
)

RULES = (
    GateRule(
        Rule(
            "BUD-002",
            "Samma budgetrad står en gång per år, insats och part.",
            "Två lika rader kan vara två tjänster eller en dubblett; båda räknas, och bara den som skrev vet.",
            "Är det en dubblett: ta bort den. Är det två: skilj dem åt i post, insats eller part.",
            severity="finding",
            feed=FEED.id,
        ),
        _same_line_twice,
    ),
    GateRule(
        Rule(
            "BUD-003",
            "Enheten är uttalad där en rubrik i en bred tabell säger annat än kronor.",
            "Rubrikens enhet är ofta fel i tryck; läst fel blir varje belopp tusen gånger för stort eller litet.",
            UNIT_REMEDY,
            feed=FEED.id,
        ),
        _unit_is_stated,
    ),
    GateRule(
        Rule(
            "BUD-004",
            "Summarader och resultat i en bred tabell följer av raderna ovanför, kolumn för kolumn.",
            "Då har ingen rad fallit bort och ingen del räknats två gånger. Tolerans: en halv enhet per term.",
            "Jämför raderna med summan i den kolumnen. Beloppen läses in som de står; summan läses aldrig in.",
            severity="finding",
            feed=FEED.id,
        ),
        _sum_rows,
        proves_completeness=True,
    ),
    GateRule(
        Rule(
            "BUD-005",
            "Kolumner som summerar eller jämför åren följer av radens belopp.",
            "En summa över åren som inte stämmer visar att ett år är felskrivet eller att summan är gammal.",
            "Jämför radens belopp med summan. Beloppen läses in som de står; summan läses aldrig in.",
            severity="finding",
            feed=FEED.id,
        ),
        _sum_columns,
    ),
    GateRule(
        Rule(
            "BUD-006",
            "Delarna (varav) av en rad är tillsammans högst raden.",
            "Är de fler hör någon inte dit, eller så är raden felskriven.",
            "Rätta delen eller raden ovanför, eller skriv delen som en egen rad.",
            severity="finding",
            feed=FEED.id,
        ),
        _parts,
    ),
    GateRule(
        Rule(
            "BUD-007",
            "En rad som hänvisar till en lista av insatser (bilaga) är listans summa.",
            "Listan läses in och raden är dess kontroll; skiljer de sig vet bara avsändaren vilken som gäller.",
            "Jämför raden med listan. Listans belopp läses in som de står.",
            severity="finding",
            feed=FEED.id,
        ),
        _lists,
    ),
    GateRule(
        Rule(
            "BUD-008",
            "Kostnaderna i en bred tabell är skrivna med det tecken handlingen säger.",
            "Kostnader med minus som läses som plus ökar utrymmet i stället för att minska det; summorna visar vilket det är.",
            "Skriv raden ”Kostnader skrivs med;minus” ovanför tabellen. Beloppen läses in som de står och vänds aldrig utan den.",
            severity="finding",
            feed=FEED.id,
        ),
        _cost_signs,
    ),
)
