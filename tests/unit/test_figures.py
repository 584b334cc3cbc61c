"""Numbers as papers print them: read as they stand, or null with a reason; never repaired, never 0."""

from decimal import Decimal

import pytest

from ingestion.figures import canonical_figure, read_figure


@pytest.mark.parametrize(
    ("printed", "value", "decimals"),
    [
        ("6 532 000", "6532000", 0),
        ("- 7 803 654", "-7803654", 0),
        ("−1 206 180", "-1206180", 0),
        ("11 385000", "11385000", 0),  # a printer dropped a space
        ("1.364 616", "1364616", 0),
        ("-2.896", "-2896", 0),
        ("210.000", "210000", 0),
        ("3 375,35", "3375.35", 2),
        ("23,9%", "23.9", 1),
        ("94,4 %", "94.4", 1),
        ("(1 250)", "-1250", 0),
        ("95 personer", "95", 0),
        ("7st.", "7", 0),
        ("Alla 11 deltagare", "11", 0),
        ("N=251", "251", 0),
        ("sex kvinnor", "6", 0),
        ("450 000 kr", "450000", 0),
        ("1 250:-", "1250", 0),
        ("0", "0", 0),
    ],
)
def test_a_number_is_read_as_it_is_printed(printed, value, decimals):
    found = read_figure(printed)
    assert (found.value, found.decimals, found.reason) == (Decimal(value), decimals, None)


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("", "not_stated"),
        ("-", "not_stated"),
        ("inga", "none_reported"),
        ("*****", "not_computable"),
        ("Uppgift saknas", "unknown"),
        ("1 800 O0Okr", "unreadable"),
        ("a [ [ o", "unreadable"),
        ("0 0", "unreadable"),
        ("0% 0 0", "unreadable"),
        ("_0 0", "unreadable"),
        ("3x30 minuter", "unreadable"),
        ("9 januari 2018", "unreadable"),
        ("hälften", "unreadable"),
        ("1" * 40, "unreadable"),
    ],
)
def test_what_is_no_number_has_a_reason_and_no_value(printed, reason):
    assert (read_figure(printed).value, read_figure(printed).reason) == (None, reason)
    assert canonical_figure(printed) == ""


@pytest.mark.parametrize(
    ("printed", "half_unit"),
    [("41 %", "0.5"), ("23,9", "0.05"), ("ca 750 st", "5"), ("Ca750 st", "5"), ("6 000", "0.5")],
)
def test_half_of_the_last_digit_the_print_vouches_for(printed, half_unit):
    assert read_figure(printed).half_unit == Decimal(half_unit)
