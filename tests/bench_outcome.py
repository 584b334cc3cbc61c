"""`make bench`, outcome: registers of ASSOCIATIONS associations to all outcome marts, 0.1 M and 1 M spells (SPELLS).

Registers of invented people, written straight into raw: five years each, some people in two initiatives, some back in the
same one, everything told of most. Each size has a warehouse of its own. `wall`: one run of all models from dbt's start to
its end, two at a time. Then one full build: seconds are dbt's own in the models, those of the outcome and all of them, in
their tests, and the wall time of the gates, which recompute every cell.
Growth counts, not seconds. What everybody may see is left undecided: `tests/bench_disclosure.py` measures that.
"""

import json
import os
import tempfile
import time
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from ingestion import night, protecting
from ingestion.settings import PROJECT_ROOT, Settings
from ingestion.warehouse import connection as connections
from ingestion.warehouse import dbt, embedded, migrations
from tests.dbt import associations

ASSOCIATIONS = int(os.environ.get("ASSOCIATIONS", "80"))
SIZES = tuple(int(size) for size in os.environ.get("SPELLS", "100000,1000000").split(","))
KEPT = PROJECT_ROOT / "build" / "benchmark_outcome.json"
YEARS = range(2013, 2018)
INITIATIVES = 8
REFERENCE = PROJECT_ROOT / "ingestion" / "demo" / "deliveries" / "reference" / "common"
DEMO_LISTS = ("code_lists", "rules")
MODELS = PROJECT_ROOT / "dbt_project" / "models"
OUTCOME = {
    path.stem
    for folder in ("staging/participants", "intermediate/outcome", "marts/outcome")
    for path in (MODELS / folder).glob("*.sql")
}
REGISTER = """
with delivered as (
    insert into ops.delivery (delivery_id, feed_id, association_id, scope, period, content_id, file_name, byte_count,
        state, rows_read, rows_loaded, run_id, code_version)
    select md5(format('register %%s %%s', a, y)), 'participants', a, 'whole', y::text, md5(format('register %%s %%s', a, y)),
        format('deltagare_%%s.csv', y), 1, 'accepted', %(rows)s::integer, %(rows)s::integer, 'bench', 'bench'
    from unnest(%(associations)s::text[]) as a cross join unnest(%(years)s::integer[]) as y
    returning load_number, delivery_id, association_id, period
),

spell as (
    select d.*, n, make_date(d.period::integer, 1, 1) + (n * 7 %% 360)::integer as start_date, n %% 5 < 3 as is_ended
    from delivered as d cross join generate_series(1, %(rows)s::integer) as n
)

insert into raw.participants (_load_number, _delivery_id, _row_number, person_key, initiative_name, sex, start_date,
    end_date, exit_result, birth_year, is_anonymous, referrer, education, time_in_support, support_before, support_after,
    occupation_before, occupation_after, is_self_supporting_3_months)
select load_number, delivery_id, n + 1,
    -- every ninth spell is of somebody who was here before
    encode(sha256(format('%%s %%s %%s', association_id, period, n - (n %% 9 = 8)::integer)::bytea), 'hex'),
    'Insats ' || n %% %(initiatives)s, (array['female', 'male', 'female', 'male', 'unknown'])[1 + n %% 5], start_date::text,
    case when is_ended then least(start_date + 90, make_date(period::integer, 12, 31))::text end,
    case when is_ended then (array['Arbete', 'Studier', 'Annan insats', 'Avbrott', 'Okänd orsak'])[1 + n %% 5] end,
    (1960 + n %% 30)::text, (n %% 50 = 0)::text, (array['Af', 'FK', 'Kommun', 'Vårdcentral'])[1 + n %% 4],
    (array['Grundskola', 'Gymnasium', 'Högskola'])[1 + n %% 3], format('Upp till %%s år', 1 + n %% 8),
    (array['Försörjningsstöd|Aktivitetsstöd', 'Sjukpenning', 'Försörjningsstöd'])[1 + n %% 3],
    case when is_ended then (array['Ingen offentlig försörjning', 'CSN', 'Försörjningsstöd'])[1 + n %% 3] end,
    (array['Arbetssökande', 'Övriga'])[1 + n %% 2],
    case when is_ended then (array['Arbete', 'Studier|Arbete', 'Övriga'])[1 + n %% 3] end,
    case when is_ended and n %% 2 = 0 then (n %% 4 = 0)::text end
from spell
order by load_number, n
"""


@dataclass
class Cost:
    """Seconds. wall: of a run of all models; the rest of one full build, outcome and models being the sums of their models'
    own seconds, of which two run at a time; largest: the models that cost most.
    """

    spells: int
    wall: float
    outcome: float
    models: float
    tests: float
    gates: float
    largest: dict[str, float]


def make(settings: Settings, spells: int) -> None:
    """The warehouse as five years of deliveries would have left it."""
    names = [f"f{number:03}" for number in range(ASSOCIATIONS)]
    known = [
        {"initiative_id": f"i{n}", "name_sv": f"Insats {n}", "initiative_kind": "individual", "is_individual": "true"}
        for n in range(INITIATIVES)
    ]  # fmt: skip
    with connections.open_target(connections.admin_target(settings), autocommit=True) as admin:
        for feed_id in DEMO_LISTS:
            associations.deliver(admin, feed_id, "common", reference_rows(feed_id))
        for name in names:
            associations.deliver(admin, "initiatives", name, known)
        rows = spells // (ASSOCIATIONS * len(YEARS))
        told = {"associations": names, "years": list(YEARS), "rows": rows, "initiatives": INITIATIVES}
        admin.execute(REGISTER, told)
        admin.execute("vacuum analyze raw.participants")


def reference_rows(feed_id: str) -> list[dict[str, str]]:
    """The demo's own lists, as an intake leaves them: canonical columns and text."""
    import csv

    from ingestion.feeds import all_feeds

    named = {header: column.name for column in all_feeds()[feed_id].columns for header in column.headers}
    with (REFERENCE / f"{feed_id}.csv").open(encoding="utf-8-sig", newline="") as lines:
        return [
            {named[header]: cell.replace(",", ".") if named[header] == "value_share" else cell
             for header, cell in row.items() if cell}
            for row in csv.DictReader(lines, delimiter=";")
        ]  # fmt: skip


def a_build(settings: Settings, spells: int) -> Cost:
    """One full build and its gates."""
    kept: list[dbt.Node] = []
    walls: list[float] = []
    built_by_dbt = dbt.build

    def remembering(*arguments: object, **more: object) -> list[dbt.Node]:
        began = time.monotonic()
        built_by_dbt(*arguments, only_models=True)
        walls.append(time.monotonic() - began)
        kept.extend(built_by_dbt(*arguments, **more))
        return kept

    dbt.build, protecting.decide, deciding = remembering, lambda *_: protecting.Decided(), protecting.decide
    try:
        built = night.build(settings, "bench", full=True)
    finally:
        dbt.build, protecting.decide = built_by_dbt, deciding
    wrong = [
        f"{node.name}: {node.message}"
        for node in kept
        if node.status in {"error", "fail", "skipped"} and not node.name.startswith("dsc_")
    ]
    assert not wrong, wrong
    models = sorted((node for node in kept if node.kind == "model"), key=lambda node: -node.seconds)
    largest = {node.name: round(node.seconds, 2) for node in models[:8]}
    outcome = sum(node.seconds for node in models if node.name in OUTCOME)
    return Cost(
        spells,
        walls[0],
        outcome,
        built.seconds["models"],
        built.seconds["tests"],
        built.seconds["gates"],
        largest,
    )


def main() -> None:
    found = []
    for spells in SIZES:
        with tempfile.TemporaryDirectory(prefix="finsam-bench-") as folder:
            settings = Settings(home=Path(folder) / "home")
            try:
                migrations.migrate(settings)
                began = time.monotonic()
                make(settings, spells)
                print(f"{spells} spells made in {time.monotonic() - began:.0f} s")
                found.append(a_build(settings, spells))
            finally:
                embedded.remove(settings)
    show(found)


def show(found: list[Cost]) -> None:
    """A table, and the same as JSON."""
    print(f"\n{'spells':>9}{'wall':>9}{'outcome':>9}{'models':>9}{'tests':>9}{'gates':>9}   largest")
    for cost in found:
        largest = ", ".join(f"{name} {seconds}" for name, seconds in cost.largest.items())
        seconds = (cost.wall, cost.outcome, cost.models, cost.tests, cost.gates)
        print(f"{cost.spells:>9}{''.join(f'{one:>9.2f}' for one in seconds)}   {largest}")
    for earlier, later in pairwise(found):
        times = later.spells / earlier.spells
        print(
            f"{times:.0f} times the spells cost {later.wall / earlier.wall:.1f} times the time to the outcome"
        )
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(
        json.dumps({"associations": ASSOCIATIONS, "sizes": [asdict(cost) for cost in found]}, indent=1)
    )


if __name__ == "__main__":
    main()
