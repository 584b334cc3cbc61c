"""An older generation published anew by a person: what moves, what it says, how long it stands."""

from decimal import Decimal

import psycopg
import pytest

from ingestion.warehouse import history, rollback
from ingestion.warehouse.rollback import NotPossible
from tests.warehouse.small_warehouse import ENTRIES

CLOSING = "select closing_sek from marts.capital where association_id = 'alfa' and fiscal_year = 2017"


def entries(amount):
    return [*ENTRIES[:4], ("2017", "costs", amount)]


@pytest.fixture
def steward(warehouse):
    return warehouse.person("karin_ek", "alfa")


@pytest.fixture
def three_nights(warehouse):
    for amount in ("900.00", "901.00", "902.00"):
        warehouse.deliver("alfa", entries(amount))
        warehouse.deliver("beta", entries(amount))
        warehouse.night(failures=[("TST-099", "alfa", "finding", "failed")] if amount == "900.00" else ())
    return warehouse


def back(warehouse, generation=1, associations=("alfa",), reason="Fel konto i huvudboken", login="karin_ek"):
    return rollback.roll_back(warehouse.settings, generation, associations, reason, "test", login)


def test_the_older_figures_come_back_as_a_new_generation(three_nights, steward):
    then = three_nights.shown(1)
    beta = three_nights.ask(
        "finsam_audit", "select * from store.statement where association_id = 'beta' order by 1, 2, 3"
    )
    done = back(three_nights)
    assert (done.generation, done.returns_to, done.associations) == (4, 1, ("alfa",))
    for mart in ("statement", "capital", "dim_line"):
        one = "select t::text from {} where association_id = 'alfa'{} order by 1"
        now = three_nights.ask("finsam_reader", one.format(f"marts.{mart} as t", ""))
        columns = f"(select s.*, s.generation as g from marts_asof.{mart} as s) as s"
        assert now
        assert (
            len(now)
            == three_nights.ask(
                "finsam_reader", f"select count(*) from {columns} where g = 1 and association_id = 'alfa'"
            )[0][0]
        )
    found = history.as_of(three_nights.settings, 4, "statement")
    first = history.as_of(three_nights.settings, 1, "statement")
    third = history.as_of(three_nights.settings, 3, "statement")
    assert [row for row in found.rows if row[0] == "alfa"] == [row for row in first.rows if row[0] == "alfa"]
    assert [row for row in found.rows if row[0] == "beta"] == [row for row in third.rows if row[0] == "beta"]
    assert (
        three_nights.ask(
            "finsam_audit", "select * from store.statement where association_id = 'beta' order by 1, 2, 3"
        )
        == beta
    )
    assert three_nights.shown(1) == then, "what was published then is as it was"
    assert three_nights.ask(
        "finsam_audit", "select delivery_id from ops.publication_delivery where generation = 4"
    ) == [("alfa-1",)]


def test_the_reason_stands_beside_the_figures(three_nights, steward):
    """Banners of then come back too, and one says that the figures are returned, and why."""
    back(three_nights)
    assert three_nights.ask("finsam_reader", "select rule_id from marts.finding order by 1") == [
        ("PUB-001",),
        ("TST-099",),
    ]
    assert three_nights.ask(
        "finsam_reader",
        "select meaning_sv, reason_sv from marts_asof.finding where generation = 4 and rule_id = 'PUB-001'",
    ) == [("Siffrorna är återställda till en äldre publicering.", "Fel konto i huvudboken")]
    said, current, to = three_nights.ask(
        "finsam_reader",
        "select status_sv, is_current, returned_to from marts.association_status where association_id = 'alfa'",
    )[0]
    assert "återställda till generation 1: Fel konto i huvudboken." in said
    assert (current, to) == (False, 1)
    assert three_nights.ask(
        "finsam_reader", "select returns_to, reason_sv from marts.publication where generation = 4"
    ) == [(1, "Fel konto i huvudboken")]
    assert three_nights.ask(
        "finsam_audit", "select kind, decided_by from ops.publication where generation = 4"
    ) == [("rollback", "karin_ek")]


def test_it_stands_through_full_builds_until_an_input_changes(three_nights, steward):
    back(three_nights)
    returned = three_nights.ask("finsam_reader", CLOSING)
    done = three_nights.night(full=True)
    assert done.blocked == {"alfa": ("PUB-001",)}
    assert done.generation is None
    assert three_nights.ask("finsam_reader", CLOSING) == returned
    three_nights.deliver("alfa", entries("905.00"))
    done = three_nights.night()
    assert done.those("published") == ["alfa"]
    assert three_nights.ask("finsam_reader", CLOSING) == [(Decimal("145.25"),)]
    assert three_nights.ask(
        "finsam_reader", "select count(*) from marts.finding where rule_id = 'PUB-001'"
    ) == [(0,)]
    assert three_nights.ask("finsam_audit", "select ended_by from ops.rollback") == [("inputs",)]
    assert three_nights.ask(
        "finsam_reader",
        "select returned_to from marts_asof.association_status where association_id = 'alfa' order by generation",
    ) == [(None,), (None,), (None,), (1,), (None,)]


def test_a_build_that_was_open_does_not_undo_it(three_nights, steward):
    """A candidate of the rolled-back inputs, already built and judged, is not published over the decision."""
    build_id, token, scope = three_nights.open(full=True)
    three_nights.build(scope)
    three_nights.judge(build_id)
    back(three_nights)
    from ingestion.warehouse import publish

    done = publish.publish(three_nights.settings, build_id, token, "test")
    assert done.blocked == {"alfa": ("PUB-001",)}
    assert three_nights.ask("finsam_audit", "select max(generation) from ops.publication") == [(4,)]


def test_released_it_is_built_again(three_nights, steward):
    before = three_nights.ask("finsam_reader", CLOSING)
    back(three_nights)
    assert three_nights.night() is None, "nothing changed"
    assert rollback.release(
        three_nights.settings, ["alfa", "alfa"], "Det var rätt ändå", "test", "karin_ek"
    ) == ["alfa"]
    done = three_nights.night()
    assert done.those("published") == ["alfa"]
    assert three_nights.ask("finsam_reader", CLOSING) == before
    assert rollback.release(three_nights.settings, ["alfa"], "igen", "test", "karin_ek") == []


def test_asked_again_it_answers_what_it_did(three_nights, steward):
    """F43: an answer that was lost is asked for again; nothing is published twice."""
    assert back(three_nights) == back(three_nights)
    assert three_nights.ask("finsam_audit", "select max(generation) from ops.publication") == [(4,)]


def test_a_second_rollback_takes_over(three_nights, steward):
    back(three_nights, 1)
    assert back(three_nights, 2).generation == 5
    assert three_nights.ask("finsam_audit", "select returns_to from ops.rollback where ended_at is null") == [
        (2,)
    ]


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"associations": ("beta",)}, "får inte besluta"),
        ({"associations": ("alfa", "beta")}, "får inte besluta"),
        ({"reason": "  "}, "varför"),
        ({"generation": 9}, "Generation 9 finns inte"),
        ({"generation": 3}, "redan desamma"),
    ],
)
def test_what_cannot_be_decided_is_refused_and_changes_nothing(three_nights, steward, wanted, says):
    with pytest.raises(NotPossible, match=says):
        back(three_nights, **wanted)
    assert three_nights.ask("finsam_audit", "select count(*) from ops.rollback") == [(0,)]
    assert three_nights.ask("finsam_audit", "select max(generation) from ops.publication") == [(3,)]


def test_an_association_without_figures_then_is_not_emptied(three_nights, steward):
    three_nights.deliver("gamma")
    three_nights.night()
    three_nights.person("karin_ek", "gamma")
    with pytest.raises(NotPossible, match="hade inga siffror"):
        back(three_nights, 1, ("gamma",))


def test_no_step_of_the_night_decides(three_nights):
    """F72: the function asks for a person's login; the machinery's own may not call it."""
    for role in (
        "finsam_publish",
        "finsam_gate",
        "finsam_audit",
        "finsam_reader",
        "finsam_transform",
        "finsam_loader",
    ):
        with three_nights.connect(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select ops.roll_back(1, '{alfa}', 'x', 'x')")
