-- Publication: rows move from dbt's room to the store as a new generation, or nothing moves.
do $$
begin
    if not exists (select 1 from pg_roles where rolname = 'own_publish') then
        create role own_publish nologin noinherit;
    end if;
    grant own_publish to current_user;
end
$$;

create schema marts_internal_asof authorization own_marts;
grant usage on schema marts_internal_asof to finsam_internal;
grant usage on schema ops, store to own_publish;

-- What dbt builds, the gate must judge and the publisher must copy; nobody else looks.
set local role finsam_transform;
grant usage on schema candidate to own_publish;
grant usage on schema staging, intermediate, candidate to finsam_gate;
grant select on all tables in schema staging, intermediate, candidate to finsam_gate;
grant select on all tables in schema candidate to own_publish;
alter default privileges in schema candidate grant select on tables to own_publish;
alter default privileges in schema staging grant select on tables to finsam_gate;
alter default privileges in schema intermediate grant select on tables to finsam_gate;
alter default privileges in schema candidate grant select on tables to finsam_gate;
reset role;

set local role own_ops;

-- The registry of what is published, generated from the dbt contracts by `finsam migrate`.
create table ops.mart (
    mart text primary key,
    audience text not null check (audience in ('public', 'internal', 'atom', 'dimension')),
    label_sv text not null,
    definition_sv text not null,
    primary_key text[] not null,
    contract_hash text not null
);
create table ops.mart_column (
    mart text not null references ops.mart on delete cascade,
    column_name text not null,
    position integer not null,
    data_type text not null,
    label_sv text not null,
    definition_sv text not null,
    lineage jsonb,
    sender_headers text[] not null default '{}',
    primary key (mart, column_name)
);
comment on table ops.mart_column is 'Varje kolumn i varje mart: namn, betydelse och härkomst';

create table ops.feed (
    feed_id text primary key,
    title_sv text not null,
    owner_sv text not null,
    is_personal boolean not null
);

-- Rules that must have left evidence before anything is published. must_examine: looking at nothing is not enough.
create table ops.required_rule (
    rule_id text primary key,
    severity text not null check (severity in ('invariant', 'finding')),
    must_examine boolean not null default false
);

create table ops.publication (
    generation integer primary key,
    build_id text not null,
    token bigint not null unique,
    associations text[] not null,
    blocked jsonb not null,
    model_version text not null,
    code_version text not null,
    business_date date not null,
    run_id text not null,
    published_at timestamptz not null default clock_timestamp()
);
create table ops.publication_mart (
    generation integer not null references ops.publication deferrable initially deferred,
    mart text not null,
    association_id text not null,
    rows_inserted bigint not null,
    rows_closed bigint not null,
    row_count bigint not null,
    content_hash text not null,
    hashed_columns text[] not null,
    primary key (generation, mart, association_id)
);
comment on column ops.publication_mart.content_hash is
'Summan av radernas hashvärden, oberoende av ordning, över hashed_columns i den ordningen';
create table ops.publication_delivery (
    generation integer not null references ops.publication deferrable initially deferred,
    association_id text not null,
    delivery_id text not null references ops.delivery,
    primary key (generation, association_id, delivery_id)
);
create index publication_delivery_forward on ops.publication_delivery (delivery_id);

-- What became of each attempt, also of those that changed nothing: the answer to "did my commit arrive?".
create table ops.build_outcome (
    token bigint primary key,
    build_id text not null,
    outcome jsonb not null,
    run_id text not null,
    recorded_at timestamptz not null default clock_timestamp()
);

-- The banners beside the figures that stand, replaced with them and in the same transaction.
create table ops.published_finding (
    association_id text not null,
    rule_id text not null,
    subject text not null,
    examined bigint not null,
    failed bigint not null,
    detail jsonb not null,
    build_id text not null,
    primary key (association_id, rule_id, subject)
);

alter table ops.association_state add column published_build text;

-- Who sees which associations. '*' is every association. Compared with session_user, which no reader can change.
create table ops.access (
    login_name text not null,
    association_id text not null,
    primary key (login_name, association_id)
);
insert into ops.access (login_name, association_id) values ('finsam_reader', '*'), ('finsam_internal', '*');
create view ops.my_access with (security_barrier) as
select association_id from ops.access where login_name = session_user;

grant select on ops.my_access, ops.publication, ops.publication_mart, ops.association_state, ops.published_finding,
    ops.rule_card, ops.delivery, ops.feed, ops.mart, ops.mart_column to own_marts;
grant select on ops.mart, ops.mart_column, ops.feed, ops.required_rule, ops.publication, ops.publication_mart,
    ops.publication_delivery, ops.build_outcome, ops.published_finding, ops.access to finsam_gate, finsam_audit;
grant select on ops.mart, ops.mart_column, ops.required_rule, ops.evidence, ops.build, ops.delivery to own_publish;
grant select, update (token) on ops.fence to own_publish;
grant select, insert on ops.publication, ops.publication_mart, ops.publication_delivery, ops.build_outcome to own_publish;
grant select, insert, update on ops.association_state to own_publish;
grant select, insert, delete on ops.published_finding to own_publish;
grant execute on function ops.association_inputs(text) to own_publish;
grant create on schema ops to own_publish;
reset role;

-- The publisher's functions run as own_publish, which reads candidates and may add and close rows, nothing more.
set local role own_publish;
alter default privileges revoke execute on functions from public;

create function ops.mart_columns(p_mart text, p_alias text) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select string_agg(p_alias || quote_ident(column_name), ', ' order by position)
    from ops.mart_column where mart = p_mart
$$;

-- Refuses a build that another has overtaken; holds the fence until the end of the transaction.
create function ops.held_build(p_build_id text, p_token bigint) returns ops.build
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
    return held;
end
$$;

-- Which rules stop which association. An error stops whatever its severity: nobody knows what the rule would have said.
create function ops.blocking_rules(p_build_id text, p_scope text[])
returns table (association_id text, rules text[])
language sql stable set search_path = pg_catalog, pg_temp as $$
    with found as (
        select a.association_id, e.rule_id, e.status, e.severity, e.examined
        from unnest(p_scope) as a (association_id)
        inner join ops.evidence as e
            on e.subject = 'build:' || p_build_id and e.association_id in (a.association_id, '*')
    ),
    stopping as (
        select f.association_id, f.rule_id
        from found as f
        left join ops.required_rule as r on r.rule_id = f.rule_id
        where f.status = 'error' or (f.status = 'failed' and 'invariant' in (f.severity, r.severity))
        union
        select a.association_id, r.rule_id
        from unnest(p_scope) as a (association_id)
        cross join ops.required_rule as r
        where not exists (
            select from found as f
            where f.association_id = a.association_id and f.rule_id = r.rule_id
                and (f.examined > 0 or not r.must_examine)
        )
    )
    select s.association_id, array_agg(s.rule_id order by s.rule_id) from stopping as s group by s.association_id
$$;

-- A candidate that is missing or of another shape than the store is never half copied.
create function ops.check_candidate(p_mart text) returns void
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
end
$$;

-- Rows, content and money of each association's slice: {association: {rows, hash, sums}}. Same three, same slice.
create function ops.measure(p_relation text, p_mart text, p_associations text[]) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    totals text;
    measured jsonb;
begin
    select string_agg(format('sum(t.%I)', column_name), ', ' order by position) into totals
    from ops.mart_column where mart = p_mart and data_type like 'numeric%';
    execute format(
        'select coalesce(jsonb_object_agg(association_id, to_jsonb(slices) - ''association_id''), ''{}'') from ('
        'select t.association_id, count(*) as rows, sum(hashtextextended(row(%s)::text, 0)::numeric)::text as hash,'
        ' array[%s]::numeric[] as sums from %s as t where t.association_id = any($1) group by t.association_id'
        ') as slices', ops.mart_columns(p_mart, 't.'), coalesce(totals, ''), p_relation
    ) into measured using p_associations;
    return measured;
end
$$;

-- Closes what is gone or changed and adds what is new or changed. Compared byte for byte: 1.0 is not 1.00.
create function ops.move_rows(p_mart text, p_associations text[], p_generation integer)
returns table (association_id text, inserted bigint, closed bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    same_key text;
    closed_rows jsonb;
    inserted_rows jsonb;
begin
    select string_agg(format('c.%1$I = s.%1$I', key_column), ' and ') into same_key
    from ops.mart as m cross join unnest(m.primary_key) as key_column where m.mart = p_mart;
    execute format(
        'with closed as (update store.%1$I as s set _g_to = $2'
        ' where s._g_to = 2147483647 and s.association_id = any($1) and not exists ('
        'select from candidate.%1$I as c where %2$s and c.association_id = any($1)'
        ' and record_image_eq(row(%3$s), row(%4$s)))'
        ' returning s.association_id)'
        ' select coalesce(jsonb_object_agg(n.association_id, n.count), ''{}'')'
        ' from (select association_id, count(*) from closed group by association_id) as n',
        p_mart, same_key, ops.mart_columns(p_mart, 'c.'), ops.mart_columns(p_mart, 's.')
    ) into closed_rows using p_associations, p_generation;
    execute format(
        'with added as (insert into store.%1$I (%2$s, _g_from, _g_to) select %3$s, $2, 2147483647'
        ' from candidate.%1$I as c where c.association_id = any($1) and not exists ('
        'select from store.%1$I as s where s._g_to = 2147483647 and %4$s)'
        ' returning association_id)'
        ' select coalesce(jsonb_object_agg(n.association_id, n.count), ''{}'')'
        ' from (select association_id, count(*) from added group by association_id) as n',
        p_mart, ops.mart_columns(p_mart, ''), ops.mart_columns(p_mart, 'c.'), same_key
    ) into inserted_rows using p_associations, p_generation;
    return query
    select a, coalesce((inserted_rows ->> a)::bigint, 0), coalesce((closed_rows ->> a)::bigint, 0)
    from unnest(p_associations) as a;
end
$$;

-- One mart of the associations that may move; afterwards the store must say exactly what the candidate says.
create function ops.publish_mart(p_mart text, p_associations text[], p_generation integer) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    current_rows text := format('store.%I', p_mart || '_current');
    wanted jsonb;
    stood jsonb;
    stands jsonb;
    changed text[];
begin
    perform ops.check_candidate(p_mart);
    wanted := ops.measure(format('candidate.%I', p_mart), p_mart, p_associations);
    stood := ops.measure(current_rows, p_mart, p_associations);
    changed := array(select a from unnest(p_associations) as a where wanted -> a is distinct from stood -> a);
    if cardinality(changed) = 0 then
        return;
    end if;
    insert into ops.publication_mart
        (generation, mart, association_id, rows_inserted, rows_closed, row_count, content_hash, hashed_columns)
    select
        p_generation, p_mart, m.association_id, m.inserted, m.closed,
        coalesce((wanted -> m.association_id ->> 'rows')::bigint, 0),
        coalesce(wanted -> m.association_id ->> 'hash', '0'),
        array(select column_name from ops.mart_column where mart = p_mart order by position)
    from ops.move_rows(p_mart, changed, p_generation) as m;
    stands := ops.measure(current_rows, p_mart, changed);
    if exists (select from unnest(changed) as a where wanted -> a is distinct from stands -> a) then
        raise exception using errcode = 'FS003', message = format(
            'Efter flytten säger store.%s inte detsamma som kandidaten för %s. Ingenting publicerades.', p_mart,
            array_to_string(array(
                select a from unnest(changed) as a where wanted -> a is distinct from stands -> a order by a), ', '));
    end if;
end
$$;

-- Where each association of the build stands now. Inputs that moved on while it ran are tried again next time.
create function ops.record_states(p_build ops.build, p_blocked jsonb, p_generation integer) returns void
language sql set search_path = pg_catalog, pg_temp as $$
    with tried as (
        select
            a.association_id,
            case when to_jsonb(i.delivery_ids) = p_build.inputs -> a.association_id then i.input_hash end as input_hash,
            p_blocked ? a.association_id as is_blocked,
            array(select jsonb_array_elements_text(p_blocked -> a.association_id)) as rules,
            exists (select from ops.publication_mart as m
                where m.generation = p_generation and m.association_id = a.association_id) as is_changed
        from unnest(p_build.scope) as a (association_id)
        left join ops.association_inputs(p_build.model_version) as i on i.association_id = a.association_id
    )
    insert into ops.association_state as s (association_id, attempted_hash, published_hash, generation,
        blocked_by, blocked_since_build, published_build)
    select
        association_id, input_hash, case when not is_blocked then input_hash end,
        case when is_changed then p_generation end, case when is_blocked then rules end,
        case when is_blocked then p_build.build_id end, case when not is_blocked then p_build.build_id end
    from tried
    on conflict (association_id) do update set
        attempted_hash = excluded.attempted_hash,
        published_hash = case when excluded.blocked_by is null then excluded.published_hash else s.published_hash end,
        generation = coalesce(excluded.generation, s.generation),
        blocked_by = excluded.blocked_by,
        blocked_since_build = case when excluded.blocked_by is not null
            then coalesce(s.blocked_since_build, excluded.blocked_since_build) end,
        published_build = coalesce(excluded.published_build, s.published_build)
$$;

-- The banners of the associations whose figures were just published or confirmed.
create function ops.record_findings(p_build ops.build, p_associations text[]) returns void
language sql set search_path = pg_catalog, pg_temp as $$
    delete from ops.published_finding where association_id = any(p_associations);
    with subjects as (
        select a.association_id, 'build:' || p_build.build_id as subject
        from unnest(p_associations) as a (association_id)
        union all
        select a.association_id, 'delivery:' || d.delivery_id
        from unnest(p_associations) as a (association_id)
        cross join lateral jsonb_array_elements_text(p_build.inputs -> a.association_id) as d (delivery_id)
    )
    insert into ops.published_finding (association_id, rule_id, subject, examined, failed, detail, build_id)
    select s.association_id, e.rule_id, s.subject, sum(e.examined), sum(e.failed),
        (array_agg(e.detail order by e.association_id desc))[1], p_build.build_id
    from subjects as s
    inner join ops.evidence as e
        on e.subject = s.subject and (e.association_id in (s.association_id, '*') or s.subject like 'delivery:%')
    where e.status = 'failed' and e.severity = 'finding'
    group by s.association_id, e.rule_id, s.subject
$$;

create function ops.record_publication(p_build ops.build, p_blocked jsonb, p_associations text[],
    p_generation integer, p_run_id text) returns void
language sql set search_path = pg_catalog, pg_temp as $$
    insert into ops.publication
        (generation, build_id, token, associations, blocked, model_version, code_version, business_date, run_id)
    select
        p_generation, p_build.build_id, p_build.token, array_agg(distinct association_id order by association_id), p_blocked,
        p_build.model_version, p_build.code_version, p_build.business_date, p_run_id
    from ops.publication_mart where generation = p_generation;
    insert into ops.publication_delivery (generation, association_id, delivery_id)
    select p_generation, a.association_id, d.delivery_id
    from unnest(p_associations) as a (association_id)
    cross join lateral jsonb_array_elements_text(p_build.inputs -> a.association_id) as d (delivery_id);
$$;

create function ops.outcome_of(p_build ops.build, p_blocked jsonb, p_generation integer) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp as $$
    select jsonb_build_object(
        'build_id', p_build.build_id,
        'generation', (select generation from ops.publication where generation = p_generation),
        'associations', (
            select jsonb_object_agg(a, jsonb_build_object(
                'state', case
                    when p_blocked ? a then 'blocked'
                    when exists (select from ops.publication_mart as m
                        where m.generation = p_generation and m.association_id = a) then 'published'
                    else 'unchanged' end,
                'rules', coalesce(p_blocked -> a, '[]')))
            from unnest(p_build.scope) as a),
        'marts', coalesce((
            select jsonb_object_agg(m.mart, jsonb_build_object('inserted', m.inserted, 'closed', m.closed))
            from (select mart, sum(rows_inserted) as inserted, sum(rows_closed) as closed
                from ops.publication_mart where generation = p_generation group by mart) as m), '{}')
    )
$$;

-- The one thing finsam_publish may do. Called again for the same build it answers what it answered then,
-- so that a lost connection is resolved by asking again.
create function ops.publish(p_build_id text, p_token bigint, p_run_id text) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO, YMD' set extra_float_digits = 1 as $$
declare
    answer jsonb;
    held ops.build;
    blocked jsonb;
    free text[];
    next_generation integer;
begin
    perform pg_advisory_xact_lock(hashtextextended('finsam.publish', 0));
    select outcome into answer from ops.build_outcome where token = p_token and build_id = p_build_id;
    if found then
        return answer;
    end if;
    held := ops.held_build(p_build_id, p_token);
    select coalesce(jsonb_object_agg(b.association_id, to_jsonb(b.rules)), '{}') into blocked
    from ops.blocking_rules(p_build_id, held.scope) as b;
    free := array(select a from unnest(held.scope) as a where not blocked ? a order by a);
    select coalesce(max(generation), 0) + 1 into next_generation from ops.publication;
    perform ops.publish_mart(m.mart, free, next_generation) from (select mart from ops.mart order by mart) as m;
    if exists (select from ops.publication_mart where generation = next_generation) then
        perform ops.record_publication(held, blocked, free, next_generation, p_run_id);
    end if;
    perform ops.record_states(held, blocked, next_generation);
    perform ops.record_findings(held, free);
    answer := ops.outcome_of(held, blocked, next_generation);
    insert into ops.build_outcome (token, build_id, outcome, run_id) values (p_token, p_build_id, answer, p_run_id);
    return answer;
end
$$;

reset role;
set local role own_ops;
revoke create on schema ops from own_publish;
grant usage on schema ops to finsam_publish;
reset role;
set local role own_publish;
grant execute on function ops.publish(text, bigint, text) to finsam_publish;
reset role;

-- What readers may know about what they read. Owned by own_marts, filtered by ops.my_access like the marts themselves.
set local role own_marts;

create view marts.publication with (security_barrier) as
select
    p.generation,
    p.published_at,
    p.business_date,
    seen.associations,
    p.model_version,
    p.code_version,
    p.run_id
from ops.publication as p
cross join lateral (
    select array_agg(a order by a) as associations
    from unnest(p.associations) as a
    where exists (select from ops.my_access as m where m.association_id in (a, '*'))
) as seen
where seen.associations is not null;
comment on view marts.publication is 'Publiceringar: när, och vilka förbunds siffror som då ändrades';

create view marts.association_status with (security_barrier) as
select
    s.association_id,
    s.generation,
    p.published_at,
    p.business_date,
    s.generation is not null and s.blocked_by is null as is_current,
    coalesce(s.blocked_by, '{}') as blocked_by,
    concat_ws(' ',
        case when s.generation is null then 'Inga siffror är publicerade än.'
            else format('Siffrorna är från generation %s, publicerad %s.', s.generation,
                to_char(p.published_at at time zone 'Europe/Stockholm', 'YYYY-MM-DD')) end,
        'Nyare underlag är stoppade: ' || why.reasons_sv || '.'
    ) as status_sv
from ops.association_state as s
left join ops.publication as p on p.generation = s.generation
left join lateral (
    select string_agg(concat_ws(' ', r.rule_id, '(' || c.meaning_sv || ')'), '; ' order by r.rule_id) as reasons_sv
    from unnest(s.blocked_by) as r (rule_id)
    left join ops.rule_card as c on c.rule_id = r.rule_id
) as why on true
where exists (select from ops.my_access as m where m.association_id in (s.association_id, '*'));
comment on view marts.association_status is 'Hur aktuella varje förbunds siffror är, och vad som stoppar nyare';

-- Row counts of participant files are counts of people: they stand in marts_internal only.
create view marts_internal.delivery_status with (security_barrier) as
select
    d.association_id, d.feed_id, f.title_sv, d.scope, d.period, d.file_name, d.state, d.completeness,
    d.rows_read, d.rows_loaded, d.rows_quarantined, d.rows_non_data, d.made_at, d.received_at, d.reason_sv, d.delivery_id
from ops.delivery as d
left join ops.feed as f on f.feed_id = d.feed_id
where exists (select from ops.my_access as m where m.association_id in (d.association_id, '*'))
    or (d.association_id = 'common' and exists (select from ops.my_access));
comment on view marts_internal.delivery_status is 'Varje leverans och dess öde, med radantal';

create view marts.delivery_status with (security_barrier) as
select
    d.association_id, d.feed_id, f.title_sv, d.scope, d.period, d.file_name, d.state, d.completeness,
    case when not f.is_personal then d.rows_read end as rows_read,
    case when not f.is_personal then d.rows_loaded end as rows_loaded,
    case when not f.is_personal then d.rows_quarantined end as rows_quarantined,
    case when not f.is_personal then d.rows_non_data end as rows_non_data,
    d.made_at, d.received_at,
    case
        when f.is_personal is false then d.reason_sv
        when d.reason_sv is not null then 'Skälet står i marts_internal.delivery_status.'
    end as reason_sv,
    d.delivery_id
from ops.delivery as d
left join ops.feed as f on f.feed_id = d.feed_id
where exists (select from ops.my_access as m where m.association_id in (d.association_id, '*'))
    or (d.association_id = 'common' and exists (select from ops.my_access));
comment on view marts.delivery_status is 'Varje leverans och dess öde; radantal för deltagarfiler visas bara internt';

create view marts_internal.finding with (security_barrier) as
select
    b.association_id, b.rule_id, c.meaning_sv, c.remedy_sv, b.examined, b.failed,
    coalesce(b.detail ->> 'mart', d.feed_id, b.detail ->> 'feed') as about, b.subject
from ops.published_finding as b
left join ops.rule_card as c on c.rule_id = b.rule_id
left join ops.delivery as d on b.subject = 'delivery:' || d.delivery_id
where exists (select from ops.my_access as m where m.association_id in (b.association_id, '*'));
comment on view marts_internal.finding is 'Anmärkningar på de siffror som står, med antal';

create view marts.finding with (security_barrier) as
select
    b.association_id, b.rule_id, c.meaning_sv, c.remedy_sv,
    case when m.audience in ('public', 'dimension') or f.is_personal is false then b.examined end as examined,
    case when m.audience in ('public', 'dimension') or f.is_personal is false then b.failed end as failed,
    coalesce(m.mart, f.feed_id) as about, b.subject
from ops.published_finding as b
left join ops.rule_card as c on c.rule_id = b.rule_id
left join ops.delivery as d on b.subject = 'delivery:' || d.delivery_id
left join ops.feed as f on f.feed_id = coalesce(d.feed_id, b.detail ->> 'feed')
left join ops.mart as m on m.mart = b.detail ->> 'mart'
where exists (select from ops.my_access as a where a.association_id in (b.association_id, '*'));
comment on view marts.finding is
'Anmärkningar på de siffror som står; antal visas där de inte kan vara antal personer';

create view marts.data_dictionary with (security_barrier) as
select
    m.mart, c.position, c.column_name, c.data_type, c.label_sv, c.definition_sv,
    coalesce(c.lineage ->> 'kind', 'source') as lineage_kind, c.sender_headers, m.label_sv as mart_label_sv
from ops.mart as m
inner join ops.mart_column as c on c.mart = m.mart
where m.audience in ('public', 'dimension') and left(c.column_name, 1) <> '_';
comment on view marts.data_dictionary is 'Vad varje kolumn betyder, och vad avsändarna kallar den';

create view marts_internal.data_dictionary with (security_barrier) as
select
    m.mart, c.position, c.column_name, c.data_type, c.label_sv, c.definition_sv,
    coalesce(c.lineage ->> 'kind', 'source') as lineage_kind, c.sender_headers, m.label_sv as mart_label_sv
from ops.mart as m
inner join ops.mart_column as c on c.mart = m.mart
where m.audience = 'internal' and left(c.column_name, 1) <> '_';
comment on view marts_internal.data_dictionary is 'Vad varje kolumn i marts_internal betyder, och vad avsändarna kallar den';

grant select on marts.publication, marts.association_status, marts.delivery_status, marts.finding, marts.data_dictionary
    to finsam_reader, finsam_internal;
grant select on marts_internal.delivery_status, marts_internal.finding, marts_internal.data_dictionary to finsam_internal;
reset role;
