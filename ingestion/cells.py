"""What all parsers of cells share: how a cell is tidied before it is read, and how it says that it cannot be."""

from __future__ import annotations

import re
import unicodedata

_SPACES = dict.fromkeys(map(ord, "\u00a0\u202f\u2009\u2007\u2002\u2003\t"), " ")
_MINUSES = dict.fromkeys(map(ord, "−–‒\u2010\u2011"), "-")
_TEXT_FOLD = re.compile(r"\s+")


class ValueProblem(ValueError):
    """A cell cannot be read. rule_id names the rule, the two texts say what was expected and what to do."""

    def __init__(self, rule_id: str, expected_sv: str, remedy_sv: str) -> None:
        super().__init__(f"{rule_id}: {expected_sv}")
        self.rule_id = rule_id
        self.expected_sv = expected_sv
        self.remedy_sv = remedy_sv


def tidy(text: str) -> str:
    """Every kind of space as a space, every kind of minus as a hyphen, nothing around it."""
    return text.translate(_SPACES).translate(_MINUSES).strip()


def parse_text(text: str) -> str:
    """NFC, trimmed, inner white space folded, without control and invisible formatting characters.

    Formula text (`=1+1`) stays verbatim: it is escaped where we write, not here.
    """
    composed = unicodedata.normalize("NFC", text)
    folded = _TEXT_FOLD.sub(" ", composed)
    visible = "".join(c for c in folded if unicodedata.category(c) not in ("Cc", "Cf"))
    # what was hidden may have stood between two spaces, or kept a letter from its accent
    return unicodedata.normalize("NFC", _TEXT_FOLD.sub(" ", visible)).strip()


def match_key(text: str) -> str:
    """How two spellings of one name compare: composed, lower case, white space folded; as dbt's macro of that name."""
    return _TEXT_FOLD.sub(" ", unicodedata.normalize("NFC", text)).strip().lower()
