"""`make bench`: our intake against raw COPY and against plain pandas, on the same generated files in one run.

Two loads: a general ledger (ROWS) and a register of invented people with everything told of them (PEOPLE), both by the
real contracts and rules; LARGE=5000000 takes in as many rows of each once more, for memory. Then SMALL associations'
nights: three small files each, one process per feed. Prints a table and the same as JSON, which is kept in `build/`.

Shares count, not seconds: they hold on any machine. Rates leave out process start and imports; each way runs in a
process of its own, so that its peak memory is its own.
"""

import json
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace

from ingestion.feed import Feed
from ingestion.feeds import all_feeds
from ingestion.settings import PROJECT_ROOT, Settings

ROWS = int(os.environ.get("ROWS", "1000000"))
PEOPLE = int(os.environ.get("PEOPLE", "1000000"))
LARGE = int(os.environ.get("LARGE", "0"))
SMALL = int(os.environ.get("SMALL", "80"))
KEPT = PROJECT_ROOT / "build" / "benchmark.json"
DEMO = PROJECT_ROOT / "ingestion" / "demo" / "deliveries"
SMALL_FILES = {
    "ledger": "huvudbok_2017.se",
    "member_fees": "medlemsavgifter_2016.csv",
    "participants": "deltagare_2017.csv",
}
HEADERS = {
    "fiscal_year": "År",
    "voucher_series": "Serie",
    "voucher_number": "Vernr",
    "voucher_row": "Verifikationens rad i filen",
    "voucher_date": "Datum",
    "account_code": "Konto",
    "account_name": "Kontonamn",
    "cost_centre_code": "Kostnadsställe",
    "project_code": "Projekt",
    "voucher_text": "Text",
    "amount_sek": "Belopp",
}
LEDGER = all_feeds()["ledger"]
ACCOUNTS = {5410: "Förbrukningsinventarier", 6110: "Kontorsmateriel", 7010: "Löner", 5010: "Lokalhyra"}


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
    cpu_seconds: float
    peak_mb: float


Way = Callable[[Load], Callable[[], int]]
"""Imports and connects; what it returns does the work, on the clock, and says how many rows it was."""


def measured(way: Way, load: Load) -> Found:
    _written_down(load)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as child:
        return child.submit(_on_the_clock, way, load).result()


def _written_down(load: Load) -> None:
    """What the way before left for the server to write is not on this one's clock."""
    with _connection(load) as connection:
        connection.execute("checkpoint")


def _on_the_clock(way: Way, load: Load) -> Found:
    work = way(load)
    started, cpu_started = time.perf_counter(), time.process_time()
    rows = work()
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
    return Found(rows, seconds, cpu_seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


# --- files ---


def make_ledger(load):
    """Vouchers of two to four rows that balance, as a Swedish bookkeeping program writes them."""

    def work():
        written = 0
        with load.path.open("w", encoding="utf-8", newline="\n") as out:
            out.write(";".join(HEADERS.values()) + "\n")
            number = 0
            while written < load.rows:
                number += 1
                lines = min(2 + number % 3, load.rows - written)
                if load.rows - written - lines == 1:
                    lines += 1
                out.writelines(_voucher(number, lines, written + 2))
                written += lines
        return written

    def _voucher(number, lines, first_line):
        day = f"2017-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
        share, text = (
            number % 80_000 * 101 + 100,
            f"Faktura {number % 50_000} Företag nr {number % 900}, Skellefteå",
        )
        for line in range(lines):
            ore = -share * (lines - 1) if line == 0 else share
            account = 2440 if line == 0 else list(ACCOUNTS)[(number + line) % len(ACCOUNTS)]
            yield (
                f"2017;{'ABL'[number % 3]};{(number + 2) // 3};{first_line};{day};{account};"
                f"{ACCOUNTS.get(account, 'Leverantörsskulder')};{number % 9 * 100 + 100};P{number % 90};{text};"
                f"{'-' if ore < 0 else ''}{abs(ore) // 100},{abs(ore) % 100:02d}\n"
            )

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


def make_small(settings: Settings) -> None:
    """So many associations, each with the same three small files."""
    known = DEMO / "reference" / "skelleftea-norsjo"
    shutil.copytree(DEMO / "reference" / "common", settings.reference / "common", dirs_exist_ok=True)
    for number in range(1, SMALL + 1):
        association_id = f"forbund-{number:03d}"
        shutil.copytree(known, settings.reference / association_id)
        for feed_id, name in SMALL_FILES.items():
            folder = settings.landing / association_id / feed_id
            folder.mkdir(parents=True)
            shutil.copyfile(DEMO / "landing" / "skelleftea-norsjo" / feed_id / name, folder / name)


# --- ways ---


def _connection(load):
    from ingestion.warehouse import connection as connections

    return connections.open_target(connections.admin_target(Settings(home=load.home)))


def raw_copy(load):
    """The limit: the file's bytes as they stand, into a table nobody reads."""
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


def intake_without_engine(load):
    """Read, bind, check, measure, load; all but the gate's own judgement."""
    import pyarrow.csv  # noqa: F401 - imported before the clock starts

    from ingestion import examination  # noqa: F401
    from ingestion.warehouse import loading  # noqa: F401

    connection = _connection(load)

    def work():
        with connection:
            return _taken_in(load, connection, os.urandom(8).hex())[0]

    return work


def whole_intake(load):
    """The same, judged by the gate, with its evidence written."""
    import pyarrow.csv  # noqa: F401 - imported before the clock starts

    from expectations import gate
    from expectations.verdict import verdict
    from ingestion.receiver import Receiver

    gate._great_expectations()
    connection = _connection(load)
    session = SimpleNamespace(connection=connection)
    receiver = Receiver(Settings(home=load.home), session, session, "benchmark", leaves_inbox=False)

    def work():
        delivery_id = os.urandom(8).hex()
        with connection:
            rows, examination = _taken_in(load, connection, delivery_id)
            evidence = gate.judge([examination.facts(delivery_id, rows)], "benchmark")
            receiver._write_evidence(delivery_id, evidence)
        assert verdict(evidence, load.feed).is_accepted, [one for one in evidence if one.status != "passed"]
        return rows

    return work


def _taken_in(load, connection, delivery_id):
    from ingestion.examination import Examination
    from ingestion.warehouse import loading

    examination = Examination(
        load.path, load.feed, "benchmark", pseudonym_key=b"a key for the benchmark alone!!!"
    )
    with (
        loading.open_copy(connection, load.feed) as copy,
        loading.RawWriter(copy, load.feed, delivery_id, int.from_bytes(os.urandom(4))) as writer,
    ):
        for block in examination.blocks():
            writer.write(block)
    facts = examination.facts(delivery_id, writer.rows)
    assert facts.rows_quarantined == 0
    return writer.rows, examination


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


def small_deliveries(load):
    """One feed of a night with many small associations, in one process; rows are files here."""
    import pyarrow.csv  # noqa: F401 - imported before the clock starts

    from expectations import gate
    from ingestion import pipeline, receiver  # noqa: F401

    gate._great_expectations()

    def work():
        intake = pipeline.receive_feed(Settings(home=load.home), load.feed.id, "benchmark")
        assert intake.accepted_count == len(intake.outcomes), intake.lines_sv
        return intake.accepted_count

    return work


LOADING: dict[str, Way] = {
    "raw COPY": raw_copy,
    "our intake, no engine": intake_without_engine,
    "our intake, whole": whole_intake,
    "pandas + to_sql": plain_pandas,
}
MAKING: dict[str, Way] = {"ledger": make_ledger, "participants": make_register}


def main() -> None:
    from ingestion.warehouse import embedded, migrations

    with tempfile.TemporaryDirectory(prefix="finsam-bench-") as folder:
        settings = Settings(home=Path(folder) / "home")
        people = all_feeds()["participants"]
        loads = [Load(LEDGER, Path(folder) / "huvudbok.csv", ROWS, settings.home)]
        loads.append(Load(people, Path(folder) / "deltagare_2017.csv", PEOPLE, settings.home))
        try:
            migrations.migrate(settings)
            found = {load.feed.id: _compared(load, LOADING) for load in loads}
            if LARGE:
                ways = {name: LOADING[name] for name in ("raw COPY", "our intake, whole")}
                for load in loads:
                    large = replace(load, rows=LARGE, path=load.path.with_stem("stor_2017"))
                    found[f"{load.feed.id}, large"] = _compared(large, ways)
                    large.path.unlink()
            make_small(settings)
            small = {
                feed_id: measured(small_deliveries, Load(all_feeds()[feed_id], Path(), SMALL, settings.home))
                for feed_id in SMALL_FILES
            }
        finally:
            embedded.remove(settings)
    show(found, small)


def _compared(load: Load, ways: dict[str, Way]) -> dict[str, Found]:
    made = measured(MAKING[load.feed.id], load)
    found = {name: measured(way, load) for name, way in ways.items()}
    assert {way.rows for way in (made, *found.values())} == {made.rows}, found
    return {"generation": made, **found}


def show(loads: dict[str, dict[str, Found]], small: dict[str, Found]) -> None:
    told: dict[str, dict[str, dict[str, float]]] = {}
    for name, ways in loads.items():
        limit = ways["raw COPY"].seconds
        print(f"\n{name}: {ways['raw COPY'].rows} rows")
        print(f"{'':<23}{'seconds':>9}{'cpu':>8}{'rows/s':>12}{'of raw COPY':>13}{'peak MB':>9}")
        told[name] = {
            way: {**_figures(one), "share_of_raw_copy": round(limit / one.seconds, 3)}
            for way, one in ways.items()
        }
        for way, one in told[name].items():
            print(
                f"{way:<23}{one['seconds']:>9.2f}{one['cpu_seconds']:>8.2f}{one['rows_per_second']:>12.0f}"
                f"{one['share_of_raw_copy']:>13.3f}{one['peak_mb']:>9.0f}"
            )
    print(f"\n{sum(one.rows for one in small.values())} small deliveries, one process per feed")
    told["small deliveries"] = {feed_id: _figures(one) for feed_id, one in small.items()}
    for feed_id, one in small.items():
        print(
            f"{feed_id:<23}{one.seconds:>9.2f}{one.cpu_seconds:>8.2f}{one.rows:>6} files{one.peak_mb:>9.0f} MB"
        )
    print(f"{'together':<23}{sum(one.seconds for one in small.values()):>9.2f}\n")
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(told, indent=2), encoding="utf-8")
    print(json.dumps(told))


def _figures(one: Found) -> dict[str, float]:
    figures = {name: round(value, 2) for name, value in asdict(one).items()}
    return {**figures, "rows_per_second": round(one.rows / one.seconds)}


if __name__ == "__main__":
    main()
