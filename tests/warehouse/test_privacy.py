"""What a privacy officer may do with a person, tried as such a login on a real server. Faults F71, F72 and F75."""

import gzip
import json
import threading
from datetime import date

import psycopg
import pytest

from ingestion import cli, key_rotation, person_keys, privacy_office, privacy_register
from ingestion.privacy import normalise_person_key, pseudonyms
from ingestion.privacy_office import NotDone
from ingestion.warehouse import backup
from ingestion.warehouse import connection as connections
from tests.warehouse.persons import NUMBERS, OFFICER, Persons
from tests.warehouse.small_warehouse import copy_of, drop

ANNA, BO, CILLA, DAN, EVA = NUMBERS[100:105]
BAD = "Torget;kvinna;2017-02-01;2016-01-01;Arbete"
"""A spell that ends before it begins: set aside."""
MANY = NUMBERS[200:260]


@pytest.fixture
def persons(server, tmp_path):
    made = copy_of(server, "persons")
    room = Persons(made, tmp_path / "home", server.secrets)
    room.officer()
    yield room
    from ingestion.warehouse import access

    for one in access.logins(room.settings):
        access.revoke(room.settings, one.login)
    drop(server, made)


def everything(room):
    """Every table the warehouse has and every file of the home but the keys and the inboxes, as one text."""
    tables = []
    with room.warehouse.admin() as admin:
        names = admin.execute(
            "select format('%I.%I', n.nspname, c.relname) from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
            " where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema)'"
        ).fetchall()
        for (name,) in names:
            tables += [str(row) for row in admin.execute(f"select t::text from {name} as t").fetchall()]
    files = [
        gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        for file in room.home.rglob("*")
        if file.is_file() and not {"secrets", "landing"} & set(file.relative_to(room.home).parts)
    ]
    return "\n".join([*tables, *(content.decode("utf-8", "replace") for content in files)])


# --- looking up ---


def test_all_that_is_held_of_a_person_is_told_and_of_nobody_else(persons):
    persons.deliver("alfa", [ANNA, BO, (ANNA, "Kursen", "kvinna", "2017-03-01", "2017-05-01", "Arbete")])
    persons.deliver("alfa", [ANNA, *MANY, (ANNA, *BAD.split(";"))], year=2018)
    persons.deliver("beta", [ANNA])
    found = persons.told(ANNA)
    assert [(one.period, one.row_number, one.is_set_aside) for one in found] == [
        ("2017", 2, False),
        ("2017", 4, False),
        ("2018", 2, False),
        ("2018", 63, True),
    ]
    assert found[1].cells["initiative_name"] == "Kursen" and "person_key" not in found[1].cells
    assert "Insats: Kursen" in found[1].line_sv and "Inskriven: 2017-03-01" in found[1].line_sv
    assert [one.delivery_id for one in persons.told(ANNA, "beta")] not in ([], [found[0].delivery_id])
    assert persons.told(CILLA) == []


def test_every_notation_of_a_number_is_the_same_person(persons):
    persons.deliver("alfa", [ANNA])
    for written in (ANNA, f"{ANNA[:8]}-{ANNA[8:]}", f"{ANNA[2:8]}-{ANNA[8:]}", f" {ANNA[:8]} {ANNA[8:]} "):
        assert len(persons.told(written)) == 1, written


def test_the_log_tells_who_when_and_why_and_never_of_whom(persons):
    persons.deliver("alfa", [ANNA, BO])
    persons.told(ANNA)
    persons.erase(BO)
    acts = privacy_office.log(persons.settings)
    assert [(act["kind"], act["person"], act["case_number"], act["row_count"]) for act in acts] == [
        ("erase", OFFICER, "ärende 7", 1),
        ("lookup", OFFICER, "ärende 7", 1),
    ]
    told = json.dumps(acts, default=str)
    keys = person_keys.held(persons.settings, persons.warehouse.connect("finsam_loader"))
    for number in (ANNA, BO):
        (pseudonym,) = pseudonyms(keys, "alfa", normalise_person_key(number, 2026))
        assert number not in everything(persons) and number[2:] not in everything(persons)
        assert pseudonym not in told


def test_nobody_is_looked_up_without_a_trace(persons):
    """The act is committed before a row is shown: one that could be undone afterwards shows nothing."""
    persons.deliver("alfa", [ANNA])
    who = _pseudonyms(persons, ANNA)
    announce = "select vault.announce('x1', 'alfa', %s, 'ärende 1', 'skäl')"
    look = "select * from vault.look_up('x1', 'alfa', %s)"
    with connections.connect_person(persons.settings, OFFICER) as officer:
        with pytest.raises(psycopg.Error, match="anmäls först"):
            officer.execute(look, (who,))
        officer.rollback()
        officer.execute(announce, (who,))
        with pytest.raises(psycopg.Error, match="anmäls först"):
            officer.execute(look, (who,))
        officer.rollback()
        officer.execute(announce, (who,))
        with officer.transaction():
            officer.execute("savepoint one")
            with pytest.raises(psycopg.Error, match="anmäls först"), officer.transaction():
                officer.execute(look, (who,))
        officer.commit()
        assert len(officer.execute(look, (who,)).fetchall()) == 1
        officer.rollback()
        with pytest.raises(psycopg.Error, match="anmäls först"):
            officer.execute(look, (_pseudonyms(persons, BO),))
        officer.rollback()
    assert [act["act_id"] for act in privacy_office.log(persons.settings)] == ["x1"]


def test_an_officer_acts_for_her_associations_by_function_alone(persons):
    persons.deliver("alfa", [ANNA])
    persons.deliver("beta", [ANNA])
    persons.officer("beta", login="bodil_ombud")
    case = persons.case("alfa", login="bodil_ombud")
    for act in (
        lambda: privacy_office.look_up(persons.settings, case, ANNA),
        lambda: privacy_office.erase(persons.settings, case, ANNA),
        lambda: privacy_office.withdraw_consent(persons.settings, case, ANNA, date(2018, 1, 1)),
        lambda: privacy_office.link(persons.settings, case, ANNA, BO),
        lambda: privacy_office.release(persons.settings, case, "x", "y", "z"),
        lambda: privacy_office.decide_retention(persons.settings, case, "participants", 5),
    ):
        with pytest.raises(NotDone, match="bodil_ombud får inte göra det för alfa"):
            act()
    assert len(persons.ask("select from raw.participants")) == 2
    with connections.connect_person(persons.settings, "bodil_ombud") as officer:
        officer.autocommit = True
        tables = officer.execute(
            "select format('%I.%I', n.nspname, c.relname) from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
            " where c.relkind in ('r', 'v') and n.nspname !~ '^(pg_|information_schema)'"
        ).fetchall()
        assert len(tables) > 50
        for (table,) in tables:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                officer.execute(f"select * from {table}")
        for forbidden in (
            "select vault.put_to_rest('x', 'alfa', '{}')",
            "select vault.in_use()",
            "select vault.all_of('{x}')",
            "select vault.hold_keys('{}')",
            "select vault.take_out_erased('x')",
            "select vault.follow_key(2, 'x')",
            "select ops.forget_rows()",
            "set role own_vault",
            "create temporary table x (y int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                officer.execute(forbidden)


@pytest.mark.parametrize("field", ["number", "ground", "reason_sv"])
def test_no_number_gets_into_the_log(persons, field):
    persons.deliver("alfa", [ANNA])
    case = persons.case(**({field: f"gäller {ANNA}"} if field != "reason_sv" else {}))
    if field == "reason_sv":
        case = privacy_office.Case("alfa", "1", f"{ANNA[2:8]}-{ANNA[8:]} ringde", OFFICER, "artikel 17")
    with pytest.raises(NotDone, match="stå"):
        privacy_office.erase(persons.settings, case, ANNA)
    statement = "select vault.erase('x', 'alfa', '{x}', %s, %s, %s)"
    words = {"number": case.number, "ground": case.ground_sv, "reason_sv": case.reason_sv}
    with (
        connections.connect_person(persons.settings, OFFICER) as officer,
        pytest.raises(psycopg.Error, match="ser ut som ett personnummer"),
    ):
        officer.execute(statement, tuple(words.values()))
    assert privacy_office.log(persons.settings) == []
    assert privacy_register.acts(persons.home) == []


def test_a_number_that_cannot_be_read_is_told_without_being_shown(persons):
    wrong = f"{ANNA[:-1]}{(int(ANNA[-1]) + 1) % 10}"
    with pytest.raises(NotDone, match="kontrollsiffran") as told:
        persons.told(wrong)
    assert wrong not in str(told.value)


def test_the_number_comes_by_standard_input_and_never_by_argument(persons, monkeypatch, capsys):
    import io

    persons.deliver("alfa", [ANNA])
    monkeypatch.setattr("ingestion.settings.load", lambda: persons.settings)
    words = [
        "privacy",
        "lookup",
        "--association",
        "alfa",
        "--case",
        "7",
        "--reason",
        "begäran",
        "--login",
        OFFICER,
    ]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{ANNA}\n"))
    assert cli.main(words) == 0
    assert "Insats: Torget" in capsys.readouterr().out
    assert cli.main([*words, ANNA]) == 2
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert cli.main(words) == 2
    assert "Inget nummer" in capsys.readouterr().err


# --- erasing ---


def test_f75_who_is_erased_stays_erased_when_delivered_again(persons):
    """In raw, among rows set aside, in row issues and in the archived copy; nobody else loses a row."""
    persons.deliver("alfa", [ANNA, BO, *MANY, (ANNA, *BAD.split(";"))])
    done = persons.erase(ANNA)
    assert (done.rows, done.files) == (2, 2)
    again = persons.deliver("alfa", [BO, ANNA, *MANY, CILLA, (ANNA, *BAD.split(";"))])
    assert (again.state, again.rows_loaded) == ("accepted", 62)
    later = persons.deliver("alfa", [ANNA, BO], year=2018)
    assert later.state == "accepted"
    assert persons.told(ANNA) == [] and len(persons.told(BO)) == 3
    for row in persons.ask(
        "select rows_read, rows_loaded, rows_quarantined, rows_non_data from ops.delivery"
    ):
        assert row[0] == sum(row[1:])
    counts = persons.ask(
        "select d.rows_loaded, count(r.*) from ops.delivery as d left join raw.participants as r"
        " on r._load_number = d.load_number group by d.delivery_id, d.rows_loaded"
    )
    assert all(loaded == there for loaded, there in counts)
    assert persons.ask("select * from ops.quarantined_row") == []
    shown = persons.ask("select row_number, value_shown from ops.row_issue where rule_id = 'PAR-001'")
    assert shown and all(value is None for _, value in shown)
    archived = [
        line.split(";")[0].strip('"')
        for file in sorted((persons.settings.archive / "alfa" / "participants").glob("*.gz"))
        for line in gzip.decompress(file.read_bytes()).decode().splitlines()[1:]
    ]
    assert len(archived) == 61 + 62 + 1


def test_an_erasure_is_of_one_association(persons):
    persons.deliver("alfa", [ANNA])
    persons.deliver("beta", [ANNA])
    persons.erase(ANNA)
    assert persons.told(ANNA) == [] and len(persons.told(ANNA, "beta")) == 1


def test_an_erasure_and_an_intake_at_once_leave_no_row(persons):
    """Whichever comes first: the tombstone waits for the load, or the load finds it."""
    persons.deliver("alfa", [BO])
    who = _pseudonyms(persons, ANNA)
    with persons.warehouse.connect("finsam_loader") as loader, persons.warehouse.admin() as admin:
        loader.execute("select vault.hold_erasures()")
        loader.execute(
            "insert into ops.delivery (delivery_id, feed_id, association_id, scope, period, content_id, file_name,"
            " byte_count, state, run_id, code_version, rows_read, rows_loaded) values ('open', 'participants', 'alfa', 'all',"
            " '2019', 'x', 'x.csv', 1, 'received', 't', 't', 1, 1)"
        )
        loader.execute(
            "insert into raw.participants (_load_number, _delivery_id, _row_number, person_key, initiative_name)"
            " select load_number, 'open', 2, %s, 'Torget' from ops.delivery where delivery_id = 'open'",
            (who[-1],),
        )
        assert loader.execute("select * from vault.take_out_erased('open')").fetchall() == []
        erasing = threading.Thread(target=persons.erase, args=(ANNA,))
        erasing.start()
        try:
            waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and usename = %s"
            while not admin.execute(waits, (OFFICER,)).fetchone()[0]:
                assert erasing.is_alive(), "the erasure did not wait for the load"
            loader.commit()
        finally:
            loader.rollback()
            erasing.join()
    assert persons.ask("select * from raw.participants where person_key = %s", (who[-1],)) == []


def test_an_erasure_waits_for_a_reason_a_case_and_a_ground(persons):
    for case in (persons.case(ground=" "), persons.case(number=" ")):
        with pytest.raises(NotDone, match="Ange"):
            privacy_office.erase(persons.settings, case, ANNA)
    assert privacy_register.acts(persons.home) == []


def test_an_erasure_is_news_for_the_figures(persons):
    """Built next night, and held against nothing that stood: a proof of unchanged figures must not compare them."""
    persons.deliver("alfa", [ANNA])
    with persons.warehouse.admin() as admin:
        admin.execute(
            "insert into ops.association_state (association_id, attempted_hash, published_hash) values ('alfa', 'x', 'x')"
        )
    persons.erase(ANNA)
    assert persons.ask("select attempted_hash, published_hash from ops.association_state") == [(None, None)]


# --- one person, whatever number and key ---


def test_a_new_key_leaves_each_person_one(persons):
    persons.deliver("alfa", [ANNA, BO])
    persons.deliver("beta", [ANNA])
    before = persons.ask("select person_key from raw.participants order by _delivery_id, _row_number")
    rotated = key_rotation.rotate(persons.settings, "ärende 9", "årligt byte")
    assert (rotated.version, rotated.pseudonyms) == (2, 3)
    assert persons.ask("select person_key from raw.participants order by _delivery_id, _row_number") == before
    persons.deliver("alfa", [BO, ANNA, CILLA], year=2018)
    first, second = persons.open_rows()[:2], persons.open_rows()[2:]
    assert [row[0] for row in first] == [second[1][0], second[0][0]]
    assert len({row[0] for row in persons.open_rows()}) == 3
    assert {row[0] for row in persons.open_rows("beta")}.isdisjoint({row[0] for row in persons.open_rows()})
    assert [one.period for one in persons.told(ANNA)] == ["2017", "2018"]
    key_rotation.rotate(persons.settings, "ärende 10", "en gång till")
    persons.deliver("alfa", [ANNA], year=2019)
    assert len({row[0] for row in persons.open_rows()}) == 3
    assert [one.period for one in persons.told(ANNA)] == ["2017", "2018", "2019"]
    persons.erase(ANNA)
    assert persons.deliver("alfa", [ANNA, BO], year=2020).rows_loaded == 1
    key_rotation.rotate(persons.settings, "ärende 11", "och åter")
    assert persons.deliver("alfa", [ANNA, BO], year=2021).rows_loaded == 1
    assert persons.told(ANNA) == [] and len(persons.told(BO)) == 4
    assert persons.ask("select count(*) from vault.key_version where retired_at is null") == [(1,)]


def test_a_change_of_number_makes_one_of_two(persons):
    """Before and after a new key, and whichever number comes next."""
    persons.deliver("alfa", [ANNA, BO])
    persons.deliver("alfa", [CILLA, BO], year=2018)
    privacy_office.link(persons.settings, persons.case(), ANNA, CILLA)
    assert len({row[0] for row in persons.open_rows()}) == 2
    key_rotation.rotate(persons.settings, "ärende 9", "årligt byte")
    persons.deliver("alfa", [CILLA, BO], year=2019)
    persons.deliver("alfa", [ANNA, BO], year=2020)
    assert len({row[0] for row in persons.open_rows()}) == 2
    assert [one.period for one in persons.told(ANNA)] == ["2017", "2018", "2019", "2020"]
    assert persons.told(CILLA) == persons.told(ANNA)
    privacy_office.link(persons.settings, persons.case(), CILLA, DAN)
    persons.deliver("alfa", [DAN, BO], year=2021)
    assert len({row[0] for row in persons.open_rows()}) == 2 and len(persons.told(DAN)) == 5
    with pytest.raises(NotDone, match="redan samma person"):
        privacy_office.link(persons.settings, persons.case(), DAN, ANNA)
    persons.erase(CILLA)
    assert persons.told(ANNA) == [] and persons.told(DAN) == []
    assert persons.deliver("alfa", [ANNA, CILLA, DAN, BO], year=2022).rows_loaded == 1
    with pytest.raises(NotDone, match="raderad"):
        privacy_office.link(persons.settings, persons.case(), ANNA, EVA)


def test_another_association_knows_nothing_of_the_change(persons):
    persons.deliver("alfa", [ANNA, CILLA])
    persons.deliver("beta", [ANNA, CILLA])
    privacy_office.link(persons.settings, persons.case(), ANNA, CILLA)
    assert len({row[0] for row in persons.open_rows("beta")}) == 2


def test_a_withdrawn_consent_is_what_the_register_would_say(persons):
    persons.deliver("alfa", [ANNA, BO])
    privacy_office.withdraw_consent(persons.settings, persons.case(), ANNA, date(2018, 5, 1))
    assert [row[1] for row in persons.open_rows()] == ["2018-05-01", None]
    key_rotation.rotate(persons.settings, "ärende 9", "årligt byte")
    persons.deliver("alfa", [BO, ANNA], year=2018)
    privacy_office.link(persons.settings, persons.case(), ANNA, CILLA)
    persons.deliver("alfa", [CILLA], year=2019)
    assert [row[1] for row in persons.open_rows()] == ["2018-05-01", None, None, "2018-05-01", "2018-05-01"]


# --- keys ---


def test_a_wrong_key_is_noticed_before_anything_is_read(persons):
    persons.deliver("alfa", [ANNA])
    key = persons.settings.secrets / "pseudonym_key_1"
    right = key.read_text()
    for spoil in (lambda: key.write_text("another"), key.unlink):
        spoil()
        with pytest.raises(person_keys.WrongKey, match="Inget lästes"):
            persons.deliver("alfa", [BO], year=2018)
        assert len(persons.ask("select from ops.delivery")) == 1
        assert not key.exists() or key.read_text() == "another", "no key is made in the place of a lost one"
    key.write_text(right)
    assert persons.deliver("alfa", [BO], year=2018).state == "accepted"


def test_a_key_is_never_in_the_database(persons):
    persons.deliver("alfa", [ANNA])
    key_rotation.rotate(persons.settings, "ärende 9", "årligt byte")
    kept = everything(persons)
    for version in (1, 2):
        assert (persons.settings.secrets / f"pseudonym_key_{version}").read_text() not in kept


def test_a_new_key_waits_for_the_night(persons):
    persons.deliver("alfa", [ANNA])
    for lock in ("finsam.intake", "finsam.build"):
        with persons.warehouse.connect("finsam_gate") as working:
            working.execute("select pg_advisory_lock_shared(hashtextextended(%s, 0))", (lock,))
            with pytest.raises(connections.AskedInVain, match="pågår"):
                key_rotation.rotate(persons.settings, "ärende 9", "årligt byte")
    assert persons.ask("select version from vault.key_version") == [(1,)]
    assert persons.deliver("alfa", [ANNA], year=2018).state == "accepted", "a key nobody added is not used"
    assert len({row[0] for row in persons.open_rows()}) == 1


# --- retention and releases ---


def test_rows_are_kept_as_long_as_was_decided_and_no_longer(persons):
    for year in (2015, 2016, 2017):
        persons.deliver("alfa", [ANNA, BO], year=year)
        persons.deliver("beta", [ANNA], year=year)
    today = date(2022, 3, 1)
    assert privacy_office.due(persons.settings, today) == []
    decision = persons.case("*", number="dnr 26/14")
    privacy_office.decide_retention(persons.settings, decision, "participants", 5)
    privacy_office.decide_retention(
        persons.settings, persons.case("beta", number="dnr 26/15"), "participants", 6
    )
    waiting = privacy_office.due(persons.settings, today)
    assert [(one.association_id, one.period, one.decision_sv) for one in waiting] == [
        ("alfa", "2015", "dnr 26/14"),
        ("alfa", "2016", "dnr 26/14"),
        ("beta", "2015", "dnr 26/15"),
    ]
    done = privacy_office.remove_due(persons.settings, today)
    assert [(one.rows, one.files) for one in done] == [(4, 4), (1, 1)]
    assert privacy_office.due(persons.settings, today) == []
    assert [one.period for one in persons.told(ANNA)] == ["2017"]
    acts = privacy_office.log(persons.settings)
    assert {(act["case_number"], act["person"]) for act in acts if act["kind"] == "retention"} == {
        ("dnr 26/14", "finsam_privacy"),
        ("dnr 26/15", "finsam_privacy"),
    }
    with pytest.raises(NotDone, match="inga personuppgifter"):
        privacy_office.decide_retention(persons.settings, decision, "ledger", 5)


def test_what_was_released_is_on_record(persons):
    persons.deliver("alfa", [ANNA])
    case = persons.case(number="begäran 3")
    privacy_office.release(
        persons.settings, case, "exit_results 2017", "Länsstyrelsen", "antal under 5 dolda"
    )
    assert persons.ask(
        "select what_sv, recipient_sv, protection_sv, case_number, person from vault.release"
    ) == [("exit_results 2017", "Länsstyrelsen", "antal under 5 dolda", "begäran 3", OFFICER)]
    for empty in (("", "y", "z"), ("x", " ", "z"), ("x", "y", "")):
        with pytest.raises(NotDone, match="Ange"):
            privacy_office.release(persons.settings, case, *empty)
    with pytest.raises(NotDone, match="personnummer"):
        privacy_office.release(persons.settings, case, f"om {ANNA}", "y", "z")


# --- after a restore ---


@pytest.fixture
def guests(foreign_server, tmp_path):
    """The same through FINSAM_WAREHOUSE_URL, on a server whose administrator is no superuser."""
    room = Persons(foreign_server, tmp_path / "home", foreign_server.settings.secrets)
    room.officer()
    yield room
    from ingestion.warehouse import access

    for one in access.logins(room.settings):
        access.revoke(room.settings, one.login)


def test_f75_what_was_done_with_persons_holds_after_a_restore(guests, tmp_path):
    """An older backup knows nothing of a rotation, a change of number, a consent taken back and two erasures."""
    guests.deliver("alfa", [ANNA, BO, CILLA, DAN])
    guests.deliver("beta", [ANNA])
    backup.backup(guests.settings, tmp_path / "copy")
    guests.erase(ANNA)
    key_rotation.rotate(guests.settings, "ärende 9", "årligt byte")
    privacy_office.link(guests.settings, guests.case(), BO, EVA)
    privacy_office.withdraw_consent(guests.settings, guests.case(), CILLA, date(2018, 5, 1))
    guests.deliver("alfa", [EVA, DAN], year=2018)
    guests.erase(DAN)
    acts = [act["act_id"] for act in privacy_office.log(guests.settings)]

    done = backup.restore(guests.settings, tmp_path / "copy")
    assert done.acts == 5 and "fortfarande raderad" in done.summary_sv
    replayed = privacy_office.log(guests.settings)
    assert [act["act_id"] for act in replayed] == acts and all(act["replayed_at"] for act in replayed)
    assert guests.told(ANNA) == [] and guests.told(DAN) == [] and len(guests.told(ANNA, "beta")) == 1
    assert [row[1] for row in guests.open_rows()] == [None, "2018-05-01"]
    again = guests.deliver("alfa", [ANNA, EVA, CILLA, DAN], year=2018)
    assert again.rows_loaded == 2
    assert len({row[0] for row in guests.open_rows()}) == 2
    assert len(guests.told(BO)) == 2
    archived = "".join(
        gzip.decompress(file.read_bytes()).decode()
        for file in guests.settings.archive.glob("alfa/*/*.csv.gz")
    )
    assert len(archived.splitlines()) == 3 + 3 + 2, (
        "three copies, one row of the first and two of the others left out"
    )
    with guests.warehouse.admin() as admin:
        admin.execute(f"drop database {done.kept_as}")


def _pseudonyms(room, number):
    with room.warehouse.connect("finsam_loader") as loader:
        keys = person_keys.held(room.settings, loader)
    return pseudonyms(keys, "alfa", normalise_person_key(number, 2026))
