-- Owners cannot log in; each step of the night has a login of its own; nothing is granted to PUBLIC.
-- Logins are created by migrations.py, which holds their generated passwords.
do $$
declare
    owner_name text;
begin
    foreach owner_name in array array['own_ops', 'own_raw', 'own_work', 'own_store', 'own_marts'] loop
        if not exists (select 1 from pg_roles where rolname = owner_name) then
            execute format('create role %I nologin noinherit', owner_name);
        end if;
        -- the administrator of another server may not be a superuser: it needs to be a member to hand objects over
        execute format('grant %I to current_user', owner_name);
    end loop;
    execute format('revoke temporary, create on database %I from public', current_database());
    execute format('revoke connect on database %I from public', current_database());
    execute format(
        'grant connect on database %I to finsam_loader, finsam_transform, finsam_gate, finsam_publish,'
        ' finsam_reader, finsam_internal, finsam_audit', current_database());
end
$$;

revoke all on schema public from public;
alter default privileges revoke execute on functions from public;

create schema ops authorization own_ops;
create schema raw authorization own_raw;
create schema staging;
create schema intermediate;
create schema candidate;
create schema store authorization own_store;
create schema marts authorization own_marts;
create schema marts_internal authorization own_marts;
create schema marts_asof authorization own_marts;

-- dbt owns what it builds, so its rooms are its own; no reader enters them.
alter schema staging owner to finsam_transform;
alter schema intermediate owner to finsam_transform;
alter schema candidate owner to finsam_transform;

grant usage on schema ops to finsam_loader, finsam_transform, finsam_gate, finsam_publish, finsam_audit,
finsam_reader, finsam_internal, own_store, own_marts;
grant usage on schema raw to finsam_loader, finsam_transform, finsam_gate, finsam_audit, own_ops;
grant usage on schema store to finsam_gate, finsam_audit, own_marts, own_ops;
grant usage on schema marts to finsam_reader, finsam_internal;
grant usage on schema marts_internal to finsam_internal;
grant usage on schema marts_asof to finsam_reader, finsam_internal;
