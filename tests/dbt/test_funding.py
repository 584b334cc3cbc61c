"""The course of an initiative's money, as the marts tell it of one invented association."""

import pytest

pytestmark = pytest.mark.xdist_group("dbt")
OURS = "association_id = 'rekvirerat'"


def test_what_each_party_really_pays_of_a_post_that_five_share(built):
    """The association pays half the post; five parties a tenth each, in money, in kind or as a post without a value."""
    rows = built.ask(
        "select party_id, fte_share::float, own_fte_share::float, applied_sek::int, own_financing_sek::int, in_kind_sek::int"
        f" from candidate.application_requests where {OURS} and application_code = 'A-5' order by 1"
    )
    assert rows == [
        ("af", None, 0.1, 0, 0, 0),
        ("fk", None, 0.1, 0, 0, 0),
        ("k1", 0.5, 0.1, 300, 60, 0),
        ("k2", None, 0.1, 0, 60, 0),
        ("region", None, 0.1, 0, 0, 25),
    ]
    paid = built.ask(
        "select party_id, own_fte_share::float, party_pays_sek::int, total_cost_sek::int from candidate.initiative_funding"
        f" where {OURS} and initiative_id = 'kursen' and fiscal_year = 2022 and cost_category = 'salaries' order by 1"
    )
    assert paid == [
        ("af", 0.1, 0, 0),
        ("fk", 0.1, 0, 0),
        ("k1", 0.1, 60, 360),
        ("k2", 0.1, 60, 60),
        ("region", 0.1, 25, 25),
    ]


def test_a_grant_prolonged_without_money_is_one_more_version_of_it(built):
    rows = built.ask(
        "select version_number, applicant_id, recommendation, votes_for_count, votes_against_count, status, paragraph,"
        " to_date::text, granted_sek::int, granted_to_date_sek::int, option_to_date::text, is_prolongation, applied_sek::int"
        f" from candidate.application_decisions where {OURS} and application_code = 'A-5' order by 1"
    )
    told = ("k1", "split", 4, 2, "granted")
    assert rows == [
        (2, *told, "§ 7", "2022-12-31", 250, 250, "2023-12-31", False, 300),
        (3, *told, "§ 41", "2023-03-31", 0, 250, None, True, 300),
    ]
    others = built.ask(
        "select application_code, version_number, status from candidate.application_decisions"
        f" where {OURS} and application_code <> 'A-5' order by 1, 2"
    )
    # the refusal names no application: it answers what had been asked for Kursen until that day
    assert others == [("A-1", 1, "granted"), ("A-2", 1, "rejected"), ("A-3", 0, "pending")]


def test_the_course_of_a_grant_quarter_by_quarter(built):
    """Torget is granted 600 for 2022; FK and Storköping claim the first quarter in time, and nothing later is due yet."""
    rows = built.ask(
        "select quarter, party_id, due_date::text, status, claimed_sek::float, booked_sek::float, claimed_to_date_sek::float,"
        f" remaining_sek::float from candidate.initiative_claims where {OURS} and initiative_id = 'torget' order by 1, 2"
    )
    first, later = (
        ("2022-04-14", "claimed"),
        [("2022-Q2", "2022-07-14"), ("2022-Q3", "2022-10-14"), ("2022-Q4", "2023-01-14")],
    )
    assert rows == [
        ("2022-Q1", "fk", *first, 99.5, 0, 400, 200),
        ("2022-Q1", "k1", *first, 300.5, 0, 400, 200),
        *((quarter, "k1", due, "not_due", 0, 0, 400, 200) for quarter, due in later),
        ("not_stated", "not_stated", None, "not_granted", 0, 300.5, 400, 200),
    ]


def test_a_figure_that_is_not_complete_says_so(built):
    def said(mart):
        return dict(built.ask(f"select association_id, min(completeness) from candidate.{mart} group by 1"))

    assert (said("initiative_funding")["rekvirerat"], said("decision_space")["budgeterat"]) == (
        "complete",
        "complete",
    )
    assert said("decision_space")["fin-020"] == "complete"
    assert said("decision_space")["bara-budget"] == "applications_missing"
    assert said("application_decisions")["budgeterat"] == "decisions_missing"


def test_the_room_as_known_after_the_meeting(built):
    """The paper of 1 September 2017 counts on 900 being granted for 2018; nothing has been decided since."""
    rows = built.ask(
        "select distinct as_of_date::text, known_date::text from candidate.decision_space_as_known"
        " where association_id = 'budgeterat' order by 1, 2"
    )
    # an application made after the paper of 2016 is known from its own day, and the next paper takes over
    assert rows == [
        ("2016-11-23", "2016-11-23"),
        ("2016-11-23", "2017-08-01"),
        ("2017-09-01", "2017-09-01"),
    ]
    room = built.ask(
        "select known_date::text, room_before_applications_sek::int, room_after_applications_sek::int"
        " from candidate.decision_space_as_known where association_id = 'budgeterat'"
        " and as_of_date = '2016-11-23' and fiscal_year = 2018 order by 1"
    )
    assert room == [("2016-11-23", 1280, 1280), ("2017-08-01", 1280, 380)]
