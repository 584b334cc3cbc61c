"""The committed demo files are what the generator makes, from leaf cells alone."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.demo.generate import DELIVERIES, SOURCES, generate

Row = dict[str, str]


def _made(sources: Path, out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in generate(sources, out)}


def _committed() -> dict[str, bytes]:
    kept = [
        p for p in DELIVERIES.rglob("*") if p.is_file() and "reference" not in p.relative_to(DELIVERIES).parts
    ]
    return {str(path.relative_to(DELIVERIES)): path.read_bytes() for path in kept}


def _without(tmp_path: Path, drop: Callable[[Row, list[Row]], bool]) -> Path:
    """A copy of the sources with some rows deleted; every table with cells loses none but those."""
    copy = tmp_path / "sources"
    shutil.copytree(SOURCES, copy)
    for path in copy.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        left = [row for row in rows if not drop(row, rows)]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(left)
    return copy


def _is_total(row: Row, rows: list[Row]) -> bool:
    """Total, share or change, told by the printed columns and not by ours."""
    if row.get("version") == "aktuell budget jan-dec" and row["line_item"] != "Resultat":
        return False  # a budget printed without the lines its sums are of
    if row.get("row_type") in ("total", "subtotal/result", "derived"):
        return True
    if row.get("unit") == "percent" and row.get("measure") != "tjänstegrad":
        return True
    if _is_total_of_uppsala(row):
        return True
    if row.get("version", "").startswith(("differens", "avvikelse")):
        return True
    if row.get("initiative") == "Samtliga individinriktade insatser":
        return True
    if (row.get("line_item") or "").startswith("Totalt antal"):
        return True
    if row.get("sex_kon") != "Totalt":
        return False
    same = [other for other in rows if other["statement_id"] == row["statement_id"]]
    return len({other["sex_kon"] for other in same}) == 3


def _is_total_of_uppsala(row: Row) -> bool:
    """The same for the board papers of Uppsala: sums, results, changes, a party's part of a column of all."""
    party, measure = row.get("party", ""), row.get("measure", "")
    return (
        measure in ("summa", "resultat", "förändring", "totalt projektet", "lönekostnad exkl PO (tolkning)")
        or measure.startswith("beslutsutrymme")
        or party in ("alla", "Kommunerna i Uppsala län")
        or party.endswith("alla insatsägare")
        or row.get("section") == "Nya ansökningar, ej beviljade"
    )


def test_committed_files_are_the_generated_ones(tmp_path: Path) -> None:
    assert _made(SOURCES, tmp_path) == _committed()


def test_generating_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    assert _made(SOURCES, tmp_path / "a") == _made(SOURCES, tmp_path / "b")


def _not_leaf(row: Row, _: list[Row]) -> bool:
    return row.get("cell_kind", "leaf") != "leaf"


@pytest.mark.parametrize("drop", [_not_leaf, _is_total], ids=["by cell_kind", "by the print"])
def test_leaf_cells_suffice(tmp_path: Path, drop: Callable[[Row, list[Row]], bool]) -> None:
    sources = _without(tmp_path, drop)
    assert sum(path.stat().st_size for path in sources.glob("*.csv")) < sum(
        path.stat().st_size for path in SOURCES.glob("*.csv")
    )
    assert _made(sources, tmp_path / "out") == _committed()


def test_wrong_totals_change_nothing(tmp_path: Path) -> None:
    copy = tmp_path / "sources"
    shutil.copytree(SOURCES, copy)
    for path in copy.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            if _not_leaf(row, rows):
                row["value_num"] = "7"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    assert _made(copy, tmp_path / "out") == _committed()


def test_a_changed_leaf_cell_changes_the_files(tmp_path: Path) -> None:
    copy = tmp_path / "sources"
    shutil.copytree(SOURCES, copy)
    note = copy / "note2_costs.csv"
    note.write_text(note.read_text(encoding="utf-8").replace(",159559,", ",159560,"), encoding="utf-8")
    made = _made(copy, tmp_path / "out")
    changed = {name for name, content in _committed().items() if made[name] != content}
    ledger = "landing/skelleftea-norsjo/ledger/"
    names = ("huvudbok_2017.se", "huvudbok_2017_avbruten.se")
    assert changed == {*(ledger + name for name in names), "contradictions.csv"}


def test_no_printed_total_is_marked_leaf() -> None:
    for path in SOURCES.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        wrong = [row for row in rows if row.get("cell_kind") == "leaf" and _is_total(row, rows)]
        # Shares in the activity of a leaf kind do not exist either; percent rows are never leaf.
        assert wrong == [], path.name


def test_contradictions_name_both_figures() -> None:
    with (DELIVERIES / "contradictions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    found = {row[0]: (row[1], row[2]) for row in rows[1:]}
    assert found["MySam: time_limit"] == ("11", "12")
    assert found["medlemsavgifter 2016"] == ("6132484", "resultaträkningen 6132000")
    assert found["balansräkning 2017"][0] == "1"
    assert found["not 1 2016"][0] == "-78"
    assert found["not 3 2016"][0] == "36999"
    assert found["Styrelse arvoden"] == ("159599", "159 559")
    applied = "Jobbcentrum - din väg framåt: "
    assert found[f"{applied}Arbetsförmedlingen: Arbetsförmedlare"] == ("340000", "240 000")
    assert found[f"{applied}Enköpings kommun: Lokalhyra"] == ("1364616", "1364 816")
    assert found[f"{applied}tjänsternas slutdatum"] == ("2023-12-31", "2024-12-31")
    assert found["folkmängd 2020-11-01: Knivsta"] == ("19070", "inte tryckt")
    assert all(len(row) == 4 and all(row) for row in rows)
