"""From declared lineage to SQL: what a set of cells should say, given its atoms or its inputs.

Lineage (column meta in the dbt contracts; the SQL in it is ours, reviewed with the models):
additive: {atom, sum, where, empty?} the sum over atom rows; without rows 0, or what `empty` says (null, or SQL over
`cell`).
lookup: {atom, value, where} every matching atom row gives the cell's value.
derived: {rule, cells} recomputed from cells of the same row (`{column}`) or aggregated cells of a mart
(`{as, mart, column, agg, where}`, named by `as` in the rule). `cell`, `atom` and `other` are the aliases.
No lineage: the relation carries `_delivery_id` and `_row_number`, and each row is its own source; or the
column is part of the key of a report, which names the row (`rule: cell.<itself>` says the same).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from ingestion.warehouse.embedded import WarehouseUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

NUMERIC = ("numeric", "integer", "bigint")
UNCOMPUTED = ("source", "key")
"""Kinds of columns in which there is nothing to recompute."""
AGGREGATES = ("sum", "min", "max", "count", "avg", "bool_and", "bool_or")


@dataclass(frozen=True)
class Column:
    """One registered column. lineage: empty where the row is its own source."""

    name: str
    data_type: str
    label_sv: str
    lineage: dict[str, Any]

    @property
    def is_numeric(self) -> bool:
        """True where the cell is an amount, a count or a share."""
        return self.data_type.startswith(NUMERIC)


@dataclass(frozen=True)
class Mart:
    """One registered relation."""

    name: str
    label_sv: str
    primary_key: tuple[str, ...]
    columns: dict[str, Column]

    @property
    def has_rows_of_its_own(self) -> bool:
        """True for atoms and dimensions: each row names the delivered row it comes from."""
        return {"_delivery_id", "_row_number"} <= set(self.columns)

    @property
    def computed(self) -> list[Column]:
        """The columns whose cells must follow from others."""
        return [column for column in self.columns.values() if self.kind(column) not in UNCOMPUTED]

    def kind(self, column: Column) -> str:
        """additive, lookup, derived, source, key (names the row, computed by nothing), or undeclared."""
        names_itself = column.lineage.get("rule") == f"cell.{column.name}"
        if column.lineage and not names_itself:
            return str(column.lineage["kind"])
        if self.has_rows_of_its_own:
            return "source"
        return "key" if column.name in self.primary_key else "undeclared"


@dataclass(frozen=True)
class Input:
    """One input of a derived cell. other: the mart whose cells are aggregated, None for the same row."""

    name: str
    column: str
    other: str | None = None
    aggregate: str = ""
    where: str = ""


def registry(connection: psycopg.Connection) -> dict[str, Mart]:
    """The registered marts by name, as ops knows them."""
    marts = {
        name: Mart(name, label, tuple(key), {})
        for name, label, key in connection.execute(
            "select mart, label_sv, primary_key from ops.mart order by mart"
        ).fetchall()
    }
    for mart, name, data_type, label, lineage in connection.execute(
        "select mart, column_name, data_type, label_sv, lineage from ops.mart_column order by mart, position"
    ).fetchall():
        marts[mart].columns[name] = Column(name, data_type, label, lineage or {})
    return marts


def inputs(column: Column) -> list[Input]:
    """The inputs of a derived column, in declared order.

    Raises WarehouseUnavailable on a declaration that says too little.
    """
    found = []
    for cell in column.lineage.get("cells") or ():
        if "mart" not in cell:
            found.append(Input(str(cell.get("as", cell["column"])), cell["column"]))
            continue
        if cell.get("agg") not in AGGREGATES or "where" not in cell or "as" not in cell:
            raise WarehouseUnavailable(
                f"Härkomsten för {column.name}: {cell} behöver as, where och agg ({', '.join(AGGREGATES)})."
            )
        found.append(Input(cell["as"], cell["column"], cell["mart"], cell["agg"], cell["where"]))
    return found


class Recomputation:
    """Composes statements over one set of relations: the candidate, the current store, or one generation
    of it.
    """

    def __init__(self, marts: dict[str, Mart], relation: Callable[[str], sql.Composable]) -> None:
        self.marts = marts
        self.relation = relation

    def cells(self, mart: Mart, column: Column, among: sql.Composable) -> sql.Composed:
        """One row per cell: association_id, published, recomputed (text) and agrees.

        among: the mart's rows to look at.
        """
        build = {"additive": self._additive, "lookup": self._lookup, "derived": self._derived}.get(
            mart.kind(column)
        )
        if build is None:
            agrees = sql.Literal(mart.kind(column) in UNCOMPUTED)
            return sql.SQL(
                "select cell.association_id, {0}::text as published, {0}::text as recomputed, {1} as "
                "agrees from {2} as cell"
            ).format(sql.Identifier("cell", column.name), agrees, among)
        return build(mart, column, among)

    def sources(self, mart: Mart, column: Column, among: sql.Composable) -> sql.Composed:
        """The atom rows of these cells: _delivery_id, _row_number, value (text). Not for derived columns."""
        if not column.lineage:
            return sql.SQL(
                "select cell._delivery_id, cell._row_number, {}::text as value from {} as cell"
            ).format(sql.Identifier("cell", column.name), among)
        what = column.lineage["sum"] if column.lineage["kind"] == "additive" else column.lineage["value"]
        return sql.SQL(
            "select atom._delivery_id, atom._row_number, ({})::text as value from {} as cell join {} as "
            "atom on ({})"
        ).format(
            _trusted(what), among, self.relation(column.lineage["atom"]), _trusted(column.lineage["where"])
        )

    def keys(self, used: Input, among: sql.Composable) -> sql.Composed:
        """The keys, as text, of the other mart's cells that an input aggregates for these cells."""
        other = self.marts[str(used.other)]
        key = sql.SQL(", ").join(
            sql.SQL("{}::text").format(sql.Identifier("other", name)) for name in other.primary_key
        )
        return sql.SQL("select distinct {} from {} as cell join {} as other on ({})").format(
            key, among, self.relation(other.name), _trusted(used.where)
        )

    def _additive(self, mart: Mart, column: Column, among: sql.Composable) -> sql.Composed:
        lineage = column.lineage
        found = _Found(
            relation=lineage["atom"],
            alias="atom",
            where=lineage["where"],
            wanted=sql.SQL("sum({}) as value").format(_trusted(lineage["sum"])),
            name="found",
            asked_by=named_cells(lineage["where"], lineage["sum"]),
        )
        empty = lineage.get("empty", "0")
        value = sql.SQL("coalesce(found.value, {})").format(_trusted("null" if empty is None else str(empty)))
        return self._checked(mart, column, among, (value, _equals(column, value)), [found])

    def _lookup(self, mart: Mart, column: Column, among: sql.Composable) -> sql.Composed:
        lineage, cell = column.lineage, sql.Identifier("cell", column.name)
        found = _Found(
            relation=lineage["atom"],
            alias="atom",
            where=lineage["where"],
            wanted=sql.SQL(
                "min({value}::text) as value, bool_and({value} is not distinct from {cell}) as same"
            ).format(value=_as_declared(column, lineage["value"]), cell=cell),
            name="found",
        )
        agrees = sql.SQL("coalesce(found.same, {} is null)").format(cell)
        return self._checked(mart, column, among, (sql.SQL("found.value"), agrees), [found])

    def _derived(self, mart: Mart, column: Column, among: sql.Composable) -> sql.Composed:
        found = [
            _Found(
                relation=used.other,
                alias="other",
                where=used.where,
                wanted=sql.SQL("{}({}) as {}").format(
                    _trusted(used.aggregate), sql.Identifier("other", used.column), sql.Identifier(used.name)
                ),
                name=f"input_{number}",
                asked_by=named_cells(used.where),
            )
            for number, used in enumerate(inputs(column))
            if used.other is not None
        ]
        value = _as_declared(column, column.lineage["rule"])
        return self._checked(mart, column, among, (value, _equals(column, value)), found)

    def _checked(
        self,
        mart: Mart,
        column: Column,
        among: sql.Composable,
        value_and_agrees: tuple[sql.Composable, sql.Composable],
        found: list[_Found],
    ) -> sql.Composed:
        value, agrees = value_and_agrees
        joins = sql.SQL("").join([self._joined(mart, among, one) for one in found])
        return sql.SQL(
            "select cell.association_id, {}::text as published, ({})::text as recomputed, {} as agrees"
            " from {} as cell{}"
        ).format(sql.Identifier("cell", column.name), value, agrees, among, joins)

    def _joined(self, mart: Mart, among: sql.Composable, found: _Found) -> sql.Composed:
        """A left join of one aggregated row per cell, by key: the planner may hash and need not loop.

        Cells that ask the same are asked once: the versions of a budget stand beside one ledger.
        """
        if found.relation not in self.marts:
            raise WarehouseUnavailable(
                f"Härkomsten i {mart.name} nämner {found.relation}, som inte är en mart eller atom."
            )
        parts = found.asked_by or mart.primary_key
        key = sql.SQL(", ").join(sql.Identifier("cell", part) for part in parts)
        same = sql.SQL(" and ").join(
            sql.SQL("{} = {}" if part in mart.primary_key else "{} is not distinct from {}").format(
                sql.Identifier(found.name, part), sql.Identifier("cell", part)
            )
            for part in parts
        )
        if found.asked_by:
            among = sql.SQL("(select distinct {} from {} as cell)").format(key, among)
        return sql.SQL(
            " left join (select {key}, {wanted} from {among} as cell join {relation} as {alias} on ({where})"
            " group by {key}) as {name} on {same}"
        ).format(
            key=key,
            wanted=found.wanted,
            among=among,
            relation=self.relation(found.relation),
            alias=sql.Identifier(found.alias),
            where=_trusted(found.where),
            name=sql.Identifier(found.name),
            same=same,
        )


@dataclass(frozen=True)
class _Found:
    """What is looked up for each cell: aggregates (`wanted`) over a relation's rows, joined as `name`.

    asked_by: the cell's columns that decide the answer; none means its key.
    """

    relation: str
    alias: str
    where: str
    wanted: sql.Composable
    name: str
    asked_by: tuple[str, ...] = ()


def _equals(column: Column, value: sql.Composable) -> sql.Composed:
    return sql.SQL("{} is not distinct from {}").format(sql.Identifier("cell", column.name), value)


def _as_declared(column: Column, expression: str) -> sql.Composed:
    """Rounded as the contract's type rounds. Sums of money are not: an öre too many must show."""
    return sql.SQL("({})::{}").format(_trusted(expression), _trusted(column.data_type))


def named_cells(*texts: str) -> tuple[str, ...]:
    """The cell's columns these expressions of a contract name, each once."""
    return tuple(dict.fromkeys(re.findall(r"\bcell\.(\w+)", " ".join(texts))))


def _trusted(text: str) -> sql.SQL:
    """SQL from our own contracts, never from a delivery or a user."""
    return sql.SQL(text)  # only ever put into a statement, so its braces are its own
