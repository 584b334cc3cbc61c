"""Backup and restore of the warehouse and of what its home keeps: archive, quarantine and reference data.

A backup is a folder: `database.dump` (pg_dump), `home/`, and `manifest.json`, which says what they must be. A restore
builds the database anew beside the one that stands, proves it against the manifest and against what was published, and
only then gives it the name; what stood keeps its data under another name. Deliveries received after the backup go back
to their inboxes. What fences stale runs off is raised past anything the lost timeline can have given out (F70).

Left out: dbt's rooms, which every build makes anew; landing, where originals with personal numbers may lie; secrets,
unless asked for. What was done with persons after the backup is done again in the restored database, out of the register
of acts in the home (privacy_register.py), before anybody can see it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
import subprocess
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg import sql

from ingestion import key_rotation, person_keys, privacy_office, privacy_register
from ingestion import settings as surroundings
from ingestion.examined import pseudonym_key
from ingestion.privacy import looks_personal, masked
from ingestion.warehouse import connection as connections
from ingestion.warehouse import embedded, migrations, reinstated, rights, roles
from ingestion.warehouse.embedded import WarehouseUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    from ingestion.settings import Settings
    from ingestion.warehouse.connection import Target

KEPT = ("archive", "quarantine", "reference", privacy_register.FOLDER)
REBUILT = ("staging", "intermediate", "candidate")
LEAP = 1_000_000
"""How far the fencing token leaps: more attempts than a lost timeline can have made, at some thousands a day for a year."""
DUMP, MANIFEST = "database.dump", "manifest.json"
# An older server does not know every setting that a newer pg_restore sends first; it does without.
HARMLESS = ("transaction_timeout", "errors ignored on restore", "while PROCESSING TOC", "Command was: SET")
_AS_PUBLISHED = """
with latest as (
    select distinct on (mart, association_id) mart, association_id, row_count, content_hash, hash_method, content_signs
    from ops.publication_mart order by mart, association_id, generation desc
),
measured as (
    select l.mart, ops.weigh(
        format('store.%I', l.mart || '_current'), l.mart, array_agg(l.association_id), '{hash,content}'
    ) as found
    from latest as l group by l.mart
)
select l.mart, l.association_id from latest as l join measured as m using (mart)
where coalesce((m.found -> l.association_id ->> 'rows')::bigint, 0) <> l.row_count
    or (l.row_count > 0 and l.hash_method = 'record' and m.found -> l.association_id ->> 'hash' is distinct from l.content_hash)
    or coalesce(m.found -> l.association_id ->> 'signs', '0') <> l.content_signs
order by 1, 2
"""


class BackupBroken(Exception):
    """The backup is not what it says it is, or not what was published; the message says where, in Swedish."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. key_mark: tells the pseudonym key from others without giving it away. files: path -> SHA-256.

    left_out: reference data with something like a personal number in them, which no delivery was made of either.
    """

    made_at: str
    code_version: str
    server_version: int
    migrations: dict[str, str]
    generation: int
    token: int
    rows: dict[str, int]
    logins: list[str]
    key_mark: str
    files: dict[str, str] = field(default_factory=dict)
    has_secrets: bool = False
    left_out: list[str] = field(default_factory=list)

    @property
    def summary_sv(self) -> str:
        """One sentence for a terminal."""
        return (
            f"Säkerhetskopian håller generation {self.generation}, {sum(self.rows.values())} rader i {len(self.rows)} "
            f"tabeller och {len(self.files) - 1} filer"
            + (", och hemligheterna." if self.has_secrets else "; hemligheterna är inte med.")
            + (
                f" Utelämnade, med något som ser ut som ett personnummer: {', '.join(self.left_out)}."
                if self.left_out
                else ""
            )
        )


@dataclass(frozen=True)
class Restored:
    """What a restore did. kept_as: the database that stood, under its new name. to_receive: files back in their inboxes.

    to_send_again: personal deliveries after the backup, whose originals nobody keeps. closed: readers without a login.
    acts: what had been done with persons since the backup, and was done again.
    """

    generation: int
    token: int
    kept_as: str | None
    to_receive: list[str]
    to_send_again: list[str]
    closed: list[str]
    acts: int = 0

    @property
    def summary_sv(self) -> str:
        """What a person reads, and what it asks of her."""
        lines = [
            f"Databasen är återställd till generation {self.generation} och stämmer med det som publicerades."
        ]
        if self.kept_as:
            lines.append(
                f"Den som stod finns kvar som {self.kept_as}; ta bort den när inget mer behövs därifrån."
            )
        if self.acts:
            lines.append(
                f"{self.acts} åtgärder med personuppgifter efter säkerhetskopian är gjorda på nytt: den som raderats är "
                "fortfarande raderad."
            )
        if self.to_receive:
            lines.append(f"Tillbaka i inkorgarna, att ta emot igen: {', '.join(self.to_receive)}.")
        if self.to_send_again:
            lines.append(f"Måste lämnas igen, originalet sparas inte: {', '.join(self.to_send_again)}.")
        if self.closed:
            lines.append(
                f"Kan inte logga in förrän de får nytt lösenord (`finsam access grant … --new-password`): "
                f"{', '.join(self.closed)}."
            )
        lines.append(
            "Beslut om leveranser efter säkerhetskopian ska fattas igen. Kör sedan `finsam nightly`."
        )
        return "\n".join(lines)


def backup(settings: Settings, folder: Path, with_secrets: bool = False) -> Manifest:
    """Write a backup to a folder that is not there yet; safe while the night runs, since it is one snapshot.

    Raises BackupBroken where what stands is not what was published: such a copy would prove nothing.
    """
    if folder.exists():
        raise BackupBroken(f"{folder} finns redan. Ange en mapp som inte finns.")
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True, mode=0o700)
    where = connections.admin_target(settings)
    with connections.open_target(where) as connection:
        connection.execute("set transaction isolation level repeatable read")
        _refuse_unlike_published(connection)
        row = connection.execute("select pg_export_snapshot()").fetchone()
        manifest = _describe(connection, settings)
        _dump(connection, where, fresh / DUMP, str(row[0]) if row else "")
    left_out: list[str] = []
    for name in KEPT:
        if (settings.home / name).is_dir():
            ignore = partial(_showing_persons, settings.home, left_out) if name == "reference" else None
            shutil.copytree(settings.home / name, fresh / "home" / name, symlinks=True, ignore=ignore)
    if with_secrets:
        shutil.copytree(settings.secrets, fresh / "secrets")
    made = {"files": _digests(fresh), "has_secrets": with_secrets, "left_out": sorted(left_out)}
    manifest = Manifest(**{**asdict(manifest), **made})
    (fresh / MANIFEST).write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=1, sort_keys=True))
    fresh.rename(folder)
    return manifest


def restore(settings: Settings, folder: Path) -> Restored:
    """Put a backup in the place of what stands, once it is proven. Raises BackupBroken, WarehouseUnavailable."""
    manifest = _read(folder)
    _bring_key(settings, folder, manifest)
    settings.prepare()
    migrations.create_databases(settings)
    database = connections.admin_target(settings).database
    lost = reinstated.lost_timeline(settings)
    beside = f"{database}_restored"
    with _maintenance(settings) as connection:
        connection.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(beside)))
        connection.execute(
            sql.SQL("create database {} template template0 encoding 'UTF8'").format(sql.Identifier(beside))
        )
    fresh = _with_database(settings, beside)
    _load(fresh, folder / DUMP)
    migrations.migrate_inside(fresh)
    token = max(manifest.token, lost.token) + LEAP
    with connections.open_target(connections.admin_target(fresh)) as connection:
        _refuse_other_rows(connection, manifest)
        _refuse_unlike_published(connection)
        rights.check(connection)
        connection.execute("update ops.fence set token = %s", (token,))
        known = {row[0] for row in connection.execute("select delivery_id from ops.delivery").fetchall()}
        closed = [name for name in manifest.logins if not _can_log_in(connection, name)]
    acts = key_rotation.replay(fresh, privacy_register.acts(folder / "home", settings.home))
    kept_as = _change_places(settings, database, beside)
    is_empty = not lost.names  # made a moment ago, or never used
    if is_empty:
        _forget(settings, kept_as)
    _bring_files(settings, folder)
    with connections.connect(settings, "finsam_privacy") as keeper:
        privacy_office.sweep(settings, keeper)
    back, gone = reinstated.put_back(settings, known, lost)
    return Restored(manifest.generation, token, None if is_empty else kept_as, back, gone, closed, acts)


def _showing_persons(home: Path, left_out: list[str], folder: str, names: list[str]) -> list[str]:
    """Files people keep themselves, that were refused for what they show: no copy is made of it."""
    found = []
    for name in names:
        file = Path(folder) / name
        if file.is_file() and (looks_personal(name) or looks_personal(file.read_bytes().decode("latin-1"))):
            found.append(name)
            left_out.append(masked(file.relative_to(home).as_posix()))
    return found


def _describe(connection: psycopg.Connection, settings: Settings) -> Manifest:
    def one(statement: str) -> Any:
        row = connection.execute(statement).fetchone()
        return row[0] if row else None

    return Manifest(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        code_version=surroundings.code_version(),
        server_version=connection.info.server_version,
        migrations=dict(connection.execute("select name, sha256 from ops.migration").fetchall()),
        generation=one("select coalesce(max(generation), 0) from ops.publication"),
        token=one("select token from ops.fence where name = 'build'") or 0,
        rows=_rows(connection, _tables(connection)),
        logins=[
            row[0] for row in connection.execute("select login_name from ops.reader order by 1").fetchall()
        ],
        key_mark=_key_mark(settings),
    )


def _tables(connection: psycopg.Connection) -> list[str]:
    kept = [schema for schema in rights.SCHEMAS if schema not in {*REBUILT, "public"}]
    return [
        f"{schema}.{name}"
        for schema, name in connection.execute(
            "select n.nspname, c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
            " where c.relkind = 'r' and n.nspname = any(%s) order by 1, 2",
            (kept,),
        ).fetchall()
    ]


def _rows(connection: psycopg.Connection, tables: Sequence[str]) -> dict[str, int]:
    counted = {}
    for table in tables:
        row = connection.execute(
            sql.SQL("select count(*) from {}").format(sql.Identifier(*table.split(".", 1)))
        ).fetchone()
        counted[table] = int(row[0]) if row else 0
    return counted


def _refuse_unlike_published(connection: psycopg.Connection) -> None:
    """Every association's rows of every mart hash as its last publication said. By the role that sees every row."""
    connection.execute("set local role own_publish")
    for setting, value in (("timezone", "UTC"), ("datestyle", "ISO, YMD"), ("extra_float_digits", "1")):
        connection.execute(sql.SQL("set local {} = {}").format(sql.Identifier(setting), sql.Literal(value)))
    wrong = connection.execute(_AS_PUBLISHED).fetchall()
    connection.execute("reset role")
    if wrong:
        named = ", ".join(f"{mart} för {association}" for mart, association in wrong[:5])
        raise BackupBroken(f"Raderna i store är inte de som publicerades: {named}. Se ops.publication_mart.")


def _refuse_other_rows(connection: psycopg.Connection, manifest: Manifest) -> None:
    """Row security, a full disk or a cut file can leave rows out; the count tells. What `migrate` keeps itself may differ."""
    kept = [table for table in manifest.rows if not table.startswith(("ops.shape", "migrations."))]
    registers = {"ops.feed", "ops.rule_card", "ops.required_rule", "ops.mart", "ops.mart_column"}
    found = _rows(connection, [table for table in kept if table not in registers])
    if wrong := [table for table, count in found.items() if count != manifest.rows[table]]:
        raise BackupBroken(f"Säkerhetskopian gav inte alla rader tillbaka i {', '.join(wrong[:5])}.")


def _dump(connection: psycopg.Connection, where: Target, file: Path, snapshot: str) -> None:
    schemas = [f"--schema={schema}" for schema in rights.SCHEMAS if schema != "public"]
    rooms = [f"--exclude-table={room}.*" for room in REBUILT]
    # no superuser: row security is on, and its policy for the publisher, whose member own_backup is, shows every row
    secured = [] if _is_superuser(connection) else ["--enable-row-security", "--role=own_backup"]
    _run(
        where,
        "pg_dump",
        "--format=custom",
        f"--snapshot={snapshot}",
        f"--file={file}",
        *schemas,
        *rooms,
        *secured,
    )


def _load(fresh: Settings, dump: Path) -> None:
    """Into an empty database. The schemas come first: who owns a function must be allowed to create where it stands."""
    where = connections.admin_target(fresh)
    with connections.open_target(where, autocommit=True) as connection:
        roles.create_missing(connection, fresh)
        roles.guard_database(connection)
        # pg_restore makes schemas as their owners would
        owners = [name for names in rights.SCHEMAS.values() for name in names]
        for owner in sorted(set(owners)):
            connection.execute(
                sql.SQL("grant create on database {} to {}").format(
                    sql.Identifier(where.database), sql.Identifier(owner)
                )
            )
        listing = _run(where, "pg_restore", "--list", str(dump), with_database=False)
        lines = listing.splitlines()
        schemas = [
            line for line in lines if " SCHEMA - " in line and " ACL " not in line and "COMMENT" not in line
        ]
        chosen = dump.with_name("restore.list")
        try:
            chosen.write_text("\n".join(schemas))
            _run(where, "pg_restore", f"--use-list={chosen}", str(dump))
            for schema, names in rights.SCHEMAS.items():
                for owner in names if schema != "public" else ():
                    _grant_create(connection, "grant", schema, "to", owner)
            chosen.write_text("\n".join(line for line in lines if line not in schemas))
            _run(where, "pg_restore", f"--use-list={chosen}", str(dump))
        finally:
            chosen.unlink(missing_ok=True)
        for schema, names in rights.SCHEMAS.items():
            for owner in names - {_owner(connection, schema)} if schema != "public" else ():
                _grant_create(connection, "revoke", schema, "from", owner)
        for owner in sorted(set(owners)):
            connection.execute(
                sql.SQL("revoke create on database {} from {}").format(
                    sql.Identifier(where.database), sql.Identifier(owner)
                )
            )


def _grant_create(connection: psycopg.Connection, verb: str, schema: str, to: str, owner: str) -> None:
    connection.execute(
        sql.SQL("{} create on schema {} {} {}").format(
            sql.SQL(verb), sql.Identifier(schema), sql.SQL(to), sql.Identifier(owner)
        )
    )


def _owner(connection: psycopg.Connection, schema: str) -> str:
    row = connection.execute(
        "select nspowner::regrole::text from pg_namespace where nspname = %s", (schema,)
    ).fetchone()
    return str(row[0]) if row else ""


def _run(where: Target, program: str, *arguments: str, with_database: bool = True) -> str:
    """One of PostgreSQL's programs, with the password in its environment. Raises WarehouseUnavailable with its words."""
    environment = surroundings.child_environment(PGPASSWORD=where.password)
    target = [
        "-h",
        where.host,
        "-p",
        str(where.port),
        "-U",
        where.user,
        "-d",
        where.database,
        "--no-password",
    ]
    done = subprocess.run(
        [str(embedded.wheel_programs() / program), *(target if with_database else []), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = [
        line
        for line in done.stderr.splitlines()
        if "error:" in line and not any(word in line for word in HARMLESS)
    ]
    if complaints or (done.returncode and not done.stderr):
        raise WarehouseUnavailable(
            f"{program} misslyckades: {complaints[0] if complaints else done.returncode}"
        )
    return done.stdout


def _is_superuser(connection: psycopg.Connection) -> bool:
    row = connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
    return bool(row and row[0])


def _can_log_in(connection: psycopg.Connection, login: str) -> bool:
    row = connection.execute("select rolcanlogin from pg_roles where rolname = %s", (login,)).fetchone()
    return bool(row and row[0])


def _maintenance(settings: Settings) -> psycopg.Connection:
    """A connection beside the warehouse, from which its database can be renamed."""
    name = "postgres" if settings.warehouse_url is None else connections.airflow_database(settings)
    return connections.open_target(connections.admin_target(settings, name), autocommit=True)


def _with_database(settings: Settings, database: str) -> Settings:
    from dataclasses import replace

    return replace(settings, warehouse_url=connections.admin_target(settings, database).url)


def _change_places(settings: Settings, database: str, beside: str) -> str:
    """The restored database takes the name, as soon as nobody is in the one that stood."""
    import psycopg

    kept_as = f"{database}_before_{datetime.now(UTC):%Y%m%d_%H%M%S}"
    with _maintenance(settings) as connection:
        with suppress(psycopg.errors.InsufficientPrivilege):  # whoever is in there has to leave by himself
            connection.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = any(%s)",
                ([database, beside],),
            )
        try:
            for old, new in ((database, kept_as), (beside, database)):
                connection.execute(
                    sql.SQL("alter database {} rename to {}").format(sql.Identifier(old), sql.Identifier(new))
                )
        except psycopg.errors.ObjectInUse:
            raise WarehouseUnavailable(
                f"Någon är inne i databasen {database}, så den byts inte ut. Stoppa Airflow och läsarna och kör igen."
            ) from None
    return kept_as


def _forget(settings: Settings, database: str) -> None:
    with _maintenance(settings) as connection:
        connection.execute(sql.SQL("drop database {}").format(sql.Identifier(database)))


def _key_mark(settings: Settings) -> str:
    return hmac.new(pseudonym_key(settings), b"finsam warehouse backup", hashlib.sha256).hexdigest()[:16]


def _bring_key(settings: Settings, folder: Path, manifest: Manifest) -> None:
    """Without the key that pseudonyms were made with, everybody the warehouse knows becomes a stranger."""
    own = settings.secrets / person_keys.file_name(1)
    for later in sorted((folder / "secrets").glob("pseudonym_key_*")):
        if not (settings.secrets / later.name).exists():
            settings.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copy2(later, settings.secrets / later.name)
    if not own.exists():
        raise BackupBroken(
            f"Nyckeln {own} saknas och är inte med i säkerhetskopian. Lägg tillbaka den först: utan den blir alla "
            "deltagare okända."
        )
    if _key_mark(settings) != manifest.key_mark:
        raise BackupBroken(
            f"Nyckeln {own} är inte den som säkerhetskopian gjordes med. Lägg tillbaka den rätta."
        )


def _bring_files(settings: Settings, folder: Path) -> None:
    """What the home has lost of what was kept; what it has stays."""
    for name in KEPT:
        for file in sorted((folder / "home" / name).rglob("*")):
            to = settings.home / name / file.relative_to(folder / "home" / name)
            if file.is_file() and not to.exists():
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, to)


def _digests(folder: Path) -> dict[str, str]:
    found = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
        with file.open("rb") as opened:
            found[file.relative_to(folder).as_posix()] = hashlib.file_digest(opened, "sha256").hexdigest()
    return found


def _read(folder: Path) -> Manifest:
    """The manifest, after every file was found to be what it says. Raises BackupBroken."""
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise BackupBroken(f"{folder} är ingen säkerhetskopia: {MANIFEST} saknas eller är trasig.") from None
    now = _digests(folder)
    if wrong := [name for name, digest in manifest.files.items() if now.get(name) != digest]:
        raise BackupBroken(f"Säkerhetskopian är skadad: {', '.join(wrong[:5])} är inte som när den gjordes.")
    migrations.refuse_unknown(manifest.migrations)
    return manifest
