-- Publication with banners, rollback and folding: what stands beside the figures has generations too, an older
-- generation can be published anew, and the past is thinned without losing a month-end or a board meeting.
do $$
begin
    if not exists (select 1 from pg_roles where rolname = 'own_keeper') then
        create role own_keeper nologin noinherit;
    end if;
    grant own_keeper to current_user;
end
$$;
-- As in 006: where advisory locks were taken from everyone, the keeper needs the one publication waits for.
do $$
begin
    if (select rolsuper from pg_roles where rolname = current_user) then
        grant execute on function pg_advisory_xact_lock(bigint) to own_keeper;
    end if;
end
$$;
grant usage on schema ops, store to own_keeper;

set local role own_ops;

alter table ops.publication
    add column kind text not null default 'build' check (kind in ('build', 'rollback')),
    add column returns_to integer,
    add column reason_sv text,
    add column decided_by text,
    add column folded_at timestamptz,
    alter column build_id drop not null,
    alter column token drop not null,
    add constraint a_build_or_a_decision check (
        case kind when 'build' then build_id is not null and token is not null
            else returns_to is not null and reason_sv is not null and decided_by is not null end);
comment on column ops.publication.returns_to is 'Generationen vars rader publicerades på nytt, vid en återställning';
comment on column ops.publication.folded_at is
'När generationen veks ihop: dess egna rader finns inte kvar, bara de som en sparad generation också har';

-- Which way each content_hash was reckoned: the first was over the row's text, which cost five times as much.
alter table ops.publication_mart add column hash_method text not null default 'text'
    check (hash_method in ('text', 'record'));
alter table ops.publication_mart alter column hash_method set default 'record';

-- The banners, with generations like the store's rows. The table that was becomes the partition of those that stand,
-- so that the views upon it go on showing the present.
alter table ops.published_finding rename to published_finding_current;
alter table ops.published_finding_current drop constraint published_finding_pkey;
alter table ops.published_finding_current
    add column if not exists part text not null default '*',
    add column if not exists waiver_id text,
    add column _g_from integer not null default 1,
    add column _g_to integer not null default 2147483647;
update ops.published_finding_current
set _g_from = (select greatest(coalesce(max(generation), 1), 1) from ops.publication);
alter table ops.published_finding_current
    alter column _g_from drop default,
    alter column _g_to drop default,
    alter column build_id drop not null;
create table ops.published_finding (
    like ops.published_finding_current including defaults,
    primary key (association_id, rule_id, subject, part, _g_to),
    constraint published_finding_span check (_g_to > _g_from)
) partition by range (_g_to);
alter table ops.published_finding_current add constraint published_finding_span check (_g_to > _g_from);
alter table ops.published_finding attach partition ops.published_finding_current
for values from (2147483647) to (maxvalue);
create table ops.published_finding_history partition of ops.published_finding default;
comment on table ops.published_finding is 'Anmärkningarna bredvid siffrorna, i de generationer de stod';
create view ops.current_finding as
select association_id, rule_id, subject, part, waiver_id, examined, failed, detail, build_id
from ops.published_finding_current;

-- Where each association stood when a generation came out.
create table ops.published_status (
    association_id text not null,
    figures_generation integer,
    blocked_by text[],
    returned_to integer,
    return_reason_sv text,
    _g_from integer not null,
    _g_to integer not null check (_g_to > _g_from),
    primary key (association_id, _g_to)
);
comment on table ops.published_status is 'Hur aktuella varje förbunds siffror var, i de generationer det gällde';

-- What the columns were called and meant when a generation came out.
create table ops.published_column (
    mart text not null,
    audience text not null,
    column_name text not null,
    position integer not null,
    data_type text not null,
    label_sv text not null,
    definition_sv text not null,
    lineage_kind text not null,
    sender_headers text[] not null,
    mart_label_sv text not null,
    _g_from integer not null,
    _g_to integer not null check (_g_to > _g_from),
    primary key (mart, column_name, _g_to)
);
comment on table ops.published_column is 'Vad varje kolumn hette och betydde, i de generationer det gällde';

-- A person's decision that an older generation's figures stand until an input changes or somebody releases them.
create table ops.rollback (
    association_id text not null,
    generation integer not null,
    returns_to integer not null,
    inputs jsonb not null,
    reason_sv text not null,
    decided_by text not null,
    run_id text not null,
    decided_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    ended_by text,
    ended_because_sv text,
    ended_run_id text,
    primary key (association_id, generation)
);
create unique index rollback_in_force on ops.rollback (association_id) where ended_at is null;
comment on table ops.rollback is 'Återställningar till en äldre generation: vilka, varför, av vem, och när de upphörde';
comment on column ops.rollback.inputs is 'Underlagen bakom siffrorna som togs bort: så länge de är desamma står återställningen';

-- When boards met: what stood published then is never folded. '*' is every association.
create table ops.board_date (
    association_id text not null,
    meeting_date date not null,
    note_sv text not null default '',
    entered_by text not null,
    entered_at timestamptz not null default clock_timestamp(),
    primary key (association_id, meeting_date)
);
comment on table ops.board_date is 'Styrelsemöten: det som var publicerat då sparas alltid';

create table ops.folding (
    folding_number integer generated always as identity primary key,
    run_id text not null,
    as_of_date date not null,
    keep_days integer not null,
    folded integer[] not null,
    rows_removed jsonb not null,
    folded_at timestamptz not null default clock_timestamp()
);
comment on table ops.folding is 'Varje gång äldre generationer veks ihop: vilka, och hur många rader som togs bort';

-- Where associations stand, now (is_past false) and as of each generation, in words.
create view ops.told_status as
with standing as (
    select
        false as is_past, null::integer as as_of_generation, s.association_id, s.generation, s.blocked_by,
        r.returns_to as returned_to, r.reason_sv as return_reason_sv
    from ops.association_state as s
    left join ops.rollback as r on r.association_id = s.association_id and r.ended_at is null
    union all
    select
        true as is_past, p.generation, s.association_id, s.figures_generation, s.blocked_by, s.returned_to,
        s.return_reason_sv
    from ops.publication as p
    inner join ops.published_status as s on s._g_from <= p.generation and s._g_to > p.generation
    where p.folded_at is null
)
select
    s.is_past,
    s.as_of_generation,
    s.association_id,
    s.generation,
    p.published_at,
    p.business_date,
    s.generation is not null and s.blocked_by is null and s.returned_to is null as is_current,
    coalesce(s.blocked_by, '{}') as blocked_by,
    concat_ws(' ',
        case when s.generation is null then 'Inga siffror är publicerade än.'
            else format('Siffrorna är från generation %s, publicerad %s.', s.generation,
                to_char(p.published_at at time zone 'Europe/Stockholm', 'YYYY-MM-DD')) end,
        format('De är återställda till generation %s: %s.', s.returned_to, rtrim(s.return_reason_sv, '.')),
        'Nyare underlag är stoppade: ' || why.reasons_sv || '.'
    ) as status_sv,
    s.returned_to,
    s.return_reason_sv
from standing as s
left join ops.publication as p on p.generation = s.generation
left join lateral (
    select string_agg(concat_ws(' ', r.rule_id, '(' || c.meaning_sv || ')'), '; ' order by r.rule_id) as reasons_sv
    from unnest(s.blocked_by) as r (rule_id)
    left join ops.rule_card as c on c.rule_id = r.rule_id
) as why on true;

-- Every generation, and the one that is shown for it: itself, or the nearest older one that is kept.
create view ops.shown_generation as
select
    p.generation, p.published_at, p.business_date, p.folded_at is not null as is_folded,
    case when p.folded_at is null then p.generation
        else (select max(k.generation) from ops.publication as k
            where k.generation < p.generation and k.folded_at is null) end as shown_generation
from ops.publication as p;

grant select on ops.told_status, ops.published_finding, ops.published_column, ops.shown_generation to own_marts;
grant select on ops.published_finding, ops.published_finding_history, ops.current_finding, ops.published_status,
    ops.published_column, ops.rollback, ops.board_date, ops.folding, ops.told_status, ops.shown_generation
    to finsam_gate, finsam_audit;
grant select, insert, update (_g_to) on ops.published_finding, ops.published_status, ops.published_column to own_publish;
grant select on ops.rule_card, ops.my_access, ops.current_finding to own_publish;
grant select, insert, update (ended_at, ended_by, ended_because_sv, ended_run_id) on ops.rollback to own_publish;
revoke delete on ops.published_finding_current from own_publish;
grant select on ops.publication, ops.mart, ops.board_date to own_keeper;
grant update (folded_at) on ops.publication to own_keeper;
grant select, delete on ops.published_finding_history, ops.published_status, ops.published_column to own_keeper;
grant insert on ops.folding to own_keeper;
grant create on schema ops to own_publish, own_keeper;

-- A steward enters when a board meets; the answer is the generation that date shows, null if nothing was out.
create function ops.enter_board_date(p_association_id text, p_meeting_date date, p_note_sv text) returns integer
language plpgsql security definer set search_path = ops, pg_temp as $$
begin
    if not exists (select from ops.my_access as a where a.association_id in (p_association_id, '*')) then
        raise insufficient_privilege using message = format('%s decides nothing for %s', session_user, p_association_id);
    end if;
    insert into ops.board_date (association_id, meeting_date, note_sv, entered_by)
    values (p_association_id, p_meeting_date, coalesce(p_note_sv, ''), session_user)
    on conflict (association_id, meeting_date) do update
    set note_sv = excluded.note_sv, entered_by = excluded.entered_by, entered_at = excluded.entered_at;
    return (select max(generation) from ops.publication
        where folded_at is null and (published_at at time zone 'Europe/Stockholm')::date <= p_meeting_date);
end
$$;
revoke execute on function ops.enter_board_date(text, date, text) from public;
grant execute on function ops.enter_board_date(text, date, text) to decide_deliveries;
reset role;

set local role own_publish;

-- One row's hash as an expression. The server's own hash of a record is linear in its columns: two rows that exchanged
-- a value would keep their sum, hence the second hash over it.
create function ops.row_hash(p_mart text, p_alias text) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select format('hashint8extended(hash_record_extended(row(%s), 0), 0)', ops.mart_columns(p_mart, p_alias))
$$;

-- Each association's slice: {association: {rows, hash, sums}}, hash and sums where asked for. The store keeps the hash
-- of each row it holds; a candidate's are reckoned here, and where `content` is asked for the store's are too.
create function ops.weigh(p_relation text, p_mart text, p_associations text[], p_what text[]) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    totals text;
    row_hash text := case when p_relation like 'candidate.%' or 'content' = any(p_what)
        then ops.row_hash(p_mart, 't.') else 't._row_hash' end;
    measured jsonb;
begin
    select string_agg(format('sum(t.%I)', column_name), ', ' order by position) into totals
    from ops.mart_column where mart = p_mart and data_type like 'numeric%';
    execute format(
        'select coalesce(jsonb_object_agg(association_id, to_jsonb(slices) - ''association_id''), ''{}'') from ('
        'select t.association_id, count(*) as rows%s%s from %s as t where t.association_id = any($1)'
        ' group by t.association_id) as slices',
        case when 'hash' = any(p_what) then format(', sum(%s)::text as hash', row_hash) end,
        case when 'sums' = any(p_what) then format(', array[%s]::numeric[] as sums', totals) end, p_relation
    ) into measured using p_associations;
    return measured;
end
$$;

create or replace function ops.measure(p_relation text, p_mart text, p_associations text[]) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp as $$
    select ops.weigh(p_relation, p_mart, p_associations, '{hash,sums}')
$$;

-- Closes what is gone or changed and adds what is new or changed. Compared byte for byte: 1.0 is not 1.00.
-- p_source: the candidate, else a query upon the store with an earlier generation's rows.
drop function ops.move_rows(text, text[], integer);
create function ops.move_rows(p_mart text, p_associations text[], p_generation integer, p_source text default null)
returns table (association_id text, inserted bigint, closed bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    source text := coalesce(p_source, format('candidate.%I', p_mart));
    same_key text;
    closed_rows jsonb;
    inserted_rows jsonb;
begin
    select string_agg(format('c.%1$I = s.%1$I', key_column), ' and ') into same_key
    from ops.mart as m cross join unnest(m.primary_key) as key_column where m.mart = p_mart;
    execute format(
        'with closed as (update store.%1$I as s set _g_to = $2'
        ' where s._g_to = 2147483647 and s.association_id = any($1) and not exists ('
        'select from %5$s as c where %2$s and c.association_id = any($1)'
        ' and record_image_eq(row(%3$s), row(%4$s)))'
        ' returning s.association_id)'
        ' select coalesce(jsonb_object_agg(n.association_id, n.count), ''{}'')'
        ' from (select association_id, count(*) from closed group by association_id) as n',
        p_mart, same_key, ops.mart_columns(p_mart, 'c.'), ops.mart_columns(p_mart, 's.'), source
    ) into closed_rows using p_associations, p_generation;
    execute format(
        'with added as (insert into store.%1$I (%2$s, _row_hash, _g_from, _g_to) select %3$s, %6$s, $2, 2147483647'
        ' from %5$s as c where c.association_id = any($1) and not exists ('
        'select from store.%1$I as s where s._g_to = 2147483647 and s.association_id = any($1) and %4$s)'
        ' returning association_id)'
        ' select coalesce(jsonb_object_agg(n.association_id, n.count), ''{}'')'
        ' from (select association_id, count(*) from added group by association_id) as n',
        p_mart, ops.mart_columns(p_mart, ''), ops.mart_columns(p_mart, 'c.'), same_key, source,
        ops.row_hash(p_mart, 'c.')
    ) into inserted_rows using p_associations, p_generation;
    return query
    select a, coalesce((inserted_rows ->> a)::bigint, 0), coalesce((closed_rows ->> a)::bigint, 0)
    from unnest(p_associations) as a;
end
$$;

-- The associations of which the store does not say what the source says: rows, hash, money, and that each row that
-- came is the one whose hash it carries.
create function ops.moved_wrong(p_source text, p_mart text, p_associations text[], p_generation integer, p_wanted jsonb)
returns text[] language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    current_rows text := format('store.%I', p_mart || '_current');
    stands jsonb := ops.weigh(current_rows, p_mart, p_associations, '{hash}');
    wanted_sums jsonb := ops.weigh(p_source, p_mart, p_associations, '{sums}');
    sums jsonb := ops.weigh(current_rows, p_mart, p_associations, '{sums}');
    wrong text[];
begin
    execute format(
        'select array(select distinct t.association_id from %s as t'
        ' where t.association_id = any($1) and t._g_from = $2 and t._row_hash <> %s)',
        current_rows, ops.row_hash(p_mart, 't.')) into wrong using p_associations, p_generation;
    return array(
        select a from unnest(p_associations) as a
        where a = any(wrong) or p_wanted -> a is distinct from stands -> a or wanted_sums -> a is distinct from sums -> a
        order by a);
end
$$;

-- One mart of the associations that may move; afterwards the store must say exactly what the source says.
drop function ops.publish_mart(text, text[], integer);
create function ops.publish_mart(p_mart text, p_associations text[], p_generation integer, p_source text default null)
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

-- Brings what stands beside the figures to p_wanted (rows as JSON) as of a generation: closes what is gone, adds what
-- is new, leaves the rest. p_associations: only theirs; all where null.
create function ops.move_register(p_register text, p_wanted jsonb, p_generation integer, p_associations text[])
returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    execute format(
        'update ops.%1$I as r set _g_to = $2 where r._g_to = 2147483647'
        ' and ($3 is null or to_jsonb(r) ->> ''association_id'' = any($3))'
        ' and jsonb_strip_nulls(to_jsonb(r) - ''{_g_from,_g_to}''::text[]) not in ('
        'select jsonb_strip_nulls(value) from jsonb_array_elements($1))', p_register
    ) using p_wanted, p_generation, p_associations;
    execute format(
        'insert into ops.%1$I select n.* from (select distinct value from jsonb_array_elements($1)) as w'
        ' cross join lateral jsonb_populate_record(null::ops.%1$I,'
        ' w.value || jsonb_build_object(''_g_from'', $2, ''_g_to'', 2147483647)) as n'
        ' where jsonb_strip_nulls(w.value) not in ('
        'select jsonb_strip_nulls(to_jsonb(r) - ''{_g_from,_g_to}''::text[]) from ops.%1$I as r'
        ' where r._g_to = 2147483647)', p_register
    ) using p_wanted, p_generation;
end
$$;

-- The banners of the associations whose figures are published or confirmed. One that says what it said keeps its row:
-- that another build found it again is no change.
drop function ops.record_findings(ops.build, text[]);
create function ops.record_findings(p_build ops.build, p_associations text[], p_generation integer) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    wanted jsonb;
begin
    with subjects as (
        select a.association_id, 'build:' || p_build.build_id as subject
        from unnest(p_associations) as a (association_id)
        union all
        select a.association_id, 'delivery:' || d.delivery_id
        from unnest(p_associations) as a (association_id)
        cross join lateral jsonb_array_elements_text(p_build.inputs -> a.association_id) as d (delivery_id)
    ),
    found as (
        select s.association_id, e.rule_id, s.subject, coalesce(to_jsonb(e) ->> 'part', '*') as part,
            max(to_jsonb(e) ->> 'waiver_id') as waiver_id, sum(e.examined)::bigint as examined, sum(e.failed)::bigint as failed,
            (array_agg(e.detail order by e.association_id desc))[1] as detail
        from subjects as s
        inner join ops.evidence as e
            on e.subject = s.subject and (e.association_id in (s.association_id, '*') or s.subject like 'delivery:%')
        where e.status = 'failed' and (e.severity = 'finding' or (e.severity = 'hold' and e.waiver_id is not null))
        group by s.association_id, e.rule_id, s.subject, coalesce(to_jsonb(e) ->> 'part', '*')
    )
    select coalesce(jsonb_agg(jsonb_build_object(
        'association_id', f.association_id, 'rule_id', f.rule_id, 'subject', coalesce(c.subject, f.subject),
        'part', f.part, 'waiver_id', f.waiver_id, 'examined', f.examined, 'failed', f.failed, 'detail', f.detail,
        'build_id', coalesce(c.build_id, p_build.build_id))), '[]')
    into wanted
    from found as f
    left join ops.current_finding as c
        on c.association_id = f.association_id and c.rule_id = f.rule_id and c.part = f.part
        and (c.subject = f.subject or (c.subject like 'build:%' and f.subject like 'build:%'))
        and (c.waiver_id, c.examined, c.failed, c.detail) is not distinct from (f.waiver_id, f.examined, f.failed, f.detail);
    perform ops.move_register('published_finding', wanted, p_generation, p_associations);
end
$$;

-- Where associations stand and what columns mean, as of the generation that just came out.
create function ops.record_surroundings(p_generation integer) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    status jsonb;
    dictionary jsonb;
begin
    select coalesce(jsonb_agg(jsonb_build_object(
        'association_id', s.association_id, 'figures_generation', s.generation, 'blocked_by', s.blocked_by,
        'returned_to', r.returns_to, 'return_reason_sv', r.reason_sv)), '[]') into status
    from ops.association_state as s
    left join ops.rollback as r on r.association_id = s.association_id and r.ended_at is null;
    perform ops.move_register('published_status', status, p_generation, null);
    select coalesce(jsonb_agg(jsonb_build_object(
        'mart', m.mart, 'audience', m.audience, 'column_name', c.column_name, 'position', c.position,
        'data_type', c.data_type, 'label_sv', c.label_sv, 'definition_sv', c.definition_sv,
        'lineage_kind', coalesce(c.lineage ->> 'kind', 'source'), 'sender_headers', c.sender_headers,
        'mart_label_sv', m.label_sv)), '[]') into dictionary
    from ops.mart as m inner join ops.mart_column as c on c.mart = m.mart
    where left(c.column_name, 1) <> '_';
    perform ops.move_register('published_column', dictionary, p_generation, null);
end
$$;

-- The associations of which a generation changed a figure or a banner.
create function ops.changed_associations(p_generation integer) returns text[]
language sql stable set search_path = pg_catalog, pg_temp as $$
    select array(
        select association_id from ops.publication_mart where generation = p_generation
        union
        select association_id from ops.published_finding where p_generation in (_g_from, _g_to)
        order by 1)
$$;

create or replace function ops.record_publication(p_build ops.build, p_blocked jsonb, p_associations text[],
    p_generation integer, p_run_id text) returns void
language sql set search_path = pg_catalog, pg_temp as $$
    insert into ops.publication
        (generation, build_id, token, associations, blocked, model_version, code_version, business_date, run_id)
    values (p_generation, p_build.build_id, p_build.token, ops.changed_associations(p_generation), p_blocked,
        p_build.model_version, p_build.code_version, p_build.business_date, p_run_id);
    insert into ops.publication_delivery (generation, association_id, delivery_id)
    select p_generation, a.association_id, d.delivery_id
    from unnest(p_associations) as a (association_id)
    cross join lateral jsonb_array_elements_text(p_build.inputs -> a.association_id) as d (delivery_id);
$$;

create or replace function ops.outcome_of(p_build ops.build, p_blocked jsonb, p_generation integer) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp as $$
    select jsonb_build_object(
        'build_id', p_build.build_id,
        'generation', (select generation from ops.publication where generation = p_generation),
        'associations', (
            select jsonb_object_agg(a, jsonb_build_object(
                'state', case
                    when p_blocked ? a then 'blocked'
                    when a = any(ops.changed_associations(p_generation)) then 'published'
                    else 'unchanged' end,
                'rules', coalesce(p_blocked -> a, '[]')))
            from unnest(p_build.scope) as a),
        'marts', coalesce((
            select jsonb_object_agg(m.mart, jsonb_build_object('inserted', m.inserted, 'closed', m.closed))
            from (select mart, sum(rows_inserted) as inserted, sum(rows_closed) as closed
                from ops.publication_mart where generation = p_generation group by mart) as m), '{}')
    )
$$;

-- A rollback in force stops its association like a rule, PUB-001, while the inputs are those it was decided about.
create function ops.returned_associations(p_build ops.build) returns table (association_id text, rules text[])
language sql stable set search_path = pg_catalog, pg_temp as $$
    select r.association_id, '{PUB-001}'::text[]
    from ops.rollback as r
    where r.ended_at is null and r.association_id = any(p_build.scope)
        and r.inputs = p_build.inputs -> r.association_id
$$;

-- The one thing finsam_publish may do. Called again for the same build it answers what it answered then,
-- so that a lost connection is resolved by asking again.
create or replace function ops.publish(p_build_id text, p_token bigint, p_run_id text) returns jsonb
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
        perform ops.record_publication(held, blocked, free, next_generation, p_run_id);
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

-- Says no to a decision that somebody may not make, or that has no reason. FS004: for the person who asked.
create function ops.check_decision(p_associations text[], p_reason_sv text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    foreign_one text;
begin
    if coalesce(btrim(p_reason_sv), '') = '' or coalesce(cardinality(p_associations), 0) = 0 then
        raise exception using errcode = 'FS004', message = 'Ange vilka förbund och varför; skälet sparas med beslutet.';
    end if;
    select a into foreign_one from unnest(p_associations) as a
    where not exists (select from ops.my_access as m where m.association_id in (a, '*')) limit 1;
    if foreign_one is not null then
        raise insufficient_privilege using message = format('%s decides nothing for %s', session_user, foreign_one);
    end if;
end
$$;

-- The generation whose rows are to be published anew. Raises FS004 where it cannot be, and says what can.
create function ops.returnable(p_generation integer, p_associations text[]) returns ops.publication
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    restored ops.publication;
    absent text;
begin
    select * into restored from ops.publication where generation = p_generation;
    if not found then
        raise exception using errcode = 'FS004', message = format('Generation %s finns inte.', p_generation);
    end if;
    if restored.folded_at is not null then
        raise exception using errcode = 'FS004', message = format(
            'Generation %s är hopvikt. Den närmast äldre som är sparad är %s.', p_generation,
            (select max(generation) from ops.publication where generation < p_generation and folded_at is null));
    end if;
    select a into absent from unnest(p_associations) as a where not exists (
        select from ops.publication_mart as m where m.association_id = a and m.generation <= p_generation) limit 1;
    if absent is not null then
        raise exception using errcode = 'FS004', message = format(
            'Förbundet %s hade inga siffror i generation %s.', absent, p_generation);
    end if;
    return restored;
end
$$;

-- What is written down when an older generation's rows were published anew: banners as they were, and the one that
-- says so; what the figures were made of; and that it stands until an input changes.
create function ops.record_rollback(p_restored ops.publication, p_associations text[], p_generation integer,
    p_reason_sv text, p_run_id text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    wanted jsonb;
begin
    select coalesce(jsonb_agg(to_jsonb(f) - '{_g_from,_g_to}'::text[]), '[]') into wanted
    from ops.published_finding as f
    where f.association_id = any(p_associations) and f.rule_id <> 'PUB-001'
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

-- A person's decision: the figures of an older generation are published anew, all marts of those associations together.
-- Asked again it answers what it did. Returns the new generation.
create function ops.roll_back(p_generation integer, p_associations text[], p_reason_sv text, p_run_id text)
returns integer language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    restored ops.publication;
    chosen text[] := array(select distinct a from unnest(p_associations) as a order by a);
    standing integer[];
    next_generation integer;
begin
    perform pg_advisory_xact_lock(hashtextextended('finsam.publish', 0));
    perform ops.check_decision(chosen, p_reason_sv);
    restored := ops.returnable(p_generation, chosen);
    standing := array(select r.generation from ops.rollback as r
        where r.ended_at is null and r.association_id = any(chosen) and r.returns_to = p_generation);
    if cardinality(standing) = cardinality(chosen) then
        return standing[1];
    end if;
    select max(generation) + 1 into next_generation from ops.publication;
    perform ops.publish_mart(m.mart, chosen, next_generation, format(
        '(select * from store.%I as g where g._g_from <= %s and g._g_to > %s)', m.mart, p_generation, p_generation))
    from (select mart from ops.mart order by mart) as m;
    if not exists (select from ops.publication_mart where generation = next_generation) then
        raise exception using errcode = 'FS004', message = format(
            'Siffrorna är redan desamma som i generation %s: ingenting ändras.', p_generation);
    end if;
    perform ops.record_rollback(restored, chosen, next_generation, btrim(p_reason_sv), p_run_id);
    perform ops.record_surroundings(next_generation);
    return next_generation;
end
$$;

-- Lets go of rollbacks: the next build takes those associations in again. Returns the ones that were in force.
create function ops.release_rollback(p_associations text[], p_reason_sv text, p_run_id text) returns text[]
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    released text[];
begin
    perform pg_advisory_xact_lock(hashtextextended('finsam.publish', 0));
    perform ops.check_decision(p_associations, p_reason_sv);
    with ended as (
        update ops.rollback set ended_at = clock_timestamp(), ended_by = session_user, ended_run_id = p_run_id,
            ended_because_sv = btrim(p_reason_sv)
        where ended_at is null and association_id = any(p_associations)
        returning association_id
    )
    select coalesce(array_agg(association_id order by association_id), '{}') into released from ended;
    update ops.association_state set attempted_hash = null where association_id = any(released);
    return released;
end
$$;

grant execute on function ops.publish(text, bigint, text) to finsam_publish;
grant execute on function ops.roll_back(integer, text[], text, text), ops.release_rollback(text[], text, text)
    to decide_deliveries;
-- The gate weighs a candidate as publication will.
grant execute on function ops.measure(text, text, text[]), ops.weigh(text, text, text[], text[]), ops.row_hash(text, text),
    ops.mart_columns(text, text) to finsam_gate;
reset role;

set local role own_keeper;

-- Which generations stay whole: all of the last p_keep_days, older ones where a month ended or a board met with them
-- on the table, the first and the newest. By the order of publications, not by the clock alone.
create function ops.kept_generations(p_today date, p_keep_days integer) returns setof integer
language sql stable set search_path = pg_catalog, pg_temp as $$
    with published as (
        select generation, (published_at at time zone 'Europe/Stockholm')::date as day
        from ops.publication where folded_at is null
    ),
    remembered as (
        select (month + interval '1 month' - interval '1 day')::date as day
        from generate_series((select date_trunc('month', min(day)) from published), p_today, interval '1 month') as month
        union
        select d.meeting_date - earlier from ops.board_date as d cross join generate_series(0, 1) as earlier
        union
        select p_today - p_keep_days
    )
    select max(p.generation) from remembered as r inner join published as p on p.day <= r.day group by r.day
    union
    select generation from published where day >= p_today - p_keep_days
    union
    select min(generation) from published
    union
    select max(generation) from published
$$;

-- Removes the rows that only folded generations had. What a kept generation shows is not touched: a row goes only if its
-- whole span lies between two kept ones. Returns the folded generations and the rows removed of each table.
create function ops.fold(p_run_id text, p_keep_days integer default 400, p_today date default current_date)
returns jsonb language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    kept integer[];
    folded integer[];
    relation text;
    removed bigint;
    rows_removed jsonb := '{}';
begin
    if p_keep_days < 0 then
        raise exception using errcode = 'FS004', message = 'Antalet dagar kan inte vara negativt.';
    end if;
    perform pg_advisory_xact_lock(hashtextextended('finsam.publish', 0));
    kept := array(select k from ops.kept_generations(p_today, p_keep_days) as k where k is not null order by k);
    folded := array(select generation from ops.publication
        where folded_at is null and generation <> all(kept) order by generation);
    if cardinality(folded) = 0 then
        return jsonb_build_object('folded', '[]'::jsonb, 'kept', to_jsonb(kept), 'rows_removed', rows_removed);
    end if;
    for relation in
        select format('store.%I', mart || '_history') from ops.mart
        union all values ('ops.published_finding_history'), ('ops.published_status'), ('ops.published_column')
    loop
        execute format(
            'with gaps as (select distinct (select max(k) from unnest($1) as k where k < f) as after_kept,'
            ' (select min(k) from unnest($1) as k where k > f) as next_kept from unnest($2) as f)'
            ' delete from %s as r using gaps as g where r._g_from > g.after_kept and r._g_to <= g.next_kept', relation
        ) using kept, folded;
        get diagnostics removed = row_count;
        if removed > 0 then
            rows_removed := rows_removed || jsonb_build_object(relation, removed);
        end if;
    end loop;
    update ops.publication set folded_at = clock_timestamp() where generation = any(folded);
    insert into ops.folding (run_id, as_of_date, keep_days, folded, rows_removed)
    values (p_run_id, p_today, p_keep_days, folded, rows_removed);
    return jsonb_build_object('folded', to_jsonb(folded), 'kept', to_jsonb(kept), 'rows_removed', rows_removed);
end
$$;
revoke execute on function ops.kept_generations(date, integer), ops.fold(text, integer, date) from public;
reset role;

set local role own_ops;
revoke create on schema ops from own_publish, own_keeper;
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
    p.folded_at is not null as is_folded
from ops.publication as p
cross join lateral (
    select array_agg(a order by a) as associations
    from unnest(p.associations) as a
    where exists (select from ops.my_access as m where m.association_id in (a, '*'))
) as seen
where seen.associations is not null;

create or replace view marts.association_status with (security_barrier) as
select
    s.association_id, s.generation, s.published_at, s.business_date, s.is_current, s.blocked_by, s.status_sv,
    s.returned_to, s.return_reason_sv
from ops.told_status as s
where not s.is_past and exists (select from ops.my_access as m where m.association_id in (s.association_id, '*'));

create view marts_asof.association_status with (security_barrier) as
select
    s.as_of_generation as generation, s.association_id, s.generation as figures_generation, s.published_at, s.business_date,
    s.is_current, s.blocked_by, s.status_sv, s.returned_to, s.return_reason_sv
from ops.told_status as s
where s.is_past and exists (select from ops.my_access as m where m.association_id in (s.association_id, '*'));
comment on view marts_asof.association_status is 'Hur aktuella varje förbunds siffror var, när varje generation kom ut';

create view marts_internal_asof.finding with (security_barrier) as
select
    p.generation, b.association_id, b.rule_id, c.meaning_sv, c.remedy_sv, b.examined, b.failed,
    coalesce(b.detail ->> 'mart', d.feed_id, b.detail ->> 'feed') as about, b.subject, b.part,
    b.detail ->> 'note_sv' as note_sv, b.waiver_id, w.valid_until as waived_until,
    case when w.waiver_id is not null then format('Undantagen till %s av %s, godkänt av %s: %s.', w.valid_until,
        w.owner_login, w.approver_login, rtrim(w.reason_sv, '. ')) end as waiver_sv,
    case when w.unit = 'rows' then w.ceiling || ' rader' else w.ceiling || ' kronor' end as waived_up_to,
    b.detail ->> 'reason_sv' as reason_sv
from ops.publication as p
inner join ops.published_finding as b on b._g_from <= p.generation and b._g_to > p.generation
left join ops.rule_card as c on c.rule_id = b.rule_id
left join ops.delivery as d on b.subject = 'delivery:' || d.delivery_id
left join ops.waiver as w on w.waiver_id = b.waiver_id
where p.folded_at is null and exists (select from ops.my_access as m where m.association_id in (b.association_id, '*'));
comment on view marts_internal_asof.finding is 'Anmärkningar på varje generations siffror, med antal';

create view marts_asof.finding with (security_barrier) as
select
    p.generation, b.association_id, b.rule_id, c.meaning_sv, c.remedy_sv,
    case when m.audience in ('public', 'dimension') or f.is_personal is false then b.examined end as examined,
    case when m.audience in ('public', 'dimension') or f.is_personal is false then b.failed end as failed,
    coalesce(m.mart, f.feed_id) as about, b.subject, b.part, b.detail ->> 'note_sv' as note_sv, b.waiver_id,
    w.valid_until as waived_until,
    case when w.waiver_id is not null then format('Undantagen till %s av %s, godkänt av %s: %s.', w.valid_until,
        w.owner_login, w.approver_login, rtrim(w.reason_sv, '. ')) end as waiver_sv,
    case
        when w.unit = 'sek' then w.ceiling || ' kronor'
        when m.audience in ('public', 'dimension') or f.is_personal is false then w.ceiling || ' rader'
    end as waived_up_to,
    case when b.rule_id = 'PUB-001' then b.detail ->> 'reason_sv' end as reason_sv
from ops.publication as p
inner join ops.published_finding as b on b._g_from <= p.generation and b._g_to > p.generation
left join ops.rule_card as c on c.rule_id = b.rule_id
left join ops.delivery as d on b.subject = 'delivery:' || d.delivery_id
left join ops.feed as f on f.feed_id = coalesce(d.feed_id, b.detail ->> 'feed')
left join ops.mart as m on m.mart = b.detail ->> 'mart'
left join ops.waiver as w on w.waiver_id = b.waiver_id
where p.folded_at is null and exists (select from ops.my_access as a where a.association_id in (b.association_id, '*'));
comment on view marts_asof.finding is
'Anmärkningar på varje generations siffror; antal visas där de inte kan vara antal personer';

create view marts_asof.data_dictionary with (security_barrier) as
select
    p.generation, c.mart, c.position, c.column_name, c.data_type, c.label_sv, c.definition_sv, c.lineage_kind,
    c.sender_headers, c.mart_label_sv
from ops.publication as p
inner join ops.published_column as c on c._g_from <= p.generation and c._g_to > p.generation
where p.folded_at is null and c.audience in ('public', 'dimension');
comment on view marts_asof.data_dictionary is 'Vad varje kolumn hette och betydde, när varje generation kom ut';

create view marts_internal_asof.data_dictionary with (security_barrier) as
select
    p.generation, c.mart, c.position, c.column_name, c.data_type, c.label_sv, c.definition_sv, c.lineage_kind,
    c.sender_headers, c.mart_label_sv
from ops.publication as p
inner join ops.published_column as c on c._g_from <= p.generation and c._g_to > p.generation
where p.folded_at is null and c.audience = 'internal';
comment on view marts_internal_asof.data_dictionary is
'Vad varje kolumn i marts_internal hette och betydde, när varje generation kom ut';

create view marts_asof.generation with (security_barrier) as
select g.generation, g.published_at, g.business_date, g.is_folded, g.shown_generation
from ops.shown_generation as g
where exists (select from ops.my_access);
comment on view marts_asof.generation is
'Varje generation; är den hopvikt visas den närmast äldre som är sparad (shown_generation)';

-- Which generation a day's end shows: the highest that was out by then, or the one shown for it.
create view marts_asof.calendar with (security_barrier) as
select days.day::date as day, g.shown_generation as generation, g.generation as published_generation, g.is_folded
from generate_series(
    (select min((p.published_at at time zone 'Europe/Stockholm')::date) from ops.publication as p),
    (now() at time zone 'Europe/Stockholm')::date, interval '1 day') as days (day)
cross join lateral (
    select max(p.generation) as generation
    from ops.publication as p
    where (p.published_at at time zone 'Europe/Stockholm')::date <= days.day
) as out
inner join ops.shown_generation as g on g.generation = out.generation
where exists (select from ops.my_access);
comment on view marts_asof.calendar is
'Vilken generation varje dags slut visar; är den hopvikt visas den närmast äldre som är sparad';

grant select on marts_asof.association_status, marts_asof.finding, marts_asof.data_dictionary, marts_asof.generation,
    marts_asof.calendar to finsam_reader, finsam_internal;
grant select on marts_internal_asof.finding, marts_internal_asof.data_dictionary to finsam_internal;
reset role;
