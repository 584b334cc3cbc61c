"""The ways that look at whole columns give what the slow exact ways give, cell by cell, whatever stands in the block."""

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations import measures
from expectations.measures import Doubles, Rows, hashed
from ingestion import columns
from ingestion.accounting import RowsLost
from ingestion.privacy import (
    PERSON_SHAPE,
    PersonKeyProblem,
    PersonKeys,
    normalise_person_key,
    pseudonym,
)
from ingestion.values import ValueProblem, parse_amount, parse_integer, parse_text
from ingestion.warehouse.loading import NumbersOnce, RawWriter, copy_text

KEY = b"test key"
PERSON = "198001022386"
AMOUNT_SIGNS = st.text("0123456789-,. \u00a0", max_size=12)
AMOUNTS = st.decimals(-(10**9) + 1, 10**9 - 1, places=2).map(lambda amount: str(amount).replace(".", ","))
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


def part_of(texts):
    """The column as a slice of a longer one, as Arrow often hands it on."""
    return pa.array(["12,34", *texts, "9"], pa.string()).slice(1, len(texts))


@settings(deadline=None)
@given(st.lists(st.one_of(AMOUNTS, st.just("")), max_size=30))
def test_usual_amounts_are_read_by_their_bytes_as_by_value(texts):
    found = columns.plain_amounts(part_of(texts))
    exact = [parse_amount(text) if text else "" for text in texts]
    is_plain = texts and "-0,00" not in texts
    assert found is None if not is_plain else found.to_pylist() == exact


@settings(deadline=None)
@given(st.lists(st.one_of(AMOUNTS, AMOUNT_SIGNS), max_size=4))
def test_amounts_that_are_not_plain_are_never_read_by_their_bytes(texts):
    found = columns.plain_amounts(part_of(texts))
    for text, amount in zip(texts, found.to_pylist() if found is not None else [], strict=bool(found)):
        assert amount == (parse_amount(text) if text else "")


@pytest.mark.parametrize(
    "text", ["-", ",00", "-,00", "00,10", "-00,10", "1-2,00", "1,,00", "1234567890,00", "-0,00", "1,0"]
)
def test_what_only_resembles_an_amount_is_left_to_the_exact_way(text):
    assert columns.plain_amounts(part_of(["12,50", text])) is None


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), AMOUNTS.map(lambda text: text.replace(",", "."))), max_size=30))
def test_ore_are_the_amount_without_its_point(texts):
    found = columns.ore(pa.array(["1.00", *texts], pa.string()).slice(1)).to_pylist()
    assert found == [None if text is None else int(text.replace(".", "")) for text in texts]


@settings(deadline=None)
@given(st.lists(st.text("0123456789- a", max_size=11), min_size=1, max_size=4))
def test_whole_numbers_taken_as_they_stand_are_canonical(texts):
    if columns.are_plain_integers(part_of(texts)):
        assert [parse_integer(text) for text in texts] == texts


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**9 - 1), min_size=1, max_size=30))
def test_usual_whole_numbers_are_seen_to_be_plain(numbers):
    assert columns.are_plain_integers(part_of([str(n) for n in numbers]))


@settings(deadline=None)
@given(
    st.lists(st.lists(WORDS.map(lambda t: re.sub(r'[;"\r\n]', " ", t)), min_size=2, max_size=2), max_size=8)
)
def test_a_chunk_that_is_clean_has_canonical_cells(rows):
    chunk = "".join(";".join(cells) + "\n" for cells in rows).encode()
    if columns.is_clean(chunk, ";"):
        assert all(parse_text(cell) == cell for cells in rows for cell in cells)


@pytest.mark.parametrize("at", range(-2, 3))
def test_what_is_unclean_is_seen_across_the_border_of_two_pieces(monkeypatch, at):
    monkeypatch.setattr(columns, "_PIECE", 16)
    filler = b"a" * (16 + at)
    assert columns.is_clean(filler + b" b;c\n", ";")
    assert not columns.is_clean(filler + b"  b;c\n", ";")
    assert not columns.is_clean(filler + b" ;c\n", ";")
    assert not columns.is_clean(filler + b"b; c\n", ";")


@pytest.mark.parametrize("at", range(20))
def test_digits_of_a_person_are_seen_across_the_border_of_two_pieces(monkeypatch, at):
    monkeypatch.setattr(columns, "_PIECE", 16)
    octets = np.frombuffer(b"a" * at + b"800102-2386" + b"a" * 9, np.uint8)
    assert columns.has_birth_digits(octets)
    assert not columns.has_birth_digits(np.frombuffer(b"a" * at + b"80010-22386" + b"a" * 9, np.uint8))


@settings(deadline=None)
@given(st.lists(st.text("0123456789-+ a–", max_size=16), max_size=6))
def test_a_cell_in_the_shape_of_a_person_is_always_looked_at(texts):
    column = part_of(texts)
    places = set(columns.as_long_as_person(column).tolist())
    for at, text in enumerate(texts):
        if re.search(PERSON_SHAPE, text):
            assert at in places
            assert columns.has_birth_digits(columns.octets_of(column))


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [PERSON, "19800102-2386", "800102-2386", "198001022387", "19800230-1238", "209901022386"]
            ),
            st.text("A0L1-9./_ å", max_size=22),
            st.from_regex(r"[A-Z]{1,3}-?[0-9]{1,7}", fullmatch=True),
            st.just(""),
        ),
        max_size=12,
    )
)
def test_pseudonyms_of_a_column_are_those_of_its_cells(texts):
    found = PersonKeys(KEY, "one", 2017).pseudonyms(part_of(texts)).to_pylist()
    exact = []
    for text in texts:
        try:
            exact.append(pseudonym(KEY, "one", normalise_person_key(text, 2017)))
        except PersonKeyProblem:
            exact.append(None)
    assert found == exact


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "A", "ab", "å", ""]), st.sampled_from(["", "b", "bb", "x" * 9])),
        max_size=40,
    )
)
def test_doubles_are_the_rows_whose_keys_are_equal(keys):
    table = pa.table(
        {
            "one": pa.array([one or None for one, _ in keys], pa.string()),
            "two": pa.array([two for _, two in keys], pa.string()),
            "_row_number": pa.array(range(2, 2 + len(keys)), pa.int32()),
        }
    )
    doubles = Doubles(("one", "two"), (), "Raden står")
    half = len(keys) // 2
    for block in (table.slice(0, half), table.slice(half)):
        doubles.add(Rows(block))
    same = [(one.lower(), two) for one, two in keys]
    found = doubles.result(None)
    assert found.examined == len(keys)
    assert found.failed == sum(same.count(key) > 1 for key in same)
    assert [fault.row_number for fault in found.faults] == [
        at for at, key in enumerate(same, 2) if same.count(key) > 1
    ]


def test_doubles_are_found_on_disk_and_in_shares_as_well(monkeypatch):
    monkeypatch.setattr(measures, "_MOST_IN_MEMORY", 100)
    monkeypatch.setattr(measures, "_MOST_AT_ONCE", 7)
    doubles = Doubles(("key",), ("key",), "Raden står")
    for begin in range(0, 60, 20):
        keys = [str(n % 50) for n in range(begin, begin + 20)]
        numbers = pa.array(range(begin, begin + 20), pa.int32())
        doubles.add(Rows(pa.table({"key": keys, "_row_number": numbers})))
    found = doubles.result(None)
    assert found.failed == 20
    assert [fault.row_number for fault in found.faults] == [*range(10), *range(50, 60)]
    assert "rad 3)" in found.faults[13].expected_sv


@settings(deadline=None)
@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=20))
def test_hashes_are_alike_where_texts_are_and_only_there(rows):
    first, second = hashed([pa.array([row[at] for row in rows], pa.string()) for at in (0, 1)])
    both = list(zip(first.tolist(), second.tolist(), strict=True))
    for at, row in enumerate(rows):
        for other, another in enumerate(rows):
            assert (row == another) == (both[at] == both[other])


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.one_of(st.none(), WORDS.map(lambda t: re.sub(r"[\t\r\n]", "", t))), WORDS), max_size=5
    )
)
def test_what_is_sent_is_what_copy_reads_back(rows):
    rows = [(one, re.sub(r"[\t\r\n]", "", two)) for one, two in rows]
    table = pa.table(
        {
            "one": pa.array([one for one, _ in rows], pa.string()),
            "two": pa.array([two for _, two in rows], pa.string()),
            "_row_number": pa.array(range(len(rows)), pa.int32()),
        }
    )
    if not rows:
        return
    lines = bytes(copy_text(table, ("one", "two"), 7, "id")).decode().removesuffix("\n").split("\n")
    read = [
        tuple(None if cell == r"\N" else cell.replace("\\\\", "\\") for cell in line.split("\t"))
        for line in lines
    ]
    assert read == [("7", "id", str(at), one, two) for at, (one, two) in enumerate(rows)]


class _Broken:
    def write(self, _block):
        raise ConnectionError("the server went away")


def test_what_sending_raises_is_raised_where_rows_are_written():
    from ingestion.feeds import all_feeds

    feed = all_feeds()["goals"]
    names = {name: ["x"] for name in feed.raw_columns}
    with pytest.raises(ConnectionError), RawWriter(_Broken(), feed, "id", 7) as writer:
        for number in range(9):
            writer.write(pa.table({**names, "_row_number": pa.array([number], pa.int32())}))


@given(st.lists(st.lists(st.integers(0, 700_000), min_size=1, max_size=30), max_size=6))
def test_a_row_number_that_comes_twice_is_told_whatever_the_block(blocks):
    numbers, seen = NumbersOnce(), set()
    for block in blocks:
        is_new = len(set(block)) == len(block) and not seen & set(block)
        seen |= set(block)
        if is_new:
            numbers.see(np.array(block, np.int32))
        else:
            with pytest.raises(RowsLost):
                numbers.see(np.array(block, np.int32))
            return


def test_a_problem_of_the_reader_is_not_covered_by_the_sender():
    with pytest.raises(ValueProblem), RawWriter(_Broken(), None, "id", 7):
        raise ValueProblem("VAL-001", "", "")
