"""The demo's member fees: amounts from note 1, totals that hold, and one file whose total does not."""

import io
import zipfile
from decimal import Decimal

from openpyxl import load_workbook

from ingestion.demo.generate import DELIVERIES

FOLDER = DELIVERIES / "landing" / "skelleftea-norsjo" / "member_fees"


def _text(name: str, encoding: str) -> list[list[str]]:
    return [line.split(";") for line in (FOLDER / name).read_bytes().decode(encoding).split("\r\n") if line]


def _amount(text: str) -> Decimal:
    return Decimal(text.replace(" ", "").replace(",", "."))


def test_2016_keeps_the_484_outside_the_sharing_rule() -> None:
    header, *rows, total = _text("medlemsavgifter_2016.csv", "cp1252")
    assert header == ["Medlem", "År", "Avgiftstyp", "Status", "Belopp"]
    assert [(row[0], row[2], _amount(row[4])) for row in rows] == [
        ("Försäkringskassan", "ordinarie", 3_066_000),
        ("Försäkringskassan", "övrigt", 484),
        ("Västerbottens läns landsting", "ordinarie", 1_533_000),
        ("Skellefteå kommun", "ordinarie", 1_453_000),
        ("Norsjö kommun", "ordinarie", 80_000),
    ]
    assert total[0] == "Summa" and _amount(total[4]) == sum(_amount(row[4]) for row in rows) == 6_132_484


def test_2017_is_a_workbook_with_a_title_row() -> None:
    content = (FOLDER / "medlemsavgifter_2017.xlsx").read_bytes()
    values = [row for row in load_workbook(io.BytesIO(content)).worksheets[0].values if any(row)]
    title, header, *rows, total = values
    assert title[1:] == (None,) * 4 and header == ("Medlem", "År", "Avgiftstyp", "Status", "Belopp")
    assert [(row[0], row[2], row[4]) for row in rows] == [
        ("Försäkringskassan", "ordinarie", 3_066_000),
        ("Försäkringskassan", "extra", 200_000),
        ("Västerbottens läns landsting", "ordinarie", 1_533_000),
        ("Skellefteå kommun", "ordinarie", 1_453_000),
        ("Skellefteå kommun", "extra", 200_000),
        ("Norsjö kommun", "ordinarie", 80_000),
    ]
    assert sum(row[4] for row in rows if row[2] == "ordinarie") == 6_132_000
    assert total[0] == "Summa" and total[4] == sum(row[4] for row in rows) == 6_532_000
    assert {row[1] for row in rows} == {2017} and {row[3] for row in rows} == {"beslutad"}


def test_the_workbook_holds_no_clock() -> None:
    with zipfile.ZipFile(FOLDER / "medlemsavgifter_2017.xlsx") as workbook:
        assert {entry.date_time for entry in workbook.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert workbook.read("docProps/core.xml").count(b"2018-01-31T00:00:00Z") == 2


def test_the_wrong_file_does_not_add_up_and_is_a_version_of_its_own() -> None:
    header, *rows, total = _text("medlemsavgifter_2017_fel_summa.csv", "utf-8")
    assert header[4] == "Version" and {row[4] for row in rows} == {"preliminär"}
    assert sum(_amount(row[5]) for row in rows) == 6_532_000
    assert total[0] == "Summa" and _amount(total[5]) == 5_632_000
