"""`make lock`: resolve pyproject.toml into requirements.lock, with hashes, binary only, naming no index."""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADING = "# Every package with its hashes, for Python >= 3.11. Made by `make lock` from pyproject.toml; names no index.\n"


def main():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    with tempfile.TemporaryDirectory() as folder:
        asked, answer = Path(folder) / "asked.in", Path(folder) / "lock.txt"
        asked.write_text("\n".join(wanted) + "\n")
        subprocess.run(
            [str(Path(sys.executable).with_name("uv")), "pip", "compile", "-q", "--universal", "--python-version", "3.11",
             "--generate-hashes", "--only-binary", ":all:", "--no-header", "--no-annotate", str(asked), "-o", str(answer)],
            check=True)  # fmt: skip
        (ROOT / "requirements.lock").write_text(HEADING + answer.read_text())


if __name__ == "__main__":
    main()
