"""The published figures equal the printed annual report, or differ exactly where the print is wrong."""

import csv
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from ingestion.report import QUERIES

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*.csv"))
INTERNAL = {
    *("participant_flow", "exit_results", "exit_measures", "education_profile"),
    *(
        "support_before_after",
        "occupation_before_after",
        "participants_by_source",
        "referrals",
        "referrer_profile",
        "goal_attainment",
    ),
}
ATOMS = {"fct_participation"}  # counted in test_golden_participation.py
KRONOR_PER = {"": 1, "tkr": 1000}
NOT_IN_A_MART = "not_delivered"  # printed, and no delivery says it: listed with the reason


def figures():
    for file in (file for file in GOLDEN if file.stem not in ATOMS):
        with file.open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines)


def published(warehouse, mart, key, column, may_be_absent=False):
    """The one cell, or the sum over all rows the key matches; a printed zero may have no row of its own.

    A key may name several values (`work;studies`) or two sets of rows, a part and its whole (`a=1|b=2 / a=1`); a column a
    part or what is left (`reached_count/ended_count`).
    """
    if " / " in key:
        part, whole = (published(warehouse, mart, one, column) for one in key.split(" / "))
        return Decimal(part) / whole
    for sign in "/-":
        if sign in column:
            first, second = (published(warehouse, mart, key, one) for one in column.split(sign))
            return first - second if sign == "-" else Decimal(first) / second if second else None
    schema = "marts_internal" if mart in INTERNAL else "marts"
    pairs = [part.split("=", 1) for part in key.split("|")]
    where = " and ".join(f"\"{name}\"::text = any(string_to_array(%s, ';'))" for name, _ in pairs)
    rows = warehouse.query(
        f'select "{column}" as value from {schema}."{mart}" where {where}', tuple(v for _, v in pairs)
    )
    values = [row["value"] for row in rows if row["value"] is not None]
    if may_be_absent and not values:
        return Decimal(0)
    assert values, f"{mart} has no row {key}"
    if isinstance(values[0], str | date):
        assert len(set(values)) == 1, f"{mart} has several {column} for {key}"
        return str(values[0])
    return sum(values)


def as_number(printed):
    """A printed figure; None where the print has `*****` for what cannot be computed."""
    return Decimal(printed) if printed else None


def shown_lines(warehouse, mart, key):
    """How many rows the mart has for a line that the print leaves without an amount."""
    pairs = [part.split("=", 1) for part in key.split("|")]
    where = " and ".join(f'"{name}"::text = %s' for name, _ in pairs)
    return warehouse.query(f'select 1 from marts."{mart}" where {where}', tuple(value for _, value in pairs))


def in_unit(figure, unit):
    """A published figure in the unit of the print: thousands are rounded half up, as people do."""
    if isinstance(figure, str) or figure is None:
        return figure
    if unit == "percent":
        return Decimal(figure) * 100
    if unit == "whole_percent":
        return (Decimal(figure) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    per = KRONOR_PER[unit]
    return (
        Decimal(figure) if per == 1 else (Decimal(figure) / per).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    )


@pytest.mark.xdist_group("airflow")
def test_every_golden_figure_is_published(demo_night):
    wrong, unseen, compared = [], [], 0
    for figure in figures():
        if figure["kind"] == NOT_IN_A_MART:
            continue
        if figure["kind"] == "not_shown":
            unseen.append((figure["mart"], figure["key"]))
            continue
        is_zero = figure["kind"] == "zero"
        cell = published(demo_night, figure["mart"], figure["key"], figure["column"], is_zero)
        found = in_unit(cell, figure.get("unit") or "")
        expected = figure["expected"] if isinstance(found, str) else as_number(figure["expected"])
        compared += 1
        if found != expected:
            wrong.append((figure["mart"], figure["key"], figure["column"], expected, found))
    assert not wrong
    assert [line for line in unseen if shown_lines(demo_night, *line)] == []
    assert (compared >= 1000, len(unseen)) == (True, 43)


@pytest.mark.xdist_group("airflow")
def test_the_figures_the_issue_names(demo_night):
    own = demo_night.query(
        "select * from marts.own_capital where association_id = 'skelleftea-norsjo' and fiscal_year = 2017"
    )[0]
    assert [
        own[n]
        for n in ("opening_sek", "result_sek", "closing_sek", "allocated_sek", "ceiling_sek", "headroom_sek")
    ] == [2_497_180, -1_206_180, 1_291_000, 6_132_000, 1_226_400, -64_600]
    assert (own["status"], own["claimed_status"]) == ("above", "met")
    lines = {
        r["line_code"]: r["amount_sek"]
        for r in demo_night.query("select * from marts.income_statement where fiscal_year = 2017")
    }
    assert (lines["income"], lines["cost"]) == (6_597_474, -7_803_654)
    sheet = {
        r["line_code"]: r["amount_sek"]
        for r in demo_night.query("select * from marts.balance_sheet where fiscal_year = 2017")
    }
    assert (sheet["assets"], sheet["unexplained_difference"]) == (3_556_642, 1)
    shares = {
        r["member_id"]: r["deviation_sek"]
        for r in demo_night.query("select * from marts.member_fee_shares where fiscal_year = 2017")
    }
    assert shares == {
        "forsakringskassan": 0,
        "region-vasterbotten": -100_000,
        "skelleftea": 100_000,
        "norsjo": 0,
    }
    flow = demo_night.query(
        "select sum(participant_count) p, sum(ended_count) e from marts_internal.participant_flow where fiscal_year = 2017"
    )
    assert flow == [{"p": 619, "e": 262}]
    torget = demo_night.query(
        "select sex, participant_count from marts_internal.participant_flow"
        " where initiative_id = 'arbetsmarknadstorget' order by 1"
    )
    assert [tuple(r.values()) for r in torget] == [("female", 48), ("male", 47)]


@pytest.mark.xdist_group("airflow")
def test_the_figures_the_second_issue_names(demo_night):
    fees = {
        r["member_id"]: r
        for r in demo_night.query(
            "select * from marts.member_fee_shares where association_id = 'uppsala-lan' and fiscal_year = 2022"
        )
    }
    assert (fees["forsakringskassan"]["decided_sek"], fees["region-uppsala"]["decided_sek"]) == (
        11_385_000,
        5_692_500,
    )
    towns = {member: r for member, r in fees.items() if r["member_kind"] == "municipality"}
    assert len(fees) == 10 and len(towns) == 8  # Arbetsförmedlingen pays nothing and is not shown
    assert sum(r["population_count"] for r in towns.values()) == 388_076
    assert all(r["key_basis"] == "population" and abs(r["deviation_sek"]) < 1 for r in towns.values())
    assert towns["uppsala"]["key_share"].quantize(Decimal("0.0001")) == Decimal("0.6023")
    room = {
        (r["version"], r["fiscal_year"]): r
        for r in demo_night.query(
            "select * from marts.decision_space"
            " where association_id = 'uppsala-lan' and as_of_date = '2021-09-16'"
        )
    }
    assert len(room) == 5 and {r["opening_basis"] for r in room.values()} == {"delivered"}
    assert room["forecast", 2021]["room_after_applications_sek"] == 4_122_000
    next_year = room["budget", 2022]
    assert next_year["room_before_applications_sek"] == 14_558_000
    assert next_year["applications_sek"] == 14_416_183
    assert next_year["room_after_applications_sek"] == 141_817
    totals = demo_night.query(
        "select breakdown, sum(applied_sek)::int as applied, sum(own_financing_sek)::int as own"
        " from marts.application_requests group by 1 order by 1"
    )
    # Ung framtid has no sheet by post or year
    without = 5_350_000 + 9_357_500 + 3_930_000 + 6_032_000
    assert [tuple(r.values()) for r in totals] == [
        ("party", without + 8_410_000, 310_000 + 1_494_616 + 6_865_000),
        ("post", without, 310_000 + 1_494_616),
        ("proposal", 14_416_183, 0),
        ("year", without, 0),
    ]


@pytest.mark.xdist_group("airflow")
@pytest.mark.parametrize("number", range(6))
def test_the_queries_a_night_offers_have_answers(demo_night, number):
    assert len(QUERIES) == 6 and demo_night.query(QUERIES[number])
