"""What every verb of `finsam` shares: its exit status, its answer as text or JSON, and a parser that speaks Swedish."""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
from typing import Any, NoReturn

from ingestion.escaping import for_terminal

DONE, REFUSED, WRONG_USE, BROKEN = 0, 1, 2, 3

_IN_SWEDISH = (
    (r"the following arguments are required: (.+)", r"det här måste anges: \1"),
    (r"unrecognized arguments: (.+)", r"det här känns inte igen: \1"),
    (
        r"argument (.+): invalid choice: '?(.*?)'? \(choose from (.+)\)",
        r"\1 kan inte vara \2; välj bland \3",
    ),
    (r"argument (.+): expected (?:one|at least one) argument", r"\1 måste följas av ett värde"),
    (
        r"argument (.+): invalid fromisoformat value: '?(.*?)'?",
        r"\1 måste vara ett datum (ÅÅÅÅ-MM-DD), inte \2",
    ),
    (r"argument (.+): invalid \w+ value: '?(.*?)'?", r"\1 kan inte vara \2"),
    (r"argument (.+): not allowed with argument (.+)", r"\1 kan inte anges tillsammans med \2"),
    (r"one of the arguments (.+) is required", r"ett av de här måste anges: \1"),
    (r"ambiguous option: (.+) could match (.+)", r"\1 kan betyda \2; skriv ut hela"),
    (r"argument (.+): ignored explicit argument '?(.*?)'?", r"\1 tar inget värde"),
)


class WrongUse(Exception):
    """The command was given something that does not exist; the message says what does."""


class SwedishParser(argparse.ArgumentParser):
    """argparse with Swedish headings and messages; what is wrong is raised, for `main` to tell."""

    def __init__(self, *, add_help: bool = True, **options: Any) -> None:
        super().__init__(**options, add_help=False, formatter_class=_SwedishHelp, allow_abbrev=False)
        self._positionals.title, self._optionals.title = "anges", "val"
        if add_help:
            self.add_argument("-h", "--help", action="help", help="visa den här hjälpen")

    def error(self, message: str) -> NoReturn:
        """Raise WrongUse with argparse's message in Swedish and how the verb is used."""
        raise WrongUse(f"{in_swedish(message)}.\n{self.format_usage().rstrip()}")


class _SwedishHelp(argparse.HelpFormatter):
    def add_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, "Så här: " if prefix is None else prefix)


def in_swedish(message: str) -> str:
    """One of argparse's messages in Swedish, as a sentence without its full stop."""
    for english, swedish in _IN_SWEDISH:
        if found := re.fullmatch(english, message):
            said = found.expand(swedish)
            return said[:1].upper() + said[1:]
    return message


def show(options: argparse.Namespace, data: Any, text: str) -> None:
    """Print an answer: as one JSON document where that was asked for, else as text."""
    shown = json.dumps(plain(data), ensure_ascii=False, indent=1, default=str) if options.json else text
    print(for_terminal(shown))


def plain(data: Any) -> Any:
    """Dataclasses, tuples and sets as what JSON knows."""
    if dataclasses.is_dataclass(data) and not isinstance(data, type):
        return {field.name: plain(getattr(data, field.name)) for field in dataclasses.fields(data)}
    if isinstance(data, dict):
        return {str(key): plain(value) for key, value in data.items()}
    if isinstance(data, (list, tuple, set, frozenset)):
        return [plain(value) for value in data]
    return data
