"""One file on its way through: its examination, or the one fault that made it unreadable at once or on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingestion import reference
from ingestion import settings as surroundings
from ingestion.accounting import RowAccount
from ingestion.escaping import one_line
from ingestion.privacy import masked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    import pyarrow as pa

    from expectations.rule import DeliveryFacts, History
    from ingestion.examination import Examination
    from ingestion.feed import Feed
    from ingestion.readers.table import Fault
    from ingestion.reference import Association
    from ingestion.settings import Settings

PRIVACY = "PRI-002"
"""The rule that keeps a file out of every table, log and copy until a person has looked at it."""


@dataclass
class Examined:
    """One file on its way through: its examination, or the one fault that made it unreadable."""

    feed: Feed
    association_id: str
    delivery_id: str
    examination: Examination | None = None
    unreadable: Fault | None = None

    @property
    def readable(self) -> Examination | None:
        """The examination, unless the structure broke at once or on the way."""
        return None if self.unreadable is not None else self.examination

    def blocks(self) -> Iterator[pa.Table]:
        """Canonical rows to load; a structural fault ends them and is kept."""
        from ingestion.readers.table import DeliveryUnreadable

        if (seen := self.readable) is None:
            return
        try:
            yield from seen.blocks()
        except DeliveryUnreadable as problem:
            self.unreadable = problem.fault

    @property
    def is_refused_while_read(self) -> bool:
        """True where no row may stay: the structure broke, or the contract rejects a delivery with a bad row."""
        if (seen := self.readable) is None:
            return True
        log = seen.log
        if self.feed.on_bad_row == "reject" and log.counts.total():
            return True
        return any(fault.whole_delivery for rule_id in log.counts for fault in log.of(rule_id))

    @property
    def account(self) -> RowAccount:
        """What happened to every row read."""
        if (seen := self.readable) is None:
            return RowAccount()
        return seen.account.refused() if self.is_refused_while_read else seen.account

    @property
    def is_private(self) -> bool:
        """True where something looks like a personal number that does not belong: nothing of the file may be kept."""
        if self.unreadable is not None:
            return self.unreadable.rule_id == PRIVACY
        return self.examination is not None and bool(self.examination.log.counts[PRIVACY])

    def facts(self, rows_loaded: int | None, history: History | None = None) -> DeliveryFacts:
        """For the gate. rows_loaded: the warehouse's own count, None where no row was to stay."""
        from ingestion.examination import unreadable

        if (seen := self.readable) is not None:
            return seen.facts(self.delivery_id, rows_loaded, history)
        assert self.unreadable is not None  # noqa: S101 - one of the two is always there
        return unreadable(self.delivery_id, self.association_id, self.feed, self.unreadable)

    def issues(self, facts: DeliveryFacts) -> list[dict[str, Any]]:
        """Every fault kept, numbered in the file's order; beside a personal number no value is shown: it may name
        the person."""
        if (seen := self.readable) is not None:
            faults = seen.faults(facts)
        else:
            faults = [fault for measured in facts.measured.values() for fault in measured.faults]
        issues = [_issue(number, fault, self.feed) for number, fault in enumerate(faults, 1)]
        return [{**issue, "value_shown": None} for issue in issues] if self.is_private else issues

    def issue_counts(self, facts: DeliveryFacts) -> dict[str, int]:
        """The exact count per rule that found something."""
        return {rule_id: found.failed for rule_id, found in facts.measured.items() if found.failed}


def examine(
    path: Path,
    feed: Feed,
    association_id: str,
    association: Association | None,
    key: bytes,
    delivery_id: str,
    is_stranger: bool = False,
    manifest_path: Path | None = None,
    business_date: date | None = None,
    fault: Fault | None = None,
    approved_rules: frozenset[str] = frozenset(),
    later_keys: tuple[bytes, ...] = (),
) -> Examined:
    """Begin to examine a file; what makes it unreadable at once is kept, not raised.

    later_keys: those pseudonyms are made with after the first. manifest_path: of the manifest beside it; the file's own path
    where the manifest is all there is. fault: why it is refused without being read. approved_rules: what a person has
    allowed this one delivery to break; they are not asked.
    """
    from ingestion.examination import Examination
    from ingestion.manifest import read_manifest
    from ingestion.readers.table import DeliveryUnreadable, Fault

    examined = Examined(feed, association_id, delivery_id, unreadable=fault)
    if fault is not None:
        return examined
    if is_stranger:
        examined.unreadable = Fault(
            "STR-012",
            None,
            None,
            None,
            "En mapp som heter som ett känt förbund.",
            "Lägg filen i förbundets mapp, eller lägg till förbundet bland referensdata (associations.csv).",
        )
        return examined
    known = association or reference.Association(association_id)
    try:
        examined.examination = Examination(
            path,
            feed,
            association_id,
            pseudonym_key=key,
            later_keys=later_keys,
            organisation_numbers=known.organisation_numbers,
            aliases=known.aliases(feed.id),
            parts=known.parts(feed),
            words=known.words(feed.id),
            places=known.places,
            manifest=read_manifest(manifest_path, approved_rules) if manifest_path else None,
            business_date=business_date,
            switched_off=approved_rules,
        )
    except DeliveryUnreadable as problem:
        examined.unreadable = problem.fault
    return examined


def pseudonym_key(settings: Settings) -> bytes:
    """The secret key of pseudonyms and of personal files' identities, made once in FINSAM_HOME/secrets."""
    return later_key(settings, 1)


def later_key(settings: Settings, version: int) -> bytes:
    """The key of that version, made where it is missing: only for whoever adds one, or begins."""
    return surroundings.secret(settings, f"pseudonym_key_{version}").encode()


def _issue(number: int, fault: Fault, feed: Feed) -> dict[str, Any]:
    """One issue as it is kept and shown: what it quotes has no control or direction characters and no personal number."""
    labels = {column.name: column.label_sv for column in feed.columns}
    columns = "; ".join(labels.get(name, name) for name in (fault.column or "").split("; "))
    return {
        "issue_number": number,
        "rule_id": fault.rule_id,
        "row_number": fault.row_number,
        "column_name": masked(one_line(columns)) or None,
        "value_shown": fault.value and one_line(fault.value),
        "expected_sv": masked(one_line(fault.expected_sv)),
        "remedy_sv": fault.remedy_sv,
        "blocking": fault.blocking,
    }
