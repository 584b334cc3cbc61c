"""`make bench`: how long a figure takes to explain where ASSOCIATIONS have 15 years of ledger each (ENTRIES rows in all).

The demo's published rows are copied to every association, and its ledger is padded with entries that cancel out, so that
every cell still recomputes; then one ledger is delivered again, for `finsam diff`. Prints a table and the same
as JSON in `build/`.
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
from ingestion.warehouse import diff, embedded, lineage, recomputation

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
        home = Path(folder) / "home"
        try:
            settings = new_warehouse(home).settings
            deliver_demo(home)
            time.sleep(6)  # a file is taken in once it has been at rest
            night.nightly(settings, "bench/first")
            fill(settings)
            measured = measure(settings)
            redeliver(settings)  # only what diff looks at then holds together
            measured["diff"] = measure_diff(settings)
        finally:
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
    explained, whole_rows, asked, slowest = [], [], [], (0.0, "")
    with connections.connect(settings, "finsam_audit") as audit:
        entries = audit.execute("select count(*) from store.fct_ledger_entry_current").fetchone()[0]
        for mart in recomputation.registry(audit).values():
            keys = audit.execute(
                f"select {', '.join(f'{name}::text' for name in mart.primary_key)} from store.{mart.name}_current"
                f" where association_id = '{MEASURED}' order by md5({mart.name}_current::text) limit 3"
            ).fetchall()
            for key in keys:
                named = dict(zip(mart.primary_key, key, strict=True))
                started = time.monotonic()
                lineage.explain(settings, mart.name, named)
                whole_rows.append(time.monotonic() - started)
                for column in mart.columns:
                    started = time.monotonic()
                    found = lineage.explain(settings, mart.name, named, column)
                    lineage.as_text(found)
                    explained.append(time.monotonic() - started)
                    assert found.agrees, (mart.name, named, column)
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
        "explain_row": {"median": median(whole_rows), "longest": max(whole_rows)},
        "cell_rows": {"median": median(asked), "longest": max(asked)},
    }


def redeliver(settings: Settings) -> None:
    """A second generation: one association's ledger delivered again, one entry and what rests on it a krona higher."""
    current = "store.{}_current where association_id = %(one)s and {}"
    with connections.open_target(connections.admin_target(settings)) as admin:
        admin.execute("set session_replication_role = replica")
        values = {"one": MEASURED}
        (ledger,) = admin.execute(
            "select delivery_id from ops.delivery where feed_id = 'ledger' and period = '2017' and state = 'accepted'"
            " and association_id = %(one)s",
            values,
        ).fetchone()
        _insert_as(
            admin,
            "ops.delivery",
            {"delivery_id": "delivery_id || '-again'"},
            f"delivery_id = '{ledger}'",
            {"load_number"},
        )
        chosen = f"association_id = '{MEASURED}' and "
        first = admin.execute(
            "select _row_number from "
            + current.format(
                "fct_ledger_entry",
                "statement = 'income_statement' and fiscal_year = 2017 and _row_number < 100000 limit 1",
            ),
            values,
        ).fetchone()[0]
        _move(
            admin,
            "fct_ledger_entry",
            f"{chosen} _delivery_id = '{ledger}'",
            {
                "_delivery_id": "_delivery_id || '-again'",
                "amount_sek": f"amount_sek - case when _row_number = {first} then 1 else 0 end",
            },
        )
        raised = {
            "result_sek": "result_sek + 1",
            "closing_sek": "closing_sek + 1",
            "headroom_sek": "headroom_sek - 1",
        }
        _move(admin, "own_capital", f"{chosen} fiscal_year = 2017", raised)
        _insert_as(
            admin,
            "ops.publication",
            {"generation": "2", "token": "token + 1000000", "associations": f"array['{MEASURED}']"},
            "generation = 1",
        )
        for mart in ("fct_ledger_entry", "own_capital"):
            _insert_as(
                admin,
                "ops.publication_mart",
                {"generation": "2", "association_id": f"'{MEASURED}'"},
                f"generation = 1 and mart = '{mart}' and association_id = '{PATTERN}'",
            )
        _insert_as(
            admin,
            "ops.publication_delivery",
            {
                "generation": "2",
                "delivery_id": f"case when delivery_id = '{ledger}' then delivery_id || '-again' else delivery_id end",
            },
            f"association_id = '{MEASURED}'",
        )
        admin.execute("analyze")


def _insert_as(
    admin, table: str, changed: dict[str, str], where: str, left_out: set[str] = frozenset()
) -> None:
    schema, _, name = table.partition(".")
    named = sorted(_columns(admin, schema, name) - left_out)
    admin.execute(
        f"insert into {table} ({', '.join(named)}) select {', '.join(changed.get(n, n) for n in named)}"
        f" from {table} where {where}"
    )


def _move(admin, mart: str, where: str, changed: dict[str, str]) -> None:
    """Close these rows and open them again as changed, as a publication does."""
    _insert_as(
        admin,
        f"store.{mart}",
        {"_g_from": "2", "_g_to": "2000000000", **changed},
        f"{where} and _g_to = 2147483647",
    )
    admin.execute(f"update store.{mart} set _g_to = 2 where {where} and _g_from = 1 and _g_to = 2147483647")
    admin.execute(
        f"update store.{mart} set _g_to = 2147483647 where {where.split(' and ', maxsplit=1)[0]} and _g_to = 2000000000"
    )


def measure_diff(settings: Settings) -> dict:
    """`finsam diff` over one ledger delivered again: its figures, and the one delivery behind them."""
    started = time.monotonic()
    found = diff.compare(settings, diff.Asked(1, 2))
    took = time.monotonic() - started
    assert {figure.column for figure in found.figures} == {"result_sek", "closing_sek", "headroom_sek"}, (
        found.per_mart
    )
    assert [cause.kind for cause in found.causes] == ["delivery"], found.causes
    return {"seconds": took, "figures": len(found.figures)}


def as_table(measured: dict) -> str:
    """The figures as a person reads them."""
    lines = [f"{measured['ledger_entries']:,} ledger entries, {measured['cells']} cells explained, seconds:"]
    lines += [
        f"  {way:<12} median {measured[way]['median']:.3f}  longest {measured[way]['longest']:.3f}"
        f"  {measured[way].get('longest_cell', '')}"
        for way in ("explain", "explain_row", "cell_rows")
    ]
    lines.append(
        f"  diff         {measured['diff']['seconds']:.3f}  ({measured['diff']['figures']} figures; one ledger delivered again)"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
