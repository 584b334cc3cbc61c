"""The template of every feed: what it makes is what the reader reads, empty it is refused, filled in it is accepted."""

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from expectations import gate
from expectations.verdict import verdict
from ingestion import cli, template, trial
from ingestion.binding import HeaderAlias
from ingestion.feeds import all_feeds
from ingestion.settings import Settings

CELLS = {
    "text": "Något",
    "amount": "1 250,50",
    "integer": "3",
    "year": "2026",
    "quarter": "2026-kv1",
    "period": "2026",
    "date": "2026-03-01",
    "share": "25 %",
    "posts": "150 %",
    "flag": "ja",
    "municipality": "0380",
    "organisation_number": "222000-5555",
    "member_code": "0380",
    "person_key": "K-17",
}
OWN_CELLS = {
    ("associations", "organisation_number"): "222000-5555",
    ("header_aliases", "feed_id"): "member_fees",
    ("header_aliases", "column_name"): "amount_sek",
    ("applications", "amount_sek"): "1 250,50",
    ("decisions", "amount_sek"): "1 250,50",
    ("decisions", "paragraph"): "§ 41",
    ("surveys", "answer_count"): "8",
    ("surveys", "positive_count"): "6",
    ("progress", "health"): "3",
}
TABLES = [
    (feed_id, suffix)
    for feed_id, feed in all_feeds().items()
    for suffix in (".csv", ".xlsx")
    if suffix in feed.suffixes and feed.reader == "table"
]


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home")


def make(settings, feed_id, folder, association=None):
    made = template.make(settings, feed_id, association, folder, 2026)
    return {path.suffix: path for path in made.files}


def a_row(feed, headers):
    """A cell for every required column, under the header of the template that is bound to it."""
    known = template.known_headers(feed, {})
    names = [known[template.normalise_header(header)] for header in headers]
    return [a_cell(feed, feed.column(name)) for name in names]


def a_cell(feed, column):
    if not column.required and (feed.id, column.name) not in OWN_CELLS:
        return ""
    words = template.words_of(column)
    return OWN_CELLS.get((feed.id, column.name)) or (words[0] if words else CELLS[column.kind])


def fill(feed, path):
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            (headers,) = csv.reader(file, delimiter=";")
        with path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=";").writerow(a_row(feed, headers))
        return
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    row = a_row(feed, [cell.value for cell in sheet[1]])
    for place, text in enumerate(row, 1):
        sheet.cell(2, place, date.fromisoformat(text) if text == CELLS["date"] else text or None)
    book.save(path)


@pytest.mark.parametrize(("feed_id", "suffix"), TABLES)
def test_an_empty_template_is_refused_for_having_no_rows(feed_id, suffix, settings, tmp_path):
    tried = trial.read(settings, make(settings, feed_id, tmp_path)[suffix], feed_id, None)
    assert tried.counts == {"STR-002": 1}
    assert "Minst en rad" in tried.text_sv and "Gör så här" in tried.text_sv


def test_a_filled_in_template_is_accepted(settings, tmp_path):
    facts = []
    for feed_id, suffix in TABLES:
        path = make(settings, feed_id, tmp_path / f"{feed_id}{suffix}")[suffix]
        fill(all_feeds()[feed_id], path)
        tried = trial.read(settings, path, feed_id, None)
        assert not tried.counts, (feed_id, suffix, tried.text_sv)
        tried.facts = replace(tried.facts, delivery_id=f"{feed_id}{suffix}")
        facts.append(tried.facts)
    evidence = gate.judge(facts, "test")
    for one in facts:
        own = [item for item in evidence if item.subject == one.delivery_id]
        assert verdict(own, one.feed).is_accepted, one.delivery_id


def test_the_association_s_own_headers_are_used(settings, tmp_path):
    folder = settings.reference / "nyby"
    folder.mkdir(parents=True)
    (folder / "associations.csv").write_text("Organisationsnummer;Namn\n222000-5555;Nyby\n", encoding="utf-8")
    (folder / "header_aliases.csv").write_text(
        "Leverans;Rubrik;Kolumn\nmember_fees;Tilldelning;amount_sek\nmember_fees;Slag;fee_version\n",
        encoding="utf-8",
    )
    text = make(settings, "member_fees", tmp_path, "nyby")[".csv"].read_text(encoding="utf-8-sig")
    headers = text.strip().split(";")
    assert "Tilldelning" in headers and "Slag" in headers and "Belopp" not in headers
    assert len(set(headers)) == len(all_feeds()["member_fees"].columns)


def test_a_header_that_means_something_else_here_is_not_used():
    feed = all_feeds()["member_fees"]
    aliases = {"Medlem": HeaderAlias("member_code")}
    assert template.own_header(feed, feed.column("member_name"), aliases) == "Medlemmar"
    assert template.own_header(feed, feed.column("member_code"), aliases) == "Medlem"


def test_the_workbook_helps_in_the_cell(settings, tmp_path):
    book = openpyxl.load_workbook(make(settings, "member_fees", tmp_path)[".xlsx"])
    sheet, about, lists = book.worksheets
    assert (about.title, lists.sheet_state) == ("Anvisning", "hidden")
    assert sheet.freeze_panes == "A2"
    place = {cell.value: cell.column_letter for cell in sheet[1]}
    validations = {str(one.sqref)[0]: one for one in sheet.data_validations.dataValidation}
    offered = validations[place["Status"]]
    assert (offered.type, offered.formula1) == ("list", f"Listor!${place['Status']}$1:${place['Status']}$3")
    assert [lists[f"{place['Status']}{row}"].value for row in (1, 2, 3)] == [
        "beslutad",
        "fakturerad",
        "betald",
    ]
    assert validations[place["Medlem"]].promptTitle == "Krävs"
    formats = {header: sheet.column_dimensions[letter].number_format for header, letter in place.items()}
    assert (formats["Belopp"], formats["Förfaller"], formats["Kommunkod"]) == (
        "#,##0.00",
        "yyyy\\-mm\\-dd",
        "@",
    )


@pytest.mark.parametrize("feed_id", all_feeds())
def test_the_instructions_name_every_column_and_where_the_file_goes(feed_id, settings, tmp_path):
    feed = all_feeds()[feed_id]
    text = make(settings, feed_id, tmp_path, "nyby")[".txt"].read_text(encoding="utf-8-sig")
    folder = "landing" if feed.kind == "member" else "reference"
    assert f"FINSAM_HOME/{folder}/nyby/{feed_id}" in text
    assert f"--feed {feed_id} --association nyby" in text
    if feed.reader == "table":
        for column in [one for one in feed.columns if not (one.by_reader or one.reads)]:
            assert f"\n{template.own_header(feed, column, {})}" in text, column.name
            assert all(word.lower() in text.lower() for word in template.words_of(column))


def test_a_table_with_a_column_per_year_is_filled_in_and_accepted(settings, tmp_path):
    made = template.make(settings, "budgets", None, tmp_path, 2026)
    path = next(path for path in made.files if path.stem == "budgets_per_ar")
    assert "en kolumn per år" in made.text_sv
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("Upprättad;") and lines[3].startswith("Post;Insats;Insatsägare;Utfall 20")
    lines[0] = lines[0].replace(";", ";2025-11-20", 1)
    lines[4:] = ["Kansli;;;1 000;1 100;1 200;1 300;4 600", "Insatser;Steget;Dalby;2 000;;;;2 000",
                 "Summa;;;3 000;1 100;1 200;1 300;6 600"]  # fmt: skip
    path.write_text("\r\n".join([*lines, ""]), encoding="utf-8-sig")
    checked = trial.check(settings, path, "budgets", None)
    assert (checked.state, checked.completeness, checked.rows["loaded"]) == ("accepted", "proven", 5)


def test_a_ledger_comes_from_the_accounting_program(settings, tmp_path):
    text = make(settings, "ledger", tmp_path)[".txt"].read_text(encoding="utf-8-sig")
    assert "bokföringsprogrammet" in text and "SIE, typ 4" in text and "hela räkenskapsåret" in text


def test_the_year_stands_in_the_name_where_the_contract_reads_it_there(settings, tmp_path):
    assert make(settings, "participants", tmp_path)[".csv"].name == "participants_2026.csv"
    assert make(settings, "members", tmp_path)[".csv"].name == "members.csv"


def test_nothing_is_written_over(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("FINSAM_HOME", str(tmp_path / "home"))
    there = tmp_path / "member_fees.xlsx"
    there.write_bytes(b"someone's work")
    assert cli.main(["template", "member_fees", "--out", str(tmp_path)]) == cli.WRONG_USE
    assert "finns redan" in capsys.readouterr().err
    assert there.read_bytes() == b"someone's work"
    assert [path.name for path in Path(tmp_path).iterdir()] == ["member_fees.xlsx"]


def test_it_says_what_it_made_and_what_comes_next(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("FINSAM_HOME", str(tmp_path / "home"))
    assert cli.main(["template", "member_fees", "--association", "nyby", "--out", str(tmp_path)]) == cli.DONE
    said = capsys.readouterr().out
    assert "finsam check member_fees.csv --feed member_fees --association nyby" in said
    assert "Förbundet nyby är inte känt än" in said
    assert cli.main(["template", "avgifter"]) == cli.WRONG_USE
    assert "member_fees" in capsys.readouterr().err
