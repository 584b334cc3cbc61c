"""Bad surroundings and wrong use: one clear sentence, the status the design promises, nothing half loaded."""

import json
import os
import subprocess
import sys

import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from ingestion.warehouse import embedded


def finsam(*arguments, home, **environment):
    return subprocess.run(
        [sys.executable, "-m", "ingestion", *arguments],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("FINSAM_")},
            "FINSAM_HOME": str(home),
            **environment,
        },
    )


def one_sentence(done):
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_a_wrong_address_of_the_warehouse(tmp_path):
    done = finsam("nightly", home=tmp_path, FINSAM_WAREHOUSE_URL="mysql://nowhere")
    assert done.returncode == 3 and "FINSAM_WAREHOUSE_URL" in one_sentence(done)


def test_a_server_that_is_not_there(tmp_path):
    url = f"postgresql://me:topsecret@127.0.0.1:{embedded.free_port()}/finsam"
    done = finsam("nightly", home=tmp_path, FINSAM_WAREHOUSE_URL=url)
    assert done.returncode == 3 and "ingen server svarar" in one_sentence(done)
    assert "topsecret" not in done.stdout + done.stderr


@pytest.mark.parametrize("home", ["/dev/null/home", "/proc/finsam"])
def test_a_home_that_cannot_be(home):
    done = finsam("status", home=home)
    assert done.returncode == 3 and "FINSAM_HOME" in one_sentence(done)


def test_a_full_home(tmp_path):
    """A small file system of its own where the machine lets us make one; else a size limit on files."""
    full = tmp_path / "full"
    full.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(full)], check=False, capture_output=True
    )
    if mounted.returncode:
        done = subprocess.run(
            ["bash", "-c", f"ulimit -f 1; FINSAM_HOME={full} exec {sys.executable} -m ingestion status"],
            cwd=PROJECT_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0
        return
    try:
        (full / "fill").write_bytes(b"\0" * 120_000)
        done = finsam("status", home=full / "home")
        assert done.returncode == 3 and "disken är full" in one_sentence(done)
    finally:
        subprocess.run(["umount", str(full)], check=True)


def test_wrong_use_says_what_there_is(tmp_path):
    done = finsam("check", "nofile.csv", "--feed", "ledger", home=tmp_path)
    assert done.returncode == 2 and "nofile.csv" in one_sentence(done)
    done = finsam(
        "check",
        "README.md",
        "--feed",
        "nonsense",
        home=tmp_path,
    )
    assert done.returncode == 2 and "member_fees" in one_sentence(done)
    assert finsam("nonsense", home=tmp_path).returncode == 2


def test_check_needs_no_database_and_speaks_json(tmp_path):
    empty = tmp_path / "tom.csv"
    empty.touch()
    done = finsam("check", str(empty), "--feed", "member_fees", "--json", home=tmp_path / "home")
    found = json.loads(done.stdout)
    assert done.returncode == 1 and found["state"] == "rejected"
    assert [issue["rule_id"] for issue in found["issues"]] == ["STR-001"]
    assert not (tmp_path / "home").exists() or not (tmp_path / "home" / "database").exists()


def test_a_port_in_use_is_no_trouble(tmp_path):
    """The port of last time may be someone else's by now: another is taken."""
    import socket

    settings = Settings(home=tmp_path)
    settings.prepare()
    try:
        port = embedded.start(settings)
        embedded.stop(settings)
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", port))
            other.listen()
            assert embedded.start(settings) != port
    finally:
        embedded.remove(settings)
