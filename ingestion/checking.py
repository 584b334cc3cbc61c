"""Checks bound text block by block: canonical text or a fault, never an exception and never a guess.

Whole columns at once: a cell is looked at by itself only where a scan of its column found something
unusual, and codes, dates and odd amounts are read once per distinct value.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.measures import Rows
from expectations.rule import MOST_FAULTS_KEPT
from ingestion import columns
from ingestion.feed import MISSING_COLUMN, UNIT_COLUMN
from ingestion.missing import MissingFigures, MissingWords, joined
from ingestion.privacy import PERSON_SHAPE, looks_personal, shows_person
from ingestion.readers.table import Fault
from ingestion.units import Units
from ingestion.values import KRONA, LONGEST_TEXT, Reading, ValueProblem, parser_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from expectations.rule import RowRule
    from ingestion.binding import Binding
    from ingestion.feed import Column, Feed
    from ingestion.privacy import PersonKeys
    from ingestion.readers.table import TextBlock, TextTable

Places = np.ndarray[Any, np.dtype[np.int64]]
MOST_SHOWN = 80
LONGEST_VALUE = 200
MOST_QUARANTINED_KEPT = 10_000
_MOST_CACHED = 50_000
_GROUP_SPACE = r"[ \x{a0}\x{202f}]"
_USUAL_AMOUNT = (
    rf"^-?(?:0|[1-9][0-9]{{0,8}}|[1-9][0-9]{{0,2}}(?:{_GROUP_SPACE}[0-9]{{3}}){{1,2}})(?:[.,][0-9]{{2}})?$"
)
_UNUSUAL_TEXT = r"[^\x{20}-\x{7e}\x{c0}-\x{ff}]|  "
_SCANNED_FOR_PERSONS = ("text", "integer", "amount")


@dataclass(frozen=True)
class QuarantinedRow:
    """A row set aside: its cells as sent, by contract column, without personal ones; whose it is where that can be read."""

    row_number: int
    cells: dict[str, str | None]
    person_key: str | None = None


@dataclass
class CheckedBlock:
    """table: canonical text columns in contract order and `_row_number`; only rows without fault.

    fault_counts and rows_quarantined are exact; of each only the first in the delivery are kept one by
    one, so that a file in which everything is wrong costs no more than a good one.
    """

    table: pa.Table
    faults: list[Fault]
    fault_counts: Counter[str]
    quarantined: list[QuarantinedRow]
    rows_quarantined: int
    examined: dict[str, int] = field(default_factory=dict)


class Checker:
    """Checks the blocks of one delivery. Holds what it learned of distinct values, bounded."""

    def __init__(
        self,
        table: TextTable,
        feed: Feed,
        binding: Binding,
        persons: PersonKeys | None = None,
        *,
        row_rules: Sequence[RowRule] = (),
        switched_off: frozenset[str] = frozenset(),
        reading: Reading | None = None,
    ) -> None:
        self.source, self.feed, self.binding, self.persons = table, feed, binding, persons
        self.row_rules = [rule for rule in row_rules if rule.rule.id not in switched_off]
        self.off = switched_off
        self.units = Units(feed, binding)
        # amounts are read in their row's unit, so that is read first
        self.columns = sorted(feed.columns, key=lambda column: column.name != UNIT_COLUMN)
        self._parsers: dict[str, Callable[..., str]] = {
            c.name: parser_for(c, reading) for c in feed.columns if not c.is_personal
        }
        self.agreed_signs = reading.decimal_signs if reading else {}
        self.missing: dict[str, MissingWords | MissingFigures] = {
            c.name: MissingFigures() if c.kind == "figure" else MissingWords(c)
            for c in feed.columns
            if c.missing or c.kind == "figure"
        }
        self._known: dict[tuple[str, str], dict[str, str | ValueProblem]] = {}
        self.fault_counts: Counter[str] = Counter()
        self.quarantined_kept = 0

    def check(self, block: TextBlock) -> CheckedBlock:
        """Check one block."""
        pass_ = _BlockCheck(self, block)
        return pass_.run()

    def total(self, text: str, unit: str) -> str:
        """The amount of a total row, read as its column's other amounts. Raises ValueProblem."""
        return self._parsers[self.feed.control_column or ""](text, unit)

    def parse(self, column: Column, text: str, unit: str = KRONA) -> str | ValueProblem:
        """One distinct value of a column, remembered. unit: of an amount."""
        known = self._known.setdefault((column.name, unit), {})
        if text not in known:
            if len(known) >= _MOST_CACHED:
                known.clear()
            parse = self._parsers[column.name]
            try:
                self._refuse_endless(column, text)
                known[text] = parse(text) if unit == KRONA else parse(text, unit)
            except ValueProblem as problem:
                known[text] = problem
        return known[text]

    def _refuse_endless(self, column: Column, text: str) -> None:
        """No value but a text is long: what a parser would make of a megabyte is not worth the time it takes."""
        if column.kind != "text" and len(text) > LONGEST_VALUE and "VAL-007" not in self.off:
            raise ValueProblem(
                "VAL-007",
                f"{column.label_sv} på högst {LONGEST_VALUE} tecken; cellen har {len(text)}.",
                "Rätta cellen; flera celler eller rader har troligen flutit ihop.",
            )


class _BlockCheck:
    """One block on its way from sent text to canonical text."""

    def __init__(self, checker: Checker, block: TextBlock) -> None:
        self.checker, self.block, self.feed = checker, block, checker.feed
        self.count = block.table.num_rows
        self.numbers = columns.whole(block.table.column("_row_number"))
        self.faults: list[Fault] = []
        self.counts: Counter[str] = Counter()
        self.bad = np.zeros(self.count, bool)
        self.examined: dict[str, int] = {}
        self.sent: dict[str, pa.Array] = {}
        self.persons: pa.Array | None = None
        self.reasons: dict[str, pa.Array] = {}  # why cells have no value, of columns where some say so
        self.units: pa.Array | None = None  # as the rows state them; "" where a row states none

    def run(self) -> CheckedBlock:
        canonical = {column.name: self._column(column) for column in self.checker.columns}
        self._personal_columns(canonical)
        self._blank_headers()
        names = self.feed.column_names
        table = pa.Table.from_arrays(
            [*(canonical[name] for name in names), joined(self.reasons, self.count), self.numbers],
            [*names, MISSING_COLUMN, "_row_number"],
        )
        good = table.filter(pa.array(~self.bad)) if self.bad.any() else table
        if good.num_rows:
            good = self._row_rules(good)
        if self.checker.units.of_row is not None:
            self.checker.units.see(pc.unique(good.column(UNIT_COLUMN)).to_pylist())
        self.checker.fault_counts.update(self.counts)
        return CheckedBlock(
            good, self.faults, self.counts, self._quarantined(), int(self.bad.sum()), self.examined
        )

    # --- one column ---

    def _column(self, column: Column) -> pa.Array:
        position = self.checker.binding.positions.get(column.name)
        if position is None:
            return pa.repeat(pa.scalar(self._default(column), pa.string()), self.count)
        sent = columns.whole(self.block.table.column(str(position)))
        if not self.block.is_clean:
            sent = pc.utf8_trim_whitespace(sent)
        self.sent[column.name] = sent
        if column.is_personal:
            return sent  # becomes pseudonyms when the other columns are known
        reason = self._missing(column, sent)
        if reason is not None:
            sent = pc.if_else(pc.is_valid(reason), "", sent)
        canonical = self._canonical(column, sent)
        if column.name == UNIT_COLUMN:
            self.units = canonical
        if self.block.may_hold_person and column.kind in _SCANNED_FOR_PERSONS:
            self._refuse_persons(column, sent, canonical)
        if columns.holds_blank(canonical):
            is_blank = pc.fill_null(pc.equal(canonical, ""), False)
            if reason is not None:
                canonical = pc.if_else(pc.is_valid(reason), pa.scalar(None, pa.string()), canonical)
                is_blank = pc.and_(is_blank, pc.is_null(reason))
            if column.required:
                self._refuse_blanks(column, _places(is_blank))
            canonical = pc.if_else(is_blank, pa.scalar(self._default(column), pa.string()), canonical)
        return canonical

    def _missing(self, column: Column, sent: pa.Array) -> pa.Array | None:
        """Why each cell has no value, where the contract has words for that and some cell holds one."""
        words = self.checker.missing.get(column.name)
        reasons = words.reasons(sent) if words else None
        if reasons is not None:
            self.reasons[column.name] = reasons
        return reasons

    def _default(self, column: Column) -> str | None:
        """Canonical text of a blank cell; a row that states no unit has the one agreed for its amounts."""
        return (column.name == UNIT_COLUMN and self.checker.units.of_row) or column.default

    def _canonical(self, column: Column, sent: pa.Array) -> pa.Array:
        """Canonical text; blank stays "", null where the cell could not be read."""
        if column.kind == "text":
            return self._text(column, sent)
        if column.kind == "amount":
            return self._money(column, sent)
        if column.kind == "integer" and columns.are_plain_integers(sent):
            return sent
        return self._by_distinct_value(column, sent)

    def _text(self, column: Column, sent: pa.Array) -> pa.Array:
        if not self.block.is_clean:
            unusual = pc.match_substring_regex(sent, _UNUSUAL_TEXT)
            if pc.any(unusual).as_py():
                sent = self._read_some(column, sent, unusual, sent)
        if columns.longest(sent) > LONGEST_TEXT and "VAL-006" not in self.checker.off:
            too_long = pc.greater(pc.utf8_length(sent), LONGEST_TEXT)
            problem = ValueProblem(
                "VAL-006", f"Högst {LONGEST_TEXT} tecken.", "Korta texten, eller rätta citattecknen."
            )
            for at in _places(too_long):
                self._fault(np.array([at]), column, sent[int(at)].as_py(), problem)
        return sent

    def _money(self, column: Column, sent: pa.Array) -> pa.Array:
        """Kronor: by column where all rows are in kronor, else by value in each row's unit."""
        agreed = self.checker.units.agreed(column.name)
        if self.units is None:
            return (
                self._amount(column, sent)
                if agreed == KRONA and column.name not in self.checker.agreed_signs
                else self._by_distinct_value(column, sent, agreed)
            )
        stated = pc.fill_null(pc.if_else(pc.equal(self.units, ""), agreed, self.units), agreed)
        found = pc.unique(stated).to_pylist()
        if found == [KRONA] and column.name not in self.checker.agreed_signs:
            return self._amount(column, sent)
        canonical = sent
        for unit in found:
            is_such = pc.equal(stated, unit)
            read = self._by_distinct_value(column, pc.if_else(is_such, sent, ""), unit)
            canonical = pc.if_else(is_such, read, canonical)
        return canonical

    def _amount(self, column: Column, sent: pa.Array) -> pa.Array:
        """Usual notations by column; whatever else stands there by value."""
        if (plain := columns.plain_amounts(sent)) is not None:
            return plain
        usual = pc.match_substring_regex(sent, _USUAL_AMOUNT)
        pointed = pc.replace_substring(pc.replace_substring_regex(sent, _GROUP_SPACE, ""), ",", ".")
        has_ore = pc.match_substring(pointed, ".")
        amounts = pc.if_else(has_ore, pointed, pc.binary_join_element_wise(pointed, ".00", ""))
        amounts = pc.if_else(pc.equal(amounts, "-0.00"), "0.00", amounts)
        if pc.all(usual).as_py():
            return amounts
        return self._read_some(column, sent, pc.invert(usual), amounts)

    def _read_some(self, column: Column, sent: pa.Array, which: pa.Array, others: pa.Array) -> pa.Array:
        """The cells a mask points out, read by distinct value; the rest as they are in `others`."""
        read = self._by_distinct_value(column, pc.if_else(which, sent, ""))
        return pc.if_else(which, read, others)

    def _by_distinct_value(self, column: Column, sent: pa.Array, unit: str = KRONA) -> pa.Array:
        encoded = sent.dictionary_encode()
        texts_sent = encoded.dictionary.to_pylist()
        read = [self.checker.parse(column, text, unit) if text else "" for text in texts_sent]
        problems = {at: found for at, found in enumerate(read) if isinstance(found, ValueProblem)}
        if problems:
            self._refuse_values(column, encoded, problems)
        texts = pa.array([None if at in problems else found for at, found in enumerate(read)], pa.string())
        return texts.take(encoded.indices)

    # --- faults ---

    def _refuse_values(
        self, column: Column, encoded: pa.DictionaryArray, problems: dict[int, ValueProblem]
    ) -> None:
        indices = encoded.indices.to_numpy()
        texts = encoded.dictionary.to_pylist()
        order = np.argsort(indices, kind="stable")
        ends = np.cumsum(np.bincount(indices, minlength=len(texts)))
        for which, problem in problems.items():
            first = ends[which - 1] if which else 0
            self._fault(order[first : ends[which]], column, texts[which], problem)

    def _fault(self, places: Places, column: Column, text: str, problem: ValueProblem) -> None:
        """Enter the cells that hold one unreadable text; a person's number is never shown, and refuses the delivery."""
        if "PRI-002" not in self.checker.off and looks_personal(text):
            self._person_faults(places, column)
        elif problem.rule_id not in self.checker.off:
            shown = None if column.is_personal or shows_person(text) else text[:MOST_SHOWN]
            self._enter(
                places,
                Fault(
                    problem.rule_id, None, self._header(column), shown, problem.expected_sv, problem.remedy_sv
                ),
            )

    def _enter(self, places: Places, fault: Fault) -> None:
        """Enter the same fault at some rows of the block: all are counted, the delivery's first thousand are kept."""
        self.bad[places] = True
        before = self.checker.fault_counts[fault.rule_id] + self.counts[fault.rule_id]
        self.counts[fault.rule_id] += len(places)
        for at in places[: max(MOST_FAULTS_KEPT - before, 0)]:
            self.faults.append(replace(fault, row_number=self._row(int(at))))

    def _row(self, at: int) -> int:
        return int(self.numbers[at].as_py())

    def _header(self, column: Column) -> str:
        return self.checker.binding.headers.get(column.name, column.label_sv)

    def _refuse_blanks(self, column: Column, places: Places) -> None:
        if "VAL-005" not in self.checker.off:
            self._enter(
                places,
                Fault(
                    "VAL-005",
                    None,
                    self._header(column),
                    None,
                    f"{column.label_sv} ifyllt.",
                    "Fyll i cellen, eller ta bort raden.",
                ),
            )

    def _refuse_persons(self, column: Column, sent: pa.Array, canonical: pa.Array) -> None:
        """A personal number in a readable cell. Of an amount what was written is looked at: turned into kronor, a
        number sent as thousands would not be recognised."""
        if "PRI-002" in self.checker.off:
            return
        is_amount = column.kind == "amount"
        places = columns.as_long_as_person(sent if is_amount else canonical)
        if not len(places) or not (is_amount or columns.has_birth_digits(columns.octets_of(canonical))):
            return
        texts = canonical.take(pa.array(places))
        if is_amount:
            written = pc.replace_substring_regex(sent.take(pa.array(places)), _GROUP_SPACE, "")
            texts = pc.if_else(pc.is_valid(texts), written, texts)
        suspects = _places(pc.match_substring_regex(texts, PERSON_SHAPE))
        found = [int(places[at]) for at in suspects if looks_personal(texts[int(at)].as_py())]
        if found:
            self._person_faults(np.array(found), column)

    def _person_faults(self, places: Places, column: Column) -> None:
        self._enter(
            places,
            Fault(
                "PRI-002",
                None,
                self._header(column),
                None,
                "Inget personnummer i den här kolumnen; cellen innehåller något som ser ut som ett.",
                "Ta bort personnumret och lämna filen igen. Det visas inte här.",
                whole_delivery=True,
            ),
        )

    def _blank_headers(self) -> None:
        """A column without a header must be empty: else something stands there that nobody named."""
        if "STR-004" in self.checker.off:
            return
        for position in self.checker.binding.blank_positions:
            cells = self.block.table.column(str(position)).combine_chunks()
            filled = _places(pc.not_equal(pc.utf8_trim_whitespace(cells), ""))
            self._enter(
                filled,
                Fault(
                    "STR-004",
                    None,
                    f"kolumn {position + 1}",
                    None,
                    "En tom cell, eftersom kolumnen saknar rubrik.",
                    "Ge kolumnen en rubrik, eller töm den.",
                    whole_delivery=True,
                ),
            )

    # --- persons ---

    def _personal_columns(self, columns: dict[str, pa.Array]) -> None:
        for column in self.feed.columns:
            if column.is_personal and column.name in self.sent:
                columns[column.name] = self.persons = self._pseudonyms(column, columns)

    def _pseudonyms(self, column: Column, columns: dict[str, pa.Array]) -> pa.Array:
        """Pseudonyms of a personal column; the numbers end here."""
        if self.checker.persons is None:
            raise ValueError(f"{self.feed.id} holds persons: a pseudonym key is needed")
        sent = self.sent.pop(column.name)
        found = self.checker.persons.pseudonyms(sent)
        if not found.null_count:
            return found
        is_missing, is_blank = pc.is_null(found), pc.equal(sent, "")
        unreadable = _places(pc.and_not(is_missing, is_blank))
        if len(unreadable) and "PRI-001" not in self.checker.off:
            self._enter(unreadable, _unreadable_person(self._header(column)))
        return self._anonymous(column, columns, found, _places(pc.and_(is_missing, is_blank)))

    def _anonymous(
        self, column: Column, columns: dict[str, pa.Array], found: pa.Array, blank: Places
    ) -> pa.Array:
        """Blank cells: an anonymous participant has the row's own pseudonym, any other lacks a number."""
        is_known = np.array([self._is_anonymous(int(at), columns) for at in blank], bool)
        if not is_known.all() and column.required:
            self._refuse_blanks(column, blank[~is_known])
        if not is_known.any():
            return found
        assert self.checker.persons is not None  # noqa: S101 - who has pseudonyms has the key
        mask = np.zeros(self.count, bool)
        mask[blank[is_known]] = True
        own = [self.checker.persons.anonymous(self._row(int(at))) for at in blank[is_known]]
        return pc.replace_with_mask(found, pa.array(mask), pa.array(own, pa.string()))

    def _is_anonymous(self, at: int, columns: dict[str, pa.Array]) -> bool:
        return "is_anonymous" in columns and columns["is_anonymous"][at].as_py() == "true"

    # --- rows ---

    def _row_rules(self, good: pa.Table) -> pa.Table:
        """Judge the feed's row rules on rows whose values could be read; rows that break one are left out."""
        rows = Rows(good)
        broken = np.zeros(good.num_rows, bool)
        for rule in self.checker.row_rules:
            examined = np.ones(good.num_rows, bool)
            for name in rule.examines:
                examined &= pc.is_valid(good.column(name)).to_numpy(zero_copy_only=False)
            self.examined[rule.rule.id] = int(examined.sum())
            bad = (
                pc.fill_null(rule.bad(rows, self.checker.source), False).to_numpy(zero_copy_only=False)
                & examined
            )
            self._row_faults(rule, rows, np.flatnonzero(bad))
            broken |= bad
        if not broken.any():
            return good
        self.bad |= np.isin(self.numbers.to_numpy(), rows.numbers[broken])
        return good.filter(pa.array(~broken))

    def _row_faults(self, rule: RowRule, rows: Rows, places: Places) -> None:
        column = self.feed.column(rule.column)
        before = self.checker.fault_counts[rule.rule.id] + self.counts[rule.rule.id]
        self.counts[rule.rule.id] += len(places)
        for at in places[: max(MOST_FAULTS_KEPT - before, 0)].tolist():
            text = rows.column(rule.column)[at].as_py()
            shown = None if text is None or column.is_personal or shows_person(text) else text[:MOST_SHOWN]
            self.faults.append(
                Fault(
                    rule.rule.id,
                    int(rows.numbers[at]),
                    self._header(column),
                    shown,
                    rule.expected_sv,
                    rule.rule.remedy_sv,
                )
            )

    def _quarantined(self) -> list[QuarantinedRow]:
        """The rows set aside, without personal columns and without anything that could be a person's number."""
        room = MOST_QUARANTINED_KEPT - self.checker.quarantined_kept
        places = np.flatnonzero(self.bad)[:room].tolist()
        self.checker.quarantined_kept += len(places)
        return [
            QuarantinedRow(
                self._row(at),
                {name: _shown(cells[at].as_py()) for name, cells in self.sent.items()},
                self.persons[at].as_py() if self.persons is not None else None,
            )
            for at in places
        ]


def _places(mask: pa.Array) -> Places:
    """Where a mask is true; null is not."""
    places: Places = pc.indices_nonzero(pc.fill_null(mask, False)).to_numpy().astype(np.int64)
    return places


def _unreadable_person(header: str) -> Fault:
    return Fault(
        "PRI-001",
        None,
        header,
        None,
        "Ett personnummer eller samordningsnummer med rätt kontrollsiffra, eller ett eget löpnummer.",
        "Rätta numret i registret; det visas inte här.",
    )


def _shown(text: str) -> str | None:
    return None if shows_person(text) else text[:LONGEST_TEXT]
