"""Order and holding, faults F02, F05, F08–F14, F33, F36 and F37: two nights of one warehouse, an association per fault.

The first night brings what stands, the second what is odd about it. Readers see the same as before until a person has
decided. What cannot be settled by a file alone is tried on facts.
"""

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from expectations import gate
from expectations.rule import DeliveryFacts, History
from expectations.suites import suite_for
from expectations.verdict import verdict
from ingestion import cli, inbox, night, overruling, pipeline, report
from ingestion.feeds import all_feeds
from ingestion.settings import Settings
from ingestion.warehouse import access, connection, embedded
from ingestion.warehouse.access import Right
from tests.conftest import new_warehouse

pytestmark = pytest.mark.xdist_group("order and holding")
PERSON = (Path(cli.__file__).parent / "demo/sources/test_personnummer.txt").read_text().split()[0]
DIGITS = "".join(filter(str.isdigit, PERSON))
OWN_NUMBER, ANOTHERS = "222000-9993", "222000-5555"
HELD = {"f05", "f05-total", "f13", "f13-senders", "f33", "f37-fewer", "f37-more", "f37-ore"}
FEES = "avgifter_2031.csv"


def fees(rows, amount=1000, total=True, year=2031, first="Medlem 0"):
    lines = [f"{first if not at else f'Medlem {at}'};{year};{amount}" for at in range(rows)]
    lines += [f"Summa;;{rows * amount}"] * total
    return "\n".join(["Medlem;År;Belopp", *lines, ""])


def claim(amount, made):
    return (
        "Rekvisitionsnr;Rekvisitionsdatum;Kvartal;Insats;Part;Att rekvirera\n"
        f"1;{made};kv3 2031;Steget;Region Fjäll;{amount}\n"
    )


def ledger(amount, program="Ena programmet 1.0", number=OWN_NUMBER, text="Hyra", name="Förbundet"):
    return (
        f'#FLAGGA 0\n#PROGRAM "{program.rpartition(" ")[0]}" {program.rpartition(" ")[2]}\n#FORMAT PC8\n#GEN 20320110\n'
        f'#SIETYP 4\n#ORGNR {number}\n#FNAMN "{name}"\n#RAR 0 20310101 20311231\n#KONTO 1930 "Bank"\n'
        f'#KONTO 5010 "Hyra"\n#VER A 1 20310301 "{text}"\n{{\n#TRANS 5010 {{}} {amount}\n#TRANS 1930 {{}} -{amount}\n}}\n'
    )


FIRST_NIGHT = {
    **{(name, "member_fees", FEES): fees(30) for name in (
        "f02", "f05", "f05-total", "f08", "f09", "f11", "f12", "f13", "f33", "f36", "f37-fewer", "f37-more", "f37-ore"
    )},
    ("f05-unproven", "member_fees", FEES): fees(30, total=False),
    ("f11", "member_fees", "avgifter_2030.csv"): fees(30, year=2030),
    ("f10", "project_costs", "rättad.csv"): claim(101, "2031-11-02"),
    ("f10-in-order", "project_costs", "a_ursprunglig.csv"): claim(100, "2031-10-14"),
    ("f13-senders", "ledger", "bok_ena.se"): ledger(500),
    ("f14", "ledger", "bok.se"): ledger(500),
}  # fmt: skip
SECOND_NIGHT = {
    ("f02", "member_fees", "tom.csv"): fees(0, total=False),
    ("f05", "member_fees", "avklippt.csv"): fees(8, total=False),
    ("f05-total", "member_fees", "avklippt.csv"): fees(29, total=False),
    ("f05-unproven", "member_fees", "avklippt.csv"): fees(29, total=False),
    ("f08", "member_fees", "samma under nytt namn.csv"): fees(30),
    ("f09", "member_fees", FEES): fees(31, 1100),
    ("f10", "project_costs", "ursprunglig.csv"): claim(100, "2031-10-14"),
    ("f10-in-order", "project_costs", "rättad.csv"): claim(101, "2031-11-02"),
    ("f11", "member_fees", "avgifter_2030_sen.csv"): fees(30, 900, year=2030),
    ("f12", "member_fees", "rättad.csv"): fees(27),
    ("f13", "member_fees", "från kansliet.csv"): fees(30, 1001),
    ("f13", "member_fees", "från ekonomin.csv"): fees(30, 1002),
    ("f13-senders", "ledger", "bok_andra.se"): ledger(600, "Andra programmet 2.0"),
    ("f14", "ledger", "grannens.se"): ledger(700, number=ANOTHERS, name="Grannen"),
    ("f33", "member_fees", "text.csv"): fees(30, first=f"Anna {PERSON}"),
    ("f33", "member_fees", "belopp.csv"): fees(3, total=False).replace("1000", DIGITS[2:], 1),
    ("f33", "member_fees", f"avgift {PERSON}.csv"): fees(4),
    ("f33", "member_fees", "rubrik.csv"): fees(5).replace("Belopp", f"Belopp;{PERSON}", 1),
    ("f33", "ledger", "verifikation.se"): ledger(500, text=f"Taxi {PERSON}"),
    ("f33", "ledger", "orgnr.se"): ledger(500, number=PERSON),
    ("f36", "member_fees", "igen.csv"): fees(30, 1200),
    ("f37-fewer", "member_fees", "tiondel.csv"): fees(3),
    ("f37-more", "member_fees", "tio gånger.csv"): fees(300),
    ("f37-ore", "member_fees", "ören.csv"): fees(30, 100_000),
}


class House:
    """The warehouse, what its nights answered, and what readers saw after each."""

    def __init__(self, warehouse):
        self.warehouse, self.settings = warehouse, warehouse.settings
        self.seen = []
        for name in sorted({key[0] for key in FIRST_NIGHT}):
            folder = self.settings.reference / name
            folder.mkdir(parents=True)
            (folder / "associations.csv").write_text(
                f"Organisationsnummer;Namn\n{OWN_NUMBER};Förbundet {name}\n"
            )
        members = "".join(f"m{at};kommun;Medlem {at};\n" for at in range(30))
        for name in ("f11", "f12"):
            register = self.settings.reference / name / "members.csv"
            register.write_text("Medlemskod;Slag;Namn;Andra namn\n" + members)
        self.first = self.night(FIRST_NIGHT)
        self.steward("karin", (access.EVERYTHING,))
        self.second = self.night(SECOND_NIGHT, workbook_for="f33")

    def steward(self, login, associations):
        granted = access.grant(self.settings, login, Right("person", "none", associations, is_steward=True))
        if granted.password:  # the same login keeps the one it has
            (self.settings.home / login).write_text(granted.password)

    def night(self, files, workbook_for=None):
        for (association, feed, name), content in files.items():
            self.folder(association, feed).mkdir(parents=True, exist_ok=True)
            (self.folder(association, feed) / name).write_text(content, encoding="utf-8")
        if workbook_for:
            self.send_workbook(workbook_for)
        done = night.nightly(self.settings, "test/night")
        self.build = done.build
        self.seen.append(self.warehouse.contents())
        return {(o.association_id, o.file_name): o for intake in done.intakes for o in intake.outcomes}

    def send_workbook(self, association):
        import openpyxl

        book = openpyxl.Workbook()
        book.active.title = f"Ek {PERSON}"
        for line in fees(6).splitlines():
            book.active.append(line.split(";"))
        book.save(self.folder(association, "member_fees") / "blad.xlsx")

    def folder(self, association, feed):
        return self.settings.landing / association / feed

    def ask(self, statement, *parameters):
        return [
            tuple(row.values()) for row in self.warehouse.query(statement, parameters, role="finsam_audit")
        ]

    def current(self, association):
        return self.ask(
            "select period, file_name from ops.current_delivery where association_id = %s"
            " and period <> 'whole' order by 1, 2",
            association,
        )

    def amounts(self, association, feed="member_fees"):
        """Rows and kronor that count."""
        ((rows, kronor),) = self.ask(
            f"select count(*)::int, sum(amount_sek::numeric)::int from raw.{feed}"
            " inner join ops.current_delivery on delivery_id = _delivery_id where association_id = %s",
            association,
        )
        return rows, kronor

    def fees_as_of(self, association, year):
        """Members with a fee and kronor, as each generation published them."""
        rows = self.warehouse.query(
            "select count(*) filter (where decided_sek > 0)::int as members, sum(decided_sek)::int as kronor"
            " from marts_asof.member_fee_shares where association_id = %s and fiscal_year = %s"
            " group by generation order by generation",
            (association, year),
        )
        return [tuple(row.values()) for row in rows]

    def record(self, delivery_id):
        ((found),) = self.warehouse.query(
            "select * from ops.delivery where delivery_id = %s", (delivery_id,), role="finsam_audit"
        )
        return found

    def rows_of(self, delivery_id, feed="member_fees"):
        ((count,),) = self.ask(f"select count(*)::int from raw.{feed} where _delivery_id = %s", delivery_id)
        return count

    def overrule(self, verb, delivery_id, reason="det stämmer", login="karin"):
        own = replace(self.settings, login_password_file=self.settings.home / login)
        return overruling.overrule(own, verb, delivery_id, reason, "test/decision", login)

    def of(self, association):
        """What readers of one association saw after each night."""
        return [
            {view: [row for row in rows if association in row] for view, rows in seen.items()}
            for seen in self.seen
        ]

    def everything_written(self):
        """Every table, view's source, notice, log and copy, as one text."""
        with self.warehouse.admin() as admin:
            tables = admin.execute(
                "select format('%I.%I', schemaname, tablename) from pg_tables"
                " where schemaname in ('ops', 'raw', 'store', 'migrations', 'staging', 'intermediate', 'candidate')"
            ).fetchall()
            texts = [
                str(admin.execute(f"select t::text from {table} as t").fetchall()) for (table,) in tables
            ]
        for folder in (self.settings.quarantine, self.settings.archive, self.settings.logs):
            for file in (path for path in folder.rglob("*") if path.is_file()):
                content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
                texts += [str(file), content.decode("utf-8", "replace")]
        return "\n".join(texts)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    home = tmp_path_factory.mktemp("holding") / "home"
    try:
        yield House(new_warehouse(home))
    finally:
        embedded.remove(Settings(home=home))


def second(house, association, name):
    return house.second[association, name]


# --- readers ---


def test_readers_see_the_same_as_before_until_somebody_decides(house):
    assert {outcome.association_id for outcome in house.second.values() if outcome.state == "held"} == HELD
    assert not HELD & set(house.build.scope)
    for association in sorted(HELD | {"f02", "f08", "f14"}):
        before, after = house.of(association)
        assert any(before.values())
        assert after == before, association


def test_the_summary_counts_what_waits_and_says_what_to_do(house):
    said = report.night_summary(house.settings)
    waiting = report.status(house.settings)["deliveries"]
    held = [one for one in waiting if one["state"] == "held"]
    assert f"VÄNTAR PÅ BESLUT ({len(held)})" in said
    for one in held:
        assert f"finsam approve {one['delivery_id']} --reason SKÄL --login INLOGGNING" in said
    notice = (house.settings.quarantine / held[0]["delivery_id"] / "refusal.txt").read_text()
    assert "väntar på beslut" in notice and held[0]["reason_sv"] in notice


# --- one file and what stands ---


def test_f02_a_header_alone_is_refused_and_never_means_all_removed(house):
    refused = second(house, "f02", "tom.csv")
    assert refused.state == "rejected" and "STR-002" in refused.reason_sv
    assert house.amounts("f02") == (30, 30_000)


FACTS = DeliveryFacts("ny", "provet", all_feeds()["member_fees"], 1, 0, 0, 1, completeness="proven")
STOOD = History("gammal", "2031", 30, "proven", {"amount_sek": "30000.00"}, is_same_period=True)


def judged(facts):
    """The verdict of the rules that need an account or history alone."""
    measured = {
        rule.rule.id: rule.measure(None).result(facts)
        for rule in suite_for(facts.feed.id).gate_rules
        if rule.rule.id.startswith(("HIS", "STR"))
    }
    evidence = gate.judge([replace(facts, measured=measured)])
    return verdict(evidence, facts.feed), {item.rule_id: item.status for item in evidence}


def test_f02_a_signed_zero_delivery_is_taken_and_held_where_rows_stood():
    assert judged(FACTS)[0].rule_ids == ("STR-002",)
    signed = replace(FACTS, is_zero=True)
    assert judged(signed)[0].state == "accepted"
    held, statuses = judged(replace(signed, history=STOOD))
    assert (held.state, held.rule_ids) == ("held", ("HIS-004",))
    assert statuses["HIS-001"] == "not_applicable"
    assert judged(replace(signed, history=replace(STOOD, is_same_period=False)))[0].state == "accepted"


def test_rules_against_history_do_not_apply_without_one():
    _, statuses = judged(replace(FACTS, rows_read=3, rows_loaded=3, rows_non_data=0))
    assert {status for rule_id, status in statuses.items() if rule_id.startswith("HIS")} == {"not_applicable"}


@pytest.mark.parametrize(
    ("feed", "rows", "then", "same_period", "state"),
    [
        ("member_fees", 12, 8, True, "accepted"),  # small files fluctuate
        ("member_fees", 1, 9, True, "accepted"),
        ("member_fees", 15, 30, True, "accepted"),
        ("member_fees", 14, 30, True, "held"),
        ("project_costs", 60, 15, True, "accepted"),
        ("project_costs", 61, 15, True, "held"),
        ("project_costs", 61, 15, False, "accepted"),
        ("project_costs", 150, 15, False, "held"),
        ("ledger", 9_000, 300, True, "accepted"),  # a year is booked until it is closed
        ("ledger", 290, 300, True, "accepted"),
        ("ledger", 8_800, 9_000, True, "held"),
        ("ledger", 300, 9_000, False, "accepted"),  # a new year begins
        ("ledger", 90_000, 9_000, False, "held"),
        ("participants", 900, 40, True, "accepted"),
        ("participants", 400, 900, True, "held"),
    ],
)
def test_f37_bands(feed, rows, then, same_period, state):
    history = replace(STOOD, rows_loaded=then, sums={}, is_same_period=same_period)
    facts = replace(
        FACTS, feed=all_feeds()[feed], rows_read=rows, rows_loaded=rows, rows_non_data=0, history=history
    )
    assert judged(facts)[0].state == state


def test_f05_a_cut_before_the_total_row_is_held(house):
    cut = second(house, "f05", "avklippt.csv")
    record = house.record(cut.delivery_id)
    assert record["held_by"] == ["HIS-001", "HIS-003"]
    assert "8 rader mot 30 i den som gäller" in cut.reason_sv
    assert (record["state"], record["completeness"], house.rows_of(cut.delivery_id)) == (
        "held",
        "unproven",
        8,
    )
    assert house.record(second(house, "f05-total", "avklippt.csv").delivery_id)["held_by"] == ["HIS-003"]


def test_f05_a_cut_within_its_band_loads_as_unproven_where_none_ever_had_a_total(house):
    cut = second(house, "f05-unproven", "avklippt.csv")
    assert (cut.state, house.record(cut.delivery_id)["completeness"]) == ("accepted", "unproven")
    assert house.amounts("f05-unproven") == (29, 29_000)


@pytest.mark.parametrize(
    ("association", "name", "rule", "said"),
    [
        ("f37-fewer", "tiondel.csv", "HIS-001", "3 rader mot 30"),
        ("f37-more", "tio gånger.csv", "HIS-001", "300 rader mot 30"),
        ("f37-ore", "ören.csv", "HIS-002", "100 000,00 kronor per rad mot 1 000,00"),
    ],
)
def test_f37_a_tenth_ten_times_and_a_hundredfold_are_held_until_approved(
    house, association, name, rule, said
):
    held = second(house, association, name)
    assert (held.state, house.record(held.delivery_id)["held_by"]) == ("held", [rule])
    assert said in held.reason_sv
    assert house.amounts(association) == (30, 30_000)
    done = house.overrule("approve", held.delivery_id, "avtalat")
    assert house.current(association) == [("2031", name)]
    assert "30" in done.summary_sv and "ersätter avgifter_2031.csv" in done.summary_sv
    ((detail,),) = house.ask(
        "select detail from ops.evidence where subject = %s and rule_id = %s",
        f"delivery:{held.delivery_id}",
        rule,
    )
    assert (detail["approved_by"], detail["approved_because"]) == ("karin", "avtalat")
    assert house.record(held.delivery_id)["approved_rules"] == [rule]


# --- order ---


def test_f08_the_same_bytes_again_add_nothing(house):
    again = second(house, "f08", "samma under nytt namn.csv")
    assert (again.state, again.delivery_id) == ("already_delivered", house.first["f08", FEES].delivery_id)
    assert house.amounts("f08") == (30, 30_000)
    assert not list(house.folder("f08", "member_fees").iterdir())


def test_f09_the_same_name_with_new_bytes_is_a_new_version_and_says_what_it_changed(house):
    former, new = house.first["f09", FEES], second(house, "f09", FEES)
    assert (house.record(former.delivery_id)["state"], new.state) == ("superseded", "accepted")
    changed = "ersätter avgifter_2031.csv: 30 → 31 rader, Belopp i kronor 30 000,00 → 34 100,00 (summor utan tecken)"
    assert new.line_sv.endswith(changed)
    assert "RÄTTAT" in report.night_summary(house.settings)
    (said,) = [
        one for one in report.status(house.settings)["deliveries"] if one["delivery_id"] == new.delivery_id
    ]
    assert said["restates"]["rows"] == [30, 31]
    assert house.record(new.delivery_id)["restates"] == {
        "delivery_id": former.delivery_id,
        "file_name": FEES,
        "rows": [30, 31],
        "sums": {"amount_sek": ["30000.00", "34100.00"]},
    }
    kept = {
        path.name.partition(".")[0] for path in (house.settings.archive / "f09" / "member_fees").iterdir()
    }
    assert kept == {former.delivery_id, new.delivery_id}
    assert (house.rows_of(former.delivery_id), house.rows_of(new.delivery_id)) == (30, 31)


def test_f10_a_correction_before_its_original_gives_what_the_right_order_gives(house):
    assert second(house, "f10", "ursprunglig.csv").state == "superseded"
    assert second(house, "f10-in-order", "rättad.csv").state == "accepted"
    for association in ("f10", "f10-in-order"):
        assert house.current(association) == [("2031-Q3", "rättad.csv")]
        assert house.amounts(association, "project_costs") == (1, 101)


def test_f11_an_old_period_that_comes_late_restates_only_itself(house):
    late = second(house, "f11", "avgifter_2030_sen.csv")
    assert late.state == "accepted" and "30 000,00 → 27 000,00" in late.line_sv
    assert house.record(late.delivery_id)["made_at_source"] == "arrival"
    assert house.current("f11") == [("2030", "avgifter_2030_sen.csv"), ("2031", FEES)]
    assert house.fees_as_of("f11", 2031) == [(30, 30_000), (30, 30_000)]
    assert house.fees_as_of("f11", 2030) == [(30, 30_000), (30, 27_000)]


def test_f12_rows_that_a_correction_removes_are_gone_now_and_there_as_of_then(house):
    assert second(house, "f12", "rättad.csv").state == "accepted"
    assert house.amounts("f12") == (27, 27_000)
    assert house.fees_as_of("f12", 2031) == [(30, 30_000), (27, 27_000)]


def test_f13_two_files_of_one_night_for_one_period_wait_for_a_person(house):
    one, other = second(house, "f13", "från ekonomin.csv"), second(house, "f13", "från kansliet.csv")
    assert (one.state, other.state) == ("held", "held")
    assert "från kansliet.csv" in one.reason_sv and "från ekonomin.csv" in other.reason_sv
    assert house.current("f13") == [("2031", FEES)]
    done = house.overrule("approve", other.delivery_id, "kansliets gäller")
    assert done.changed[one.delivery_id] == "rejected"
    assert house.current("f13") == [("2031", "från kansliet.csv")]
    refused = house.record(one.delivery_id)
    assert "från kansliet.csv" in refused["reason_sv"] and refused["decided_by"] == "karin"
    notice = (house.settings.quarantine / one.delivery_id / "refusal.txt").read_text()
    assert "lät från kansliet.csv" in notice and "beslut av karin" in notice


def test_f13_another_senders_ledger_waits_while_the_first_stands(house):
    first, newer = house.first["f13-senders", "bok_ena.se"], second(house, "f13-senders", "bok_andra.se")
    assert house.record(newer.delivery_id)["held_by"] == ["two_senders"]
    assert "bok_ena.se (gäller, från ena programmet" in newer.reason_sv
    assert house.current("f13-senders") == [("2031", "bok_ena.se")]
    house.overrule("approve", newer.delivery_id, "ny byrå")
    assert house.current("f13-senders") == [("2031", "bok_andra.se")]
    house.overrule("withdraw", newer.delivery_id, "ändå inte")
    assert house.current("f13-senders") == [("2031", "bok_ena.se")]
    assert house.record(first.delivery_id)["state"] == "accepted"


def test_f14_anothers_file_is_refused_and_visible_to_nobody(house):
    refused = second(house, "f14", "grannens.se")
    assert refused.state == "rejected" and "STR-013" in refused.reason_sv
    assert house.rows_of(refused.delivery_id, "ledger") == 0
    assert house.current("f14") == [("2031", "bok.se")]
    assert "700.00" not in str(house.of("f14")[1])


def test_f36_the_same_keys_in_a_later_file_are_its_corrections(house):
    assert second(house, "f36", "igen.csv").state == "accepted"
    assert house.amounts("f36") == (30, 36_000)


# --- persons ---

PRIVATE = ("text.csv", "belopp.csv", "rubrik.csv", "blad.xlsx", "verifikation.se", "orgnr.se")


def test_f33_a_number_in_the_wrong_place_holds_the_delivery_and_is_written_nowhere(house):
    outcomes = [second(house, "f33", name) for name in PRIVATE]
    outcomes += [o for (who, name), o in house.second.items() if who == "f33" and name.startswith("avgift •")]
    assert len(outcomes) == 7
    for outcome in outcomes:
        record = house.record(outcome.delivery_id)
        assert (record["state"], record["held_by"], record["leaves_rows"]) == ("held", ["PRI-002"], False)
        assert "PRI-002" in outcome.reason_sv
        assert house.rows_of(outcome.delivery_id, outcome.feed_id) == 0
        assert (
            house.ask("select 1 from ops.quarantined_row where delivery_id = %s", outcome.delivery_id) == []
        )
        assert not list((house.settings.archive / "f33").rglob(f"{outcome.delivery_id}*"))
        notice = (house.settings.quarantine / outcome.delivery_id / "refusal.txt").read_text()
        assert "väntar på beslut" in notice
        assert inbox.holds(house.settings, record)
    written = house.everything_written() + repr(house.second)
    assert FEES in written
    for form in {PERSON, DIGITS, DIGITS[2:], f"{DIGITS[2:8]}-{DIGITS[8:]}"}:
        assert form not in written


def test_f33_again_the_next_night_nothing_happens(house):
    again = pipeline.receive_feed(house.settings, "member_fees", "test/again")
    outcomes = [one for one in again.outcomes if one.association_id == "f33"]
    assert [one.state for one in outcomes] == ["already_delivered"] * 5
    assert house.current("f33") == [("2031", FEES)]


def test_f33_approved_it_is_read_at_the_next_intake_without_that_rule(house, monkeypatch, capsys):
    held = second(house, "f33", "text.csv")
    file = house.folder("f33", "member_fees") / "text.csv"
    monkeypatch.setenv("FINSAM_HOME", str(house.settings.home))
    assert cli.main(["check", str(file), "--feed", "member_fees", "--association", "f33"]) == cli.REFUSED
    assert "skulle vänta på beslut" in capsys.readouterr().out
    done = house.overrule("approve", held.delivery_id, "ett kundnummer")
    assert "läses vid nästa mottagning" in done.summary_sv
    content = file.read_bytes()
    file.unlink()
    assert "filen ligger inte kvar i inkorgen" in report.night_summary(house.settings)
    with pytest.raises(overruling.NotDecidable, match="läses vid nästa mottagning"):
        house.overrule("approve", held.delivery_id)
    file.write_bytes(content)
    assert house.rows_of(held.delivery_id) == 0
    outcomes = pipeline.receive_feed(house.settings, "member_fees", "test/approved").outcomes
    (read,) = [one for one in outcomes if one.delivery_id == held.delivery_id]
    assert read.state == "accepted" and house.rows_of(held.delivery_id) == 30
    assert house.current("f33") == [("2031", "text.csv")]
    assert house.ask(
        "select status, detail ->> 'why' from ops.evidence where subject = %s and rule_id = 'PRI-002'",
        f"delivery:{held.delivery_id}",
    ) == [("not_applicable", "godkänd av karin: ett kundnummer")]
    assert not file.exists() and not (house.settings.quarantine / held.delivery_id).exists()


# --- who decides ---


def test_only_a_steward_of_the_association_decides(house):
    held = second(house, "f05", "avklippt.csv")
    house.steward("nils", ("f08",))
    with pytest.raises(overruling.NotDecidable, match="nils får inte besluta om leveranser från f05"):
        house.overrule("approve", held.delivery_id, login="nils")
    for role in sorted(set(connection.LOGIN_ROLES) - {"finsam_airflow", "finsam_migrate"}):
        with (
            connection.connect(house.settings, role) as own,
            pytest.raises(Exception, match="permission denied"),
        ):
            own.execute("select ops.overrule_delivery(%s, 'accepted', 'x', 't')", (held.delivery_id,))
    assert house.record(held.delivery_id)["state"] == "held"
    house.steward("nils", ("f05", "f08"))
    house.overrule("reject", held.delivery_id, "avklippt", login="nils")
    assert house.record(held.delivery_id)["decided_by"] == "nils"
