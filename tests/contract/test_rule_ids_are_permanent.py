"""A rule's id is for ever: every id ever issued still stands, for the same feed, with a card."""

import csv

from expectations.catalogue import ISSUED, all_cards, issued


def recorded():
    with ISSUED.open(encoding="utf-8", newline="") as file:
        return {row["rule_id"]: row["feed"] for row in csv.DictReader(file)}


def test_no_id_disappears_or_changes_feed():
    cards = {rule.id: rule.feed for rule in all_cards().values()}
    assert recorded().items() <= cards.items()


def test_every_id_is_recorded():
    assert all_cards().keys() == recorded().keys(), "run: python -m expectations.catalogue"


def test_recording_adds_and_never_removes(tmp_path):
    file = tmp_path / "issued.csv"
    file.write_text("rule_id,feed\nOLD-001,gone\nSTR-001,*\n", encoding="utf-8")
    found = issued(file)
    assert found["OLD-001"] == "gone" and found.keys() > all_cards().keys()
