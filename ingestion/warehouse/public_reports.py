"""The marts that everybody may read of what is counted among persons: which they are, and what a reader sees in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

from ingestion.warehouse import contracts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    from ingestion.disclosed_counts import Key
    from ingestion.warehouse.contracts import MartContract

DECISIONS = "fct_disclosure_decision"
"""The mart they are made of."""
_ROW = ("association_id", "fiscal_year", "initiative_id", "sex")
"""Of whom a report's row tells; what else is in the key is the code the report counts by."""
_NAMED = {"initiative_id": "destination_code"}
"""What it is called where it can be something else: people are referred to places that are no initiatives."""


def reports() -> list[MartContract]:
    """Those that show counts of the report whose name their view has."""
    return [contract for contract in contracts.read() if contract.view and measures(contract)]


def measures(contract: MartContract) -> list[str]:
    """The columns that show a count of this report's own: its decision, alone or beside sums of others."""
    return [
        column.name
        for column in contract.columns
        if any(
            f".report = '{contract.view}'" in where and f".measure = '{column.name}'" in where
            for where in _decisions(column.lineage or {})
        )
    ]


def place(contract: MartContract) -> list[str | None]:
    """The key's columns that say of whom: association, year, initiative or place, sex; None where it is not split so."""
    found = ((name, _NAMED.get(name, name)) for name in _ROW)
    return [next((name for name in names if name in contract.primary_key), None) for names in found]


def _decisions(lineage: dict[str, Any]) -> list[str]:
    """Where a column's cells are looked up among the shown counts."""
    if lineage.get("value") == "atom.shown_count":
        return [str(lineage["where"])]
    return [str(one["where"]) for one in lineage.get("cells") or () if one["column"] == "shown_count"]


def read(gate: psycopg.Connection, scope: Sequence[str]) -> dict[str, dict[Key, int | None]]:
    """Association -> what the candidate's public marts show of each count. Connection: as finsam_gate."""
    from ingestion.disclosed_counts import ALL, Key

    found: dict[str, dict[Key, int | None]] = {name: {} for name in scope}
    for contract in reports():
        shown = measures(contract)
        row = place(contract)
        code = [name for name in contract.primary_key if name not in row]
        of_whom = [sql.Identifier(name) if name else sql.Literal(ALL) for name in row]
        statement = sql.SQL("select {}, {}, {} from {} where association_id = any(%s)").format(
            sql.SQL(", ").join(of_whom),
            sql.Identifier(code[0]) if code else sql.Literal(ALL),
            sql.SQL(", ").join(map(sql.Identifier, shown)),
            sql.Identifier("candidate", contract.name),
        )
        for name, year, initiative_id, sex, category, *values in gate.execute(statement, (list(scope),)):
            for measure, value in zip(shown, values, strict=True):
                found[name][Key(str(contract.view), year, initiative_id, sex, category, measure)] = value
    return found
