"""The published figures equal the printed annual report, or differ exactly where the print is wrong."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*.csv"))
INTERNAL = {"participant_flow", "exit_results"}
ATOMS = {"fct_participation"}  # counted in test_golden_participation.py


def figures():
    for file in (file for file in GOLDEN if file.stem not in ATOMS):
        with file.open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines)


def published(warehouse, mart, key, column):
    """The one cell, or the sum over all rows the key matches."""
    schema = "marts_internal" if mart in INTERNAL else "marts"
    pairs = [part.split("=") for part in key.split("|")]
    where = " and ".join(f'"{name}"::text = %s' for name, _ in pairs)
    rows = warehouse.query(
        f'select "{column}" as value from {schema}."{mart}" where {where}', tuple(v for _, v in pairs)
    )
    values = [row["value"] for row in rows]
    assert values, f"{mart} has no row {key}"
    return values[0] if isinstance(values[0], str) else sum(values)


@pytest.mark.xdist_group("demo_night")
def test_every_golden_figure_is_published(demo_night):
    wrong, compared = [], 0
    for figure in figures():
        found = published(demo_night, figure["mart"], figure["key"], figure["column"])
        expected = figure["expected"]
        same = found == expected if isinstance(found, str) else Decimal(found) == Decimal(expected)
        compared += 1
        if not same:
            wrong.append((figure["mart"], figure["key"], figure["column"], expected, found))
    assert not wrong
    assert compared >= 170


@pytest.mark.xdist_group("demo_night")
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
