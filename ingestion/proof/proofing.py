"""The whole proof of some files: read, laid out as tables, and every check run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.proof import across, places, sums
from ingestion.proof.findings import Proof
from ingestion.proof.reading import read
from ingestion.proof.tables import tables_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def proof_files(paths: Sequence[Path]) -> Proof:
    """Proof the tables of some files as one paper. Raises NotATable, and DeliveryUnreadable from the readers."""
    found = read(paths)
    tables = tables_of(found.figures)
    proof = Proof(
        len(found.figures),
        sum(figure.value is not None for figure in found.figures),
        len(tables),
        unused_headers=sorted(found.unused),
    )
    proof.no_number.update(str(one.number.reason) for one in found.figures if one.value is None)
    for table in tables:
        sums.check(table, proof)
        across.check(table, proof)
    places.check(tables, proof)
    return proof
