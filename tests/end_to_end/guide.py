"""A guide in docs/, done: every file in it is written, every command run, every answer compared, from nothing.

Blocks: `csv PATH`, `sie PATH` and `json PATH` are files in FINSAM_HOME, `sh` and `sh status=1` commands, `text svar` what
the command before printed (… stands for any words), `sql` a question as a reader (`sql internt`: one under secrecy) and
`csv svar` its rows.
"""

import csv
import io
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ingestion.settings import PROJECT_ROOT, Settings

_BLOCK = re.compile(r"^```(?P<info>\S[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block of a guide."""

    kind: str
    about: str
    text: str


def read_guide(path):
    blocks = []
    for found in _BLOCK.finditer(path.read_text(encoding="utf-8")):
        kind, _, about = found["info"].partition(" ")
        blocks.append(Block(kind, about, found["text"]))
    return blocks


class Newcomer:
    """Someone with the checkout, its environment and an empty FINSAM_HOME, who does what a guide says."""

    def __init__(self, home: Path, where: Path = PROJECT_ROOT) -> None:
        self.home, self.where, self.printed, self.rows = home, where, "", []
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**os.environ, "FINSAM_HOME": str(home), "PATH": path}

    def do(self, block: Block) -> None:
        if block.about == "svar":
            self.compare(block)
        elif block.kind in ("csv", "sie", "json"):
            file = self.home / block.about
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        elif block.kind == "sh":
            self.run(block)
        elif block.kind == "sql":
            internal = block.about == "internt" or "marts_internal." in block.text
            self.ask(block.text, "finsam_internal" if internal else "finsam_reader")
        else:
            raise AssertionError(f"the guide has a block nobody runs: {block.kind} {block.about}")

    def run(self, block: Block) -> None:
        expected = int(block.about.removeprefix("status=") or 0)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.text],
            cwd=self.where,
            env=self.environment,
            capture_output=True,
            check=False,
            text=True,
        )
        self.printed = done.stdout + done.stderr
        assert done.returncode == expected, f"{block.text}\n{self.printed}"

    def ask(self, statement: str, role: str = "finsam_reader") -> None:
        from ingestion.warehouse import connection

        with connection.connect(Settings(home=self.home), role) as database:
            cursor = database.execute(statement)
            names = [column.name for column in cursor.description or ()]
            self.rows = [names, *(["" if v is None else str(v) for v in row] for row in cursor.fetchall())]

    def compare(self, block: Block) -> None:
        if block.kind == "csv":
            assert self.rows == list(csv.reader(io.StringIO(block.text), delimiter=";"))
            return
        expected = ".*".join(map(re.escape, block.text.strip().split("…")))
        assert re.fullmatch(expected, self.printed.strip()), self.printed  # … stays on its line
