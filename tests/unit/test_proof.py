"""`finsam proof`: each check on invented papers, its own fault found and nothing where the paper is right."""

import csv
import json
from decimal import Decimal

import pytest

from ingestion import cli
from ingestion.proof.kinds import kind_of
from ingestion.proof.proofing import proof_files
from ingestion.proof.reading import NotATable

HEADER = "Tabell;Avsnitt;Radnummer;Rad;Radslag;Summa av;År;Version;Mått;Part;Kön;Insats;Enhet;Tryckt enhet;Tryckt värde;Not"


def write(path, rows, header=HEADER):
    """A paper of cells, each a dict by header; what is left out is blank."""
    names = header.split(";")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, delimiter=";", lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows({"Handling": "ÅR", **row} if "Handling" in names else row for row in rows)
    return path


def table(title, columns, *lines, **same):
    """Cells of a table: a line is (name, kind, values per column, and what else is to be said of it)."""
    cells = []
    for number, (name, kind, values, *more) in enumerate(lines, 1):
        for column, value in zip(columns, values, strict=True):
            cells.append(
                {"Tabell": title, "Radnummer": number, "Rad": name, "Radslag": kind, "Tryckt värde": value}
                | column | same | (more[0] if more else {})
            )  # fmt: skip
    return cells


def proofed(tmp_path, *cells):
    return proof_files([write(tmp_path / "paper.csv", [one for some in cells for one in some])])


def found(proof):
    return [
        (one.check, one.kind, one.first.line, one.first.column, str(one.difference)) for one in proof.findings
    ]


YEARS = ({"År": "2024"}, {"År": "2023"})


def test_a_paper_without_faults_has_no_findings_and_says_what_was_checked(tmp_path):
    proof = proofed(
        tmp_path,
        table("Resultat", YEARS, ("Avgifter", "rad", ("5 000", "4 000")), ("Bidrag", "rad", ("300", "250")),
              ("Summa intäkter", "summa", ("5 300", "4 250")), ("Löner", "rad", ("-3 000", "-2 900")),
              ("Hyra", "rad", ("-700", "-650")), ("Summa kostnader", "summa", ("-3 700", "-3 550")),
              ("Årets resultat", "resultat", ("1 600", "700"))),
    )  # fmt: skip
    assert found(proof) == []
    assert proof.checked["sum"] == 6
    assert (proof.figures, proof.tables) == (14, 1)


def test_a_sum_that_is_wrong_in_one_year(tmp_path):
    proof = proofed(tmp_path, table("Not 1", YEARS, ("Staten", "rad", ("3 271 474", "3 066 484")),
                                    ("Kommunen", "rad", ("1 653 000", "1 453 000")),
                                    ("Summa", "summa", ("4 924 494", "4 519 484"))))  # fmt: skip
    assert found(proof) == [("sum", "mistyped_digits", "Summa", "2024", "20")]
    (one,) = proof.findings
    assert (one.first_value, one.second_value) == (4924494, 4924474)
    assert [part.line for part in one.parts] == ["Staten", "Kommunen"]
    assert "1 653 000" in one.message_sv.replace("\u00a0", " ")


def test_rounding_is_half_a_unit_per_term_and_no_more(tmp_path):
    lines = (("A", "rad", ("10", "10")), ("B", "rad", ("20", "20")), ("Summa", "summa", ("31", "33")))
    assert found(proofed(tmp_path, table("T", YEARS, *lines, Enhet="tkr"))) == [
        ("sum", "unexplained", "Summa", "2023", "3")
    ]


def test_income_less_cost_written_without_minus(tmp_path):
    one = ({"År": "2024"},)
    lines = [
        ("Avgifter", "rad", ("5 000",), {"Avsnitt": "Intäkter"}), ("Övrigt", "rad", ("120",), {"Avsnitt": "Intäkter"}),
        ("Summa intäkter", "summa", ("5 120",), {"Avsnitt": "Intäkter"}), ("Löner", "rad", ("3 000",), {"Avsnitt": "Kostnader"}),
        ("Hyra", "rad", ("700",), {"Avsnitt": "Kostnader"}), ("Summa kostnader", "summa", ("3 700",), {"Avsnitt": "Kostnader"}),
    ]  # fmt: skip
    right = [*lines, ("Resultat", "resultat", ("1 420",), {"Avsnitt": "Resultat"})]
    wrong = [*lines, ("Resultat", "resultat", ("1 240",), {"Avsnitt": "Resultat"})]
    assert found(proofed(tmp_path, table("Budget", one, *right))) == []
    assert found(proofed(tmp_path, table("Budget", one, *wrong))) == [
        ("sum", "transposed_digits", "Resultat", "2024", "-180")
    ]


def test_a_sum_above_its_lines_and_varav_rows_that_are_not_summed(tmp_path):
    one = ({"År": "2024"}, {"År": "2025"})
    lines = [("Insatser totalt", "summa", ("900", "950")), ("Torget", "rad", ("600", "650")),
            ("varav lokal", "varav", ("100", "700")),
             ("Kursen", "rad", ("300", "300"))]  # fmt: skip
    assert found(proofed(tmp_path, table("Plan", one, *lines))) == [
        ("part", "unexplained", "varav lokal", "2025", "50")
    ]


@pytest.mark.parametrize(
    ("stated", "printed", "findings"),
    [
        ("1–2", "30", 0),
        ("1, 2", "30", 0),
        ("1 + 2", "31", 1),
        ("3 − 1", "30", 0),
        ("A; B", "30", 0),
        ("rad 1 och 2", "29", 1),
    ],
)
def test_what_a_total_is_said_to_sum_rules(tmp_path, stated, printed, findings):
    lines = [("A", "rad", ("10",)), ("B", "rad", ("20",)), ("C", "rad", ("40",)),
            ("Det hela", "summa", (printed,), {"Summa av": stated})]  # fmt: skip
    proof = proofed(tmp_path, table("T", ({"År": "2024"},), *lines, Enhet="personer"))
    assert len(proof.findings) == findings


def test_a_total_of_rows_that_do_not_exist_is_said_to_be_unchecked(tmp_path):
    lines = [("A", "rad", ("10",)), ("Summa", "summa", ("10",), {"Summa av": "7–9"})]
    proof = proofed(tmp_path, table("T", ({"År": "2024"},), *lines))
    assert not proof.findings
    assert len(proof.unchecked) == 1


def test_a_damaged_part_leaves_its_sum_unchecked(tmp_path):
    lines = [("A", "rad", ("10 000",)), ("B", "rad", ("2O 00O",)), ("Summa", "summa", ("30 000",))]
    proof = proofed(tmp_path, table("T", ({"År": "2024"},), *lines))
    assert not proof.findings
    assert proof.no_number == {"unreadable": 1}
    assert [one.place.line for one in proof.unchecked] == ["Summa"]


def test_women_and_men_and_unknown_are_the_total(tmp_path):
    sexes = ({"Kön": "Kvinnor"}, {"Kön": "Män"}, {"Kön": "Okänt"}, {"Kön": "Totalt"})
    lines = [("Torget", "rad", ("48", "47", "2", "97")), ("Kursen", "rad", ("68", "35", "0", "104"))]
    assert found(proofed(tmp_path, table("Deltagare", sexes, *lines, Enhet="personer"))) == [
        ("sex", "off_by_one", "Kursen", "totalt", "1")
    ]


def test_a_total_column_of_parties_that_omits_one(tmp_path):
    parties = ({"Part": "Storköping"}, {"Part": "AF"}, {"Part": "Alla parter"})
    lines = [("Tjänst", "rad", ("800", "350", "1 150")), ("Summa", "summa", ("800", "350", "800"))]
    assert ("across", "stale_sum", "Summa", "alla parter", "-350") in found(
        proofed(tmp_path, table("Kostnader", parties, *lines))
    )


def test_a_ten_year_column_sums_its_years(tmp_path):
    columns = ({"År": "2005"}, {"År": "2006"}, {"År": "2007"}, {"År": "2005–2007"})
    lines = [("Avgifter", "rad", ("100", "200", "300", "600")), ("Bidrag", "rad", ("10", "20", "30", "60")),
             ("Övrigt", "rad", ("1", "2", "3", "7"))]  # fmt: skip
    assert ("total_column", "off_by_one", "Övrigt", "2005–2007", "1") in found(
        proofed(tmp_path, table("Plan", columns, *lines, Enhet="st"))
    )


BUDGET = ({"Version": "utfall"}, {"Version": "budget"}, {"Version": "avvikelse"})


def test_a_deviation_with_the_wrong_sign_where_costs_are_written_with_minus(tmp_path):
    lines = [("Nettokostnad", "rad", ("-7 803 654", "-8 706 000", "902 346")),
            ("Intäkter", "rad", ("6 597 474", "6 630 000", "32 526")),
             ("Övrigt", "rad", ("-1 000", "-1 500", "500"))]  # fmt: skip
    assert found(proofed(tmp_path, table("Sammanfattning", BUDGET, *lines))) == [
        ("change", "missing_minus", "Intäkter", "avvikelse", "65052")
    ]


def test_income_may_deviate_the_other_way_where_costs_have_no_sign(tmp_path):
    """A deviation is often its effect on the result: more income is plus, more cost is minus."""
    lines = [
        ("Avgifter", "rad", ("110", "100", "10"), {"Avsnitt": "Intäkter"}),
            ("Bidrag", "rad", ("55", "50", "5"), {"Avsnitt": "Intäkter"}),
        ("Löner", "rad", ("80", "70", "-10"), {"Avsnitt": "Kostnader"}),
            ("Hyra", "rad", ("30", "20", "-10"), {"Avsnitt": "Kostnader"}),
        ("Resor", "rad", ("9", "7", "-2"), {"Avsnitt": "Kostnader"}),
    ]  # fmt: skip
    assert found(proofed(tmp_path, table("Budget", BUDGET, *lines))) == []


def test_a_share_that_is_not_its_count_by_its_base(tmp_path):
    columns = ({"Mått": "Antal"}, {"Mått": "Andel", "Enhet": "procent"}, {"Mått": "Avslutade"})
    lines = [("Arbete", "rad", ("3", "9 %", "32")), ("Studier", "rad", ("7", "22 %", "32")),
            ("Övrigt", "rad", ("16", "50 %", "32")),
             ("Okänt", "rad", ("6", "91 %", "32"))]  # fmt: skip
    assert found(proofed(tmp_path, table("Avslut", columns, *lines))) == [
        ("percent", "unexplained", "Okänt", "Andel", "72")
    ]


def test_a_year_opens_with_what_the_year_before_closed_with(tmp_path):
    lines = [("Eget kapital vid årets ingång", "rad", ("2 497 810", "3 938 858")),
            ("Årets resultat", "rad", ("-1 206 180", "-1 441 678")),
             ("Eget kapital vid årets utgång", "summa", ("1 291 630", "2 497 180"))]  # fmt: skip
    assert found(proofed(tmp_path, table("Eget kapital", YEARS, *lines))) == [
        ("roll_forward", "transposed_digits", "Eget kapital vid årets ingång", "2024", "630")
    ]


def test_assets_are_equity_and_liabilities(tmp_path):
    lines = [("Fordringar", "rad", ("100",)), ("Kassa", "rad", ("900",)), ("Summa tillgångar", "summa", ("1 000",)),
             ("Eget kapital", "rad", ("700",)), ("Skulder", "rad", ("250",)),
             ("Summa eget kapital och skulder", "summa", ("950",))]  # fmt: skip
    assert found(proofed(tmp_path, table("Balans", ({"År": "2024"},), *lines))) == [
        ("balance", "unexplained", "Summa tillgångar", "2024", "50")
    ]


def test_one_fact_in_two_tables_under_two_names(tmp_path):
    one = ({"År": "2024"},)
    proof = proofed(
        tmp_path,
        table("Resultaträkning", one, ("Årets resultat", "rad", ("-1 441 678",))),
        table("Balansräkning", one, ("Periodens resultat", "rad", ("1 441 678",))),
        table("Kassaflöde", one, ("Resultat", "rad", ("-1 441,678",))),
    )
    assert found(proof)[:1] == [("same_fact", "missing_minus", "Periodens resultat", "2024", "2883356")]


def test_last_years_column_against_what_was_printed_then(tmp_path):
    lines = (("Löner", "rad"), ("Övrigt", "rad"), ("Summa", "summa"))
    papers = (
        ("ÅR 2023", "2023", ("1 036 175", "281 377", "1 317 552")),
        ("ÅR 2024", "2023", ("1 036 715", "281 377", "1 318 092")),
    )
    cells = [
        {
            "Handling": paper,
            "Tabell": f"Not 2 {paper}",
            "Rad": name,
            "Radslag": kind,
            "År": year,
            "Tryckt värde": value,
        }
        for paper, year, values in papers
        for (name, kind), value in zip(lines, values, strict=True)
    ]
    proof = proof_files([write(tmp_path / "p.csv", cells, "Handling;" + HEADER)])
    assert [(one.check, one.kind, one.first.line, str(one.difference)) for one in proof.findings] == [
        ("same_fact", "transposed_digits", "Löner", "540"),
    ]
    assert [one.line for one in proof.findings[0].carried] == ["Summa"]
    assert {(one.first.document, one.second.document) for one in proof.findings} == {("ÅR 2024", "ÅR 2023")}


def test_a_workbook_is_read_as_a_text_file_is(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["Tabell", "Rad", "Radslag", "År", "Tryckt värde"])
    for row in (
        ("T", "A", "rad", 2024, "10 000"),
        ("T", "B", "rad", 2024, 20000),
        ("T", "Summa", "summa", 2024, "30 001,5"),
    ):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    assert found(proof_files([tmp_path / "t.xlsx"])) == [("sum", "unexplained", "Summa", "2024", "1.5")]


def test_tables_as_they_are_handed_round_are_read_as_they_are(tmp_path):
    header = (
        "paper,association,source_line,page_heading,year,version,section,line_no,line_item,row_type,unit,unit_printed,"
        "value_printed,value_num,comment"
    )
    rows = [
        "ÅR,F,1,Balans,2024,utfall,Tillgångar,1,Fordringar,line,kr,kr,100 000,100000,",
        "ÅR,F,2,Balans,2024,utfall,Tillgångar,2,Kassa,line,kr,kr,900 000,900000,",
        "ÅR,F,3,Balans,2024,utfall,Tillgångar,3,Summa,total,kr,kr,1 100 000,1100000,se nästa sida",
    ]
    path = tmp_path / "t.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    proof = proof_files([path])
    assert found(proof) == [("sum", "counted_twice", "Summa", "2024 utfall", "100000")]
    assert proof.unused_headers == ["association", "source_line", "value_num"]


def test_an_annexs_sum_is_the_line_of_the_plan(tmp_path):
    plan = ({"År": "2025", "Version": "plan"}, {"År": "2026", "Version": "plan"})
    proof = proofed(
        tmp_path,
        table("Plan", plan, ("Beslutade insatser", "rad", ("4 100", "3 900")), ("Ej beslutade insatser", "rad", ("900", "1 200")),
              Enhet="tkr"),
        table("Bilaga A", plan, ("Torget", "rad", ("2 600", "2 600")), ("Kursen", "rad", ("1 500", "1 350")),
              ("Summa beslutade insatser", "summa", ("4 100", "3 950")), Enhet="tkr"),
    )  # fmt: skip
    assert found(proof) == [("same_fact", "mistyped_digits", "Beslutade insatser", "2026", "-50000")]


def test_budgets_of_two_versions_are_two_facts(tmp_path):
    proof = proofed(
        tmp_path,
        table(
            "A", ({"År": "2024", "Version": "budget"},), ("Verksamhetens kostnader", "rad", ("9 275 500",))
        ),
        table(
            "B",
            ({"År": "2024", "Version": "justerad budget"},),
            ("Verksamhetens kostnader", "rad", ("8 706 000",)),
        ),
    )
    assert found(proof) == []


def test_a_note_is_the_line_that_refers_to_it(tmp_path):
    proof = proofed(
        tmp_path,
        table("Resultaträkning", YEARS, ("Kostnader", "rad", ("-7 803 654", "-7 620 472"), {"Not": "2"})),
        table("Not 2 Kostnader", YEARS, ("Projekt", "rad", ("7 000 000", "7 000 000")), ("Övrigt", "rad", ("803 654", "620 427")),
              ("Summa", "summa", ("7 803 654", "7 620 427"))),
    )  # fmt: skip
    assert found(proof) == [("note", "transposed_digits", "Summa", "2023", "-45")]


def test_a_heading_in_thousands_over_kronor_is_told_once(tmp_path):
    lines = [("A", "rad", ("1 250 000",)), ("B", "rad", ("2 250 000",))]
    proof = proofed(tmp_path, table("T", ({"År": "2024"},), *lines, Enhet="kr", **{"Tryckt enhet": "tkr"}))
    assert [one.check for one in proof.findings] == ["unit"]


def test_tables_that_deal_out_participants_sum_to_them_by_sex(tmp_path):
    sexes = ({"Kön": "Kvinnor", "År": "2024"}, {"Kön": "Män", "År": "2024"}, {"Kön": "Totalt", "År": "2024"})
    same = {"Insats": "Torget", "Enhet": "personer"}
    proof = proofed(
        tmp_path,
        table("Översikt", sexes, ("Deltagare", "rad", ("68", "71", "139")), **same),
        table(
            "Remittenter", sexes, ("AF", "rad", ("20", "51", "71")), ("FK", "rad", ("46", "22", "68")), **same
        ),
    )
    assert found(proof) == [
        ("partition", "wrong_box", "AF", "kvinnor", "-2"),
        ("partition", "wrong_box", "AF", "män", "2"),
    ]


def test_participants_less_ended_are_those_who_remain(tmp_path):
    lines = [
        ("Deltagare", "rad", ("236",)),
        ("Avslutade", "rad", ("75",)),
        ("Kvar vid årets slut", "rad", ("162",)),
    ]
    proof = proofed(tmp_path, table("Insats", ({"År": "2024"},), *lines, Enhet="personer", Insats="Torget"))
    assert found(proof) == [("people", "off_by_one", "Kvar vid årets slut", "2024", "1")]


def test_the_same_words_for_very_different_amounts_are_a_question_and_no_finding(tmp_path):
    """A board's papers hold other organisations' budgets too."""
    one = ({"År": "2024", "Version": "budget"},)
    proof = proofed(
        tmp_path,
        table("Vår budget", one, ("Medlemsavgifter", "rad", ("23 090 000",))),
        table("Nätverkets budget", one, ("Medlemsavgifter", "rad", ("14 000",))),
    )
    assert (proof.findings, len(proof.questions)) == ([], 1)


def test_columns_may_be_delivered_one_after_the_other_without_line_numbers(tmp_path):
    cells = [
        {"Tabell": "T", "Rad": name, "Radslag": kind, "År": year, "Tryckt värde": value}
        for year, values in (
            ("2024", ("10 000", "25 000", "35 000")),
            ("2023", ("11 000", "20 000", "32 000")),
        )
        for name, kind, value in zip(("A", "B", "Summa"), ("rad", "rad", "summa"), values, strict=True)
    ]
    assert found(proof_files([write(tmp_path / "t.csv", cells)])) == [
        ("sum", "mistyped_digits", "Summa", "2023", "1000")
    ]


def test_the_same_line_twice_is_two_lines(tmp_path):
    lines = [("Samordnare", "rad", ("35",)), ("Samordnare", "rad", ("119",)), ("S:a", "summa", ("154",))]
    cells = [
        {k: v for k, v in one.items() if k != "Radnummer"} for one in table("T", ({"År": "2024"},), *lines)
    ]
    assert found(proof_files([write(tmp_path / "t.csv", cells)])) == []


@pytest.mark.parametrize(
    ("printed", "expected", "parts", "neighbours", "kind"),
    [
        (1441678, -1441678, (), (), "missing_minus"),
        (2497180, 5380536, (3938858, 1441678), (), "missing_minus"),
        (230590000, 23090000, (), (), "stray_digit"),
        (141678, 1441678, (), (), "missing_digit"),
        (1414678, 1441678, (), (), "transposed_digits"),
        (-2278010, -2748010, (), (), "mistyped_digits"),
        (6132, 6132000, (), (), "unit"),
        (8190, 8540, (8190, 350), (), "stale_sum"),
        (8890, 8540, (8190, 350), (), "counted_twice"),
        (6132000, 6532000, (), (6132000,), "earlier_year"),
        (162, 161, (), (), "off_by_one"),
        (77, 1441678, (), (), "unexplained"),
    ],
)
def test_the_likely_kind_of_error(printed, expected, parts, neighbours, kind):
    numbers = [Decimal(one) for one in parts]
    assert (
        kind_of(Decimal(printed), Decimal(expected), Decimal("0.5"), numbers, map(Decimal, neighbours))
        == kind
    )


# --- the verb ---


def test_the_verb_tells_both_places_and_counts_and_ends_with_1(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FINSAM_HOME", str(tmp_path / "home"))
    lines = [("A", "rad", ("10 000",)), ("B", "rad", ("20 000",)), ("Summa", "summa", ("300 000",))]
    path = write(tmp_path / "p.csv", table("Not 7", ({"År": "2024"},), *lines))
    assert cli.main(["proof", str(path)]) == 1
    told = capsys.readouterr().out.replace("\u00a0", " ")
    assert "Not 7" in told and "10 000 + 20 000 = 30 000" in told and "en siffra för mycket" in told
    assert "1 summor och 0 par jämförda: 1 skiljer sig i 1 tabeller." in told
    assert cli.main(["proof", str(path), "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["findings"][0]["first"]["row"] == 4
    assert data["findings"][0]["difference"] == "270000"


def test_the_verb_ends_with_0_without_findings_and_2_for_what_is_no_paper(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FINSAM_HOME", str(tmp_path / "home"))
    lines = [("A", "rad", ("10",)), ("B", "rad", ("20",)), ("Summa", "summa", ("30",))]
    assert cli.main(["proof", str(write(tmp_path / "p.csv", table("T", ({"År": "2024"},), *lines)))]) == 0
    assert "inget säger emot sig självt" in capsys.readouterr().out
    strange = tmp_path / "q.csv"
    strange.write_text("a;b\n1;2\n", encoding="utf-8")
    assert cli.main(["proof", str(strange)]) == 2
    assert cli.main(["proof", str(tmp_path / "nowhere.csv")]) == 2
    with pytest.raises(NotATable):
        proof_files([strange])
