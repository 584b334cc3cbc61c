"""The whole proof of some files: read, laid out as tables, and every check run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.proof import across, balances, causes, notes, people, same_facts, sums, units
from ingestion.proof.facts import facts_of
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
    facts = [fact for table in tables for fact in facts_of(table)]
    same_facts.check(facts, proof)
    people.check(tables, facts, proof)
    notes.check(tables, proof)
    for table in tables:
        balances.check(table, proof)
    units.check(tables, proof)
    causes.gather(proof)
    return proof
