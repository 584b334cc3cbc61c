"""Nights that are cut off: two small associations, copies of one warehouse, and processes that die where they are told.

A night costs its imports first. They are made once, here; each night is a fork, which may then be killed.
"""

import json
import os
import shutil
import signal
import traceback
from dataclasses import dataclass, replace
from pathlib import Path

from psycopg import sql

from ingestion import faults
from ingestion import settings as surroundings
from ingestion.settings import Settings
from ingestion.warehouse import connection as connections
from ingestion.warehouse import embedded, migrations
from tests.conftest import DEMO

ASSOCIATIONS = {"alfa": "222000-9993", "beta": "222000-9985"}
TRIAL = "trial"
FEES = "Medlem;År;Belopp\nStaten {0};2017;{2}\nRegion {0};2017;{1}\n{0} kommun;2017;{1}\nSumma;;{3}\n"


@dataclass
class Ground:
    """A server with patterns: databases and homes as they stand before the night (`empty`) and between its steps."""

    server: Settings
    folder: Path

    def settings(self, **changes) -> Settings:
        """Where a trial works: always the same database's name, so that dbt keeps what it has parsed."""
        admin = connections.admin_target(self.server)
        url = f"postgresql://{admin.user}:{admin.password}@{admin.host}:{admin.port}/{TRIAL}"
        secrets = self.server.secrets
        return replace(
            Settings(home=self.folder / TRIAL, warehouse_url=url, secret_folder=secrets), **changes
        )

    def begin(self, pattern: str = "empty") -> Settings:
        """A fresh trial as the pattern stands: its database and its home."""
        self._copy_database(pattern, TRIAL)
        shutil.rmtree(self.folder / TRIAL, ignore_errors=True)
        shutil.copytree(self.folder / pattern, self.folder / TRIAL)
        return self.settings()

    def keep(self, pattern: str) -> None:
        """The trial as it stands now becomes a pattern."""
        self._copy_database(TRIAL, pattern)
        shutil.copytree(self.folder / TRIAL, self.folder / pattern)

    def _copy_database(self, pattern: str, name: str) -> None:
        pattern = connections.DATABASE if pattern == "empty" else pattern
        where = connections.admin_target(self.server, "postgres")
        with connections.open_target(where, autocommit=True) as admin:
            for statement in ("drop database if exists {0} with (force)", "create database {0} template {1}",
                              "revoke all on database {0} from public"):  # fmt: skip
                admin.execute(sql.SQL(statement).format(sql.Identifier(name), sql.Identifier(pattern)))
            # a copy has its own list of who may connect: as the migrated one's
            may_connect = admin.execute(
                "select a.grantee::regrole::text from pg_database as d, aclexplode(d.datacl) as a"
                " where d.datname = %s and a.grantee <> 0 and a.privilege_type = 'CONNECT'",
                (connections.DATABASE,),
            ).fetchall()
            for (role,) in may_connect:
                admin.execute(
                    sql.SQL("grant connect on database {} to {}").format(
                        sql.Identifier(name), sql.Identifier(role)
                    )
                )


def make_ground(folder: Path) -> Ground:
    """A migrated server, and a home with the small deliveries. `throw_away` ends both."""
    from tests.warehouse.small_warehouse import make_hasty

    server = Settings(home=folder / "server")
    migrations.migrate(server)
    make_hasty(server)
    (server.secrets / "pseudonym_key_1").write_text("the same in every home of this test")
    home = folder / "empty"
    (home / "logs").mkdir(parents=True)
    (home / faults.ALLOWED).touch()
    deliver(home)
    return Ground(server, folder)


def throw_away(ground: Ground) -> None:
    embedded.remove(ground.server)


def deliver(home: Path, amount: int = 100_000) -> None:
    """Fees, ledger and register of two associations, a refused file, and their reference data."""
    shutil.copytree(DEMO / "reference" / "common", home / "reference" / "common", dirs_exist_ok=True)
    for name, number in ASSOCIATIONS.items():
        put(
            home,
            f"reference/{name}/associations.csv",
            f"Organisationsnummer;Namn\n{number};Förbundet {name}\n",
        )
        put(home, f"reference/{name}/members.csv",
            f"Medlemskod;Slag;Namn\nfk;stat;Staten {name}\nregion;region;Region {name}\n"
            f"kommun;kommun;{name} kommun\n")  # fmt: skip
        put(home, f"landing/{name}/member_fees/avgifter.csv", fees(name, amount))
        put(home, f"landing/{name}/ledger/bok.se", ledger(name, number, amount))
    put(home, "landing/alfa/participants/deltagare.csv",
        "Insats;Personnummer;Kön;Inskriven;Avslutad;Avslut till\nSteget;198001022386;Man;2017-01-15;;\n"
        "Steget;19800104-2392;Kvinna;2017-01-15;2017-06-30;Arbete\n")  # fmt: skip
    put(home, "landing/beta/member_fees/fel.csv", fees("beta", amount).replace("Summa;;", "Summa;;9"))


def fees(name: str, amount: int) -> str:
    return FEES.format(name, amount, 2 * amount, 4 * amount)


def ledger(name: str, number: str, amount: int, vouchers: int = 1) -> str:
    entries = "".join(
        f"#VER A {n} 20170301\n{{\n#TRANS 1910 {{}} {4 * amount}\n#TRANS 3110 {{}} -{4 * amount}\n}}\n"
        for n in range(1, vouchers + 1)
    )
    return (
        f"#FLAGGA 0\n#PROGRAM test 1\n#FORMAT PC8\n#GEN 20180115\n#SIETYP 4\n#ORGNR {number}\n#FNAMN {name}\n"
        "#RAR 0 20170101 20171231\n#KONTO 1910 Bank\n#KONTO 2010 Kapital\n#KONTO 3110 Avgifter\n"
        f"#IB 0 1910 5000\n#IB 0 2010 -5000\n{entries}"
    )


def put(home: Path, name: str, text: str) -> Path:
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def load_what_a_night_imports() -> None:
    """So that a fork has it: Great Expectations, dbt, Arrow, and which code this is."""
    import dbt.cli.main  # noqa: F401
    import pyarrow.compute
    import pyarrow.csv  # noqa: F401

    import ingestion.receiver  # noqa: F401
    from expectations import gate

    gate._great_expectations()
    surroundings.code_version(), surroundings.model_version()


def in_child(work, *arguments, log: Path) -> int:
    """Do the work in a fork. Returns 0, 1 where it raised (the log says what), or minus the signal that ended it."""
    pid = os.fork()
    if pid == 0:
        try:
            out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(out, 1)
            os.dup2(out, 2)
            work(*arguments)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def whole_night(settings: Settings) -> None:
    from ingestion import night

    faults.arm(settings)
    night.nightly(settings, "test/night")


def intake(settings: Settings) -> None:
    from ingestion import pipeline
    from ingestion.feeds import member_feeds

    faults.arm(settings)
    pipeline.receive_reference(settings, "test/intake")
    for feed_id in member_feeds():
        pipeline.receive_feed(settings, feed_id, "test/intake")


def intake_and_build(settings: Settings) -> None:
    from ingestion import night

    intake(settings)
    night.build(settings, "test/night")


def publish_newest(settings: Settings) -> None:
    """As a scheduler's retry: the same build and token again."""
    from ingestion import night

    faults.arm(settings)
    newest = night.newest_build(settings)
    assert newest is not None
    night.publish(settings, *newest, "test/night")


def note_writes(settings: Settings) -> None:
    """A test's triggers: which tables are written to, by which kind of statement."""
    with connections.open_target(connections.admin_target(settings), autocommit=True) as admin:
        admin.execute("create schema if not exists trial; create table trial.written (place text, event text);"
                      " create function trial.note() returns trigger language plpgsql security definer as $$ begin"
                      " insert into trial.written values (tg_table_schema || '.' || tg_table_name, lower(tg_op));"
                      " return null; end $$; grant usage on schema trial to public")  # fmt: skip
        tables = admin.execute(
            "select schemaname, tablename from pg_tables where schemaname in ('ops', 'store')"
        ).fetchall()
        for place in tables:
            admin.execute(
                sql.SQL(
                    "create trigger note after insert or update or delete on {} for each statement"
                    " execute function trial.note()"
                ).format(sql.Identifier(*place))
            )


def noted_writes(settings: Settings) -> list[tuple[str, str, str]]:
    with connections.open_target(connections.admin_target(settings)) as admin:
        rows = admin.execute("select distinct place, event from trial.written order by 1, 2").fetchall()
    return [(*place.split("."), event) for place, event in rows]


def cut_off_once(settings: Settings, schema: str, table: str, event: str) -> None:
    """A test's trigger: the first session that does that to the table is ended there, and never again one.

    A sequence counts, since what it has counted is not undone with the transaction.
    """
    with connections.open_target(connections.admin_target(settings), autocommit=True) as admin:
        admin.execute("create schema if not exists trial; create sequence trial.times_here;"
                      " create function trial.cut_off() returns trigger language plpgsql security definer as $$ begin"
                      " if nextval('trial.times_here') = 1 then perform pg_terminate_backend(pg_backend_pid()); end if;"
                      " return null; end $$; grant usage on schema trial to public")  # fmt: skip
        admin.execute(
            sql.SQL(
                "create trigger cut_off after {} on {} for each statement execute function trial.cut_off()"
            ).format(sql.SQL(event), sql.Identifier(schema, table))
        )


def was_cut_off(settings: Settings) -> bool:
    with connections.open_target(connections.admin_target(settings)) as admin:
        row = admin.execute("select is_called from trial.times_here").fetchone()
    return bool(row and row[0])


def killed(status: int) -> bool:
    return status == -signal.SIGKILL


def passed_points(settings: Settings) -> list[str]:
    """What a night under `trace` passed, in order."""
    return (settings.home / "fault_points.txt").read_text().splitlines()


def stop_hard(server: Settings) -> None:
    """PostgreSQL's immediate stop: as a power cut, but for the disk."""
    place = json.loads((server.database / "place.json").read_text())
    embedded._run(
        embedded.Place(Path(place["programs"]), Path(place["data"]), Path(place["password_file"]), place["user"]),
        "pg_ctl", "stop", "-D", place["data"], "-m", "immediate", "-w", "-t", "60",
    )  # fmt: skip
