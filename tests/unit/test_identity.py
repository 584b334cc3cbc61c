"""What a delivery is for: scope, period and the day it was made, and when its rows disagree."""

from datetime import date

import pytest

from ingestion.binding import HeaderAlias
from ingestion.examination import Examination
from ingestion.feeds import all_feeds
from ingestion.reference import Association, associations
from ingestion.settings import Settings

BUDGET = "Post;År;Belopp;Version;Upprättad;Handling\n"
CLAIM = "Rekvisitionsnr;Rekvisitionsdatum;Kvartal;Insats;Part;Att rekvirera\n"
DECISION = "Dnr;Beslutsdatum;Insats;Belopp\n"
REGISTER = "Insats;Löpnr;Kön;Start\n"
PARTS = {"region fjäll": "region", "regionen": "region", "steget": "steget"}


@pytest.fixture
def examine(tmp_path):
    def run(content, feed, name="fil_2031.csv", **more):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        examination = Examination(
            path, all_feeds()[feed], "fjall", pseudonym_key=b"a key for tests only", **more
        )
        rows = [row for block in examination.blocks() for row in block.to_pylist()]
        return examination, rows

    return run


def identity(examination):
    return examination.scope, examination.period


def faults(examination):
    return [(f.rule_id, f.row_number, f.column, f.value) for f in examination.faults(examination.facts("d"))]


def test_a_forecast_is_told_by_its_kind_and_day(examine):
    examination, _rows = examine(BUDGET + "Avgifter;2031;1;prognos;2031-09-16;\n", "budgets")
    assert identity(examination) == ("forecast/2031-09-16", "whole")
    examination, _rows = examine(BUDGET + "Avgifter;2031;1;prognos;2031-09-16;Bilaga 2\n", "budgets")
    assert identity(examination) == ("forecast/2031-09-16/Bilaga 2", "whole")


@pytest.mark.parametrize(("first", "second"), [("", "Bilaga 2"), ("Bilaga 2", ""), ("Bilaga 1", "Bilaga 2")])
def test_an_optional_scope_column_is_blank_in_all_rows_or_in_none(examine, first, second):
    body = f"Avgifter;2031;1;prognos;2031-09-16;{first}\nAvgifter;2032;1;prognos;2031-09-16;{second}\n"
    examination, _rows = examine(BUDGET + body, "budgets")
    assert faults(examination) == [("STR-011", 3, "Handling", second or None)]


def test_one_part_is_its_own_delivery_and_several_are_all(examine):
    one = CLAIM + "1;2031-10-14;kv3 2031;Steget;Regionen;5\n2;2031-10-15;2031-Q3;Steget;Region  FJÄLL;5\n"
    examination, _rows = examine(one, "project_costs", parts=PARTS)
    assert identity(examination) == ("region", "2031-Q3")
    examination, _rows = examine(
        one + "3;2031-10-01;kv3 2031;Steget;Dalby kommun;5\n", "project_costs", parts=PARTS
    )
    assert identity(examination) == ("office", "2031-Q3")


def test_a_part_nobody_knows_is_told_by_its_name(examine):
    examination, _rows = examine(REGISTER + " Nya  Vägen;A-1;man;2031-01-01\n", "participants")
    assert identity(examination) == ("nya vägen", "2031")
    examination, _rows = examine(
        REGISTER + "nya vägen;A-1;man;2031-01-01\nStegen;A-2;man;2031-01-01\n", "participants"
    )
    assert identity(examination) == ("all", "2031")


def test_a_large_file_of_many_parts_keeps_two_of_them(examine):
    rows = "".join(f"Insats {n};A-{n};man;2031-01-01\n" for n in range(30_000))
    examination, _rows = examine(REGISTER + rows, "participants")
    assert examination.scope == "all"
    assert len(examination._identity._parts) == 2


def test_decisions_of_one_meeting_and_of_a_year(examine):
    examination, _rows = examine(DECISION + "1;2031-03-04;Steget;5\n2;2031-03-04;Torget;5\n", "decisions")
    assert identity(examination) == ("2031-03-04", "2031")
    examination, _rows = examine(DECISION + "1;2031-03-04;Steget;5\n2;2031-11-04;Torget;5\n", "decisions")
    assert identity(examination) == ("all", "2031")
    examination, _rows = examine(DECISION + "1;2031-03-04;Steget;5\n2;2032-11-04;Torget;5\n", "decisions")
    assert faults(examination) == [("STR-011", 3, "Beslutsdatum", "2032-11-04")]


def test_two_quarters_in_one_claim_are_refused(examine):
    body = "1;2031-10-14;kv3 2031;Steget;A;5\n1;2031-10-14;kv2 2031;Steget;A;5\n"
    examination, _rows = examine(CLAIM + body, "project_costs")
    assert faults(examination) == [("STR-011", 3, "Kvartal", "2031-Q2")]


def test_the_latest_date_says_when_it_was_made(examine):
    body = "1;2031-10-14;kv3 2031;Steget;A;5\n2;2031-11-02;kv3 2031;Steget;A;5\n3;2031-10-01;kv3 2031;Steget;A;5\n"
    examination, _rows = examine(CLAIM + body, "project_costs")
    assert examination.made_at == date(2031, 11, 2)
    examination, _rows = examine(DECISION + "1;2031-03-04;Steget;5\n", "decisions")
    assert examination.made_at is None


# --- units ---


def test_amounts_are_kronor_whatever_unit_they_were_sent_in(examine):
    header = BUDGET.replace("Belopp", "Belopp;Enhet")
    body = "A;2031;4 123;tkr;prognos;2031-09-16;\nB;2031;12,5;mnkr;prognos;2031-09-16;\nC;2031;7,25;;prognos;2031-09-16;\n"
    examination, rows = examine(header + body, "budgets")
    assert [(row["amount_sek"], row["unit"]) for row in rows] == [
        ("4123000.00", "tkr"), ("12500000.00", "mnkr"), ("7.25", "kr"),
    ]  # fmt: skip
    assert faults(examination) == []


def test_a_headers_agreed_unit_holds_where_the_row_states_none(examine):
    own = {"Belopp tkr": HeaderAlias("amount_sek", "tkr")}
    header = BUDGET.replace("Belopp", "Belopp tkr;Enhet")
    body = "A;2031;5;;prognos;2031-09-16;\nB;2031;5;kronor;prognos;2031-09-16;\n"
    _examination, rows = examine(header + body, "budgets", aliases=own)
    assert [(row["amount_sek"], row["unit"]) for row in rows] == [("5000.00", "tkr"), ("5.00", "kr")]


def test_only_the_columns_agreed_upon_are_scaled(examine):
    own = {"Söks (tkr)": HeaderAlias("amount_sek", "tkr")}
    header = "Ansökan;Ansökningsdatum;Insats;Söks (tkr);Egenfinansiering\n"
    _examination, (row,) = examine(header + "D1;2031-05-01;Steget;5;5\n", "applications", aliases=own)
    assert (row["amount_sek"], row["own_financing_sek"], row["unit"]) == ("5000.00", "5.00", "tkr")


def test_the_heading_itself_is_never_trusted(examine):
    """Domain 4.8: full kronor are printed under ”tkr”."""
    own = {"Belopp (tkr)": HeaderAlias("amount_sek")}
    header = BUDGET.replace("Belopp", "Belopp (tkr)")
    _examination, (row,) = examine(header + "A;2031;23090000;budget;2031-09-16;\n", "budgets", aliases=own)
    assert (row["amount_sek"], row["unit"]) == ("23090000.00", "kr")


@pytest.mark.parametrize(
    ("units", "total", "unit_of_total", "is_right"),
    [
        (("tkr", "tkr"), "8", "", True),
        (("tkr", "tkr"), "8000", "kr", True),
        (("tkr", "tkr"), "8000", "", False),
        (("tkr", "mnkr"), "5 003", "tkr", True),
        (("", ""), "8", "", True),
    ],
)
def test_totals_are_read_in_their_own_unit_or_the_rows(examine, units, total, unit_of_total, is_right):
    header = BUDGET.replace("År", "Enhet;År")
    body = f"A;{units[0]};2031;3;prognos;2031-09-16;\nB;{units[1]};2031;5;prognos;2031-09-16;\n"
    examination, _rows = examine(header + body + f"Summa;{unit_of_total};;{total};;;\n", "budgets")
    assert examination.completeness == "proven"
    assert [rule for rule, *_ in faults(examination)] == ([] if is_right else ["DLV-002"])


def test_a_total_over_rows_in_different_units_states_its_own(examine):
    header = BUDGET.replace("År", "Enhet;År")
    body = "A;tkr;2031;3;prognos;2031-09-16;\nB;kr;2031;5;prognos;2031-09-16;\nSumma;;;3005;;;\n"
    examination, _rows = examine(header + body, "budgets")
    ((rule_id, row_number, *_),) = faults(examination)
    assert (rule_id, row_number) == ("VAL-004", 4)


def test_an_unknown_unit_is_refused(examine):
    """UM prints the non-unit ”kkkr”."""
    header = BUDGET.replace("År", "Enhet;År")
    examination, rows = examine(header + "A;kkkr;2031;3;prognos;2031-09-16;\n", "budgets")
    assert rows == []
    assert faults(examination) == [("VAL-004", 2, "Enhet", "kkkr")]


def test_a_personal_number_among_thousands_is_still_refused(examine):
    """F33: multiplied by a thousand it would look like no number at all."""
    header = BUDGET.replace("År", "Enhet;År")
    examination, rows = examine(header + "A;tkr;2031;8001022386;prognos;2031-09-16;\n", "budgets")
    assert rows == []
    assert [fault[0] for fault in faults(examination)] == ["PRI-002"]


# --- what the association calls things ---


@pytest.fixture
def known(tmp_path):
    def read(**files):
        for name, text in {"own/associations": "Organisationsnummer;Namn\n222000-5555;X\n", **files}.items():
            path = tmp_path / "home" / "reference" / f"{name.replace('__', '/')}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return associations(Settings(home=tmp_path / "home"))["own"]

    return read


def test_registers_know_every_spelling_of_a_part(known):
    own = known(
        own__initiatives="Insatskod;Namn;Andra namn;Slag av insats;Individinriktad\n"
        "jobb;Jobbcentrum;Jobb-centrum|JC;x;ja\nsteg;Steget;JC|Stegen;x;ja\n",
        common__members="Medlemskod;Slag;Namn\nfk;stat;Försäkringskassan\n",
    )
    assert own.parts(all_feeds()["participants"]) == {
        "jobb": "jobb", "jobbcentrum": "jobb", "jobb-centrum": "jobb", "steg": "steg", "steget": "steg", "stegen": "steg",
    }  # fmt: skip
    assert own.parts(all_feeds()["project_costs"]) == {"fk": "fk", "försäkringskassan": "fk"}
    assert own.parts(all_feeds()["budgets"]) == {}


def test_the_associations_own_unit_wins_over_the_common_one(known):
    header = "Leverans;Rubrik;Kolumn;Enhet\n"
    own = known(
        common__header_aliases=header + "budgets;Plan;amount_sek;mnkr\nbudgets;Rad;line_name;\n",
        own__header_aliases=header + "budgets;Plan;amount_sek;tkr\n",
    )
    assert own.aliases("budgets") == {
        "Plan": HeaderAlias("amount_sek", "tkr"),
        "Rad": HeaderAlias("line_name"),
    }


def test_an_association_without_registers_has_no_parts():
    assert Association("x").parts(all_feeds()["participants"]) == {}
