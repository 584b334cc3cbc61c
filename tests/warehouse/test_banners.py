"""What stands beside the figures has generations too, and a person can ask for the past with its own rows."""

from datetime import date

import pytest

from ingestion.warehouse import history
from tests.warehouse.small_warehouse import ENTRIES

NOTED = [("TST-099", "alfa", "finding", "failed")]


@pytest.fixture
def delivered(warehouse):
    warehouse.deliver("alfa")
    warehouse.deliver("beta", [*ENTRIES[:4], ("2017", "costs", "5.00")])
    return warehouse


def banners(warehouse, generation):
    return warehouse.ask(
        "finsam_reader",
        "select association_id, rule_id from marts_asof.finding where generation = %s order by 1, 2",
        (generation,),
    )


def test_a_changed_banner_alone_is_a_new_generation(delivered):
    assert delivered.night().generation == 1
    done = delivered.night(full=True, failures=NOTED)
    assert (done.generation, done.marts, done.those("published")) == (2, {}, ["alfa"])
    assert "bara anmärkningarna har ändrats för alfa" in done.summary_sv
    assert delivered.night(full=True, failures=NOTED).generation is None, "the same banner again is no news"
    assert delivered.night(full=True).generation == 3
    assert [banners(delivered, generation) for generation in (1, 2, 3)] == [[], [("alfa", "TST-099")], []]
    assert delivered.ask("finsam_reader", "select count(*) from marts.finding") == [(0,)]
    assert delivered.ask(
        "finsam_reader", "select generation, associations from marts.publication order by 1"
    ) == [
        (1, ["alfa", "beta"]),
        (2, ["alfa"]),
        (3, ["alfa"]),
    ]


def test_another_build_that_finds_the_same_changes_nothing(delivered):
    """The build that established a banner stays its build."""
    delivered.night(failures=NOTED)
    before = delivered.ask("finsam_audit", "select * from ops.current_finding")
    delivered.deliver("alfa", [*ENTRIES[:4], ("2017", "costs", "6.00")])
    assert delivered.night(failures=NOTED).generation == 2
    assert delivered.ask("finsam_audit", "select * from ops.current_finding") == before


def test_a_blocked_association_keeps_its_banners(delivered):
    delivered.night(failures=NOTED)
    delivered.deliver("alfa", ENTRIES[:4])
    done = delivered.night(failures=[("TST-001", "alfa", "invariant", "failed")])
    assert done.generation is None
    assert delivered.ask("finsam_reader", "select rule_id from marts.finding") == [("TST-099",)]


def test_status_is_as_it_was_when_each_generation_came_out(delivered):
    delivered.night()
    delivered.deliver("alfa", ENTRIES[:4])
    delivered.deliver("beta", ENTRIES[:3])
    delivered.night(failures=[("TST-001", "alfa", "invariant", "failed")])
    delivered.deliver("alfa", ENTRIES[:2])
    delivered.night()
    assert delivered.ask(
        "finsam_reader",
        "select generation, association_id, figures_generation, is_current, blocked_by"
        " from marts_asof.association_status order by 1, 2",
    ) == [
        (1, "alfa", 1, True, []),
        (1, "beta", 1, True, []),
        (2, "alfa", 1, False, ["TST-001"]),
        (2, "beta", 2, True, []),
        (3, "alfa", 3, True, []),
        (3, "beta", 2, True, []),
    ]
    found = history.as_of(delivered.settings, 2, "statement")
    assert "Nyare underlag är stoppade: TST-001" in found.status_sv["alfa"]
    assert "alfa: Siffrorna är från generation 1" in history.as_text(found)


def test_as_of_shows_the_banners_of_then(delivered):
    delivered.night(failures=NOTED)
    delivered.deliver("alfa", ENTRIES[:4])
    delivered.night()
    then = history.as_of(delivered.settings, 1, "statement")
    assert [(one.association_id, one.rule_id) for one in then.banners] == [("alfa", "TST-099")]
    assert "alfa: TST-099" in history.as_text(then)
    assert history.as_of(delivered.settings, 2, "statement").banners == []


def test_the_dictionary_is_as_it_was(delivered):
    delivered.night()
    with delivered.admin() as connection:
        connection.execute(
            "update ops.mart_column set label_sv = 'Summa' where mart = 'statement' and column_name = 'amount_sek'"
        )
    delivered.deliver("alfa", ENTRIES[:4])
    delivered.night()
    said = (
        "select generation, label_sv from marts_asof.data_dictionary"
        " where mart = 'statement' and column_name = 'amount_sek' order by 1"
    )
    assert delivered.ask("finsam_reader", said) == [(1, "Belopp i kronor"), (2, "Summa")]
    assert history.as_of(delivered.settings, 1, "statement").labels["amount_sek"] == "Belopp i kronor"
    assert {
        row[0]
        for row in delivered.ask("finsam_internal", "select mart from marts_internal_asof.data_dictionary")
    } == {"flow"}


def test_a_person_asks_with_its_own_rows(delivered):
    delivered.night(failures=NOTED)
    delivered.published_on({1: date(2017, 3, 1)})
    delivered.person("ekonom_then", "beta", group="read_public")
    everything = history.as_of(delivered.settings, date(2017, 3, 31), "statement")
    own = history.as_of(delivered.settings, date(2017, 3, 31), "statement", "ekonom_then")
    assert {row[0] for row in everything.rows} == {"alfa", "beta"}
    assert own.rows == [row for row in everything.rows if row[0] == "beta"]
    assert (own.label_sv, own.generation, own.columns, own.labels) == (
        everything.label_sv,
        1,
        everything.columns,
        everything.labels,
    )
    assert (own.banners, len(everything.banners)) == ([], 1)
    for hidden in ("flow", "fct_entry"):
        with pytest.raises(history.NotFound, match="finns inte"):
            history.as_of(delivered.settings, 1, hidden, "ekonom_then")
    assert history.as_of(delivered.settings, 1, "fct_entry").rows
