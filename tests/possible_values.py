"""What is possible, found the slow way and from the plain definition: the judge of the attacker in its tests.

Shares nothing with `ingestion.disclosure` but the description of a system: every value of a cell is asked for one by one
with an integer program over all unknown cells, or, where there are few, every table is written out.
"""

import itertools

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp


def by_integer_program(system, hidden, cell, wanted=3, limit=None):
    """How many values the cell can have, counted until `wanted`."""
    values = system.values.astype(float)
    unknown = ~((system.published & ~hidden) | system.known)
    limit = limit or 2 * int(values.max()) + 100
    low, high = np.where(unknown, 0, values), np.where(unknown, limit, values)
    rules = [LinearConstraint(system.relations.toarray(), 0, 0)] if system.relations.shape[0] else []
    if len(system.at_most):
        less = np.zeros((len(system.at_most), system.size))
        for row, (part, base) in enumerate(system.at_most):
            less[row, part] += 1
            less[row, base] -= 1
        rules.append(LinearConstraint(less, -np.inf, 0))
    found = 0
    for value in sorted(range(limit + 1), key=lambda one: abs(one - values[cell]))[:25]:
        asked_low, asked_high = low.copy(), high.copy()
        asked_low[cell] = max(low[cell], value)
        asked_high[cell] = min(high[cell], value)
        if asked_low[cell] > asked_high[cell]:
            continue
        found += any(
            milp(
                np.zeros(system.size),
                bounds=Bounds(asked_low, asked_high),
                constraints=rules,
                integrality=np.ones(system.size),
                options={"presolve": presolve},
            ).x
            is not None
            # now and then HiGHS presolves a program whose solution is at hand to an infeasible one
            for presolve in (True, False)
        )
        if found >= wanted:
            break
    return found


def by_writing_out(system, hidden, cell, limit):
    """Every value of the cell over all tables with hidden counts up to limit."""
    unknown = np.flatnonzero(~((system.published & ~hidden) | system.known))
    relations = system.relations.toarray()
    found = set()
    for tried in itertools.product(range(limit + 1), repeat=len(unknown)):
        table = system.values.copy()
        table[list(unknown)] = tried
        pairs = system.at_most.reshape(-1, 2)
        if not (relations @ table).any() and (table[pairs[:, 0]] <= table[pairs[:, 1]]).all():
            found.add(int(table[cell]))
    return found
