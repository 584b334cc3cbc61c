"""Drives one file through examination, gate and verdict, without a warehouse."""

from datetime import date

from expectations import gate
from expectations.rule import DeliveryFacts
from expectations.verdict import verdict
from ingestion.binding import HeaderAlias
from ingestion.delivery import MANIFEST_ENDING, is_manifest
from ingestion.examination import Examination, unreadable
from ingestion.feeds import all_feeds
from ingestion.manifest import read_manifest
from ingestion.readers.table import DeliveryUnreadable

KEY = b"a key for tests only, 32 bytes !"
TODAY = date(2032, 1, 15)
OWN_NUMBER = "222000-5553"
OWN_WORDS = {"Plan (tkr)": HeaderAlias("amount_sek", "tkr")}


def begin(path, feed, how="", switched_off=frozenset()) -> Examination:
    """An examination. how: `own_number` gives the association an organisation number, `own_words` a header,
    `manifest` lets the manifest beside the file speak.
    """
    return Examination(
        path,
        feed,
        "provet",
        pseudonym_key=KEY,
        organisation_numbers=frozenset({OWN_NUMBER} if how == "own_number" else ()),
        aliases=OWN_WORDS if how == "own_words" else {},
        business_date=TODAY,
        switched_off=frozenset(switched_off),
        manifest=manifest_of(path, switched_off) if how == "manifest" else None,
    )


def manifest_of(path, switched_off=frozenset()):
    """What the manifest beside the file says; without MAN-001 one that cannot be read is not asked."""
    beside = path if is_manifest(path) else path.with_name(path.name + MANIFEST_ENDING)
    try:
        return read_manifest(beside)
    except DeliveryUnreadable:
        if "MAN-001" not in switched_off:
            raise
        return None


def examine(path, feed_id, switched_off=frozenset(), how="", delivery_id=None) -> DeliveryFacts:
    """The facts of one file. how: `lose_row` drops a row on the way to the warehouse; else see `begin`."""
    feed = all_feeds()[feed_id]
    try:
        examination = begin(path, feed, how, switched_off)
        loaded = sum(block.num_rows for block in examination.blocks())
    except DeliveryUnreadable as problem:
        return unreadable(delivery_id or path.name, "provet", feed, problem.fault)
    return examination.facts(
        delivery_id or path.name, loaded - len(examination.late_rows) - (how == "lose_row")
    )


def judge(facts, switched_off=frozenset()):
    """Verdict and evidence per delivery, by delivery id."""
    evidence = gate.judge(facts, "test", frozenset(switched_off))
    found = {}
    for one in facts:
        own = [item for item in evidence if item.subject == one.delivery_id]
        found[one.delivery_id] = (verdict(own, one.feed), own)
    return found
