-- The machinery's roles, narrowed to what ingestion/warehouse/rights.csv declares. The roles themselves are made by
-- rights.py before any migration: they belong to the server and not to this database.

-- dbt's hook used to open its rooms to everybody of the machinery; it owns them, so only it can close them again.
set local role finsam_transform;
revoke all on all tables in schema staging, intermediate, candidate from finsam_publish, finsam_audit;
revoke all on schema staging, intermediate, candidate from finsam_publish, finsam_audit;
alter default privileges in schema staging, intermediate, candidate
revoke select on tables from finsam_publish, finsam_audit;
reset role;

-- What models read of the delivered rows: views without the columns a contract keeps from them (raw_tables.py).
create schema raw_open authorization own_raw;
set local role own_raw;
grant usage on schema raw_open to finsam_transform, finsam_gate;
revoke all on all tables in schema raw from finsam_transform;
revoke all on schema raw from finsam_transform;
reset role;
alter default privileges for role own_raw in schema raw revoke select on tables from finsam_transform;

-- Who may read is nobody's business in the night. The monitor learns which kind of login holds a session, no more.
revoke usage on schema ops from finsam_reader, finsam_internal;
set local role own_ops;
revoke select on ops.access from finsam_gate;
grant usage on schema ops to finsam_monitor;
grant select (login_name, kind) on ops.reader to finsam_monitor;

alter table ops.access_event drop constraint access_event_action_check;
alter table ops.access_event add constraint access_event_action_check
check (action in ('granted', 'password', 'revoked', 'ended'));

create function ops.note_ended(p_login text, p_why text) returns void language sql security definer
set search_path = ops, pg_temp as $$
    insert into ops.access_event (login_name, action, os_user) values (p_login, 'ended', p_why)
$$;
comment on function ops.note_ended(text, text) is 'Vakten avslutade en läsares session; skälet står i os_user';
revoke execute on function ops.note_ended(text, text) from public;
grant execute on function ops.note_ended(text, text) to finsam_monitor;

-- Which code gave tables and views their shape; empty between a migration and its shape, and then nothing starts.
create table ops.shape (
    code_version text primary key,
    shaped_at timestamptz not null default clock_timestamp()
);
comment on table ops.shape is 'Koden som senast gav databasen dess form; tom betyder halvvägs, kör `finsam migrate`';
grant select on ops.shape to finsam_audit, finsam_gate;
grant select on ops.lock_claim to finsam_audit;
reset role;

-- Vacuuming is a right of its own from 17 on; before that only the owner may, and the keeper has to become it.
grant usage on schema ops, store to finsam_keeper;
set local role own_keeper;
grant execute on function ops.fold(text, integer, date) to finsam_keeper;
reset role;
do $$
begin
    if current_setting('server_version_num')::integer >= 170000 then
        execute 'grant maintain on all tables in schema store to finsam_keeper';
        execute 'alter default privileges for role own_store in schema store grant maintain on tables to finsam_keeper';
    else
        execute 'grant own_store to finsam_keeper';
    end if;
end
$$;

-- The functions of 006 that any login could call are given to the roles that came since.
do $$
declare
    guarded text;
begin
    if not (select rolsuper from pg_roles where rolname = current_user) then
        return;
    end if;
    for guarded in
        select p.oid::regprocedure from pg_proc as p
        where p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ '^pg_(try_)?advisory_'
    loop
        execute format('grant execute on function %s to finsam_migrate, own_house', guarded);
    end loop;
end
$$;
