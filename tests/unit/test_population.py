"""The generator of registers: whatever the counts, every one of them is met, and the same counts give the same rows."""

import tracemalloc
from collections import Counter
from datetime import date
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.demo.dealing import Shuffle, split
from ingestion.demo.generate import SOURCES
from ingestion.demo.population import MOVES_ON, Dimension, Initiative, population
from ingestion.demo.register import initiatives, published_numbers

SEXES = ("female", "male")
RESULTS = ("work", MOVES_ON, "unknown")
NUMBERS = sorted(published_numbers(SOURCES))[:60]
YEAR = 2031


@st.composite
def parts_of(draw, total, names):
    """Counts by name that are at most the total together."""
    found, left = {}, total
    for name in names:
        found[name] = draw(st.integers(0, left))
        left -= found[name]
    return found


@st.composite
def open_or_by_sex(draw, room, names):
    """Counts by (sex, name) or (None, name) that fit the room of each sex."""
    by_sex = draw(st.sets(st.sampled_from(names)))
    counts = {}
    left = dict(room)
    for sex in SEXES:
        for name, count in draw(parts_of(room[sex], sorted(by_sex))).items():
            counts[sex, name] = count
            left[sex] -= count
    for name, count in draw(parts_of(sum(left.values()), sorted(set(names) - by_sex))).items():
        counts[None, name] = count
    return counts


@st.composite
def several(draw, room):
    """Several per person: any count up to the people that the lone category leaves, by sex or in total."""
    counts = {(sex, "alone"): draw(st.integers(0, room[sex])) for sex in SEXES}
    rest = {sex: room[sex] - counts[sex, "alone"] for sex in SEXES}
    for name in ("a", "b", "c"):
        counts |= {(sex, name): draw(st.integers(0, rest[sex])) for sex in SEXES}
    counts[None, "d"] = draw(st.integers(0, sum(rest.values())))
    return counts


@st.composite
def an_initiative(draw, name="Torget", most=40):
    people = {sex: draw(st.integers(0, most)) for sex in SEXES}
    first = draw(st.dates(date(YEAR - 1, 1, 1), date(YEAR, 12, 31)))
    last = draw(st.dates(max(first, date(YEAR, 1, 1)), date(YEAR + 1, 6, 30)))
    began_this_year = first >= date(YEAR, 1, 1)
    new = {sex: people[sex] if began_this_year else draw(st.integers(0, people[sex])) for sex in SEXES}
    results = draw(open_or_by_sex(people, RESULTS))
    ended = {sex: sum(n for (s, _), n in results.items() if s == sex) for sex in SEXES}
    anonymous = {
        (sex, code): draw(st.integers(0, count)) for (sex, code), count in results.items() if sex is not None
    }
    if not any(sex is None for sex, _ in results):
        anonymous |= {(sex, ""): draw(st.integers(0, people[sex] - ended[sex])) for sex in SEXES}
    hidden = {sex: sum(n for (s, _), n in anonymous.items() if s == sex) for sex in SEXES}
    named = {
        sex: ended[sex] - sum(n for (s, code), n in anonymous.items() if s == sex and code) for sex in SEXES
    }
    shown = {sex: people[sex] - hidden[sex] for sex in SEXES}
    by_result = draw(st.booleans())
    told = (
        Dimension("referrer", draw(open_or_by_sex(people, ("af", "fk", "region")))),
        Dimension("education", draw(open_or_by_sex(shown, ("low", "high"))), "named", by_result=by_result),
        Dimension(
            "occupation", draw(open_or_by_sex(named, ("work", "studies"))), "ended", by_result=by_result
        ),
        Dimension("support", draw(several(named)), "ended", True, frozenset({"alone"}), by_result),
    )
    ages = draw(st.sampled_from([(16, 64), (20, 29), (40, 40)]))
    return Initiative(name, YEAR, first, last, people, new, results, anonymous, told, ages)


def counted(spells, key, given_key):
    """The same kind of count as was given: by sex, or in total where the sex is None."""
    found = Counter()
    for spell in spells:
        for code in key(spell):
            found[spell.sex, code] += 1
            found[None, code] += 1
    return {cell: found[cell] for cell in given_key}


def in_group(spell, among):
    return among == "everyone" or (not spell.anonymous and (among == "named" or bool(spell.result)))


def check(initiative, spells):
    """Every count of the initiative, and nothing that a register may not hold."""
    assert Counter(s.sex for s in spells) == Counter({k: n for k, n in initiative.participants.items() if n})
    new = Counter(s.sex for s in spells if s.start >= date(YEAR, 1, 1))
    assert {sex: new[sex] for sex in SEXES} == initiative.new
    assert counted(spells, lambda s: [s.result], initiative.results) == initiative.results
    assert sum(bool(s.result) for s in spells) == sum(initiative.results.values())
    hidden = Counter((s.sex, s.result) for s in spells if s.anonymous)
    assert hidden == Counter({cell: n for cell, n in initiative.anonymous.items() if n})
    for told in initiative.dimensions:
        assert counted(spells, lambda s, d=told: s.told.get(d.name, ()), told.counts) == told.counts
        for spell in spells:
            found = spell.told.get(told.name, ())
            assert not found or in_group(spell, told.among)
            assert len(set(found)) == len(found)
            assert told.several or len(found) <= 1
            assert len(found) == 1 or not set(found) & told.alone
    for spell in spells:
        assert initiative.first <= spell.start <= initiative.last
        assert (spell.end is None) == (spell.result == "")
        if spell.end:
            assert max(spell.start, date(YEAR, 1, 1)) <= spell.end
            assert spell.end <= min(initiative.last, date(YEAR, 12, 31))
        assert initiative.ages[0] <= YEAR - spell.birth_year <= initiative.ages[1]
        if spell.person in NUMBERS:
            assert spell.person[:4] == str(spell.birth_year)
            assert SEXES[int(spell.person[10]) % 2] == spell.sex
        else:
            assert spell.person.startswith("L-")
    assert len({s.person for s in spells}) == len(spells)
    assert [s.start for s in spells] == sorted(s.start for s in spells)


@given(an_initiative())
@settings(max_examples=120, deadline=None)
def test_every_count_is_met(initiative):
    check(initiative, list(population([initiative], NUMBERS)))


@given(an_initiative(most=12), st.integers(1, 9))
@settings(max_examples=30, deadline=None)
def test_scaled_every_count_is_met_so_many_times(initiative, factor):
    spells = list(population([initiative], NUMBERS, scale=factor))
    assert len(spells) == factor * sum(initiative.participants.values())
    check(initiative.scaled(factor), spells)


@given(an_initiative("A"), an_initiative("B"))
@settings(max_examples=30, deadline=None)
def test_the_same_counts_give_the_same_rows_and_movers_do_not_overlap(one, other):
    spells = list(population([one, other], NUMBERS))
    assert spells == list(population([one, other], reversed(NUMBERS)))
    by_person = {}
    for spell in spells:
        by_person.setdefault(spell.person, []).append(spell)
    for mine in by_person.values():
        assert len(mine) <= 2
        if len(mine) == 2:
            assert mine[0].result == MOVES_ON and mine[0].end <= mine[1].start


def an_example(**changes):
    given_counts = {
        "name": "Torget", "year": YEAR, "first": date(2030, 3, 1), "last": date(2031, 12, 1),
        "participants": {"female": 5, "male": 5}, "new": {None: 3}, "results": {("female", "work"): 2},
    }  # fmt: skip
    return Initiative(**{**given_counts, **changes})


def test_new_known_only_in_total_is_dealt_by_the_people():
    spells = list(population([an_example()], []))
    assert sum(s.start.year == YEAR for s in spells) == 3


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"new": {"female": 6, "male": 0}}, "more new than participants"),
        ({"new": {None: 11}}, "more new than participants"),
        ({"results": {("female", "work"): 6}}, "more ended than participants"),
        ({"results": {(None, "work"): 11}}, "more ended than participants"),
        ({"results": {("female", ""): 1}}, "has no name"),
        ({"participants": {"female": -1}}, "below zero"),
        ({"participants": {"nobody": 1}}, "counted by sex"),
        ({"anonymous": {("female", "work"): 3}}, "more anonymous than people"),
        ({"anonymous": {("female", "studies"): 1}}, "a result that nobody has"),
        ({"first": date(2031, 2, 1)}, "carried over, but it began this year"),
        ({"last": date(2030, 6, 1)}, "ended before the year"),
        ({"first": date(2032, 1, 1)}, "ends before it begins"),
        ({"dimensions": (Dimension("referrer", {("female", "af"): 6}),)}, "referrer has more female"),
        ({"dimensions": (Dimension("referrer", {(None, "af"): 11}),)}, "referrer has more than the people"),
        ({"dimensions": (Dimension("referrer", {(None, "af"): -1}),)}, "referrer has a count below zero"),
        ({"dimensions": (Dimension("referrer", {("x", "af"): 1}),)}, "a sex that is none"),
        (
            {"dimensions": (Dimension("referrer", {(None, "af"): 1, ("male", "af"): 1}),)},
            "both by sex and in total",
        ),
        ({"dimensions": (Dimension("support", {("male", "a"): 1}, "ended", True),)}, "gives a to more male"),
        ({"dimensions": (Dimension("support", {(None, "a"): 3}, "ended", True),)}, "gives a to more people"),
        (
            {"dimensions": (Dimension("support", {(None, "no"): 3}, "ended", True, frozenset({"no"})),)},
            "support has more than the people",
        ),
    ],
)
def test_counts_that_cannot_hold_are_named(changes, said):
    with pytest.raises(ValueError, match=said):
        list(population([an_example(**changes)], []))


def test_few_have_nothing_told_where_several_are_allowed():
    told = Dimension("support", {("female", "a"): 3, ("female", "b"): 3, ("male", "a"): 5}, several=True)
    spells = list(population([an_example(dimensions=(told,))], []))
    assert all("support" in spell.told for spell in spells)


def test_what_is_told_by_result_goes_with_the_result():
    told = Dimension("occupation", {(None, "work"): 4, (None, "studies"): 3}, "ended", by_result=True)
    results = {("female", "work"): 1, ("male", "work"): 3, ("female", "studies"): 2, ("male", "studies"): 1}
    spells = list(population([an_example(results=results, dimensions=(told,))], []))
    assert all(s.told["occupation"] == (s.result,) for s in spells if s.result)


def test_test_numbers_are_used_while_they_last():
    crowd = an_example(participants={"female": 500, "male": 500}, new={None: 100}, ages=(16, 117))
    people = [s.person for s in population([crowd], NUMBERS)]
    assert set(NUMBERS) < set(people)
    assert sum(person.startswith("L-") for person in people) == 1000 - len(NUMBERS)


def test_the_demo_scales_to_any_size_in_little_memory():
    counts, _ = initiatives(SOURCES)
    tracemalloc.start()
    spells = population(counts, published_numbers(SOURCES), scale=100_000)  # 62 million rows
    rows = sum(1 for _ in islice(spells, 2_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows == 2_000
    assert peak < 2_000_000


def test_a_shuffle_is_a_permutation():
    for count in range(1, 200):
        shuffle = Shuffle(count, f"key {count}")
        assert sorted(shuffle[place] for place in range(count)) == list(range(count))


def test_split_is_exact_and_proportional():
    assert split(23, {"female": 48, "male": 47}) == {"female": 12, "male": 11}
    assert sum(split(7, {"a": 3, "b": 3, "c": 3}).values()) == 7
    assert split(0, {}) == {}
