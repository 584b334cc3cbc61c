"""An association's counts as a system: what adds up to what, which counts could tell of a person, and which are known."""

import numpy as np
import pytest

from ingestion.disclosed_counts import Count, Key, Term, linked
from ingestion.disclosure.attack import attack

FLOW = ("participant_flow", "all")
TERMS = [
    Term("all_ended_or_remain", "equal", False, "participant_flow", "ended_count", "total", 0, 1),
    Term("all_ended_or_remain", "equal", False, "participant_flow", "remaining_count", "total", 0, 1),
    Term("all_ended_or_remain", "equal", False, "participant_flow", "participant_count", "total", 0, -1),
    Term("came_over", "equal", False, "participant_flow", "remaining_count", "total", 1, 1),
    Term("came_over", "equal", False, "participant_flow", "new_count", "total", 0, 1),
    Term("came_over", "equal", False, "participant_flow", "participant_count", "total", 0, -1),
    Term("new_take_part", "at_most", True, "participant_flow", "new_count", "total", 0, 1),
    Term("new_take_part", "at_most", True, "participant_flow", "participant_count", "total", 0, -1),
    Term("each_end", "equal", False, "exit_results", "ended_count", "sum", 0, 1),
    Term("each_end", "equal", False, "participant_flow", "ended_count", "total", 0, -1),
]
MEASURES = ("participant_count", "new_count", "ended_count", "remaining_count")


def counts(*years):
    """The whole of an association and its one initiative; each year: (participants, new, ended, remaining, exits by code)."""
    found = []
    for year, (*flow, exits) in enumerate(years, 2016):
        for initiative in ("torget", "all"):
            found += [
                Count(Key(FLOW[0], year, initiative, "all", "all", measure), value, False)
                for measure, value in zip(MEASURES, flow, strict=True)
            ]
            found += [
                Count(
                    Key("exit_results", year, initiative, "all", code, "ended_count"),
                    value,
                    code != "not_stated",
                )
                for code, value in exits.items()
            ]
    return found


def sensitive(whole):
    return {
        (key.report, key.fiscal_year, key.measure, key.category_code)
        for key, is_so in zip(whole.keys, whole.system.sensitive, strict=False)
        if is_so and key.initiative_id == "torget"
    }


def test_few_persons_are_sensitive_and_none_is_not():
    whole = linked(counts((20, 8, 9, 11, {"work": 3, "studies": 6, "not_stated": 0})), TERMS, 5)
    assert whole.broken == 0
    assert sensitive(whole) == {("exit_results", 2016, "ended_count", "work")}
    assert sensitive(linked(counts((20, 8, 9, 11, {"work": 3, "studies": 6, "not_stated": 0})), TERMS, 10)) == {
        ("exit_results", 2016, "ended_count", "work"), ("exit_results", 2016, "ended_count", "studies"),
        ("participant_flow", 2016, "new_count", "all"), ("participant_flow", 2016, "ended_count", "all"),
    }  # fmt: skip


@pytest.mark.parametrize("exits", [{"work": 9, "studies": 0}, {"work": 8, "studies": 1}])
def test_where_all_or_all_but_one_have_an_outcome_the_zeros_are_sensitive_too(exits):
    """S05, S06; that nothing is stated of anybody tells nothing of anybody."""
    whole = linked(counts((20, 8, 9, 11, {**exits, "not_stated": 0})), TERMS, 5)
    assert {code for report, _, _, code in sensitive(whole) if report == "exit_results"} == {
        "work",
        "studies",
        "not_stated",
    }
    assert sensitive(linked(counts((20, 8, 9, 11, {"work": 0, "not_stated": 9})), TERMS, 5)) == set()


@pytest.mark.parametrize(("asked", "yes", "is_told"), [(9, 9, True), (9, 8, True), (9, 0, True), (9, 1, True),
                                                       (14, 6, False), (0, 0, False)])  # fmt: skip
def test_where_all_who_were_asked_answered_the_same_how_many_is_sensitive(asked, yes, is_told):
    """S05, S06 of a question: neither all nor none of those asked may be told; of nobody there is nothing to tell."""
    terms = [
        Term("asked", "at_most", True, "exit_measures", "answered_count", "each", 0, 1),
        Term("asked", "at_most", True, "participant_flow", "ended_count", "total", 0, -1),
        Term("yes", "at_most", True, "exit_measures", "reached_count", "each", 0, 1),
        Term("yes", "at_most", True, "exit_measures", "answered_count", "each", 0, -1),
    ]
    later = [
        Count(Key("exit_measures", 2016, name, "all", "later", measure), value, measure == "reached_count")
        for name in ("torget", "all")
        for measure, value in (("answered_count", asked), ("reached_count", yes))
    ]
    whole = linked([*counts((60, 8, 20, 40, {"work": 20})), *later], [*TERMS[:3], *terms], 5)
    assert (("exit_measures", 2016, "reached_count", "later") in sensitive(whole)) == is_told
    assert ("exit_measures", 2016, "answered_count", "later") not in sensitive(whole)


def test_those_who_remained_are_next_years_participants_who_are_not_new():
    """A hidden count of one year is recovered from the next, unless the system knows that they hang together."""
    whole = linked(counts((20, 8, 17, 3, {"work": 17}), (25, 22, 6, 19, {"work": 6})), TERMS, 5)
    hidden = np.zeros(whole.system.size, dtype=bool)
    hidden[len(whole.keys) :] = True
    for at, key in enumerate(whole.keys):
        hidden[at] = key.fiscal_year == 2016 and key.measure in (
            "remaining_count",
            "ended_count",
            "participant_count",
        )
    recovered = attack(whole.system, hidden).recovered
    assert any(whole.keys[at].measure == "remaining_count" for at in recovered if at < len(whole.keys))


def test_what_everybody_can_subtract_is_a_count_too():
    """22 of 25 are new: the three who are not stand in no table, and are three persons all the same."""
    whole = linked(counts((25, 22, 6, 19, {"work": 5, "studies": 1})), TERMS, 5)
    rests = [
        cell.name
        for cell, is_so in zip(whole.cells, whole.system.sensitive, strict=True)
        if is_so and "rest" in cell.name
    ]
    assert len(rests) == 2  # of the initiative and of the whole
    assert not whole.system.published[len(whole.keys) :].any()


def test_a_relation_that_does_not_hold_is_told_and_not_relied_on():
    whole = linked(counts((20, 8, 9, 12, {"work": 9, "studies": 0})), TERMS, 5)
    assert whole.broken == 2


def test_what_a_release_had_no_report_of_is_not_zero():
    """A release from before a report came: its relation is neither broken nor says that nobody was counted."""
    of_age = [
        Term("each_has_an_age", "equal", False, "age_profile", "participant_count", "sum", 0, 1),
        Term("each_has_an_age", "equal", False, "participant_flow", "participant_count", "total", 0, -1),
    ]
    years = counts((20, 8, 9, 11, {"work": 9}), (0, 0, 0, 0, {"work": 0}))
    before, after = linked(years, TERMS[:3] + TERMS[6:], 5), linked(years, TERMS[:3] + TERMS[6:] + of_age, 5)
    assert after.broken == 0
    assert after.system.relations.shape == before.system.relations.shape


def test_of_years_that_are_kept_nothing_new_is_published():
    whole = linked(counts((20, 8, 9, 11, {"work": 9}), (25, 14, 6, 19, {"work": 6})), TERMS, 5, {2016})
    assert {
        key.fiscal_year for key, is_so in zip(whole.keys, whole.system.published, strict=False) if is_so
    } == {2017}


REFERRED = [
    Term("sender", "equal", False, "referrals", "referral_count", "sum", 0, 1),
    Term("sender", "equal", False, "referrals", "referral_count", "total", 0, -1),
    Term("accepted_sender", "equal", False, "referrals", "accepted_count", "sum", 0, 1),
    Term("accepted_sender", "equal", False, "referrals", "accepted_count", "total", 0, -1),
    Term("accepted", "at_most", True, "referrals", "accepted_count", "each", 0, 1),
    Term("accepted", "at_most", True, "referrals", "referral_count", "each", 0, -1),
]


def referred(**senders):
    """Referrals to one place: sender -> (referred, accepted); every sender together is a row of the same report."""
    all_of_them = tuple(map(sum, zip(*senders.values(), strict=True)))
    return [
        Count(Key("referrals", 2017, place, "all", sender, measure), value, sender != "all")
        for place in ("torget", "all")
        for sender, both in {**senders, "all": all_of_them}.items()
        for measure, value in zip(("referral_count", "accepted_count"), both, strict=True)
    ]


def test_the_row_of_all_codes_is_their_sum_and_no_code():
    """S05: where all have one code its group is sensitive, not the count of the group; and the sum does not count itself."""
    whole = linked(referred(af=(20, 12), fk=(15, 5)), REFERRED, 5)
    assert whole.broken == 0
    assert sensitive(whole) == set()
    alone = linked(referred(af=(20, 12), fk=(0, 0)), REFERRED, 5)
    assert sensitive(alone) == {
        ("referrals", 2017, measure, sender)
        for measure in ("referral_count", "accepted_count")
        for sender in ("af", "fk")
    }


def test_those_who_were_not_accepted_are_a_count_of_persons():
    """S12: 12 referred beside 10 accepted says that two were not."""
    whole = linked(referred(af=(12, 10), fk=(15, 5)), REFERRED, 5)
    rests = whole.system.sensitive[len(whole.keys) :]
    assert rests.sum() == 2
    assert len(attack(whole.system, np.zeros(whole.system.size, dtype=bool)).recovered) >= 2
