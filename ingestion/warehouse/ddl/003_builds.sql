-- What a build takes in, and how the tables of one build are told from another's.
set local role own_ops;

create table ops.build (
    build_id text primary key,
    token bigint not null,
    scope text[] not null,
    inputs jsonb not null,
    model_version text not null,
    code_version text not null,
    business_date date not null,
    run_id text not null,
    started_at timestamptz not null default clock_timestamp()
);
create table ops.fence (
    name text primary key,
    token bigint not null
);
insert into ops.fence (name, token) values ('build', 0);

create table ops.build_scope (association_id text primary key);

create table ops.association_state (
    association_id text primary key,
    attempted_hash text,
    published_hash text,
    generation integer,
    blocked_by text[],
    blocked_since_build text
);
comment on table ops.association_state is
'Var varje förbund står: vilka underlag som senast prövades, vilka som är publicerade, och vad som stoppar';

create view ops.scoped_delivery as
select c.*
from ops.current_delivery as c
where c.association_id = 'common' or c.association_id in (select s.association_id from ops.build_scope as s);

-- The inputs of one association: its own deliveries, what is common to all, and the models.
create function ops.association_inputs(p_model_version text)
returns table (association_id text, input_hash text, delivery_ids text[])
language sql stable security definer set search_path = ops, pg_temp as $$
    with common_ids as (
        select coalesce(array_agg(delivery_id order by delivery_id), '{}') as ids
        from ops.current_delivery where association_id = 'common'
    ),
    own_ids as (
        select d.association_id, array_agg(c.delivery_id order by c.delivery_id)
            filter (where c.delivery_id is not null) as ids
        from (select distinct association_id from ops.delivery where association_id <> 'common'
            and state in ('accepted', 'superseded', 'withdrawn')) as d
        left join ops.current_delivery as c using (association_id)
        group by d.association_id
    )
    select
        own_ids.association_id,
        md5(array_to_string(coalesce(own_ids.ids, '{}') || common_ids.ids, ',') || '|' || p_model_version),
        coalesce(own_ids.ids, '{}') || common_ids.ids
    from own_ids cross join common_ids
$$;

-- Opens a build over the associations whose inputs changed since they were last tried. No scope: no row is returned.
create function ops.open_build(
    p_model_version text, p_code_version text, p_business_date date, p_run_id text, p_full boolean
) returns table (build_id text, token bigint, scope text[])
language plpgsql security definer set search_path = ops, pg_temp as $$
#variable_conflict use_column
declare
    opened_id text;
    opened_token bigint;
    opened_scope text[];
    opened_inputs jsonb;
begin
    select
        array_agg(i.association_id order by i.association_id),
        jsonb_object_agg(i.association_id, to_jsonb(i.delivery_ids))
    into opened_scope, opened_inputs
    from ops.association_inputs(p_model_version) as i
    left join ops.association_state as s using (association_id)
    where p_full or s.attempted_hash is distinct from i.input_hash;
    update ops.fence set token = token + 1 where name = 'build' returning fence.token into opened_token;
    delete from ops.build_scope;
    if opened_scope is null then
        return;
    end if;
    insert into ops.build_scope select unnest(opened_scope);
    opened_id := substr(encode(sha256(convert_to(opened_inputs::text || p_model_version, 'UTF8')), 'hex'), 1, 16);
    insert into ops.build as b
        (build_id, token, scope, inputs, model_version, code_version, business_date, run_id)
    values (opened_id, opened_token, opened_scope, opened_inputs, p_model_version, p_code_version, p_business_date, p_run_id)
    on conflict (build_id) do update
    set token = excluded.token, run_id = excluded.run_id, code_version = excluded.code_version,
        business_date = excluded.business_date, started_at = excluded.started_at;
    delete from ops.evidence where subject = 'build:' || opened_id;
    return query select opened_id, opened_token, opened_scope;
end
$$;
grant select on ops.build, ops.build_scope, ops.association_state, ops.fence to finsam_gate, finsam_audit;
grant select on ops.scoped_delivery, ops.build_scope to finsam_transform, finsam_gate, finsam_audit;
revoke execute on function ops.open_build(text, text, date, text, boolean) from public;
revoke execute on function ops.association_inputs(text) from public;
grant execute on function ops.open_build(text, text, date, text, boolean) to finsam_gate;
grant execute on function ops.association_inputs(text) to finsam_gate, finsam_audit;
reset role;
