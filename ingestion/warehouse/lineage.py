"""The walk back from a figure: which delivered rows it is made of, and whether they still give it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from expectations.building import CELLS_RECOMPUTE
from ingestion.readers.table import cell_place
from ingestion.warehouse import connection as connections
from ingestion.warehouse import dictionary, provenance, recomputation
from ingestion.warehouse.embedded import WarehouseUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ingestion.judgement import Findings
    from ingestion.settings import Settings
    from ingestion.warehouse.provenance import DeliveryUsed, Way
    from ingestion.warehouse.recomputation import Column, Input, Mart, Recomputation

RULE_ID = CELLS_RECOMPUTE.id
DEEPEST = 200
MOST_ROWS = 20
"""So many rows of a cell are written out for a person."""
WAYS_SV = {
    "additive": "summan av",
    "lookup": "hämtat ur",
    "derived": "räknat som",
    "source": "ur raden själv",
    "key": "radens nyckel",
    "undeclared": "utan uppgift om härkomst",
}
DECIDED = "atom.shown_count"
"""The rule of a cell that shows what was decided about a count."""
PROTECTED_SV = (
    "Antalen är skyddade: de visas så som utgåvan beslutade, och vägen slutar där. Ett tomt antal är skyddat, aldrig noll, "
    "och varför just det är tomt sägs inte, för det skulle röja det. docs/protected_figures.md säger vad man kan fråga i "
    "stället; de exakta antalen finns i marts_internal för den som har rätt till dem."
)
"""What is said beside such cells, the hidden and the shown alike."""
Keys = tuple[tuple[str, ...], ...]


class NotFound(LookupError):
    """No such mart, column or row; the message says what there is, in Swedish."""


@dataclass(frozen=True)
class SourceRow:
    """One delivered row, or one cell of it. value: what it adds to the cell, or the value it gives.

    column: where in the row, of a table with a column per year: `D (Budget 2026)`; None where the row is all there is.
    """

    delivery_id: str
    feed_id: str | None
    association_id: str | None
    period: str | None
    file_name: str | None
    row_number: int
    value: str | None
    column: str | None = None


@dataclass(frozen=True)
class Cell:
    """One explained cell, or several of one column that an input aggregates (`keys` tells which).

    published and recomputed are text, None for null or for several cells. agrees: every cell recomputes to
    what is published. rows: the delivered rows it is made of; for a computed text only those that give its
    rules and names. An input that is itself derived lists none: its own inputs do.
    """

    mart: str
    column: str
    label_sv: str
    data_type: str
    kind: str
    rule: str | None
    keys: list[dict[str, str]]
    published: str | None
    recomputed: str | None
    agrees: bool
    rows: list[SourceRow] = field(default_factory=list)
    inputs: list[Cell] = field(default_factory=list)

    @property
    def is_protected(self) -> bool:
        """A count that readers outside secrecy are shown: the walk ends at the decision, not at the persons' rows."""
        return self.rule == DECIDED


@dataclass(frozen=True)
class Explanation:
    """One row of a mart, cell by cell. generation: None for what stands now.

    ways: through which models each feed's columns come here. deliveries: those its rows came with.
    """

    mart: str
    label_sv: str
    generation: int | None
    key: dict[str, str]
    cells: list[Cell]
    ways: list[Way] = field(default_factory=list)
    deliveries: list[DeliveryUsed] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """True where every cell recomputes to what is published."""
        return all(cell.agrees for cell in self.cells)


@dataclass(frozen=True)
class Verified:
    """How many cells of one column were recomputed for one association, and how many came out otherwise."""

    association_id: str
    mart: str
    column: str
    examined: int
    failed: int


def explain(
    settings: Settings,
    mart: str,
    key: dict[str, str],
    column: str | None = None,
    generation: int | None = None,
) -> Explanation:
    """Explain one row of a mart, or one cell of it. Raises NotFound or WarehouseUnavailable.

    mart: its name, or as a reader knows it (`marts.participant_flow`). key: column -> text; any columns that together
    find exactly one row. generation: as published then; default now.
    """
    with connections.connect(settings, "finsam_audit") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        marts = recomputation.registry(connection)
        mart = dictionary.mart_named(connection, mart)
        if mart not in marts:
            raise NotFound(f"Marten {mart} finns inte. De som finns: {', '.join(marts)}.")
        found = marts[mart]
        for name in [*key, *([column] if column else [])]:
            if name not in found.columns:
                raise NotFound(f"{mart} har ingen kolumn {name}. De som finns: {', '.join(found.columns)}.")
        walk = _Walk(
            connection, recomputation.Recomputation(marts, lambda name: _published(name, generation))
        )
        the_key = walk.find(found, key)
        shown = [column] if column else [name for name in found.columns if not name.startswith("_")]
        cells = [_with_rows(walk.cell(found, found.columns[name], (the_key,))) for name in shown]
        return Explanation(
            mart,
            found.label_sv,
            generation,
            dict(zip(found.primary_key, the_key, strict=True)),
            cells,
            provenance.ways(connection, mart, shown),
            provenance.deliveries(connection, settings, [row for cell in cells for row in cell.rows]),
        )


def verify(
    connection: psycopg.Connection, mart: str, associations: Sequence[str], room: str = "candidate"
) -> list[Verified]:
    """Recompute every cell of a mart set-wise, one statement per column.

    Raises psycopg.Error on faulty lineage.

    room: `candidate` (as finsam_gate) or `store` (what stands, as finsam_gate or finsam_audit). Every
    association is answered for, with 0 examined where it has no rows. Rows that are their own source have
    nothing to recompute.
    """
    marts = recomputation.registry(connection)
    recomputed = recomputation.Recomputation(marts, _slice(room, associations))
    return [
        found
        for column in marts[mart].computed
        for found in _verify_column(connection, recomputed, marts[mart], column, associations)
    ]


def record_checks(connection: psycopg.Connection, scope: Sequence[str], findings: Findings) -> None:
    """Gate 3, rule REC-100: every cell of the candidate recomputes from its rows.

    Connection: as finsam_gate.
    """
    from ingestion import judgement

    marts = recomputation.registry(connection)
    recomputed = recomputation.Recomputation(marts, _slice("candidate", scope))
    # PostgreSQL guesses that a cell or two is found by key: a loop over as many as there are would grow with their square
    connection.execute("set local enable_nestloop = off")
    for mart, column in [(one, column) for one in marts.values() for column in one.computed]:
        what = f"{mart.name}.{column.name}"
        try:
            with connection.transaction():
                found = _verify_column(connection, recomputed, mart, column, scope)
        except (psycopg.Error, WarehouseUnavailable, KeyError) as problem:
            # the message may quote a value: keep the kind of error, the statement is ours to run again
            judgement.add_error(findings, RULE_ID, "invariant", mart.name, what, type(problem).__name__)
            continue
        counted = [(one.association_id, what, one.examined, one.failed) for one in found]
        judgement.add_counts(findings, RULE_ID, "invariant", counted)
    connection.execute("set local enable_nestloop to default")


def as_text(explanation: Explanation) -> str:
    """The explanation as a person reads it, in Swedish."""
    where = ", ".join(f"{name} = {value}" for name, value in explanation.key.items())
    then = "som det står nu" if explanation.generation is None else f"generation {explanation.generation}"
    lines = [f"{explanation.label_sv} ({explanation.mart}), {then}: {where}"]
    told: set[str] = set()
    for cell in explanation.cells:
        lines += ["", *_cell_lines(cell, "", told)]
    if any(cell.is_protected for cell in explanation.cells):
        lines += ["", PROTECTED_SV]
    lines += provenance.as_lines(explanation.ways, explanation.deliveries)
    return "\n".join(lines)


def _verify_column(
    connection: psycopg.Connection,
    recomputed: Recomputation,
    mart: Mart,
    column: Column,
    associations: Sequence[str],
) -> list[Verified]:
    checked = recomputed.cells(mart, column, recomputed.relation(mart.name))
    counts = sql.SQL(
        "select association_id, count(*), count(*) filter (where not agrees) from ({}) as checked group by 1"
    ).format(checked)
    counted = {row[0]: row[1:] for row in connection.execute(counts).fetchall()}
    return [Verified(name, mart.name, column.name, *counted.get(name, (0, 0))) for name in associations]


def _slice(room: str, associations: Sequence[str]) -> Callable[[str], sql.Composable]:
    """The rows of these associations of any mart, in the candidate or as they stand in the store."""

    def relation(mart: str) -> sql.Composable:
        place = ("candidate", mart) if room == "candidate" else ("store", f"{mart}_current")
        return sql.SQL("(select * from {} where association_id = any({}))").format(
            sql.Identifier(*place), sql.Literal(list(associations))
        )

    return relation


def _published(mart: str, generation: int | None) -> sql.Composable:
    """The rows of a mart that stand, or that stood in a generation."""
    if generation is None:
        return sql.Identifier("store", f"{mart}_current")
    return sql.SQL("(select * from {} where _g_from <= {g} and _g_to > {g})").format(
        sql.Identifier("store", mart), g=sql.Literal(generation)
    )


class _Walk:
    """One explanation under way; cells that several inputs share are explained once."""

    def __init__(self, connection: psycopg.Connection, recomputed: Recomputation) -> None:
        self.connection = connection
        self.recomputed = recomputed
        self.explained: dict[tuple[str, str, Keys], Cell] = {}
        self.under_way: list[tuple[str, str, Keys]] = []

    def find(self, mart: Mart, key: dict[str, str]) -> tuple[str, ...]:
        """The key of the only row with these values. Raises NotFound."""
        conditions = [
            sql.SQL("{} = {}::{}").format(
                sql.Identifier(name), sql.Literal(value), sql.SQL(mart.columns[name].data_type)
            )
            for name, value in key.items()
        ]
        wanted = sql.SQL(", ").join(
            sql.SQL("{}::text").format(sql.Identifier(name)) for name in mart.primary_key
        )
        try:
            rows = self.connection.execute(
                sql.SQL("select {} from {} as cell where {} limit 2").format(
                    wanted,
                    self.recomputed.relation(mart.name),
                    sql.SQL(" and ").join([sql.SQL("true"), *conditions]),
                )
            ).fetchall()
        except psycopg.DataError as problem:
            raise NotFound(
                f"Ett värde i nyckeln går inte att läsa: {problem.diag.message_primary}."
            ) from None
        asked = ", ".join(f"{name}={value}" for name, value in key.items())
        if not rows:
            raise NotFound(f"{mart.name} har ingen rad med {asked}.")
        if len(rows) > 1:
            raise NotFound(
                f"{mart.name} har flera rader med {asked or 'den nyckeln'}. Ange "
                f"{', '.join(mart.primary_key)}."
            )
        return tuple(rows[0])

    def cell(self, mart: Mart, column: Column, keys: Keys) -> Cell:
        """Explain one column of these rows, with everything it rests on."""
        if not keys:  # an input that finds no cells rests on nothing: the walk ends here
            return Cell(
                mart.name,
                column.name,
                column.label_sv,
                column.data_type,
                mart.kind(column),
                None,
                [],
                None,
                None,
                agrees=True,
            )
        me = (mart.name, column.name, keys)
        if me in self.explained:
            return self.explained[me]
        if me in self.under_way or len(self.under_way) > DEEPEST:
            raise WarehouseUnavailable(f"Härkomsten för {mart.name}.{column.name} går i cirkel.")
        self.under_way.append(me)
        among = self._among(mart, keys)
        checked = self.connection.execute(self.recomputed.cells(mart, column, among)).fetchall()
        inputs = [self._input(mart, used, keys, among) for used in recomputation.inputs(column)]
        the_only = checked[0] if len(checked) == 1 else (None, None, None, None)
        self.under_way.pop()
        self.explained[me] = Cell(
            mart=mart.name,
            column=column.name,
            label_sv=column.label_sv,
            data_type=column.data_type,
            kind=mart.kind(column),
            rule=column.lineage.get("rule") or column.lineage.get("sum") or column.lineage.get("value"),
            keys=[dict(zip(mart.primary_key, key, strict=True)) for key in keys],
            published=the_only[1],
            recomputed=the_only[2],
            agrees=all(row[3] for row in checked),
            rows=self._rows(mart, column, among),
            inputs=inputs,
        )
        return self.explained[me]

    def _input(self, mart: Mart, used: Input, keys: Keys, among: sql.Composable) -> Cell:
        if used.other is None:
            return self.cell(mart, mart.columns[used.column], keys)
        other = self.recomputed.marts[used.other]
        found = self.connection.execute(self.recomputed.keys(used, among)).fetchall()
        return self.cell(other, other.columns[used.column], tuple(sorted(tuple(row) for row in found)))

    def _rows(self, mart: Mart, column: Column, among: sql.Composable) -> list[SourceRow]:
        """The delivered rows a cell itself names; a derived one names its inputs instead, a key what its
        row looks up.
        """
        kind = mart.kind(column)
        if kind in {"derived", "undeclared"}:
            return []
        if kind == "key":
            return _united(
                row
                for other in mart.columns.values()
                if mart.kind(other) == "lookup"
                for row in self._rows(mart, other, among)
            )
        found = self.connection.execute(
            sql.SQL(
                "select s._delivery_id, d.feed_id, d.association_id, d.period, d.file_name, "
                "s._row_number, s.value, d.reader_notes -> 'wide' -> 'columns' from ({}) as s"
                " left join ops.delivery as d on d.delivery_id = s._delivery_id order by 2, 4, 5, 1, 6, 7"
            ).format(self.recomputed.sources(mart, column, among))
        ).fetchall()
        return [_placed(SourceRow(*row), columns) for *row, columns in found]

    def _among(self, mart: Mart, keys: Keys) -> sql.Composable:
        """The rows of a mart with these keys.

        Parts that all share stand as constants, so that indexes serve the atoms too.
        """
        parts = list(zip(*keys, strict=True))
        types = [sql.SQL(mart.columns[name].data_type) for name in mart.primary_key]
        names = [sql.Identifier(name) for name in mart.primary_key]
        conditions: list[sql.Composable] = [
            sql.SQL("{} = {}::{}").format(name, sql.Literal(part[0]), data_type)
            for name, part, data_type in zip(names, parts, types, strict=True)
            if len(set(part)) == 1
        ]
        if len(keys) != 1:
            conditions.append(
                sql.SQL("({}) in (select * from unnest({}))").format(
                    sql.SQL(", ").join(names),
                    sql.SQL(", ").join(
                        sql.SQL("{}::text[]::{}[]").format(sql.Literal(list(part)), data_type)
                        for part, data_type in zip(parts, types, strict=True)
                    ),
                )
            )
        return sql.SQL("(select * from {} as t where {})").format(
            self.recomputed.relation(mart.name), sql.SQL(" and ").join(conditions)
        )


def _placed(row: SourceRow, columns: dict[str, str] | None) -> SourceRow:
    """A cell of a wide table where it stands in the file; columns: as the reader noted them, None of any other file."""
    place = cell_place(row.row_number) if columns else None
    if place is None or columns is None:
        return row
    return replace(row, row_number=place[0], column=columns.get(str(place[1])))


def _with_rows(cell: Cell) -> Cell:
    """A derived cell with the rows of everything it rests on; each shared input is visited once.

    An empty cell rests on what makes it empty (rules, names), not on amounts it was not computed from.
    """
    if cell.kind != "derived":
        return cell
    seen: set[tuple[int, bool]] = set()
    rows: list[SourceRow] = []
    waiting = [(cell, _is_empty(cell))]
    while waiting:
        one, names_only = waiting.pop()
        if (id(one), names_only) in seen:
            continue
        seen.add((id(one), names_only))
        if not (names_only and one.kind == "additive"):
            rows += one.rows
        deeper = names_only or _is_empty(one) or not one.data_type.startswith(recomputation.NUMERIC)
        waiting += [(used, deeper) for used in reversed(one.inputs)]
    return replace(cell, rows=_united(rows))


def _is_empty(cell: Cell) -> bool:
    return len(cell.keys) == 1 and cell.published is None


def _united(rows: Iterable[SourceRow]) -> list[SourceRow]:
    return list({(row.delivery_id, row.row_number, row.column): row for row in rows}.values())


def _cell_lines(cell: Cell, indent: str, told: set[str]) -> list[str]:
    """told: cells that stand above already; what several figures share is written out once."""
    shown = (
        "tomt"
        if cell.published is None and len(cell.keys) == 1
        else cell.published or f"{len(cell.keys)} celler"
    )
    heading = f"{indent}{cell.label_sv or cell.column} ({cell.mart}.{cell.column}): {shown}"
    if not cell.keys:
        return [heading.replace(": 0 celler", ": inget underlag")]
    me = f"{cell.mart}.{cell.column} {cell.keys}"
    if me in told and (cell.rows or cell.inputs):
        return [f"{heading}  (se ovan)"]
    told.add(me)
    lines = [heading, f"{indent}  {WAYS_SV[cell.kind]} {cell.rule or ''}".rstrip()]
    if not cell.agrees:
        lines.append(f"{indent}  STÄMMER INTE: omräknat blir det {cell.recomputed or 'något annat'}")
    if cell.kind != "derived":
        lines += [f"{indent}  {_row_sv(row)}" for row in cell.rows[:MOST_ROWS]]
        if len(cell.rows) > MOST_ROWS:
            lines.append(f"{indent}  … och {len(cell.rows) - MOST_ROWS} rader till; --json visar alla")
    for used in cell.inputs:
        lines += _cell_lines(used, indent + "    ", told)
    return lines


def _row_sv(row: SourceRow) -> str:
    if row.file_name is None:
        return f"{row.value or ''}  lagrets egen rad {row.row_number}".lstrip()
    period = "" if row.period in (None, "whole") else f" {row.period}"
    column = f", kolumn {row.column}" if row.column else ""
    where = (
        f"{row.file_name} rad {row.row_number}{column} ({row.feed_id}{period}, leverans {row.delivery_id})"
    )
    return f"{row.value or ''}  {where}".lstrip()
