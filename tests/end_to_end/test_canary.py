"""Official test numbers planted in every column, record, title, sheet and name of good and bad deliveries. Fault F71.

After a night, and another that fails, none of them stands anywhere in the home: no log, report, error, artefact, table,
server log, archive or backup, nor by the real Airflow (`make soak`) in XCom or a template. Left out are the inboxes, whose
files are their senders' own.
"""

import csv
import gzip
import io
import re
import shutil
import subprocess
import sys
import zipfile
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingestion import report
from ingestion.demo.ground import prepare_warehouse, start_airflow
from ingestion.demo.progress import Progress
from ingestion.demo.run import DELIVERIES, JUDGING, READING, Night, take_stand
from ingestion.feeds import all_feeds
from ingestion.settings import Settings, child_environment
from ingestion.warehouse import backup, connection, embedded, migrations
from tests.conftest import Warehouse

pytestmark = pytest.mark.xdist_group("airflow")
ASSOCIATION = "skelleftea-norsjo"
NUMBERS = Path("ingestion/demo/sources/test_personnummer.txt").read_text(encoding="utf-8").split()
PLANTED = {number[2:].encode() for number in NUMBERS}
SHAPE = re.compile(rb"(?<![0-9])(?:18|19|20)?([0-9]{6})[-+ ]?([0-9]{4})(?![0-9])")
SIE_WORD = re.compile(r'"[^"]*"|[^\s{}"]+')


def plantings(number):
    """(name, content) of bad files: every demo file once per column of its first row, record, title, sheet and name."""
    sources = sorted(path for path in (DELIVERIES / "landing").glob("*/*/*") if path.is_file())
    for feed in sorted({path.parent.name for path in sources}):
        for source in [path for path in sources if path.parent.name == feed][:2]:
            texts = {".se": in_records, ".xlsx": in_workbook}.get(source.suffix, in_cells)
            for changed in texts(source, number):
                yield feed, source, changed
        yield feed, source.with_stem(f"{next(number)}_{source.stem}"), source.read_bytes()


def in_cells(source, number):
    text = source.read_bytes().decode("utf-8-sig" if is_utf8(source) else "cp1252")
    lines = text.splitlines(keepends=True)
    first = next(
        at for at, line in enumerate(lines) if at and line.count(";") == lines[at - 1].count(";") > 1
    )
    cells = next(csv.reader([lines[first]], delimiter=";"))
    for at in range(len(cells)):
        row = io.StringIO()
        csv.writer(row, delimiter=";").writerow([*cells[:at], next(number), *cells[at + 1 :]])
        yield "".join([*lines[:first], row.getvalue(), *lines[first + 1 :]]).encode()
    yield "".join([f"Utskrivet av {next(number)}\n", *lines]).encode()
    yield "".join([*lines, f"Sida 1 av 1;{next(number)}\n"]).encode()


def is_utf8(path):
    try:
        return bool(path.read_bytes().decode())
    except UnicodeDecodeError:
        return False


def in_records(source, number):
    """In the last field of the first record of every kind, and in kinds nobody reads."""
    lines, met = source.read_bytes().decode("cp437").splitlines(keepends=True), set()
    for at, line in enumerate(lines):
        words = list(SIE_WORD.finditer(line))
        if not words or words[0][0] in met:
            continue
        met.add(words[0][0])
        changed = f'{line[: words[-1].start()]}"{next(number)}"{line[words[-1].end() :]}'
        yield "".join([*lines[:at], changed, *lines[at + 1 :]]).encode("cp437")
    for record in ("#PROSA", "#ADRESS", "#EGEN"):
        yield "".join([lines[0], f'{record} "{next(number)}"\n', *lines[1:]]).encode("cp437")


def in_workbook(source, number):
    import openpyxl

    def changed(change):
        book = openpyxl.load_workbook(source)
        change(book, book.worksheets[0])
        content = io.BytesIO()
        book.save(content)
        return content.getvalue()

    for column in "ABCDE":
        yield changed(lambda _book, sheet, at=column: sheet.__setitem__(f"{at}5", next(number)))
    yield changed(lambda _book, sheet: setattr(sheet, "title", next(number)))
    yield changed(lambda book, _sheet: setattr(book.properties, "creator", next(number)))
    yield changed(lambda book, _sheet: book.create_sheet("Dolt").append([next(number)]))


@dataclass
class Ran:
    """What the nights left behind. tables: name -> its rows as text, of the warehouse and of Airflow's own database."""

    home: Path
    planted: int
    states: dict[str, int]
    said: bytes
    tables: dict[str, bytes]


@pytest.fixture(
    scope="module",
    params=["command", pytest.param("airflow", marks=[pytest.mark.soak, pytest.mark.airflow])],
)
def ran(request, tmp_path_factory):
    home = tmp_path_factory.mktemp(f"canary_{request.param}") / "home"
    settings = Settings(home=home)
    for folder in (f"landing/{ASSOCIATION}", "reference"):
        shutil.copytree(DELIVERIES / folder, home / folder, copy_function=shutil.copy)
    planted = plant(home / "landing" / ASSOCIATION)
    try:
        said = by_airflow(settings) if request.param == "airflow" else by_command(settings)
        states = states_of(Warehouse(settings))
        said += failing_night(Warehouse(settings))
        backup.backup(settings, home / "backup", with_secrets=True)
        yield Ran(home, planted, states, said.encode(), dict(everything_stored(settings)))
    finally:
        embedded.remove(settings)


def by_airflow(settings):
    said = io.StringIO()
    with ExitStack() as cleanup, redirect_stdout(said):
        progress = Progress()
        prepare_warehouse(settings, progress, cleanup)
        cleanup.pop_all()  # the server is asked more when Airflow has been stopped
        with ExitStack() as stopping:
            airflow, api = start_airflow(settings, progress, stopping, stays=False, preload=READING + JUDGING)
            Night(settings, airflow, api, progress, take_stand(settings)).run()
        print(report.night_summary(settings))
    return said.getvalue()


def by_command(settings):
    migrations.migrate(settings)
    ended = finsam(settings, "nightly")
    return ended.stdout + ended.stderr


def finsam(settings, *words):
    return subprocess.run(
        [sys.executable, "-m", "ingestion", *words],
        env=child_environment(FINSAM_HOME=str(settings.home)),
        capture_output=True,
        text=True,
        check=False,
    )


def plant(inbox):
    """Put the bad files in the inbox under names of their own; returns how many."""
    number, made = (f"{one[:8]}-{one[8:]}" if at % 2 else one for at, one in enumerate(NUMBERS)), 0
    for made, (feed, source, content) in enumerate(plantings(number), 1):
        folder = inbox / feed
        folder.mkdir(exist_ok=True)
        # of a register only cells are kept: one with a number in a title may be good, and must not contest the real one
        stem = source.stem.replace("2017", "2016") if all_feeds()[feed].is_personal else source.stem
        (folder / f"{stem}_nr{made}{source.suffix}").write_bytes(content)
    return made


def states_of(warehouse):
    found = warehouse.query(
        "select state, count(*)::int as n from ops.delivery group by 1", role="finsam_audit"
    )
    return {row["state"]: row["n"] for row in found}


def failing_night(warehouse):
    """The server refuses the register's rows in the middle of a load; returns what the command said."""
    register = warehouse.settings.landing / ASSOCIATION / "participants" / "deltagare_2017.csv"
    shutil.copy(DELIVERIES / "landing" / ASSOCIATION / "participants" / register.name, register)
    register.write_bytes(register.read_bytes().replace(b";2017-01-09;", b";2017-01-10;"))
    with warehouse.admin() as database:
        database.execute(
            "alter table raw.participants add constraint no_more check (_row_number < 300) not valid"
        )
    ended = finsam(warehouse.settings, "nightly")
    with warehouse.admin() as database:
        database.execute("alter table raw.participants drop constraint no_more")
    assert ended.returncode, ended.stdout
    assert "no_more" in ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def everything_stored(settings):
    """Of the warehouse, and of Airflow's own database where there is one: XCom, rendered templates, its log of events."""
    own = connection.admin_target(settings)
    with connection.open_target(own) as opened:
        there = [
            name
            for (name,) in opened.execute("select datname from pg_database where datallowconn").fetchall()
        ]
    for database in {own.database, connection.airflow_database(settings)} & set(there):
        with connection.open_target(connection.admin_target(settings, database)) as opened:
            names = opened.execute("select format('%I.%I', schemaname, tablename) from pg_tables").fetchall()
            for (name,) in names:
                with opened.cursor().copy(f"copy (select * from {name}) to stdout") as rows:
                    yield f"{database}.{name}", b"".join(map(bytes, rows))


def numbers_in(content):
    return {b"".join(found.groups()) for found in SHAPE.finditer(content)} & PLANTED


def contents(path):
    """The file's bytes, and what is packed in it."""
    content = path.read_bytes()
    yield content
    if content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
        yield content
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            for name in book.namelist():
                yield book.read(name)


def test_the_nights_met_what_was_planted(ran):
    """Else nothing is proved: the good register was loaded, the planted files refused or held, one night published."""
    assert ran.planted > 100
    assert sum(ran.states.values()) > ran.planted
    assert sum(ran.states.get(state, 0) for state in ("rejected", "held")) >= ran.planted * 0.8
    assert b"generation 1" in ran.said.lower()
    assert len(ran.tables) > 100
    assert any("store.fct_participation" in name and len(rows) > 10_000 for name, rows in ran.tables.items())


def test_no_number_is_printed(ran):
    assert numbers_in(ran.said) == set()


def test_no_number_stands_in_a_table(ran):
    assert {name: found for name, rows in ran.tables.items() if (found := numbers_in(rows))} == {}


def test_no_number_stands_in_a_file_or_its_name(ran):
    """Logs, reports, artefacts, archive, backup, the server's own files and its log: all but the inboxes."""
    searched, found = set(), {}
    for path in ran.home.rglob("*"):
        place = path.relative_to(ran.home)
        if place.parts[0] == "landing":
            continue
        if numbers := numbers_in(str(place).encode()):
            found[f"{place} (namnet)"] = numbers
        if path.is_file() and not path.is_symlink():
            searched.add(place.parts[0])
            if numbers := set().union(*map(numbers_in, contents(path))):
                found[str(place)] = numbers
    assert found == {}
    assert {"archive", "backup", "dbt", "logs", "quarantine"} <= searched
