"""Organisation numbers as senders write them to canonical text, or a ValueProblem. Pure."""

from __future__ import annotations

import re

from ingestion.cells import ValueProblem, tidy
from ingestion.privacy import passes_luhn

_FORM = re.compile(r"(?:16)?(\d{6}) ?-? ?(\d{4})", re.ASCII)


def parse_organisation_number(text: str) -> str:
    """An organisation number as `222000-1933`. Raises ValueProblem (VAL-009).

    Ten digits, the third at least 2, the check digit right; `16` before and the hyphen may stand or not. A sole
    trader's number is a personal number and none of these.
    """
    found = _FORM.fullmatch(tidy(text))
    if not found:
        raise _problem(
            "Ett organisationsnummer med tio siffror, till exempel 222000-1933.",
            "Skriv alla tio siffror; formatera kolumnen som text om Excel tar bort nollor eller siffror.",
        )
    first, last = found.groups()
    if first[2] < "2":
        raise _problem(
            "Ett organisationsnummer; dess tredje siffra är minst 2. Numret kan vara en persons.",
            "Skriv organisationens nummer. En persons nummer får aldrig stå här.",
        )
    if not passes_luhn(first + last):
        raise _problem(
            "Ett organisationsnummer med rätt kontrollsiffra; någon siffra är fel.",
            "Jämför numret med registreringsbeviset eller fakturan och rätta det.",
        )
    return f"{first}-{last}"


def _problem(expected_sv: str, remedy_sv: str) -> ValueProblem:
    return ValueProblem("VAL-009", expected_sv, remedy_sv)
