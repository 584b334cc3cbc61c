"""Damaged files of every reader end accepted or explained: a sample in `make test`, FUZZ_SECONDS each in `make soak`."""

import os
import time

import pytest

from tests.fuzz import fuzz, readers_with_seeds


@pytest.mark.parametrize("reader", readers_with_seeds())
def test_a_sample_of_damaged_files_is_accepted_or_explained(reader, tmp_path):
    found = fuzz(reader, "sample", tmp_path, count=200)
    assert found.failure is None
    assert found.cases == 200
    assert len(found.endings) > 2  # the damage reaches more than one rule


@pytest.mark.soak
@pytest.mark.parametrize("reader", readers_with_seeds())
def test_damaged_files_are_accepted_or_explained_for_long(reader, tmp_path):
    found = fuzz(reader, str(time.time_ns()), tmp_path, seconds=float(os.environ.get("FUZZ_SECONDS", "600")))
    assert found.failure is None
    assert found.cases > 0
