"""Declared lineage as rows in `ops`: models and what they read, columns and what they rest on, and how to walk there.

Written by `finsam migrate`, whole, whenever the dbt project changed. The models' graph is read by rendering their
templates with `ref` and `source` that take notes, so that macros count as they do for dbt; no dbt is started.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import sql

from ingestion.feeds import all_feeds
from ingestion.warehouse import contracts as declarations
from ingestion.warehouse import recomputation

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import jinja2
    import psycopg

    from ingestion.warehouse.contracts import MartContract
    from ingestion.warehouse.recomputation import Column, Mart, Recomputation

CELLS = sql.SQL("@@cells@@")
_EQUAL = re.compile(r"\b(?:atom|other)\.(\w+) = cell\.\w+(?!\w| *[-+|*/:])")
_READ = re.compile(r"\b(?:atom|other)\.(\w+)")


@dataclass(frozen=True)
class Model:
    """One model of the project, or one feed's raw table (layer `source`). parents: what it reads."""

    name: str
    layer: str
    feed_id: str | None = None
    parents: tuple[str, ...] = ()


@dataclass
class _Notes:
    """What a template asks for while it is rendered. The macros are compiled once, so they tell the same one every time."""

    parents: list[str] = field(default_factory=list)

    def ref(self, name: str) -> str:
        self.parents.append(name)
        return name

    def source(self, schema: str, table: str) -> str:
        if schema == "raw":
            self.parents.append(f"raw.{table}")
        return f"{schema}.{table}"


def models(project: Path | None = None) -> list[Model]:
    """The models and the raw tables below them, by name."""
    top = project or declarations.PROJECT
    notes = _Notes()
    project_templates = _templates(top, notes)
    found = [_model(file, top, project_templates, notes) for file in sorted((top / "models").rglob("*.sql"))]
    sources = [Model(f"raw.{feed_id}", "source", feed_id) for feed_id in all_feeds()]
    return sorted([*found, *sources], key=lambda model: model.name)


def sync(connection: psycopg.Connection, contracts: Mapping[str, MartContract]) -> list[str]:
    """Bring the declared lineage and the indexes of its walks up to date; returns what changed.

    Connection: as the migrating administrator, after ops.mart was synced.
    """
    digest = _digest(contracts)
    known = connection.execute("select digest from ops.lineage_version").fetchone()
    if known is not None and known[0] == digest:
        return []
    marts = recomputation.registry(connection)
    for table in ("lineage_step", "lineage_column", "lineage_model", "lineage_version"):
        connection.execute(sql.SQL("delete from {}").format(sql.Identifier("ops", table)))
    _write_models(connection, models(), contracts)
    _write_columns(connection, marts, contracts)
    _write_steps(connection, marts)
    _create_indexes(connection, marts)
    connection.execute("insert into ops.lineage_version (digest) values (%s)", (digest,))
    return ["ops.lineage"]


def _digest(contracts: Mapping[str, MartContract]) -> str:
    """Changes with any model, macro or contract, and with how statements are composed."""
    from pathlib import Path

    top = declarations.PROJECT
    files = [*(top / "models").rglob("*.sql"), *(top / "macros").glob("*.sql")]
    own = [Path(__file__), Path(recomputation.__file__)]
    read = hashlib.sha256()
    for file in [*sorted(files), *own]:
        read.update(file.name.encode() + b"\0" + file.read_bytes())
    read.update("".join(contract.digest for contract in contracts.values()).encode())
    return read.hexdigest()


class _Returned(Exception):
    """What a macro answers with dbt's `return`, on its way out of the macro."""


def _return(value: object) -> None:
    raise _Returned(value)


def _called(macro: Any) -> Any:
    """The macro as dbt calls it: what it returns instead of its text. Within its own file it is called without."""
    if not callable(macro):
        return macro

    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return macro(*arguments, **named)
        except _Returned as answer:
            return answer.args[0]

    return call


def _templates(top: Path, notes: _Notes) -> jinja2.Environment:
    """Where the project's templates are rendered: its macros, and `ref` and `source` that take notes."""
    import jinja2

    made = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)  # noqa: S701 (SQL, not a page)
    made.globals.update(
        {"ref": notes.ref, "source": notes.source, "config": lambda **_: "", "return": _return}
    )
    for file in sorted((top / "macros").glob("*.sql")):
        # shared: a macro may use one of a file that comes after its own
        macros = vars(
            made.from_string(file.read_text(encoding="utf-8")).make_module(made.globals, shared=True)
        )
        made.globals.update(
            {name: _called(macro) for name, macro in macros.items() if not name.startswith("_")}
        )
    return made


def _model(file: Path, top: Path, templates: jinja2.Environment, notes: _Notes) -> Model:
    notes.parents.clear()
    templates.from_string(file.read_text(encoding="utf-8")).render(this=file.stem)
    layer = file.relative_to(top / "models").parts[0].removesuffix("s")
    return Model(file.stem, layer, None, tuple(sorted({*notes.parents} - {file.stem})))


def _write_models(
    connection: psycopg.Connection, found: list[Model], contracts: Mapping[str, MartContract]
) -> None:
    known = {model.name for model in found}
    unseen = [Model(name, "mart") for name in contracts if name not in known]
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.lineage_model (model, layer, feed_id) values (%s, %s, %s)",
            [(model.name, model.layer, model.feed_id) for model in [*found, *unseen]],
        )
        cursor.executemany(
            "insert into ops.lineage_parent (model, parent) values (%s, %s)",
            [(model.name, parent) for model in found for parent in model.parents],
        )


def _write_columns(
    connection: psycopg.Connection, marts: Mapping[str, Mart], contracts: Mapping[str, MartContract]
) -> None:
    rows = [
        (mart.name, column.name, position, kind, source, source_column, rule)
        for mart in marts.values()
        for column in mart.columns.values()
        for position, (kind, source, source_column, rule) in enumerate(
            _rests_on(mart, column, contracts.get(mart.name)), start=1
        )
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.lineage_column (mart, column_name, input_position, kind, input, input_column, rule)"
            " values (%s, %s, %s, %s, %s, %s, %s)",
            rows,
        )


def _rests_on(
    mart: Mart, column: Column, contract: MartContract | None
) -> list[tuple[str, str | None, str | None, str | None]]:
    """(kind, input relation, its column, rule) of one column; a key that nothing computes rests on nothing."""
    kind = mart.kind(column)
    lineage = column.lineage
    if kind in ("additive", "lookup"):
        what = str(lineage["sum"] if kind == "additive" else lineage["value"])
        read = dict.fromkeys([*_READ.findall(what), *_READ.findall(str(lineage["where"]))])
        return [(kind, str(lineage["atom"]), name, what) for name in read]
    if kind == "derived":
        return [
            (kind, used.other or mart.name, used.column, str(lineage["rule"]))
            for used in recomputation.inputs(column)
        ] or [(kind, None, None, str(lineage["rule"]))]
    if kind == "source" and contract is not None and contract.feed_id in all_feeds():
        feed = all_feeds()[str(contract.feed_id)]
        own = column.name if column.name in feed.column_names else None
        return [("source", f"raw.{feed.id}", own, None)]
    return [("source" if kind == "source" else "key", None, None, None)]


def _write_steps(connection: psycopg.Connection, marts: dict[str, Mart]) -> None:
    walk = recomputation.Recomputation(marts, lambda name: sql.SQL(f"@@{name}@@"))
    rows = [
        (mart.name, column.name, position, *step)
        for mart in marts.values()
        for column in mart.columns.values()
        for position, step in enumerate(_steps(walk, mart, column, connection), start=1)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.lineage_step (mart, column_name, step_position, leads_to, input, input_column, is_amount,"
            " statement) values (%s, %s, %s, %s, %s, %s, %s, %s)",
            rows,
        )


def _steps(
    walk: Recomputation, mart: Mart, column: Column, connection: psycopg.Connection
) -> list[tuple[str, str | None, str | None, bool, str]]:
    """(leads_to, input, input_column, is_amount, statement) of every way down from a column."""
    kind = mart.kind(column)
    if kind == "derived":
        found: list[tuple[str, str | None, str | None, bool, str]] = []
        for used in recomputation.inputs(column):
            if used.other is None:
                key = sql.SQL(", ").join(
                    sql.SQL("cell.{0}::text as {0}").format(sql.Identifier(name)) for name in mart.primary_key
                )
                step = sql.SQL("select {} from {} as cell").format(key, CELLS)
            else:
                step = walk.keys(used, CELLS)
            found.append(("cells", used.other or mart.name, used.column, False, step.as_string(connection)))
        return found
    looked_up = (
        [other for other in mart.columns.values() if mart.kind(other) == "lookup"]
        if kind == "key"
        else [column]
    )
    return [
        (
            "rows",
            None,
            None,
            kind == "additive",
            walk.sources(mart, one, CELLS).as_string(connection),
        )
        for one in looked_up
        if kind != "undeclared"
    ]


def _create_indexes(connection: psycopg.Connection, marts: Mapping[str, Mart]) -> None:
    """The rows behind a cell are found by what walks ask for most: the association, and the year or the initiative.

    Such an index also finds an association's rows, so it takes the place of the one by association alone.
    """
    connection.execute("set local role own_store")
    for name, column in walked_by(marts).items():
        index = sql.Identifier(f"{name}_walk")
        connection.execute(
            sql.SQL("create index if not exists {} on {} (association_id, {})").format(
                index, sql.Identifier("store", name), sql.Identifier(column)
            )
        )
        connection.execute(
            sql.SQL("drop index if exists {}").format(sql.Identifier("store", f"{name}_association_id_idx"))
        )
    connection.execute("reset role")


def walked_by(marts: Mapping[str, Mart]) -> dict[str, str]:
    """Atom -> the column that most walks fix beside the association; none where the key begins so already."""
    asked: dict[str, Counter[str]] = {}
    for mart in marts.values():
        for column in mart.columns.values():
            atom, where = str(column.lineage.get("atom", "")), str(column.lineage.get("where", ""))
            if atom in marts and marts[atom].primary_key[0] != "association_id":
                asked.setdefault(atom, Counter()).update(
                    name
                    for name in dict.fromkeys(_EQUAL.findall(where))
                    if name != "association_id" and name in marts[atom].columns
                )
    return {atom: counted.most_common(1)[0][0] for atom, counted in sorted(asked.items()) if counted}
