"""How gate rules look at a delivery: a few kinds of measures over canonical blocks, in exact öre, memory
flat.

Used by the suites. Money is whole öre in 64-bit integers here: exact, and as fast as floats.
"""

from __future__ import annotations

import tempfile
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.money import as_ore, in_kronor
from expectations.rule import MOST_FAULTS_KEPT, DeliveryFacts, Measured
from ingestion import columns
from ingestion.readers.table import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ingestion.readers.table import ControlTotal


class Rows:
    """One block of canonical rows; amounts are turned into öre once, however many rules ask."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self._ore: dict[str, pa.Array] = {}

    def column(self, name: str) -> pa.ChunkedArray:
        """A canonical text column; null where the cell was blank."""
        return self.table.column(name)

    def ore(self, name: str) -> pa.Array:
        """A canonical amount column as whole öre, int64."""
        if name not in self._ore:
            self._ore[name] = columns.ore(columns.whole(self.column(name)))
        return self._ore[name]

    @cached_property
    def numbers(self) -> np.ndarray[Any, np.dtype[np.int32]]:
        """Row numbers in the file."""
        numbers: np.ndarray[Any, np.dtype[np.int32]] = self.table.column("_row_number").to_numpy()
        return numbers

    def is_missing(self, name: str) -> pa.Array:
        """Mask: no value."""
        return pc.is_null(self.column(name))

    def all_of(self, *masks: pa.Array) -> pa.Array:
        """Mask: where all masks are true."""
        return reduce(pc.and_, masks)

    def any_of(self, *masks: pa.Array) -> pa.Array:
        """Mask: where any mask is true."""
        return reduce(pc.or_, masks)

    def has_value(self, name: str) -> pa.Array:
        """Mask: a value."""
        return pc.is_valid(self.column(name))

    def matches(self, name: str, pattern: str) -> pa.Array:
        """Mask: a text with that pattern in it."""
        return pc.match_substring_regex(self.column(name), pattern)

    def is_same(self, mask: pa.Array, other: pa.Array) -> pa.Array:
        """Mask: where two masks agree."""
        return pc.equal(mask, other)

    def or_false(self, mask: pa.Array) -> pa.Array:
        """Mask: where it is true; null is not."""
        return pc.fill_null(mask, False)

    def has(self, name: str, code: str) -> pa.Array:
        """Mask: that code."""
        return pc.equal(self.column(name), code)

    def begins_with(self, name: str, *words: str) -> pa.Array:
        """Mask: a text whose first word is one of these, whatever marks stand before it."""
        return pc.match_substring_regex(self.column(name), rf"(?i)^[^\pL]*(?:{'|'.join(words)})(?:[^\pL]|$)")

    def is_zero(self, name: str) -> pa.Array:
        """Mask: an amount of nothing."""
        return pc.equal(self.ore(name), 0)

    def is_not_zero(self, name: str) -> pa.Array:
        """Mask: an amount of something."""
        return pc.not_equal(self.ore(name), 0)

    def is_negative(self, name: str) -> pa.Array:
        """Mask: an amount below zero."""
        return pc.less(self.ore(name), 0)

    def is_not_positive(self, name: str) -> pa.Array:
        """Mask: an amount of zero or less."""
        return pc.less_equal(self.ore(name), 0)

    def is_before(self, name: str, other: str) -> pa.Array:
        """Mask: one date before another; canonical dates have one length, so they compare as text."""
        return pc.less(self.column(name), self.column(other))

    def is_more(self, name: str, other: str) -> pa.Array:
        """Mask: one whole number larger than another."""
        return pc.greater(pc.cast(self.column(name), pa.int64()), pc.cast(self.column(other), pa.int64()))

    def is_before_quarter(self, name: str, quarter: str) -> pa.Array:
        """Mask: a date before the first day of a quarter."""
        first_day = self.column(quarter)
        for number, month in enumerate(("01", "04", "07", "10"), 1):
            first_day = pc.replace_substring(first_day, f"Q{number}", f"{month}-01")
        return pc.less(self.column(name), first_day)

    def is_outside(self, name: str, first: str, last: str) -> pa.Array:
        """Mask: a date before the first day or after the last."""
        return pc.or_(pc.less(self.column(name), first), pc.greater(self.column(name), last))

    def is_not_among(self, name: str, known: Iterable[str]) -> pa.Array:
        """Mask: a value that is none of the known ones."""
        return pc.invert(pc.is_in(self.column(name), value_set=pa.array(known, pa.string())))

    def none(self) -> pa.Array:
        """Mask: no row."""
        return pa.repeat(False, self.count)

    @property
    def count(self) -> int:
        """How many rows."""
        return int(self.table.num_rows)


class RemarkableRows:
    """Rows that are loaded like all others, and pointed out: for rules whose answer only a person knows."""

    def __init__(
        self, bad: Callable[[Rows], pa.Array], column: str, expected_sv: str, remedy_sv: str
    ) -> None:
        self.bad, self.column, self.said = bad, column, (expected_sv, remedy_sv)
        self._examined, self._failed = 0, 0
        self._found: list[Fault] = []

    def add(self, rows: Rows) -> None:
        """Point out the block's."""
        places = np.flatnonzero(pc.fill_null(self.bad(rows), False).to_numpy(zero_copy_only=False))
        self._examined += rows.count
        self._failed += len(places)
        for at in places[: MOST_FAULTS_KEPT - len(self._found)].tolist():
            shown = rows.column(self.column)[at].as_py()
            self._found.append(Fault("", int(rows.numbers[at]), self.column, shown, *self.said))

    def result(self, facts: DeliveryFacts) -> Measured:
        """Those pointed out."""
        return Measured(self._examined, self._failed, self._found)


class AnyRow:
    """One row that fits is enough; the fault is the whole file's."""

    def __init__(self, fits: Callable[[Rows], pa.Array], fault: Fault) -> None:
        self.fits, self.fault = fits, fault
        self._is_found = False
        self._examined = 0

    def add(self, rows: Rows) -> None:
        """Look until one is found."""
        self._examined += rows.count
        self._is_found = self._is_found or pc.any(self.fits(rows)).as_py() is True

    def result(self, facts: DeliveryFacts) -> Measured:
        """The fault, if none was."""
        is_missing = bool(self._examined) and not self._is_found
        return Measured(self._examined, int(is_missing), [self.fault] if is_missing else [])


class Doubles:
    """Rows that have the same key as another row of the delivery; every copy is a fault.

    Of each key two independent 64-bit hashes are kept, in memory while they are few and then in a temporary file:
    memory is flat, and that two different keys have both alike does not happen (1 in 10^24 for five million rows).
    """

    def __init__(
        self,
        key: Sequence[str],
        required: Sequence[str],
        said: str,
        shown: str | None = None,
        place_sv: Callable[[int], str] | None = None,
        roles: Sequence[str] = (),
    ) -> None:
        """roles: the roles of rows that count, in a contract that has others; what only sums up may well stand twice."""
        self.roles = roles
        self.key, self.required, self.said, self.shown = key, required, said, shown
        self._place_sv = place_sv or (lambda number: f"rad {number}")
        self._kept = tempfile.SpooledTemporaryFile(_MOST_IN_MEMORY)  # noqa: SIM115 - ends with the measure
        self._examined = 0
        self.copies: list[int] = []  # row numbers of all copies, known when the result has been asked for
        self._measured: Measured | None = None

    def add(self, rows: Rows) -> None:
        """Remember the rows' keys."""
        self.remember(rows.table)

    def remember(self, table: pa.Table) -> None:
        """Remember the keys of these rows, those that lack a required part left out."""
        roles = ("row_role",) if self.roles else ()
        table = table.select(list(dict.fromkeys((*self.key, *self.required, *roles, "_row_number"))))
        if self.roles:
            table = table.filter(pc.is_in(table.column("row_role"), pa.array(self.roles)))
        for name in self.required:
            if table.column(name).null_count:
                table = table.filter(pc.is_valid(table.column(name)))
        kept = np.empty(table.num_rows, _KEPT)
        hashes = hashed([folded(table.column(name)) for name in self.key])
        kept["first"], kept["second"] = hashes
        kept["row"] = table.column("_row_number").to_numpy()
        self._kept.write(kept.tobytes())
        self._examined += table.num_rows
        self._measured = None

    def result(self, facts: DeliveryFacts) -> Measured:
        """All copies, each naming the first of its kind. Found once: the rows are set aside before the gate asks."""
        if self._measured is None:
            self._measured = self._find_copies()
        return self._measured

    def _find_copies(self) -> Measured:
        self.copies = []
        found: list[tuple[int, int]] = []
        for share in self._shares():
            rows, firsts = _copies(share)
            self.copies += rows.tolist()
            some = np.argsort(rows, kind="stable")[:MOST_FAULTS_KEPT]
            found += zip(rows[some].tolist(), firsts[some].tolist(), strict=True)
        faults = [self._fault(*pair) for pair in sorted(found)[:MOST_FAULTS_KEPT]]
        return Measured(self._examined, len(self.copies), faults)

    def _shares(self) -> Iterator[np.ndarray[Any, Any]]:
        """What was kept, in shares that fit in memory; all copies of a key are in the same."""
        shares = -(-self._examined // _MOST_AT_ONCE)
        for share in range(shares):
            self._kept.seek(0)
            parts = []
            while data := self._kept.read(_MOST_IN_MEMORY - _MOST_IN_MEMORY % _KEPT.itemsize):
                part = np.frombuffer(data, _KEPT)
                parts.append(part[part["first"] % np.uint64(shares) == share])
            yield np.concatenate(parts)
        self._kept.seek(0, 2)

    def _fault(self, row_number: int, first: int) -> Fault:
        where = f"den första på {self._place_sv(first)}" if first != row_number else "fler längre ned"
        return Fault(
            "",
            row_number,
            self.shown,
            None,
            f"{self.said} en enda gång ({where}).",
            "Ta bort den rad som inte gäller, eller slå ihop raderna.",
        )


Words = np.ndarray[Any, Any]
_KEPT = np.dtype([("first", np.uint64), ("second", np.uint64), ("row", np.int32)])
_MOST_IN_MEMORY = 1 << 22
_MOST_AT_ONCE = 1 << 18
_WORD = 8
_FIRST_CAPITAL, _CAPITALS, _NOT_ASCII = np.uint8(ord("A")), 26, 0x80
_MULTIPLIERS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
_FINISH = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)


def _copies(kept: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The rows whose key stands more than once, and for each the first row of its key."""
    order = np.argsort(kept["first"], kind="stable")
    if not (np.diff(kept["first"][order]) == 0).any():
        return np.empty(0, np.int32), np.empty(0, np.int32)
    order = np.lexsort((kept["row"], kept["second"], kept["first"]))
    ordered = kept[order]
    same = np.append(
        False,
        (ordered["first"][1:] == ordered["first"][:-1]) & (ordered["second"][1:] == ordered["second"][:-1]),
    )
    is_copy = same | np.append(same[1:], False)
    # where each run of copies begins
    first = np.maximum.accumulate(np.where(same, 0, np.arange(len(order))))
    return ordered["row"][is_copy], ordered["row"][first[is_copy]]


def folded(column: pa.ChunkedArray) -> pa.Array:
    """Lower case, by which keys compare; one look at the bytes spares most columns the work."""
    texts = columns.whole(column)
    octets = columns.octets_of(texts)
    is_capital = (octets - _FIRST_CAPITAL < _CAPITALS).any()
    return pc.utf8_lower(texts) if is_capital or (octets >= _NOT_ASCII).any() else texts


def hashed(texts: Sequence[pa.Array]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Two independent 64-bit hashes of each row's texts, the same in every process; null counts as blank.

    Eight bytes of every row at a time, as a 64-bit word; each text ends with its length, so that none runs into the
    next.
    """
    count = len(texts[0])
    hashes = tuple(np.zeros(count, np.uint64) for _ in _MULTIPLIERS)
    room = np.empty(count, np.uint64)
    for column in texts:
        for at, words in _words(column, count):
            for state, multiplier in zip(hashes, _MULTIPLIERS, strict=True):
                if at is None:
                    _mix(state, words, multiplier, room)
                else:
                    some = state[at]
                    _mix(some, words, multiplier, room[: len(some)])
                    state[at] = some
    return hashes[0], hashes[1]


def _mix(state: Words, words: Words, multiplier: np.uint64, room: Words) -> None:
    """Take one word of each row into its hash, in place: both steps can be undone, so nothing is lost of the word."""
    state ^= words
    for factor in (multiplier, _FINISH):
        state *= factor
        np.right_shift(state, _HALF, out=room)
        state ^= room


def _words(column: pa.Array, count: int) -> Iterator[tuple[Words | None, Words]]:
    """The texts' bytes as words of eight: which rows (None for all of them), and their words; lengths last."""
    texts = pc.fill_null(column, "")
    offsets = columns.offsets_of(texts)
    starts, lengths = offsets[:-1], np.diff(offsets)
    data = texts.buffers()[2] or b""
    # every place of the text read as a word, without moving a byte
    padded = np.frombuffer(bytes(data) + b"\0" * _WORD, np.uint8)
    everywhere = np.ndarray((max(len(padded) - _WORD, 1),), "<u8", padded, strides=(1,))
    longest, shortest = (int(lengths.max()), int(lengths.min())) if count else (0, 0)
    for begin in range(0, longest, _WORD):
        rows = None if shortest > begin else np.flatnonzero(lengths > begin)
        left, first = (lengths, starts) if rows is None else (lengths[rows], starts[rows])
        words = everywhere[first + begin]
        if shortest < begin + _WORD:  # what belongs to the next text falls out
            words <<= (8 * (_WORD - np.minimum(left - begin, _WORD))).astype(np.uint64)
        yield rows, words
    yield None, lengths.astype(np.uint64)


class GroupDoubles(Doubles):
    """Groups of consecutive rows (vouchers) that have the same key as another group: their first rows are compared."""

    def __init__(
        self, group: str, key: Sequence[str], required: Sequence[str], said: str, shown: str
    ) -> None:
        super().__init__(key, required, said, shown)
        self.group = group
        self._last: int | None = None

    def add(self, rows: Rows) -> None:
        """Remember the keys of the groups that begin in this block."""
        table = rows.table.select(list(dict.fromkeys((*self.key, *self.required, self.group, "_row_number"))))
        if table.column(self.group).null_count:
            table = table.filter(pc.is_valid(table.column(self.group)))
        if not table.num_rows:
            return
        groups = table.column(self.group).cast(pa.int64()).to_numpy()
        starts = starts_of_runs(groups)
        if groups[0] == self._last:
            starts = starts[1:]
        self._last = int(groups[-1])
        self.remember(table.take(pa.array(starts)))


class GroupsSumToZero:
    """Consecutive rows of one group (a voucher, named by its line) whose amounts must sum to zero."""

    def __init__(self, group: str, amount: str, named: Callable[[int, int], tuple[str, str]]) -> None:
        self.group, self.amount, self.named = group, amount, named
        self._open: tuple[int, int] | None = None  # the last group of the block before; it may go on
        self._examined = 0
        self._unbalanced: list[tuple[int, int]] = []
        self._failed = 0

    def add(self, rows: Rows) -> None:
        """Sum the groups that end in this block."""
        named, ore = columns.whole(rows.column(self.group)), rows.ore(self.amount)
        if named.null_count:
            in_group = pc.is_valid(named)
            named, ore = named.filter(in_group), ore.filter(in_group)
        groups = named.cast(pa.int64()).to_numpy()
        if not len(groups):
            return
        starts = starts_of_runs(groups)
        lines = groups[starts]
        sums = np.add.reduceat(ore.fill_null(0).to_numpy(), starts)
        if self._open is not None:
            if lines[0] == self._open[0]:
                sums[0] += self._open[1]
            else:
                self._close(self._open)
        self._examined += len(lines) - 1
        for at in np.flatnonzero(sums[:-1]):
            self._enter(int(lines[at]), int(sums[at]))
        self._open = (int(lines[-1]), int(sums[-1]))

    def _close(self, group: tuple[int, int]) -> None:
        self._examined += 1
        if group[1]:
            self._enter(*group)

    def _enter(self, line: int, ore: int) -> None:
        self._failed += 1
        if len(self._unbalanced) < MOST_FAULTS_KEPT:
            self._unbalanced.append((line, ore))

    def result(self, facts: DeliveryFacts) -> Measured:
        """The groups that do not balance, each with its difference."""
        if self._open is not None:
            self._close(self._open)
            self._open = None
        faults = []
        for line, ore in self._unbalanced:
            expected_sv, remedy_sv = self.named(line, ore)
            faults.append(Fault("", line, self.amount, None, expected_sv, remedy_sv))
        return Measured(self._examined, self._failed, faults)


def starts_of_runs(groups: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Where each run of equal values begins."""
    return np.flatnonzero(np.append(True, groups[1:] != groups[:-1]))


class SumsPerKey:
    """Sums of an amount per key (an account) over the rows a filter keeps; a result function judges them."""

    def __init__(
        self,
        key: str,
        amount: str,
        judged: Callable[[Mapping[str, int]], Measured],
        only: tuple[str, str] | None = None,
    ) -> None:
        self.key, self.amount, self.judged, self.only = key, amount, judged, only
        self.sums: dict[str, int] = {}

    def add(self, rows: Rows) -> None:
        """Add the block's sums."""
        table = pa.table({"key": rows.column(self.key), "ore": rows.ore(self.amount)})
        if self.only is not None:
            table = table.filter(pc.equal(rows.column(self.only[0]), self.only[1]))
        sums = table.group_by("key", use_threads=False).aggregate([("ore", "sum")])
        for key, ore in zip(sums.column("key").to_pylist(), sums.column("ore_sum").to_pylist(), strict=True):
            if key is not None:
                self.sums[key] = self.sums.get(key, 0) + (ore or 0)

    def result(self, facts: DeliveryFacts) -> Measured:
        """What the result function says of the sums."""
        return self.judged(self.sums)


class TotalRows:
    """The sender's total rows against the rows above them: all of them, or those since some total above."""

    def __init__(self, column: str, totals: Sequence[ControlTotal]) -> None:
        self.column, self.totals = column, totals  # the list grows as the file is read, block by block
        self._before: dict[int, int] = {}  # total's row number -> sum of the data rows above it
        self._seen = 0

    def add(self, rows: Rows) -> None:
        """Note the running sum at each total row that stands before the end of this block."""
        ore = rows.ore(self.column)
        for total in self.totals:
            if total.row_number not in self._before and rows.count and total.row_number <= rows.numbers[-1]:
                above = ore.slice(0, int(np.searchsorted(rows.numbers, total.row_number)))
                self._before[total.row_number] = self._seen + (pc.sum(above).as_py() or 0)
        self._seen += pc.sum(ore).as_py() or 0

    def result(self, facts: DeliveryFacts) -> Measured:
        """The totals that neither the whole sum above nor the sum since any total above gives."""
        faults, starts = [], {0}
        for total in sorted(facts.control_totals, key=lambda total: total.row_number):
            above = self._before.get(total.row_number, self._seen)
            claimed = as_ore(total.value)
            if above - claimed not in starts:
                faults.append(self._fault(total, above, claimed))
            starts.add(above)
        return Measured(len(facts.control_totals), len(faults), faults[:MOST_FAULTS_KEPT])

    def _fault(self, total: ControlTotal, above: int, claimed: int) -> Fault:
        return Fault(
            "",
            total.row_number,
            self.column,
            in_kronor(claimed),
            f"Raderna ovanför summeras till {in_kronor(above)}; summaraden säger {in_kronor(claimed)}, "
            f"skillnaden är {in_kronor(claimed - above)}.",
            "Se efter om en rad saknas, är dubbel eller felskriven, och lämna hela filen igen.",
        )
