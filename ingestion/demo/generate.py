"""Makes the demo deliveries from the printed tables: `python -m ingestion.demo.generate`.

Reads leaf cells only: with every total, share and change deleted from `sources/` the files come out
byte-identical. The reference files in `deliveries/reference/` are kept by hand, not touched.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from ingestion.demo.ledger import books, cut_inside_transaction, ledger_file
from ingestion.demo.member_fees import fees, text_lines, workbook_bytes, wrong_total_lines
from ingestion.demo.register import register, register_lines
from ingestion.demo.tables import Contradiction, write_text

HERE = Path(__file__).parent
SOURCES = HERE / "sources"
DELIVERIES = HERE / "deliveries"
ASSOCIATION = "skelleftea-norsjo"


def generate(sources: Path, out: Path) -> list[Path]:
    """Write the deliveries under `out/landing/` and `out/contradictions.csv`; give the paths back.

    Raises OSError, KeyError (a leaf line is missing) or ValueError (the leaf cells admit no register).
    """
    landing = out / "landing" / ASSOCIATION
    both_years, found = books(sources)
    written = []
    for index, year in enumerate(both_years):
        content = ledger_file(sources, year, both_years[index - 1] if index else None)
        written.append(_write(landing / "ledger" / f"huvudbok_{year.year}.se", content))
    broken = cut_inside_transaction(written[-1].read_bytes())
    written.append(_write(landing / "ledger" / "huvudbok_2017_avbruten.se", broken))

    decided = fees(sources)
    folder = landing / "member_fees"
    written.append(write_text(folder / "medlemsavgifter_2016.csv", text_lines(decided[2016]), "cp1252"))
    written.append(_write(folder / "medlemsavgifter_2017.xlsx", workbook_bytes(decided[2017])))
    wrong = wrong_total_lines(decided[2017])
    written.append(write_text(folder / "medlemsavgifter_2017_fel_summa.csv", wrong, "utf-8"))

    spells, more = register(sources)
    path = landing / "participants" / "deltagare_2017.csv"
    written.append(write_text(path, register_lines(spells), "utf-8-sig"))
    written.append(_write(out / "contradictions.csv", _contradictions([*found, *more])))
    return written


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _contradictions(found: list[Contradiction]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(("Vad", "Använt i demofilerna", "Tryckt", "Varför"))
    writer.writerows((c.subject, c.used, c.printed, c.why) for c in found)
    return text.getvalue().encode("utf-8")


if __name__ == "__main__":
    for made in generate(SOURCES, DELIVERIES):
        print(made.relative_to(HERE))
