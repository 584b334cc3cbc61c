"""The national network's budget, as Uppsala's board papers print it, goes in as it stands: every printed cell is published.

The network is no association: it is taken in beside them, by reference data and one plan table. Two of its names stand both
among income and among costs.
"""

import csv
import shutil
from decimal import Decimal

import pytest

from ingestion import night
from ingestion.settings import PROJECT_ROOT, Settings
from ingestion.warehouse import embedded
from tests.conftest import new_warehouse

pytestmark = pytest.mark.xdist_group("network_budget")
DEMO = PROJECT_ROOT / "ingestion" / "demo"
PRINTED = DEMO / "sources" / "printed" / "uppsala_lan_2021-09-16.csv"
NETWORK = "Nationella Nätverket för Samordningsförbund (NNS)"
COLUMNS = {
    "Budget 2020": ("2020", "budget"),
    "Justerad budget 2020": ("2020", "justerad budget"),
    "Budget 2021": ("2021", "budget"),
}
TOTALS = {"SUMMA INTÄKT": "income", "SUMMA Kostnader": "cost", "Resultat": "result"}
KINDS = {"budget": "budget", "justerad budget": "revised_budget"}


def printed():
    """(section, line) -> {(year, version): amount}, in the order of the print."""
    lines = {}
    with PRINTED.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            if row["Part"] == NETWORK and (row["År"], row["Version"]) in COLUMNS.values():
                cells = lines.setdefault((row["Avsnitt"], row["Rad"]), {})
                cells[row["År"], row["Version"]] = row["Tryckt värde"]
    return lines


def codes(lines):
    """The network's own codes of its lines: two of a name get one each."""
    own = [key for key in lines if key[1] not in TOTALS]
    return {key: TOTALS.get(key[1]) or f"rad_{own.index(key) + 1:02}" for key in lines}


def as_table(lines):
    """The plan table as a spreadsheet has it: the scan of the paper spaces some thousands oddly (`1283 465`)."""
    out = [[f"Budget för {NETWORK}"], ["Upprättad", "2021-09-16"], ["Enhet", "kr"], ["", *COLUMNS]]
    for number, (section, name) in enumerate(lines):
        before = list(lines)[number - 1][0] if number else None
        if section not in (before, "Resultat"):
            out.append([section])
        printed_cells = (lines[section, name].get(column, "") for column in COLUMNS.values())
        out.append([name, *(text.replace(" ", "") for text in printed_cells)])
    return "".join(";".join(row + [""] * (len(COLUMNS) + 1 - len(row))) + "\n" for row in out)


def as_report_lines(lines):
    out = ["Räkning;Radkod;Benämning;Andra namn;Radslag;Summeras i;Tecken;Ordning"]
    for number, ((section, name), code) in enumerate(codes(lines).items()):
        if name in TOTALS:
            continue
        side, sign = ("income", -1) if section == "Intäkter" else ("cost", 1)
        out.append(f"budget;{code};{name};;rad;{side}|result;{sign};{200 + number}")
    out.append("budget;income;Summa intäkter;SUMMA INTÄKT;summa;;-1;40")
    return "\n".join(out) + "\n"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """(year, kind, line) -> amount, after one night with the network alone; and what the night said of it."""
    home = tmp_path_factory.mktemp("network") / "home"
    lines = printed()
    try:
        warehouse = new_warehouse(home)
        shutil.copytree(DEMO / "deliveries" / "reference" / "common", home / "reference" / "common")
        files = {
            "reference/natverket/associations.csv": f"Organisationsnummer;Namn\n222000-9969;{NETWORK}\n",
            "reference/natverket/report_lines.csv": as_report_lines(lines),
            "landing/natverket/budgets/budget_2021.csv": as_table(lines),
        }
        for name, text in files.items():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(text, encoding="utf-8")
        done = night.nightly(warehouse.settings, "test/network")
        (outcome,) = [one for intake in done.intakes for one in intake.outcomes if one.feed_id == "budgets"]
        rows = warehouse.query(
            "select fiscal_year, version_kind, report_line, budget_sek from marts.budget_vs_actual"
            " where association_id = 'natverket'",
            role="finsam_internal",
        )
        yield (
            outcome,
            {
                (str(row["fiscal_year"]), row["version_kind"], row["report_line"]): row["budget_sek"]
                for row in rows
            },
        )
    finally:
        embedded.remove(Settings(home=home))


def test_the_paper_as_it_stands_is_accepted(published):
    outcome, _ = published
    assert outcome.state == "accepted"


def test_every_printed_cell_is_published(published):
    _, figures = published
    lines = printed()
    compared, wrong = 0, {}
    for key, code in codes(lines).items():
        for (year, version), text in lines[key].items():
            compared += 1
            found = figures.get((year, KINDS[version], code))
            if found != Decimal(text.replace(" ", "")):
                wrong[key, year, version] = (text, found)
    assert wrong == {}
    assert compared == 73


def test_nothing_is_left_without_a_line(published):
    _, figures = published
    assert figures
    assert {amount for (*_, line), amount in figures.items() if line == "unmapped"} <= {Decimal(0)}
