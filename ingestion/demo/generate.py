"""Makes the demo deliveries from the printed tables: `python -m ingestion.demo.generate`.

Reads leaf cells only: with every total, share and change deleted from `sources/` the files come out
byte-identical. The reference files in `deliveries/reference/` are kept by hand, not touched.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.demo.applications import application_contradictions, application_files
from ingestion.demo.beside import skelleftea_files, uppsala_files
from ingestion.demo.budgets import (
    skelleftea_current_lines,
    skelleftea_lines,
    uppsala_lines,
    uppsala_rows,
    uppsala_workbook,
)
from ingestion.demo.ledger import books, cut_inside_transaction, ledger_file
from ingestion.demo.member_fees import fees, text_lines, workbook, wrong_total_lines
from ingestion.demo.register import register, register_lines
from ingestion.demo.tables import Contradiction, text_bytes, text_line
from ingestion.demo.uppsala_fees import fee_lines, fee_workbook, population_notes, uppsala_fees

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
SOURCES = HERE / "sources"
DELIVERIES = HERE / "deliveries"
SKELLEFTEA, UPPSALA = "skelleftea-norsjo", "uppsala-lan"


def generate(sources: Path, out: Path) -> list[Path]:
    """Write the deliveries under `out/landing/` and `out/contradictions.csv`; give the paths back.

    Raises OSError, KeyError (a leaf line is missing) or ValueError (the leaf cells admit no register).
    """
    contradictions: list[Contradiction] = []
    files: dict[str, bytes] = {}
    for association, made in ((SKELLEFTEA, _skelleftea_norsjo), (UPPSALA, _uppsala)):
        for name, content in made(sources, contradictions):
            files[f"landing/{association}/{name}"] = content
    files["contradictions.csv"] = _contradictions(contradictions)
    return [_write(out / name, content) for name, content in files.items()]


def _skelleftea_norsjo(sources: Path, found: list[Contradiction]) -> Iterator[tuple[str, bytes]]:
    """(path under the association's inbox, content) of its files; what the print contradicts goes into `found`."""
    both_years, contradictions = books(sources)
    for index, year in enumerate(both_years):
        content = ledger_file(sources, year, both_years[index - 1] if index else None)
        yield f"ledger/huvudbok_{year.year}.se", content
    yield "ledger/huvudbok_2017_avbruten.se", cut_inside_transaction(content)

    decided = fees(sources)
    yield "member_fees/medlemsavgifter_2016.csv", text_bytes(text_lines(decided[2016]), "cp1252")
    yield "member_fees/medlemsavgifter_2017.xlsx", workbook(decided[2017])
    wrong = wrong_total_lines(decided[2017])
    yield "member_fees/medlemsavgifter_2017_fel_summa.csv", text_bytes(wrong, "utf-8")

    yield "budgets/budget_2017.csv", text_bytes(skelleftea_lines(sources), "utf-8-sig")
    yield "budgets/aktuell_budget_2017.csv", text_bytes(skelleftea_current_lines(sources), "cp1252")

    spells, more = register(sources)
    printed = (sources / "printed" / "skelleftea_norsjo_2017.csv").read_bytes()
    yield "published_figures/arsredovisning_2017.csv", printed
    yield "participants/deltagare_2017.csv", text_bytes(register_lines(spells), "utf-8-sig")
    yield from skelleftea_files(sources)
    found += [*contradictions, *more]


def _uppsala(sources: Path, found: list[Contradiction]) -> Iterator[tuple[str, bytes]]:
    """As above."""
    yield "member_fees/medlemsavgifter_2021.csv", text_bytes(fee_lines(uppsala_fees(sources, 2021)), "cp1252")
    yield "member_fees/preliminara_medlemsavgifter_2022.xlsx", fee_workbook(uppsala_fees(sources, 2022))
    forecast = uppsala_lines(uppsala_rows(sources, "prognos"), "prognos")
    yield "budgets/prognos_2021-09-16.csv", text_bytes(forecast, "cp1252")
    budget = uppsala_workbook(uppsala_rows(sources, "budget"), "budget")
    yield "budgets/beslutsutrymme_2021-09-16.xlsx", budget
    for name, content in application_files(sources):
        yield f"applications/{name}", content
    printed = (sources / "printed" / "uppsala_lan_2021-09-16.csv").read_bytes()
    yield "published_figures/styrelsehandlingar_2021-09-16.csv", printed
    yield from uppsala_files()
    found += [*population_notes(sources), *application_contradictions(sources)]


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _contradictions(found: list[Contradiction]) -> bytes:
    header = ("Vad", "Använt i demofilerna", "Tryckt", "Varför")
    lines = [text_line(row) for row in (header, *((c.subject, c.used, c.printed, c.why) for c in found))]
    return "".join(line + "\n" for line in lines).encode("utf-8")


if __name__ == "__main__":
    for made in generate(SOURCES, DELIVERIES):
        print(made.relative_to(HERE))
