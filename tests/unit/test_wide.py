"""Plan tables with a column per year: every cell is a row with its place, sums are checked and never loaded."""

from decimal import Decimal

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.archived_lines import _table
from ingestion.binding import HeaderAlias
from ingestion.feeds import all_feeds
from ingestion.readers.headings import Headings
from ingestion.readers.table import DeliveryUnreadable, cell_number, cell_place
from ingestion.settings import PROJECT_ROOT
from tests.unit.examining import brief, examined, padded, said

FEED = all_feeds()["budgets"]
FIXTURES = PROJECT_ROOT / "tests" / "fixtures" / "budgets" / "accepted"
HEAD = "Upprättad;2030-11-23\nEnhet;{unit}\n"


@pytest.fixture
def examine(tmp_path):
    def run(text, unit="kr", head=True, name="plan.csv", **more):
        path = tmp_path / name
        path.write_text(padded((HEAD.format(unit=unit) if head else "") + text), encoding="utf-8")
        return examined(path, FEED, **more)

    return run


def test_each_cell_is_a_row_with_its_year_kind_and_place(examine):
    examination, rows, facts = examine(
        "Post;Utfall 2020–2029;Prognos 2030;Plan 2032\nKansli;9000;1 000;-\n", "tkr"
    )
    assert brief(
        rows, "line_name", "first_year", "fiscal_year", "version_kind", "amount_sek", "made_date"
    ) == [
        ("Kansli", "2020", "2029", "actual", "9000000.00", "2030-11-23"),
        ("Kansli", None, "2030", "forecast", "1000000.00", "2030-11-23"),
    ]
    assert brief(rows, "file_row", "file_column", "_row_number") == [
        ("4", "B (Utfall 2020–2029)", cell_number(4, 2)),
        ("4", "C (Prognos 2030)", cell_number(4, 3)),
    ]
    assert (examination.scope, examination.period) == ("2030-11-23/table", "whole")
    assert said(examination, facts) == []
    assert (facts.rows_read, facts.rows_loaded, facts.rows_non_data) == (6, 2, 4)


def test_numbers_of_cells_and_of_rows_are_never_the_same():
    assert [cell_place(number) for number in (1, 9_999, cell_number(1, 1), cell_number(9_999, 999))] == [
        None, None, (1, 1), (9_999, 999),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind", "years", "document"),
    [
        ("Budget 2026", "Budget", (2026, 2026), ""),
        ("BUDGET  2026*", "BUDGET", (2026, 2026), ""),
        ("2026 budget", "budget", (2026, 2026), ""),
        ("Utfall 2005-2015", "Utfall", (2005, 2015), ""),
        ("Utfall 2005 – 15", "Utfall", (2005, 2015), ""),
        ("Utfall 2005 t.o.m. 2015", "Utfall", (2005, 2015), ""),
        ("Prognos för 2026 (tkr)", "Prognos", (2026, 2026), ""),
        ("Prognos 2026 per 2026-08-31", "Prognos", (2026, 2026), "per 2026-08-31"),
        ("Budget 2026 (netto)", "Budget", (2026, 2026), "netto"),
        ("Budgetförslag 2026", "Budgetförslag", (2026, 2026), "Budgetförslag"),
        ("2026", "", (2026, 2026), ""),
    ],
)
def test_headings_of_years(text, kind, years, document):
    read = Headings(FEED, FEED.wide, {}).read(text)
    assert (read.kind, read.years, read.document) == (kind, years, document)


@pytest.mark.parametrize(
    "text",
    ["Budget", "Antal deltagare 2026", "Utfall 2025-10", "2026-03-01", "Budget 2026 och 2027", "Summa", ""],
)
def test_other_headings_are_none_of_years(text):
    assert Headings(FEED, FEED.wide, {}).read(text) is None


def test_a_table_with_a_row_per_year_is_read_as_before(examine):
    examination, rows, _facts = examine(
        "Post;År;Belopp;Version;Upprättad\nKansli;2030;5;budget;2030-11-23\nSumma;;5;;\n", head=False
    )
    assert examination.table.wide is None
    assert brief(rows, "row_role", "file_row", "_row_number") == [("line", None, 2)]
    assert examination.scope == "budget/2030-11-23"


def test_parts_are_kept_and_are_of_the_row_above(examine):
    body = "Post;Budget 2031\nKansli;100\nvarav lön;60\n– varav lokal;40\nDärav annat;0\nStyrelse;50\nSumma;150\n"
    examination, rows, facts = examine(body)
    assert brief(rows, "line_name", "row_role", "part_of") == [
        ("Kansli", "line", None), ("varav lön", "part", "Kansli"), ("– varav lokal", "part", "Kansli"),
        ("Därav annat", "part", "Kansli"), ("Styrelse", "line", None),
    ]  # fmt: skip
    assert said(examination, facts) == []
    assert examination.completeness == "proven"


def test_varav_alone_makes_parts_of_the_marked_rows_below(examine):
    _examination, rows, _facts = examine(
        "Post;Budget 2031\nKansli;100\nvarav\n- lön;60\n- lokal;40\nStyrelse;50\n"
    )
    assert brief(rows, "line_name", "row_role") == [
        ("Kansli", "line"), ("- lön", "part"), ("- lokal", "part"), ("Styrelse", "line"),
    ]  # fmt: skip


def test_lists_of_initiatives_give_state_letter_code_and_name(examine):
    body = (
        "Post;Budget 2031\nProjekt (bilaga A);30\nProjekt (bilaga B);12\nKansli;8\nSumma kostnader;50\n"
        "A. Beslutade projekt\nP1X Torget;20\nSteget;10\nSumma A;30\n"
        "B. Ej beslutade projekt\nB1 Befintliga\nP1X Torget;5\nP1X Torget;4\nSumma B1;9\nB2 Nya\n123 Bron;3\nSumma B2;3\n"
    )
    examination, rows, facts = examine(body)
    assert brief(
        rows, "initiative_code", "initiative_name", "annex_code", "decision_state", "section_name"
    ) == [
        (None, None, None, "decided", "kostnader"),
        ("P1X", "Torget", "A", "decided", "A. Beslutade projekt"),
        (None, "Steget", "A", "decided", "A. Beslutade projekt"),
        ("P1X", "Torget", "B1", "undecided", "B1 Befintliga"),
        ("P1X", "Torget", "B1", "undecided", "B1 Befintliga"),
        ("123", "Bron", "B2", "undecided", "B2 Nya"),
    ]
    assert said(examination, facts) == [("BUD-002", 14, "Post"), ("BUD-002", 15, "Post")]
    doubled = [fault for fault in examination.faults(facts) if fault.rule_id == "BUD-002"]
    assert "rad 14, kolumn B (Budget 2031)" in doubled[1].expected_sv


def test_a_name_under_two_headings_is_two_rows(examine):
    body = (
        "Post;Budget 2031\nIntäkter\nMedlemsavgifter;90\nKonferenser;10\nSumma intäkter;100\n"
        "Kostnader\nKonferenser;40\nKansli;50\nSumma kostnader;90\nResultat;10\n"
    )
    examination, rows, facts = examine(body)
    assert [row["section_name"] for row in rows if row["line_name"] == "Konferenser"] == [
        "Intäkter",
        "Kostnader",
    ]
    assert said(examination, facts) == []


@pytest.mark.parametrize("heading", ["A. Intäkter", "1 Kostnader", "Beslutade intäkter från medlemmarna"])
def test_a_numbered_section_is_no_list_of_initiatives(examine, heading):
    _examination, rows, _facts = examine(f"Post;Budget 2031\n{heading}\nMedlemsavgifter;30\n")
    assert brief(rows, "initiative_name", "annex_code") == [(None, None)]


def test_net_and_gross_are_two_documents(examine):
    _examination, rows, _facts = examine("Post;Budget 2031 netto;Budget 2031 brutto\nKansli;90;100\n")
    assert brief(rows, "document", "amount_sek") == [("netto", "90.00"), ("brutto", "100.00")]


def test_what_stands_above_holds_for_every_cell(examine):
    head = "Plan\nUpprättad: 23 november 2030\nEnhet;mnkr\nHandling;Bilaga 4\n"
    examination, rows, _facts = examine(f"{head}Post;Budget 2031\nKansli;0,5\n", head=False)
    assert brief(rows, "made_date", "unit", "document", "amount_sek") == [
        ("2030-11-23", "mnkr", "Bilaga 4", "500000.00")
    ]
    assert examination.scope == "2030-11-23/table/Bilaga 4"


@pytest.mark.parametrize(
    ("title", "name"),
    [("Fastställd av styrelsen den 2030-11-23", "plan.csv"), ("Plan", "plan_2030-11-23.csv")],
)
def test_the_day_is_found_in_a_title_or_the_name(examine, title, name):
    _examination, rows, _facts = examine(f"{title}\nPost;Budget 2031\nKansli;5\n", head=False, name=name)
    assert brief(rows, "made_date") == [("2030-11-23",)]


@pytest.mark.parametrize("title", ["Plan", "Beslutad 2030-11-23, reviderad 2031-02-01"])
def test_without_a_day_or_with_two_it_is_refused(examine, title):
    with pytest.raises(DeliveryUnreadable) as refused:
        examine(f"{title}\nPost;Budget 2031\nKansli;5\n", head=False)
    assert (refused.value.fault.rule_id, refused.value.fault.column) == ("STR-005", "made_date")


def test_the_agreed_unit_goes_for_a_kind_of_column_whatever_its_year(examine):
    aliases = {"Budget": HeaderAlias("amount_sek", "tkr"), "Plan": HeaderAlias("amount_sek", "mnkr")}
    body = "Upprättad;2030-11-23\nPost;Budget 2031 (tkr);Plan 2032\nKansli;5;2\n"
    examination, rows, facts = examine(body, head=False, aliases=aliases)
    assert brief(rows, "amount_sek", "unit") == [("5000.00", "tkr"), ("2000000.00", "mnkr")]
    assert said(examination, facts) == []


@pytest.mark.parametrize("corner", ["tkr", "Belopp i tkr", "(tkr)"])
def test_a_unit_that_only_a_heading_says_is_refused(examine, corner):
    examination, _rows, facts = examine(f"Upprättad;2030-11-23\n{corner};Budget 2031\nKansli;5\n", head=False)
    assert said(examination, facts) == [("BUD-003", 2, None)]


def test_a_cell_that_cannot_be_read_is_told_with_row_and_column(examine):
    examination, rows, facts = examine("Post;Prognos 2030;Budget 2031\nKansli;5;fem\nStyrelse;1.234;5\n")
    assert brief(rows, "line_name", "amount_sek") == [("Kansli", "5.00"), ("Styrelse", "5.00")]
    assert (facts.rows_loaded, facts.rows_quarantined) == (2, 2)
    assert said(examination, facts) == [("VAL-001", 4, "C (Budget 2031)"), ("VAL-001", 5, "B (Prognos 2030)")]


def test_two_columns_alike_and_unknown_ones_are_refused(examine):
    with pytest.raises(DeliveryUnreadable) as twins:
        examine("Post;Budget 2031;Plan 2032;Budget 2031\nKansli;5;5;5\n")
    assert (twins.value.fault.rule_id, twins.value.fault.column) == ("STR-006", "D (Budget 2031)")
    with pytest.raises(DeliveryUnreadable) as unknown:
        examine("Post;Budget 2031;Antal deltagare 2031\nKansli;5;5\n")
    assert unknown.value.fault.rule_id == "STR-004"


def test_sums_that_are_off_are_found_where_they_stand_and_rounding_is_not(examine):
    body = (
        "Post;Prognos 2030;Budget 2031;Summa\nA;10;11;21\nB;20;22;43\nSumma intäkter;31;33;64\n"
        "C;5;6;11\nSumma kostnader;5;8;13\nResultat;25;25;50\nFinansnetto;1;1;2\nResultat efter finansnetto;26;30;56\n"
    )
    examination, _rows, facts = examine(body)
    assert said(examination, facts) == [
        ("BUD-004", 8, "C (Budget 2031)"), ("BUD-004", 11, "C (Budget 2031)"),
    ]  # fmt: skip
    texts = [fault.expected_sv for fault in examination.faults(facts)]
    assert "summeras till 6,00; där står 8,00, skillnaden är 2,00" in texts[0]
    assert examination.completeness == "unproven"


def test_sums_that_are_called_the_same_are_no_row_twice(examine):
    body = "Post;Budget 2031\nIntäkter\nFK;9\nSumma;9\nKostnader\nKansli;5\nSumma;5\n"
    examination, _rows, facts = examine(body)
    assert said(examination, facts) == []


def test_costs_with_minus_give_the_result_too(examine):
    body = "Post;Budget 2031\nAvgifter;100\nSumma intäkter;100\nKansli;-70\nSumma kostnader;-70\nÅrets resultat;30\n"
    examination, rows, facts = examine(body)
    assert said(examination, facts) == [("BUD-008", 7, "B (Budget 2031)")]
    declared, rows, facts = examine(f"Kostnader skrivs med;minus\n{body}")
    assert said(declared, facts) == []
    assert brief(rows, "amount_sek", "cost_sign") == [("100.00", "minus"), ("-70.00", "minus")]


@pytest.mark.parametrize(
    ("lines", "sign", "found"),
    [
        ("Avgifter;100\nSumma intäkter;100\nKansli;70\nÅrets resultat;30\n", "minus", 1),
        ("Avgifter;100\nSumma intäkter;100\nKansli;-70\nÅrets resultat;30\n", "plus", 1),
        ("Avgifter;100\nSumma intäkter;100\nKansli;70\nÅrets resultat;30\n", "plus", 0),
        ("Kansli;-70\nSumma utgifter;-70\n", "plus", 1),
        ("Avgifter;100\nÅterbetalning;-20\nSumma intäkter;80\n", "plus", 0),
    ],
)
def test_costs_are_written_with_the_sign_the_paper_says(examine, lines, sign, found):
    examination, _rows, facts = examine(f"Kostnader skrivs med;{sign}\nPost;Budget 2031\n{lines}")
    assert [one for one, _row, _column in said(examination, facts)] == ["BUD-008"] * found


def test_a_sum_over_years_takes_one_of_two_versions_of_a_year(examine):
    body = "Post;Budget 2030;Prognos 2030;Plan 2031;Totalt\nA;10;12;20;32\nB;1;3;5;8\nC;2;2;2;9\n"
    examination, _rows, facts = examine(body)
    assert said(examination, facts) == [("BUD-005", 6, "E (Totalt)")]


def test_headings_over_two_rows_and_merged_ones_are_one(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["Upprättad", "2030-11-23"], ["Enhet", "tkr"], [None, "Prognos", "Plan", None], ["", 2030, 2031, 2032],
        ["Kostnader"], ["Kansli", 1000, 1100, 1200],
    ):  # fmt: skip
        sheet.append(row)
    sheet.merge_cells("C3:D3")
    sheet.merge_cells("A5:D5")
    book.save(tmp_path / "plan.xlsx")
    examination, rows, facts = examined(tmp_path / "plan.xlsx", FEED)
    assert brief(rows, "version_kind", "fiscal_year", "amount_sek", "file_column") == [
        ("forecast", "2030", "1000000.00", "B (Prognos 2030)"), ("plan", "2031", "1100000.00", "C (Plan 2031)"),
        ("plan", "2032", "1200000.00", "D (Plan 2032)"),
    ]  # fmt: skip
    assert said(examination, facts) == []


def test_a_header_printed_again_over_a_list_begins_the_list(examine):
    body = "Post;Prognos 2030;Budget 2031\nKansli;1;2\nBilaga A Beslutade projekt;Prognos 2030;Budget 2031\nT1 Torget;3;4\n"
    examination, rows, facts = examine(body)
    assert brief(rows, "line_name", "initiative_name", "annex_code") == [
        ("Kansli", None, None), ("Kansli", None, None), ("T1 Torget", "Torget", "A"), ("T1 Torget", "Torget", "A"),
    ]  # fmt: skip
    assert examination.table.non_data["header"] == 2
    assert facts.rows_read == facts.rows_loaded + facts.rows_non_data


def test_a_sum_says_what_a_missing_heading_would_have_said(examine):
    body = "Post;Budget 2031\nFK;4\nRegionen;2\nSumma intäkter;6\nStyrelse;1\nSumma kostnader: ;1\nResultat;5\nAnnat;3\n"
    _examination, rows, _facts = examine(body)
    assert brief(rows, "line_name", "section_name") == [
        ("FK", "intäkter"), ("Regionen", "intäkter"), ("Styrelse", "kostnader"), ("Annat", None),
    ]  # fmt: skip


def test_a_workbook_and_a_text_file_of_one_table_are_read_alike(tmp_path):
    text = (FIXTURES / "plan_bred_tabell.csv").read_text(encoding="utf-8")
    book = openpyxl.Workbook()
    for line in text.splitlines():
        cells = [int(cell.replace(" ", "")) if is_number(cell) else cell or None for cell in line.split(";")]
        book.active.append(cells)
    book.save(tmp_path / "plan.xlsx")
    of_text, of_book = (
        examined(path, FEED) for path in (FIXTURES / "plan_bred_tabell.csv", tmp_path / "plan.xlsx")
    )
    assert of_text[1] == of_book[1]
    assert of_text[0].scope == of_book[0].scope
    assert said(of_book[0], of_book[2]) == []


def is_number(cell):
    return cell.replace(" ", "").lstrip("-").isdigit()


def test_the_first_heading_may_stand_among_the_years_and_lines_be_numbered(examine):
    body = "INTÄKTER;Not;Budget 2031\nFK;1;9\nSUMMA INTÄKTER;;9\nKOSTNADER;;\n1. Kansli;2;5\n - varav hyra;;2\n2) Styrelse;;1\n"
    examination, rows, facts = examine(body)
    assert brief(rows, "line_name", "section_name", "part_of", "note") == [
        ("FK", "INTÄKTER", None, "1"), ("Kansli", "KOSTNADER", None, "2"), ("- varav hyra", "KOSTNADER", "Kansli", None),
        ("Styrelse", "KOSTNADER", None, None),
    ]  # fmt: skip
    assert said(examination, facts) == []


def test_a_part_in_a_list_is_of_its_initiative(examine):
    _examination, rows, _facts = examine(
        "Post;Budget 2031\nA Beslutade projekt\nT1 Torget;30\nvarav lön;20\n"
    )
    assert brief(rows, "initiative_code", "initiative_name", "row_role") == [
        ("T1", "Torget", "line"), ("T1", "Torget", "part"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "name"), [("Budget 2031, netto", "plan.csv"), ("Budget 2031", "plan_netto_2031.csv")]
)
def test_net_and_gross_files_are_two_documents_by_title_or_name(examine, title, name):
    examination, rows, _facts = examine(f"{title}\nPost;Budget 2031\nKansli;5\n", name=name)
    assert brief(rows, "document") == [("netto",)]
    assert examination.scope == "2030-11-23/table/netto"


def test_a_heading_in_kronor_needs_no_agreement(examine):
    head = "Upprättad;2030-11-23\nBelopp i kr;Budget 2031 (kr)\n"
    examination, rows, facts = examine(f"{head}Kansli;5\n", head=False)
    assert (brief(rows, "amount_sek"), said(examination, facts)) == ([("5.00",)], [])


def test_a_heading_that_says_year_stands_over_the_lines(examine):
    _examination, rows, _facts = examine("Version;plan\nÅr;2031;2032\nKansli;5;6\n")
    assert brief(rows, "line_name", "fiscal_year", "version_kind") == [
        ("Kansli", "2031", "plan"), ("Kansli", "2032", "plan"),
    ]  # fmt: skip


def test_no_column_of_the_sender_s_is_dropped(examine):
    for header in ("Post;Från år;Budget 2031", "Post;År;Budget 2031", "Projekt;Insats;Budget 2031"):
        with pytest.raises(DeliveryUnreadable) as refused:
            examine(f"{header}\nKansli;2030;5\n")
        assert refused.value.fault.rule_id == "STR-006", header


def test_a_table_with_more_rows_than_a_plan_has_is_refused(examine):
    with pytest.raises(DeliveryUnreadable) as refused:
        examine("Post;Budget 2031\n" + "Kansli;1\n" * 10_000)
    assert refused.value.fault.rule_id == "STR-007"


def test_two_visible_tables_in_a_workbook_are_refused(tmp_path):
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("Två")):
        for row in (["Upprättad", "2030-11-23"], ["Post", "Budget 2031"], ["Kansli", 5]):
            sheet.append(row)
    book.save(tmp_path / "plan.xlsx")
    with pytest.raises(DeliveryUnreadable) as refused:
        examined(tmp_path / "plan.xlsx", FEED)
    assert refused.value.fault.rule_id == "STR-006"


def test_whoever_walks_back_sees_the_row_as_it_was_sent(tmp_path):
    import gzip

    kept = tmp_path / "d.csv.gz"
    with gzip.open(kept, "wt", encoding="utf-8") as out:
        out.write("Upprättad;2030-11-23;;\nPost;Budget 2031;Plan 2032;Anmärkning\nKansli;5;6;en person\n")
    assert list(_table(FEED, kept, ".csv", {}, 9)) == [(3, "Post: Kansli; Budget 2031: 5; Plan 2032: 6")]


@given(
    st.lists(
        # below ten digits, their sums too: a longer one can look like a personal number, and is held
        st.lists(st.one_of(st.none(), st.integers(-(10**7), 10**7)), min_size=3, max_size=3),
        min_size=1,
        max_size=12,
    ).filter(lambda grid: any(cell is not None for row in grid for cell in row))
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_cell_of_any_table_is_accounted_for(examine, grid):
    """Rows times columns is what was loaded, what was blank and what was checked; and the money is what was sent."""
    lines = [
        [f"Rad {number}", *("" if cell is None else str(cell) for cell in row)]
        for number, row in enumerate(grid)
    ]
    sums = [[*line, str(sum(cell or 0 for cell in row))] for line, row in zip(lines, grid, strict=True)]
    totals = [str(sum(row[at] or 0 for row in grid)) for at in range(3)]
    body = "\n".join(";".join(line) for line in [*sums, ["Summa", *totals, str(sum(map(int, totals)))]])
    examination, rows, facts = examine(f"Post;Prognos 2030;Budget 2031;Plan 2032;Summa\n{body}\n")
    counts = examination.table.non_data
    assert len(rows) + counts["blank_cell"] + counts["control_cell"] == 4 * (len(grid) + 1)
    assert facts.rows_read == facts.rows_loaded + facts.rows_non_data
    assert sum(Decimal(row["amount_sek"]) for row in rows) == sum(cell or 0 for row in grid for cell in row)
    assert said(examination, facts) == []
