"""Codes shown as one: what is offered where a table is mostly hidden, and that releases before and after do not subtract."""

import random
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from ingestion import merge_offers, protecting
from ingestion.disclosed_counts import Count, Key, Term, linked
from ingestion.disclosure.attack import attack
from ingestion.disclosure.protection import Unprotectable, protect
from tests.possible_values import by_integer_program

AGES = ("16_19", "20_24", "25_29", "30_39", "40_49", "50_59")
TERMS = [
    Term("each_has_an_age", "equal", False, "age_profile", "participant_count", "sum", 0, 1),
    Term("each_has_an_age", "equal", False, "participant_flow", "participant_count", "total", 0, -1),
]
CHOICE = protecting.Choice(5, "suppress")


def register(table, shown_as=None, year=2025):
    """Counts of a table {place: a count per age}, its whole, and the ages that are shown as one: age -> code."""
    merged = shown_as or {}
    whole = [sum(row) for row in zip(*table.values(), strict=True)]
    found = []
    for place, row in (*table.items(), ("all", whole)):
        found.append(
            Count(
                Key("participant_flow", year, place, "all", "all", "participant_count"), int(sum(row)), False
            )
        )
        sums = {}
        for age, value in zip(AGES, row, strict=True):
            key = Key("age_profile", year, place, "all", age, "participant_count")
            found.append(Count(key, int(value), False, merged.get(age)))
            if age in merged:
                sums[merged[age]] = sums.get(merged[age], 0) + int(value)
        found += [
            Count(Key("age_profile", year, place, "all", code, "participant_count"), value, False)
            for code, value in sums.items()
        ]
    return found


def offered(counts, ages=AGES):
    system = linked(counts, TERMS, 5).system
    hidden = protect(system).hidden
    return merge_offers.offers(
        counts,
        {
            count.key: bool(is_hidden)
            for count, is_hidden in zip(counts, hidden, strict=False)
            if not count.shown_as
        },
        TERMS,
        mergeable={"age_profile": ages},
        threshold=5,
        hide=lambda whole: protect(whole).hidden,
    )


FEW = {"torget": (3, 2, 4, 3, 2, 40), "kursen": (2, 4, 3, 4, 4, 31), "bron": (4, 3, 2, 4, 3, 22)}


def test_merging_is_offered_before_a_table_is_all_stars():
    (offer,) = offered(register(FEW))
    assert offer.groups == (("16_19", "20_24"),)
    assert offer.hidden_share == 15 / 24
    assert offer.hidden_share_after == 9 / 20
    counts = register(FEW, dict.fromkeys(AGES[:2], "young"))
    hidden = protect(linked(counts, TERMS, 5).system).hidden
    assert {bool(hidden[at]) for at, count in enumerate(counts) if count.key.category_code == "young"} == {
        False
    }


def test_nothing_is_offered_where_half_is_shown_or_nothing_helps():
    assert offered(register({"torget": (3, 20, 14, 30, 40, 9), "kursen": (9, 14, 13, 25, 31, 8)})) == []
    # of a place with one person each code is a few, however wide
    assert offered(register({"torget": (1, 0, 0, 1, 0, 0), "kursen": (0, 0, 1, 0, 1, 0)})) == []
    assert offered(register(FEW), ages=()) == []


def test_codes_that_nobody_has_are_no_help_but_those_between_come_along():
    table = {place: (*row[:5], at + 1) for at, (place, row) in enumerate(FEW.items())}
    (offer,) = offered(register({place: (row[0], 0, *row[2:]) for place, row in table.items()}))
    assert AGES[:3] in [group[:3] for group in offer.groups]
    (offer,) = offered(register({place: (0, *row[1:]) for place, row in table.items()}))
    assert all("16_19" not in group for group in offer.groups)


def test_what_is_merged_already_is_offered_wider():
    """Two ages as one are few still: the offer starts from the codes of the list again."""
    table = {"torget": (1, 1, 2, 3, 2, 40), "kursen": (1, 2, 1, 3, 4, 31), "bron": (2, 1, 1, 4, 2, 22)}
    offers = offered(register(table, dict.fromkeys(AGES[:2], "young")))
    assert [offer.report for offer in offers] == ["age_profile"]
    assert {code for group in offers[0].groups for code in group} <= set(AGES)


def test_several_codes_are_their_sum_and_the_parts_are_never_shown():
    counts = register(FEW, dict.fromkeys(AGES[:2], "young"))
    whole = linked(counts, TERMS, 5)
    assert whole.broken == 0
    parts = [at for at, count in enumerate(counts) if count.shown_as and count.key.initiative_id != "all"]
    assert parts
    assert not whole.system.published[parts].any()
    assert whole.system.sensitive[parts].all()
    broken = [
        count._replace(value=count.value + 1) if count.key.category_code == "young" else count
        for count in counts
    ]
    assert linked(broken, TERMS, 5).broken == 5, "each place, all of them, and the places beside all of them"


def a_release(counts, earlier, period):
    """Decide and write down, as the night does; None where it cannot be protected."""
    due = protecting.Due("a", period, CHOICE, counts, earlier, ())
    _, whole = protecting._joint(due, TERMS)
    try:
        hidden = protect(whole).hidden
    except Unprotectable:
        return None
    assert len(attack(whole, hidden, intervals=False).recovered) == 0
    must_hold = np.flatnonzero(whole.sensitive & ~whole.known)
    for cell in random.Random(len(counts)).sample(must_hold.tolist(), min(5, len(must_hold))):
        assert by_integer_program(whole, hidden, cell) >= 3, whole.names[cell]
    return protecting._release(due, hidden.tolist())


def test_ages_shown_before_and_as_one_now_do_not_subtract():
    """16 to 24 as one, less the 20 to 24 that were shown, would be the few that were hidden."""
    before = {
        "torget": (3, 20, 14, 30, 40, 9),
        "kursen": (9, 14, 13, 25, 31, 8),
        "bron": (12, 9, 11, 28, 22, 7),
    }
    first = a_release(register(before), [], "2026-Q1")
    key = Key("age_profile", 2025, "torget", "all", "16_19", "participant_count")
    assert first.counts[key].shown is None
    now = register(before, dict.fromkeys(AGES[:2], "young"))
    second = a_release(now, [first], "2026-Q2")
    one = key._replace(category_code="young")
    seen = {place: shown.shown for place, shown in first.counts.items()}
    if seen[key._replace(category_code="20_24")] is not None:
        assert second.counts[one].shown is None
    assert second.counts[key].shown is None
    assert second.counts[key].shown_as == "young"
    assert second.counts[key].decision == "merged"
    # and apart again: what was hidden the first time is not what is left now
    third = a_release(register(before), [first, second], "2026-Q3")
    assert third.counts[key].shown is None


@pytest.mark.parametrize("seed", range(12))
def test_random_releases_with_and_without_merges_hold(seed):
    """Each release is attacked with all before it, and judged by an integer program that shares no code."""
    rng = random.Random(seed)
    table = {
        place: [rng.choice((0, 1, 2, 3, 6, 9, 14)) for _ in AGES] for place in ("torget", "kursen", "bron")
    }
    earlier = []
    for period in ("2026-Q1", "2026-Q2", "2026-Q3"):
        first = rng.randrange(len(AGES) - 1)
        chosen = dict.fromkeys(AGES[first : first + rng.randint(2, 3)], "young") if rng.random() < 0.6 else {}
        released = a_release(register(table, chosen), earlier, period)
        if released is not None:
            earlier.append(released)
        place, age = rng.choice(list(table)), rng.randrange(len(AGES))
        table[place][age] += rng.choice((0, 1, 6))
    assert all(
        shown.shown is None or shown.shown == 0 or shown.shown >= 5
        for one in earlier
        for shown in one.counts.values()
    )


def test_another_choice_is_a_reason_for_a_new_release():
    table = {"torget": (12, 20, 14, 30, 40, 9), "kursen": (9, 14, 13, 25, 31, 8)}
    first = a_release(register(table), [], "2026-Q1")
    day = date(2026, 4, 2)
    assert protecting._due("a", register(table), CHOICE, [first], day) is None
    merged = register(table, dict.fromkeys(AGES[:2], "young"))
    assert protecting._due("a", merged, CHOICE, [first], day).release_period == "2026-Q2"
    again = replace(first, counts={
        count.key: protecting.Shown(count.value, None, count.shown_as) for count in merged})  # fmt: skip
    other = register(table, dict.fromkeys(AGES[1:3], "young"))
    assert protecting._due("a", merged, CHOICE, [again], day) is None
    assert protecting._due("a", other, CHOICE, [again], day) is not None
