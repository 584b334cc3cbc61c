"""docs/onboarding.md, done: every file in it is written, every command run and every answer compared, from nothing."""

import csv
import io
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingestion.settings import PROJECT_ROOT, Settings

GUIDE = PROJECT_ROOT / "docs" / "onboarding.md"
_BLOCK = re.compile(r"^```(?P<info>\S[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block of the guide: `csv path`, `sie path`, `sh`, `sh status=1`, `sql`, `csv svar`."""

    kind: str
    about: str
    text: str


def read_guide():
    blocks = []
    for found in _BLOCK.finditer(GUIDE.read_text(encoding="utf-8")):
        kind, _, about = found["info"].partition(" ")
        blocks.append(Block(kind, about, found["text"]))
    return blocks


class Newcomer:
    """Someone with the checkout, its environment and an empty FINSAM_HOME, who does what the guide says."""

    def __init__(self, home: Path) -> None:
        self.home, self.printed, self.rows = home, "", []
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**os.environ, "FINSAM_HOME": str(home), "PATH": path}

    def do(self, block: Block) -> None:
        if block.about == "svar":
            self.compare(block)
        elif block.kind in ("csv", "sie"):
            file = self.home / block.about
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        elif block.kind == "sh":
            self.run(block)
        elif block.kind == "sql":
            self.ask(block.text)
        else:
            raise AssertionError(f"the guide has a block nobody runs: {block.kind} {block.about}")

    def run(self, block: Block) -> None:
        expected = int(block.about.removeprefix("status=") or 0)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.text],
            cwd=PROJECT_ROOT,
            env=self.environment,
            capture_output=True,
            check=False,
            text=True,
        )
        self.printed = done.stdout + done.stderr
        assert done.returncode == expected, f"{block.text}\n{self.printed}"

    def ask(self, statement: str) -> None:
        from ingestion.warehouse import connection

        with connection.connect(Settings(home=self.home), "finsam_reader") as database:
            cursor = database.execute(statement)
            names = [column.name for column in cursor.description or ()]
            self.rows = [names, *(["" if v is None else str(v) for v in row] for row in cursor.fetchall())]

    def compare(self, block: Block) -> None:
        assert self.rows == list(csv.reader(io.StringIO(block.text), delimiter=";"))


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory):
    from ingestion.warehouse import embedded

    home = tmp_path_factory.mktemp("onboarding") / "home"
    try:
        yield Newcomer(home)
    finally:
        embedded.remove(Settings(home=home))


@pytest.mark.xdist_group("onboarding")
def test_an_unknown_association_goes_in_by_the_guide_alone(newcomer):
    blocks = read_guide()
    assert {block.kind for block in blocks} >= {"csv", "sie", "sh", "sql"}
    printed = []
    for block in blocks:
        newcomer.do(block)
        printed.append(newcomer.printed)
    refusal = next(text for block, text in zip(blocks, printed, strict=True) if block.about == "status=1")
    for header in ("Tusental", "Slag", "Beslutad den"):
        assert header in refusal
    assert "1750000.00" in next(
        text for block, text in zip(blocks, printed, strict=True) if "finsam explain" in block.text
    )


def test_no_code_knows_the_association():
    folders = ("ingestion", "dags", "dbt_project", "expectations", "docker")
    files = [path for name in folders for path in (PROJECT_ROOT / name).rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"amynne" in path.read_bytes()]
