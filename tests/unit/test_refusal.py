"""What is said of a delivery that was refused or held: on screen, as data, and in a workbook."""

import json

import openpyxl
import pytest

from ingestion import refusal
from ingestion.refusal import Notice, readable, row_ranges, text_sv
from ingestion.settings import Settings

AMBIGUOUS = "Ett entydigt belopp; punkten kan vara tusental eller decimaler."
WITH_COMMA = "Skriv decimaler med komma."


def issue(number, row, value, rule_id="VAL-001", column="Belopp", **more):
    return {
        "issue_number": number,
        "rule_id": rule_id,
        "row_number": row,
        "column_name": column,
        "value_shown": value,
        "expected_sv": AMBIGUOUS,
        "remedy_sv": WITH_COMMA,
        "blocking": True,
    } | more


def notice(issues, state="rejected", counts=None, **more):
    counted = counts or {one["rule_id"]: 0 for one in issues}
    for one in issues if counts is None else ():
        counted[one["rule_id"]] += 1
    return Notice("avgifter.csv", "member_fees", "nyby", state, issues, counted, "abc123", **more)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([4], "rad 4"),
        ([9, 4], "rad 4 och 9"),
        ([4, 9, *range(12, 41)], "rad 4, 9 och 12–40"),
        ([4, 5], "rad 4 och 5"),
        ([1, 2, 3, 3], "rad 1–3"),
        (range(1, 100, 2), "rad 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23 med flera"),
    ],
)
def test_rows_are_told_in_ranges(rows, said):
    assert row_ranges(rows) == said


def test_a_refusal_says_what_why_and_what_now_and_each_remedy_once():
    text = text_sv(notice([issue(1, 4, "1.234"), issue(2, 9, "2.345"), issue(3, 10, "1.234")]))
    assert text.splitlines() == [
        "avgifter.csv (member_fees från nyby) togs inte emot.",
        "Varför: 3 fel mot regeln ”Belopp går att läsa entydigt, till öret”.",
        "Nu: Inget ur filen har lästs in, och de förra siffrorna gäller. Rätta det som står nedan och lämna hela filen igen"
        " i samma mapp.",
        "",
        "Regel VAL-001: Belopp går att läsa entydigt, till öret. (3 fel, stoppar leveransen)",
        "  Ett gissat belopp är ett fel belopp.",
        f"  * Rad 4, 9 och 10, kolumn Belopp, ”1.234”, ”2.345”. Väntat: {AMBIGUOUS}",
        f"  Gör så här: {WITH_COMMA}",
    ]


def test_different_remedies_stand_with_their_faults():
    text = text_sv(notice([issue(1, 4, "1.234"), issue(2, 9, "x", remedy_sv="Ta bort bokstaven.")]))
    assert text.count("Gör så här: ") == 2


def test_the_worst_comes_first_and_an_annotation_is_called_one():
    found = notice([issue(1, 2, None, "BUD-002", blocking=False), issue(2, 3, "1.234")])
    found = Notice("b.csv", "budgets", "nyby", "rejected", found.issues, found.counts)
    assert [(rule.rule_id, rule.effect) for rule in found.rules] == [
        ("VAL-001", "invariant"),
        ("BUD-002", "finding"),
    ]
    assert "1 anmärkning, anmärkning" not in text_sv(found)
    assert found.why_sv.startswith("1 fel mot regeln ”Belopp")


def test_the_count_is_exact_where_only_the_first_thousand_are_kept():
    text = text_sv(notice([issue(n, n + 1, "1.234") for n in range(1000)], counts={"VAL-001": 41_234}))
    assert "41\u00a0234 fel" in text
    assert "Bara de 1\u00a0000 första sparas; antalet är exakt." in text


def test_many_kinds_of_fault_are_cut_in_text_and_whole_in_the_workbook(tmp_path):
    issues = [issue(n, n + 1, "x", column=f"Kolumn {n}") for n in range(30)]
    found = notice(issues)
    assert "… och 18 till; alla som sparats står i refusal.xlsx." in text_sv(found)
    refusal.save_workbook(found, tmp_path / "refusal.xlsx")
    assert openpyxl.load_workbook(tmp_path / "refusal.xlsx")["Fel"].max_row == 31


def test_a_held_delivery_says_what_can_be_decided_and_by_whom():
    text = text_sv(notice([], "held", {}, reason_sv="Överlappar kansliets lista."))
    assert "väntar på beslut" in text.splitlines()[0]
    assert "Varför: Överlappar kansliets lista." in text
    assert "förbundets förvaltare" in text
    assert "`finsam approve abc123 --reason SKÄL --login INLOGGNING`" in text and "`finsam reject`" in text


def test_a_persons_decision_is_told_in_the_persons_words():
    decided = {
        "rule_id": "beslut",
        "expected_sv": "dubbel räkning (beslut av Karin)",
        "remedy_sv": "Tala med den som beslutade.",
    }
    text = text_sv(notice([decided], counts={"beslut": 1}))
    assert "Varför: dubbel räkning (beslut av Karin)" in text
    assert "Gör så här: Tala med den som beslutade." in text


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Belopp", "Belopp"),
        ("\x1b[2Jborta", "␛[2Jborta"),
        ("rad\nett", "rad␊ett"),
        ("\u202egnp.exe", "⟨U+202E⟩gnp.exe"),
        ("nej\u200b", "nej⟨U+200B⟩"),
        ("1\u00a0250", "1\u00a0250"),
        ("19800102-2386", "••••••••"),
        ("19800102-2387", "••••••••"),
    ],
)
def test_what_the_file_said_is_shown_harmless(sent, shown):
    assert readable(sent) == shown


def test_three_files_lie_in_the_quarantine(tmp_path):
    settings = Settings(home=tmp_path)
    described = {
        "delivery_id": "abc123",
        "file_name": "a.csv",
        "feed_id": "member_fees",
        "association_id": "nyby",
    }
    text = refusal.write_refusal(settings, described, [issue(1, 4, "1.234")], {"VAL-001": 1})
    assert sorted(path.name for path in text.parent.iterdir()) == [
        "refusal.json",
        "refusal.txt",
        "refusal.xlsx",
    ]
    data = json.loads((text.parent / "refusal.json").read_text(encoding="utf-8"))
    assert data["delivery"]["state"] == "rejected"
    (rule,) = data["rules"]
    assert rule["count"] == 1 and rule["why_sv"] and rule["owner_sv"] == "Den som lämnar filen"
    assert data["issues"][0]["value_shown"] == "1.234"
    assert data["what_sv"] in text.read_text(encoding="utf-8")
    refusal.remove_refusal(settings, "abc123")
    assert not text.parent.exists()
    refusal.remove_refusal(settings, "abc123")  # nothing there is as good


def test_the_workbook_is_one_a_finance_officer_can_filter(tmp_path):
    found = notice([issue(1, 4, "1.234"), issue(2, 9, "2.345", column=None)])
    refusal.save_workbook(found, tmp_path / "refusal.xlsx")
    book = openpyxl.load_workbook(tmp_path / "refusal.xlsx")
    assert book.sheetnames == ["Fel", "Om leveransen"]
    sheet = book["Fel"]
    assert [cell.value for cell in sheet[1]] == [
        "Rad",
        "Kolumn",
        "Värde",
        "Väntat",
        "Gör så här",
        "Följd",
        "Regel",
        "Regeln säger",
    ]
    assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref == "A1:H3"
    assert sheet["A2"].value == 4 and sheet["C2"].value == "1.234"
    assert sheet.column_dimensions["D"].width > 40
    about = {row[0].value: row[1].value for row in book["Om leveransen"].iter_rows(max_row=7)}
    assert about["Leveransens id"] == "abc123" and about["Vad"] == found.what_sv
    assert "VAL-001" in [row[0].value for row in book["Om leveransen"].iter_rows()]
