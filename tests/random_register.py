"""Registers of invented people and the tables counted from them, for the tests and the measure of disclosure control."""

import itertools
import random
from collections import Counter
from dataclasses import replace

from ingestion.disclosure.tables import TOTAL, Dimension, Table

SEX = Dimension("sex")
INITIATIVE = Dimension("initiative")
RESULT = Dimension("exit_result")
EDUCATION = Dimension("education")
SUPPORT = Dimension("support", is_additive=False)
PLACE = Dimension("place", parents={f"k{n}": f"f{n % 2}" for n in range(6)})
VALUES = {
    "sex": ["female", "male", "unknown"],
    "initiative": [f"i{n}" for n in range(8)],
    "exit_result": ["work", "studies", "job_seeking", "other_initiative", "sick", "moved"],
    "education": ["none", "primary", "secondary", "higher"],
    "support": ["grant", "sickness", "activity", "none"],
    "place": [f"k{n}" for n in range(6)],
}
DIMENSIONS = {dimension.name: dimension for dimension in (SEX, INITIATIVE, RESULT, EDUCATION, SUPPORT, PLACE)}


def people(rng, size, kinds=VALUES):
    """One dictionary per person: a value per dimension, one or several where a person may have several. Uneven on purpose."""
    weights = {name: [rng.random() ** 3 + 0.02 for _ in values] for name, values in kinds.items()}
    return [
        {
            name: tuple({*rng.choices(values, weights[name], k=rng.choice((1, 1, 1, 2)))})
            if name == "support"
            else rng.choices(values, weights[name])[0]
            for name, values in kinds.items()
        }
        for _ in range(size)
    ]


def cross(name, persons, dimensions, *, measure="participants", fixed=None, kinds=VALUES, deepest=None):
    """The table of these dimensions with all its totals; deepest: at most so many dimensions at once (two-way margins)."""
    rows = [
        row
        for row in itertools.product(
            *([*every(dimension, kinds[dimension.name]), TOTAL] for dimension in dimensions)
        )
        if deepest is None or sum(value != TOTAL for value in row) <= deepest
    ]
    table = Table(name, tuple(dimensions), rows, {measure: [0] * len(rows)}, fixed or {})
    return recounted(table, persons)


def recounted(table, persons):
    """The same rows, counted from these people."""
    counted = Counter(
        row
        for person in persons
        for row in itertools.product(
            *(standing(dimension, person[dimension.name]) for dimension in table.dimensions)
        )
    )
    return replace(table, counts={measure: [counted[row] for row in table.rows] for measure in table.counts})


def standing(dimension, values):
    """Every row of the dimension that a person stands under: the value, what it is part of, and the total."""
    found = []
    for value in (values,) if isinstance(values, str) else values:
        found.append(value)
        while dimension.parent(found[-1]) != TOTAL:
            found.append(dimension.parent(found[-1]))
    return [*dict.fromkeys(found), TOTAL]


def every(dimension, values):
    return list(
        dict.fromkeys(
            itertools.chain(values, (dimension.parents[v] for v in values if v in dimension.parents))
        )
    )


def release(rng):
    """A random publication: linked tables over the same people, some without their totals, some of two kinds of people."""
    kinds = {name: values[: rng.randint(2, len(values))] for name, values in VALUES.items()}
    persons = people(rng, rng.choice((5, 12, 30, 80, 200)), kinds)
    return persons, kinds, tables_of(rng, persons, kinds)


def tables_of(rng, persons, kinds):
    tables = []
    for at in range(rng.randint(1, 3)):
        names = rng.sample(sorted(DIMENSIONS), rng.choice((1, 2, 2, 2, 3)))
        whole = cross(f"t{at}", persons, [DIMENSIONS[name] for name in names], kinds=kinds)
        tables.append(without_some_totals(rng, whole) if rng.random() < 0.3 else whole)
    return tables


def without_some_totals(rng, table):
    """The same table printed without the totals of one additive dimension."""
    at = rng.choice([at for at, dimension in enumerate(table.dimensions) if dimension.is_additive] or [-1])
    if at < 0:
        return table
    kept = [place for place, row in enumerate(table.rows) if row[at] != TOTAL]
    counts = {measure: [values[place] for place in kept] for measure, values in table.counts.items()}
    return Table(table.name, table.dimensions, [table.rows[place] for place in kept], counts, table.fixed)


def seeded(seed):
    return random.Random(seed)
