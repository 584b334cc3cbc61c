"""The guide to a social accounting, done: deliveries and reference data in, one query out, for a municipality nobody knows."""

import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from tests.end_to_end.guide import Newcomer, read_guide

GUIDE = PROJECT_ROOT / "docs" / "onboarding_social_accounting.md"
AREAS, FEWEST_INDICATORS, FEWEST_PARTICIPANTS = 4, 24, 30


@pytest.fixture(scope="module")
def accounted(tmp_path_factory):
    """Someone who has done the guide, and what each of its blocks printed."""
    from ingestion.warehouse import embedded

    home = tmp_path_factory.mktemp("social_accounting") / "home"
    newcomer = Newcomer(home)
    try:
        printed = []
        for block in read_guide(GUIDE):
            newcomer.do(block)
            printed.append(newcomer.printed)
        yield newcomer, printed
    finally:
        embedded.remove(Settings(home=home))


@pytest.mark.xdist_group("onboarding")
def test_a_social_accounting_goes_in_by_deliveries_and_comes_out_as_one_query(accounted):
    newcomer, printed = accounted
    (night,) = [text for text in printed if "deltagare_2025.csv" in text][:1]
    assert "avvisad" not in night
    newcomer.ask(
        "select count(distinct area_name), count(*), count(distinct light), count(*) filter (where status = 'too_few')"
        " from marts_internal.goal_attainment where association_id = 'havsbro'",
        "finsam_internal",
    )
    areas, indicators, lights, too_few = map(int, newcomer.rows[1])
    assert (areas, lights) == (AREAS, 2)
    assert indicators >= FEWEST_INDICATORS and too_few >= 2
    newcomer.ask(
        "select sum(participant_count) from marts_internal.participant_flow where association_id = 'havsbro'",
        "finsam_internal",
    )
    assert int(newcomer.rows[1][0]) >= FEWEST_PARTICIPANTS


@pytest.mark.xdist_group("onboarding")
def test_nothing_of_it_is_left_uninterpreted_and_every_cell_recomputes(accounted):
    from ingestion.warehouse import connection, lineage

    newcomer, _printed = accounted
    newcomer.ask(
        "select rule_id from marts.finding where association_id = 'havsbro' and rule_id in"
        " ('OUT-031', 'OUT-032', 'OUT-033', 'OUT-034', 'OUT-035', 'OUT-040')"
    )
    assert newcomer.rows[1:] == []
    with connection.connect(Settings(home=newcomer.home), "finsam_audit") as audit:
        found = lineage.verify(audit, "goal_attainment", ["havsbro"], "store")
    assert sum(one.examined for one in found) > 1000
    assert [one for one in found if one.failed] == []


@pytest.mark.xdist_group("onboarding")
def test_a_count_walks_back_to_the_registers_rows(accounted):
    _newcomer, printed = accounted
    (told,) = [text for text in printed if "goal_attainment" in text and "VÄGEN DIT" in text][:1]
    assert "deltagare_2025.csv" in told and "10" in told


@pytest.mark.xdist_group("onboarding")
def test_others_see_goals_of_released_counts_only(accounted):
    from psycopg import errors

    newcomer, _printed = accounted
    with pytest.raises(errors.InsufficientPrivilege):
        newcomer.ask("select count(*) from marts_internal.goal_attainment")
    newcomer.ask("select count(*) from marts.data_dictionary where mart in ('dim_goal', 'fct_survey_answer')")
    assert newcomer.rows[1] == ["0"]
    newcomer.ask(
        "select count(*) filter (where denominator_count between 1 and 4 or numerator_count between 1 and 4),"
        " count(*) > 20, bool_or(status = 'hidden') from marts.goal_attainment"
    )
    assert newcomer.rows[1] == ["0", "True", "True"]
