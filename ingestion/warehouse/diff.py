"""What differs between two generations: which figures, by how much, and because of which delivery, rule or code.

Only rows that came or went between the two are read. A figure is tied to a delivery by its declared lineage: the atoms
under it that came or went, through the changed figures between. What no delivery of its own explains is put down to
the reference data below its model that changed, to the models or code, or to a return to an older generation.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from ingestion.feeds import all_feeds
from ingestion.warehouse import connection as connections
from ingestion.warehouse import recomputation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ingestion.settings import Settings
    from ingestion.warehouse.recomputation import Column, Mart

MOST_SHOWN = 40
"""So many figures are written out for a person; --json has them all."""
HOW_SV = {"new": "ny rad", "gone": "raden borta"}
Place = tuple[str, tuple[str, ...], str]
"""One cell: mart, key, column."""


class NotFound(LookupError):
    """No such generation, mart or association; the message says which, in Swedish."""


@dataclass(frozen=True)
class Cause:
    """One thing that changed between the generations. kind: delivery, reference, models, code, return, waiver or unknown.

    associations: those it may have moved; every one for what is common. deliveries: new and gone ones.
    """

    cause_id: str
    kind: str
    text_sv: str
    association_id: str
    deliveries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figure:
    """One figure that differs. how: `changed`, or `new` or `gone` with its row. difference: amounts and counts only.

    mart: as readers know it: `marts.participant_flow` where both audiences have a report of that name.
    """

    mart: str
    mart_label_sv: str
    audience: str
    association_id: str
    key: dict[str, str]
    column: str
    label_sv: str
    how: str
    before: str | None
    after: str | None
    difference: str | None
    causes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Diff:
    """The answer. figures: by size within amounts, counts, texts. hidden_count: figures the asker does not see.

    without_effect: what changed and moved none of them.
    """

    from_generation: int
    to_generation: int
    published: dict[int, str]
    causes: list[Cause]
    figures: list[Figure]
    hidden_count: int = 0
    per_mart: dict[str, int] = field(default_factory=dict)
    without_effect: list[Cause] = field(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """What is compared, and for whose eyes. mart: its name, or the name readers know it by. audiences: of the marts shown."""

    first: int
    last: int
    associations: tuple[str, ...] | None = None
    mart: str | None = None
    audiences: tuple[str, ...] = ("public",)


def compare(settings: Settings, asked: Asked, login: str | None = None) -> Diff:
    """What differs in the second generation. Raises NotFound or WarehouseUnavailable.

    login: a reader's; nothing is told of what that login may not read.
    """
    with connections.connect(settings, "finsam_audit") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        if login is not None:
            asked = _as_seen_by(connection, login, asked)
        return _Comparison(connection, asked).answer()


def _as_seen_by(connection: psycopg.Connection, login: str, asked: Asked) -> Asked:
    known = connection.execute("select audience from ops.reader where login_name = %s", (login,)).fetchone()
    rights = {
        row[0]
        for row in connection.execute(
            "select association_id from ops.access where login_name = %s", (login,)
        ).fetchall()
    }
    if known is None and not rights:
        raise NotFound(f"Inloggningen {login} får inte läsa något.")
    is_internal = login == "finsam_internal" or (known is not None and known[0] == "internal")
    audiences = ("public", "internal") if is_internal else ("public",)
    seen = asked.associations if "*" in rights else tuple(sorted(rights & set(asked.associations or rights)))
    return Asked(asked.first, asked.last, seen, asked.mart, audiences)


class _Comparison:
    """One comparison under way, over one snapshot."""

    def __init__(self, connection: psycopg.Connection, asked: Asked) -> None:
        self.connection, self.asked = connection, asked
        self.marts = recomputation.registry(connection)
        known = connection.execute(
            "select mart, audience, coalesce('marts.' || view_name, mart) from ops.mart"
        ).fetchall()
        self.audience: dict[str, str] = {mart: audience for mart, audience, _ in known}
        self.called: dict[str, str] = {mart: name for mart, _, name in known}
        self.first, self.last = sorted((asked.first, asked.last))
        self.published = self._generations()
        if asked.mart is not None:
            by_name = {name: mart for mart, name in self.called.items()}
            self.asked = replace(asked, mart=by_name.get(asked.mart, asked.mart))
            if self.asked.mart not in self.marts:
                names = ", ".join(self.called[mart] for mart in self.marts)
                raise NotFound(f"Marten {asked.mart} finns inte. De som finns: {names}.")
        self.moved = self._moved()

    def answer(self) -> Diff:
        """Every figure with its causes."""
        figures = [figure for name in self._reports() for figure in self._figures(self.marts[name])]
        causes = _Causes(self)
        asked_for = [f for f in causes.tie(figures) if self.asked.mart in (None, f.mart)]
        seen = sorted((f for f in asked_for if f.audience in self.asked.audiences), key=_by_size)
        shown = [replace(figure, mart=self.called[figure.mart]) for figure in seen]
        named, moving = ({cause for f in some for cause in f.causes} for some in (shown, asked_for))
        return Diff(
            self.asked.first,
            self.asked.last,
            self.published,
            [cause for cause in causes.all if cause.cause_id in named],
            shown,
            len(asked_for) - len(shown),
            dict(sorted(Counter(figure.mart for figure in shown).items())),
            [c for c in causes.all if c.cause_id not in moving] if self.asked.mart is None else [],
        )

    def _generations(self) -> dict[int, str]:
        found: dict[int, str] = dict(
            self.connection.execute(
                "select generation, to_char(published_at at time zone 'Europe/Stockholm', 'YYYY-MM-DD HH24:MI')"
                " from ops.publication where generation = any(%s)",
                ([self.first, self.last],),
            ).fetchall()
        )
        missing = [number for number in (self.first, self.last) if number not in found]
        if missing:
            raise NotFound(f"Generation {missing[0]} finns inte.")
        return found

    def _moved(self) -> dict[str, list[str]]:
        """Mart -> the associations of which some publication between moved rows."""
        return dict(
            self.connection.execute(
                "select mart, array_agg(distinct association_id order by association_id) from ops.publication_mart"
                " where generation > %s and generation <= %s and (%s::text[] is null or association_id = any(%s))"
                " group by mart",
                (self.first, self.last, *[_listed(self.asked.associations)] * 2),
            ).fetchall()
        )

    def _reports(self) -> list[str]:
        """Marts whose figures are compared: all of them, since those hidden may be the way to those shown."""
        return [name for name in self.moved if self.audience.get(name) in ("public", "internal")]

    def rows(self, mart: str, side: str | None = None) -> sql.Composed:
        """The rows of a mart that stand in one of the generations and not in the other, or only those of one side."""
        first, last = sql.Literal(self.first), sql.Literal(self.last)
        gone = sql.SQL("(_g_from <= {0} and _g_to > {0} and _g_to <= {1})").format(first, last)
        come = sql.SQL("(_g_from > {0} and _g_from <= {1} and _g_to > {1})").format(first, last)
        if self.asked.first > self.asked.last:
            gone, come = come, gone
        chosen = {"before": gone, "after": come, None: sql.SQL("({} or {})").format(gone, come)}[side]
        return sql.SQL("(select * from {} where association_id = any({}) and {})").format(
            sql.Identifier("store", mart), sql.Literal(self.moved.get(mart, [])), chosen
        )

    def _figures(self, mart: Mart) -> list[Figure]:
        key = [sql.Identifier(name) for name in mart.primary_key]
        values = [c for c in mart.columns.values() if c.name not in mart.primary_key and c.name[0] != "_"]
        statement = sql.SQL(
            "select coalesce(a.association_id, b.association_id), array[{keys}], v.column_name, v.was, v.now,"
            " v.difference::text, case when b._g_from is null then 'new' when a._g_from is null then 'gone'"
            " else 'changed' end from {before} as b full join {after} as a on {same}"
            " cross join lateral (values {values}) as v (column_name, was, now, difference)"
            " where v.was is distinct from v.now"
        ).format(
            keys=sql.SQL(", ").join(sql.SQL("coalesce(a.{0}, b.{0})::text").format(name) for name in key),
            before=self.rows(mart.name, "before"),
            after=self.rows(mart.name, "after"),
            same=sql.SQL(" and ").join(sql.SQL("a.{0} = b.{0}").format(name) for name in key),
            values=sql.SQL(", ").join(_value(column) for column in values),
        )
        found = [
            Figure(
                mart=mart.name,
                mart_label_sv=mart.label_sv,
                audience=self.audience[mart.name],
                association_id=association_id,
                key=dict(zip(mart.primary_key, parts, strict=True)),
                column=column,
                label_sv=mart.columns[column].label_sv,
                how=how,
                before=was,
                after=now,
                difference=difference,
            )
            for association_id, parts, column, was, now, difference, how in self.connection.execute(
                statement
            ).fetchall()
        ]
        # of a row that came or went its names say nothing new: its amounts and counts do
        return [f for f in found if f.how == "changed" or mart.columns[f.column].is_numeric]


class _Causes:
    """What changed between the generations besides figures, and which of it each figure rests on."""

    def __init__(self, comparison: _Comparison) -> None:
        self.of = comparison
        self.connection = comparison.connection
        self.by_delivery: dict[tuple[str, str], str] = {}
        self.feed_of: dict[str, str] = {}
        self.all: list[Cause] = []
        self.reaches: dict[str, set[str]] = {}
        self._name_deliveries()
        self.by_hand = self._name_versions()
        self.let_out = self._name_waivers()
        for model, feed_id in self.connection.execute(
            "select model, feed_id from ops.lineage_feed"
        ).fetchall():
            self.reaches.setdefault(model, set()).add(feed_id)

    def tie(self, figures: Sequence[Figure]) -> list[Figure]:
        """The figures with their causes."""
        places: dict[Place, str] = {
            (f.mart, tuple(f.key.values()), f.column): f.association_id for f in figures
        }
        atoms: dict[Place, set[tuple[str, str]]] = {}
        inputs: dict[Place, set[Place]] = {}
        for mart, column in dict.fromkeys((place[0], place[2]) for place in places):
            self._edges(self.of.marts[mart], self.of.marts[mart].columns[column], places, atoms, inputs)
        reached = _spread(places, atoms, inputs)
        rows: dict[tuple[str, tuple[str, ...]], set[tuple[str, str]]] = {}
        for (mart, key, _), found in reached.items():
            rows.setdefault((mart, key), set()).update(found)
        return [
            replace(
                f,
                causes=(
                    *self._of_figure(f, _below(f, reached, rows)),
                    *self.let_out.get(f.association_id, ()),
                ),
            )
            for f in figures
        ]

    def _of_figure(self, figure: Figure, atoms: set[tuple[str, str]]) -> tuple[str, ...]:
        """Deliveries that came or went; else what lies below the rows that changed meaning; else models and code."""
        association_id = figure.association_id
        own = {self.by_delivery.get((association_id, delivery)) for _, delivery in atoms} - {None}
        if own:
            return tuple(sorted(str(cause) for cause in own))
        models = {mart for mart, _ in atoms} or {figure.mart}
        below = {
            cause
            for (whose, delivery), cause in self.by_delivery.items()
            if whose == association_id
            and any(self.feed_of[delivery] in self.reaches.get(model, ()) for model in models)
        }
        found = below | set(self.by_hand.get(association_id, ()))
        return tuple(sorted(found)) or (self._unknown(association_id),)

    def _unknown(self, association_id: str) -> str:
        cause = Cause(
            f"unknown:{association_id}",
            "unknown",
            f"{association_id}: inget underlag, ingen regel och ingen kod skiljer; orsaken är inte känd",
            association_id,
        )
        if cause not in self.all:
            self.all.append(cause)
        return cause.cause_id

    def _edges(
        self,
        mart: Mart,
        column: Column,
        places: dict[Place, str],
        atoms: dict[Place, set[tuple[str, str]]],
        inputs: dict[Place, set[Place]],
    ) -> None:
        """What each changed cell of one column rests on among what changed: atoms' deliveries, and other cells."""
        mine = [place for place in places if place[0] == mart.name and place[2] == column.name]
        beside = set(_columns_beside(column)) - {column.name}
        for place in mine:
            inputs[place] = {(mart.name, place[1], name) for name in beside} & places.keys()
        lineage = column.lineage
        kind = mart.kind(column)
        if kind in ("additive", "lookup"):
            self._meet(
                mart, column, str(lineage["atom"]), str(lineage["where"]), ("atom", None), atoms, inputs
            )
        for used in recomputation.inputs(column) if kind == "derived" else ():
            if used.other is not None:
                self._meet(mart, column, used.other, used.where, ("other", used.column), atoms, inputs)

    def _meet(
        self,
        mart: Mart,
        column: Column,
        relation: str,
        where: str,
        as_what: tuple[str, str | None],
        atoms: dict[Place, set[tuple[str, str]]],
        inputs: dict[Place, set[Place]],
    ) -> None:
        """Join the changed cells with the changed rows below them, by the condition the contract declares."""
        other = self.of.marts[relation]
        alias, used_column = as_what
        is_atom = used_column is None or other.kind(other.columns[used_column]) == "source"
        below = ["_delivery_id"] if is_atom else list(other.primary_key)
        found = self.connection.execute(
            sql.SQL(
                "select distinct array[{}], array[{}] from {} as cell inner join {} as {} on ({})"
            ).format(
                sql.SQL(", ").join(
                    sql.SQL("cell.{}::text").format(sql.Identifier(n)) for n in mart.primary_key
                ),
                sql.SQL(", ").join(
                    sql.SQL("{}.{}::text").format(sql.Identifier(alias), sql.Identifier(n)) for n in below
                ),
                self.of.rows(mart.name),
                self.of.rows(relation),
                sql.Identifier(alias),
                sql.SQL(where),  # our own contracts' words
            )
        ).fetchall()
        for key, parts in found:
            place = (mart.name, tuple(key), column.name)
            if is_atom:
                atoms.setdefault(place, set()).add((relation, parts[0]))
            else:
                inputs.setdefault(place, set()).add((relation, tuple(parts), str(used_column)))

    def _name_deliveries(self) -> None:
        """One cause for each identity whose delivery is another, or came, or went, between the generations."""
        first, last = self.of.asked.first, self.of.asked.last
        found = self.connection.execute(
            "with those as (select distinct association_id from ops.publication_delivery),"
            " standing as (select t.association_id, side.generation as side, d.delivery_id from those as t"
            " cross join unnest(%(both)s::integer[]) as side (generation)"
            " inner join ops.publication_delivery as d on d.association_id = t.association_id and d.generation ="
            " (select max(x.generation) from ops.publication_delivery as x"
            " where x.association_id = t.association_id and x.generation <= side.generation)"
            " where %(some)s::text[] is null or t.association_id = any(%(some)s))"
            " select s.association_id, d.delivery_id, max(s.side) = %(last)s as is_new, d.feed_id, d.scope, d.period,"
            " d.file_name, d.association_id = 'common', d.state, d.decided_by, d.reason_sv"
            " from standing as s inner join ops.delivery as d using (delivery_id) group by s.association_id, d.delivery_id"
            " having count(*) = 1 order by 1, 4, 5, 6, 3",
            {"both": [first, last], "last": last, "some": _listed(self.of.asked.associations)},
        ).fetchall()
        grouped: dict[tuple[str, str, str, str, bool], list[tuple[Any, ...]]] = {}
        for row in found if first != last else ():
            association_id, delivery_id, _, feed_id, scope, period, _, is_common, *_ = row
            self.feed_of[delivery_id] = feed_id
            grouped.setdefault((association_id, feed_id, scope.lower(), period, is_common), []).append(row)
        for (association_id, feed_id, _scope, period, is_common), rows in grouped.items():
            ids = tuple(row[1] for row in rows)
            cause = _delivery_cause(association_id, feed_id, period, is_common, rows)
            self.all.append(cause)
            self.by_delivery |= {(association_id, delivery_id): cause.cause_id for delivery_id in ids}

    def _name_versions(self) -> dict[str, list[str]]:
        """Association -> causes that are no delivery: other models, other code, or a return to an older generation."""
        named: dict[str, list[str]] = {}
        states = self.connection.execute(
            "select a.association_id, p.generation, p.model_version, p.code_version, to_jsonb(p) as fields"
            " from (select distinct association_id from ops.publication_mart"
            " where %s::text[] is null or association_id = any(%s)) as a"
            " cross join unnest(%s::integer[]) with ordinality as side (generation, position)"
            " cross join lateral (select * from ops.publication as p where p.generation <= side.generation"
            " and a.association_id = any(p.associations) order by p.generation desc limit 1) as p"
            " order by a.association_id, side.position",
            (*[_listed(self.of.asked.associations)] * 2, [self.of.asked.first, self.of.asked.last]),
        ).fetchall()
        per_association: dict[str, list[tuple[Any, ...]]] = {}
        for association_id, *state in states:
            per_association.setdefault(association_id, []).append(tuple(state))
        for association_id, sides in per_association.items():
            if len(sides) == 2 and sides[0][0] != sides[1][0]:
                causes = list(_version_causes(association_id, *sides))
                self.all += causes
                named[association_id] = [cause.cause_id for cause in causes]
        return named

    def _name_waivers(self) -> dict[str, list[str]]:
        """Association -> waivers of holds that stand beside its figures in the last generation and not in the first.

        They moved no figure, and without them none of the association's would have been published.
        """
        named: dict[str, list[str]] = {}
        found = self.connection.execute(
            "select distinct f.association_id, w.waiver_id, w.rule_id, w.owner_login, w.approver_login, w.reason_sv"
            " from ops.published_finding as f inner join ops.waiver as w on w.waiver_id = f.waiver_id"
            " inner join ops.rule_card as c on c.rule_id = f.rule_id and c.severity = 'hold'"
            " where f._g_from <= %(last)s and f._g_to > %(last)s and not exists (select from ops.published_finding as b"
            " where b.association_id = f.association_id and b.waiver_id = f.waiver_id"
            " and b._g_from <= %(first)s and b._g_to > %(first)s)"
            " and (%(some)s::text[] is null or f.association_id = any(%(some)s)) order by 1, 2",
            {
                "first": self.of.asked.first,
                "last": self.of.asked.last,
                "some": _listed(self.of.asked.associations),
            },
        ).fetchall()
        for association_id, waiver_id, rule_id, owner, approver, reason in found:
            cause_id = f"waiver:{association_id}:{waiver_id}"
            self.all.append(
                Cause(
                    cause_id,
                    "waiver",
                    f"{association_id}: undantaget {waiver_id} från {rule_id} släppte fram siffrorna"
                    f" ({owner} och {approver}: {reason})",
                    association_id,
                )
            )
            named.setdefault(association_id, []).append(cause_id)
        return named


def _version_causes(association_id: str, before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[Cause]:
    fields = after[3]
    if fields.get("kind") == "rollback":
        why = fields.get("reason_sv") or "inget skäl angivet"
        yield Cause(
            f"return:{association_id}",
            "return",
            f"{association_id}: generation {after[0]} återgick till generation {fields.get('returns_to')}"
            f" ({fields.get('decided_by') or 'okänd'}: {why})",
            association_id,
        )
    if before[1] != after[1]:
        yield Cause(
            f"models:{association_id}",
            "models",
            f"{association_id}: reglerna i modellerna är andra (version {before[1][:12]} → {after[1][:12]})",
            association_id,
        )
    elif before[2] != after[2]:
        yield Cause(
            f"code:{association_id}",
            "code",
            f"{association_id}: koden är en annan (version {before[2][:12]} → {after[2][:12]})",
            association_id,
        )


def _delivery_cause(
    association_id: str, feed_id: str, period: str, is_common: bool, rows: list[tuple[Any, ...]]
) -> Cause:
    feed = all_feeds().get(feed_id)
    title = (feed.title_sv if feed else feed_id) + ("" if period == "whole" else f" {period}")
    came = [row for row in rows if row[2]]
    went = [row for row in rows if not row[2]]
    names = [" och ".join(f"{row[6]} (leverans {row[1]})" for row in side) for side in (came, went)]
    if came and went:
        said = f"{names[0]} i stället för {names[1]}"
    elif came:
        said = f"{names[0]} är ny"
    else:
        said = f"{names[1]} räknas inte längre"
    by_whom = [f"{row[9]}: {row[10]}" for row in rows if row[9] and row[10]]
    decided = f"; beslut av {', '.join(dict.fromkeys(by_whom))}" if by_whom else ""
    is_reference = feed is not None and feed.kind == "reference"
    return Cause(
        cause_id=f"delivery:{association_id}:{(came or went)[-1][1]}",
        kind="reference" if is_reference else "delivery",
        text_sv=f"{association_id}: {title}{' (gemensamt)' if is_common else ''}: {said}{decided}",
        association_id=association_id,
        deliveries=tuple(row[1] for row in rows),
    )


def _columns_beside(column: Column) -> list[str]:
    """Columns of the same row that a column is computed from, or that its sum or condition names."""
    texts = " ".join(str(column.lineage.get(part, "")) for part in ("rule", "sum", "where", "empty"))
    named = recomputation.named_cells(texts)
    return [*named, *(used.column for used in recomputation.inputs(column) if used.other is None)]


def _spread(
    places: Iterable[Place], atoms: dict[Place, set[tuple[str, str]]], inputs: dict[Place, set[Place]]
) -> dict[Place, set[tuple[str, str]]]:
    """The atoms below each cell, through the changed cells below it; round and round until nothing is added."""
    known = set(places)
    reached = {place: set(atoms.get(place, ())) for place in known}
    below = {
        place: [one for one in inputs.get(place, ()) if one in known and one != place] for place in known
    }
    above: dict[Place, list[Place]] = {}
    for place, ones in below.items():
        for one in ones:
            above.setdefault(one, []).append(place)
    waiting = [place for place in known if reached[place]]
    while waiting:
        one = waiting.pop()
        for place in above.get(one, ()):
            if not reached[one] <= reached[place]:
                reached[place] |= reached[one]
                waiting.append(place)
    return reached


def _below(
    figure: Figure,
    reached: dict[Place, set[tuple[str, str]]],
    rows: dict[tuple[str, tuple[str, ...]], set[tuple[str, str]]],
) -> set[tuple[str, str]]:
    """The atoms below a figure. One that came or went with its row, over atoms that did not, rests on the row's."""
    key = tuple(figure.key.values())
    own = reached[figure.mart, key, figure.column]
    return own or (rows[figure.mart, key] if figure.how in HOW_SV else own)


def _value(column: Column) -> sql.Composed:
    name = sql.Identifier(column.name)
    difference = (
        sql.SQL("coalesce(a.{0}, 0)::numeric - coalesce(b.{0}, 0)").format(name)
        if column.is_numeric
        else sql.SQL("null::numeric")
    )
    return sql.SQL("({}, b.{}::text, a.{}::text, {})").format(
        sql.Literal(column.name), name, name, difference
    )


def _listed(associations: Sequence[str] | None) -> list[str] | None:
    return None if associations is None else list(associations)


def _by_size(figure: Figure) -> tuple[Any, ...]:
    """Kronor first, then counts and shares, the largest difference first; then texts by name."""
    size = abs(Decimal(figure.difference)) if figure.difference is not None else Decimal(0)
    kind = 2 if figure.difference is None else 0 if figure.column.endswith("_sek") else 1
    return (kind, -size, figure.association_id, figure.mart, tuple(figure.key.values()), figure.column)


def as_text(found: Diff) -> str:
    """The difference as a person reads it: how much, why, then figure by figure."""
    when = " → ".join(
        f"generation {number} ({found.published[number]})"
        for number in (found.from_generation, found.to_generation)
    )
    lines = [f"Skillnaden {when}"]
    if not found.figures:
        lines.append("Inga siffror skiljer.")
    else:
        marts = {figure.mart: figure.mart_label_sv for figure in found.figures}
        changed = ", ".join(f"{marts[name]} ({name}) {count}" for name, count in found.per_mart.items())
        lines += [f"{len(found.figures)} siffror skiljer: {changed}.", "", "VARFÖR"]
        for cause in found.causes:
            count = sum(cause.cause_id in figure.causes for figure in found.figures)
            lines.append(f"  [{found.causes.index(cause) + 1}] {cause.text_sv} – {count} siffror")
        lines += ["", "SIFFRORNA, de största skillnaderna först"]
        numbers = {cause.cause_id: index for index, cause in enumerate(found.causes, start=1)}
        lines += [_figure_sv(figure, numbers) for figure in found.figures[:MOST_SHOWN]]
        if len(found.figures) > MOST_SHOWN:
            lines.append(f"  … och {len(found.figures) - MOST_SHOWN} till; --json visar alla")
    if found.without_effect:
        lines += ["", "ÄNDRADE INGEN SIFFRA", *(f"  {cause.text_sv}" for cause in found.without_effect)]
    if found.hidden_count:
        lines += [
            "",
            f"{found.hidden_count} siffror i marts_internal skiljer också; de visas med --internal.",
        ]
    return "\n".join(lines)


def _figure_sv(figure: Figure, numbers: dict[str, int]) -> str:
    where = ", ".join(f"{value}" for name, value in figure.key.items() if name != "association_id")
    by = "" if figure.difference is None else f" ({_signed(figure.difference)})"
    how = f", {HOW_SV[figure.how]}" if figure.how in HOW_SV else ""
    because = ", ".join(f"[{numbers[cause]}]" for cause in figure.causes)
    return (
        f"  {figure.association_id} {figure.mart} {where}: {figure.label_sv} {_shown(figure.before)} →"
        f" {_shown(figure.after)}{by}{how} {because}"
    )


def _shown(value: str | None) -> str:
    return "tomt" if value is None else value


def _signed(difference: str) -> str:
    return difference if difference.startswith("-") else f"+{difference}"
