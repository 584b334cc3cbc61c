"""Applications with a column per party: every cell is a row with its place, sums are checked and never loaded."""

import openpyxl
import pytest

from ingestion.binding import HeaderAlias
from ingestion.feeds import all_feeds
from ingestion.readers.table import DeliveryUnreadable, cell_number
from ingestion.settings import PROJECT_ROOT
from tests.unit.examining import brief, examined, padded, said

FEED = all_feeds()["applications"]
FIXTURE = PROJECT_ROOT / "tests" / "fixtures" / "applications" / "accepted" / "ansokan_kolumn_per_part.csv"
HEAD = "Ansökan;D-11\nAnsökningsdatum;2031-05-10\nInsats: Steget\n"


@pytest.fixture
def examine(tmp_path):
    def run(text, head=HEAD, **more):
        path = tmp_path / "ansokan.csv"
        path.write_text(padded(head + text), encoding="utf-8")
        return examined(path, FEED, **more)

    return run


def test_each_cell_is_a_row_of_post_and_party_with_its_place(examine):
    examination, rows, facts = examine(
        "Tjänst;Tjänstegrad;Dalby kommun;Region Fjäll;Alla parter\nLönekostnader\nCoach;50 %;;310 000;310 000\nHyra;;90;-;90\n"
    )
    assert brief(rows, "party_name", "cost_category", "post_name", "fte_share", "amount_sek") == [
        ("Region Fjäll", "Lönekostnader", "Coach", "0.5", "310000.00"),
        ("Dalby kommun", "Lönekostnader", "Hyra", None, "90.00"),
    ]
    assert brief(rows, "application_code", "initiative_name", "breakdown", "file_column", "_row_number")[0] == (
        "D-11", "Steget", "post", "D (Region Fjäll)", cell_number(6, 4),
    )  # fmt: skip
    assert (examination.scope, said(examination, facts)) == ("D-11/post", [])
    assert facts.rows_read == facts.rows_loaded + facts.rows_non_data


@pytest.mark.parametrize(
    "heading", ["Egenfinansiering\nLönekostnader\n", "Egenfinansiering / Lönekostnader\n"]
)
def test_a_heading_says_what_the_amounts_are(examine, heading):
    _examination, rows, _facts = examine(
        f"Tjänst;Tjänstegrad;Dalby;Fjäll;Summa\nAtt rekvirera\nHyra;;5;;5\n{heading}Coach;20 %;;7;7\nNaturainsats\nLokal;;2;;2\n"
    )
    names = ("cost_category", "amount_sek", "own_financing_sek", "in_kind_sek", "fte_share", "own_fte_share")
    assert brief(rows, *names) == [
        (None, "5.00", "0.00", "0.00", None, None),
        ("Lönekostnader", "0.00", "7.00", "0.00", None, "0.2"),
        (None, "0.00", "0.00", "2.00", None, None),
    ]


def test_the_same_post_may_be_asked_for_and_paid_by_its_party(examine):
    body = "Tjänst;Dalby;Fjäll;Summa\nAtt rekvirera\nCoach;5;1;6\nEgenfinansiering\nCoach;5;1;6\n"
    examination, rows, facts = examine(body)
    assert (len(rows), said(examination, facts)) == (4, [])
    examination, _rows, facts = examine(body + "Coach;5;;5\n")
    assert [rule for rule, _row, _column in said(examination, facts)] == ["APP-001", "APP-001"]


def test_sums_are_held_to_rows_and_parties(examine):
    examination, rows, facts = examine(
        "Tjänst;Dalby;Fjäll;Alla parter\nCoach;5;1;6\nHyra;2;2;9\nSumma;7;9;16\n"
    )
    assert len(rows) == 4
    assert said(examination, facts) == [("APP-009", 6, "D (Alla parter)"), ("APP-008", 7, "C (Fjäll)")]


def test_parties_the_association_has_agreed_on_need_no_sum(examine):
    aliases = {"Dalby": HeaderAlias("party_name"), "Fjäll": HeaderAlias("party_name")}
    _examination, rows, _facts = examine("Tjänst;Dalby;Fjäll\nCoach;5;1\n", aliases=aliases)
    assert brief(rows, "party_name", "amount_sek") == [("Dalby", "5.00"), ("Fjäll", "1.00")]
    with pytest.raises(DeliveryUnreadable) as unknown:
        examine("Tjänst;Dalby;Fjäll\nCoach;5;1\n")
    assert unknown.value.fault.rule_id == "STR-004"


def test_a_shared_post_with_one_share_of_full_time_is_refused(examine):
    with pytest.raises(DeliveryUnreadable) as refused:
        examine("Tjänst;Tjänstegrad;Dalby;Fjäll;Summa\nCoach;100 %;5;1;6\n")
    fault = refused.value.fault
    assert (fault.rule_id, fault.row_number, fault.column) == ("STR-006", 5, "Tjänstegrad")


def test_a_cell_that_cannot_be_read_is_told_with_row_and_column(examine):
    examination, rows, facts = examine("Tjänst;Dalby;Fjäll;Summa\nCoach;fem;1;6\nHyra;-3;1;1\n")
    assert len(rows) == 2
    assert {("VAL-001", 5, "B (Dalby)"), ("APP-009", 5, "D (Summa)")} <= set(said(examination, facts))


def test_a_table_with_a_row_per_amount_is_read_as_before(examine):
    header = "Ansökan;Ansökningsdatum;Insats;Part;Tjänst;Att rekvirera\n"
    examination, rows, _facts = examine(f"{header}D-7;2031-05-10;Steget;Dalby;Coach;5\n", head="")
    assert examination.table.wide is None
    assert brief(rows, "row_role", "money_kind", "file_row") == [("line", None, None)]


def test_a_workbook_and_a_text_file_of_one_table_are_read_alike(tmp_path):
    book = openpyxl.Workbook()
    for line in FIXTURE.read_text(encoding="utf-8").splitlines():
        cells = [
            text.replace(" ", "") if text.replace(" ", "").isdigit() else text for text in line.split(";")
        ]
        book.active.append([int(text) if text.isdigit() else text or None for text in cells])
    book.save(tmp_path / "ansokan.xlsx")
    of_text, of_book = examined(FIXTURE, FEED), examined(tmp_path / "ansokan.xlsx", FEED)
    assert of_text[1] == of_book[1]
    assert said(of_book[0], of_book[2]) == []
