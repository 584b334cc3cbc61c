"""The dbt project parsed once for all the homes of a test run: dbt itself parses anew whatever differs from its files."""

import fcntl
import hashlib
import shutil
from contextlib import suppress
from functools import cache

from ingestion.settings import PROJECT_ROOT
from ingestion.warehouse import dbt

KEPT = PROJECT_ROOT / "build" / "parsed"
FILE = "partial_parse.msgpack"


def lend(settings):
    """Put it where dbt looks for what it parsed last time in that home, whose warehouse is migrated."""
    target = settings.home / "dbt"
    target.mkdir(parents=True, exist_ok=True)
    kept = KEPT / f"{_digest()}.msgpack"
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if kept.exists():
            shutil.copyfile(kept, target / FILE)
            return
        _parse(settings)
        for older in KEPT.glob("*.msgpack"):
            with suppress(FileNotFoundError):
                older.unlink()
        shutil.copyfile(target / FILE, kept)


@cache
def _digest():
    """Of the project's files: what was parsed of others is not kept."""
    read = hashlib.sha256()
    for file in sorted(
        path for path in dbt.PROJECT.rglob("*") if path.suffix in {".sql", ".yml", ".md", ".csv"}
    ):
        read.update(str(file.relative_to(dbt.PROJECT)).encode() + file.read_bytes())
    return read.hexdigest()[:16]


def _parse(settings):
    from dbt.cli.main import dbtRunner

    with dbt.as_transformer(settings, 0):
        done = dbtRunner().invoke(["parse", *dbt.flags(settings, 1)])
    assert done.success, done.exception
