"""The proof of the two associations' own papers: every contradiction in them, each with its kind, and nothing else."""

import csv
from pathlib import Path

import pytest

from ingestion.demo.generate import DELIVERIES, SOURCES
from ingestion.proof.proofing import proof_files

GOLDEN = Path(__file__).parents[1] / "golden" / "published" / "proof_findings.csv"
PAPERS = {
    # cells, of which numbers, tables; what was compared, in cells
    "skelleftea_norsjo_2017.csv": (
        (201, 164, 16),
        {"sum": 39, "change": 10, "same_fact": 24, "note": 4, "unit": 1, "roll_forward": 2, "balance": 2},
    ),
    "uppsala_lan_2021-09-16.csv": (
        (552, 540, 22),
        {"sum": 143, "across": 68, "total_column": 16, "change": 13, "roll_forward": 3, "unit": 1},
    ),
}


def golden(paper):
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return [tuple(row.values())[1:] for row in csv.DictReader(file) if row["paper"] == paper]


@pytest.mark.parametrize("paper", PAPERS)
def test_every_contradiction_of_the_paper_and_no_other(paper):
    proof = proof_files([SOURCES / "printed" / paper])
    told = [
        (one.check, one.kind, one.first.table, one.first.line, one.first.column, one.first.printed,
         one.second.table, one.second.line, one.second.column, f"{one.second_value:f}", f"{one.difference:f}")
        for one in proof.findings
    ]  # fmt: skip
    assert sorted(told) == sorted(golden(paper))
    assert proof.questions == []


@pytest.mark.parametrize("paper", PAPERS)
def test_no_cell_is_left_out_silently(paper):
    cells, checked = PAPERS[paper]
    proof = proof_files([SOURCES / "printed" / paper])
    assert (proof.figures, proof.numbers, proof.tables) == cells
    assert dict(proof.checked) == checked
    assert proof.figures == proof.numbers + sum(proof.no_number.values())


@pytest.mark.parametrize(
    ("difference", "kind"),
    [
        ("470000", "mistyped_digits"),  # operating cash flow -2 278 010, its lines -2 748 010
        ("2883356", "missing_minus"),  # the result of 2016 without its minus in the balance sheet
        ("180", "mistyped_digits"),  # own capital 1 291 180 in the text, 1 291 000 in the balance sheet
        ("20", "mistyped_digits"),  # note 1: 6 597 494
        ("-78", "mistyped_digits"),  # note 1, the year before
        ("484", "unexplained"),  # fees of 2016
        ("65052", "missing_minus"),  # deviation of income
        ("10000", "mistyped_digits"),  # cash opened with in 2016
        ("37000", "mistyped_digits"),  # note 3 of 2016
        ("235500", "earlier_year"),  # capital "fell" by the result of the year before
        ("-400000", "earlier_year"),  # fees of the year before
        ("207500000", "stray_digit"),  # fees 230 590 000
        ("141000000", "stray_digit"),  # Ung framtid 156 275 000
        ("-350000", "stale_sum"),  # Framsteget omits a party, in three sums
        ("-100000", "mistyped_digits"),  # 240 000 in one column, 340 000 in another
        ("-40", "mistyped_digits"),  # the board's fees 159 559
    ],
)
def test_the_errors_the_papers_are_known_for(difference, kind):
    assert (kind, difference) in {(row[1], row[10]) for paper in PAPERS for row in golden(paper)}


def test_what_is_delivered_is_the_paper_that_was_proofed():
    delivered = {path.read_bytes() for path in DELIVERIES.glob("landing/*/published_figures/*.csv")}
    assert delivered == {(SOURCES / "printed" / paper).read_bytes() for paper in PAPERS}
