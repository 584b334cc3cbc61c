"""What each role can really do, tried as that role on every object, beside what `rights.csv` says it may."""

import psycopg

from ingestion.warehouse import connection as connections
from ingestion.warehouse import rights, roles

ROOMS = tuple(room for room in rights.SCHEMAS if room not in {"migrations", "public"})
LOGINS = tuple(role.name for role in roles.LOGINS if role.name not in {"finsam_airflow", "finsam_migrate"})
OBJECTS = """
select n.nspname, c.relname,
    (select attname from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped and attidentity = ''
     and attgenerated = '' order by attnum limit 1), c.relkind::text
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%s) and c.relkind in ('r', 'p', 'v') order by 1, 2
"""
FUNCTIONS = """
select n.nspname, p.proname, (select coalesce(string_agg('null::' || t::regtype, ', ' order by at), '')
    from unnest(p.proargtypes) with ordinality as a (t, at))
from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
where n.nspname = any(%s) and p.prorettype <> 'trigger'::regtype order by 1, 2
"""


def can(connection, statement):
    """Whether the server lets that session do it; nothing of it stays."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement)
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction):
        return False
    except psycopg.errors.ObjectNotInPrerequisiteState:
        return False  # a view that joins takes no rows from anybody
    except psycopg.Error:
        return True  # it was let in, and stumbled over something else
    return True


def tried(settings, role, admin):
    """(verb, room, object) of all that works as that login, on every relation, room and undeclared function there is."""
    relations = admin.execute(OBJECTS, (list(ROOMS),)).fetchall()
    functions = admin.execute(FUNCTIONS, (list(ROOMS),)).fetchall()
    done = set()
    with connections.connect(settings, role, autocommit=True) as connection:
        for room, name, column, kind in relations:
            it = f'{room}."{name}"'
            attempts = {
                "select": f"select from {it} limit 0" if kind == "v" else f"table {it} limit 0",
                "insert": f"insert into {it} default values",
                "update": f'update {it} set "{column}" = null where false',
                "delete": f"delete from {it} where false",
            } | ({"truncate": f"truncate {it}"} if kind != "v" else {})
            if (
                kind == "v" and role in rights.SCHEMAS[room]
            ):  # writing through its own views: as each happens to be made
                attempts = {"select": attempts["select"]}
            done |= {(verb, room, name) for verb, statement in attempts.items() if can(connection, statement)}
            if can(connection, f"comment on {'view' if kind == 'v' else 'table'} {it} is null"):
                done.add(("own", room, name))
        for room in ROOMS:
            if can(connection, f"create table {room}.of_{role} (x integer)"):
                done.add(("create", room, "*"))
        for room, name, arguments in functions:
            is_declared = any(
                line.role == role and line.kind == "function" and line.schema == room and line.covers(name)
                for line in rights.declared()
            )
            if not is_declared and can(connection, f"select {room}.{name}({arguments})"):
                done.add(("execute", room, name))
    return done


def allowed(role, admin):
    """The same, as `rights.csv` has it. What a login owns it may do everything with."""
    found = set()
    for room, name, column, kind in admin.execute(OBJECTS, (list(ROOMS),)).fetchall():
        if role in rights.SCHEMAS[room]:
            verbs = {"select", "own"} | ({"insert", "update", "delete", "truncate"} if kind != "v" else set())
            found |= {(verb, room, name) for verb in verbs}
        for line in rights.declared():
            if (line.role, line.schema) != (role, room):
                continue
            if line.kind == "relation" and line.covers(name):
                found |= {
                    (verb, room, name) for verb in line.privileges & {"select", "insert", "update", "delete"}
                }
            if line.kind == "column" and "update" in line.privileges and line.covers(f"{name}.{column}"):
                found.add(("update", room, name))
    return found | {("create", room, "*") for room in ROOMS if role in rights.SCHEMAS[room]}


def differences(settings):
    """Role -> what it can and may not (`+`), and may and cannot (`-`). Empty where the matrix holds."""
    found = {}
    with connections.open_target(connections.admin_target(settings), autocommit=True) as admin:
        for role in LOGINS:
            can_do, may = tried(settings, role, admin), allowed(role, admin)
            if wrong := sorted([("+", *one) for one in can_do - may] + [("-", *one) for one in may - can_do]):
                found[role] = wrong
    return found
