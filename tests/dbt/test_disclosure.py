"""Two audiences, end to end: what readers outside secrecy see of a register, night after night and release after release.

Three nights: a register; within the same quarter one person more and a new year; in the next quarter three persons more.
"""

import itertools
import json
from datetime import date

import psycopg
import pytest

from ingestion import night, protecting, rebuilding, report
from ingestion.feeds import all_feeds
from ingestion.settings import Settings
from ingestion.warehouse import connection as connections
from ingestion.warehouse import diff, embedded, history, lineage, migrations, public_reports
from tests import parsed
from tests.dbt import associations

pytestmark = pytest.mark.xdist_group("dbt")
REPORTS = (
    "participant_flow",
    "exit_results",
    "support_before_after",
    "occupation_before_after",
    "time_in_support",
    "education_profile",
    "age_profile",
    "referrer_profile",
)
"""Those with a row for every code of a list."""
ALL_REPORTS = {*REPORTS, "exit_measures", "cost_per_result", "goal_attainment", "referrals"}
NAME = "skyddad"
_numbers = itertools.count(1)


def people(count, initiative, sex, end="", result="", start="2017-02-01"):
    """So many spells, each of a person of her own."""
    return [
        {
            name: cell
            for name, cell in zip(
                associations.SPELL.split(),
                (f"p{next(_numbers)}", initiative, sex, start, end, result),
                strict=True,
            )
            if cell
        }
        for _ in range(count)
    ]


def followed_up(spells, yes, no):
    """The first of these supported themselves three months later, the next did not; of the rest nobody knows."""
    answers = ["true"] * yes + ["false"] * no
    for spell, answer in zip(spells, answers, strict=False):
        spell["is_self_supporting_3_months"] = answer
    return spells


ENDED = "2017-06-30"
REGISTER = [
    *followed_up(people(9, "Torget", "female", ENDED, "Arbete"), 9, 0),
    *followed_up(people(6, "Torget", "female", ENDED, "Studier"), 0, 6),
    *people(11, "Torget", "female"), *people(6, "Torget", "male", ENDED, "Arbete"),
    *people(7, "Torget", "male", ENDED, "Studier"), *people(8, "Torget", "male"), *people(1, "Torget", "unknown"),
    *people(1, "Kursen", "female", ENDED, "Arbete"), *followed_up(people(12, "Kursen", "male", ENDED, "Studier"), 2, 10),
    *people(9, "Kursen", "male"), *followed_up(people(9, "Bron", "male", ENDED, "Arbete"), 9, 0),
    *people(20, "Bron", "male"),
]  # fmt: skip
"""Torget has one of unknown sex (S04), Kursen one exit to work (S01), and all of Bron's nine ended to work (S05).
Three months later all of Bron's answered yes, and two of Kursen's."""
ONE_MORE = people(1, "Kursen", "male", ENDED, "Studier")
THREE_MORE = people(3, "Torget", "female", ENDED, "Arbete")
ROUNDED_RULES = associations._rows(
    "rule_code source valid_from base_code",
    "disclosure_method;styrelsen;2017-01-01;round5",
    "disclosure_period;styrelsen;2017-01-01;half_year",
)
SURVEY = associations._rows(
    "survey_name survey_period initiative_name respondent_group question_code answer_count positive_count",
    "Enkät;2017-H2;Torget;Deltagare;1;30;18", "Enkät;2017-H2;Kursen;Deltagare;1;12;10",
    "Enkät;2017-H2;Kursen;Deltagare;2;12;12",
)  # fmt: skip
REFERRALS = associations._rows(
    associations.REFERRAL,
    "2017-W02;AF;Torget;female;12;9", "2017-W03;Kommun;Torget;male;10;8", "2017-W03;Grannen;Torget;male;3;3",
    "2017-W04;AF;Kursen;male;14;7", "2017-W04;Kommun;Kursen;male;9;2", "2017-W05;AF;Psykiatrin;unknown;8;8",
    "2017-W06;Kommun;Bron;unknown;11;6", "2017-W06;AF;Bron;unknown;7;6", "2018-W01;AF;Torget;female;9;",
)  # fmt: skip
"""An unlisted sender sent three (S01), Kursen accepted two of Kommun, Bron all of AF but one; Psykiatrin has one sender (S05)."""
GOALS = associations._rows(
    "fiscal_year goal_code claimed_status initiative_name measure subject denominator operator threshold_number source"
    " follow_up_point",
    "2017;alla;met;;participants;;;at_least;50;plan;at_exit", "2017;okant;met;;participants;Okänt;;at_most;1;plan;at_exit",
    "2017;arbete;met;Kursen;to_work;;;at_least;5;plan;at_exit", "2017;tre;met;;self_support_a;;;at_least;5;plan;months_3",
    "2017;svar;met;;positive_answers;1;;at_least;50;plan;at_exit",
    "2017;svar_kursen;met;Kursen;positive_answers;1;;at_least;50;plan;at_exit",
    "2017;eniga;met;;positive_answers;2;;at_least;50;plan;at_exit", "2017;kapital;met;;own_capital;;;at_least;1;plan;at_exit",
)  # fmt: skip
"""Of all, of one person, of one initiative's single exit, of those asked later, of a survey, of a part of it, of one where all
agree, and of money."""
NEXT_YEAR = people(14, "Torget", "female", start="2018-02-01")


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """Three nights have been: (settings, what readers saw after each)."""
    settings = Settings(home=tmp_path_factory.mktemp("disclosure"))
    migrations.migrate(settings)
    parsed.lend(settings)
    data = associations._with(
        initiatives=associations._rows(
            "initiative_id name_sv initiative_kind is_individual", "bron;Bron;individual;true"
        ),
        participants=None,
    ) | {
        ("goals", "whole", "whole"): GOALS,
        ("surveys", "2017", "Enkät"): SURVEY,
        ("referrals", "2017", "all"): REFERRALS,
    }
    with administrator(settings) as connection:
        for feed_id, rows in associations.COMMON.items():
            associations.deliver(connection, feed_id, "common", rows)
        rounded = data | {
            ("rules", "whole", "whole"): ROUNDED_RULES,
            ("participants", "2017", "whole"): REGISTER,
        }
        for name, its in ((NAME, data), ("frisk", associations.PLAIN["frisk"]), ("avrundad", rounded)):
            for (feed_id, period, scope), rows in its.items():
                associations.deliver(connection, feed_id, name, rows, period, scope)
    deliver_register(settings, REGISTER)
    seen = [a_night(settings, date(2026, 10, 5))]
    deliver_register(settings, [*REGISTER, *ONE_MORE])
    deliver_register(settings, NEXT_YEAR, "2018")
    seen.append(a_night(settings, date(2026, 11, 10)))
    deliver_register(settings, [*REGISTER, *ONE_MORE, *THREE_MORE])
    seen.append(a_night(settings, date(2027, 1, 15)))
    yield settings, seen
    embedded.remove(settings)


def administrator(settings):
    return connections.open_target(connections.admin_target(settings), autocommit=True)


def deliver_register(settings, rows, period="2017"):
    """The association's register of a year, instead of the one before."""
    with administrator(settings) as connection:
        connection.execute(
            "update ops.delivery set state = 'superseded' where feed_id = 'participants' and association_id = %s"
            " and period = %s",
            (NAME, period),
        )
        associations.deliver(connection, "participants", NAME, rows, period, f"version{next(_numbers)}")


def a_night(settings, day):
    """Build and publish; what a reader sees afterwards: {(report, year, initiative, sex, code, column): count}."""
    built = night.build(settings, "test", day)
    assert built.blocked == {}, built.summary_sv
    night.publish(settings, built.build_id, built.token, "test")
    return shown(settings)


def shown(settings, name=NAME):
    found = {}
    for contract in public_reports.reports():
        _, _, *places = of_whom = public_reports.place(contract)
        row = [place or "'all'" for place in places]
        code = [part for part in contract.primary_key if part not in of_whom] or ["'all'"]
        columns = public_reports.measures(contract)
        for year, initiative, sex, category, *counts in ask(
            settings,
            "finsam_reader",
            f"select fiscal_year, {', '.join([*row, *code, *columns])} from marts.{contract.view}"
            f" where association_id = '{name}'",
        ):
            for column, count in zip(columns, counts, strict=True):
                found[contract.view, year, initiative, sex, category, column] = count
    return found


def ask(settings, role, statement):
    with connections.connect(settings, role) as connection:
        return connection.execute(statement).fetchall()


def exact(settings):
    """Every exact count, also those by definition that are no cells of their own."""
    cells = ask(
        settings,
        "finsam_gate",
        "select report, fiscal_year, initiative_id, sex, category_code, measure, cell_count"
        f" from intermediate.int_outcome_cells where association_id = '{NAME}'",
    )
    defined = ask(
        settings,
        "finsam_internal",
        "select 'exit_measures', fiscal_year, coalesce(initiative_id, 'all'), coalesce(sex, 'all'), measure_code, one.name,"
        " sum(one.value)::integer from marts_internal.exit_measures"
        " cross join lateral (values ('reached_count', reached_count), ('answered_count', answered_count))"
        f" as one (name, value) where association_id = '{NAME}'"
        " group by fiscal_year, measure_code, one.name, grouping sets ((initiative_id), (sex), ())",
    )
    return {tuple(row[:-1]): row[-1] for row in [*defined, *cells]}


def flow(seen, initiative, sex, column, year=2017):
    return seen["participant_flow", year, initiative, sex, "all", column]


def test_what_is_shown_is_true_and_never_of_few(room):
    """S01, S23: every shown count is the exact one, and none is of one to four."""
    settings, seen = room
    truth = exact(settings)
    last = seen[-1]
    assert {count for count in last.values() if count is not None and 0 < count < 5} == set()
    told = {key: count for key, count in last.items() if count is not None}
    # goals of the released counts are those; their own are of answers
    of_others = {key for key in told if key[0] == "goal_attainment" and key not in truth}
    assert {key: told[key] for key in told.keys() - of_others} == {
        key: truth.get(key, 0) for key in told.keys() - of_others
    }
    assert flow(seen[0], "all", "all", "participant_count") == len(REGISTER)
    # four more in the next release is itself a few: the total waits for a release in which more has changed
    assert flow(last, "all", "all", "participant_count") is None
    for contract in public_reports.reports():
        for column in public_reports.measures(contract):
            assert (
                ask(
                    settings,
                    "finsam_reader",
                    f"select from marts.{contract.view} where {column} between 1 and 4",
                )
                == []
            )


def test_a_few_take_others_with_them(room):
    """S01, S02, S04: the single exit of Kursen, and the single one of unknown sex, each hide more than themselves."""
    _, (first, *_) = room
    assert first["exit_results", 2017, "kursen", "all", "work", "ended_count"] is None
    in_work = [
        first["exit_results", 2017, name, "all", "work", "ended_count"]
        for name in ("torget", "kursen", "bron", "all")
    ]
    assert in_work.count(None) >= 2
    sexes = [flow(first, "all", sex, "participant_count") for sex in ("female", "male", "unknown")]
    assert flow(first, "all", "unknown", "participant_count") is None
    assert sexes.count(None) >= 2


def test_where_all_have_one_outcome_none_is_told(room):
    """S05: all of Bron's nine exits are to work; not even the zeros are shown, for they would say it."""
    _, (first, *_) = room
    codes = {
        key[4]: count for key, count in first.items() if key[:4] == ("exit_results", 2017, "bron", "all")
    }
    assert len(codes) > 3
    assert set(codes.values()) == {None}


def test_what_was_asked_later_is_protected_both_ways(room):
    """S05, S06: that all who were asked said yes is told of no one, nor a few yeses; a definition is a sum of results."""
    _, (first, *_) = room
    after = {
        name: first["exit_measures", 2017, name, "all", "self_support_3_months", "reached_count"]
        for name in ("torget", "kursen", "bron")
    }
    assert after["kursen"] is None
    assert after["bron"] is None
    defined = {key: count for key, count in first.items() if key[4] == "work_or_studies" and count}
    assert {count for count in defined.values() if count < 5} == set()


def test_referrals_are_shown_by_place_and_sender(room):
    """S01, S02, S05: few sent, few accepted, few not accepted and a single sender are hidden, and take others along."""
    settings, seen = room

    def of(place, sender, column="referral_count", year=2017):
        return seen[0]["referrals", year, place, "all", sender, column]

    assert of("torget", "unmapped") is None
    assert [of("torget", sender) for sender in ("af", "municipality", "all")].count(None) >= 1
    assert of("kursen", "municipality", "accepted_count") is None
    assert None in (of("bron", "af"), of("bron", "af", "accepted_count")), "one was not accepted"
    assert {key[4]: count for key, count in seen[0].items() if key[:3] == ("referrals", 2017, "psychiatry")
            and key[4] != "all" and key[5] == "referral_count"}.keys() >= {"af", "municipality", "unmapped"}  # fmt: skip
    assert of("psychiatry", "af") is None
    assert of("psychiatry", "municipality") is None, "a zero would say that all came from the other"
    assert of("all", "all") == 74
    assert {key[1] for key in seen[0] if key[0] == "referrals"} == {2017}, "2018 has no register yet"
    assert {key[5] for key in seen[1] if key[:2] == ("referrals", 2018)} == {
        "referral_count",
        "accepted_count",
    }
    assert {
        seen[1][key] for key in seen[1] if key[:2] == ("referrals", 2018) and key[5] == "accepted_count"
    } == {None}
    rows = ask(
        settings,
        "finsam_reader",
        "select destination_name, referrer_name, referral_count, accepted_share from marts.referrals"
        f" where association_id = '{NAME}' and fiscal_year = 2017 and destination_code = 'all' and referrer_code = 'all'",
    )
    assert rows[0][:2] == (None, None)
    assert rows[0][2] in (74, None)


def test_a_goal_tells_no_more_than_its_counts(room):
    """Its counts are released ones, so a status tells nothing else; of goals that share answers the widest is shown."""
    settings, _ = room
    told = {
        code: (status, reason, numerator, denominator)
        for code, *(status, reason, numerator, denominator) in ask(
            settings,
            "finsam_reader",
            "select goal_code, status, status_reason, numerator_count, denominator_count from marts.goal_attainment"
            f" where association_id = '{NAME}'",
        )
    }
    hidden = ("hidden", "hidden", None)
    assert told["svar"] == ("met", None, 28, 42)
    assert told["svar_kursen"][:3] == hidden
    assert told["eniga"][:3] == hidden
    assert told["okant"][:3] == hidden
    assert told["arbete"][:3] == hidden
    assert told["kapital"][:2] == ("met", None)
    whole, later = (
        ask(settings, "finsam_reader", f"select {column} from marts.{report} where association_id = '{NAME}'"
            f" and fiscal_year = 2017 and level = 'association'{beside}")
        for report, column, beside in (("participant_flow", "participant_count", ""),
                                       ("exit_measures", "reached_count", " and measure_code = 'self_support_3_months'"))
    )  # fmt: skip
    assert told["alla"][2] == whole[0][0]
    assert told["tre"][2] == later[0][0]
    assert (told["alla"][0] == "hidden") == (whole[0][0] is None)


def test_nobody_is_a_row_too(room):
    """S07: each initiative and sex has a row for each code of the list, whoever is there; so has each year."""
    _, seen = room
    places = {key[2:4] for key in seen[0] if key[0] == "participant_flow"}
    assert places == {(name, "all") for name in ("torget", "kursen", "bron", "all")} | {
        ("all", sex) for sex in ("female", "male", "unknown")
    }
    for table in REPORTS[1:]:
        codes = {key[4] for key in seen[0] if key[0] == table}
        assert {"not_stated", "unmapped"} < codes
        assert {key[2:5] for key in seen[0] if key[0] == table} == {
            (*place, code) for place in places for code in codes
        }


def test_within_a_release_nothing_moves_and_a_new_year_is_added(room):
    """S11, S19: one person more is in marts_internal the next morning and in marts with the next release."""
    settings, (first, second, third) = room
    assert {key: count for key, count in second.items() if key[1] == 2017} == first
    assert {key[1] for key in second} == {2017, 2018}
    assert (
        flow(second, "torget", "all", "new_count", 2018) is not None
        or flow(second, "all", "all", "new_count", 2018) == 14
    )
    assert {key: count for key, count in third.items() if key[1] == 2017} != first
    periods = ask(
        settings,
        "finsam_reader",
        f"select distinct release_period from marts.exit_results where association_id = '{NAME}'",
    )
    assert periods == [("2027-Q1",)]
    counted = ask(
        settings,
        "finsam_internal",
        "select sum(participant_count) from marts_internal.participant_flow"
        f" where association_id = '{NAME}' and fiscal_year = 2017",
    )
    assert counted == [(len(REGISTER) + 4,)]


def test_two_releases_do_not_subtract_to_a_person(room):
    """S12: no count that both releases show differs by one to four."""
    _, (_, second, third) = room
    moved = {
        key: third[key] - count
        for key, count in second.items()
        if count is not None and third.get(key) is not None and third[key] != count
    }
    assert {change for change in moved.values() if abs(change) < 5} == set()


def test_shares_and_status_give_no_count_away(room):
    """S13, S14: a share or unit cost stands only where its counts do; a row with a hidden count says so."""
    settings, _ = room
    odd = ask(
        settings,
        "finsam_reader",
        "select e.* from marts.exit_results as e inner join marts.participant_flow as f"
        " using (association_id, fiscal_year, initiative_id, sex)"
        " where (e.share_of_ended is not null and (e.ended_count is null or f.ended_count is null))"
        " or (e.sdc_status = 'hidden') <> (e.ended_count is null)",
    )
    assert odd == []
    assert ask(
        settings,
        "finsam_reader",
        "select count(*) > 0 from marts.exit_results where share_of_ended is not null",
    ) == [(True,)]
    assert (
        ask(
            settings,
            "finsam_reader",
            "select from marts.cost_per_result where sek_per_participant is not null"
            " and participant_count is null",
        )
        == []
    )


def test_every_release_was_attacked_and_nothing_was_found(room):
    """Evidence is left for the association; a frozen night has nothing new to try and says so."""
    settings, _ = room
    found = ask(
        settings,
        "finsam_gate",
        "select b.business_date::text, e.rule_id, e.status, e.examined > 100 from ops.evidence as e"
        " inner join ops.build as b on e.subject = 'build:' || b.build_id"
        f" where e.rule_id in ('DSC-001', 'DSC-006') and e.association_id = '{NAME}' order by 1, 2",
    )
    assert found == [
        (day, rule, "passed", True)
        for day in ("2026-10-05", "2026-11-10", "2027-01-15")
        for rule in ("DSC-001", "DSC-006")
    ]


@pytest.mark.parametrize("relation", ["intermediate.int_outcome_cells", "ops.disclosure_decision", "ops.disclosure_in_force",
                                      "store.fct_disclosure_decision", "candidate.participant_flow"])  # fmt: skip
def test_readers_reach_no_exact_count(room, relation):
    """S21."""
    settings, _ = room
    for role in ("finsam_reader", "finsam_internal"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(settings, role, f"select from {relation}")


def test_an_export_keeps_what_is_hidden_empty(room):
    """S24: an empty field, never a zero."""
    settings, _ = room
    with connections.connect(settings, "finsam_reader") as connection:
        statement = (
            "copy (select sdc_status, ended_count from marts.exit_results where exit_result_code = 'work'"
            f" and initiative_id = 'kursen' and fiscal_year = 2017 and association_id = '{NAME}') to stdout (format csv)"
        )
        with connection.cursor().copy(statement) as copy:
            assert b"".join(copy).decode().splitlines() == ["hidden,"]


def test_explain_ends_at_the_decision(room):
    """The walk back from a protected count names the release and no delivery, whether it is shown or not."""
    settings, _ = room
    key = {
        "association_id": NAME,
        "fiscal_year": "2017",
        "initiative_id": "kursen",
        "sex": "all",
        "exit_result_code": "work",
    }
    told = lineage.explain(settings, "marts.exit_results", key, "ended_count")
    assert told.agrees and told.cells[0].published is None
    assert [row.delivery_id for row in told.cells[0].rows] == ["built-in"]
    assert told.deliveries == []
    assert lineage.PROTECTED_SV in lineage.as_text(told)


def test_the_past_is_what_was_published_then(room):
    """As-of shows the first release still, to readers by the name they know; built again it comes out the same (F65)."""
    settings, (first, *_) = room
    then = {
        ("participant_flow", year, initiative, sex, "all", "participant_count"): count
        for year, initiative, sex, count in ask(
            settings,
            "finsam_reader",
            "select fiscal_year, initiative_id, sex, participant_count from marts_asof.participant_flow"
            f" where generation = 1 and association_id = '{NAME}'",
        )
    }
    assert then == {
        key: count
        for key, count in first.items()
        if key[0] == "participant_flow" and key[5] == "participant_count"
    }
    listed = ask(
        settings,
        "finsam_reader",
        "select distinct mart from marts.data_dictionary where column_name = 'sdc_status'",
    )
    assert {mart for (mart,) in listed} == ALL_REPORTS
    for generation in (1, 2):
        rebuilt = rebuilding.rebuild(settings, generation, "test")
        assert rebuilt.is_same, rebuilt.summary_sv


def test_a_figure_that_slips_through_is_stopped(room, monkeypatch):
    """What was hidden for another's sake stands in the candidate: its association keeps its last good figures."""
    settings, (*_, last) = room
    deliver_register(settings, [*REGISTER, *people(8, "Torget", "male", ENDED, "Arbete")])
    judged = night.judge_candidate

    def tampered(build, *rest):
        with administrator(settings) as connection:
            for key, count in exact(settings).items():
                if key[0] == "exit_results" and hidden(connection, key) and not 0 < count < 5:
                    show(connection, key, count)
        judged(build, *rest)

    monkeypatch.setattr(night, "judge_candidate", tampered)
    built = night.build(settings, "test", date(2027, 5, 5))
    assert set(built.blocked) == {NAME}
    assert "DSC-001" in built.blocked[NAME]
    night.publish(settings, built.build_id, built.token, "test")
    assert shown(settings) == last


def test_an_association_may_have_its_counts_rounded_instead(room):
    """S16: to the nearest five, each total for itself, nothing below eight; a share in whole percent of fifty or more."""
    settings, _ = room
    seen = shown(settings, "avrundad")
    told = {count for count in seen.values() if count}
    assert told
    assert {count % 5 for count in told} == {0}
    assert min(told) >= 10
    assert flow(seen, "all", "all", "participant_count") == round(len(REGISTER) / 5) * 5
    shares = ask(
        settings,
        "finsam_reader",
        "select distinct e.share_of_ended, f.ended_count >= 50 from marts.exit_results as e"
        " inner join marts.participant_flow as f using (association_id, fiscal_year, initiative_id, sex)"
        " where association_id = 'avrundad' and e.share_of_ended is not null",
    )
    assert {is_enough for _, is_enough in shares} <= {True}
    assert {share for share, _ in shares if share != round(share, 2)} == set()
    terms = (
        "select distinct sdc_method, release_period from marts.exit_results where association_id = 'avrundad'"
    )
    assert ask(settings, "finsam_reader", terms) == [("round5", "2026-H2")]


def test_what_dbt_and_the_gates_leave_behind_has_no_counts(room):
    """S22: neither how many rows a statement wrote, nor any cell, stands in dbt's files, its log or the evidence."""
    settings, _ = room
    results = json.loads((settings.home / "dbt" / "run_results.json").read_text())["results"]
    models = [one for one in results if one["unique_id"].startswith("model")]
    assert len(models) > 5
    assert {one["adapter_response"].get("rows_affected", -1) for one in models} <= {-1}
    told = ask(
        settings,
        "finsam_gate",
        "select detail::text from ops.evidence where rule_id like 'DSC-%' and status = 'passed'",
    )
    assert {detail for (detail,) in told} == {"{}"}


WHERE = " where association_id = %s and fiscal_year = %s and initiative_id = %s and sex = %s and {} = %s"


def hidden(connection, key):
    found = connection.execute(
        "select ended_count is null from candidate.public_exit_results" + WHERE.format("exit_result_code"),
        (NAME, *key[1:5]),
    ).fetchone()
    return found is not None and found[0]


def show(connection, key, count):
    """As if the step had decided to show it."""
    connection.execute(
        "update candidate.public_exit_results set ended_count = %s" + WHERE.format("exit_result_code"),
        (count, NAME, *key[1:5]),
    )
    connection.execute(
        "update candidate.fct_disclosure_decision set shown_count = %s, decision = 'published'"
        + WHERE.format("category_code")
        + " and report = 'exit_results'",
        (count, NAME, *key[1:5]),
    )


def test_history_knows_both_names(room):
    """`finsam as-of` of a report that both audiences have: the exact one by its name, the public one by its schema."""
    settings, _ = room
    exact_then = history.as_of(settings, 1, "participant_flow")
    public_then = history.as_of(settings, 1, "marts.participant_flow")
    assert "sdc_status" in public_then.columns
    assert "sdc_status" not in exact_then.columns


def test_a_difference_is_told_by_the_names_readers_know(room):
    """`finsam diff` names the public reports as they are called in marts, and is asked for them so."""
    settings, _ = room
    found = diff.compare(settings, diff.Asked(1, 3))
    assert "marts.participant_flow" in found.per_mart
    assert "public_" not in diff.as_text(found)
    only = diff.compare(settings, diff.Asked(1, 3, mart="marts.participant_flow"))
    assert set(only.per_mart) == {"marts.participant_flow"}
    assert {figure.mart for figure in only.figures} == {"marts.participant_flow"}


def test_an_offer_is_told_to_staff_of_the_release_that_stands(room):
    """In the night's summary and to internal readers: which codes, and how much would be hidden then; never to others."""
    settings, _ = room
    standing = f"select max(token), min(token) from ops.disclosure_published where association_id = '{NAME}'"
    ((now, before),) = ask(settings, "finsam_gate", standing)
    offer = "insert into ops.merge_offer values (%s, %s, 'age_profile', 1, 2017, %s, 0.625, 0.4)"
    with administrator(settings) as connection:
        connection.execute(offer, (now, NAME, ["16_19", "20_24"]))
        connection.execute(offer, (before, NAME, ["x", "y"]))
    asked = f"select codes from marts_internal.merge_offer where association_id = '{NAME}' and report = 'age_profile'"
    assert ask(settings, "finsam_internal", asked) == [(["16_19", "20_24"],)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(settings, "finsam_reader", asked)
    summary = report.night_summary(settings)
    assert f"  {NAME}, age_profile: 62 % dolt, 40 % om dessa visas tillsammans\n    16_19 + 20_24" in summary
    assert "x + y" not in summary


CASES = {
    # all of Kursen are its one exit: the row's total is its only cell
    "s03": {"2017": [*people(3, "Kursen", "male", ENDED, "Arbete"), *people(9, "Torget", "male", ENDED, "Arbete"),
                     *people(9, "Torget", "female", ENDED, "Studier"), *people(9, "Torget", "female")]},
    # all but one of Bron's
    "s06": {"2017": [*people(8, "Bron", "male", ENDED, "Arbete"), *people(1, "Bron", "female", ENDED, "Studier"),
                     *people(12, "Torget", "male", ENDED, "Studier"), *people(12, "Torget", "female", ENDED, "Arbete"),
                     *people(20, "Torget", "female")]},
    # three initiatives in one association: the whole less two of them is the third
    "s08": {"2017": [*people(2, "Bron", "female"), *people(14, "Kursen", "female"), *people(11, "Torget", "male"),
                     *people(9, "Bron", "male", ENDED, "Studier"), *people(9, "Torget", "female", ENDED, "Arbete")]},
    # three of the first year are in the second, where the rest are new
    "s10": {"2017": [*people(22, "Torget", "male", ENDED, "Arbete"), *people(3, "Torget", "male")],
            "2018": people(20, "Torget", "female", start="2018-02-01")},
}  # fmt: skip
OVERLAPPING = [
    {**spell, "start_date": start}
    for spell in people(2, "Torget", "female")
    for start in ("2017-02-01", "2017-03-01")
]
"""Two persons, each twice in the initiative at once: a finding about two."""


@pytest.fixture(scope="module")
def cases(room):
    """One night more: four associations, and one whose next release cannot be protected. (settings, built, what is seen)."""
    settings, _ = room
    with administrator(settings) as connection:
        for name, registers in CASES.items():
            data = associations._with(
                initiatives=associations._rows(
                    "initiative_id name_sv initiative_kind is_individual", "bron;Bron;individual;true"
                ),
                participants=None,
            )
            for year, rows in registers.items():
                data["participants", year, "whole"] = rows + (OVERLAPPING if name == "s08" else [])
            for (feed_id, period, scope), rows in data.items():
                associations.deliver(connection, feed_id, name, rows, period, scope)
    deliver_register(settings, [*REGISTER, *people(12, "Torget", "male", ENDED, "Arbete")])
    protected = protecting._protected

    def not_all(due, terms):
        decided = protected([one for one in due if one.association_id != NAME], terms)
        decided.left_out[NAME] = "1 cell kan räknas fram vad som än döljs"
        return decided

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protecting, "_protected", not_all)
        built = night.build(settings, "test", date(2027, 8, 5))
    night.publish(settings, built.build_id, built.token, "test")
    return settings, built, {name: shown(settings, name) for name in (*CASES, NAME)}


def test_a_total_of_one_cell_is_hidden_with_it(cases):
    """S03."""
    seen = cases[2]["s03"]
    assert seen["exit_results", 2017, "kursen", "all", "work", "ended_count"] is None
    for column in ("participant_count", "ended_count"):
        assert flow(seen, "kursen", "all", column) is None


def test_all_but_one_tells_as_much_as_all(cases):
    """S06: neither the eight, nor the one, nor the zeros."""
    seen = cases[2]["s06"]
    codes = {key[4]: count for key, count in seen.items() if key[:4] == ("exit_results", 2017, "bron", "all")}
    assert len(codes) > 3
    assert set(codes.values()) == {None}


def test_the_whole_less_its_parts_is_nobody(cases):
    """S08: where the association's count is shown, not just one of its initiatives is hidden, nor just one of its sexes."""
    odd = []
    for name, seen in cases[2].items():
        for (table, year, initiative, sex, code, column), whole in seen.items():
            if (initiative, sex) != ("all", "all") or whole is None:
                continue
            for at in (2, 3):
                parts = [
                    count
                    for key, count in seen.items()
                    if (key[0], key[1], key[4], key[5]) == (table, year, code, column) and key[at] != "all"
                ]
                if parts.count(None) == 1:
                    odd.append((name, table, year, code, column, at))
    assert odd == []


def test_periods_that_overlap_do_not_subtract(cases):
    """S10: those who are in both years are the next year's participants who are not new; no other period is published."""
    seen = cases[2]["s10"]
    both = [flow(seen, "torget", "all", column, 2018) for column in ("participant_count", "new_count")]
    assert None in both
    assert flow(seen, "torget", "all", "remaining_count") is None
    periods = {
        name
        for contract in public_reports.reports()
        for name in contract.primary_key
        if "year" in name or "period" in name or "date" in name
    }
    assert periods == {"fiscal_year"}


def test_what_could_not_be_protected_is_told(cases):
    """DSC-008: the association's other figures are published, the release before stands, and people are told."""
    settings, built, seen = cases
    assert built.left_out == [NAME]
    assert built.blocked == {}
    assert f"{NAME}: nya antal deltagare gick inte att skydda" in built.summary_sv
    asked = "select association_id from marts.finding where rule_id = 'DSC-008' order by 1"
    assert ask(settings, "finsam_reader", asked) == [(NAME,)]
    standing = f"select distinct release_period from marts.exit_results where association_id = '{NAME}'"
    assert ask(settings, "finsam_reader", standing) == [("2027-Q1",)]
    assert {count for count in seen[NAME].values() if count is not None and 0 < count < 5} == set()
    summary = report.night_summary(settings)
    assert "GICK INTE ATT SKYDDA (1)" in summary
    assert f"  {NAME}: den förra utgåvan står kvar i marts" in summary


@pytest.mark.parametrize("schema", ["marts", "marts_asof"])
def test_how_many_persons_a_finding_is_about_is_told_to_staff_only(cases, schema):
    """A rule that two persons break is a count of two: readers see the rule, staff under secrecy how many."""
    settings = cases[0]
    newest = (
        " and generation = (select max(generation) from marts_asof.generation)" if "asof" in schema else ""
    )
    where = f" where association_id = 's08' and rule_id = 'OUT-007'{newest}"
    staff = schema.replace("marts", "marts_internal")
    assert ask(settings, "finsam_internal", f"select failed from {staff}.finding{where}") == [(2,)]
    assert ask(
        settings, "finsam_reader", f"select examined, failed, waived_up_to from {schema}.finding{where}"
    ) == [(None, None, None)]
    about_people = f"select rule_id from {schema}.finding where rule_id like 'OUT-%' and failed is not null"
    assert ask(settings, "finsam_reader", about_people) == []
    told = "select status_sv, newer_reason_sv from marts.feed_status where feed_id = 'participants'"
    assert [row for row in ask(settings, "finsam_reader", told) if "rad" in f"{row}"] == []
    # and how many rows told how many persons
    rows = (
        "select distinct feed_id from marts.delivery_status where feed_id in ('participants', 'surveys', 'goals')"
        " and rows_loaded is null and rows_read is null order by 1"
    )
    assert ask(settings, "finsam_reader", rows) == [("goals",), ("participants",), ("surveys",)]
    assert ask(settings, "finsam_internal", rows.replace("marts.", "marts_internal.")) == []
    about_persons = {feed.id for feed in all_feeds().values() if feed.is_about_persons}
    assert about_persons == {
        *(
            "participants",
            "progress",
            "participant_counts",
            "referrals",
            "surveys",
            "follow_up_reports",
            "goals",
        )
    }


MERGED = "sammanslagen"
FEW_EACH = [
    *people(9, "Torget", "male", ENDED, "Studier"), *people(3, "Torget", "male", ENDED, "Arbete"),
    *people(4, "Torget", "female", ENDED), *people(2, "Kursen", "female", ENDED, "Arbete"),
    *people(4, "Kursen", "female", ENDED, "Studier"), *people(11, "Kursen", "male", ENDED),
    *people(30, "Torget", "male"), *people(28, "Kursen", "female"),
]  # fmt: skip
OUT = associations._rows(
    "list_code code label_sv aliases group_code",
    "shown_together;out;Arbete eller studier;work | studies;exit_results",
    "shown_together;nothing;Går inte;misregistered|moon;exit_results",
    "exit_measure;only_work;Till arbete;work;",
)


@pytest.fixture(scope="module")
def merged(cases):
    """Three releases of an association: every result by itself, two as one, by itself again. (settings, seen)."""
    settings, _, _ = cases
    data = associations._with(participants=None) | {("participants", "2017", "whole"): FEW_EACH}

    def deliver(feed_id, rows, period="whole"):
        with administrator(settings) as connection:
            connection.execute(
                "update ops.delivery set state = 'superseded' where feed_id = %s and association_id = %s and period = %s",
                (feed_id, MERGED, period),
            )
            associations.deliver(connection, feed_id, MERGED, rows, period, f"version{next(_numbers)}")

    with administrator(settings) as connection:
        for (feed_id, period, scope), rows in data.items():
            associations.deliver(connection, feed_id, MERGED, rows, period, scope)
    seen = []
    for day, codes in (
        (date(2027, 8, 20), None),
        (date(2027, 8, 25), OUT),
        (date(2027, 10, 3), OUT),
        (date(2028, 1, 3), []),
    ):
        if codes is not None:
            deliver("code_lists", codes)
        if day == date(2027, 10, 3):
            deliver("participants", [*FEW_EACH, *people(6, "Kursen", "female", ENDED, "Arbete")], "2017")
        a_night(settings, day)
        seen.append((shown(settings, MERGED), offers(settings)))
    return settings, seen


def offers(settings):
    return ask(
        settings,
        "finsam_internal",
        "select report, codes, hidden_share > hidden_share_after from marts_internal.merge_offer"
        f" where association_id = '{MERGED}' order by 1",
    )


def test_codes_are_shown_as_one_from_the_next_release(merged):
    """The choice waits for its release; then the sum stands where the parts stood, and later the parts again."""
    settings, (before, chosen, together, _) = merged
    codes = [{key[4] for key in seen[0] if key[0] == "exit_results"} for seen in merged[1]]
    assert codes[0] == codes[1] == codes[3] >= {"work", "studies", "not_stated"}
    assert codes[2] == codes[0] - {"work", "studies"} | {"out"}
    assert {key: chosen[0][key] for key in before[0]} == before[0]
    assert before[0]["exit_results", 2017, "torget", "all", "work", "ended_count"] is None
    assert together[0]["exit_results", 2017, "torget", "all", "out", "ended_count"] in (12, None)
    for seen, _ in merged[1]:
        assert {count for count in seen.values() if count is not None and 0 < count < 5} == set()
    told = ask(
        settings,
        "finsam_reader",
        "select distinct exit_result_name, part_codes, exit_group_code, exit_group_codes from marts_asof.exit_results"
        f" where association_id = '{MERGED}' and exit_result_code = 'out'",
    )
    assert told == [("Arbete eller studier", ["studies", "work"], None, ["studies", "work"])]
    # a definition of both is their sum; of one of them it cannot be made
    of_all = [
        together[0]["exit_measures", 2017, "all", "all", code, "reached_count"]
        for code in ("work_or_studies", "only_work")
    ]
    assert of_all[1] is None
    assert of_all[0] == together[0]["exit_results", 2017, "all", "all", "out", "ended_count"]
    # that which cannot be merged is told of, and the offers are for staff
    asked = f"select rule_id from marts.finding where association_id = '{MERGED}' and rule_id = 'DSC-009'"
    assert ask(settings, "finsam_reader", asked) == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(settings, "finsam_reader", "select from marts_internal.merge_offer")


def test_a_full_build_may_bring_out_what_was_due(cases):
    """The same inputs, and a release that could not be protected the time before: it is decided now, and no figure is wrong."""
    settings = cases[0]
    built = night.build(settings, "test", date(2027, 8, 6), full=True)
    assert built.blocked == {}, built.summary_sv
    assert built.left_out == []
    night.publish(settings, built.build_id, built.token, "test")
    standing = f"select distinct release_period from marts.exit_results where association_id = '{NAME}'"
    assert ask(settings, "finsam_reader", standing) == [("2027-Q3",)]


def test_what_was_held_back_comes_out_when_its_period_is_over(cases):
    """Nobody delivers anything: the first night of the next quarter builds the association once, as a release."""
    settings = cases[0]
    deliver_register(
        settings, [*REGISTER, *ONE_MORE, *THREE_MORE, *people(9, "Kursen", "female", ENDED, "Studier")]
    )
    before = shown(settings)
    assert a_night(settings, date(2027, 9, 1)) == before
    assert night.build(settings, "test", date(2027, 9, 30)).build_id is None
    after = a_night(settings, date(2027, 10, 1))
    assert after != before
    assert len([key for key, count in after.items() if before.get(key) != count]) >= 3
    causes = ask(
        settings,
        "finsam_audit",
        "select cause, subject from ops.build_cause inner join ops.build using (build_id)"
        f" where association_id = '{NAME}' and business_date = '2027-10-01'",
    )
    assert causes == [("release", "2027-Q3")]
    by_code = f"select from marts.finding where rule_id = 'BLD-002' and association_id = '{NAME}'"
    assert ask(settings, "finsam_reader", by_code) == []
    assert night.build(settings, "test", date(2027, 10, 2)).build_id is None
