"""No hash of a personal number without a key, anywhere in the code: numbers are few enough to try them all."""

import ast
import re
from pathlib import Path

import pytest

from ingestion.feeds import all_feeds
from ingestion.privacy import content_id

ROOT = Path(__file__).resolve().parents[2]
HASHES = re.compile(r"hashlib|\bcrc32\b|\bblake|\bmd5\b|\bsha[0-9]")
SOURCES = sorted(
    path
    for room in ("ingestion", "expectations", "dags", "dbt_project")
    for pattern in ("*.py", "*.sql")
    for path in (ROOT / room).rglob(pattern)
    if not {"__pycache__", "target", "dbt_packages"} & set(path.parts)
)
UNKEYED = {
    "expectations/required.py": "definitions of tests",
    "ingestion/archive.py": "archived copies, which hold no person, read back",
    "ingestion/delivery.py": "a delivery's id, made of what content_id says of a personal file: keyed",
    "ingestion/demo/dealing.py": "which invented answer comes next",
    "ingestion/demo/sie_file.py": "an invented ledger's checksum",
    "ingestion/manifest.py": "what a sender says of a file: keyed where the manifest is kept",
    "ingestion/pinned.py": "a file that is not read",
    "ingestion/readers/sie/declared.py": "a ledger's own checksum, compared and not kept",
    "ingestion/receiver.py": "what a refusal rested on: names and words of an association",
    "ingestion/settings.py": "source files",
    "ingestion/warehouse/backup.py": "files of a backup",
    "ingestion/warehouse/contracts.py": "definitions of marts",
    "ingestion/warehouse/lineage_registry.py": "definitions of columns",
    "ingestion/warehouse/migrations.py": "migrations",
    "ingestion/warehouse/store.py": "definitions of marts",
}
"""Modules that hash without a key, and what. None is given a number; a new one has to say what it hashes."""


def hashing():
    """Modules that call a hash that is not of HMAC."""
    found = set()
    for path in SOURCES:
        if path.suffix != ".py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and HASHES.search(ast.unparse(node.func)):
                found.add(path.relative_to(ROOT).as_posix())
    return found


def test_modules_that_hash_are_known_by_what_they_hash():
    odd = hashing() - UNKEYED.keys() - {"ingestion/privacy.py"}
    assert odd == set(), "say what it hashes, or key it"


def test_the_privacy_module_hashes_nothing_but_keys_and_files_without_persons():
    """Its own HMAC is made of SHA-256 states of the padded key, and what is hashed plainly is no personal file."""
    tree = ast.parse((ROOT / "ingestion" / "privacy.py").read_text(encoding="utf-8"))
    plain = {}
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "hashlib.sha256":
                plain.setdefault(function.name, []).append(ast.unparse(node))
    assert set(plain) == {"_hmac_states", "content_id"}
    assert all("key" in call or "byte ^" in call for call in plain["_hmac_states"])
    assert plain["content_id"] == ["hashlib.sha256()"]


@pytest.mark.parametrize(
    "feed", [feed for feed in all_feeds().values() if feed.is_personal], ids=lambda one: one.id
)
def test_a_personal_file_is_known_by_the_key(feed, tmp_path):
    import hashlib

    file = tmp_path / "a.csv"
    file.write_text("195301010350\n")
    keyed, other = content_id(file, feed, b"one"), content_id(file, feed, b"two")
    assert keyed != other
    assert hashlib.sha256(file.read_bytes()).hexdigest() not in (keyed, other)


def test_sql_hashes_no_person():
    """In the warehouse a person is a keyed pseudonym already; its own hashes are of keys, definitions and whole rows."""
    hashed = re.compile(
        r"\b(md5|sha256|sha512|hashtext(?:extended)?|digest|crypt)\s*\(([^;]*?)\)", re.IGNORECASE
    )
    for path in [path for path in SOURCES if path.suffix == ".sql"]:
        for found in hashed.finditer(path.read_text(encoding="utf-8")):
            about = found[2].lower()
            assert "person" not in about, (path.name, found[0])
            assert "pseudonym" not in about or "p_act_id ||" in about, (path.name, found[0])
