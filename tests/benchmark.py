"""`make bench`: our intake against raw COPY and against plain pandas, on the same generated files in one run.

Two loads: a ledger-like one (ROWS) and a register of invented people with everything told of them (PEOPLE), made
by the demo's generator, whose own rate is measured too. Prints a table and the same as JSON. Ratios count, not
seconds: they hold on any machine. Rates leave out process start and imports; each way runs in a process of its own,
so that its peak memory is its own. ROWS=1000000 makes it the size of a large municipality's year.
"""

import json
import os
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from ingestion.feed import Column, Feed
from ingestion.settings import Settings

ROWS = int(os.environ.get("ROWS", "300000"))
PEOPLE = int(os.environ.get("PEOPLE", "100000"))
BENCH = Feed(
    id="benchmark",
    title_sv="Mätning",
    owner_sv="-",
    reader="table",
    period="fiscal_year",
    grain=("account_code",),
    columns=(
        Column("fiscal_year", "year", "År", required=True),
        Column("voucher_date", "date", "Datum", required=True),
        Column("account_code", "text", "Konto", required=True),
        Column("project_code", "text", "Projekt"),
        Column("voucher_text", "text", "Text"),
        Column("amount_sek", "amount", "Belopp", required=True),
    ),
)


@dataclass(frozen=True)
class Load:
    """One file and where it goes. rows: about how many are wanted; the generator makes whole registers."""

    feed: Feed
    path: Path
    rows: int
    home: Path


@dataclass(frozen=True)
class Found:
    """What one way of doing it took."""

    rows: int
    seconds: float
    peak_mb: float


Way = Callable[[Load], Callable[[], int]]
"""Imports and connects; what it returns does the work, on the clock, and says how many rows it was."""


def measured(way: Way, load: Load) -> Found:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as child:
        return child.submit(_on_the_clock, way, load).result()


def _on_the_clock(way: Way, load: Load) -> Found:
    work = way(load)
    started = time.perf_counter()
    rows = work()
    seconds = time.perf_counter() - started
    return Found(rows, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def make_ledger(load):
    def work():
        with load.path.open("w", encoding="utf-8", newline="\n") as out:
            out.write("År;Datum;Konto;Projekt;Text;Belopp\n")
            for n in range(load.rows):
                out.write(
                    f"2017;2017-{n % 12 + 1:02d}-{n % 28 + 1:02d};{3000 + n % 4000};P{n % 90};"
                    f"Verifikation {n};{n % 99991}.{n % 100:02d}\n"
                )
        return load.rows

    return work


def make_register(load):
    """The demo's register so many times over: every printed count multiplied, nobody twice."""
    from ingestion.demo.generate import SOURCES
    from ingestion.demo.population import population
    from ingestion.demo.register import initiatives, published_numbers, register_lines

    counts, _ = initiatives(SOURCES)
    whole = sum(sum(initiative.participants.values()) for initiative in counts)
    scale = -(-load.rows // whole)

    def work():
        spells = population(counts, published_numbers(SOURCES), scale=scale)
        with load.path.open("w", encoding="utf-8", newline="\n") as out:
            out.writelines(line + "\n" for line in register_lines(spells))
        return whole * scale

    return work


def _connection(load):
    from ingestion.warehouse import connection as connections

    return connections.open_target(connections.admin_target(Settings(home=load.home)))


def raw_copy(load):
    connection = _connection(load)
    with load.path.open(encoding="utf-8") as file:
        count = file.readline().count(";") + 1
    columns = ", ".join(f"c{n} text" for n in range(count))

    def work():
        with connection:
            connection.execute(f"create temp table bytes_only ({columns})")
            with (
                connection.cursor().copy(
                    "copy bytes_only from stdin with (format csv, delimiter ';', header)"
                ) as copy,
                load.path.open("rb") as file,
            ):
                while block := file.read(1 << 20):
                    copy.write(block)
            return connection.execute("select count(*) from bytes_only").fetchone()[0]

    return work


def our_intake(load):
    import pyarrow.compute  # noqa: F401 - imported before the clock starts

    from ingestion.examination import Examination
    from ingestion.warehouse import loading

    connection = _connection(load)

    def work():
        with connection:
            examination = Examination(
                load.path, load.feed, "benchmark", pseudonym_key=b"a key for the benchmark alone!!!"
            )
            with loading.open_copy(connection, load.feed) as copy:
                writer = loading.RawWriter(copy, load.feed, "0" * 16)
                for block in examination.blocks():
                    writer.write(block)
            facts = examination.facts("0" * 16, writer.rows)
        assert facts.rows_quarantined == 0
        return writer.rows

    return work


def plain_pandas(load):
    import pandas as pd
    import sqlalchemy

    from ingestion.warehouse import connection as connections

    url = connections.admin_target(Settings(home=load.home)).url
    engine = sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))

    def work():
        rows = pd.read_csv(load.path, sep=";", dtype=str)
        rows.to_sql("plain_pandas", engine, index=False, if_exists="replace", chunksize=10_000)
        engine.dispose()
        return len(rows)

    return work


LOADING: dict[str, Way] = {"raw COPY": raw_copy, "our intake": our_intake, "pandas + to_sql": plain_pandas}


def main() -> None:
    from ingestion.feeds import all_feeds
    from ingestion.warehouse import connection as connections
    from ingestion.warehouse import embedded, migrations, raw_tables

    with tempfile.TemporaryDirectory(prefix="finsam-bench-") as folder:
        settings = Settings(home=Path(folder) / "home")
        ledger = Load(BENCH, Path(folder) / "rows.csv", ROWS, settings.home)
        people = Load(all_feeds()["participants"], Path(folder) / "deltagare_2017.csv", PEOPLE, settings.home)
        try:
            migrations.migrate(settings)
            with connections.open_target(connections.admin_target(settings)) as connection:
                connection.execute(raw_tables._create(BENCH))
            measured(make_ledger, ledger)
            loads = {
                "ledger": {name: measured(way, ledger) for name, way in LOADING.items()},
                "participants": {
                    "generation": measured(make_register, people),
                    **{name: measured(way, people) for name, way in LOADING.items()},
                },
            }
        finally:
            embedded.remove(settings)
    show(loads)


def show(loads: dict[str, dict[str, Found]]) -> None:
    told = {}
    for name, ways in loads.items():
        limit = ways["raw COPY"].seconds
        assert {way.rows for way in ways.values()} == {ways["raw COPY"].rows}, ways
        print(f"{name}: {ways['raw COPY'].rows} rows")
        print(f"{'':<18}{'seconds':>9}{'rows/s':>12}{'of raw COPY':>13}{'peak MB':>9}")
        told[name] = {}
        for way, found in ways.items():
            figures = {
                "seconds": round(found.seconds, 2),
                "rows_per_second": round(found.rows / found.seconds),
                "share_of_raw_copy": round(limit / found.seconds, 3),
                "peak_mb": round(found.peak_mb),
            }
            told[name][way] = figures
            print(
                f"{way:<18}{figures['seconds']:>9.2f}{figures['rows_per_second']:>12}"
                f"{figures['share_of_raw_copy']:>13.3f}{figures['peak_mb']:>9}"
            )
    print(json.dumps(told))


if __name__ == "__main__":
    main()
