"""F15 all the way: terms as a file, a day that passes, a banner, an association that waits, and the file that comes."""

import json
from datetime import date

import pytest

from ingestion import cli, night, pipeline
from ingestion.settings import Settings
from ingestion.warehouse import embedded
from tests.conftest import deliver_demo, new_warehouse

pytestmark = pytest.mark.xdist_group("airflow")
HEADER = "Leverans;Lämnas varje;Dagar efter periodens slut;Dagar att vänta;Om den inte kommer;Avsändare;Filens namn;Gäller från\n"
NORTH, UPPSALA = "skelleftea-norsjo", "uppsala-lan"


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """Two associations of which each owes a report on applications for 2026 by the end of January 2027."""
    home = tmp_path_factory.mktemp("watch") / "home"
    try:
        warehouse = new_warehouse(home)
        deliver_demo(home)
        for association, policy in ((NORTH, "fortsätt"), (UPPSALA, "vänta")):
            (home / "reference" / association / "delivery_terms.csv").write_text(
                f"{HEADER}applications;år;31;0;{policy};Karin Ek;ansokningar_2026.xlsx;2027-01-01\n",
                encoding="utf-8",
            )
        yield warehouse
    finally:
        embedded.remove(Settings(home=home))


def build_on(warehouse, day, run):
    built = night.build(warehouse.settings, run, date.fromisoformat(day))
    if built.build_id is None:
        return built.scope, None
    return built.scope, night.publish(warehouse.settings, built.build_id, built.token, run)


def test_a_file_that_is_missing_at_its_deadline(house, monkeypatch, capsys):
    pipeline.receive_reference(house.settings, "test/0")
    pipeline.receive_feed(house.settings, "ledger", "test/0")
    scope, first = build_on(house, "2027-01-31", "test/1")
    assert scope == [NORTH, UPPSALA] and first.generation == 1

    assert build_on(house, "2027-01-31", "test/2") == ([], None), "nothing new, nothing late"

    scope, late = build_on(house, "2027-02-01", "test/3")
    assert scope == [NORTH, UPPSALA], "a day passed: both are built to say so"
    assert late.blocked == {UPPSALA: ("DLV-012",)}
    banners = house.query(
        "select association_id, rule_id, about from marts.finding where rule_id like 'DLV-01%%'"
    )
    assert [tuple(row.values()) for row in banners] == [(NORTH, "DLV-011", "applications")]
    (status,) = house.query(
        "select status_sv from marts.association_status where association_id = %s", (UPPSALA,)
    )
    assert "DLV-012" in status["status_sv"] and "generation 1" in status["status_sv"]

    monkeypatch.setenv("FINSAM_HOME", str(house.settings.home))
    assert cli.main(["watch", "--json"]) in (1, 3)
    told = json.loads(capsys.readouterr().out)
    assert [line for line in told["standing"] if UPPSALA in line and "DLV-012" in line]
    assert [row["outcome"] for row in house.query(
        "select outcome from ops.night where step = 'build' order by started_at", role="finsam_audit"
    )] == ["done", "nothing", "done"]  # fmt: skip

    with house.admin() as connection:  # the file comes: what it holds does not matter here
        connection.execute(
            "insert into ops.delivery (delivery_id, feed_id, association_id, scope, period, content_id, file_name, byte_count,"
            " state, run_id, code_version) values ('came', 'applications', %s, 'whole', '2026', 'x', 'ansokningar_2026.xlsx',"
            " 1, 'accepted', 'test', 'test')",
            (UPPSALA,),
        )
    scope, freed = build_on(house, "2027-02-02", "test/4")
    assert UPPSALA in scope and freed.blocked == {}
