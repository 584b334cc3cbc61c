"""Every pattern we search texts with takes time in proportion to the text: a cell of forty thousand blanks is no hostage.

Python's own engine tries again from each place; two repetitions beside each other that may take the same characters are
tried in every division. The fuzz found one (ages); this tries them all, in the ways they are used.
"""

import ast
import importlib
import itertools
import re
import signal

import pytest

from ingestion.settings import PROJECT_ROOT

LENGTH = 30_000
SECONDS = 2
"""Of work. A pattern that is linear needs a thousandth of it, one that is not many times as much."""
RUNS = (" ", "-", ",", ".", "0", "a", "_", "(", '"', "+", "1 ", "a ", "- ", "1.", "a-")
BEFORE = ("", "2", "a", " ", "2024")
AFTER = ("", "x", "!", '"', "}", " 2")
METHODS = ("match", "fullmatch", "search", "split", "sub", "findall", "finditer")


class TooSlow(BaseException):
    pass


def uses():
    """(module, constant, method) of every pattern with a name of its own, as the code calls it."""
    found = set()
    for file in sorted((PROJECT_ROOT / "ingestion").rglob("*.py")):
        module = ".".join(file.relative_to(PROJECT_ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Attribute(value=ast.Name(id=name), attr=method) if method in METHODS:
                    found.add((module, None, name, method))
                case ast.Attribute(
                    value=ast.Attribute(value=ast.Name(id=beside), attr=name), attr=method
                ) if method in METHODS:
                    found.add((module, beside, name, method))
                case _:
                    pass
    for module, beside, name, method in sorted(found, key=str):
        room = importlib.import_module(module)
        pattern = getattr(getattr(room, beside, None) if beside else room, name, None)
        if is_of_text(pattern):
            yield pytest.param(pattern, method, id=f"{module}.{name}.{method}")
    for module in sorted({module for module, *_ in found}):
        for name, several in vars(importlib.import_module(module)).items():
            for at, pattern in enumerate(dict.fromkeys(patterns_of(several))):
                yield pytest.param(pattern, "fullmatch", id=f"{module}.{name}[{at}]")


def patterns_of(several):
    """Those that a dict or tuple holds, however deep; in its order, which is the same in every process."""
    held = several.values() if isinstance(several, dict) else several
    for one in held if isinstance(several, (dict, tuple)) else ():
        if is_of_text(one):
            yield one
        else:
            yield from patterns_of(one)


def is_of_text(pattern):
    return isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str)


def run(pattern, method, text):
    if method == "sub":
        pattern.sub("", text)
    elif method == "finditer":
        list(pattern.finditer(text))
    else:
        getattr(pattern, method)(text)


@pytest.mark.parametrize(("pattern", "method"), uses())
def test_no_text_holds_a_pattern_up(pattern, method):
    def too_slow(_signal, _frame):
        raise TooSlow

    former = signal.signal(signal.SIGPROF, too_slow)
    try:
        for before, run_of, after in itertools.product(BEFORE, RUNS, AFTER):
            text = before + run_of * (LENGTH // len(run_of)) + after
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            try:
                run(pattern, method, text)
            except TooSlow:
                pytest.fail(f"{pattern.pattern!r} on {before!r}, {run_of!r} again and again, {after!r}")
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
    finally:
        signal.signal(signal.SIGPROF, former)


def test_patterns_are_found():
    found = {param.id for param in uses()}
    assert len(found) > 60
    assert {"ingestion.readers.statistics._AGES.fullmatch", "ingestion.proof.tables.WHOLE.search"} <= found
