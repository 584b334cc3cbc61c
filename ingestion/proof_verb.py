"""The verb `finsam proof`: a paper's printed tables against themselves, before it is printed. Needs no database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion.command_line import DONE, REFUSED, WrongUse, show

if TYPE_CHECKING:
    import argparse

    from ingestion.settings import Settings


def declare(verb: Any) -> None:
    """Add the verb. verb: makes one from its name, its function and its help."""
    proofed = verb(
        "proof",
        proof,
        "Korrekturläs en handlings tryckta tabeller: summor, delar, år, kön, procent och samma uppgift på två ställen. "
        "Svarar 0 utan fynd, 1 med fynd. Behöver ingen databas.",
    )
    proofed.add_argument(
        "files",
        type=Path,
        nargs="+",
        metavar="FIL",
        help="CSV eller Excel med en rad per tryckt siffra; flera filer läses som en handling",
    )


def proof(_settings: Settings, options: argparse.Namespace) -> int:
    """Read the files, proof them and tell; 1 where something contradicts itself."""
    from ingestion.proof import report
    from ingestion.proof.proofing import proof_files
    from ingestion.proof.reading import NotATable
    from ingestion.readers.table import DeliveryUnreadable
    from ingestion.refusal import readable

    for file in options.files:
        if not file.is_file():
            raise WrongUse(f"Filen {readable(str(file))} finns inte.")
    try:
        found = proof_files(options.files)
    except (NotATable, DeliveryUnreadable) as problem:
        raise WrongUse(f"Filen går inte att korrekturläsa. {problem}") from None
    show(options, report.as_data(found), report.as_text(found))
    return REFUSED if found.findings else DONE
