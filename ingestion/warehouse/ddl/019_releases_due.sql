-- A release of protected counts stands for its period. When that is over what has changed meanwhile is to come out, also
-- where nothing new was delivered: the first night after it builds the association, once.
set local role own_ops;

alter table ops.build_cause drop constraint build_cause_cause_check;
alter table ops.build_cause add constraint build_cause_cause_check
    check (cause in ('new', 'delivery', 'reference', 'models', 'rules', 'retry', 'asked', 'release'));
comment on table ops.build_cause is
'Varför ett förbund byggdes: nytt, leverans eller gemensamma underlag (subject: leveransens id), modeller, regler, '
'ett tidigare bygge som gick sönder, någon som bad om det, eller en utgåva vars period är slut (subject: perioden)';

-- The first day after a period: `2026-11`, `2026-Q4`, `2026-H2` or `2026`.
create function ops.release_ends(p_period text) returns date
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select (make_date(left(p_period, 4)::integer, 1, 1) + make_interval(months => case
        when p_period like '____-Q_' then 3 * right(p_period, 1)::integer
        when p_period like '____-H_' then 6 * right(p_period, 1)::integer
        when p_period like '____-__' then right(p_period, 2)::integer
        else 12
    end))::date
$$;

-- Whose release's period was over on that day, and of whom nothing has been built since.
create function ops.releases_due(p_business_date date) returns table (association_id text, release_period text)
language sql stable set search_path = ops, pg_temp as $$
    select r.association_id, r.release_period
    from (
        select distinct on (p.association_id) p.association_id, p.release_period
        from ops.disclosure_published as p
        order by p.association_id, p.token desc
    ) as r
    where ops.release_ends(r.release_period) <= p_business_date
        and not exists (
            select from ops.build as b
            inner join ops.build_outcome as o on o.token = b.token
            where r.association_id = any(b.scope) and b.business_date >= ops.release_ends(r.release_period)
        )
$$;

drop function ops.wanted_inputs(text, integer, text, text);
-- What a build of that kind takes in. Of a past generation: what the build that made it took in.
create function ops.wanted_inputs(
    p_kind text, p_of_generation integer, p_model_version text, p_rules_version text, p_business_date date
) returns table (association_id text, delivery_ids text[])
language plpgsql stable set search_path = ops, pg_temp as $$
#variable_conflict use_column
begin
    if p_kind <> 'rebuild' then
        return query
        select i.association_id, i.delivery_ids
        from ops.association_inputs(p_model_version, p_rules_version) as i
        left join ops.association_state as s using (association_id)
        where p_kind <> 'changed' or s.attempted_hash is distinct from i.input_hash
            or i.association_id in (select due.association_id from ops.releases_due(p_business_date) as due);
        return;
    end if;
    return query
    select a.association_id, array(select jsonb_array_elements_text(b.inputs -> a.association_id))
    from ops.publication as p
    inner join ops.build as b on b.build_id = p.build_id
    cross join unnest(b.scope) as a (association_id)
    where p.generation = p_of_generation and not p.blocked ? a.association_id;
    if not found then
        raise exception using errcode = 'FS004', message = format(
            'Generation %s går inte att bygga om: den finns inte, eller gjordes inte av ett bygge.', p_of_generation);
    end if;
end
$$;

-- Why each association of a build is in it.
create or replace function ops.record_causes(p_build_id text) returns void
language sql set search_path = ops, pg_temp as $$
    insert into ops.build_cause (build_id, association_id, cause, subject)
    select b.build_id, a.association_id, why.cause, why.subject
    from ops.build as b
    cross join unnest(b.scope) as a (association_id)
    left join ops.association_state as s on s.association_id = a.association_id
    cross join lateral (
        select array(select jsonb_array_elements_text(b.inputs -> a.association_id)) as now_in
    ) as taken
    cross join lateral (
        select 'new' as cause, '*' as subject where s.attempted_inputs is null and b.kind <> 'rebuild'
        union all
        select case when d.association_id = 'common' then 'reference' else 'delivery' end, d.delivery_id
        from ops.delivery as d
        where b.kind <> 'rebuild' and d.delivery_id = any(now_in || s.attempted_inputs)
            and (d.delivery_id = any(now_in)) is distinct from (d.delivery_id = any(s.attempted_inputs))
            and s.attempted_inputs is not null
        union all
        select 'models', b.model_version where s.attempted_model_version <> b.model_version
        union all
        select 'rules', b.rules_version where s.attempted_rules_version <> b.rules_version
        union all
        select 'retry', '*' where s.verdict = 'broken'
        union all
        select 'asked', b.kind where b.kind <> 'changed'
        union all
        select 'release', due.release_period
        from ops.releases_due(b.business_date) as due
        where b.kind = 'changed' and due.association_id = a.association_id
    ) as why
    where b.build_id = p_build_id
$$;

-- Opens a build over the associations whose inputs changed since they were last judged, and freezes what it reads.
-- No scope: no row is returned. A build that nothing came of keeps its id; one whose outcome is known is never opened again.
create or replace function ops.open_build(
    p_model_version text, p_rules_version text, p_code_version text, p_business_date date, p_run_id text,
    p_kind text default 'changed', p_of_generation integer default null
) returns table (build_id text, token bigint, scope text[])
language plpgsql security definer set search_path = ops, pg_temp as $$
#variable_conflict use_column
declare
    opened_id text;
    opened_token bigint;
    opened_scope text[];
    opened_inputs jsonb;
    head integer := (select coalesce(max(p.generation), 0) from ops.publication as p);
    outcomes bigint := (select count(*) from ops.build_outcome);
begin
    select
        array_agg(i.association_id order by i.association_id),
        jsonb_object_agg(i.association_id, to_jsonb(i.delivery_ids))
    into opened_scope, opened_inputs
    from ops.wanted_inputs(p_kind, p_of_generation, p_model_version, p_rules_version, p_business_date) as i;
    update ops.fence set token = token + 1 where name = 'build' returning fence.token into opened_token;
    delete from ops.build_scope;
    if opened_scope is null then
        return;
    end if;
    insert into ops.build_scope select unnest(opened_scope);
    opened_id := substr(encode(sha256(convert_to(concat_ws('|', opened_inputs::text, p_model_version, p_rules_version,
        p_kind, p_of_generation, head, outcomes), 'UTF8')), 'hex'), 1, 16);
    insert into ops.build as b (build_id, token, scope, inputs, model_version, rules_version, code_version,
        business_date, run_id, kind, head_generation, of_generation)
    values (opened_id, opened_token, opened_scope, opened_inputs, p_model_version, p_rules_version, p_code_version,
        p_business_date, p_run_id, p_kind, head, p_of_generation)
    on conflict (build_id) do update
    set token = excluded.token, run_id = excluded.run_id, code_version = excluded.code_version,
        business_date = excluded.business_date, started_at = excluded.started_at;
    delete from ops.evidence as e where e.subject = 'build:' || opened_id;
    delete from ops.candidate_mark as m where m.build_id = opened_id;
    delete from ops.build_cause as c where c.build_id = opened_id;
    perform ops.record_causes(opened_id);
    insert into ops.build_input (build_id, association_id, delivery_id, feed_id, load_number, is_common)
    select distinct opened_id, d.association_id, d.delivery_id, d.feed_id, d.load_number, d.association_id = 'common'
    from jsonb_each(opened_inputs) as i (association_id, delivery_ids)
    cross join jsonb_array_elements_text(i.delivery_ids) as listed (delivery_id)
    inner join ops.delivery as d on d.delivery_id = listed.delivery_id
    on conflict do nothing;
    return query select opened_id, opened_token, opened_scope;
end
$$;

revoke execute on function ops.release_ends(text), ops.releases_due(date),
    ops.wanted_inputs(text, integer, text, text, date) from public;
reset role;
