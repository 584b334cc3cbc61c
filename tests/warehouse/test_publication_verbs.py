"""The verbs of publication as a person types them, and that none of what they do is DDL."""

import json

import pytest

from ingestion import cli
from tests.warehouse.small_warehouse import ENTRIES

SHAPE = """
    select md5(string_agg(c::text, ',' order by oid)) from (
        select oid, relname, relowner, relacl, relrowsecurity, relforcerowsecurity, relfilenode <> 0 as is_stored
        from pg_class where relnamespace::regnamespace::text in
            ('store', 'marts', 'marts_internal', 'marts_asof', 'marts_internal_asof', 'ops')) as c
    union all
    select md5(string_agg(p::text, ',' order by schemaname, tablename, policyname)) from pg_policies as p
"""


@pytest.fixture
def nights(warehouse, monkeypatch):
    for amount in ("1.00", "2.00", "3.00"):
        warehouse.deliver("alfa", [*ENTRIES[:4], ("2017", "costs", amount)])
        warehouse.night()
    warehouse.published_on({1: "2017-01-10", 2: "2017-01-20", 3: "2017-01-31"})
    warehouse.person("karin_ek", "alfa")
    monkeypatch.setenv("FINSAM_HOME", str(warehouse.settings.home))
    monkeypatch.setenv("FINSAM_WAREHOUSE_URL", warehouse.settings.warehouse_url)
    monkeypatch.setenv("FINSAM_LOGIN_PASSWORD_FILE", str(warehouse.settings.login_password_file))
    return warehouse


def run(capsys, *arguments):
    status = cli.main([*arguments, "--json"])
    return status, json.loads(capsys.readouterr().out)


BACK = ("rollback", "2", "--association", "alfa", "--reason", "Fel konto", "--login", "karin_ek")
RELEASE = ("release", "--association", "alfa", "--reason", "Rätt igen", "--login", "karin_ek")


def test_a_night_is_taken_back_and_let_go(nights, capsys):
    assert run(capsys, *BACK) == (0, {"generation": 4, "returns_to": 2, "associations": ["alfa"]})
    assert run(capsys, *RELEASE) == (0, {"released": ["alfa"]})
    assert run(capsys, *RELEASE) == (0, {"released": []})
    status, said = run(capsys, "rollback", "9", *BACK[2:])
    assert (status, said["message"]) == (2, "Generation 9 finns inte.")


def test_a_meeting_is_kept_and_the_rest_is_folded(nights, capsys):
    status, said = run(capsys, "board-date", "2017-01-22", "--association", "alfa", "--login", "karin_ek")
    assert (status, said["generation"]) == (0, 2)
    nights.published_on({2: "2017-01-05"})
    status, said = run(capsys, "fold")
    assert (status, said["folded"]) == (0, [])
    status, said = run(capsys, "as-of", "2017-01-22", "statement", "--login", "karin_ek")
    assert status == 2, "a steward who may not read sees no table"


def test_as_of_says_what_it_shows(nights, capsys):
    nights.published_on({1: "2016-12-01", 2: "2016-12-05", 3: "2016-12-31"})
    run(capsys, "fold")
    assert cli.main(["as-of", "2016-12-06", "statement"]) == 0
    said = capsys.readouterr().out
    assert "Generation 2, som gällde då, är hopvikt: det här är generation 1" in said


def test_no_verb_of_publication_does_ddl(nights, capsys):
    """F74: grants, row security, owners and relations are the same after publication, rollback and folding."""
    with nights.admin() as connection:
        before = connection.execute(SHAPE).fetchall()
        run(capsys, *BACK)
        run(capsys, *RELEASE)
        nights.night()
        nights.published_on({2: "2017-01-05", 1: "2016-11-01"})
        run(capsys, "fold")
        assert connection.execute(SHAPE).fetchall() == before
