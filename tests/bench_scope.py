"""`make bench`, cost by scope: one changed association beside a full rebuild, and a night with nothing new.

ASSOCIATIONS associations with YEARS years of ledger, ROWS rows in all, written straight into raw; every association has
the members, fees, applications and claims of an invented one besides. Seconds are measured in one run, after a first
build that warms nothing but the database: both builds are of the kind a night makes. Shares count, not seconds.

Node time is dbt's own, models and tests; wall time is from scope to publication.
"""

import json
import os
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ingestion import night
from ingestion.settings import PROJECT_ROOT, Settings
from ingestion.warehouse import connection as connections
from ingestion.warehouse import embedded, migrations
from tests.dbt import associations

ASSOCIATIONS = int(os.environ.get("ASSOCIATIONS", "80"))
YEARS = int(os.environ.get("YEARS", "15"))
ROWS = int(os.environ.get("LEDGER_ROWS", "5000000"))
KEPT = PROJECT_ROOT / "build" / "benchmark_scope.json"
BESIDES = (
    "associations",
    "members",
    "initiatives",
    "applications",
    "decisions",
    "project_costs",
    "member_fees",
)
FIRST_YEAR = 2010
LEDGER = """
with delivered as (
    insert into ops.delivery (delivery_id, feed_id, association_id, scope, period, content_id, file_name, byte_count,
        state, rows_read, rows_loaded, run_id, code_version)
    select md5(format('ledger %%s %%s %%s', a, y, %(salt)s::text)), 'ledger', a, 'whole', y::text,
        md5(format('ledger %%s %%s %%s', a, y, %(salt)s::text)), format('huvudbok_%%s.se', y), 1, 'accepted',
        %(rows)s::integer, %(rows)s::integer, 'bench', 'bench'
    from unnest(%(associations)s::text[]) as a cross join unnest(%(years)s::integer[]) as y
    returning load_number, delivery_id, period
)
insert into raw.ledger (_load_number, _delivery_id, _row_number, entry_kind, fiscal_year, account_code, account_name,
    amount_sek, voucher_series, voucher_number, voucher_row, voucher_date, voucher_text, cost_centre_code)
select d.load_number, d.delivery_id, n, 'transaction', d.period,
    case when n %% 2 = 0 then (4000 + n %% 40)::text else '1910' end,
    case when n %% 2 = 0 then 'Påhittad kostnad' else 'Bank' end,
    case when n %% 2 = 0 then format('%%s.50', n) else format('-%%s.50', n + 1) end,
    'A', (n / 2)::text, (n %% 2 + 1)::text, d.period || to_char(n %% 12 + 1, 'FM-00') || '-15',
    'Påhittad händelse ' || n, (n %% 7)::text
from delivered as d cross join generate_series(1, %(rows)s::integer) as n
order by d.load_number, n
"""


@dataclass
class Cost:
    """What one night cost. nodes: dbt's seconds in models and in tests; parts: seconds of the wall time."""

    wall: float
    nodes: dict[str, float] = field(default_factory=dict)
    parts: dict[str, float] = field(default_factory=dict)

    @property
    def node_seconds(self) -> float:
        """Models and tests together."""
        return sum(self.nodes.values())


def make(settings: Settings) -> list[str]:
    """The warehouse as many nights would have left raw; the associations' names."""
    names = [f"f{number:03}" for number in range(ASSOCIATIONS)]
    with administrator(settings) as connection:
        for feed_id, rows in associations.COMMON.items():
            associations.deliver(connection, feed_id, "common", rows)
        for name in names:
            for (feed_id, period, scope), rows in associations.FUNDED.items():
                if feed_id in BESIDES:
                    associations.deliver(connection, feed_id, name, rows, period, scope)
        deliver_ledger(connection, names, range(FIRST_YEAR, FIRST_YEAR + YEARS))
        connection.execute("vacuum analyze raw.ledger")
    return names


def deliver_ledger(connection, names: list[str], years: range, salt: str = "first") -> None:
    """Balanced ledgers of those years, each as many rows as its share."""
    rows = max(2, ROWS // (ASSOCIATIONS * YEARS) // 2 * 2)
    connection.execute(LEDGER, {"associations": names, "years": list(years), "rows": rows, "salt": salt})


def administrator(settings: Settings):
    return connections.open_target(connections.admin_target(settings), autocommit=True)


def a_night(settings: Settings, full: bool = False) -> Cost:
    """Scope, build, gates, publication."""
    began = time.monotonic()
    built = night.build(settings, "bench", full=full)
    before = time.monotonic()
    if built.build_id:
        published = night.publish(settings, built.build_id, built.token, "bench")
        assert not published.blocked, published.blocked
    ended = time.monotonic()
    nodes = {kind: built.seconds.pop(kind, 0.0) for kind in ("models", "tests")}
    return Cost(ended - began, nodes, {**built.seconds, "publish": ended - before})


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="finsam-bench-") as folder:
        settings = Settings(home=Path(folder) / "home")
        try:
            migrations.migrate(settings)
            began = time.monotonic()
            names = make(settings)
            print(
                f"{ASSOCIATIONS} associations x {YEARS} years, {ROWS} ledger rows made in {time.monotonic() - began:.0f} s"
            )
            found = {"everything, first time": a_night(settings)}
            with administrator(settings) as connection:
                deliver_ledger(connection, names[:1], range(FIRST_YEAR + YEARS, FIRST_YEAR + YEARS + 1))
            found["one association"] = a_night(settings)
            found["nothing new"] = a_night(settings)
            found["full rebuild"] = a_night(settings, full=True)
        finally:
            embedded.remove(settings)
    show(found)


def show(found: dict[str, Cost]) -> None:
    """A table, and the same as JSON."""
    whole = found["full rebuild"]
    print(f"\n{'':<24}{'models':>9}{'tests':>9}{'nodes':>9}{'wall':>9}   of which")
    for name, cost in found.items():
        parts = ", ".join(f"{part} {seconds:.1f}" for part, seconds in cost.parts.items())
        print(
            f"{name:<24}{cost.nodes['models']:>9.2f}{cost.nodes['tests']:>9.2f}"
            f"{cost.node_seconds:>9.2f}{cost.wall:>9.2f}   {parts}"
        )
    one = found["one association"]
    shares = {"nodes": one.node_seconds / whole.node_seconds, "wall": one.wall / whole.wall}
    print(
        f"one of {ASSOCIATIONS}: {shares['nodes']:.3f} of a full rebuild's node time, {shares['wall']:.3f} of its wall time"
    )
    KEPT.parent.mkdir(exist_ok=True)
    told = {"rows": ROWS, "associations": ASSOCIATIONS, "years": YEARS, "shares": shares}
    KEPT.write_text(
        json.dumps({**told, "nights": {name: asdict(cost) for name, cost in found.items()}}, indent=1)
    )


if __name__ == "__main__":
    main()
