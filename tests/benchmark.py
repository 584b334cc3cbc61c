"""`make bench`: our intake against raw COPY and against plain pandas, on the same generated file in one run.

Prints a table and the same as JSON. Ratios count, not seconds: they hold on any machine.
Rates leave out process start and imports. ROWS=1000000 makes it the size of a large municipality's year.
"""

import json
import os
import resource
import tempfile
import time
from pathlib import Path

from ingestion.feed import Column, Feed
from ingestion.settings import Settings

ROWS = int(os.environ.get("ROWS", "300000"))
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


def make_file(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write("År;Datum;Konto;Projekt;Text;Belopp\n")
        for n in range(ROWS):
            out.write(
                f"2017;2017-{n % 12 + 1:02d}-{n % 28 + 1:02d};{3000 + n % 4000};P{n % 90};"
                f"Verifikation {n};{n % 99991}.{n % 100:02d}\n"
            )


def timed(work):
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def raw_copy(connection, path):
    connection.execute("create temp table bytes_only (a text, b text, c text, d text, e text, f text)")
    with (
        connection.cursor().copy(
            "copy bytes_only from stdin with (format csv, delimiter ';', header)"
        ) as copy,
        path.open("rb") as file,
    ):
        while block := file.read(1 << 20):
            copy.write(block)
    connection.commit()


def our_intake(connection, path):
    from ingestion.examination import Examination
    from ingestion.warehouse import loading

    examination = Examination(path, BENCH, "benchmark")
    with loading.open_copy(connection, BENCH) as copy:
        writer = loading.RawWriter(copy, BENCH, "0" * 16)
        for block in examination.blocks():
            writer.write(block)
    examination.facts("0" * 16, writer.rows)
    connection.commit()
    assert writer.rows == ROWS


def plain_pandas(engine, path):
    import pandas as pd

    pd.read_csv(path, sep=";", dtype=str).to_sql(
        "plain_pandas", engine, index=False, if_exists="replace", chunksize=10_000
    )


def main() -> None:
    import pandas  # noqa: F401 - imported before the clock starts
    import pyarrow.compute  # noqa: F401
    import sqlalchemy

    from ingestion.warehouse import connection as connections
    from ingestion.warehouse import embedded, migrations, raw_tables

    with tempfile.TemporaryDirectory(prefix="finsam-bench-") as folder:
        settings = Settings(home=Path(folder) / "home")
        path = Path(folder) / "rows.csv"
        make_file(path)
        try:
            migrations.migrate(settings)
            where = connections.admin_target(settings)
            with connections.open_target(where) as connection:
                connection.execute(raw_tables._create(BENCH))
                connection.commit()
                seconds = {"raw COPY": timed(lambda: raw_copy(connection, path))}
                seconds["our intake"] = timed(lambda: our_intake(connection, path))
                engine = sqlalchemy.create_engine(where.url.replace("postgresql://", "postgresql+psycopg://"))
                seconds["pandas + to_sql"] = timed(lambda: plain_pandas(engine, path))
                engine.dispose()
        finally:
            embedded.remove(settings)
    show(seconds)


def show(seconds: dict[str, float]) -> None:
    limit = seconds["raw COPY"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {
        name: {
            "seconds": round(s, 2),
            "rows_per_second": round(ROWS / s),
            "share_of_raw_copy": round(limit / s, 3),
        }
        for name, s in seconds.items()
    }
    print(f"{ROWS} rows; peak memory of this process {peak:.0f} MB")
    print(f"{'':<18}{'seconds':>9}{'rows/s':>12}{'of raw COPY':>13}")
    for name, row in found.items():
        print(
            f"{name:<18}{row['seconds']:>9.2f}{row['rows_per_second']:>12}{row['share_of_raw_copy']:>13.3f}"
        )
    print(json.dumps({"rows": ROWS, "peak_mb": round(peak), "ways": found}))


if __name__ == "__main__":
    main()
