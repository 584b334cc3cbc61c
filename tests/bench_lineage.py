"""`make bench`: how long a figure takes to explain where ASSOCIATIONS have 15 years of ledger each (ENTRIES rows in all).

The demo's published rows are copied to every association, and its ledger is padded with entries that cancel out, so that
every cell still recomputes. Prints a table and the same as JSON in `build/`.
"""

import json
import os
import tempfile
import time
from pathlib import Path
from statistics import median

from ingestion import night
from ingestion.settings import PROJECT_ROOT, Settings
from ingestion.warehouse import connection as connections
from ingestion.warehouse import embedded, lineage, recomputation

ENTRIES = int(os.environ.get("ENTRIES", "5000000"))
ASSOCIATIONS = int(os.environ.get("ASSOCIATIONS", "80"))
YEARS = 15
PATTERN = "skelleftea-norsjo"
MEASURED = "forbund-40"
KEPT = PROJECT_ROOT / "build" / "benchmark_lineage.json"


def main() -> None:
    """A warehouse of its own, filled, asked, and removed."""
    from tests.conftest import deliver_demo, new_warehouse

    with tempfile.TemporaryDirectory(prefix="finsam-bench-") as folder:
        home = Path(os.environ.get("BENCH_HOME", folder)) / "home"
        try:
            if not home.exists():
                made = new_warehouse(home)
                deliver_demo(home)
                time.sleep(6)  # a file is taken in once it has been at rest
                night.nightly(made.settings, "bench/first")
                fill(made.settings)
            measured = measure(Settings(home=home))
        finally:
            if "BENCH_HOME" not in os.environ:
                embedded.remove(Settings(home=home))
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(measured, indent=1), encoding="utf-8")
    print(as_table(measured))


def fill(settings: Settings) -> None:
    """Copy the pattern's deliveries and published rows to every association, and pad the ledgers."""
    with connections.open_target(connections.admin_target(settings), autocommit=True) as admin:
        admin.execute("set session_replication_role = replica")
        copied = {
            name: _columns(admin, "store", name)
            for (name,) in admin.execute("select mart from ops.mart").fetchall()
        }
        _copy(admin, "ops.delivery", _columns(admin, "ops", "delivery") - {"load_number"}, "delivery_id")
        _copy(
            admin, "ops.publication_delivery", {"generation", "association_id", "delivery_id"}, "delivery_id"
        )
        for mart, columns in copied.items():
            _copy(admin, f"store.{mart}", columns, "_delivery_id" if "_delivery_id" in columns else None)
        _pad(admin, copied["fct_ledger_entry"])
        admin.execute("vacuum analyze")


def _columns(admin, schema: str, table: str) -> set[str]:
    return {
        name
        for (name,) in admin.execute(
            "select column_name::text from information_schema.columns where table_schema = %s and table_name = %s",
            (schema, table),
        ).fetchall()
    }


def _copy(admin, table: str, columns: set[str], delivery: str | None) -> None:
    changed = {"association_id": "'forbund-' || lpad(n::text, 2, '0')"}
    if delivery:
        changed[delivery] = (
            f"case when {delivery} = 'built-in' then {delivery} else {delivery} || '-' || n end"
        )
    named = sorted(columns)
    admin.execute(
        f"insert into {table} ({', '.join(named)}) select {', '.join(changed.get(name, name) for name in named)}"
        f" from {table} cross join generate_series(1, {ASSOCIATIONS}) as n where association_id = '{PATTERN}'"
    )


def _pad(admin, columns: set[str]) -> None:
    """Entries in pairs that cancel out, spread over the years up to the demo's."""
    per_year = ENTRIES // (2 * ASSOCIATIONS * YEARS)
    changed = {
        "fiscal_year": "2017 - back",
        "amount_sek": "side * amount_sek",
        "income_statement_sek": "side * income_statement_sek",
        "balance_sheet_sek": "side * balance_sheet_sek",
        "_row_number": f"100000 + (back * {per_year} + copy) * 2 + (side + 1) / 2",
    }
    named = sorted(columns)
    admin.execute(
        f"insert into store.fct_ledger_entry ({', '.join(named)})"
        f" select {', '.join(changed.get(name, name) for name in named)}"
        " from (select *, row_number() over (partition by association_id order by _row_number) as number,"
        " count(*) over (partition by association_id) as many from store.fct_ledger_entry"
        " where association_id like 'forbund-%' and entry_kind = 'transaction') as e"
        f" cross join generate_series(0, {YEARS - 1}) as back cross join (values (1), (-1)) as s (side)"
        f" cross join lateral generate_series(e.number, {per_year}, e.many) as copy"
    )


def measure(settings: Settings) -> dict:
    """Every column of sampled rows of every mart, one cell at a time: through `explain`, and through SQL alone."""
    explained, asked, slowest = [], [], (0.0, "")
    with connections.connect(settings, "finsam_audit") as audit:
        entries = audit.execute("select count(*) from store.fct_ledger_entry_current").fetchone()[0]
        for mart in recomputation.registry(audit).values():
            keys = audit.execute(
                f"select {', '.join(f'{name}::text' for name in mart.primary_key)} from store.{mart.name}_current"
                f" where association_id = '{MEASURED}' order by random() limit 3"
            ).fetchall()
            for key in keys:
                named = dict(zip(mart.primary_key, key, strict=True))
                for column in mart.columns:
                    started = time.monotonic()
                    found = lineage.explain(settings, mart.name, named, column)
                    lineage.as_text(found)
                    explained.append(time.monotonic() - started)
                    assert found.agrees, found
                    slowest = max(slowest, (explained[-1], f"{mart.name}.{column}"))
                    started = time.monotonic()
                    audit.execute(
                        "select * from ops.cell_rows(%s, %s, %s)", (mart.name, json.dumps(named), column)
                    ).fetchall()
                    asked.append(time.monotonic() - started)
    return {
        "ledger_entries": entries,
        "cells": len(explained),
        "explain": {"median": median(explained), "longest": max(explained), "longest_cell": slowest[1]},
        "cell_rows": {"median": median(asked), "longest": max(asked)},
    }


def as_table(measured: dict) -> str:
    """The figures as a person reads them."""
    lines = [f"{measured['ledger_entries']:,} ledger entries, {measured['cells']} cells explained, seconds:"]
    lines += [
        f"  {way:<10} median {measured[way]['median']:.3f}  longest {measured[way]['longest']:.3f}"
        f"  {measured[way].get('longest_cell', '')}"
        for way in ("explain", "cell_rows")
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
