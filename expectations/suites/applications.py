"""Rules of applications: the same money may be shown in several breakdowns, but each shows what it is called after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rule import GateRule, Measure, RowRule, Rule
from ingestion.feeds.applications import FEED

if TYPE_CHECKING:
    import pyarrow as pa

    from expectations.measures import Rows
    from ingestion.readers.table import TextTable


def _ends_before_it_starts(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.is_before("to_date", "from_date")


def _is_negative(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.is_negative("amount_sek")


def _gives_less_than_nothing(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.any_of(
        rows.or_false(rows.is_negative("own_financing_sek")), rows.or_false(rows.is_negative("in_kind_sek"))
    )


def _has_no_year(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.all_of(rows.has("breakdown", "year"), rows.is_missing("fiscal_year"))


def _has_no_party(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.all_of(rows.has("breakdown", "party"), rows.is_missing("party_name"))


def _says_nothing(rows: Rows, _table: TextTable) -> pa.Array:
    return rows.all_of(
        rows.is_zero("amount_sek"),
        rows.is_zero("own_financing_sek"),
        rows.is_zero("in_kind_sek"),
        *(rows.is_missing(name) for name in ("party_name", "cost_category", "post_name", "fiscal_year")),
    )


def _same_row_twice(table: TextTable) -> Measure:
    from expectations.measures import Doubles

    place = table.wide.place_sv if table.wide is not None else None
    said = "Varje del av ansökan står"
    return Doubles(FEED.grain, ("application_code",), said, "post_name", place, ("line",))


def _sum_rows(table: TextTable) -> Measure:
    from expectations.plan_tables import SumRows

    return SumRows(table, _amounts())


def _sums_of_parties(table: TextTable) -> Measure:
    from expectations.plan_tables import PartySums

    return PartySums(table, _amounts())


def _amounts() -> tuple[str, ...]:
    return FEED.wide.amounts if FEED.wide else ()


def _unit_is_stated(table: TextTable) -> Measure:
    from expectations.plan_tables import unit_is_stated

    return unit_is_stated(table, UNIT_REMEDY)


UNIT_REMEDY = "Skriv Enhet och enheten i två celler ovanför tabellen, eller i en egen kolumn."

ROW_RULES = (
    RowRule(
        Rule(
            "APP-002",
            "En sökt period slutar inte innan den börjar.",
            "Då är något av datumen fel, och det sökta hamnar på fel år.",
            "Rätta periodens första eller sista dag.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "to_date",
        ("from_date", "to_date"),
        _ends_before_it_starts,
        "En sista dag på eller efter den första.",
    ),
    RowRule(
        Rule(
            "APP-003",
            "Inget sökt belopp är mindre än noll.",
            "Ett minus döljer vad som söks: det är en ändring, eller egenfinansieringen i fel kolumn.",
            "Skriv hela det sökta beloppet, och egenfinansieringen i sin egen kolumn.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "amount_sek",
        ("amount_sek",),
        _is_negative,
        "Ett belopp på noll eller mer.",
    ),
    RowRule(
        Rule(
            "APP-004",
            "Uppdelningen per år har år på varje rad.",
            "Utan år går det inte att se när pengarna behövs, och summan per år blir för låg.",
            "Fyll i året, eller välj en annan uppdelning.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "fiscal_year",
        ("breakdown",),
        _has_no_year,
        "Ett år, eftersom uppdelningen är per år.",
    ),
    RowRule(
        Rule(
            "APP-005",
            "Uppdelningen per part har part på varje rad.",
            "Utan part vet ingen vem som söker, och summan per part blir för låg.",
            "Fyll i parten, eller välj en annan uppdelning.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "party_name",
        ("breakdown",),
        _has_no_party,
        "En part, eftersom uppdelningen är per part.",
    ),
    RowRule(
        Rule(
            "APP-006",
            "Varje rad säger något om det sökta.",
            "En rad utan belopp, part, tjänst, kostnadsslag och år är en mall som inte fyllts i.",
            "Fyll i raden, eller ta bort den.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "amount_sek",
        ("amount_sek",),
        _says_nothing,
        "Ett belopp, eller den part, den tjänst, det kostnadsslag eller det år som raden gäller.",
    ),
    RowRule(
        Rule(
            "APP-007",
            "Ingen egenfinansiering och ingen naturainsats är mindre än noll.",
            "Ett minus där gör att en annan parts insats ser mindre ut än den är.",
            "Skriv det parten bidrar med som ett plusbelopp, och det den söker i kolumnen för sökt belopp.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "own_financing_sek",
        ("own_financing_sek",),
        _gives_less_than_nothing,
        "Belopp på noll eller mer.",
    ),
)

RULES = (
    GateRule(
        Rule(
            "APP-001",
            "Samma del av en ansökan står en gång i sin uppdelning.",
            "En dubbel rad söker samma pengar två gånger.",
            "Ta bort den rad som inte gäller, eller skilj tjänsterna åt.",
            feed=FEED.id,
        ),
        _same_row_twice,
    ),
    GateRule(
        Rule(
            "APP-008",
            "Summarader i en tabell med en kolumn per part följer av raderna ovanför, part för part.",
            "Då har ingen rad fallit bort. En summa som inte stämmer visar ett felskrivet belopp eller en gammal summa.",
            "Jämför raderna med summan i den kolumnen. Beloppen läses in som de står; summan läses aldrig in.",
            severity="finding",
            feed=FEED.id,
        ),
        _sum_rows,
        proves_completeness=True,
    ),
    GateRule(
        Rule(
            "APP-009",
            "Kolumnen för alla parter är summan av parternas kolumner, rad för rad.",
            "En part som fallit ur summan syns inte i beslutet, men får pengarna ändå.",
            "Jämför parternas belopp med summan. Beloppen läses in som de står; summan läses aldrig in.",
            severity="finding",
            feed=FEED.id,
        ),
        _sums_of_parties,
    ),
    GateRule(
        Rule(
            "APP-010",
            "Enheten är uttalad där en rubrik i en tabell med en kolumn per part säger annat än kronor.",
            "Rubrikens enhet är ofta fel i tryck; läst fel blir varje belopp tusen gånger för stort eller litet.",
            UNIT_REMEDY,
            feed=FEED.id,
        ),
        _unit_is_stated,
    ),
)
