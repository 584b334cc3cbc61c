"""Somebody else's PostgreSQL: a server of its own, whose administrator for us is no superuser."""

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg

from ingestion.warehouse import embedded

DEBIANS = Path("/usr/lib/postgresql")


def programs(version):
    """Where that version's programs stand: the wheel's, or Debian's where it is installed; else None."""
    if version == "wheel":
        return embedded.wheel_programs()
    folder = DEBIANS / version / "bin"
    return folder if (folder / "postgres").exists() else None


@contextmanager
def running(version):
    """The URL of an empty database on it, as an administrator who owns it and may create roles and databases."""
    folder = Path(tempfile.mkdtemp(prefix="finsam-foreign-", dir="/var/tmp"))
    user = "postgres" if os.geteuid() == 0 else None
    where = programs(version)
    if user and version == "wheel":  # the wheel may stand where the server's user cannot reach it
        where = embedded._copy_programs(folder / "programs")
    (folder / "password").write_text("boss")
    if user:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, pwd.getpwnam(user).pw_uid, -1, follow_symlinks=False)
    port = embedded.free_port()

    def run(program, *arguments):
        command = [where / program, "-D", folder / "data", *arguments]
        subprocess.run(command, user=user, check=True, stdout=subprocess.DEVNULL, cwd="/")

    try:
        run("initdb", "-U", "boss", f"--pwfile={folder / 'password'}", "-A", "scram-sha-256", "-E", "UTF8",
            "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        run("pg_ctl", "start", "-w", "-l", folder / "log", "-o",
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off")  # fmt: skip
        address = f"127.0.0.1:{port}"
        with psycopg.connect(f"postgresql://boss:boss@{address}/postgres", autocommit=True) as boss:
            boss.execute("create role steward login createrole createdb password 'steward'")
            boss.execute("create database house owner steward template template0 encoding 'UTF8'")
        try:
            yield f"postgresql://steward:steward@{address}/house"
        finally:
            run("pg_ctl", "stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder)
