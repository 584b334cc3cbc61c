"""Who the participants are, what a person costs and what is not told yet, as the marts say it of invented associations."""

import pytest

pytestmark = pytest.mark.xdist_group("dbt")


def test_ages_are_those_of_the_year_they_began_and_a_stated_age_goes_before(built):
    """Born 1952 and 2001, both there twice; a stated 64. No band has 65, and some tell nothing."""
    rows = built.ask(
        "select sex, age_band_code, age_band_name, participant_count, new_count from candidate.age_profile"
        " where association_id = 'utforlig' and fiscal_year = 2017 and initiative_id = 'torget' and participant_count > 0"
        " order by 1, 2"
    )
    assert [row for row in rows if row[1] != "not_stated"] == [
        ("female", "unmapped", "Ej tolkat", 2, 2),
        ("male", "up_to_29", "15–29 år", 2, 2),
        ("unknown", "over_29", "30–64 år", 1, 1),
    ]
    assert {row[:3] for row in rows if row[1] == "not_stated"} == {
        (sex, "not_stated", "Ej angivet") for sex in ("female", "male", "unknown")
    }


def test_the_year_of_birth_reaches_no_mart(built):
    assert (
        built.ask(
            "select table_name, column_name from information_schema.columns where table_schema = 'candidate'"
            " and column_name in ('birth_year', 'age_at_start') and table_name !~ '^(stg|int)_'"
        )
        == []
    )


def test_referrers_are_shown_with_those_who_sent_nobody(built):
    assert built.ask(
        "select referrer_code, referrer_name, participant_count, new_count, share_of_participants::float"
        " from candidate.referrer_profile where association_id = 'frisk' and fiscal_year = 2017 and initiative_id = 'torget'"
        " and sex = 'female' order by 1"
    ) == [
        ("af", "Arbetsförmedlingen", 1, 1, 0.5),
        ("municipality", "Kommun", 0, 0, 0.0),
        ("not_stated", "Ej angivet", 1, 0, 0.5),
    ]


def test_a_person_in_two_initiatives_costs_once(built):
    """Torget has four spells of u1 and u2, and others; the association counts each of them once."""
    rows = built.ask(
        "select level, participant_count, person_count from candidate.cost_per_result"
        " where association_id = 'utforlig' and fiscal_year = 2017 and basis = 'booked'"
        " and (level <> 'initiative' or initiative_id = 'torget') order by 1"
    )
    spells = built.ask(
        "select sum(participant_count)::int, sum(person_count)::int from candidate.participant_totals"
        " where association_id = 'utforlig' and fiscal_year = 2017 and counted_over = 'individual'"
    )[0]
    assert [row[1:] for row in rows] == [spells] * 3
    assert spells[0] - spells[1] == 2


def test_ages_that_overlap_are_not_added_and_say_so(built, judged):
    """16–24 and 20–29 in one place: nobody knows the association's sum, so the goal has no outcome."""
    assert built.ask(
        "select value::int, counted_value from candidate.fct_public_statistic where association_id = 'out-060'"
        " and statistic_code = 'population' and statistic_year = 2017 and sex = 'total' and region_name <> 'Riket' order by 1"
    ) == [(5, None), (6, None), (900, None)]
    assert judged["OUT-060", "out-060"] == 3
    assert built.ask(
        "select status, status_reason from candidate.goal_attainment where association_id = 'out-060' and goal_code = 'folk'"
        " and fiscal_year = 2017"
    ) == [("no_outcome", "no_outcome")]


def test_each_follow_up_that_is_overdue_counts(judged):
    assert judged["OUT-061", "out-061"] == 5
    assert ("OUT-061", "uppfoljda") not in judged
