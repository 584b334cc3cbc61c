"""The past is folded: month-ends and board meetings stay hash for hash, and a folded date says what it shows."""

from datetime import date, timedelta

import psycopg
import pytest

from ingestion.warehouse import connection as connections
from ingestion.warehouse import history, keeping, rollback
from ingestion.warehouse.rollback import NotPossible
from tests.warehouse.small_warehouse import ENTRIES

FIRST = date(2017, 1, 5)
TODAY = date(2018, 7, 1)


@pytest.fixture
def nights(warehouse):
    """Generations 1 to 12, every tenth day from 5 January 2017; beta changes every third."""
    for number in range(12):
        warehouse.deliver("alfa", [*ENTRIES[:4], ("2017", "costs", f"{900 + number}.00")])
        if number % 3 == 0:
            warehouse.deliver("beta", [*ENTRIES[:4], ("2017", "costs", f"{500 + number}.00")])
        failures = [("TST-099", "alfa", "finding", "failed")] if number % 4 < 2 else ()
        warehouse.night(failures=failures)
    warehouse.published_on({number + 1: FIRST + timedelta(days=10 * number) for number in range(12)})
    return warehouse


MONTH_ENDS = {3, 6, 9, 12}  # 25 January, 24 February, 26 March, 25 April


def test_month_ends_and_board_dates_are_kept_hash_for_hash(nights):
    before = {generation: nights.shown(generation) for generation in range(1, 13)}
    with nights.admin() as connection:
        connection.execute("insert into ops.board_date values ('*', '2017-02-08', 'Styrelsemöte', 'test')")
    done = keeping.fold(nights.settings, "test", TODAY)
    assert set(done.kept) == {1, 4, *MONTH_ENDS}, "4 was on the table when the board met"
    assert done.folded == [2, 5, 7, 8, 10, 11]
    assert done.rows_removed["store.statement_history"] > 0
    for generation in done.kept:
        assert nights.shown(generation) == before[generation], generation
    for generation in done.folded:
        assert {rows for rows, _ in nights.shown(generation).values()} == {0}, (
            "half a generation is never shown"
        )
    again = keeping.fold(nights.settings, "test", TODAY)
    assert (again.folded, again.kept) == ([], done.kept)


def test_a_fold_does_not_wait_for_a_publication_that_hangs(nights, monkeypatch):
    """F49: housekeeping fails with a reason, nothing is folded, and next week does it."""
    monkeypatch.setattr(connections.connect, "__kwdefaults__", {"lock_seconds": 0.3, "statement_seconds": 0})
    with nights.admin() as hanging:
        hanging.execute("select pg_advisory_lock(hashtextextended('finsam.publish', 0))")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            keeping.fold(nights.settings, "test", TODAY)
    assert nights.ask("finsam_audit", "select count(*) from ops.folding") == [(0,)]
    assert keeping.fold(nights.settings, "test", TODAY).folded


def test_what_is_recorded_of_a_kept_generation_still_holds(nights):
    keeping.fold(nights.settings, "test", TODAY)
    recorded = (
        "select distinct on (m.mart, m.association_id) m.mart, m.association_id, m.row_count, m.content_hash"
        " from ops.publication_mart as m where m.generation <= %s order by m.mart, m.association_id, m.generation desc"
    )
    for generation in (1, *sorted(MONTH_ENDS)):
        for mart, association, rows, content in nights.ask("finsam_audit", recorded, (generation,)):
            assert nights.ask(
                "finsam_audit",
                f"select count(*), coalesce(sum(_row_hash), 0)::text from store.{mart}"
                " where association_id = %s and _g_from <= %s and _g_to > %s",
                (association, generation, generation),
            ) == [(rows, content)], (generation, mart)


def test_nothing_of_the_last_days_is_folded(nights):
    assert keeping.fold(nights.settings, "test", date(2017, 5, 1)).folded == []
    some = keeping.fold(nights.settings, "test", date(2017, 5, 1), keep_days=60)
    assert some.folded == [2, 4, 5], "the cut day, 2 March, still shows 6"


def test_a_folded_date_says_which_generation_it_shows(nights):
    keeping.fold(nights.settings, "test", TODAY)
    found = history.as_of(nights.settings, date(2017, 2, 20), "statement")
    assert (found.published_generation, found.generation) == (5, 3)
    assert "Generation 5, som gällde då, är hopvikt: det här är generation 3" in history.as_text(found)
    assert history.as_of(nights.settings, 5, "statement") == found
    assert history.as_of(nights.settings, date(2017, 2, 28), "statement").folded_sv is None
    assert nights.ask(
        "finsam_reader",
        "select generation, published_generation, is_folded from marts_asof.calendar where day = '2017-02-20'",
    ) == [(3, 5, True)]


def test_a_steward_enters_when_the_board_meets(nights):
    nights.person("karin_ek", "alfa")
    met = date(2017, 3, 7)
    assert rollback.enter_board_date(nights.settings, "alfa", met, "Budget", "karin_ek") == 7
    with pytest.raises(NotPossible):
        rollback.enter_board_date(nights.settings, "*", met, "", "karin_ek")
    assert 7 in keeping.fold(nights.settings, "test", TODAY).kept
    late = date(2017, 4, 17)
    assert rollback.enter_board_date(nights.settings, "alfa", late, "", "karin_ek") == 9, (
        "11 was out, and is folded"
    )


def test_a_folded_generation_cannot_be_returned_to(nights):
    nights.person("karin_ek", "alfa")
    keeping.fold(nights.settings, "test", TODAY)
    with pytest.raises(NotPossible, match=r"hopvikt.* är 3"):
        rollback.roll_back(nights.settings, 5, ["alfa"], "skäl", "test", "karin_ek")
    assert rollback.roll_back(nights.settings, 6, ["alfa"], "skäl", "test", "karin_ek").generation == 13


def test_publication_goes_on_after_folding(nights):
    keeping.fold(nights.settings, "test", TODAY)
    nights.deliver("alfa", [*ENTRIES[:4], ("2017", "costs", "1.00")])
    assert nights.night().generation == 13


def test_only_the_keeper_folds_and_only_the_past(nights):
    for role in (
        "finsam_publish",
        "finsam_gate",
        "finsam_audit",
        "finsam_reader",
        "finsam_transform",
        "finsam_loader",
    ):
        with nights.connect(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select ops.fold('test')")
    with nights.admin() as connection:
        connection.execute("set role own_keeper")
        for relation in (
            "store.statement",
            "store.statement_current",
            "ops.published_finding_current",
            "ops.publication",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"delete from {relation}")
