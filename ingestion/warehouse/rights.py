"""Who may do what to which object: `rights.csv` declares it, `check` holds the database to it at every start.

A line of `rights.csv` gives a role privileges on the objects of a schema whose names match; what no line gives, nobody
has, PUBLIC included. New objects need a line, or nothing starts: the message names the object and the statement.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass
from fnmatch import translate
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion.warehouse import roles
from ingestion.warehouse.embedded import AskedInVain

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg

DECLARED = Path(__file__).with_name("rights.csv")
SCHEMAS = {
    "ops": {"own_ops", "own_raw", "own_publish", "own_keeper"},
    "raw": {"own_raw"},
    "raw_open": {"own_raw"},
    "staging": {"finsam_transform"},
    "intermediate": {"finsam_transform"},
    "candidate": {"finsam_transform"},
    "store": {"own_store"},
    "marts": {"own_marts"},
    "marts_internal": {"own_marts"},
    "marts_asof": {"own_marts"},
    "marts_internal_asof": {"own_marts"},
    "vault": {"own_vault"},
    "migrations": set(),
    "public": set(),
}
"""The house's schemas and who may own what stands in them, an administrator apart."""
SHOWN = 8
_FACTS = """
with house as (
    select oid, nspname, nspowner, nspacl from pg_namespace where nspname = any(%(schemas)s)
),
objects as (
    select 'schema' as kind, nspname as schema, nspname as name, nspowner as owner, nspacl as acl from house
    union all
    select case relkind when 'S' then 'sequence' else 'relation' end, n.nspname, c.relname, c.relowner,
        c.relacl from pg_class as c join house as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    union all
    select 'column', n.nspname, c.relname || '.' || a.attname, c.relowner, a.attacl
    from pg_attribute as a join pg_class as c on c.oid = a.attrelid join house as n on n.oid = c.relnamespace
    where a.attacl is not null and not a.attisdropped
    union all
    select 'function', n.nspname, p.proname, p.proowner, coalesce(p.proacl, acldefault('f', p.proowner))
    from pg_proc as p join house as n on n.oid = p.pronamespace
    union all
    select 'database', 'database', 'database', datdba, coalesce(datacl, acldefault('d', datdba))
    from pg_database where datname = current_database()
    union all
    select 'default', coalesce(n.nspname, '*'), case d.defaclobjtype when 'r' then 'tables' else d.defaclobjtype::text end,
        d.defaclrole, d.defaclacl from pg_default_acl as d left join house as n on n.oid = d.defaclnamespace
)
select o.kind, o.schema::text, o.name::text, o.owner::regrole::text, g.grantee, g.privileges
from objects as o left join lateral (
    select case a.grantee when 0 then 'PUBLIC' else a.grantee::regrole::text end as grantee,
        array_agg(lower(a.privilege_type)) as privileges
    from aclexplode(o.acl) as a where a.grantee <> o.owner group by 1
) as g on true
"""
_ROLES = """
select r.rolname::text, r.rolcanlogin, r.rolinherit, r.rolconnlimit,
    r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls as has_power,
    r.rolsuper or r.rolcreaterole or r.oid = (select datdba from pg_database where datname = current_database())
        as is_administrator,
    array(select m.roleid::regrole::text from pg_auth_members as m where m.member = r.oid) as member_of
from pg_roles as r where r.rolname !~ '^pg_'
"""


@dataclass(frozen=True)
class Line:
    """One line of `rights.csv`. objects: patterns of names; one that begins with `-` takes names out again."""

    role: str
    kind: str
    schema: str
    objects: tuple[str, ...]
    privileges: frozenset[str]
    purpose_sv: str

    def covers(self, name: str) -> bool:
        """Is the object meant?"""
        meant, spared = self._patterns
        return meant.fullmatch(name) is not None and spared.fullmatch(name) is None

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        meant = [translate(pattern) for pattern in self.objects if not pattern.startswith("-")]
        spared = [translate(pattern[1:]) for pattern in self.objects if pattern.startswith("-")]
        return re.compile("|".join(meant)), re.compile("|".join(spared) or "(?!)")

    @property
    def named(self) -> list[str]:
        """Objects that are meant by their whole names."""
        return [pattern for pattern in self.objects if not set(pattern) & set("*?[-")]


@dataclass(frozen=True)
class Deviation:
    """One thing that is not as declared, and what puts it right."""

    text_sv: str
    remedy: str


@cache
def declared() -> tuple[Line, ...]:
    """Every line of `rights.csv`."""
    with DECLARED.open(encoding="utf-8", newline="") as file:
        return tuple(
            Line(
                role=row["role"],
                kind=row["kind"],
                schema=row["schema"],
                objects=tuple(row["objects"].split()),
                privileges=frozenset(row["privileges"].split()),
                purpose_sv=row["purpose_sv"],
            )
            for row in csv.DictReader(file, delimiter=";")
        )


def check(connection: psycopg.Connection) -> None:
    """Raises AskedInVain where roles or rights are not as declared, with what deviates and what puts it right."""
    found = deviations(connection)
    if not found:
        return
    shown = [f"- {one.text_sv}\n    {one.remedy}" for one in found[:SHOWN]]
    more = [f"- och {len(found) - SHOWN} till"] if len(found) > SHOWN else []
    raise AskedInVain(
        "Rollerna i databasen har inte de rättigheter som är deklarerade, så inget körs. Det som avviker, och vad en "
        "administratör kör för att rätta det (`finsam migrate` gör roller som saknas):\n"
        + "\n".join([*shown, *more])
    )


def deviations(connection: psycopg.Connection) -> list[Deviation]:
    """Everything that differs between the database and its declaration, in either direction. As any login."""
    version = connection.info.server_version
    rows = connection.execute(_FACTS, {"schemas": list(SCHEMAS)}).fetchall()
    known = {row[0]: row[1:] for row in connection.execute(_ROLES).fetchall()}
    administrators = {name for name, facts in known.items() if facts[4]}
    return [
        *_wrong_roles(known, administrators, version),
        *_wrong_owners(rows, administrators),
        *_wrong_rights(rows, version),
    ]


def _wrong_roles(
    known: dict[str, tuple[Any, ...]], administrators: set[str], version: int
) -> Iterable[Deviation]:
    for role in roles.ROLES:
        if role.name not in known:
            yield Deviation(f"rollen {role.name} saknas", "finsam migrate")
            continue
        logs_in, inherits, connections, has_power, _, member_of = known[role.name]
        if (logs_in, inherits, connections) != (role.logs_in, role.inherits, role.connections):
            yield Deviation(f"rollen {role.name} kan något annat än den ska", "finsam migrate")
        if has_power:
            yield Deviation(
                f"rollen {role.name} är administratör",
                f"alter role {role.name} nosuperuser nocreaterole nocreatedb noreplication nobypassrls",
            )
        wanted = _memberships(role, version)
        for group in sorted(set(member_of) - wanted):
            yield Deviation(f"{role.name} är medlem i {group}", f"revoke {group} from {role.name}")
        for group in sorted(wanted - set(member_of)) if not role.is_optional else ():
            yield Deviation(f"{role.name} är inte medlem i {group}", f"grant {group} to {role.name}")
    own = {role.name for role in roles.ROLES}
    closed = own - {role.name for role in roles.GROUPS}
    for name, facts in known.items():
        if name not in own and name not in administrators:
            for group in sorted(closed & set(facts[5])):
                yield Deviation(f"{name} är medlem i {group}", f"revoke {group} from {name}")


def _memberships(role: roles.Role, version: int) -> set[str]:
    becomes_owner = role.name == "finsam_keeper" and version < roles.MAINTAIN_SINCE
    return {*role.member_of, *(["own_store"] if becomes_owner else [])}


def _wrong_owners(rows: list[tuple[Any, ...]], administrators: set[str]) -> Iterable[Deviation]:
    for kind, schema, name, owner in sorted({row[:4] for row in rows}):
        if kind not in {"relation", "function", "sequence"} or schema == "public":
            continue
        if owner not in SCHEMAS[schema] and owner not in administrators:
            right = min(SCHEMAS[schema], default="current_user")
            what = "table" if kind == "relation" else kind
            yield Deviation(
                f"{schema}.{name} ägs av {owner}", f"alter {what} {schema}.{name} owner to {right}"
            )


def _wrong_rights(rows: list[tuple[Any, ...]], version: int) -> Iterable[Deviation]:
    actual: dict[tuple[str, str, str, str], frozenset[str]] = {}
    objects: set[tuple[str, str, str]] = set()
    for kind, schema, name, _owner, grantee, privileges in rows:
        objects.add((kind, schema, name))
        if grantee is not None:
            key = (kind, schema, name, grantee)
            actual[key] = actual.get(key, frozenset()) | frozenset(privileges)
    wanted = _wanted(objects, version)
    for key in sorted({*actual, *wanted}):
        extra = actual.get(key, frozenset()) - wanted.get(key, frozenset())
        missing = wanted.get(key, frozenset()) - actual.get(key, frozenset())
        if extra:
            yield _deviation("revoke", key, extra)
        if missing:
            yield _deviation("grant", key, missing)


def _wanted(
    objects: set[tuple[str, str, str]], version: int
) -> dict[tuple[str, str, str, str], frozenset[str]]:
    by_room: dict[tuple[str, str], list[Line]] = defaultdict(list)
    wanted: dict[tuple[str, str, str, str], frozenset[str]] = {}
    for line in declared():
        if "maintain" in line.privileges and version < roles.MAINTAIN_SINCE:
            continue
        by_room[line.kind, line.schema].append(line)
        if line.kind in {"column", "default"}:  # there is nothing to see of those before they are granted
            objects = objects | {(line.kind, line.schema, name) for name in line.named}
    for kind, schema, name in objects:
        for line in by_room.get((kind, schema), ()):
            if line.covers(name):
                key = (kind, schema, name, line.role)
                wanted[key] = wanted.get(key, frozenset()) | line.privileges
    return wanted


def _deviation(verb: str, key: tuple[str, str, str, str], privileges: frozenset[str]) -> Deviation:
    kind, schema, name, role = key
    what = ", ".join(sorted(privileges))
    has = "har" if verb == "revoke" else "saknar"
    preposition = "from" if verb == "revoke" else "to"
    if kind == "default":
        return Deviation(
            f"{role} {has} {what} på nya {name} i {schema}",
            f"alter default privileges for role {min(SCHEMAS[schema])} in schema {schema}"
            f" {verb} {what} on {name} {preposition} {role}",
        )
    place = name if kind in {"schema", "database"} else f"{schema}.{name}"
    if kind == "column":
        relation, _, column = name.rpartition(".")
        what, place = ", ".join(f"{one} ({column})" for one in sorted(privileges)), f"{schema}.{relation}"
    on = {"relation": "table", "column": "table"}.get(kind, kind)
    return Deviation(f"{role} {has} {what} på {place}", f"{verb} {what} on {on} {place} {preposition} {role}")
