-- What a build reads is written down when it opens, only the newest build's dbt may write, and what the gates saw of the
-- candidate is written down for publication to hold to.
set local role own_ops;

alter table ops.build
    add column rules_version text not null default '',
    add column kind text not null default 'changed' check (kind in ('changed', 'full', 'proof', 'rebuild')),
    add column head_generation integer not null default 0,
    add column of_generation integer;
comment on column ops.build.kind is
'changed: det som ändrats. full: allt. proof: allt, utan att få publiceras. rebuild: en gången natts underlag, likaså';
comment on column ops.build.head_generation is 'Den senaste generationen när bygget öppnades';
comment on column ops.build.of_generation is 'Vid rebuild: generationen vars underlag byggs om';

create table ops.build_input (
    build_id text not null references ops.build on delete cascade,
    association_id text not null,
    delivery_id text not null references ops.delivery,
    feed_id text not null,
    load_number bigint not null,
    is_common boolean not null,
    primary key (build_id, association_id, delivery_id)
);
comment on table ops.build_input is
'Leveranserna ett bygge läser, skrivna när det öppnas: ett beslut under bygget gäller nästa';

create table ops.build_cause (
    build_id text not null references ops.build on delete cascade,
    association_id text not null,
    cause text not null check (cause in ('new', 'delivery', 'reference', 'models', 'rules', 'retry', 'asked')),
    subject text not null default '*',
    primary key (build_id, association_id, cause, subject)
);
comment on table ops.build_cause is
'Varför ett förbund byggdes: nytt, leverans eller gemensamma underlag (subject: leveransens id), modeller, regler, '
'ett tidigare bygge som gick sönder, eller någon som bad om det';

create table ops.candidate_mark (
    build_id text not null references ops.build on delete cascade,
    mart text not null,
    association_id text not null,
    row_count bigint not null,
    content_hash text not null,
    measured jsonb,
    primary key (build_id, mart, association_id)
);
comment on table ops.candidate_mark is
'Vad kandidaten var när kontrollerna sist såg den; measured är ops.measure:s svar och saknas där inga rader finns';

alter table ops.association_state
    add column verdict text check (verdict in ('passed', 'blocked', 'broken')),
    add column attempted_inputs text[],
    add column attempted_model_version text,
    add column attempted_rules_version text;
comment on column ops.association_state.verdict is
'broken: ingen vet vad reglerna hade sagt, så nästa natt försöker igen; attempted_hash sätts bara av passed och blocked';

-- What dbt reads: the deliveries of the build that holds the fence, whatever was decided since it opened.
create or replace view ops.scoped_delivery as
select
    d.delivery_id, d.feed_id, d.association_id, d.scope, d.period, d.file_name, d.content_id, d.made_at, d.received_at,
    d.rows_loaded, d.completeness, d.load_number
from ops.build_input as i
inner join ops.delivery as d on d.delivery_id = i.delivery_id
where i.build_id = (
    select b.build_id from ops.build as b inner join ops.fence as f on f.name = 'build' and f.token = b.token
);

create function ops.input_hash(p_delivery_ids text[], p_model_version text, p_rules_version text) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select md5(array_to_string(p_delivery_ids, ',') || '|' || p_model_version || '|' || p_rules_version)
$$;

-- The inputs of one association: its own deliveries, what is common to all, the models and what judges them.
drop function ops.association_inputs(text);
create function ops.association_inputs(p_model_version text, p_rules_version text)
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
    ),
    all_ids as (
        select own_ids.association_id, coalesce(own_ids.ids, '{}') || common_ids.ids as ids
        from own_ids cross join common_ids
    )
    select association_id, ops.input_hash(ids, p_model_version, p_rules_version), ids from all_ids
$$;

-- What a build of that kind takes in. Of a past generation: what the build that made it took in.
create function ops.wanted_inputs(
    p_kind text, p_of_generation integer, p_model_version text, p_rules_version text
) returns table (association_id text, delivery_ids text[])
language plpgsql stable set search_path = ops, pg_temp as $$
#variable_conflict use_column
begin
    if p_kind <> 'rebuild' then
        return query
        select i.association_id, i.delivery_ids
        from ops.association_inputs(p_model_version, p_rules_version) as i
        left join ops.association_state as s using (association_id)
        where p_kind <> 'changed' or s.attempted_hash is distinct from i.input_hash;
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
create function ops.record_causes(p_build_id text) returns void
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
    ) as why
    where b.build_id = p_build_id
$$;

-- Opens a build over the associations whose inputs changed since they were last judged, and freezes what it reads.
-- No scope: no row is returned. A build that nothing came of keeps its id; one whose outcome is known is never opened again.
drop function ops.open_build(text, text, date, text, boolean);
create function ops.open_build(
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
    from ops.wanted_inputs(p_kind, p_of_generation, p_model_version, p_rules_version) as i;
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

-- Called by dbt in the transaction of each model: holds the fence until that model is in place, so that a newer build
-- opens after it, and refuses dbt of a build that a newer one has overtaken (F48).
create function ops.hold_build() returns void
language plpgsql security definer set search_path = ops, pg_temp as $$
declare
    own_token bigint := nullif(current_setting('finsam.build_token', true), '')::bigint;
    newest bigint;
begin
    select f.token into strict newest from ops.fence as f where f.name = 'build' for share;
    if own_token is null then
        raise exception using errcode = 'FS001', message =
            'dbt skriver bara i ett öppnat bygge: kör `finsam build`, inte dbt för sig.';
    elsif own_token <> newest then
        raise exception using errcode = 'FS001', message = format(
            'Bygge nummer %s är inte det senaste: nummer %s har börjat. Ingenting skrevs.', own_token, newest);
    end if;
end
$$;

grant select on ops.build_input, ops.build_cause, ops.candidate_mark to finsam_gate, finsam_audit, own_publish;
grant insert on ops.candidate_mark to own_publish;
revoke execute on function ops.input_hash(text[], text, text), ops.association_inputs(text, text),
    ops.wanted_inputs(text, integer, text, text), ops.record_causes(text), ops.hold_build(),
    ops.open_build(text, text, text, date, text, text, integer) from public;
grant execute on function ops.open_build(text, text, text, date, text, text, integer) to finsam_gate;
grant execute on function ops.association_inputs(text, text) to finsam_gate, finsam_audit;
grant execute on function ops.input_hash(text[], text, text) to own_publish;
grant execute on function ops.hold_build() to finsam_transform;
grant create on schema ops to own_publish;
reset role;

set local role own_publish;

-- Refuses a build that another has overtaken, or that was never meant for readers; holds the fence until the end of
-- the transaction.
create or replace function ops.held_build(p_build_id text, p_token bigint) returns ops.build
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    newest bigint;
    held ops.build;
begin
    select token into strict newest from ops.fence where name = 'build' for share;
    select * into held from ops.build where build_id = p_build_id and token = p_token;
    if not found or newest <> p_token then
        raise exception using errcode = 'FS001', message = format(
            'Bygget %s (nummer %s) är inte det senaste: nummer %s har börjat. Ingenting publicerades.',
            p_build_id, p_token, newest);
    end if;
    if held.kind not in ('changed', 'full') then
        raise exception using errcode = 'FS002', message = format(
            'Bygget %s är ett prov (%s) och publiceras inte. Kör `finsam build`.', p_build_id, held.kind);
    end if;
    return held;
end
$$;

-- A candidate that is missing, of another shape than the store, or not the one the gates saw is never half copied.
create or replace function ops.check_candidate(p_mart text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    candidate oid := to_regclass(format('candidate.%I', p_mart));
    odd text;
begin
    if candidate is null then
        raise exception using errcode = 'FS002', message = format(
            'Tabellen candidate.%s saknas. Bygg om med `finsam build`.', p_mart);
    end if;
    select string_agg(m.column_name, ', ' order by m.position) into odd
    from ops.mart_column as m
    left join pg_attribute as s
        on s.attrelid = to_regclass(format('store.%I', p_mart)) and s.attname = m.column_name and not s.attisdropped
    left join pg_attribute as c
        on c.attrelid = candidate and c.attname = m.column_name and not c.attisdropped
    where m.mart = p_mart and (s.atttypid, s.atttypmod) is distinct from (c.atttypid, c.atttypmod);
    if odd is not null then
        raise exception using errcode = 'FS002', message = format(
            'candidate.%s har en annan form än store.%s (%s). Kör `finsam migrate` och bygg om.', p_mart, p_mart, odd);
    end if;
    select string_agg(c.attname, ', ' order by c.attnum) into odd
    from pg_attribute as c
    left join ops.mart_column as m on m.mart = p_mart and m.column_name = c.attname
    where c.attrelid = candidate and c.attnum > 0 and not c.attisdropped and m.mart is null;
    if odd is not null then
        raise exception using errcode = 'FS002', message = format(
            'candidate.%s har kolumner som inte är registrerade (%s). Kör `finsam migrate` och bygg om.', p_mart, odd);
    end if;
    if not exists (
        select from ops.candidate_mark as k
        inner join ops.build as b on b.build_id = k.build_id
        inner join ops.fence as f on f.name = 'build' and f.token = b.token
        where k.mart = p_mart
    ) then
        raise exception using errcode = 'FS002', message = format(
            'candidate.%s prövades aldrig färdigt i det här bygget. Bygg om med `finsam build`.', p_mart);
    end if;
end
$$;

-- What ops.measure said of the candidate when the gates had seen it, for the build that holds the fence.
create function ops.marked(p_mart text, p_associations text[]) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp as $$
    select coalesce(jsonb_object_agg(k.association_id, k.measured) filter (where k.measured is not null), '{}')
    from ops.candidate_mark as k
    inner join ops.build as b on b.build_id = k.build_id
    inner join ops.fence as f on f.name = 'build' and f.token = b.token
    where k.mart = p_mart and k.association_id = any(p_associations)
$$;

-- The gate's last act: what the candidate is, as it was judged. A mart that is missing or misshapen is left unmarked.
create function ops.mark_candidate(p_build_id text, p_token bigint) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO, YMD' set extra_float_digits = 1 as $$
declare
    marked_scope text[];
    mart_name text;
    measured jsonb;
begin
    select b.scope into marked_scope
    from ops.fence as f
    inner join ops.build as b on b.token = f.token
    where f.name = 'build' and f.token = p_token and b.build_id = p_build_id
    for share of f;
    if marked_scope is null then
        raise exception using errcode = 'FS001', message = format(
            'Bygget %s (nummer %s) är inte det senaste.', p_build_id, p_token);
    end if;
    for mart_name in select mart from ops.mart order by mart loop
        begin
            measured := ops.measure(format('candidate.%I', mart_name), mart_name, marked_scope);
        exception when undefined_table or undefined_column or undefined_function then
            continue;
        end;
        insert into ops.candidate_mark (build_id, mart, association_id, row_count, content_hash, measured)
        select p_build_id, mart_name, a, coalesce((measured -> a ->> 'rows')::bigint, 0),
            coalesce(measured -> a ->> 'hash', '0'), measured -> a
        from unnest(marked_scope) as a;
    end loop;
end
$$;

-- The columns of a mart that were published, and hashed, by then: one that came later was not part of it.
create function ops.columns_then(p_mart text, p_generation integer, p_alias text) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select coalesce((
        select string_agg(p_alias || quote_ident(listed.c), ', ' order by listed.n)
        from (select p.hashed_columns from ops.publication_mart as p
            where p.mart = p_mart and p.generation <= coalesce(p_generation, p.generation)
            order by p.generation desc limit 1) as then_published
        cross join unnest(then_published.hashed_columns) with ordinality as listed (c, n)
    ), ops.mart_columns(p_mart, p_alias))
$$;

-- How many rows of the candidate and of what was published the other has not, per mart and association. Rows are
-- compared one by one only where their sums differ. p_generation: null for what stands now.
create function ops.compare_candidate(p_associations text[], p_generation integer)
returns table (mart text, association_id text, row_count bigint, only_candidate bigint, only_published bigint)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO, YMD' set extra_float_digits = 1 as $$
#variable_conflict use_column
declare
    both_sides text;
    counted jsonb;
    differing text[];
    odd jsonb;
begin
    for mart in select m.mart from ops.mart as m order by m.mart loop
        both_sides := format(
            'select t.association_id, hashtextextended(row(%1$s)::text, 0)::numeric as hash, 1 as side'
            ' from candidate.%2$I as t where t.association_id = any($1) union all'
            ' select t.association_id, hashtextextended(row(%1$s)::text, 0)::numeric, -1'
            ' from store.%3$I as t where t.association_id = any($1) and %4$s',
            ops.columns_then(mart, p_generation, 't.'), mart,
            mart || case when p_generation is null then '_current' else '' end,
            case when p_generation is null then 'true'
                else format('t._g_from <= %1$s and t._g_to > %1$s', p_generation) end);
        execute format(
            'select coalesce(jsonb_object_agg(association_id, row_count), ''{}''),'
            ' coalesce(array_agg(association_id) filter (where differs), ''{}'')'
            ' from (select association_id, count(*) filter (where side = 1) as row_count,'
            ' sum(side * hash) <> 0 or sum(side) <> 0 as differs from (%s) as b group by association_id) as sums', both_sides
        ) into counted, differing using p_associations;
        odd := '{}';
        if cardinality(differing) > 0 then
            execute format(
                'select coalesce(jsonb_object_agg(association_id, array[more, less]), ''{}'') from ('
                'select association_id, coalesce(sum(surplus) filter (where surplus > 0), 0) as more,'
                ' coalesce(-sum(surplus) filter (where surplus < 0), 0) as less from ('
                'select association_id, sum(side) as surplus from (%s) as b group by association_id, hash'
                ') as rows group by association_id) as odd', both_sides
            ) into odd using differing;
        end if;
        return query
        select mart, a, coalesce((counted ->> a)::bigint, 0), coalesce((odd -> a ->> 0)::bigint, 0),
            coalesce((odd -> a ->> 1)::bigint, 0)
        from unnest(p_associations) as a;
    end loop;
end
$$;

-- Where each association of the build stands now. An error, or a rule that left no evidence, is no verdict: what nobody
-- judged is tried again next night (F44, F53).
create or replace function ops.record_states(p_build ops.build, p_blocked jsonb, p_generation integer) returns void
language sql set search_path = pg_catalog, pg_temp as $$
    with found as (
        select a.association_id, e.rule_id, e.status
        from unnest(p_build.scope) as a (association_id)
        inner join ops.evidence as e
            on e.subject = 'build:' || p_build.build_id and e.association_id in (a.association_id, '*')
    ),
    tried as (
        select
            a.association_id,
            array(select jsonb_array_elements_text(p_build.inputs -> a.association_id)) as inputs,
            case
                when not p_blocked ? a.association_id then 'passed'
                when exists (select from found as f where f.association_id = a.association_id and f.status = 'error')
                    or exists (
                        select from jsonb_array_elements_text(p_blocked -> a.association_id) as r (rule_id)
                        where not exists (select from found as f where f.association_id = a.association_id
                            and f.rule_id = r.rule_id and f.status in ('failed', 'not_applicable')))
                    then 'broken'
                else 'blocked'
            end as verdict,
            array(select jsonb_array_elements_text(p_blocked -> a.association_id)) as rules,
            exists (select from ops.publication_mart as m
                where m.generation = p_generation and m.association_id = a.association_id) as is_changed
        from unnest(p_build.scope) as a (association_id)
    )
    insert into ops.association_state as s (association_id, verdict, attempted_hash, attempted_inputs,
        attempted_model_version, attempted_rules_version, published_hash, generation, blocked_by, blocked_since_build,
        published_build)
    select
        association_id, verdict, ops.input_hash(inputs, p_build.model_version, p_build.rules_version), inputs,
        p_build.model_version, p_build.rules_version,
        case when verdict = 'passed' then ops.input_hash(inputs, p_build.model_version, p_build.rules_version) end,
        case when is_changed then p_generation end, case when verdict <> 'passed' then rules end,
        case when verdict <> 'passed' then p_build.build_id end, case when verdict = 'passed' then p_build.build_id end
    from tried
    where verdict <> 'broken'
    union all
    select association_id, verdict, null, null, null, null, null, null, rules, p_build.build_id, null
    from tried
    where verdict = 'broken'
    on conflict (association_id) do update set
        verdict = excluded.verdict,
        attempted_hash = excluded.attempted_hash,
        attempted_inputs = coalesce(excluded.attempted_inputs, s.attempted_inputs),
        attempted_model_version = coalesce(excluded.attempted_model_version, s.attempted_model_version),
        attempted_rules_version = coalesce(excluded.attempted_rules_version, s.attempted_rules_version),
        published_hash = case when excluded.verdict = 'passed' then excluded.published_hash else s.published_hash end,
        generation = coalesce(excluded.generation, s.generation),
        blocked_by = excluded.blocked_by,
        blocked_since_build = case when excluded.blocked_by is not null
            then coalesce(s.blocked_since_build, excluded.blocked_since_build) end,
        published_build = coalesce(excluded.published_build, s.published_build)
$$;
revoke execute on function ops.marked(text, text[]), ops.columns_then(text, integer, text),
    ops.mark_candidate(text, bigint), ops.compare_candidate(text[], integer) from public;
grant execute on function ops.mark_candidate(text, bigint), ops.compare_candidate(text[], integer) to finsam_gate;

reset role;
set local role own_ops;
revoke create on schema ops from own_publish;
reset role;
