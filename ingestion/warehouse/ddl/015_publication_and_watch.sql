-- A publication says which code moved the rows, not only which built them, and moves only what the gates saw.
-- What is overdue marks the marts that rest on it. A deliberate return to older figures is no change without input.
set local role own_ops;
alter table ops.publication add column publisher_code_version text;
comment on column ops.publication.code_version is 'Koden som byggde och prövade siffrorna';
comment on column ops.publication.publisher_code_version is
'Koden som publicerade dem; saknas före kolumnen fanns, och vid en återställning, som ingen körning gör';
grant create on schema ops to own_publish;
reset role;

set local role own_publish;

drop function ops.publish(text, bigint, text);
drop function ops.record_publication(ops.build, jsonb, text[], integer, text);

create function ops.record_publication(p_build ops.build, p_blocked jsonb, p_associations text[],
    p_generation integer, p_run_id text, p_code_version text) returns void
language sql set search_path = pg_catalog, pg_temp as $$
    insert into ops.publication
        (generation, build_id, token, associations, blocked, model_version, code_version, publisher_code_version,
            business_date, run_id)
    values (p_generation, p_build.build_id, p_build.token, ops.changed_associations(p_generation), p_blocked,
        p_build.model_version, p_build.code_version, p_code_version, p_build.business_date, p_run_id);
    insert into ops.publication_delivery (generation, association_id, delivery_id)
    select p_generation, a.association_id, d.delivery_id
    from unnest(p_associations) as a (association_id)
    cross join lateral jsonb_array_elements_text(p_build.inputs -> a.association_id) as d (delivery_id);
$$;

-- The one thing finsam_publish may do. Called again for the same build it answers what it answered then,
-- so that a lost connection is resolved by asking again. p_code_version: the caller's own (F61).
create function ops.publish(p_build_id text, p_token bigint, p_run_id text, p_code_version text) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO, YMD' set extra_float_digits = 1 as $$
declare
    answer jsonb;
    held ops.build;
    blocked jsonb;
    free text[];
    next_generation integer;
    is_new boolean;
begin
    if coalesce(btrim(p_code_version), '') = '' then
        raise exception using errcode = 'FS002', message =
            'Den som publicerar måste säga vilken kod den kör. Ingenting publicerades.';
    end if;
    perform pg_advisory_xact_lock(hashtextextended('finsam.publish', 0));
    select outcome into answer from ops.build_outcome where token = p_token and build_id = p_build_id;
    if found then
        return answer;
    end if;
    held := ops.held_build(p_build_id, p_token);
    select coalesce(jsonb_object_agg(b.association_id, to_jsonb(b.rules)), '{}') into blocked
    from (
        select s.association_id, array_agg(distinct rule order by rule) as rules
        from (select * from ops.blocking_rules(p_build_id, held.scope)
            union all select * from ops.returned_associations(held)) as s
        cross join unnest(s.rules) as rule
        group by s.association_id
    ) as b;
    free := array(select a from unnest(held.scope) as a where not blocked ? a order by a);
    select coalesce(max(generation), 0) + 1 into next_generation from ops.publication;
    perform ops.publish_mart(m.mart, free, next_generation) from (select mart from ops.mart order by mart) as m
    where cardinality(free) > 0;  -- where everybody is blocked there may be no candidate to look at
    perform ops.record_findings(held, free, next_generation);
    is_new := cardinality(ops.changed_associations(next_generation)) > 0;
    if is_new then
        perform ops.record_publication(held, blocked, free, next_generation, p_run_id, p_code_version);
    end if;
    update ops.rollback set ended_at = clock_timestamp(), ended_by = 'inputs', ended_run_id = p_run_id,
        ended_because_sv = 'Underlagen ändrades.'
    where ended_at is null and association_id = any(free);
    perform ops.record_states(held, blocked, next_generation);
    if is_new then
        perform ops.record_surroundings(next_generation);
    end if;
    answer := ops.outcome_of(held, blocked, next_generation);
    insert into ops.build_outcome (token, build_id, outcome, run_id) values (p_token, p_build_id, answer, p_run_id);
    return answer;
end
$$;
-- Each association's slice: {association: {rows, hash, signs, sums}}, hash with signs and sums where asked for. The store
-- keeps the hash of each row it holds; a candidate's are reckoned here, and where `content` is asked for the store's are
-- too. The server hashes 100 and -100 alike: `signs` tells a reversed voucher, whose rows, hash and sums are what they were.
create or replace function ops.weigh(p_relation text, p_mart text, p_associations text[], p_what text[]) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    totals text;
    negative text;
    any_negative text;
    row_hash text := case when p_relation like 'candidate.%' or 'content' = any(p_what)
        then ops.row_hash(p_mart, 't.') else 't._row_hash' end;
    measured jsonb;
begin
    select string_agg(format('sum(t.%I)', column_name), ', ' order by position),
        string_agg(format('t.%I < 0', column_name), ', ' order by position),
        string_agg(format('t.%I < 0', column_name), ' or ' order by position)
    into totals, negative, any_negative
    from ops.mart_column where mart = p_mart and data_type like 'numeric%';
    execute format(
        'select coalesce(jsonb_object_agg(association_id, to_jsonb(slices) - ''association_id''), ''{}'') from ('
        'select t.association_id, count(*) as rows%s%s%s from %s as t where t.association_id = any($1)'
        ' group by t.association_id) as slices',
        case when 'hash' = any(p_what) then format(', sum(%s)::text as hash', row_hash) end,
        -- hashed twice, as a row is: two rows that exchanged their signs would keep a sum that is linear
        case when 'hash' = any(p_what) and negative is not null then format(
            ', coalesce(sum(hashint8extended(hash_record_extended(row(%s, %s), 0), 0)) filter (where %s), 0)::text as signs',
            row_hash, negative, any_negative) end,
        case when 'sums' = any(p_what) then format(', array[%s]::numeric[] as sums', totals) end, p_relation
    ) into measured using p_associations;
    return measured;
end
$$;

-- The associations of which the candidate is not what the gates saw last: a row more, less or other, or never seen.
create function ops.touched_since_gates(p_mart text, p_associations text[], p_wanted jsonb) returns text[]
language sql stable set search_path = pg_catalog, pg_temp as $$
    select array(
        select a
        from unnest(p_associations) as a
        left join ops.marked(p_mart, p_associations) as seen (by_association) on true
        where p_wanted -> a is distinct from (seen.by_association -> a) - 'sums'
            or not exists (
                select from ops.candidate_mark as k
                inner join ops.build as b on b.build_id = k.build_id
                inner join ops.fence as f on f.name = 'build' and f.token = b.token
                where k.mart = p_mart and k.association_id = a)
        order by a)
$$;

-- One mart of the associations that may move. The candidate must be what the gates saw, and afterwards the store must
-- say exactly what the source says.
create or replace function ops.publish_mart(p_mart text, p_associations text[], p_generation integer, p_source text default null)
returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    source text := coalesce(p_source, format('candidate.%I', p_mart));
    wanted jsonb;
    stood jsonb;
    changed text[];
    wrong text[];
begin
    if p_source is null then
        perform ops.check_candidate(p_mart);
    end if;
    wanted := ops.weigh(source, p_mart, p_associations, '{hash}');
    if p_source is null then
        wrong := ops.touched_since_gates(p_mart, p_associations, wanted);
        if cardinality(wrong) > 0 then
            raise exception using errcode = 'FS003', message = format(
                'candidate.%s är inte längre det som kontrollerna såg, för %s. Ingenting publicerades. Ta reda på vem som '
                'ändrade den och bygg om med `finsam build`.', p_mart, array_to_string(wrong, ', '));
        end if;
    end if;
    stood := ops.weigh(format('store.%I', p_mart || '_current'), p_mart, p_associations, '{hash}');
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
    from ops.move_rows(p_mart, changed, p_generation, p_source) as m;
    wrong := ops.moved_wrong(source, p_mart, changed, p_generation, wanted);
    if cardinality(wrong) > 0 then
        raise exception using errcode = 'FS003', message = format(
            'Efter flytten säger store.%s inte detsamma som kandidaten för %s. Ingenting publicerades.',
            p_mart, array_to_string(wrong, ', '));
    end if;
end
$$;

-- The generation with the figures an association's last build gave, where a person has published older ones since and no
-- build has passed after that; null otherwise.
create function ops.figures_before_return(p_association_id text) returns integer
language sql stable set search_path = pg_catalog, pg_temp as $$
    select max(m.generation)
    from ops.association_state as s
    inner join ops.publication as r on r.generation = s.generation and r.kind = 'rollback'
    inner join ops.build as b on b.build_id = s.published_build and b.head_generation < r.generation
    inner join ops.publication_mart as m on m.association_id = s.association_id and m.generation < r.generation
    inner join ops.publication as p on p.generation = m.generation and p.kind = 'build'
    where s.association_id = p_association_id
$$;

-- Marts whose figures differ from those that stand although the association's deliveries are those they were made of.
-- Read before publication. old_*: the code of the publication that stands. compared: how many marts were looked at.
-- After a return to older figures a mart has changed only where it is neither what stands nor what was taken back.
create or replace function ops.changed_without_input(p_build_id text)
returns table (association_id text, compared integer, changed text[], old_model_version text, old_code_version text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO, YMD' set extra_float_digits = 1 as $$
#variable_conflict use_column
declare
    same_inputs text[];
    returned jsonb;
    one record;
    wanted jsonb;
    stood jsonb;
    taken_back jsonb;
    differing jsonb := '{}';
    mart_count integer := 0;
begin
    same_inputs := array(
        select s.association_id
        from ops.build as b
        cross join unnest(b.scope) as s (association_id)
        inner join ops.association_state as t on t.association_id = s.association_id
        inner join ops.build as p on p.build_id = t.published_build
        where b.build_id = p_build_id and p.inputs -> s.association_id = b.inputs -> s.association_id);
    select coalesce(jsonb_object_agg(a, g), '{}') into returned
    from unnest(same_inputs) as a cross join lateral ops.figures_before_return(a) as g where g is not null;
    if cardinality(same_inputs) > 0 then
        for one in select m.mart from ops.mart as m order by m.mart loop
            mart_count := mart_count + 1;
            wanted := ops.measure(format('candidate.%I', one.mart), one.mart, same_inputs);
            stood := ops.measure(format('store.%I', one.mart || '_current'), one.mart, same_inputs);
            select coalesce(jsonb_object_agg(r.key, ops.measure(
                format('(select * from store.%1$I as g where g._g_from <= %2$s and g._g_to > %2$s)', one.mart, r.value),
                one.mart, array[r.key]) -> r.key), '{}')
            into taken_back from jsonb_each_text(returned) as r;
            select differing || coalesce(jsonb_object_agg(a, coalesce(differing -> a, '[]') || to_jsonb(one.mart)), '{}')
            into differing from unnest(same_inputs) as a
            where wanted -> a is distinct from stood -> a
                and (not returned ? a or wanted -> a is distinct from nullif(taken_back -> a, 'null'));
        end loop;
    end if;
    return query
    select a.association_id, mart_count, array(select jsonb_array_elements_text(differing -> a.association_id)),
        p.model_version, p.code_version
    from unnest(same_inputs) as a (association_id)
    inner join ops.association_state as t on t.association_id = a.association_id
    inner join ops.build as p on p.build_id = t.published_build;
end
$$;

-- What is written down when an older generation's rows were published anew: banners as they were, and the one that
-- says so; what the figures were made of; and that it stands until an input changes. Not the banner that figures changed
-- without input (BLD-002): that is about the night they changed, and what changed them now is the person PUB-001 names.
create or replace function ops.record_rollback(p_restored ops.publication, p_associations text[], p_generation integer,
    p_reason_sv text, p_run_id text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    wanted jsonb;
begin
    select coalesce(jsonb_agg(to_jsonb(f) - '{_g_from,_g_to}'::text[]), '[]') into wanted
    from ops.published_finding as f
    where f.association_id = any(p_associations) and f.rule_id not in ('PUB-001', 'BLD-002')
        and f._g_from <= p_restored.generation and f._g_to > p_restored.generation;
    select wanted || jsonb_agg(jsonb_build_object(
        'association_id', a, 'rule_id', 'PUB-001', 'subject', format('publication:%s', p_generation), 'part', '*',
        'waiver_id', null, 'examined', 1, 'failed', 1, 'build_id', null, 'detail', jsonb_build_object(
            'returns_to', p_restored.generation, 'reason_sv', p_reason_sv, 'decided_by', session_user))) into wanted
    from unnest(p_associations) as a;
    perform ops.move_register('published_finding', wanted, p_generation, p_associations);
    insert into ops.publication (generation, associations, blocked, model_version, code_version, business_date, run_id,
        kind, returns_to, reason_sv, decided_by)
    values (p_generation, ops.changed_associations(p_generation), '{}', p_restored.model_version, p_restored.code_version,
        p_restored.business_date, p_run_id, 'rollback', p_restored.generation, p_reason_sv, session_user);
    insert into ops.publication_delivery (generation, association_id, delivery_id)
    select p_generation, a, d.delivery_id
    from unnest(p_associations) as a
    inner join ops.publication_delivery as d on d.association_id = a and d.generation = (
        select max(l.generation) from ops.publication_delivery as l
        where l.association_id = a and l.generation <= p_restored.generation);
    update ops.rollback set ended_at = clock_timestamp(), ended_by = session_user, ended_run_id = p_run_id,
        ended_because_sv = 'En ny återställning tog vid.'
    where ended_at is null and association_id = any(p_associations);
    insert into ops.rollback (association_id, generation, returns_to, inputs, reason_sv, decided_by, run_id)
    select a, p_generation, p_restored.generation, coalesce(b.inputs -> a, '[]'), p_reason_sv, session_user, p_run_id
    from unnest(p_associations) as a
    left join ops.association_state as s on s.association_id = a
    left join ops.build as b on b.build_id = s.published_build;
    update ops.association_state set generation = p_generation where association_id = any(p_associations);
end
$$;

revoke execute on function ops.publish(text, bigint, text, text),
    ops.record_publication(ops.build, jsonb, text[], integer, text, text),
    ops.touched_since_gates(text, text[], jsonb), ops.figures_before_return(text) from public;
grant execute on function ops.publish(text, bigint, text, text) to finsam_publish;
reset role;

set local role own_ops;
revoke create on schema ops from own_publish;
reset role;

set local role own_marts;
create or replace view marts.publication with (security_barrier) as
select
    p.generation,
    p.published_at,
    p.business_date,
    seen.associations,
    p.model_version,
    p.code_version,
    p.run_id,
    p.returns_to,
    p.reason_sv,
    p.folded_at is not null as is_folded,
    p.publisher_code_version
from ops.publication as p
cross join lateral (
    select array_agg(a order by a) as associations
    from unnest(p.associations) as a
    where exists (select from ops.my_access as m where m.association_id in (a, '*'))
) as seen
where seen.associations is not null;
reset role;

-- What should have come and has not, as it was judged last: at each build's opening and once a day. due_at: the end of the
-- last day, the days of grace not counted.
set local role own_ops;
create or replace view ops.overdue_delivery as
select
    e.association_id, e.feed_id, e.period,
    (e.due_on + time '23:59') at time zone 'Europe/Stockholm' as due_at
from ops.expected_delivery as e
where e.is_late;
reset role;
