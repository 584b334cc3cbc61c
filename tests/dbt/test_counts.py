"""Referrals, delivered counts and what a result costs, as the marts tell them of one invented association."""

import pytest

pytestmark = pytest.mark.xdist_group("dbt")
OURS = "association_id = 'remitterat' and fiscal_year = 2022"


def test_the_register_stands_beside_the_weekly_referrals(built):
    """The quarter tells what week 4 tells again; nobody in the register was sent to the psychiatric ward."""
    rows = built.ask(
        "select destination_code, referrer_code, sex, participant_count, new_count, referral_count, accepted_count, completeness"
        f" from candidate.referrals where {OURS} order by 1, 2, 3"
    )
    assert rows == [
        ("psychiatry", "municipality", "unknown", 0, 0, 2, None, "complete"),
        ("torget", "af", "female", 1, 1, 3, 2, "complete"),
        ("torget", "af", "male", 1, 1, 1, None, "complete"),
        ("torget", "municipality", "male", 1, 1, None, None, "complete"),
        ("torget", "municipality", "unknown", 0, 0, 5, 5, "complete"),
        ("torget", "not_stated", "female", 1, 0, None, None, "complete"),
    ]


def test_a_week_stands_beside_those_who_began_in_it(built):
    """Week 2 of 2022 is 10 to 16 January."""
    rows = built.ask(
        "select reported_period, referrer_code, period_start_date::text, referral_count, new_count, is_counted"
        f" from candidate.referral_periods where {OURS} and destination_code = 'torget' order by 1"
    )
    assert rows == [
        ("2022-Q1", "municipality", "2022-01-01", 5, 1, True),
        ("2022-W02", "af", "2022-01-10", 4, 2, True),
        ("2022-W04", "municipality", "2022-01-24", 2, 0, False),
    ]


def test_nobody_is_counted_from_two_sources(built):
    """Kursen tells by halves: 200 and then 40 new; its split by sex goes before its sum. Torget is its register."""
    rows = built.ask(
        "select initiative_id, sex, source, participant_count, new_count, ended_count, remaining_count, work_count,"
        " work_or_studies_count, register_participant_count, delivered_participant_count, completeness"
        f" from candidate.participants_by_source where {OURS} order by 1, 2"
    )
    assert rows == [
        ("kursen", "female", "counts", 110, None, None, None, None, None, 0, 110, "complete"),
        ("kursen", "male", "counts", 90, None, None, None, None, None, 0, 90, "complete"),
        ("kursen", "unknown", "counts", 40, 160, 110, 130, 20, 50, 0, 40, "complete"),
        ("torget", "female", "register", 2, 1, 2, 0, 1, 2, 2, None, "complete"),
        ("torget", "male", "register", 2, 2, 0, 2, 0, 0, 2, None, "complete"),
        ("torget", "unknown", "register", 0, 0, 0, 0, 0, 0, 0, 4, "complete"),
    ]


def test_a_cost_per_result_names_its_basis(built):
    """Torget: 300.50 booked, 400 claimed, 20 of its own beside, 600 granted; four took part, two left for work or studies."""
    rows = built.ask(
        "select level, initiative_id, basis, cost_sek::float, participant_count, sek_per_participant::float,"
        " sek_per_work_or_studies_exit::float, completeness"
        f" from candidate.cost_per_result where {OURS} and (level <> 'initiative' or initiative_id = 'torget') order by 1, 3"
    )
    assert rows == [
        ("association", "not_stated", "booked", 309.5, 4, 77.38, 154.75, "complete"),
        ("association", "not_stated", "claimed", 400.0, 4, 100.0, 200.0, "complete"),
        ("association", "not_stated", "claimed_and_own", 420.0, 4, 105.0, 210.0, "complete"),
        ("association", "not_stated", "granted", 600.0, 4, 150.0, 300.0, "complete"),
        ("individual", "not_stated", "booked", 300.5, 4, 75.13, 150.25, "complete"),
        ("individual", "not_stated", "claimed", 400.0, 4, 100.0, 200.0, "complete"),
        ("individual", "not_stated", "claimed_and_own", 420.0, 4, 105.0, 210.0, "complete"),
        ("individual", "not_stated", "granted", 600.0, 4, 150.0, 300.0, "complete"),
        ("initiative", "torget", "booked", 300.5, 4, 75.13, 150.25, "complete"),
        ("initiative", "torget", "claimed", 400.0, 4, 100.0, 200.0, "complete"),
        ("initiative", "torget", "claimed_and_own", 420.0, 4, 105.0, 210.0, "complete"),
        ("initiative", "torget", "granted", 600.0, 4, 150.0, 300.0, "complete"),
    ]
    ((said,),) = built.ask(
        f"select distinct includes_sv from candidate.cost_per_result where {OURS} and level = 'association' and basis = 'booked'"
    )
    assert "kansli, styrelse" in said and "Inte parternas egna pengar" in said


def test_a_figure_without_its_delivery_is_empty_and_says_so(built):
    """Kursen has people and no money; the healthy association has no money by project and no referrals."""
    assert built.ask(
        "select distinct sek_per_participant, completeness from candidate.cost_per_result"
        f" where {OURS} and initiative_id = 'kursen' and basis = 'claimed'"
    ) == [(None, "cost_missing")]
    assert built.ask(
        "select distinct referral_count, completeness from candidate.referrals where association_id = 'frisk'"
    ) == [(None, "referrals_missing")]
