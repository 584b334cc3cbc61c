"""Where everything stands. The only module that reads the environment (an architecture test holds it to that)."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROJECT_ROOT = Path(__file__).resolve().parent.parent
MODEL_SOURCES = (
    "dbt_project/models",
    "dbt_project/macros",
    "dbt_project/dbt_project.yml",
)
RULE_SOURCES = (
    "dbt_project/tests",
    "expectations",
    "ingestion/judgement.py",
    "ingestion/warehouse/lineage.py",
    "ingestion/warehouse/recomputation.py",
    "ingestion/warehouse/ddl",
)
CODE_SOURCES = ("ingestion", "expectations", "dags", "dbt_project/tests", *MODEL_SOURCES)

_WHY_SV = {
    errno.ENOSPC: "disken är full",
    errno.EDQUOT: "kvoten är slut",
    errno.EROFS: "den är skrivskyddad",
    errno.EACCES: "rättighet saknas",
    errno.EPERM: "rättighet saknas",
    errno.ENOENT: "den går inte att skapa",
    errno.ENOTDIR: "något på vägen dit är en fil",
    errno.EEXIST: "där ligger en fil",
}


class SettingsProblem(Exception):
    """The surroundings do not allow work; the message says what to change, in Swedish."""


@dataclass(frozen=True)
class Settings:
    """home: all state (landing, archive, database, logs …). warehouse_url: another PostgreSQL, or None for ours.

    On a server: secret_folder holds the keys and passwords instead of `secrets` in the home; airflow_url is
    where Airflow's services find their web server, airflow_public_url where people do. login_password_file: holds the
    password of a person's own login, for `--login`. alerts_file: the channels alerts go out by, if not
    `alerts.toml` among the secrets. airflow_database_url: Airflow's metadata on a server of their own. fault_at: where
    a test wants this process to end (faults.py).
    """

    home: Path
    warehouse_url: str | None = None
    secret_folder: Path | None = None
    airflow_url: str | None = None
    airflow_public_url: str | None = None
    login_password_file: Path | None = None
    alerts_file: Path | None = None
    airflow_database_url: str | None = None
    fault_at: str | None = None

    @property
    def landing(self) -> Path:
        """Where associations put their files: `<association>/<feed>/<file>`."""
        return self.home / "landing"

    @property
    def reference(self) -> Path:
        """Where people keep reference data: `<association or common>/<dataset>.csv`."""
        return self.home / "reference"

    @property
    def archive(self) -> Path:
        """Accepted deliveries as received, minus personal columns."""
        return self.home / "archive"

    @property
    def quarantine(self) -> Path:
        """Refusal reports, one folder per delivery."""
        return self.home / "quarantine"

    @property
    def secrets(self) -> Path:
        """Keys and passwords, readable by the owner only."""
        return self.secret_folder or self.home / "secrets"

    @property
    def database(self) -> Path:
        """What we know of the embedded server, and its data where that is reachable."""
        return self.home / "database"

    @property
    def logs(self) -> Path:
        """Logs of what we start."""
        return self.home / "logs"

    @property
    def airflow(self) -> Path:
        """AIRFLOW_HOME."""
        return self.home / "airflow"

    def prepare(self) -> None:
        """Make the folders. Raises SettingsProblem where the home cannot be written or is full."""
        try:
            for folder in (self.landing, self.reference, self.archive, self.quarantine, self.logs):
                folder.mkdir(parents=True, exist_ok=True)
            if self.secret_folder is None:
                self.secrets.mkdir(mode=0o700, exist_ok=True)
            probe = self.home / ".writable"
            probe.write_bytes(b"\0" * 65536)
            probe.unlink()
        except OSError as problem:
            raise SettingsProblem(
                f"Mappen {self.home} går inte att skriva i ({_WHY_SV.get(problem.errno or 0, problem.strerror)}). "
                "Ge den rättigheter och plats, eller peka FINSAM_HOME på en annan mapp."
            ) from problem


def load() -> Settings:
    """Settings from the FINSAM_ variables; the default home is `.finsam` in the checkout. Raises SettingsProblem."""
    folder = os.environ.get("FINSAM_SECRETS")
    password_file = os.environ.get("FINSAM_LOGIN_PASSWORD_FILE")
    alerts_file = os.environ.get("FINSAM_ALERTS_FILE")
    return Settings(
        home=Path(os.environ.get("FINSAM_HOME") or PROJECT_ROOT / ".finsam").expanduser().absolute(),
        warehouse_url=_url_with_password("FINSAM_WAREHOUSE"),
        secret_folder=Path(folder).expanduser().absolute() if folder else None,
        airflow_url=os.environ.get("FINSAM_AIRFLOW_URL") or None,
        airflow_public_url=os.environ.get("FINSAM_AIRFLOW_PUBLIC_URL") or None,
        login_password_file=Path(password_file).expanduser().absolute() if password_file else None,
        alerts_file=Path(alerts_file).expanduser().absolute() if alerts_file else None,
        airflow_database_url=_url_with_password("FINSAM_AIRFLOW_DATABASE"),
        fault_at=os.environ.get("FINSAM_FAULT_AT") or None,
    )


def _url_with_password(name: str) -> str | None:
    """The variable <name>_URL, with the password that stands in the file <name>_PASSWORD_FILE, if any."""
    url = os.environ.get(f"{name}_URL") or None
    file = os.environ.get(f"{name}_PASSWORD_FILE")
    if url is None or not file:
        return url
    password = _password_in(Path(file), f"{name}_PASSWORD_FILE")
    scheme, _, rest = url.partition("://")
    account, _, place = rest.rpartition("@")
    return f"{scheme}://{account.partition(':')[0]}:{quote(password, safe='')}@{place}"


def login_password(settings: Settings) -> str | None:
    """The password of a person's own login, from the file FINSAM_LOGIN_PASSWORD_FILE. Raises SettingsProblem."""
    file = settings.login_password_file
    return _password_in(file, "FINSAM_LOGIN_PASSWORD_FILE") if file else None


def _password_in(file: Path, variable: str) -> str:
    try:
        return file.read_text().strip()
    except (OSError, ValueError) as problem:
        raise SettingsProblem(
            f"Lösenordet i {variable} ({file}) går inte att läsa. "
            "Peka variabeln på en fil som kontot får läsa, eller ta bort den."
        ) from problem


def random_text() -> str:
    """What a secret is made of unless its user wants another form: 32 random bytes as text."""
    return secrets.token_urlsafe(32)


def secret(settings: Settings, name: str, make: Callable[[], str] = random_text) -> str:
    """The secret under that name, made the first time; readable by the owner only.

    Raises SettingsProblem where it is missing and cannot be made, as on a server with mounted secrets.
    """
    file = settings.secrets / name
    try:
        if not file.exists():
            _keep(file, make())
        return file.read_text().strip()
    except OSError as problem:
        raise SettingsProblem(
            f"Hemligheten {file} går inte att läsa eller skapa ({_WHY_SV.get(problem.errno or 0, problem.strerror)}). "
            "På en server görs hemligheterna före start, se docker/RUNBOOK.md."
        ) from problem


def _keep(file: Path, content: str) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(content)
    with contextlib.suppress(FileExistsError):  # another process was first: its secret counts
        os.link(fresh, file)
    fresh.unlink()


def child_environment(**changes: str) -> dict[str, str]:
    """The environment for a process we start, with changes; for callers that must not read it themselves."""
    return {**os.environ, **changes}


def export(**values: str) -> None:
    """Set variables that libraries in this process read (dbt's profile, GX's analytics switch)."""
    os.environ.update(values)


@contextlib.contextmanager
def session_options(options: str) -> Iterator[None]:
    """While it lasts, libraries in this process open their PostgreSQL sessions with these options too (libpq's)."""
    before = os.environ.get("PGOPTIONS")
    os.environ["PGOPTIONS"] = f"{before} {options}" if before else options
    try:
        yield
    finally:
        if before is None:
            del os.environ["PGOPTIONS"]
        else:
            os.environ["PGOPTIONS"] = before


@cache
def code_version() -> str:
    """First 12 hex digits of SHA-256 over the project's sources: which code did this."""
    return _digest(CODE_SOURCES)


@cache
def model_version() -> str:
    """The same over the dbt models and macros: a change here rebuilds every association."""
    return _digest(MODEL_SOURCES)


@cache
def rules_version() -> str:
    """The same over what judges a build: a change here judges every association anew."""
    return _digest(RULE_SOURCES)


def _digest(sources: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for source in sources:
        top = PROJECT_ROOT / source
        files = (
            [top]
            if top.is_file()
            else sorted(p for p in top.rglob("*") if p.suffix in {".py", ".sql", ".yml", ".md"})
        )
        for file in files:
            digest.update(
                file.relative_to(PROJECT_ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0"
            )
    return digest.hexdigest()[:12]
