"""`make acceptance`: readers' logins on Debian's own PostgreSQL (15 on Debian 12, the oldest we take), under an administrator
who is no superuser.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from ingestion import night
from ingestion.settings import Settings
from ingestion.warehouse import access, embedded, migrations
from ingestion.warehouse import connection as connections
from ingestion.warehouse.access import Right
from tests.conftest import deliver_demo

pytestmark = pytest.mark.acceptance
ASSOCIATION = "skelleftea-norsjo"


def programs() -> Path:
    """The newest of Debian's servers, installed if there is none."""
    if not list(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "postgresql"], check=True, capture_output=True)
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


@pytest.fixture(scope="module")
def server():
    """Address of an empty server of its own, with log_statement on as an administrator may have it; and its log."""
    folder = Path(tempfile.mkdtemp(prefix="finsam-acceptance-", dir="/var/tmp"))
    port, user = embedded.free_port(), "postgres" if os.geteuid() == 0 else None
    (folder / "password").write_text("boss")
    if user:
        for path in (folder, folder / "password"):
            os.chown(path, pwd.getpwnam(user).pw_uid, -1)

    def run(program, *arguments):
        command = [programs() / program, "-D", folder / "data", *arguments]
        subprocess.run(command, user=user, check=True, stdout=subprocess.DEVNULL, cwd="/")

    try:
        run("initdb", "-U", "boss", f"--pwfile={folder / 'password'}", "-A", "scram-sha-256", "-E", "UTF8",
            "--locale=C.UTF-8")  # fmt: skip
        run("pg_ctl", "start", "-w", "-l", folder / "log", "-o",
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c log_statement=all")  # fmt: skip
        yield f"127.0.0.1:{port}", folder / "log"
        run("pg_ctl", "stop", "-m", "fast")
    finally:
        shutil.rmtree(folder)


def test_readers_on_debians_server(server, tmp_path):
    address, log = server
    with psycopg.connect(f"postgresql://boss:boss@{address}/postgres", autocommit=True) as boss:
        boss.execute("create role steward login createrole createdb password 'steward'")
        boss.execute("create database house owner steward template template0 encoding 'UTF8'")
    settings = Settings(tmp_path / "home", f"postgresql://steward:steward@{address}/house")
    migrations.migrate(settings)
    deliver_demo(settings.home)
    assert night.nightly(settings, "test/debian").published.generation == 1

    internal = Right("person", "internal", (ASSOCIATION,))
    granted = access.grant(settings, "anna", internal)
    where = connections.reader_target(settings, "anna")
    with connections.open_target(
        connections.Target(where.host, where.port, where.database, "anna", granted.password), autocommit=True
    ) as anna:
        assert anna.execute("select distinct association_id from own_capital").fetchall() == [(ASSOCIATION,)]
        assert anna.execute("select count(*) > 0 from marts_internal.exit_results").fetchone() == (True,)
        access.grant(settings, "anna", Right("person", "public", (ASSOCIATION,)))
        anna.execute("set default_transaction_read_only = off")
        for refused in (
            "select * from marts_internal.exit_results",
            "select * from ops.access",
            "set role finsam_reader",
            "alter role finsam_reader password 'x'",
            "create temporary table x (y int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                anna.execute(refused)
        assert access.revoke(settings, "anna") == 1
        with pytest.raises(psycopg.OperationalError):
            anna.execute("select 1")
    assert access.logins(settings) == []
    assert 'alter role "anna" password' in log.read_text()
    assert granted.password not in log.read_text()
