"""Whether a delivery's file still lies where its sender put it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingestion import delivery as deliveries
from ingestion import manifest as manifests
from ingestion.examined import pseudonym_key
from ingestion.feeds import all_feeds
from ingestion.privacy import content_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingestion.settings import Settings


def holds(settings: Settings, delivery: Mapping[str, Any]) -> bool:
    """True where a file with the delivery's very bytes lies in its inbox: only such a one is read by what was approved.

    delivery: delivery_id, feed_id, association_id and byte_count, as `ops.delivery` has them.
    """
    feed = all_feeds()[delivery["feed_id"]]
    top = settings.reference if feed.kind == "reference" else settings.landing
    folder = top / delivery["association_id"]
    key = pseudonym_key(settings)
    for one in deliveries.find(
        [(delivery["association_id"], folder if feed.kind == "reference" else folder / feed.id)]
    ):
        if one.why_not_sv is not None or one.path.stat().st_size != delivery["byte_count"]:
            continue
        said = manifests.said_alone(feed, one.path, one.manifest_path)
        found = deliveries.delivery_id(feed, one, content_id(one.path, feed, key), said)
        if found == delivery["delivery_id"]:
            return True
    return False
