"""No mutant that changes a published figure goes by without a gate's name or a banner beside it."""

import random

import pytest

from ingestion.warehouse import embedded
from tests.mutation.laboratory import Laboratory, report

SEED = 20261122
PARTS = 2


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory):
    made = Laboratory(tmp_path_factory.mktemp("laboratory"))
    yield made
    embedded.remove(made.settings)


def run(laboratory, seed, wanted):
    """Trials until so many of them changed a figure."""
    draw, trials = random.Random(seed), []
    while sum(bool(trial.changed) for trial in trials) < wanted:
        trial = laboratory.try_out(laboratory.draw(draw))
        if trial is not None:
            trials.append(trial)
    return trials


def judge(trials):
    text = report(trials)
    print(text)
    assert [str(trial.mutant) for trial in trials if trial.unseen] == [], text


@pytest.mark.xdist_group("mutation")
def test_a_handful_of_mutants_is_seen(laboratory):
    judge(run(laboratory, SEED, 8))


@pytest.mark.soak
@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=pytest.mark.xdist_group(f"mutation{part}")) for part in range(PARTS)]
)
def test_two_hundred_mutants_are_seen(laboratory, part):
    """The seed is of the day's choosing: survivors are named, with their seed, in the failure."""
    judge(run(laboratory, SEED + 1 + part, 200 // PARTS))
