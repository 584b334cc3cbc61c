-- Logins of people and tools. What they may read stands in two roles nobody can log in as: a member may SET ROLE,
-- and whoever is finsam_reader for a moment can give it a password and come back as it, with every association.
do $$
declare
    group_name text;
begin
    foreach group_name in array array['read_public', 'read_internal'] loop
        if not exists (select 1 from pg_roles where rolname = group_name) then
            execute format('create role %I nologin noinherit', group_name);
        end if;
    end loop;
    execute format('grant connect on database %I to read_public, read_internal', current_database());
end
$$;
grant usage on schema marts, marts_asof to read_public, read_internal;
grant usage on schema marts_internal, marts_internal_asof to read_internal;

-- Any login may take any advisory lock, the one publication waits for among them, and fill the disk with large
-- objects: neither asks for a right on anything. Only a superuser can take that away; elsewhere the limit is who gets
-- a login.
do $$
declare
    open_to_all text;
begin
    if not (select rolsuper from pg_roles where rolname = current_user) then
        return;
    end if;
    for open_to_all in
        select p.oid::regprocedure from pg_proc as p
        where p.pronamespace = 'pg_catalog'::regnamespace
            and (p.proname ~ '^pg_(try_)?advisory_' or p.proname in ('lo_creat', 'lo_create', 'lo_from_bytea'))
    loop
        execute format('revoke execute on function %s from public', open_to_all);
        execute format(
            'grant execute on function %s to finsam_loader, finsam_transform, finsam_gate, finsam_publish, finsam_audit,'
            ' own_ops, own_raw, own_store, own_publish', open_to_all);
    end loop;
end
$$;

set local role own_ops;

create table ops.reader (
    login_name text primary key,
    kind text not null check (kind in ('person', 'tool')),
    audience text not null check (audience in ('public', 'internal')),
    valid_until timestamptz
);
comment on table ops.reader is 'Inloggningar som `finsam access grant` gjort; deras förbund står i ops.access';

create table ops.access_event (
    event_number bigint generated always as identity primary key,
    login_name text not null,
    action text not null check (action in ('granted', 'password', 'revoked')),
    kind text,
    audience text,
    associations text[] not null default '{}',
    valid_until timestamptz,
    os_user text not null,
    database_user text not null default session_user,
    recorded_at timestamptz not null default clock_timestamp()
);
comment on table ops.access_event is
'Vem som gav, ändrade och tog tillbaka läsrätt, och när; associations är hela rätten efteråt';

-- An end date holds for open sessions too: PostgreSQL asks for VALID UNTIL only when somebody logs in.
create or replace view ops.my_access with (security_barrier) as
select a.association_id
from ops.access as a
where a.login_name = session_user
    and not exists (
        select from ops.reader as r
        where r.login_name = a.login_name and r.valid_until <= statement_timestamp()
    );

grant select on ops.reader, ops.access_event to finsam_audit;
reset role;
