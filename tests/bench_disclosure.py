"""`make bench`, disclosure control: what it costs to protect and to attack, and what it costs readers.

1. ASSOCIATIONS associations' independent tables, TABLES each: results by sex per initiative, protected and attacked.
2. Linked tables of LINKED associations: ten tables over the same people, each initiative x sex x something. Printed whole
   (three-way), and as two-way margins of the same: initiative x sex, initiative x something, sex x something.
3. The share of cells hidden, beside the two simple ways: hiding each table that holds a small cell, rounding everything.

Two processes; each share of cells is of those published.
"""

import json
import os
import random
import time
from dataclasses import dataclass

from ingestion.disclosure import rounding
from ingestion.disclosure.attack import attack_all
from ingestion.disclosure.protection import Unprotectable, protect_all
from ingestion.disclosure.tables import Dimension, build
from ingestion.settings import PROJECT_ROOT
from tests.random_register import cross, people

ASSOCIATIONS = int(os.environ.get("ASSOCIATIONS", "80"))
TABLES = int(os.environ.get("TABLES", "60"))
LINKED = int(os.environ.get("LINKED", "4"))
PROCESSES = 2
KEPT = PROJECT_ROOT / "build" / "benchmark_disclosure.json"
ABOUT = [f"about{n}" for n in range(10)]
KINDS = {
    "initiative": [f"i{n}" for n in range(8)],
    "sex": ["female", "male", "unknown", "other"],
    **{name: [f"{name}_{n}" for n in range(12)] for name in ABOUT},
}


@dataclass
class Cost:
    """Seconds and shares of one design. hidden: of the published cells; whole_tables: if each touched table went."""

    systems: int
    tables: int
    cells: int
    sensitive: float
    hidden: float
    whole_tables: float
    refused: int
    protecting: float
    attacking: float


def independent(seed=1):
    """Sixty tables per association: results by sex, of people who stand in no other table."""
    rng = random.Random(seed)
    dimensions = [Dimension("sex"), Dimension("about0")]
    tables = []
    for _ in range(ASSOCIATIONS * TABLES):
        kinds = {
            "sex": KINDS["sex"][: rng.randint(2, 3)],
            "about0": KINDS["about0"][: rng.randint(4, 12)],
        }
        tables.append([cross("results", people(rng, rng.randint(20, 300), kinds), dimensions, kinds=kinds)])
    return tables


def linked(deepest, count=LINKED, seed=2):
    """Ten tables per association over the same people."""
    rng = random.Random(seed)
    found = []
    for _ in range(count):
        persons = people(rng, rng.randint(300, 900), KINDS)
        found.append(
            [
                cross(
                    f"by_{name}",
                    persons,
                    [Dimension("initiative"), Dimension("sex"), Dimension(name)],
                    kinds=KINDS,
                    deepest=deepest,
                )
                for name in ABOUT
            ]
        )
    return found


def measured(designs) -> Cost:
    """Protect them, attack what was protected, and count."""
    systems = [build(tables).system for tables in designs]
    began = time.perf_counter()
    found = protect_all(systems, PROCESSES)
    protecting = time.perf_counter() - began
    kept = [
        (system, one.hidden)
        for system, one in zip(systems, found, strict=True)
        if not isinstance(one, Unprotectable)
    ]
    began = time.perf_counter()
    attacks = attack_all(kept, PROCESSES, intervals=max(system.size for system in systems) < 1000)
    attacking = time.perf_counter() - began
    assert not any(len(one.recovered) for one in attacks)
    cells = sum(int(system.published.sum()) for system in systems)
    touched = sum(
        sum(len(table) for table in system.tables if system.sensitive[table].any()) for system in systems
    )
    printed = sum(sum(len(table) for table in system.tables) for system in systems)
    return Cost(
        len(systems),
        sum(len(tables) for tables in designs),
        cells,
        sum(int((system.sensitive & system.published).sum()) for system in systems) / cells,
        sum(int((hidden & system.published).sum()) for system, hidden in kept) / cells,
        touched / printed,
        len(systems) - len(kept),
        protecting,
        attacking,
    )


def rounded(designs) -> float:
    """The share of cells that the other method hides or changes."""
    changed = cells = 0
    for tables in designs:
        system = build(tables, threshold=rounding.THRESHOLD).system
        cells += system.size
        changed += int(
            ((rounding.nearest(system.values) != system.values) | (system.sensitive & system.published)).sum()
        )
    return changed / cells


def main() -> None:
    alone = independent()
    designs = {
        f"{ASSOCIATIONS} x {TABLES} independent": alone,
        f"{LINKED} linked, two-way": linked(2),
        f"{LINKED} linked, three-way": linked(3),
    }
    told = {}
    print(
        f"\n{'':<28}{'tables':>7}{'cells':>8}{'small':>7}{'hidden':>8}{'tables gone':>12}{'rounded':>9}"
        f"{'refused':>9}{'protect s':>11}{'attack s':>10}"
    )
    for name, tables in designs.items():
        cost = measured(tables)
        share = rounded(tables[:200])
        told[name] = {**vars(cost), "rounded": share}
        print(
            f"{name:<28}{cost.tables:>7}{cost.cells:>8}{cost.sensitive:>7.1%}{cost.hidden:>8.1%}"
            f"{cost.whole_tables:>12.1%}{share:>9.1%}{cost.refused:>9}{cost.protecting:>11.1f}{cost.attacking:>10.1f}"
        )
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(told, indent=1, default=float))


if __name__ == "__main__":
    main()
