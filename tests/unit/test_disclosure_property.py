"""Random registers, random publications: nothing sensitive comes back, as judged by someone who shares no code."""

import numpy as np
import pytest

from ingestion.disclosure import releases, rounding
from ingestion.disclosure.attack import attack, attack_all
from ingestion.disclosure.protection import Unprotectable, protect, protect_all
from ingestion.disclosure.tables import build
from tests import bench_disclosure
from tests.possible_values import by_integer_program
from tests.random_register import people, recounted, release, seeded

JUDGED = 6
"""Cells judged the slow way, per publication."""


def published(seed):
    """One random publication, protected; then a second one of nearly the same people, protected with the first."""
    rng = seeded(seed)
    persons, kinds, tables = release(rng)
    outcomes = {"exit_result": {"sick"}} if rng.random() < 0.5 else {}
    built = build(tables, sensitive_outcomes=outcomes, threshold=rng.choice((5, 5, 5, 8)))
    count = len(tables)
    yield built.system, len(tables)
    if rng.random() < 0.4:
        hidden = _hidden(built.system)
        if hidden is None:
            return
        later = persons[rng.randint(0, 2) :] + people(rng, rng.randint(0, 3), kinds)
        newer = build([recounted(table, later) for table in tables], sensitive_outcomes=outcomes)
        before = releases.Release(built.cells, built.system, hidden)
        after = releases.Release(newer.cells, newer.system, np.zeros(newer.system.size, dtype=bool))
        yield releases.joint(after, [before]), count


def _hidden(of):
    try:
        return protect(of).hidden
    except Unprotectable:
        return None


def try_one(seed):
    """Protect and judge; returns how many tables were tried and how many could not be protected."""
    rng = seeded(-seed)
    tried = refused = 0
    for of, count in published(seed):
        tried += count
        hidden = _hidden(of)
        if hidden is None:
            refused += count
            everything = of.published & ~of.known
            assert len(attack(of, everything).recovered), seed
            continue
        must_hold = np.flatnonzero(of.sensitive & ~of.known)
        assert not (of.known & hidden).any()
        assert hidden[must_hold][of.published[must_hold]].all()
        assert len(attack(of, hidden, intervals=False).recovered) == 0, seed
        for cell in rng.sample(must_hold.tolist(), min(JUDGED, len(must_hold))):
            assert by_integer_program(of, hidden, cell) >= 3, (seed, of.names[cell])
    return tried, refused


def judge_attacker(seed):
    """Random stars, mostly too few: the attacker must say of each sensitive cell what the judge says."""
    rng = seeded(seed)
    of = build(release(rng)[2]).system
    stars = of.sensitive | (np.array([rng.random() for _ in range(of.size)]) < rng.choice((0.0, 0.1, 0.2)))
    found = attack(of, stars & of.published)
    for cell in rng.sample(np.flatnonzero(of.sensitive).tolist(), min(JUDGED, int(of.sensitive.sum()))):
        told = by_integer_program(of, stars & of.published, cell) < 3
        assert told == (cell in found.recovered), (seed, of.names[cell])
        assert found.low[cell] <= of.values[cell] <= found.high[cell]


@pytest.mark.parametrize("seed", range(24))
def test_nothing_sensitive_can_be_recovered(seed):
    try_one(seed)


@pytest.mark.parametrize("seed", range(24))
def test_s25_the_attacker_says_what_the_judge_says(seed):
    judge_attacker(seed)


@pytest.mark.parametrize("seed", range(6))
def test_rounded_tables_hold(seed):
    of = build(release(seeded(seed))[2], threshold=8).system
    try:
        found = rounding.protect(of)
    except Unprotectable:
        return
    assert len(rounding.attack(of, found.hidden).recovered) == 0
    assert (found.shown[~found.hidden] % 5 == 0).all()


@pytest.mark.parametrize("seed", range(5))
def test_the_same_tables_are_protected_the_same(seed):
    of = build(release(seeded(seed))[2]).system
    first, second = _hidden(of), _hidden(of)
    assert (first is None and second is None) or (first == second).all()


@pytest.mark.soak
@pytest.mark.parametrize("block", range(20))
def test_nothing_sensitive_can_be_recovered_in_ten_thousand_tables(block):
    tried, refused, seed = 0, 0, 1000 * (block + 1)
    while tried < 500:
        counted, without = try_one(seed)
        tried, refused, seed = tried + counted, refused + without, seed + 1
    assert refused < tried / 4


@pytest.mark.soak
def test_everything_linked_of_eighty_associations():
    """Every association's ten tables over the same people at once, as after a change of code."""
    systems = [build(tables).system for tables in bench_disclosure.linked(2, count=80, seed=3)]
    found = protect_all(systems)
    attacks = attack_all([(of, one.hidden) for of, one in zip(systems, found, strict=True)], intervals=False)
    assert not any(len(one.recovered) for one in attacks)
    assert all(
        (of.sensitive & of.published <= one.hidden).all() for of, one in zip(systems, found, strict=True)
    )
