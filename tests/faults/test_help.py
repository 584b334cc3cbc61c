"""Faults of what we write about a file: formula text in it acts nowhere, and nobody's number is shown anywhere."""

import json

import openpyxl
import pytest

from ingestion import cli, refusal, trial
from ingestion.feeds import all_feeds
from ingestion.settings import Settings
from ingestion.template import own_header

FORMULAS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+46701234",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    '=HYPERLINK("x")',
]
NUMBERS = ["19800102-2386", "198001022386", "800102-2386", "8001022386", "19800102-2387", "8001022387"]
"""A test number in its notations, and one whose check digit is wrong: mistyped is still somebody's."""
TABLE_FEEDS = [feed.id for feed in all_feeds().values() if feed.reader == "table"]


def refuse(home, file, feed_id):
    """The quarantine's folder after the file was refused."""
    settings = Settings(home=home)
    tried = trial.read(settings, file, feed_id, None)
    assert tried.counts
    described = {"delivery_id": "abc", "file_name": file.name, "feed_id": feed_id, "association_id": "nyby"}
    return refusal.write_refusal(settings, described, tried.issues, tried.counts).parent


def strings_of(book):
    return [
        cell for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)
    ]


@pytest.mark.parametrize("formula", FORMULAS)
def test_f34_f77_formula_text_is_text_in_a_refusal(formula, tmp_path):
    file = tmp_path / "avgifter.csv"
    quoted = '"' + formula.replace('"', '""') + '"'
    file.write_text(f"Medlem;År;Belopp;Status\nNyby;2026;{quoted};{quoted}\n", encoding="utf-8", newline="")
    folder = refuse(tmp_path / "home", file, "member_fees")
    cells = strings_of(openpyxl.load_workbook(folder / "refusal.xlsx"))
    assert len(cells) > 20
    assert {cell.data_type for cell in cells} == {"s"}
    risky = [cell for cell in cells if cell.value.lstrip()[:1] in tuple("=+-@")]
    assert all(cell.quotePrefix for cell in risky)
    text = (folder / "refusal.txt").read_text(encoding="utf-8")
    assert not any(c in text for c in "\t\r\x1b")


def test_f34_a_header_that_is_a_formula_is_text_in_a_refusal(tmp_path):
    file = tmp_path / "avgifter.csv"
    file.write_text("Medlem;År;Belopp;=1+1\nNyby;2026;1;2\n", encoding="utf-8")
    cells = strings_of(
        openpyxl.load_workbook(refuse(tmp_path / "home", file, "member_fees") / "refusal.xlsx")
    )
    (header,) = [cell for cell in cells if cell.value == "=1+1"]
    assert header.data_type == "s" and header.quotePrefix


def planted(folder, feed_id, number, where):
    """A file of a feed with the number in every cell, or in the header, or in the name, wrong in every way besides."""
    feed = all_feeds()[feed_id]
    headers = [own_header(feed, column, {}) for column in feed.columns]
    name = f"{feed_id}_2026_{number}.csv" if where == "name" else f"{feed_id}_2026.csv"
    if where == "header":
        headers[-1] = f"Rubrik {number}"
    cells = [number if where == "cells" else f"fel {place}" for place in range(len(headers))]
    file = folder / name
    lines = [";".join(headers), ";".join(cells), ";".join([f"x {number}", *cells[1:], number])]
    file.write_text("\n".join(lines[: 3 if where == "cells" else 2]) + "\n", encoding="utf-8")
    return file


def everything_said(folder):
    text = "".join(path.read_text(encoding="utf-8") for path in folder.glob("refusal.[tj]*"))
    return text + " ".join(cell.value for cell in strings_of(openpyxl.load_workbook(folder / "refusal.xlsx")))


def digits_of(number):
    return number.replace("-", "")[-10:]


@pytest.mark.parametrize("where", ["cells", "header", "name"])
@pytest.mark.parametrize("feed_id", TABLE_FEEDS)
def test_f71_no_refusal_shows_a_planted_number(feed_id, where, tmp_path):
    for number in NUMBERS:
        folder = tmp_path / f"n{NUMBERS.index(number)}"
        folder.mkdir()
        said = everything_said(refuse(tmp_path / "home", planted(folder, feed_id, number, where), feed_id))
        bare = said.replace("-", "")
        assert number not in said and digits_of(number) not in bare


@pytest.mark.parametrize("where", ["cells", "header", "name"])
@pytest.mark.parametrize("as_json", [False, True])
def test_f71_check_shows_no_planted_number(where, as_json, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("FINSAM_HOME", str(tmp_path / "home"))
    file = planted(tmp_path, "member_fees", NUMBERS[0], where)
    status = cli.main(["check", str(file), "--feed", "member_fees", *(["--json"] if as_json else [])])
    said = capsys.readouterr()
    assert status == cli.REFUSED
    assert digits_of(NUMBERS[0]) not in (said.out + said.err).replace("-", "")
    if as_json:
        assert json.loads(said.out)["state"] in ("rejected", "held")


def test_f71_wrong_use_shows_no_planted_number(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("FINSAM_HOME", str(tmp_path / "home"))
    missing = tmp_path / f"{NUMBERS[0]}.csv"
    assert cli.main(["check", str(missing), "--feed", "member_fees"]) == cli.WRONG_USE
    unknown = planted(tmp_path, "member_fees", NUMBERS[0], "cells")
    assert cli.main(["check", str(unknown)]) == cli.WRONG_USE
    said = capsys.readouterr()
    assert digits_of(NUMBERS[0]) not in (said.out + said.err).replace("-", "")
