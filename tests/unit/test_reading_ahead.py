"""Reading ahead changes nothing but time: the same blocks and totals in the same order, the same problem in its turn."""

import threading

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.readers.ahead import steps, steps_ahead
from ingestion.readers.table import DeliveryUnreadable, Fault, TextBlock, TextTable, TotalRow

CUT = DeliveryUnreadable(Fault("STR-007", 9, None, None, "En hel fil.", "Lämna den igen."))
STEPS = st.lists(st.sampled_from(["block", "total"]), max_size=12)


def table_of(what, *, ends_in_fault=False):
    table = TextTable(("Belopp",), 1)
    table.notes["read"] = 0

    def blocks():
        for number, one in enumerate(what, 2):
            if one == "total":
                table.total_rows.append(TotalRow(number, "Summa", ("1,00",)))
            else:
                table.notes["read"] += 1
                yield TextBlock(pa.table({"0": [str(number)]}), True, False)
        if ends_in_fault:
            raise CUT

    table.blocks = blocks()
    return table


def seen(found):
    return [
        (block and block.table.to_pylist(), [total.row_number for total in totals]) for block, totals in found
    ]


@settings(deadline=None)  # a thread each: its time is the machine's
@given(STEPS)
def test_the_same_steps_in_the_same_order(what):
    assert seen(steps_ahead(table_of(what))) == seen(steps(table_of(what)))


@settings(deadline=None)
@given(STEPS)
def test_what_reading_raises_comes_after_what_was_read_before_it(what):
    drawn = []
    with pytest.raises(DeliveryUnreadable) as raised:
        for step in steps_ahead(table_of(what, ends_in_fault=True)):
            drawn.append(step)
    assert raised.value is CUT
    assert len(drawn) == what.count("block")


@settings(deadline=None)
@given(st.integers(0, 6))
def test_reading_ends_when_nobody_wants_more(drawn_count):
    table = table_of(["block"] * 40)
    before = threading.active_count()
    found = steps_ahead(table)
    for _ in range(drawn_count):
        next(found)
    found.close()
    assert threading.active_count() == before
    assert table.notes["read"] <= drawn_count + 4  # waiting, in hand, and let through to let the reader end
