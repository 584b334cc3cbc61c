"""How the gate looks at vouchers: those of a table, which may lie anywhere in it, and the numbers of a series."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.measures import starts_of_runs
from expectations.money import in_kronor
from expectations.rule import MOST_FAULTS_KEPT, DeliveryFacts, Measured
from ingestion.columns import are_plain_integers, whole
from ingestion.readers.table import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from expectations.measures import Rows

_Numbers = np.ndarray[Any, Any]
_KEY = ("voucher_series", "voucher_number")


def signed_ore(rows: Rows) -> pa.ChunkedArray:
    """What a row books, in öre: its amount, or debit minus credit."""
    parts = [pc.fill_null(rows.ore(name), 0) for name in ("amount_sek", "debit_sek", "credit_sek")]
    return pc.subtract(pc.add(parts[0], parts[1]), parts[2])


class VouchersSumToZero:
    """Vouchers of a table, known by series and number: their rows need not stand together.

    Numbers are compared as 64-bit hashes, so that a million vouchers need 24 MB and not their text.
    """

    def __init__(self) -> None:
        self._seen: list[tuple[_Numbers, _Numbers, _Numbers]] = []

    def add(self, rows: Rows) -> None:
        """Sum the block's rows by voucher; those that a SIE file groups by line are summed there."""
        is_one = pc.and_(pc.is_valid(rows.column("voucher_number")), pc.is_null(rows.column("voucher_row")))
        if not pc.any(is_one).as_py():
            return
        table = pa.table(
            {
                "ore": signed_ore(rows),
                "row": pa.array(rows.numbers),
                **{name: rows.column(name) for name in _KEY},
            }
        ).filter(is_one)
        joined = pc.binary_join_element_wise(
            *(pc.utf8_lower(table.column(name)) for name in _KEY),
            "\x1f",
            null_handling="replace",
            null_replacement="",
        )
        hashes = np.fromiter(map(hash, joined.to_pylist()), np.int64, table.num_rows)
        self._seen.append(_summed(hashes, table.column("ore").to_numpy(), table.column("row").to_numpy()))

    def result(self, facts: DeliveryFacts) -> Measured:
        """The vouchers that do not go even, by their first row, each with its difference."""
        if not self._seen:
            return Measured(0, 0)
        _hashes, sums, firsts = _summed(*(np.concatenate(part) for part in zip(*self._seen, strict=True)))
        uneven = np.flatnonzero(sums)
        shown = uneven[np.argsort(firsts[uneven])][:MOST_FAULTS_KEPT]
        faults = [_uneven(int(firsts[at]), int(sums[at])) for at in shown]
        return Measured(len(sums), len(uneven), faults)


def _summed(hashes: _Numbers, ore: _Numbers, rows: _Numbers) -> tuple[_Numbers, _Numbers, _Numbers]:
    """Per distinct hash: itself, the sum in öre, the first row."""
    order = np.argsort(hashes, kind="stable")
    hashes, ore, rows = hashes[order], ore[order], rows[order]
    starts = starts_of_runs(hashes)
    return hashes[starts], np.add.reduceat(ore, starts), np.minimum.reduceat(rows, starts)


def _uneven(row_number: int, ore: int) -> Fault:
    return Fault(
        "",
        row_number,
        "voucher_number",
        None,
        f"Verifikationen som börjar på rad {row_number} summerad till 0,00; skillnaden är {in_kronor(ore)}.",
        "Se efter att alla konton är med i uttaget och att ingen rad fattas, och exportera på nytt.",
    )


class NumberGaps:
    """Voucher numbers that are left out between a series' first and last, where all its numbers are whole numbers."""

    def __init__(self, without_rows: Sequence[tuple[str, str]] = ()) -> None:
        self._without_rows = without_rows  # it grows as the file is read
        self._runs: dict[str, list[tuple[_Numbers, _Numbers]]] = {}

    def add(self, rows: Rows) -> None:
        """Remember the block's numbers as runs without a gap: a series in order needs no room, however long."""
        number, series = whole(rows.column("voucher_number")), whole(rows.column("voucher_series"))
        if not are_plain_integers(number):
            is_whole = pc.fill_null(pc.match_substring_regex(number, r"^[0-9]{1,9}$"), False)
            number, series = number.filter(is_whole), series.filter(is_whole)
        numbers = pc.cast(number, pa.int64()).to_numpy()
        encoded = pc.fill_null(series, "").dictionary_encode()
        codes = encoded.indices.to_numpy()
        for code, name in enumerate(encoded.dictionary.to_pylist()):
            self._runs.setdefault(name, []).append(_runs(numbers[codes == code]))

    def result(self, facts: DeliveryFacts) -> Measured:
        """The gaps, named by the numbers around them."""
        for series, number in self._without_rows:
            if series in self._runs and re.fullmatch("[0-9]{1,9}", number):
                self._runs[series].append(_runs(np.array([int(number)])))
        examined, failed = 0, 0
        faults: list[Fault] = []
        for series, runs in sorted(self._runs.items()):
            firsts, lasts = (np.concatenate(part) for part in zip(*runs, strict=True))
            order = np.argsort(firsts, kind="stable")
            firsts, reached = firsts[order], np.maximum.accumulate(lasts[order])
            left_out = firsts[1:] - reached[:-1] - 1
            gaps = np.flatnonzero(left_out > 0)
            examined += int(reached[-1] - firsts[0] + 1 - left_out[gaps].sum())
            failed += len(gaps)
            room = MOST_FAULTS_KEPT - len(faults)
            faults += [_gap(series, int(reached[at]), int(firsts[at + 1])) for at in gaps[:room]]
        return Measured(examined, failed, faults)


def _runs(numbers: _Numbers) -> tuple[_Numbers, _Numbers]:
    """The first and the last of each run of numbers without a gap; there is at least one number."""
    ordered = np.sort(numbers, kind="stable")  # most of a file's are in order, which this is quick about
    breaks = np.flatnonzero(np.diff(ordered) > 1)
    return ordered[np.append(0, breaks + 1)], ordered[np.append(breaks, len(ordered) - 1)]


def _gap(series: str, before: int, after: int) -> Fault:
    which = f"serie {series}" if series else "verifikationerna"
    return Fault(
        "",
        None,
        "voucher_number",
        None,
        f"Nummer i följd i {which}; efter {before} kommer {after}.",
        "Se efter i bokföringen varför nummer saknas; är verifikationer borttagna ur exporten, exportera alla.",
    )
