"""The embedded server: its whole life, as whoever runs the tests, and as root from a folder nobody else
may enter.
"""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ingestion.settings import PROJECT_ROOT, Settings, SettingsProblem
from ingestion.warehouse import connection, embedded, migrations


@pytest.fixture
def settings(tmp_path):
    made = Settings(home=tmp_path / "home")
    yield made
    embedded.remove(made)


def test_starts_migrates_and_survives_kill_9(settings):
    first = migrations.migrate(settings)
    assert "001_roles_and_schemas.sql" in first.applied
    again = migrations.migrate(settings)
    assert (again.applied, again.changed) == ([], [])
    pid = int((Path(embedded._place(settings).data) / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    with connection.connect(settings, "finsam_audit") as database:
        assert database.execute("select count(*) from ops.delivery").fetchone() == (0,)
    migrations.check(settings)


def test_stop_says_whether_anything_ran(settings):
    settings.prepare()
    assert embedded.stop(settings) is False
    embedded.start(settings)
    assert embedded.running_port(settings) is not None
    assert embedded.stop(settings) is True
    assert embedded.running_port(settings) is None


def test_listens_on_loopback_with_passwords_only(settings):
    where = connection.admin_target(settings, "postgres")
    with connection.open_target(where) as database:
        shown = database.execute(
            "select current_setting('listen_addresses'), current_setting('unix_socket_directories')"
        )
        assert shown.fetchone() == ("127.0.0.1", "")
    with pytest.raises(embedded.WarehouseUnavailable) as refused:
        connection.open_target(replace(where, password="wrong-" + "secret"))
    assert "wrong-secret" not in str(refused.value)


def test_nothing_is_granted_to_public(settings):
    migrations.migrate(settings)
    with connection.open_target(connection.admin_target(settings)) as database:
        rows = database.execute(
            "select nspname from pg_namespace, aclexplode(nspacl) as a where a.grantee = 0 and nspname !~ '^(pg_|information_)'"
            " union all select proname::text from pg_proc join pg_namespace n on n.oid = pronamespace,"
            " aclexplode(coalesce(proacl, acldefault('f', proowner))) as a"
            " where a.grantee = 0 and n.nspname in ('ops', 'store', 'raw', 'marts')"
        ).fetchall()
        assert rows == []


def test_an_edited_migration_is_refused(settings, monkeypatch, tmp_path):
    migrations.migrate(settings)
    changed = tmp_path / "ddl"
    changed.mkdir()
    for file in migrations.DDL.glob("*.sql"):
        (changed / file.name).write_text(file.read_text() + "\n-- edited")
    monkeypatch.setattr(migrations, "DDL", changed)
    with pytest.raises(embedded.WarehouseUnavailable, match="har ändrats efter"):
        migrations.migrate(settings)


def test_code_older_than_the_database_is_refused(settings, monkeypatch, tmp_path):
    migrations.migrate(settings)
    fewer = tmp_path / "ddl"
    fewer.mkdir()
    first = sorted(migrations.DDL.glob("*.sql"))[0]
    (fewer / first.name).write_text(first.read_text())
    monkeypatch.setattr(migrations, "DDL", fewer)
    with pytest.raises(embedded.WarehouseUnavailable, match="nyare version"):
        migrations.check(settings)


@pytest.mark.parametrize("url", ["mysql://a@b/c", "postgresql://nowhere", "nonsense"])
def test_a_wrong_address_is_one_sentence(tmp_path, url):
    with pytest.raises(embedded.WarehouseUnavailable, match="FINSAM_WAREHOUSE_URL"):
        connection.admin_target(Settings(home=tmp_path, warehouse_url=url))


def test_an_unreachable_server_is_named_without_the_password(tmp_path):
    settings = Settings(
        home=tmp_path, warehouse_url=f"postgresql://me:topsecret@127.0.0.1:{embedded.free_port()}/finsam"
    )
    with pytest.raises(embedded.WarehouseUnavailable) as refused:
        migrations.migrate(settings)
    assert "127.0.0.1" in str(refused.value)
    assert "topsecret" not in str(refused.value)


def test_a_home_that_is_a_file_is_one_sentence(tmp_path):
    (tmp_path / "home").write_text("")
    with pytest.raises(SettingsProblem, match="FINSAM_HOME"):
        Settings(home=tmp_path / "home").prepare()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_as_root_from_a_folder_no_one_else_may_enter(tmp_path, monkeypatch):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    closed.chmod(0o700)
    # the programs, too, may lie where only root gets at them: a checkout under /root with its .venv
    wheel = embedded._copy_programs(closed / "wheel")
    monkeypatch.setattr(embedded, "wheel_programs", lambda: wheel)
    settings = Settings(home=closed / "home")
    settings.prepare()
    try:
        embedded.start(settings)
        place = embedded._place(settings)
        assert not place.data.is_relative_to(closed)
        assert not place.programs.is_relative_to(closed)
        assert place.data.stat().st_uid != 0
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        embedded.remove(settings)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become an ordinary user")
def test_as_an_ordinary_user(tmp_path_factory):
    import pwd
    import shutil
    import tempfile

    nobody = pwd.getpwnam("nobody")
    home = Path(tempfile.mkdtemp(prefix="finsam-test-"))
    code = home / "code"
    shutil.copytree(PROJECT_ROOT / "ingestion", code / "ingestion")
    programs = embedded._copy_programs(home / "wheel").parents[1]
    (programs / "__init__.py").touch()
    subprocess.run(["chown", "-R", "nobody", str(home)], check=True)
    script = (
        "from pathlib import Path; from ingestion.settings import Settings; from ingestion.warehouse import embedded\n"
        f"s = Settings(home=Path({str(home / 'home')!r})); s.prepare()\n"
        "assert embedded.start(s) and embedded._place(s).user is None and embedded.stop(s)"
    )
    try:
        done = subprocess.run(
            [shutil.which("python3", path="/usr/bin:/usr/local/bin") or sys.executable, "-c", script],
            cwd=home,
            text=True,
            capture_output=True,
            check=False,
            user=nobody.pw_uid,
            group=nobody.pw_gid,
            extra_groups=[],
            env={
                "PYTHONPATH": f"{code}:{programs.parent}",
                "PATH": "/usr/bin:/bin",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
        )
        assert done.returncode == 0, done.stderr[-2000:]
    finally:
        subprocess.run(["rm", "-rf", str(home)], check=True)
