"""The whole way by `finsam nightly`, changed and broken: what moves is exactly what should."""

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from ingestion import examined, night, pipeline, report, trial
from ingestion.demo import generate
from ingestion.feeds import member_feeds
from ingestion.settings import Settings
from ingestion.warehouse import connection, embedded, lineage
from tests.conftest import deliver_demo, new_warehouse

pytestmark = pytest.mark.xdist_group("changing_night")
REPORTS = (
    "own_capital",
    "income_statement",
    "balance_sheet",
    "member_fee_shares",
    "participant_flow",
    "exit_results",
)
FEES = "landing/skelleftea-norsjo/member_fees/medlemsavgifter_2016.csv"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    home = tmp_path_factory.mktemp("changing") / "home"
    try:
        made = new_warehouse(home)
        deliver_demo(home)
        made.first = night.nightly(made.settings, "test/first")
        yield made
    finally:
        embedded.remove(Settings(home=home))


def generations(warehouse):
    return warehouse.query("select count(*)::int as n from ops.publication", role="finsam_audit")[0]["n"]


def cells(warehouse):
    """(mart, key, column) -> (value, rows its explanation names), for every cell of the reports."""
    found = {}
    with connection.connect(warehouse.settings, "finsam_audit") as database:
        marts = lineage.recomputation.registry(database)
        keys = {
            name: database.execute(
                f"select {', '.join(f'{c}::text' for c in marts[name].primary_key)} from store.{name}_current"
            ).fetchall()
            for name in REPORTS
        }
    for mart, rows in keys.items():
        for key in rows:
            named = dict(zip(marts[mart].primary_key, key, strict=True))
            for cell in lineage.explain(warehouse.settings, mart, named).cells:
                assert cell.agrees, (mart, named, cell.column, cell.published, cell.recomputed)
                assert (
                    cell.rows
                    or cell.published in (None, "0", "0.00", "0.000000")
                    or not marts[mart].columns[cell.column].is_numeric
                ), (mart, named, cell.column)
                rows_named = {(row.file_name, row.row_number) for row in cell.rows}
                numeric = marts[mart].columns[cell.column].is_numeric
                found[mart, key, cell.column] = (cell.published, rows_named, numeric)
    return found


def test_the_first_night_accounts_for_every_file(warehouse):
    states = {o.file_name: o.state for intake in warehouse.first.intakes for o in intake.outcomes}
    assert states["huvudbok_2017_avbruten.se"] == "rejected"
    assert states["medlemsavgifter_2017_fel_summa.csv"] == "rejected"
    assert sum(state == "accepted" for state in states.values()) == len(states) - 2
    assert warehouse.first.published.generation == 1
    rows = warehouse.query(
        "select * from ops.delivery where rows_read <> rows_loaded + rows_quarantined + rows_non_data",
        role="finsam_audit",
    )
    assert rows == []


def test_refusals_name_file_row_and_remedy(warehouse):
    refusals = list(warehouse.settings.quarantine.glob("*/refusal.txt"))
    texts = "\n".join(file.read_text() for file in refusals)
    assert len(refusals) == 2
    assert "huvudbok_2017_avbruten.se" in texts and "klippt" in texts
    assert "medlemsavgifter_2017_fel_summa.csv" in texts and "Rad 8" in texts and "900 000,00" in texts
    for file in refusals:
        assert json.loads(file.with_suffix(".json").read_text())["issue_count_per_rule"]


def test_a_night_without_news_publishes_nothing(warehouse):
    before = warehouse.contents()
    deliver_demo(warehouse.settings.home)
    again = night.nightly(warehouse.settings, "test/again")
    assert again.build.build_id is None and again.published is None
    assert {o.state for intake in again.intakes for o in intake.outcomes} == {"already_delivered"}
    assert generations(warehouse) == 1
    assert warehouse.contents() == before


def test_accepted_files_leave_the_inbox_and_the_archive_has_no_numbers(warehouse):
    inbox = sorted(p.name for p in (warehouse.settings.landing / "skelleftea-norsjo").glob("*/*"))
    assert inbox == ["huvudbok_2017_avbruten.se", "medlemsavgifter_2017_fel_summa.csv"]
    import gzip

    (register,) = (warehouse.settings.archive / "skelleftea-norsjo" / "participants").glob("*.gz")
    header, *rows = gzip.decompress(register.read_bytes()).decode().splitlines()
    assert len(rows) == 619 and "Personnummer" not in header


def test_one_changed_amount_moves_exactly_the_cells_that_rest_on_it(warehouse):
    """Every cell of every report explains to its value; one edited row moves those that name it and no other."""
    deliver_demo(warehouse.settings.home)
    before = cells(warehouse)
    file = warehouse.settings.home / FEES
    text = file.read_bytes().decode("cp1252")
    row_number = next(n for n, line in enumerate(text.splitlines(), 1) if line.startswith("Norsjö"))
    changed = text.replace("80 000,00", "81 000,00").replace("6 132 484,00", "6 133 484,00")
    assert changed != text
    file.write_bytes(changed.encode("cp1252"))
    night.nightly(warehouse.settings, "test/changed")
    assert generations(warehouse) == 2
    after = cells(warehouse)
    assert before.keys() == after.keys()
    moved = {key for key in before if before[key][0] != after[key][0]}
    resting = {
        key
        for key, (_value, rows, numeric) in after.items()
        if numeric and ("medlemsavgifter_2016.csv", row_number) in rows
    }
    assert moved == resting and moved
    # and what was published before can still be asked
    was = warehouse.query(
        "select decided_sek from marts_asof.member_fee_shares where generation = 1 and member_id = 'norsjo'"
        " and fiscal_year = 2016"
    )
    assert was == [{"decided_sek": Decimal(80000)}]


def test_one_association_that_breaks_an_invariant_keeps_its_rows_and_stops_no_one(warehouse):
    """Two invented associations join; then one of the four fails an invariant while the others change."""
    home = warehouse.settings.home
    for name, number in (("alfa", "222000-9993"), ("beta", "222000-9985")):
        invent(home, name, number, amount=100_000)
    night.nightly(warehouse.settings, "test/four")
    first = warehouse.query(
        "select association_id, sum(decided_sek) as s from marts.member_fee_shares group by 1 order by 1"
    )
    assert [r["association_id"] for r in first] == ["alfa", "beta", "skelleftea-norsjo", "uppsala-lan"]
    invent(home, "alfa", "222000-9993", amount=200_000)
    invent(home, "beta", "222000-9985", amount=200_000, cash_in_no_total=True)
    done = night.nightly(warehouse.settings, "test/one fails")
    assert set(done.published.blocked) == {"beta"}, done.published
    sums = {
        r["association_id"]: r["s"]
        for r in warehouse.query(
            "select association_id, sum(decided_sek) as s from marts.member_fee_shares group by 1"
        )
    }
    assert sums["alfa"] == 800_000 and sums["beta"] == 400_000
    (marked,) = warehouse.query("select * from marts.association_status where association_id = 'beta'")
    assert not marked["is_current"] and marked["generation"] < done.published.generation
    again = night.nightly(warehouse.settings, "test/still failing")
    assert again.build.build_id is None, "the same failure is not rebuilt every night"


def test_a_night_where_one_feed_fails_publishes_the_rest_and_marks_what_rests_on_the_older_file(warehouse):
    """New fees are good and the new ledger is cut off: fees are published, and what the ledger feeds is marked."""
    home = warehouse.settings.home
    landing = home / "landing" / "gamma"
    invent(home, "gamma", "222000-9977", amount=100_000)
    night.nightly(warehouse.settings, "test/gamma")
    whole = (landing / "ledger" / "bok.se").read_text() if (landing / "ledger" / "bok.se").exists() else None
    assert whole is None, "an accepted file leaves the inbox"
    invent(home, "gamma", "222000-9977", amount=300_000)
    ledger = landing / "ledger" / "bok.se"
    whole = ledger.read_text()
    ledger.write_text(whole.rpartition("}")[0])
    done = night.nightly(warehouse.settings, "test/one feed fails")
    assert done.published.generation and done.published.blocked == {}
    (fees,) = warehouse.query(
        "select sum(decided_sek) as s from marts.member_fee_shares where association_id = 'gamma'"
    )
    (capital,) = warehouse.query("select result_sek from marts.own_capital where association_id = 'gamma'")
    assert (fees["s"], capital["result_sek"]) == (1_200_000, 400_000)
    marked = {
        row["mart"]: row["status_sv"]
        for row in warehouse.query(
            "select mart, status_sv from marts.mart_status where association_id = 'gamma' and not is_current"
        )
    }
    assert {"own_capital", "income_statement", "balance_sheet"} <= marked.keys()
    assert "member_fee_shares" not in marked
    assert "Siffrorna vilar på bok.se" in marked["own_capital"] and "är avvisad" in marked["own_capital"]
    summary = report.night_summary(warehouse.settings)
    assert "VILAR PÅ ÄLDRE FILER" in summary
    assert "gamma, Huvudbok" in summary and "Berör balance_sheet" in summary
    ledger.write_text(whole)
    night.nightly(warehouse.settings, "test/made good")
    assert not warehouse.query(
        "select mart from marts.mart_status where association_id = 'gamma' and not is_current"
    )
    assert "gamma, Huvudbok" not in report.night_summary(warehouse.settings)


def invent(home, name, number, amount, cash_in_no_total=False):
    """An association with a state, a region and a municipality, their fees and ledger of 2017 and its reference data."""
    reference, landing = home / "reference" / name, home / "landing" / name
    for folder in (reference, landing / "member_fees", landing / "ledger"):
        folder.mkdir(parents=True, exist_ok=True)
    (reference / "associations.csv").write_text(
        f"Organisationsnummer;Namn\n{number};Förbundet {name.title()}\n"
    )
    (reference / "members.csv").write_text(
        f"Medlemskod;Slag;Namn\nfk;stat;Staten {name}\nregion;region;Region {name}\nkommun;kommun;{name.title()} kommun\n"
    )
    if (
        cash_in_no_total
    ):  # their own report line: cash then stands in no total, and the balance sheet does not balance
        (reference / "report_lines.csv").write_text(
            "Räkning;Radkod;Benämning;Radslag;Summeras i;Tecken;Ordning\nbalansräkning;cash;Kassa;rad;;1;30\n"
        )
    (landing / "member_fees" / "avgifter.csv").write_text(
        f"Medlem;År;Belopp\nStaten {name};2017;{2 * amount}\nRegion {name};2017;{amount}\n"
        f"{name.title()} kommun;2017;{amount}\n"
    )
    (landing / "ledger" / "bok.se").write_text(
        f"#FLAGGA 0\n#PROGRAM test 1\n#FORMAT PC8\n#GEN 20180115\n#SIETYP 4\n#ORGNR {number}\n#FNAMN {name}\n"
        "#RAR 0 20170101 20171231\n#KONTO 1910 Bank\n#KONTO 2010 Kapital\n#KONTO 3110 Avgifter\n"
        "#IB 0 1910 5000\n#IB 0 2010 -5000\n"
        f"#VER A 1 20170301\n{{\n#TRANS 1910 {{}} {4 * amount}\n#TRANS 3110 {{}} -{4 * amount}\n}}\n"
    )


def test_folders_nobody_knows_are_named_and_nothing_is_loaded(warehouse):
    """STR-012: the same file is fine in a known association's folder; only the folder's name refuses it."""
    home = warehouse.settings.home
    text = "Medlem;År;Belopp\nStaten;2017;100\nSumma;;100\n"
    stranger, nonsense = (
        home / "landing/okant/member_fees/a.csv",
        home / "landing/skelleftea-norsjo/nonsens/b.csv",
    )
    for file in (stranger, nonsense):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    try:
        outcomes = pipeline.receive_feed(warehouse.settings, "member_fees", "test/stranger").outcomes
        (refused,) = [o for o in outcomes if o.association_id == "okant"]
        assert refused.state == "rejected" and "STR-012" in refused.reason_sv
        feed, key = member_feeds()["member_fees"], examined.pseudonym_key(warehouse.settings)
        without_the_rule = examined.examine(stranger, feed, "okant", None, key, "x", is_stranger=False)
        assert [block.num_rows for block in without_the_rule.blocks()] == [
            1
        ] and not without_the_rule.is_refused_while_read
        strange = pipeline.receive_reference(warehouse.settings, "test/stranger")
        assert strange.refused_count == 1 and "ingen leverans heter nonsens" in strange.lines_sv[0]
        assert warehouse.query(
            "select count(*)::int as n from raw.member_fees where _delivery_id = %s",
            (refused.delivery_id,),
            role="finsam_audit",
        ) == [{"n": 0}]
    finally:
        for file in (stranger, nonsense):
            file.unlink()
            file.parent.rmdir()
        stranger.parents[1].rmdir()


def test_a_personal_number_in_a_file_name_holds_the_delivery_and_is_shown_nowhere(warehouse):
    """F33, F71: the tax agency's test number stands in the name of a good file."""
    number = (Path(generate.__file__).parent / "sources/test_personnummer.txt").read_text().split()[0]
    folder = warehouse.settings.landing / "skelleftea-norsjo" / "member_fees"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"avgift {number} 2017.csv"
    file.write_text("Medlem;År;Belopp\nNorsjö kommun;2017;100\nSumma;;100\n")
    try:
        intake = pipeline.receive_feed(warehouse.settings, "member_fees", "test/name")
        (held,) = [o for o in intake.outcomes if o.state == "held"]
        assert "PRI-002" in held.reason_sv
        stored = warehouse.query(
            "select file_name from ops.delivery where delivery_id = %s",
            (held.delivery_id,),
            role="finsam_audit",
        )
        report = (warehouse.settings.quarantine / held.delivery_id / "refusal.json").read_text()
        assert number not in " ".join(intake.lines_sv) + str(stored) + report
    finally:
        file.unlink()


def test_check_says_what_receiving_would(warehouse, tmp_path):
    home = warehouse.settings.home
    deliver_demo(home)
    bad = home / "landing/skelleftea-norsjo/member_fees/medlemsavgifter_2017_fel_summa.csv"
    found = trial.check(warehouse.settings, bad, "member_fees", "skelleftea-norsjo")
    assert not found.is_accepted and "Rad 8" in found.text_sv
    stored = warehouse.query(
        "select rule_id, row_number, column_name, value_shown from ops.row_issue as i join ops.delivery as d"
        " using (delivery_id) where d.file_name = 'medlemsavgifter_2017_fel_summa.csv'",
        role="finsam_audit",
    )
    assert [(i["rule_id"], i["row_number"], i["column_name"], i["value_shown"]) for i in found.issues] == [
        tuple(row.values()) for row in stored
    ]
    good = tmp_path / "deltagare_2017.csv"
    shutil.copy(home / "landing/skelleftea-norsjo/participants/deltagare_2017.csv", good)
    assert trial.check(warehouse.settings, good, "participants", "skelleftea-norsjo").is_accepted
