"""The rooms of the house, as tests: who may import what, who reads the environment, what names are not allowed."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path
    for room in ("ingestion", "expectations", "dags")
    for path in (ROOT / room).rglob("*.py")
    if "__pycache__" not in path.parts
)


def imports(path: Path, top_level_only: bool = False) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def importers(package: str, top_level_only: bool = False) -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if any(name == package or name.startswith(package + ".") for name in imports(path, top_level_only))
    }


def test_great_expectations_has_one_importer():
    assert importers("great_expectations") == {"expectations/gate.py"}


def test_only_the_dags_and_their_trigger_know_airflow():
    assert all(
        path.startswith("dags/") or path in {"ingestion/waiting.py", "ingestion/airflow_processes.py"}
        for path in importers("airflow")
    )


def test_only_one_module_knows_the_wheel_of_the_embedded_server():
    mentions = {
        p.relative_to(ROOT).as_posix() for p in SOURCES if "pixeltable" in p.read_text(encoding="utf-8")
    }
    assert mentions == {"ingestion/warehouse/embedded.py"}


def test_only_settings_reads_the_environment():
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if re.search(r"os\.(environ|getenv|putenv)", path.read_text(encoding="utf-8"))
    }
    assert readers <= {"ingestion/settings.py"}, "child processes take settings.child_environment()"


@pytest.mark.parametrize("package", ["pandas", "pyarrow", "great_expectations", "dbt", "openpyxl", "airflow"])
def test_heavy_packages_are_imported_late(package):
    early = {path for path in importers(package, top_level_only=True) if not path.startswith("dags/")}
    # these are themselves imported late by whoever uses them: test_late_imports.py holds the property
    arrow = {
        "expectations/measures.py",
        "expectations/vouchers.py",
        "ingestion/checking.py",
        "ingestion/readers/delimited.py",
    }
    allowed = {"airflow": {"ingestion/waiting.py"}, "pyarrow": arrow}.get(package, set())
    assert early <= allowed


def test_dags_are_glue():
    for path in SOURCES:
        if path.is_relative_to(ROOT / "dags"):
            assert not imports(path) & {"pandas", "psycopg", "great_expectations", "dbt", "sqlalchemy"}


def test_expectations_do_not_know_the_database():
    for path in SOURCES:
        if path.is_relative_to(ROOT / "expectations"):
            assert not any(name.startswith(("psycopg", "ingestion.warehouse")) for name in imports(path))


def test_no_room_for_leftovers():
    assert not [path for path in SOURCES if path.stem in {"utils", "helpers", "common", "misc"}]


def test_the_project_stands_alone():
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    # spelled in parts, so that this file does not find itself
    forbidden = re.compile(
        "|".join([r"\.\./sha" + "red", "py" + r"pi\.org", "python" + "hosted", r"registry\.n" + "pmjs"])
    )
    for name in filter(None, tracked.split("\0")):
        path = ROOT / name
        if path.suffix in {".xlsx", ".png"} or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not forbidden.search(text), name
