"""Units: a heading that says thousands over whole kronor, or the other way round."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from ingestion.proof import words
from ingestion.proof.findings import Finding, number_sv, place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingestion.proof.findings import Proof
    from ingestion.proof.tables import Table


def check(tables: Sequence[Table], proof: Proof) -> None:
    """Each table's heading once, however many parts the table is read as."""
    headed: set[tuple[str, str]] = set()
    for table in tables:
        if (table.document, table.title) not in headed and _unit(table, proof):
            headed.add((table.document, table.title))


def _unit(table: Table, proof: Proof) -> bool:
    """A heading that says thousands over amounts the sender knows to be kronor, or the other way round; told once."""
    for line in table.lines:
        for column, figure in line.cells.items():
            printed, known = words.scale_of(figure.unit_printed), words.scale_of(figure.unit)
            if printed is None or known is None or figure.value is None:
                continue
            proof.checked["unit"] += 1
            if printed != known:
                where = place(table, line, column)
                proof.findings.append(
                    Finding(
                        "unit",
                        "unit",
                        f"Tabellens rubrik säger {figure.unit_printed}, men beloppen är i {figure.unit}: "
                        f"{figure.printed} vore {number_sv(figure.value * printed)} kr.",
                        where,
                        figure.value * printed,
                        replace(
                            where,
                            section="",
                            line_number="",
                            line="tabellens rubrik",
                            printed=figure.unit_printed,
                            row=0,
                        ),
                        figure.value * known,
                        figure.value * (printed - known),
                        Decimal(0),
                        "kr",
                    )
                )
                return True
    return False
