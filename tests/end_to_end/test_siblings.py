"""Deliveries beside each other: siblings live side by side, versions replace only themselves, overlaps wait for a person."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import psycopg
import pytest

from ingestion import cli, night, overruling, pipeline, report, trial
from ingestion.settings import Settings
from ingestion.warehouse import access, connection, embedded, migrations
from tests.conftest import DEMO, new_warehouse

pytestmark = pytest.mark.xdist_group("siblings")
CLAIM = "Rekvisitionsnr;Rekvisitionsdatum;Kvartal;Insats;Part;Att rekvirera\n"
BUDGET = "Post;År;Belopp;Enhet;Version;Upprättad\n"
MIGRATION = (migrations.DDL / "005_held_deliveries.sql").read_text()
REGISTER = "Insats;Löpnr;Kön;Start;Avslut;Avslut till\n"


def claim(party, amount, quarter="kv3 2031", made="2031-10-14"):
    parties = [party] if isinstance(party, str) else party
    return CLAIM + "".join(f"1;{made};{quarter};Steget;{one};{amount}\n" for one in parties)


class Office:
    """One warehouse; each test has an association of its own, so that none disturbs another."""

    def __init__(self, warehouse):
        self.warehouse, self.settings = warehouse, warehouse.settings
        self.password_file = self.settings.home / "karins lösenord"
        steward = access.Right("person", "none", (access.EVERYTHING,), is_steward=True)
        self.password_file.write_text(access.grant(self.settings, "karin", steward).password)

    def found(self, association_id):
        folder = self.settings.reference / association_id
        folder.mkdir(parents=True)
        (folder / "associations.csv").write_text(
            f"Organisationsnummer;Namn\n222000-9993;Förbundet {association_id}\n"
        )
        (folder / "initiatives.csv").write_text(
            "Insatskod;Namn;Andra namn;Slag av insats;Individinriktad\n"
            "jobb;Jobbcentrum;Jobb-centrum|Jobbcenter;other;ja\nsteg;Steget;;other;ja\n"
        )
        (folder / "members.csv").write_text(
            "Medlemskod;Slag;Namn;Andra namn\nregion;region;Region Fjäll;Regionen\ndalby;kommun;Dalby kommun;\n"
        )
        return Association(self, association_id)


class Association:
    def __init__(self, office, association_id):
        self.office, self.settings, self.id = office, office.settings, association_id

    def send(self, feed, name, content):
        folder = self.settings.landing / self.id / feed
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")

    def receive(self, feed):
        """File -> outcome; a file another test left behind is not this association's."""
        intake = pipeline.receive_feed(self.settings, feed, "test/siblings")
        return {one.file_name: one for one in intake.outcomes if one.association_id == self.id}

    def deliver(self, feed, name, content):
        self.send(feed, name, content)
        return self.receive(feed)[name]

    def claim(self, name, party, amount, **more):
        self.send("project_costs", name, claim(party, amount, **more))
        return self.receive("project_costs")[name]

    def forecast(self, name, day, amount):
        return self.deliver("budgets", name, BUDGET + f"Avgifter;2031;{amount};tkr;prognos;{day}\n")

    def ask(self, statement, *parameters):
        return [
            tuple(row.values())
            for row in self.office.warehouse.query(statement, (self.id, *parameters), role="finsam_audit")
        ]

    def current(self, feed):
        """Scope -> file, of what counts."""
        return dict(
            self.ask(
                "select scope, file_name from ops.current_delivery where association_id = %s and feed_id = %s",
                feed,
            )
        )

    def state(self, outcome):
        ((state,),) = self.ask(
            "select state from ops.delivery where association_id = %s and delivery_id = %s",
            outcome.delivery_id,
        )
        return state

    def overrule(self, verb, outcome, reason="så är det"):
        karin = replace(self.settings, login_password_file=self.office.password_file)
        return overruling.overrule(karin, verb, outcome.delivery_id, reason, "test/overrule", "karin")


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    home = tmp_path_factory.mktemp("siblings") / "home"
    try:
        made = new_warehouse(home)
        shutil.copytree(DEMO / "reference" / "common", home / "reference" / "common")
        yield Office(made)
    finally:
        embedded.remove(Settings(home=home))


@pytest.fixture
def own(office, request):
    return office.found(request.node.name.removeprefix("test_").replace("_", "-")[:60])


# --- side by side ---


def test_two_owners_claims_for_one_quarter(own):
    own.send("project_costs", "dalby.csv", claim("Dalby kommun", 200))
    own.send(
        "project_costs", "region_kv2.csv", claim("Region Fjäll", 50, quarter="kv2 2031", made="2031-07-14")
    )
    first = own.claim("region.csv", "Regionen", 100)
    corrected = own.claim("region_rättad.csv", "REGION FJÄLL", 101, made="2031-10-20")
    assert own.ask(
        "select scope, period, file_name from ops.current_delivery where association_id = %s order by 1, 2"
    ) == [
        ("dalby", "2031-Q3", "dalby.csv"),
        ("region", "2031-Q2", "region_kv2.csv"),
        ("region", "2031-Q3", "region_rättad.csv"),
    ]
    assert (own.state(first), own.state(corrected)) == ("superseded", "accepted")


def test_two_initiatives_registers_for_one_year(own):
    own.send("participants", "steget_2021.csv", REGISTER + "Steget;A-1;man;2021-01-01;;\n")
    own.send("participants", "jobb_2021.csv", REGISTER + "Jobbcentrum;A-1;man;2021-01-01;;\n")
    # the same bytes under another year are another year's register
    own.send("participants", "jobb_2022.csv", REGISTER + "Jobbcentrum;A-1;man;2021-01-01;;\n")
    own.receive("participants")
    own.deliver("participants", "jobb_ny_2021.csv", REGISTER + "Jobbcentrum;A-2;man;2021-01-01;;\n")
    assert own.ask(
        "select scope, period, file_name from ops.current_delivery where association_id = %s order by 1, 2"
    ) == [
        ("jobb", "2021", "jobb_ny_2021.csv"),
        ("jobb", "2022", "jobb_2022.csv"),
        ("steg", "2021", "steget_2021.csv"),
    ]


def test_two_spellings_of_one_initiative_are_one_scope(own):
    first = own.deliver("participants", "a_2021.csv", REGISTER + "Jobb-centrum;A-1;man;2021-01-01;;\n")
    own.deliver("participants", "b_2021.csv", REGISTER + "JOBBCENTER;A-1;man;2021-01-02;;\n")
    assert own.current("participants") == {"jobb": "b_2021.csv"}
    assert own.state(first) == "superseded"


def test_a_part_the_register_learns_of_later_does_not_count_twice(own):
    """The usual way in: an unknown name is a finding, the office adds it as an alias, the owner sends again."""
    first = own.claim("först.csv", "Reg. Fjäll", 100)
    assert own.current("project_costs") == {"reg. fjäll": "först.csv"}
    (own.settings.reference / own.id / "members.csv").write_text(
        "Medlemskod;Slag;Namn;Andra namn\nregion;region;Region Fjäll;Reg. Fjäll\n"
    )
    own.claim("sedan.csv", "Region Fjäll", 100)
    assert own.current("project_costs") == {"region": "sedan.csv"}
    assert own.state(first) == "superseded"


def test_a_spring_and_an_autumn_forecast(own):
    own.forecast("vår.csv", "2031-05-04", 23090)
    own.forecast("höst.csv", "2031-09-16", 22770)
    own.forecast("höst_rättad.csv", "2031-09-16", 22771)
    assert own.current("budgets") == {
        "forecast/2031-05-04": "vår.csv",
        "forecast/2031-09-16": "höst_rättad.csv",
    }
    assert own.ask(
        "select amount_sek, unit from raw.budgets inner join ops.current_delivery on _delivery_id = delivery_id"
        " where association_id = %s order by 1"
    ) == [("22771000.00", "tkr"), ("23090000.00", "tkr")]


def test_the_order_is_when_it_was_made_not_when_it_came(own):
    """F10: the correction arrives before the original."""
    own.claim("rättad.csv", "Regionen", 101, made="2031-11-02")
    late = own.claim("ursprunglig.csv", "Regionen", 100, made="2031-10-14")
    assert late.state == "superseded"
    assert own.current("project_costs") == {"region": "rättad.csv"}
    assert own.ask(
        "select distinct made_at::date::text, made_at_source from ops.delivery where association_id = %s order by 1"
    ) == [("2031-10-14", "file"), ("2031-11-02", "file")]


def test_an_agreed_unit_that_changes_has_a_refused_file_looked_at_again(own):
    """The file waits in the inbox with its own total in kronor; the agreement on its header is what was wrong."""
    file = "prognos.csv"
    text = "Post;År;Plan;Version;Upprättad;Enhet\nAvgifter;2031;5;prognos;2031-09-16;\nSumma;;5000;;;kr\n"
    for unit, state in (("kr", "rejected"), ("kr", "already_delivered"), ("tkr", "accepted")):
        (own.settings.reference / own.id / "header_aliases.csv").write_text(
            f"Leverans;Rubrik;Kolumn;Enhet\nbudgets;Plan;amount_sek;{unit}\n"
        )
        own.send("budgets", file, text)
        path = own.settings.landing / own.id / "budgets" / file
        assert trial.check(own.settings, path, "budgets", own.id).is_accepted == (state == "accepted")
        assert own.receive("budgets")[file].state == state
    assert own.ask(
        "select amount_sek, unit from raw.budgets inner join ops.current_delivery on _delivery_id = delivery_id"
        " where association_id = %s"
    ) == [("5000.00", "tkr")]


# --- overlaps ---


@pytest.fixture
def held(own):
    """Two owners' claims that count, and the office's list of both, which waits."""
    own.send("project_costs", "dalby.csv", claim("Dalby kommun", 200))
    own.send("project_costs", "region.csv", claim("Regionen", 100))
    own.dalby, own.region = own.receive("project_costs").values()
    own.before = own.current("project_costs")
    own.inputs = own.ask("select input_hash from ops.association_inputs('m', 'r') where association_id = %s")
    own.list = own.claim("kansliets.csv", ("Regionen", "Dalby kommun"), 7)
    return own


def test_an_office_list_over_owners_claims_is_held_and_readers_notice_nothing(held):
    assert held.list.state == "held"
    assert "region.csv" in held.list.reason_sv and "dalby.csv" in held.list.reason_sv
    assert held.current("project_costs") == held.before
    assert (
        held.ask("select input_hash from ops.association_inputs('m', 'r') where association_id = %s")
        == held.inputs
    )
    # nothing is lost and nothing is taken twice
    assert not list((held.settings.landing / held.id).rglob("*.csv"))
    archived = {path.name for path in (held.settings.archive / held.id / "project_costs").iterdir()}
    assert f"{held.list.delivery_id}.csv.gz" in archived
    again = held.claim("samma_igen.csv", ("Regionen", "Dalby kommun"), 7)
    assert (again.state, again.delivery_id) == ("already_delivered", held.list.delivery_id)
    seen = held.office.warehouse.query(
        "select state, reason_sv from marts.delivery_status where delivery_id = %s", (held.list.delivery_id,)
    )
    assert [row["state"] for row in seen] == ["held"] and "region.csv" in seen[0]["reason_sv"]


def test_the_summary_says_what_waits_and_what_to_do(held):
    said = report.night_summary(held.settings)
    assert "VÄNTAR PÅ BESLUT" in said and f"finsam approve {held.list.delivery_id}" in said
    assert "kansliets.csv" not in said.split("AVVISAT")[1].split("PUBLICERAT")[0]


def test_approved_it_covers_the_parts_until_it_is_withdrawn(held):
    done = held.overrule("approve", held.list, "listan är komplett")
    assert done.changed == {held.region.delivery_id: "superseded", held.dalby.delivery_id: "superseded"}
    assert held.current("project_costs") == {"office": "kansliets.csv"}
    assert (
        held.ask("select input_hash from ops.association_inputs('m', 'r') where association_id = %s")
        != held.inputs
    )
    assert held.ask(
        "select e.to_state, e.person, e.actor, e.reason_sv from ops.delivery_event as e"
        " inner join ops.delivery using (delivery_id) where association_id = %s and person is not null order by file_name"
    ) == [
        ("superseded", "karin", "karin",
         f"Ersatt av kansliets.csv ({held.list.delivery_id}): listan är komplett"),
        ("accepted", "karin", "karin", "listan är komplett"),
        ("superseded", "karin", "karin",
         f"Ersatt av kansliets.csv ({held.list.delivery_id}): listan är komplett"),
    ]  # fmt: skip
    # a part that comes now waits in its turn, and revives no older part
    late = held.claim("region_rättad.csv", "Regionen", 102, made="2031-10-20")
    assert late.state == "held" and "kansliets.csv" in late.reason_sv
    assert held.current("project_costs") == {"office": "kansliets.csv"}
    with pytest.raises(overruling.DecisionRefused, match=r"bara en del.*kansliets\.csv.*reject.*withdraw"):
        held.overrule("approve", late)
    # the list's own corrections follow as usual
    newer = held.claim("kansliets_rättad.csv", ("Regionen", "Dalby kommun"), 8, made="2031-10-21")
    assert newer.state == "accepted"
    held.overrule("withdraw", newer)
    assert held.current("project_costs") == {"office": "kansliets.csv"}
    held.overrule("withdraw", held.list)
    assert held.current("project_costs") == held.before
    held.overrule("approve", late)
    assert held.current("project_costs") == {"region": "region_rättad.csv", "dalby": "dalby.csv"}


def test_rejected_it_stays_rejected(held, capsys):
    held.overrule("reject", held.list, "dubbel räkning")
    assert held.current("project_costs") == held.before
    refusal = held.settings.quarantine / held.list.delivery_id / "refusal.txt"
    assert "dubbel räkning (beslut av karin)" in refusal.read_text()
    again = held.claim("kansliets.csv", ("Regionen", "Dalby kommun"), 7)
    assert (again.state, again.reason_sv) == ("already_delivered", "avvisad förut, se beskedet")
    with held.office.warehouse.admin() as connected:  # also when the code has changed since
        connected.execute("update ops.delivery set checked_with = 'older'")
    assert held.receive("project_costs")["kansliets.csv"].state == "already_delivered"
    assert "dubbel räkning" in report.night_summary(held.settings)
    # and can be regretted
    held.overrule("approve", held.list, "ändå rätt")
    assert held.current("project_costs") == {"office": "kansliets.csv"}


def test_a_withdrawn_version_gives_the_former_back(own):
    own.claim("först.csv", "Regionen", 100)
    second = own.claim("sedan.csv", "Regionen", 101, made="2031-10-20")
    own.overrule("withdraw", second)
    assert own.current("project_costs") == {"region": "först.csv"}
    own.overrule("approve", second, "fel fil återtogs")
    assert own.current("project_costs") == {"region": "sedan.csv"}


def test_decisions_that_cannot_be_made_say_why(held):
    for verb, outcome, state in (
        ("approve", held.region, "godtagen"),
        ("reject", held.region, "godtagen"),
        ("withdraw", held.list, "väntar på beslut"),
    ):
        with pytest.raises(overruling.NotDecidable, match=state):
            held.overrule(verb, outcome)
    bad = held.claim("fel.csv", "Regionen", "tolv")
    with pytest.raises(overruling.NotDecidable, match="rätta filen"):
        held.overrule("approve", bad)
    with (
        connection.connect(held.settings, "finsam_gate") as gate,
        pytest.raises(psycopg.errors.RaiseException),
    ):
        gate.execute("select ops.decide_delivery(%s, 'accepted', null, 'test')", (held.list.delivery_id,))
    karin = replace(held.settings, login_password_file=held.office.password_file)
    with connection.connect_person(karin, "karin") as person, pytest.raises(psycopg.errors.RaiseException):
        person.execute("select ops.overrule_delivery(%s, 'accepted', ' ', 'test')", (held.list.delivery_id,))


def test_two_intakes_at_once_cannot_both_find_nothing_in_their_way(own):
    """The gate decides a part and the list of all parts at the same moment, twenty times."""
    states = []
    for quarter in range(20):
        ids = [f"{own.id[:20]}-{quarter}-{scope}" for scope in ("region", "office")]
        with connection.connect(own.settings, "finsam_loader") as loader:
            for delivery_id, scope in zip(ids, ("region", "office"), strict=True):
                loader.execute(
                    "insert into ops.delivery (delivery_id, feed_id, association_id, scope, period, content_id,"
                    " file_name, byte_count, state, run_id, code_version)"
                    " values (%s, 'project_costs', %s, %s, %s, %s, 'f', 1, 'received', 't', 't')",
                    (delivery_id, own.id, scope, f"q{quarter}", delivery_id),
                )
        with ThreadPoolExecutor(2) as both:
            states.append(sorted(both.map(lambda one: decide(own.settings, one), ids)))
    assert states == [["accepted", "held"]] * 20


def decide(settings, delivery_id):
    with connection.connect(settings, "finsam_gate") as gate:
        row = gate.execute(
            "select ops.decide_delivery(%s, 'accepted', null, 'test')", (delivery_id,)
        ).fetchone()
    return row[0]


def test_the_command_answers_in_swedish_and_as_data(held, monkeypatch, capsys):
    monkeypatch.setenv("FINSAM_HOME", str(held.settings.home))
    monkeypatch.setenv("FINSAM_LOGIN_PASSWORD_FILE", str(held.office.password_file))
    own = ["--login", "karin"]
    assert cli.main(["withdraw", "finns-inte", "--reason", "x", *own]) == cli.WRONG_USE
    assert "Ingen leverans heter finns-inte" in capsys.readouterr().err
    assert cli.main(["approve", held.list.delivery_id, "--reason", " ", *own]) == cli.WRONG_USE
    capsys.readouterr()
    assert cli.main(["approve", held.list.delivery_id, "--reason", "rätt", *own, "--json"]) == cli.DONE
    assert json.loads(capsys.readouterr().out)["state"] == "accepted"
    late = held.claim("sen.csv", "Regionen", 5, made="2031-12-01")
    assert cli.main(["approve", late.delivery_id, "--reason", "x", *own]) == cli.REFUSED
    assert "bara en del" in capsys.readouterr().err
    assert cli.main(["reject", late.delivery_id, "--reason", "x", *own]) == cli.DONE
    assert "är avvisad" in capsys.readouterr().out


def test_registers_called_whole_before_are_registers_of_all_now(own):
    """An upgraded warehouse: the former register goes on counting, and a new one of all initiatives replaces it."""
    old = own.deliver(
        "participants",
        "alla_2021.csv",
        REGISTER + "Steget;A-1;man;2021-01-01;;\nJobbcentrum;A-2;man;2021-01-01;;\n",
    )
    with own.office.warehouse.admin() as connected:
        connected.execute(
            "update ops.delivery set scope = 'whole' where delivery_id = %s", (old.delivery_id,)
        )
        (rename,) = [part for part in MIGRATION.split("\n\n") if "where feed_id = 'participants'" in part]
        connected.execute(rename)
    own.deliver(
        "participants",
        "nya_2021.csv",
        REGISTER + "Steget;A-1;man;2021-01-01;;\nJobbcentrum;A-3;man;2021-01-01;;\n",
    )
    assert own.current("participants") == {"all": "nya_2021.csv"}
    assert own.state(old) == "superseded"


# --- to the figures ---


def test_a_spell_over_new_year_in_two_registers_counts_once(own):
    own.send("participants", "steget_2021.csv", REGISTER + "Steget;A-1;man;2021-11-01;;\n")
    own.send("participants", "steget_2022.csv", REGISTER + "Steget;A-1;man;2021-11-01;2022-03-01;Arbete\n")
    night.nightly(own.settings, "test/new year", business_date=date(2022, 12, 31))
    flow = own.office.warehouse.query(
        "select fiscal_year, participant_count, new_count, ended_count from marts_internal.participant_flow"
        " where association_id = %s order by 1",
        (own.id,),
    )
    assert [tuple(row.values()) for row in flow] == [(2021, 1, 1, 0), (2022, 1, 0, 1)]
