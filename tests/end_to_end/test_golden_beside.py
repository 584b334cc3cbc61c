"""What is printed in running text of surveys, and what was sent of a year: the demo night's figures beside it."""

from decimal import ROUND_HALF_UP, Decimal

import pytest

pytestmark = pytest.mark.xdist_group("airflow")


def test_the_printed_shares_of_the_survey_follow_from_its_answers(demo_night):
    """Protocol § 139 prints 77,8 %, the annex 100 %; neither says of how many."""
    rows = demo_night.query(
        "select question_key, answered_count, positive_count, positive_share from marts_internal.survey_results"
        " where association_id = 'skelleftea-norsjo' and survey_period = '2017-H2' order by 1"
    )
    shown = {
        row["question_key"]: (
            row["answered_count"],
            row["positive_count"],
            (row["positive_share"] * 100).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP),
        )
        for row in rows
    }
    assert shown == {"intresse": (18, 14, Decimal("77.8")), "nytt": (18, 18, Decimal("100.0"))}


def test_what_was_sent_differs_where_the_print_contradicts_itself(demo_night):
    """The text has 6 132 000 and 1 291 180, the annex 52 men; the accounts have 6 532 000 and 1 291 000, the overview 53."""
    rows = demo_night.query(
        "select coalesce(initiative_name, '') as of, field_name, value_number::int as now, sent_number::int as sent, status"
        " from marts_internal.finsam_follow_up where association_id = 'skelleftea-norsjo' and fiscal_year = 2017"
        " and sent_date is not null order by initiative_id, sort_order"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("Arbetsmarknadstorget", "Deltagare, kvinnor", 48, 48, "unchanged"),
        ("Arbetsmarknadstorget", "Deltagare, män", 47, 47, "unchanged"),
        ("MySam", "Deltagare, kvinnor", 44, 44, "unchanged"),
        ("MySam", "Deltagare, män", 53, 52, "changed"),
        ("", "Tilldelade medel", 6_532_000, 6_132_000, "changed"),
        ("", "Eget kapital", 1_291_000, 1_291_180, "changed"),
    ]


def test_invented_measurements_are_judged_against_the_printed_goal(demo_night):
    """Six persons, seven questions: 42 series. 90 % were to move upwards; the goals without an outcome say so."""
    moved = demo_night.query(
        "select sum(series_count)::int as series, sum(compared_count)::int as compared, sum(up_count)::int as up"
        " from marts_internal.progress_results where association_id = 'uppsala-lan'"
    )[0]
    assert (moved["series"], moved["compared"]) == (42, 42)
    goals = demo_night.query(
        "select goal_code, numerator_count, denominator_count, status, status_reason from marts_internal.goal_attainment"
        " where association_id = 'uppsala-lan'"
    )
    judged = {row["goal_code"]: tuple(row.values())[1:] for row in goals}
    assert len(judged) == 32
    assert judged.pop("ung_progression") == (moved["up"], 42, "not_met", None)
    assert {found[2] for found in judged.values()} == {"no_outcome", "not_due"}


def test_everybody_is_of_some_age_and_was_sent_by_somebody_or_it_is_said(demo_night):
    """619 participations by age and by referrer; the print has referrers of three initiatives, 245 of the 619."""
    sums = demo_night.query(
        "select (select sum(participant_count) from marts_internal.age_profile where fiscal_year = 2017)::int as ages,"
        " (select coalesce(sum(participant_count), 0) from marts_internal.age_profile where fiscal_year = 2017"
        " and age_band_code in ('not_stated', 'unmapped'))::int as of_no_age,"
        " (select sum(participant_count) from marts_internal.referrer_profile where fiscal_year = 2017)::int as referred,"
        " (select sum(participant_count) from marts_internal.referrer_profile where fiscal_year = 2017"
        " and referrer_code <> 'not_stated')::int as told"
    )
    assert list(sums[0].values()) == [619, 0, 619, 245]
