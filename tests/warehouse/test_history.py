"""What was published then can be asked again, by date and by generation."""

from datetime import date, timedelta

import pytest

from ingestion.warehouse import history
from tests.warehouse.small_warehouse import ENTRIES


@pytest.fixture
def three_nights(warehouse):
    """Generations 1, 2, 3, published on the evenings of 1, 2 and 5 March."""
    for number in range(3):
        warehouse.deliver("alfa", [*ENTRIES[:4], ("2017", "costs", f"{900 + number}.00")])
        warehouse.night()
    with warehouse.admin() as connection:
        for generation, day in ((1, 1), (2, 2), (3, 5)):
            connection.execute(
                "update ops.publication set published_at = %s where generation = %s",
                (f"2017-03-{day:02} 23:30+01", generation),
            )
    return warehouse


def costs(found):
    return {row[found.columns.index("amount_sek")] for row in found.rows if row[1:3] == (2017, "costs")}


@pytest.mark.parametrize(("day", "generation"), [(1, 1), (2, 2), (3, 2), (4, 2), (5, 3), (31, 3)])
def test_a_day_answers_with_what_was_out_at_its_end(three_nights, day, generation):
    found = history.as_of(three_nights.settings, date(2017, 3, day), "statement")
    assert found.generation == generation
    assert costs(found) == {-900 - generation + 1}
    assert found == history.as_of(three_nights.settings, generation, "statement")


def test_the_day_is_swedish(three_nights):
    """23.30 in Sweden is the same day; half past midnight is the next, whatever UTC says."""
    with three_nights.admin() as connection:
        connection.execute(
            "update ops.publication set published_at = '2017-03-06 00:30+01' where generation = 3"
        )
    assert history.as_of(three_nights.settings, date(2017, 3, 5), "statement").generation == 2
    assert history.as_of(three_nights.settings, date(2017, 3, 6), "statement").generation == 3


def test_the_clock_may_jump_back_and_the_order_stands(three_nights):
    """F63: a later generation with an earlier clock still comes after."""
    with three_nights.admin() as connection:
        connection.execute(
            "update ops.publication set published_at = '2017-02-01 12:00+01' where generation = 3"
        )
    assert history.as_of(three_nights.settings, date(2017, 3, 1), "statement").generation == 3


@pytest.mark.parametrize(
    ("asked", "mart", "says"),
    [
        (date(2017, 2, 28), "statement", "Ingenting var publicerat den 2017-02-28"),
        (9, "statement", "Generation 9 finns inte"),
        (1, "nothing", "Marten nothing finns inte"),
    ],
)
def test_a_question_without_an_answer_says_why(three_nights, asked, mart, says):
    with pytest.raises(history.NotFound, match=says):
        history.as_of(three_nights.settings, asked, mart)


def test_the_answer_reads_as_a_table(three_nights):
    text = history.as_text(history.as_of(three_nights.settings, 2, "statement"))
    assert text.splitlines()[0] == "Räkning (statement), generation 2, publicerad 2017-03-02 23:30"
    assert "alfa\t2017\tcosts\tKostnader\t-901.00\t-300.25" in text.splitlines()


def test_an_association_that_came_later_was_not_there_before(three_nights):
    three_nights.deliver("beta")
    three_nights.night()
    tomorrow = date.today() + timedelta(days=1)
    assert {row[0] for row in history.as_of(three_nights.settings, tomorrow, "capital").rows} == {
        "alfa",
        "beta",
    }
    assert {row[0] for row in history.as_of(three_nights.settings, 3, "capital").rows} == {"alfa"}
