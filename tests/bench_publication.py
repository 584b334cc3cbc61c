"""`make bench`: publication by rows, beside dbt's own table replacement and a schema rename, under real readers.

Four marts of MART_ROWS rows together (default 10000; `MART_ROWS=10000,1000000,10000000` for all three), 80
associations with 15 years. Per size and way: nights that change nothing, one association of 80, and every row. Our way
is also asked for a full compare of everything. Meanwhile READERS sessions join all four marts, half of them as
REPEATABLE READ transactions of two statements, and count what no reader may see: a mix of two states, nothing at all,
an error. Then NIGHTS publications (default 40; the criterion's is 400), and the current view's time beside a plain
table with the same rows (RATIO_ROWS).

Seconds are the slowest round's, on this machine and with whatever else it does: four readers who ask all the time take
both of two cores, so `alone` is the slowest of some rounds without them; cpu is what the server's process spent on it.
Prints a table and the same as JSON, kept in `build/`.
"""

import json
import os
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import psycopg
import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from ingestion.warehouse import contracts, embedded, migrations, publish
from tests.warehouse.small_warehouse import Warehouse, use_example

SIZES = [int(size) for size in os.environ.get("MART_ROWS", "10000").split(",")]
NIGHTS = int(os.environ.get("NIGHTS", "40"))
READERS = int(os.environ.get("READERS", "4"))
RATIO_ROWS = int(os.environ.get("RATIO_ROWS", "400000"))
KEPT = PROJECT_ROOT / "build" / "bench_publication.json"
ASSOCIATIONS = [f"forbund-{number:02}" for number in range(80)]
MARTS = ("line_a", "line_b", "line_c", "line_d")
COLUMNS = {
    "association_id": "text",
    "fiscal_year": "integer",
    "line_code": "text",
    "label_sv": "text",
    "amount_sek": "numeric(18,2)",
    "budget_sek": "numeric(18,2)",
    "state": "integer",
    "_delivery_id": "text",
}
ONE_OF_80, EVERY_ROW = "i % 80 = 0", "true"
ASKED = " union all ".join(
    f"select state from {{0}}.{mart} where association_id = 'forbund-00' and line_code = 'rad 000000'"
    for mart in MARTS
)


def rows_sql(size, state, where):
    """One mart's rows. Each says which state of the world it belongs to: two states in one answer are a mix."""
    return (
        "select 'forbund-' || lpad((i % 80)::text, 2, '0') as association_id, 2010 + (i / 80 % 15) as fiscal_year,"
        " 'rad ' || lpad((i / 1200)::text, 6, '0') as line_code, 'Kostnader för lokaler ' || i % 97 as label_sv,"
        f" (i * 1.37 + {state})::numeric(18,2) as amount_sek, (i * 0.91)::numeric(18,2) as budget_sek,"
        f" {state}::integer as state, md5((i % 80)::text) as _delivery_id"
        f" from generate_series(0, {size // len(MARTS)} - 1) as i where {where}"
    )


@dataclass
class Seen:
    """What readers met."""

    reads: int = 0
    mixed: int = 0
    empty: int = 0
    errors: int = 0
    longest_wait: float = 0.0


@dataclass
class Readers:
    """Real sessions that read on, every other one in REPEATABLE READ. schema: where they look."""

    warehouse: Warehouse
    schema: str
    seen: Seen = field(default_factory=Seen)

    def __enter__(self):
        self._stop, self._lock = threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._read, args=(n % 2 == 1,)) for n in range(READERS)]
        for thread in self._threads:
            thread.start()
        time.sleep(0.2)
        return self.seen

    def __exit__(self, *_):
        time.sleep(0.2)
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _read(self, is_repeatable):
        statement = f"select min(state), max(state), count(*) from ({ASKED.format(self.schema)}) as asked"
        # most clients send each question as text: a prepared one would hold on to the tables it was planned for
        with self.warehouse.connect("finsam_reader", prepare_threshold=None) as reader:
            if is_repeatable:
                reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            while not self._stop.is_set():
                answers, waits = [], []
                try:
                    with reader.transaction():
                        for number in range(1 + is_repeatable):
                            time.sleep(0.05 * number)  # a report of two questions
                            started = time.monotonic()
                            answers.append(reader.execute(statement).fetchone())
                            waits.append(time.monotonic() - started)
                except psycopg.Error:
                    answers = None
                self._note(answers, max(waits, default=0.0))
                time.sleep(0.005)

    def _note(self, answers, seconds):
        with self._lock:
            self.seen.reads += 1
            self.seen.longest_wait = max(self.seen.longest_wait, seconds)
            if answers is None:
                self.seen.errors += 1
                return
            self.seen.empty += any(not count for *_, count in answers)
            full = [answer for answer in answers if answer[2]]
            self.seen.mixed += any(low != high for low, high, _ in full) or len(set(answers)) > 1


def cpu_seconds(connection):
    """What the server's process for this connection has cost: seconds that do not count who else is at work."""
    pid = connection.info.backend_pid
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class ByRows:
    """Our way: the candidate's rows become the next generation in one transaction."""

    name, schema = "rows (finsam)", "marts"

    def __init__(self, warehouse, size):
        self.warehouse, self.size = warehouse, size
        self.moved = 0
        for association in ASSOCIATIONS:
            warehouse.deliver(association)
        self.prepare(1, EVERY_ROW)
        self.change()

    def prepare(self, state, where):
        """Deliveries, the candidate dbt would leave, and its evidence: what comes before publication."""
        if where == ONE_OF_80:
            self.warehouse.deliver(ASSOCIATIONS[0])
        self.build_id, self.token, scope = self.warehouse.open(full=where == EVERY_ROW)
        assert len(scope) == (1 if where == ONE_OF_80 else 80)
        with self.warehouse.connect("finsam_transform") as dbt:
            for mart in MARTS:
                dbt.execute(f"drop table if exists candidate.{mart}")
                shape = ", ".join(f"{name} {data_type}" for name, data_type in COLUMNS.items())
                dbt.execute(f"create table candidate.{mart} ({shape})")
                dbt.execute(f"insert into candidate.{mart} {rows_sql(self.size, state, where)}")
                dbt.execute(f"analyze candidate.{mart}")
        self.warehouse.judge(self.build_id)

    def change(self):
        """The publication itself; what is tidied after it is nobody's wait."""
        with self.warehouse.connect("finsam_publish") as connection:
            started = cpu_seconds(connection)
            row = connection.execute(
                "select ops.publish(%s, %s, 'bench', 'bench')", (self.build_id, self.token)
            ).fetchone()
            connection.commit()
            self.cpu = cpu_seconds(connection) - started
        self.done = publish.Published.from_answer(row[0])
        self.moved = sum(one.inserted + one.closed for one in self.done.marts.values())

    def tidy(self):
        publish.tidy(self.warehouse.settings, self.done)


class ByTables:
    """What dbt's `table` materialisation does, model by model: build beside, swap the names, drop the former."""

    name, schema = "dbt's tables", "by_tables"

    def __init__(self, warehouse, size):
        self.warehouse, self.size = warehouse, size
        self.moved = size
        self.make_room(self.schema)
        self.prepare(1, EVERY_ROW)
        with warehouse.admin() as connection:
            for mart in MARTS:
                connection.execute(self.build_sql(self.schema, mart, mart))

    def make_room(self, schema):
        with self.warehouse.admin() as connection:
            connection.execute(
                f"create schema {schema}; grant usage on schema {schema} to finsam_reader;"
                f" alter default privileges in schema {schema} grant select on tables to finsam_reader"
            )

    def prepare(self, state, where):
        """All rows are built again, whatever changed: the others keep the state they have."""
        self.state = state

    def build_sql(self, schema, mart, name):
        index = f"; create index on {schema}.{name} (association_id)"
        return f"create table {schema}.{name} as {rows_sql(self.size, self.state, EVERY_ROW)}{index}"

    def change(self):
        with self.warehouse.admin() as connection:
            started = cpu_seconds(connection)
            for mart in MARTS:
                with connection.transaction():
                    connection.execute(self.build_sql(self.schema, mart, f"{mart}__dbt_tmp"))
                    connection.execute(f"alter table {self.schema}.{mart} rename to {mart}__dbt_backup")
                    connection.execute(f"alter table {self.schema}.{mart}__dbt_tmp rename to {mart}")
                connection.execute(f"drop table {self.schema}.{mart}__dbt_backup cascade")
            self.cpu = cpu_seconds(connection) - started

    def tidy(self):
        """Nothing to do: the tables are new."""


class BySchema(ByTables):
    """Everything is built in a schema beside, then the two exchange names in one transaction."""

    name, schema = "schema rename", "by_schema"

    def change(self):
        self.make_room("fresh")
        with self.warehouse.admin() as connection:
            started = cpu_seconds(connection)
            for mart in MARTS:
                connection.execute(self.build_sql("fresh", mart, mart))
            with connection.transaction():
                connection.execute(f"alter schema {self.schema} rename to former")
                connection.execute(f"alter schema fresh rename to {self.schema}")
            connection.execute("drop schema former cascade")
            self.cpu = cpu_seconds(connection) - started


SHOWN = {
    "seconds": ("seconds", 9),
    "alone": ("alone", 8),
    "cpu": ("cpu", 8),
    "rows_moved": ("rows moved", 12),
    "longest_wait": ("longest wait", 14),
    "reads": ("reads", 8),
    "mixed": ("mixed", 7),
    "empty": ("empty", 7),
    "errors": ("errors", 8),
}
ROUNDS_ALONE = 3
KINDS = {"0 %": EVERY_ROW, "1 of 80": ONE_OF_80, "100 %": EVERY_ROW}


def nights_of(way, rounds):
    """Each kind of night under readers: seconds of the slowest publication, and what readers met."""
    found, state = {}, 1
    for kind, where in KINDS.items():
        slowest, cpu, seen = 0.0, 0.0, Seen()
        for _ in range(rounds):
            state += kind != "0 %"
            way.prepare(state, where)
            with Readers(way.warehouse, way.schema, seen):
                started = time.monotonic()
                way.change()
                slowest, cpu = max(slowest, time.monotonic() - started), max(cpu, way.cpu)
            way.tidy()
        alone = 0.0
        for _ in range(ROUNDS_ALONE if where == ONE_OF_80 or kind == "0 %" else 0):
            state += kind != "0 %"
            way.prepare(state, where)
            started = time.monotonic()
            way.change()
            alone = max(alone, time.monotonic() - started)
            way.tidy()
        found[kind] = {
            "seconds": round(slowest, 3),
            "alone": round(alone, 3) or "",
            "cpu": round(cpu, 2),
            "rows_moved": way.moved,
            **asdict(seen),
        }
        found[kind]["longest_wait"] = round(seen.longest_wait, 3)
        if kind == "1 of 80":  # bring the others to the same state, so that every row says the same again
            way.prepare(state, EVERY_ROW)
            way.change()
            way.tidy()
    return found


def view_ratio(warehouse):
    """Seconds of a sum over the current view after NIGHTS publications, beside a plain table's with its rows."""
    way = ByRows(warehouse, RATIO_ROWS)
    for number in range(NIGHTS):
        way.prepare(number + 2, ONE_OF_80)
        way.change()
        way.tidy()
    names = ", ".join(COLUMNS)
    with warehouse.admin() as connection:
        connection.execute("create schema plain; grant usage on schema plain to finsam_reader")
        connection.execute(f"create table plain.line_a as select {names} from store.line_a_current")
        connection.execute("create index on plain.line_a (association_id)")
        connection.execute("grant select on plain.line_a to finsam_reader")
        connection.execute("vacuum analyze plain.line_a")
        history = connection.execute("select count(*) from store.line_a_history").fetchone()[0]
    times = {"plain.line_a": [], "marts.line_a": []}
    with warehouse.connect("finsam_reader") as reader:
        for _ in range(15):
            for relation, taken in times.items():
                started = time.perf_counter()
                reader.execute(
                    f"select fiscal_year, sum(amount_sek), count(*) from {relation} group by 1"
                ).fetchall()
                taken.append(time.perf_counter() - started)
    view, plain = min(times["marts.line_a"]), min(times["plain.line_a"])
    return {
        "nights": NIGHTS,
        "rows": RATIO_ROWS // len(MARTS),
        "history_rows": history,
        "view_seconds": round(view, 4),
        "plain_seconds": round(plain, 4),
        "ratio": round(view / plain, 3),
    }


def write_project(folder):
    """A dbt project with the four marts and no test of its own."""
    columns = "\n".join(
        f"      - {{name: {name}, data_type: \"{data_type}\", description: '', config: {{meta: {{label_sv: {name}}}}}}}"
        for name, data_type in COLUMNS.items()
    )
    models = "\n".join(
        f"  - name: {mart}\n    description: ''\n    config: {{meta: {{audience: public, label_sv: {mart},"
        f" primary_key: [association_id, fiscal_year, line_code]}}}}\n    columns:\n{columns}"
        for mart in MARTS
    )
    (folder / "models" / "marts").mkdir(parents=True)
    (folder / "models" / "marts" / "bench.yml").write_text(f"version: 2\nmodels:\n{models}\n")


def main():
    told = {}
    with (
        tempfile.TemporaryDirectory(prefix="bench-publication-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        Path(folder).chmod(0o755)
        use_example(patch)
        write_project(Path(folder) / "project")
        patch.setattr(contracts, "PROJECT", Path(folder) / "project")
        for size in SIZES:
            rounds = 10 if size <= 100_000 else 1
            told[size] = {}
            show_heads(size)
            for way in (ByRows, ByTables, BySchema):
                home = Path(folder) / f"{size}-{way.schema}"
                told[size][way.name] = in_a_warehouse(home, partial(_nights, way, size, rounds))
                show(way.name, told[size][way.name])
        ratio = in_a_warehouse(Path(folder) / "ratio", view_ratio)
    print(
        f"\nthe current view after {ratio['nights']} nights ({ratio['history_rows']} rows of history): "
        f"{ratio['ratio']} of a plain table's time\n"
    )
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps({"publication": told, "view": ratio}, indent=2), encoding="utf-8")
    print(json.dumps({"publication": told, "view": ratio}))


def _nights(way, size, rounds, warehouse):
    return nights_of(way(warehouse, size), rounds)


def in_a_warehouse(home, work):
    """Do it in a fresh migrated warehouse, which is removed."""
    settings = Settings(home=home)
    try:
        migrations.migrate(settings)
        return work(Warehouse(settings))
    finally:
        embedded.remove(settings)


def show_heads(size):
    print(f"\n{size} mart rows in four marts, {READERS} readers")
    heads = "".join(f"{head:>{width}}" for head, width in SHOWN.values())
    print(f"{'':<16}{'changed':<9}{heads}", flush=True)


def show(name, kinds):
    """One way's lines, as soon as it is done: the largest size takes half an hour."""
    for kind, one in kinds.items():
        cells = "".join(f"{one[k]:>{width}}" for k, (_, width) in SHOWN.items())
        print(f"{name:<16}{kind:<9}{cells}", flush=True)


if __name__ == "__main__":
    main()
