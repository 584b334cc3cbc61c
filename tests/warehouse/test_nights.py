"""Many nights, then each asked again: what `marts_asof` answers is what was published then, hash for hash.

Before and after the past is folded. Seeded: associations come, change, are withdrawn, blocked, noted, rolled back. 400
nights in `make soak`, 20 in `make test`.
"""

import random
from datetime import date, timedelta

import pytest

from ingestion.warehouse import history, keeping, rollback
from tests.warehouse.small_warehouse import ENTRIES

pytestmark = pytest.mark.xdist_group("nights")
SEED = 20261122
FIRST = date(2016, 1, 4)
NAMES = ("alfa", "beta", "gamma", "delta")
RELATIONS = {
    # what readers see now: (its twin, the columns the twin has besides)
    "marts.statement": ("marts_asof.statement", ()),
    "marts.capital": ("marts_asof.capital", ()),
    "marts.dim_line": ("marts_asof.dim_line", ()),
    "marts_internal.flow": ("marts_internal_asof.flow", ()),
    "marts.finding": ("marts_asof.finding", ("reason_sv",)),
    "marts_internal.finding": ("marts_internal_asof.finding", ("reason_sv",)),
    "marts.data_dictionary": ("marts_asof.data_dictionary", ()),
    "marts.association_status": ("marts_asof.association_status", ("figures_generation",)),
}
HASH = "select count(*), md5(string_agg(fact::text, '|' order by fact::text)) from ({}) as facts"


def seen_now(warehouse):
    """What readers see: {relation: (rows, hash)}. The status's own generation is compared by its text."""
    with warehouse.connect("finsam_internal") as reader:
        return {
            relation: reader.execute(
                HASH.format(f"select to_jsonb(t) - %s::text[] as fact from {relation} as t"),
                (["generation", *RELATIONS[relation][1]],),
            ).fetchone()
            for relation in RELATIONS
        }


def seen_then(warehouse, generation):
    """The same of a generation, as its twins answer."""
    with warehouse.connect("finsam_internal") as reader:
        return {
            relation: reader.execute(
                HASH.format(
                    f"select to_jsonb(t) - %s::text[] as fact from {twin} as t where generation = %s"
                ),
                (["generation", *besides], generation),
            ).fetchone()
            for relation, (twin, besides) in RELATIONS.items()
        }


def one_night(warehouse, chance):
    """Something happens: deliveries (empty ones too), banners, blocks, or a steward's rollback. Returns the generation."""
    newest = warehouse.ask("finsam_audit", "select coalesce(max(generation), 0) from ops.publication")[0][0]
    if newest > 3 and chance.random() < 0.08:
        try:
            return rollback.roll_back(
                warehouse.settings, chance.randint(2, newest - 1), ["alfa"], "Prövar", "test", "karin_ek"
            ).generation
        except rollback.NotPossible:
            pass
    for name in chance.sample(NAMES, chance.randint(1, 2)) if newest else NAMES:
        rows = [
            *ENTRIES[: chance.randint(2, 4)],
            ("2017", "costs", f"{chance.randint(1, 9999)}.{chance.randint(10, 99)}"),
        ]
        warehouse.deliver(name, rows if chance.random() > 0.05 else [])
    failures = [("TST-099", name, "finding", "failed") for name in NAMES if chance.random() < 0.2]
    if chance.random() < 0.1:
        failures.append(("TST-001", chance.choice(NAMES), "invariant", "failed"))
    done = warehouse.night(full=chance.random() < 0.1, failures=failures)
    return done.generation if done else None


def many_nights(warehouse, nights, keep_days):
    chance = random.Random(SEED)
    warehouse.person("karin_ek", "alfa")
    published, days = {}, {}
    for number in range(nights):
        generation = one_night(warehouse, chance)
        if generation:
            days[generation] = FIRST + timedelta(days=number)
            warehouse.published_on({generation: days[generation]})
            published[generation] = seen_now(warehouse)
    assert len(published) > nights * 0.8
    assert {g: then for g in published if (then := seen_then(warehouse, g)) != published[g]} == {}

    last = FIRST + timedelta(days=nights)
    board = days[sorted(days)[len(days) // 3]]
    with warehouse.admin() as connection:
        connection.execute("insert into ops.board_date values ('*', %s, 'Möte', 'test')", (board,))
    done = keeping.fold(warehouse.settings, "test", last, keep_days)
    assert done.folded
    kept = [generation for generation in published if generation not in done.folded]
    assert {g for g in kept if seen_then(warehouse, g) != published[g]} == set()

    month_ends = [
        day for day in map(FIRST.__add__, map(timedelta, range(nights))) if (day + timedelta(1)).day == 1
    ]
    for day in [board, *month_ends, *(last - timedelta(days=n) for n in range(keep_days))]:
        wanted = max((g for g, out in days.items() if out <= day), default=None)
        if wanted:
            assert history.as_of(warehouse.settings, day, "statement").generation == wanted, day
    assert seen_now(warehouse)["marts.statement"] == published[max(published)]["marts.statement"]


def test_any_night_asked_again_is_what_was_published(warehouse):
    many_nights(warehouse, 20, keep_days=5)


@pytest.mark.soak
def test_any_of_400_nights_asked_again_is_what_was_published(warehouse):
    many_nights(warehouse, 400, keep_days=60)
