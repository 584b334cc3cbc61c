"""What is told of participants equals the print: counted in the atoms, which no reader sees."""

import csv
from pathlib import Path

import pytest
from psycopg import sql

from ingestion.demo.generate import DELIVERIES

GOLDEN = Path(__file__).parents[1] / "golden" / "fct_participation.csv"
REGISTER = DELIVERIES / "landing" / "skelleftea-norsjo" / "participants" / "deltagare_2017.csv"


def figures():
    with GOLDEN.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def condition(part):
    """`column=value` of a golden key; of a list of codes any of the values. `is_ended` is a last day there is."""
    name, value = part.split("=")
    if name == "is_ended":
        return sql.SQL("(end_date is not null) = {}::boolean").format(value)
    if name.endswith("_codes"):
        return sql.SQL("{} && string_to_array({}, ',')").format(sql.Identifier(name), value)
    return sql.SQL("{}::text = {}").format(sql.Identifier(name), value)


def spells(warehouse, key):
    where = sql.SQL(" and ").join(condition(part) for part in key.split("|"))
    counted = sql.SQL(
        "select count(*) as n from store.fct_participation_current where not is_misregistered and {}"
    )
    return warehouse.query(counted.format(where), role="finsam_audit")[0]["n"]


@pytest.mark.xdist_group("airflow")
def test_every_golden_count_of_participations_is_published(demo_night):
    wrong = [
        (figure["key"], figure["expected"], found)
        for figure in figures()
        if figure["kind"] != "not_delivered"
        and (found := spells(demo_night, figure["key"])) != int(figure["expected"])
    ]
    assert wrong == []
    assert sum(figure["kind"] != "not_delivered" for figure in figures()) == 90


@pytest.mark.xdist_group("airflow")
def test_the_anonymous_stand_in_no_before_and_after(demo_night):
    found = demo_night.query(
        "select distinct support_before_codes, support_after_codes, occupation_before_codes, occupation_after_codes"
        " from store.fct_participation_current where is_anonymous",
        role="finsam_audit",
    )
    assert [set(row) and {code for codes in row.values() for code in codes} for row in found] == [
        {"not_stated"}
    ]


@pytest.mark.xdist_group("airflow")
def test_everything_told_is_understood(demo_night):
    found = demo_night.query(
        "select rule_id, status from ops.evidence where rule_id in ('OUT-009', 'OUT-010', 'OUT-011', 'OUT-012')"
        " and association_id = 'skelleftea-norsjo'",
        role="finsam_audit",
    )
    assert sorted(row["rule_id"] for row in found) == ["OUT-009", "OUT-010", "OUT-011", "OUT-012"]
    assert {row["status"] for row in found} == {"passed"}


@pytest.mark.xdist_group("airflow")
def test_no_reader_sees_a_participation(demo_night):
    views = demo_night.query("select schemaname from pg_views where viewname = 'fct_participation'")
    assert views == []


@pytest.mark.xdist_group("airflow")
def test_spells_and_persons_are_kept_apart(demo_night):
    """The print calls 619 participations individuals; the register behind them is of fewer persons."""
    with REGISTER.open(encoding="utf-8-sig", newline="") as lines:
        people = {row["Personnummer"] for row in csv.DictReader(lines, delimiter=";")}
    totals = demo_night.query(
        "select counted_over, sum(participant_count)::int as spells, sum(person_count)::int as persons,"
        " sum(repeated_count)::int as more from marts_internal.participant_totals"
        " where association_id = 'skelleftea-norsjo' and fiscal_year = 2017 group by 1 order by 1"
    )
    counted = (619, len(people), 619 - len(people))
    assert [tuple(row.values()) for row in totals] == [("all", *counted), ("individual", *counted)]
    assert 0 < counted[2] < 30
