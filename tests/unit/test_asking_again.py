"""Publication asks again while the server is lost, and not where somebody must act first."""

import pytest

from ingestion.warehouse import publish
from ingestion.warehouse.embedded import AskedInVain, WarehouseUnavailable


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(publish, "PAUSE_SECONDS", 0.0)


def answering(*problems):
    """A work that meets each of them once and then answers; and how often it was asked."""
    left, asked = list(problems), []

    def work():
        asked.append(1)
        if left:
            raise left.pop(0)
        return "svar"

    return work, asked


def test_a_server_that_comes_back_is_asked_until_it_answers():
    work, asked = answering(WarehouseUnavailable("borta"), WarehouseUnavailable("borta"))
    assert publish.until_answered(work, "b-1") == "svar"
    assert len(asked) == 3


def test_a_warehouse_in_another_shape_is_not_asked_again():
    work, asked = answering(AskedInVain("Kör `finsam migrate`."))
    with pytest.raises(AskedInVain, match="migrate"):
        publish.until_answered(work, "b-1")
    assert len(asked) == 1


def test_a_server_that_stays_away_ends_the_run(monkeypatch):
    monkeypatch.setattr(publish, "RETRY_SECONDS", 0.0)
    work, _ = answering(WarehouseUnavailable("borta"))
    with pytest.raises(WarehouseUnavailable, match="publiceras två gånger"):
        publish.until_answered(work, "b-1")
