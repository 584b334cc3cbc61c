"""Examines one delivery from bytes to facts, without a warehouse: read, bind, check, measure, keep the
account.

`finsam check` and the intake are the same examination; the intake also loads the blocks it yields.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from expectations.measures import Rows
from expectations.rule import MOST_FAULTS_KEPT, DeliveryFacts, Measured
from expectations.suites import suite_for
from ingestion.accounting import RowAccount
from ingestion.binding import bind
from ingestion.checking import Checker, QuarantinedRow
from ingestion.identity import UNKNOWN, Identity, program_name, year_in_name
from ingestion.manifest import Comparison, Manifest
from ingestion.privacy import PersonKeys, looks_personal, masked, masked_throughout, shows_person
from ingestion.readers import read
from ingestion.readers.ahead import steps, steps_ahead
from ingestion.readers.layout import unproven_end
from ingestion.readers.table import (
    ControlTotal,
    DeliveryUnreadable,
    Fault,
    TextTable,
    TotalRow,
    cell_place,
)
from ingestion.values import Reading, ValueProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime
    from pathlib import Path

    import pyarrow as pa

    from expectations.rule import History
    from ingestion.binding import Binding, HeaderAlias
    from ingestion.checking import CheckedBlock
    from ingestion.feed import Feed
    from ingestion.manifest import Claim
    from ingestion.places import Places
    from ingestion.readers.everything import Piece

OF_THE_COLUMN = ("amount_sek", "fiscal_year", "first_year", "version_kind")
"""What a wide table's column says of its cells; the rest is said by the row, or above the table."""
_WORTH_READING_AHEAD = 1 << 22  # bytes: a thread costs more than it saves on a file of a few blocks


class FaultLog:
    """Faults by rule: the first thousand of each, and the exact count."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._kept: dict[str, list[Fault]] = {}

    def add(self, fault: Fault) -> None:
        """Enter one fault."""
        self.counts[fault.rule_id] += 1
        self._keep(fault)

    def add_all(self, faults: list[Fault], counts: Counter[str]) -> None:
        """Enter a block's faults, counted by whoever found them."""
        self.counts.update(counts)
        for fault in faults:
            self._keep(fault)

    def _keep(self, fault: Fault) -> None:
        kept = self._kept.setdefault(fault.rule_id, [])
        if len(kept) < MOST_FAULTS_KEPT:
            kept.append(fault)

    def of(self, rule_id: str) -> list[Fault]:
        """The faults kept of one rule."""
        return self._kept.get(rule_id, [])


class Examination:
    """One delivery under examination.

    The first block is checked on creation. Draw `blocks()` to the end, then ask for `facts` and identity
    (`scope`, `period`, `made_at`). Raises DeliveryUnreadable, on creation and while blocks are drawn.

    pseudonym_key: needed for feeds that hold persons; later_keys: those added since.
    organisation_numbers: the association's, over time; a number in the file must be one of them.
    aliases: the association's own headers -> columns. parts: spellings in its registers -> the ids that tell
    deliveries of this feed apart. words: its own words for codes, by column. places: the municipalities there are.
    business_date: the day of the intake: which version of the contract holds, and which days lie ahead.
    manifest: what the sender says of the file beside it; where nothing is delivered the path is the manifest's own.
    """

    def __init__(
        self,
        path: Path,
        feed: Feed,
        association_id: str,
        *,
        pseudonym_key: bytes | None = None,
        later_keys: tuple[bytes, ...] = (),
        organisation_numbers: frozenset[str] = frozenset(),
        aliases: Mapping[str, HeaderAlias] | None = None,
        parts: Mapping[str, str] | None = None,
        words: Mapping[str, Mapping[str, str]] | None = None,
        places: Places | None = None,
        business_date: date | None = None,
        switched_off: frozenset[str] = frozenset(),
        manifest: Manifest | None = None,
    ) -> None:
        self.path, self.feed, self.association_id, self.off = path, feed, association_id, switched_off
        self.organisation_numbers = frozenset(map(_digits, organisation_numbers))
        self._today = business_date
        self.log = FaultLog()
        self.quarantined: list[QuarantinedRow] = []
        self.rows_quarantined = 0
        self.late_rows: list[int] = []
        self.manifest = manifest
        self._said = (
            Comparison(manifest, path, feed, parts or {}, business_date) if manifest is not None else None
        )
        self._refuse_person_in_name()
        declared_period = self._period_of_name()
        self.table: TextTable = self._opened(aliases)
        self._refuse_person_in_sheet_name()
        self._refuse_other_association()
        self.binding = self._bind(aliases or {}, business_date)
        self.table.control_column = feed.control_column
        self._suite = suite_for(feed.id)
        self._measures = {
            rule.rule.id: (rule, rule.measure(self.table))
            for rule in self._suite.gate_rules
            if rule.rule.id not in switched_off
        }
        self._examined: Counter[str] = Counter()
        self._rows_good = 0
        self._turnover = {column.name: 0 for column in feed.columns if column.kind == "amount"}
        self._last_row = 0  # below it only a total that stands last proves the file whole
        self._identity = Identity(
            self._feed_of_identity(),
            declared_period or self.table.period,
            self.binding.headers,
            parts or {},
            self.table.scope,
        )
        self._checker = Checker(
            self.table,
            feed.required_as_in(self.binding.version),
            self.binding,
            self._person_keys(pseudonym_key, later_keys),
            row_rules=self._suite.row_rules,
            switched_off=switched_off,
            reading=self._reading(words or {}, places, business_date),
        )
        self._checked = self._check_all()
        self._first = next(self._checked, None)

    # --- what the delivery is ---

    @property
    def period(self) -> str:
        """The period it is for: a year, a quarter, `whole`, or `okänd` where no row could be read."""
        found = self._identity.period
        return self._said.period or found if self._said is not None and found == UNKNOWN else found

    @property
    def contract_version(self) -> str:
        """The version of the contract that the header binds by."""
        return self.binding.version.id

    @property
    def scope(self) -> str:
        """What tells it from its siblings: `decided/final`, or `whole`."""
        return (
            self._said.scope or self._identity.scope if self._said and self.is_zero else self._identity.scope
        )

    @property
    def made_at(self) -> datetime | date | None:
        """When the manifest or else the file says it was made."""
        said = self.manifest.made_at if self.manifest else None
        return said or self.table.made_at or self._identity.made_date

    @property
    def made_at_source(self) -> str:
        """Where `made_at` comes from: `manifest`, `file`, or `arrival` where neither says."""
        if self.manifest is not None and self.manifest.made_at is not None:
            return "manifest"
        return "file" if self.made_at else "arrival"

    @property
    def sender(self) -> str | None:
        """Who or what made the file: the manifest's sender, else the program that wrote it."""
        said = self.manifest.sender if self.manifest else None
        return masked(said or program_name(self.table.notes.get("program", ""))) or None

    @property
    def is_zero(self) -> bool:
        """True where a signed manifest says that there is nothing to deliver, and there is nothing."""
        return self._said is not None and self._said.is_zero and not self._data_rows

    @property
    def sums(self) -> dict[str, str]:
        """Turnover per amount column of the contract: the sum without signs, canonical."""
        return {name: f"{ore // 100}.{ore % 100:02d}" for name, ore in self._turnover.items()}

    @property
    def notes(self) -> dict[str, Any]:
        """What the reader noted, for the delivery's record; no personal number stands in it."""
        notes: dict[str, Any] = masked_throughout({**self.table.notes, "non_data": dict(self.table.non_data)})
        return {**notes, "unverified": self.unverified} if self.unverified else notes

    @property
    def control_totals(self) -> list[ControlTotal]:
        """The file's own totals in the control column; complete when blocks are drawn."""
        return self.table.control_totals

    @property
    def completeness(self) -> str:
        """`proven` where the file carries a total, checksum or closing balances that all hold, else `unproven`."""
        ledger = self.table.ledger
        if self.table.wide is not None and not self.table.wide.ends_with_total:
            return "proven" if self._is_proven_by_manifest() else "unproven"
        is_proven = (
            any(total.row_number > self._last_row for total in self.control_totals)
            or (ledger is not None and ledger.has_checksum)
            or self._is_proven_by_rule()
        )
        return "proven" if is_proven or self._is_proven_by_manifest() else "unproven"

    @property
    def unverified(self) -> list[str]:
        """What nothing was there to hold against: `row_count`, `amount_sum`, and what a manifest says in vain."""
        claims = self._claims()
        borne_out = {claim.column for claim in claims if claim.fault is None}
        ledger = self.table.ledger
        if "sha256" in borne_out or self.is_zero or (ledger is not None and ledger.has_checksum):
            return []
        is_summed = self.table.wide is not None and self.completeness == "proven"
        sums = bool(self.control_totals) or is_summed or (ledger is not None and bool(ledger.closing))
        checked = {claim.column for claim in claims} | ({"amount_sum"} if sums else set())
        wanted = {"row_count", *(["amount_sum"] if self._has_sums() else [])}
        return sorted(wanted - checked)

    def _is_proven_by_rule(self) -> bool:
        """True where a rule that only a whole file passes looked at something and found no fault."""
        counts = DeliveryFacts("", self.association_id, self.feed, 0, 0, 0, 0)
        found = [
            measure.result(counts) for rule, measure in self._measures.values() if rule.proves_completeness
        ]
        return any(measured.examined and not measured.failed for measured in found)

    @property
    def account(self) -> RowAccount:
        """What happened to every row; complete when blocks are drawn. Costs nothing: no measure is asked."""
        return RowAccount(
            self.table.rows_read, self._rows_good, self.rows_quarantined, self.table.non_data.total()
        )

    def _has_sums(self) -> bool:
        said_sum = self.manifest is not None and self.manifest.amount_sum is not None
        return said_sum or self.feed.control_column is not None or self.table.ledger is not None

    def _is_proven_by_manifest(self) -> bool:
        """All it says holds, and something of it depends on every row."""
        claims = self._claims()
        proving = {"row_count", "amount_sum", "sha256", "zero_delivery"}
        return all(claim.fault is None for claim in claims) and any(c.column in proving for c in claims)

    def _claims(self) -> tuple[Claim, ...]:
        if self._said is None:
            return ()
        found = self._identity.scope if self._data_rows else UNKNOWN
        return self._said.claims(self._data_rows, self.rows_quarantined, self._identity.period, found)

    @property
    def _data_rows(self) -> int:
        return self.table.rows_read - self.table.non_data.total()

    # --- the way through ---

    def blocks(self) -> Iterator[pa.Table]:
        """Canonical good rows, block by block, to be loaded; once."""
        if self._first is not None:
            first, self._first = self._first, None
            yield first
        yield from self._checked

    def facts(
        self, delivery_id: str, rows_loaded: int | None = None, history: History | None = None
    ) -> DeliveryFacts:
        """The facts for the gate. rows_loaded: what the warehouse counted; without it what was yielded.

        history: what the delivery is compared with; None where nothing is known.
        """
        counts = DeliveryFacts(  # not from `account`: lost rows are DLV-001's to judge, not to raise here
            delivery_id,
            self.association_id,
            self.feed,
            self.table.rows_read,
            self._rows_good if rows_loaded is None else rows_loaded,
            self.rows_quarantined,
            self.table.non_data.total(),
            tuple(self.control_totals),
            completeness=self.completeness,
            sums=self.sums,
            history=history,
        )
        if self._said is not None:
            counts = replace(counts, claims=self._claims(), is_zero=self._said.is_zero)
        measured = {**self._reading_measured(), **self._rows_measured(), **self._gate_measured(counts)}
        asked = {rule_id: found for rule_id, found in measured.items() if rule_id not in self.off}
        return replace(counts, measured=asked)

    def faults(self, facts: DeliveryFacts) -> list[Fault]:
        """Every fault kept, in the file's order, for the refusal and the row issues."""
        rules = {rule.id: rule for rule in self._suite.rules}
        found = [
            replace(
                fault,
                blocking=rules[rule_id].severity_for(self.feed) == "invariant",
                column=self._as_sent(fault.column),
            )
            for rule_id, measured in facts.measured.items()
            for fault in measured.faults
        ]
        placed = dict.fromkeys(map(self._in_the_file, found))
        return sorted(placed, key=lambda fault: (fault.row_number or 0, fault.rule_id, fault.column or ""))

    def _in_the_file(self, fault: Fault) -> Fault:
        """A fault of a wide table's cell at its row and column; what names a row is told once, not once per cell."""
        wide, place = self.table.wide, cell_place(fault.row_number or 0)
        if wide is None or place is None:
            return fault
        words = self.feed.wide
        own = (words.across, *words.amounts) if words is not None and words.across else OF_THE_COLUMN
        is_of_cell = fault.column in {None, *map(self._as_sent, own)}
        return replace(
            fault, row_number=place[0], column=wide.columns[place[1]] if is_of_cell else fault.column
        )

    def _as_sent(self, column: str | None) -> str | None:
        """A column as its sender knows it: the file's own header, or the contract's label where it has none."""
        if column is None or column not in self.feed.column_names:
            return column
        header = self.binding.headers.get(column, column)
        return self.feed.column(column).label_sv if header == column else header

    def _check_all(self) -> Iterator[pa.Table]:
        """Check, measure and account for each block."""
        is_large = self.path.stat().st_size > _WORTH_READING_AHEAD
        for block, totals in (steps_ahead if is_large else steps)(self.table):
            if block is None:  # what stood below the last
                self._take_totals(totals)
                continue
            checked = self._checker.check(block)
            self._take_totals(totals)
            self._identify(checked)
            self._take(checked)
            if checked.table.num_rows:
                rows = Rows(checked.table)
                for _rule, measure in self._measures.values():
                    measure.add(rows)
                kept = self._without_controls(rows)
                if self._said is not None:
                    self._said.add(kept)
                self._sum(kept)
                yield kept.table
        self._refuse_open_total()
        self.log.add_all(self.table.faults, self.table.fault_counts)
        self._refuse_persons_elsewhere()
        self.rows_quarantined += self.table.rows_broken
        self._set_aside_late()

    def _refuse_persons_elsewhere(self) -> None:
        """Personal numbers in what is kept with the file and read by nobody: titles, notes, records, other sheets.

        Of a personal feed only the cells that are read are kept. Who was found among those has told enough.
        """
        is_kept_whole = not (self.feed.is_personal or (self._said is not None and self._said.is_alone))
        if not is_kept_whole or "PRI-002" in self.off or self.log.counts["PRI-002"]:
            return
        from ingestion.readers.everything import suspect_pieces

        for piece in suspect_pieces(self.path, is_sie=self.table.ledger is not None):
            if looks_personal(piece.text):
                self.log.add(_person_elsewhere(piece))

    def _without_controls(self, rows: Rows) -> Rows:
        """The rows to load: what only sums up or compares the cells of a wide table was checked, and is no data."""
        if self.table.wide is None or self.feed.wide is None:
            return rows
        kept = Rows(
            rows.table.filter(rows.any_of(rows.has("row_role", "line"), rows.has("row_role", "part")))
        )
        controls = rows.count - kept.count
        self.table.non_data["control_cell"] += controls
        self.table.rows_yielded -= controls
        self._rows_good -= controls
        return kept

    def _set_aside_late(self) -> None:
        """Rows that only the whole file shows to be wrong, as copies: whoever has loaded them takes them out again."""
        if self.feed.on_bad_row != "quarantine":
            return
        nothing = DeliveryFacts("", self.association_id, self.feed, 0, 0, 0, 0)
        for rule, measure in self._measures.values():
            if rule.rule.sets_aside and measure.result(nothing).failed:
                self.late_rows += getattr(measure, "copies", ())
        self.late_rows = sorted(set(self.late_rows))
        self._rows_good -= len(self.late_rows)
        self.rows_quarantined += len(self.late_rows)

    def _take(self, checked: CheckedBlock) -> None:
        if checked.table.num_rows:
            self._last_row = max(self._last_row, checked.table.column("_row_number")[-1].as_py())
        self.log.add_all(checked.faults, checked.fault_counts)
        self._examined.update(checked.examined)
        self._rows_good += checked.table.num_rows
        self.rows_quarantined += checked.rows_quarantined
        self.quarantined.extend(checked.quarantined)

    def _sum(self, rows: Rows) -> None:
        """Add the block's amounts without signs; a column the file has not costs nothing."""
        import pyarrow.compute as pc

        for name in self._turnover.keys() & self.binding.positions.keys():
            self._turnover[name] += pc.sum(pc.abs(rows.ore(name))).as_py() or 0

    def _take_totals(self, new: list[TotalRow]) -> None:
        """Turn new total rows into control totals: the amount in the contract's control column."""
        position = self.binding.positions.get(self.feed.control_column or "")
        for total in new:
            text = (
                total.cells[position].strip() if position is not None and position < len(total.cells) else ""
            )
            if not text:
                continue  # a total without an amount, as some print it, proves nothing
            try:
                amount = self._checker.total(text, self._checker.units.of_total(total.cells))
            except ValueProblem as problem:
                self._refuse_total(total.row_number, text, problem)
                continue
            name = self.feed.control_column or ""
            self.table.control_totals.append(ControlTotal(name, amount, total.row_number, total.label))

    def _refuse_open_total(self) -> None:
        """A file that ends in a total row without a line end is whole only if that row sums up what is above it."""
        open_total = self.table.open_total
        if open_total is not None and open_total not in {total.row_number for total in self.control_totals}:
            raise unproven_end(open_total)

    def _refuse_total(self, row_number: int, text: str, problem: ValueProblem) -> None:
        if problem.rule_id not in self.off:
            header = self.binding.headers[self.feed.control_column or ""]
            shown = None if shows_person(text) else text[:80]
            self.log.add(
                Fault(
                    problem.rule_id,
                    row_number,
                    header,
                    shown,
                    problem.expected_sv,
                    problem.remedy_sv,
                    whole_delivery=True,
                )
            )

    # --- identity ---

    def _feed_of_identity(self) -> Feed:
        """A wide table holds several versions: what tells it from its siblings is what its contract says of such."""
        words = self.feed.wide if self.table.wide is not None else None
        return replace(self.feed, scope=words.scope) if words is not None else self.feed

    def _period_of_name(self) -> str | None:
        if self.feed.period != "file_name":
            return None
        year = year_in_name(self.path.stem) or (self._said.period if self._said else None)
        if year is None and "STR-010" not in self.off:
            raise DeliveryUnreadable(
                Fault(
                    "STR-010",
                    None,
                    None,
                    None,
                    f"Ett årtal i filens namn, till exempel {self.feed.id}_2017.csv.",
                    "Döp om filen så att just det år den gäller står i namnet.",
                )
            )
        return year

    def _opened(self, aliases: Mapping[str, HeaderAlias] | None) -> TextTable:
        """The file; where a manifest alone says that there is nothing to deliver, a table without rows."""
        if self._said is not None and self._said.is_alone:
            return TextTable(self.feed.column_names, 0)
        return read(self.path, self.feed, aliases, self.off)

    def _refuse_person_in_name(self) -> None:
        if self._shows_person(self.path.name):
            raise _person(
                None,
                "Ett filnamn utan personnummer; det här innehåller något som ser ut som ett.",
                "Döp om filen; namnet sparas och visas, personnummer får aldrig göra det.",
            )

    def _refuse_person_in_sheet_name(self) -> None:
        if any(map(self._shows_person, self.table.sheet_names)):
            raise _person(
                None,
                "Bladnamn utan personnummer; ett innehåller något som ser ut som ett.",
                "Döp om bladet; det visas inte här.",
            )

    def _bind(self, aliases: Mapping[str, HeaderAlias], business_date: date | None) -> Binding:
        """Headers to columns. A personal number among the headers is told before that the header is unknown."""
        fault = _person(
            "rubrikraden",
            "Rubriker utan personnummer; en innehåller något som ser ut som ett.",
            "Rätta rubriken; den visas inte här.",
            self.table.header_row,
        )
        holds_person = any(map(self._shows_person, self.table.header))
        try:
            binding = bind(
                self.table.header, self.feed, aliases, self.table.header_row, self.off, business_date
            )
        except DeliveryUnreadable as problem:
            is_header_row = problem.fault.column is not None  # else its cells may be anybody's data
            if holds_person and is_header_row:
                raise fault from None
            raise
        if holds_person:
            raise fault
        return binding

    def _shows_person(self, text: str) -> bool:
        return "PRI-002" not in self.off and looks_personal(text)

    def _refuse_other_association(self) -> None:
        sent = _digits(self.table.organisation_number)
        if self._shows_person(sent):
            raise _person(
                "#ORGNR",
                "Ett organisationsnummer; numret ser ut som ett personnummer.",
                "Rätta organisationsnumret i bokföringsprogrammet.",
                self.table.organisation_row,
            )
        if (
            sent
            and self.organisation_numbers
            and sent not in self.organisation_numbers
            and "STR-013" not in self.off
        ):
            raise DeliveryUnreadable(
                Fault(
                    "STR-013",
                    self.table.organisation_row,
                    "#ORGNR",
                    None,
                    "Filens organisationsnummer är förbundets eget; det är någon annans.",
                    "Lägg filen i rätt förbunds mapp, eller rätta numret i bokföringsprogrammet.",
                )
            )

    def _reading(
        self, words: Mapping[str, Mapping[str, str]], places: Places | None, business_date: date | None
    ) -> Reading:
        year = self._identity.period
        return Reading(
            today=None if "VAL-008" in self.off else business_date,
            year=int(year) if year.isdigit() else None,
            date_system=self.table.date_system,
            decimal_signs=self.binding.decimal_signs,
            words=words,
            places=places,
        )

    def _person_keys(self, key: bytes | None, later_keys: tuple[bytes, ...]) -> PersonKeys | None:
        if not self.feed.is_personal or key is None:
            return None
        year = self._identity.period
        reference_year = int(year) if year.isdigit() else 2099
        return PersonKeys(key, self.association_id, reference_year, later_keys)

    def _identify(self, checked: CheckedBlock) -> None:
        """All rows have the scope and period of the first: else a later delivery would replace the wrong rows."""
        for fault in self._identity.add(checked.table):
            if fault.rule_id not in self.off:
                self.log.add(fault)

    # --- what was measured ---

    def _reading_measured(self) -> dict[str, Measured]:
        rows = self._data_rows
        examined = {rule.id: self._reading_examined(rule.id, rows) for rule in self._suite.reading}
        return {
            rule_id: Measured(
                max(count, self.log.counts[rule_id]), self.log.counts[rule_id], self.log.of(rule_id)
            )
            for rule_id, count in examined.items()
        }

    def _reading_examined(self, rule_id: str, rows: int) -> int:
        """How many things a reading rule looked at: rows for values, the one file for structure; 0 where
        it cannot apply."""
        bound = [column for column in self.feed.columns if column.name in self.binding.positions]
        kinds = {column.kind for column in bound}
        of_kinds = {
            "VAL-001": {"amount"},
            "VAL-002": {"date"},
            "VAL-003": {"year", "quarter", "period", "integer", "share", "posts"},
            "VAL-004": {"code", "flag"},
            "VAL-006": {"text"},
            "VAL-009": {"organisation_number", "member_code"},
            "VAL-010": {"municipality", "member_code"},
            "PRI-001": {"person_key"},
        }
        if rule_id in of_kinds:
            return rows if kinds & of_kinds[rule_id] else 0
        if rule_id == "VAL-008":
            return rows if self._today and any(column.has_happened for column in bound) else 0
        if rule_id in ("VAL-005", "VAL-007", "PRI-002", "STR-007"):
            return rows
        is_workbook = self.table.date_system is not None
        applies = {
            "STR-003": is_workbook,
            "STR-018": is_workbook,
            "STR-019": is_workbook,
            "STR-020": is_workbook,
            "STR-010": self.feed.period != "whole",
            "STR-011": self._identity.is_shared,
            "STR-012": False,
            "STR-013": bool(self.table.organisation_number and self.organisation_numbers),
            "STR-014": self.table.ledger is not None,
            "STR-023": bool(self.feed.versions),
            "STR-024": bool(self.feed.versions),
            "STR-026": False,
        }
        return int(applies.get(rule_id, True))

    def _rows_measured(self) -> dict[str, Measured]:
        return {
            rule.rule.id: Measured(
                self._examined[rule.rule.id], self.log.counts[rule.rule.id], self.log.of(rule.rule.id)
            )
            for rule in self._suite.row_rules
        }

    def _gate_measured(self, counts: DeliveryFacts) -> dict[str, Measured]:
        measured = {}
        for rule_id, (rule, measure) in self._measures.items():
            is_judged = not (rule.needs_every_row and counts.rows_quarantined)
            found = measure.result(counts) if is_judged else Measured(0, 0)
            faults = [replace(fault, rule_id=rule_id) for fault in found.faults]
            measured[rule_id] = Measured(found.examined, found.failed, faults)
        return measured


def unreadable(delivery_id: str, association_id: str, feed: Feed, fault: Fault) -> DeliveryFacts:
    """The facts of a delivery whose structure was refused: one fault, nothing read, every other rule without answer."""
    return DeliveryFacts(
        delivery_id,
        association_id,
        feed,
        0,
        0,
        0,
        0,
        is_readable=False,
        measured={fault.rule_id: Measured(1, 1, [fault])},
    )


def _person(
    column: str | None, expected_sv: str, remedy_sv: str, row_number: int | None = None
) -> DeliveryUnreadable:
    """Something like a personal number where the file is named or described: nothing of it is read until a person
    has looked."""
    return DeliveryUnreadable(Fault("PRI-002", row_number, column, None, expected_sv, remedy_sv))


def _digits(number: str | None) -> str:
    """An organisation number's ten digits; a leading century (`16`) is dropped."""
    return re.sub(r"[^0-9]", "", number or "")[-10:]


def _person_elsewhere(piece: Piece) -> Fault:
    where = f" ({piece.place_sv})" if piece.place_sv else ""
    return Fault(
        "PRI-002",
        piece.row_number,
        None,
        None,
        f"Inget personnummer, inte heller i text som inte läses{where}; där står något som ser ut som ett.",
        "Ta bort personnumret och lämna filen igen; hela filen sparas i arkivet. Det visas inte här.",
        whole_delivery=True,
    )
