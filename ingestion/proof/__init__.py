"""Proofs a paper's printed tables against themselves, without a database: `finsam proof FILE`.

What the sender states (kinds of rows, what a total sums, years, versions, sexes, parties) decides; what is left unstated is
inferred from the numbers, and only where they bear it out in at least one column.
"""
