"""Text from files as it may stand in what we write: for terminals and logs.

What was delivered is stored verbatim; it is made safe where it leaves us. In a workbook it is text by its cell (refusal.py).
"""

from __future__ import annotations

import unicodedata


def one_line(text: str) -> str:
    """The text on one line without control, direction and invisible characters: each becomes `?`, white space a space.

    An escape sequence in a file's name or cell could otherwise rewrite the reader's screen, and a direction mark
    make `exe.csv` of `vsc.exe`.
    """
    return "".join(map(_shown, unicodedata.normalize("NFC", text)))


def for_terminal(text: str) -> str:
    """Our own text of several lines, safe to print whatever was quoted in it."""
    return "\n".join(map(one_line, text.split("\n")))


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    return character if character.isprintable() else "?"
