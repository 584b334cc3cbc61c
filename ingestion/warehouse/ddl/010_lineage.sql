-- From a mart's column to the rows it rests on, and how old the files are that it rests on, as questions in SQL.
set local role own_ops;

-- What is declared: written by `finsam migrate` from the dbt project, whole, whenever that changed. Nothing refers to
-- ops.mart, whose rows come and go as contracts change.
create table ops.lineage_model (
    model text primary key,
    layer text not null check (layer in ('source', 'staging', 'intermediate', 'mart')),
    feed_id text
);
create table ops.lineage_parent (
    model text not null references ops.lineage_model on delete cascade,
    parent text not null references ops.lineage_model on delete cascade,
    primary key (model, parent)
);
create table ops.lineage_column (
    mart text not null,
    column_name text not null,
    input_position integer not null,
    kind text not null check (kind in ('additive', 'lookup', 'derived', 'source', 'key')),
    input text,
    input_column text,
    rule text,
    primary key (mart, column_name, input_position)
);
create index lineage_column_forward on ops.lineage_column (input, input_column);
-- How the walk takes one step: SQL over @@cells@@, the rows it stands on, and @@<mart>@@, any published relation.
create table ops.lineage_step (
    mart text not null,
    column_name text not null,
    step_position integer not null,
    leads_to text not null check (leads_to in ('rows', 'cells')),
    input text,
    input_column text,
    is_amount boolean not null,
    statement text not null,
    primary key (mart, column_name, step_position)
);
create table ops.lineage_version (
    only_row boolean primary key default true check (only_row),
    digest text not null
);
comment on table ops.lineage_model is 'Modellerna i dbt-projektet och leveransslagen de läser (layer source)';
comment on table ops.lineage_parent is 'Vilka modeller och leveransslag varje modell läser';
comment on table ops.lineage_column is
'Vad varje kolumn i en mart räknas ur: en annan kolumn, en bakomliggande rad (additive, lookup) eller en levererad kolumn (source)';
comment on table ops.lineage_step is 'Frågorna som ops.cell_rows ställer, ett steg i taget';

-- Every feed a model rests on, however many models lie between.
create view ops.lineage_feed as
with recursive above (model, ancestor) as (
    select model, model from ops.lineage_model
    union
    select above.model, p.parent from above inner join ops.lineage_parent as p on p.model = above.ancestor
)
select a.model, m.feed_id
from above as a
inner join ops.lineage_model as m on m.model = a.ancestor
where m.feed_id is not null;
comment on view ops.lineage_feed is 'Vilka leveransslag varje modell vilar på, direkt eller genom andra modeller';

-- Every column a column rests on, down to the column somebody delivered.
create view ops.lineage as
with recursive below (mart, column_name, input, input_column, kind) as (
    select mart, column_name, input, input_column, kind from ops.lineage_column where input is not null
    union
    select b.mart, b.column_name, c.input, c.input_column, c.kind
    from below as b
    inner join ops.lineage_column as c on c.mart = b.input and c.column_name = b.input_column
    where c.input is not null
)
select b.mart, b.column_name, b.kind, b.input, b.input_column, m.layer, m.feed_id
from below as b
left join ops.lineage_model as m on m.model = b.input;
comment on view ops.lineage is 'Allt en kolumn vilar på, i alla led, ner till den levererade kolumnen (layer source)';

-- The same for some columns of one mart, without computing the others'.
create function ops.lineage_below(p_mart text, p_columns text[])
returns table (mart text, column_name text, kind text, input text, input_column text, layer text, feed_id text)
language sql stable set search_path = pg_catalog, pg_temp as $$
    with recursive below (mart, column_name, kind, input, input_column) as (
        select mart, column_name, kind, input, input_column
        from ops.lineage_column where mart = p_mart and column_name = any(p_columns) and input is not null
        union
        select c.mart, c.column_name, c.kind, c.input, c.input_column
        from below as b
        inner join ops.lineage_column as c on c.mart = b.input and c.column_name = b.input_column
        where c.input is not null
    )
    select b.*, m.layer, m.feed_id from below as b left join ops.lineage_model as m on m.model = b.input
$$;

-- Where a delivery was used: the publications it was part of. A publication says what its own associations rested on, and
-- that holds until the association is published again.
create view ops.delivery_publication as
select
    d.delivery_id, d.association_id, d.generation as from_generation,
    coalesce(later.generation - 1, (select max(p.generation) from ops.publication as p)) as to_generation,
    later.generation is null as is_current
from ops.publication_delivery as d
left join lateral (
    select n.generation from ops.publication_delivery as n
    where n.generation > d.generation and n.association_id = d.association_id
    order by n.generation limit 1
) as later on true;
comment on view ops.delivery_publication is 'I vilka publiceringar, från och till, varje leverans ingick';

-- The relation a step reads: what stands now, or what stood in a generation.
create function ops.as_published(p_statement text, p_generation integer) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select regexp_replace(p_statement, '@@(\w+)@@', case
        when p_generation is null then 'store.\1_current'
        else format('(select * from store.\1 where _g_from <= %s and _g_to > %s)', p_generation, p_generation) end, 'g')
$$;

-- The rows of a mart with these keys. Parts that all keys share stand as constants, so that indexes serve the atoms too.
create function ops.cells_with_keys(p_mart text, p_keys jsonb) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    with part as (
        select k.name, k.position, c.data_type,
            (select count(distinct one -> (k.position::integer - 1)) from jsonb_array_elements(p_keys) as one) as distinct_count,
            p_keys -> 0 ->> (k.position::integer - 1) as first_value
        from ops.mart as m
        cross join lateral unnest(m.primary_key) with ordinality as k (name, position)
        inner join ops.mart_column as c on c.mart = m.mart and c.column_name = k.name
        where m.mart = p_mart
    )
    select format('(select * from @@%s@@ as t where %s)', p_mart, concat_ws(' and ',
        string_agg(format('t.%I = %L::%s', name, first_value, data_type), ' and ' order by position)
            filter (where distinct_count = 1),
        case when jsonb_array_length(p_keys) > 1 then format(
            '(%s) in (select %s from jsonb_array_elements(%L::jsonb) as one)',
            string_agg(format('t.%I', name), ', ' order by position),
            string_agg(format('(one ->> %s)::%s', position - 1, data_type), ', ' order by position), p_keys) end))
    from part
$$;

-- A text, or one cell that is empty: what it rests on is rules and names.
create function ops.is_no_amount(p_mart text, p_column text, p_keys jsonb, p_cells text, p_generation integer) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    found_type text;
    is_empty boolean := false;
begin
    select data_type into strict found_type from ops.mart_column where mart = p_mart and column_name = p_column;
    if found_type !~ '^(numeric|integer|bigint)' then
        return true;
    end if;
    if jsonb_array_length(p_keys) = 1 then
        execute format('select bool_and(t.%I is null) from %s as t', p_column, ops.as_published(p_cells, p_generation))
        into is_empty;
    end if;
    return coalesce(is_empty, false);
end
$$;

-- The delivered rows behind one cell, in every step of the walk. p_key: column -> value, the whole key of one row.
-- An empty cell rests on what makes it empty (rules, names), and so does a text: not on amounts it was not computed from.
create function ops.cell_rows(p_mart text, p_key jsonb, p_column text, p_generation integer default null)
returns table (mart text, column_name text, delivery_id text, row_number integer, value text)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    waiting jsonb[];
    seen jsonb := '{}';
    here jsonb;
    me text;
    cells text;
    step record;
    further jsonb;
    is_deeper boolean;
begin
    waiting := array[jsonb_build_object('mart', p_mart, 'column', p_column, 'names_only', false, 'keys', jsonb_build_array((
        select jsonb_agg(p_key ->> k.name order by k.position)
        from ops.mart as m cross join lateral unnest(m.primary_key) with ordinality as k (name, position)
        where m.mart = p_mart)))];
    while cardinality(waiting) > 0 loop
        here := waiting[1];
        waiting := waiting[2:];
        me := md5(here::text);
        continue when seen ? me;
        seen := seen || jsonb_build_object(me, true);
        cells := ops.cells_with_keys(here ->> 'mart', here -> 'keys');
        is_deeper := (here ->> 'names_only')::boolean
            or ops.is_no_amount(here ->> 'mart', here ->> 'column', here -> 'keys', cells, p_generation);
        for step in select * from ops.lineage_step as s
            where s.mart = here ->> 'mart' and s.column_name = here ->> 'column' order by s.step_position
        loop
            if step.leads_to = 'rows' then
                continue when step.is_amount and (here ->> 'names_only')::boolean;
                return query execute format('select %L::text, %L::text, s._delivery_id::text, s._row_number::integer, s.value::text from (%s) as s',
                    here ->> 'mart', here ->> 'column',
                    ops.as_published(replace(step.statement, '@@cells@@', cells), p_generation));
            else
                execute format('select jsonb_agg(to_jsonb(array[%s]) order by 1) from (%s) as s',
                    (select string_agg(format('s.%I', name), ', ' order by position)
                        from ops.mart as m cross join lateral unnest(m.primary_key) with ordinality as k (name, position)
                        where m.mart = step.input),
                    ops.as_published(replace(step.statement, '@@cells@@', cells), p_generation))
                into further;
                if further is not null then
                    waiting := waiting || jsonb_build_object('mart', step.input, 'column', step.input_column,
                        'names_only', is_deeper, 'keys', further);
                end if;
            end if;
        end loop;
    end loop;
end
$$;

grant select on ops.lineage_model, ops.lineage_parent, ops.lineage_column, ops.lineage_step, ops.lineage_version,
    ops.lineage_feed, ops.lineage, ops.delivery_publication to finsam_gate, finsam_audit;
grant select on ops.lineage_model, ops.lineage_parent, ops.lineage_feed to own_marts;
revoke execute on function ops.as_published(text, integer), ops.cells_with_keys(text, jsonb),
    ops.is_no_amount(text, text, jsonb, text, integer), ops.cell_rows(text, jsonb, text, integer),
    ops.lineage_below(text, text[]) from public;
grant execute on function ops.as_published(text, integer), ops.cells_with_keys(text, jsonb),
    ops.is_no_amount(text, text, jsonb, text, integer), ops.cell_rows(text, jsonb, text, integer),
    ops.lineage_below(text, text[]) to finsam_gate, finsam_audit;

-- How old the files are that figures rest on.
-- A file that was refused, or waits for a person, and that nothing since has made good: neither a later file of the same
-- part and period (any later one, where the file did not even tell its period) nor the same file name, nor a person.
create view ops.unsettled_delivery as
select d.*
from ops.delivery as d
where d.state in ('rejected', 'held') and (d.state = 'held' or d.decided_by is null)
    and not exists (
        select from ops.delivery as later
        where later.feed_id = d.feed_id and later.association_id = d.association_id
            and later.state in ('accepted', 'superseded') and later.load_number > d.load_number
            and (d.period = '?' or later.file_name = d.file_name
                or (later.period = d.period and lower(later.scope) = lower(d.scope)))
    );
comment on view ops.unsettled_delivery is 'Avvisade och väntande filer som ingen senare fil och ingen person har rett ut';

-- What should have come and has not. Said by whoever watches the calendar; nothing here until somebody does.
create view ops.overdue_delivery as
select null::text as association_id, null::text as feed_id, null::text as period, null::timestamptz as due_at
where false;
comment on view ops.overdue_delivery is 'Leveranser vars sista dag är passerad';

-- For each part and period of each feed: the last good delivery, and what came after it and did not become one.
create view ops.feed_status as
with place as (
    select association_id, feed_id, lower(scope) as place, period from ops.delivery where state = 'accepted'
    union
    select association_id, feed_id, lower(scope), period from ops.unsettled_delivery
),
unsettled as (
    select
        u.*,
        count(*) over (partition by u.association_id, u.feed_id, lower(u.scope), u.period) as file_count,
        row_number() over (
            partition by u.association_id, u.feed_id, lower(u.scope), u.period order by u.load_number desc
        ) as newness
    from ops.unsettled_delivery as u
)
select
    p.association_id, p.feed_id, f.title_sv, f.is_personal,
    coalesce(u.scope, g.scope) as scope, p.period,
    g.delivery_id as good_delivery_id, g.file_name as good_file_name, g.period as good_period,
    g.made_at as good_made_at, g.received_at as good_received_at,
    u.delivery_id as newer_delivery_id, u.file_name as newer_file_name, u.state as newer_state,
    u.received_at as newer_received_at, u.reason_sv as newer_reason_sv, coalesce(u.file_count, 0) as newer_file_count,
    o.due_at as overdue_since,
    u.delivery_id is null and o.due_at is null as is_current
from place as p
inner join ops.feed as f on f.feed_id = p.feed_id
left join unsettled as u
    on u.association_id = p.association_id and u.feed_id = p.feed_id and lower(u.scope) = p.place
    and u.period = p.period and u.newness = 1
left join lateral (
    select d.* from ops.delivery as d
    -- its own, else another part's of the period, else the newest of its kind
    where d.feed_id = p.feed_id and d.association_id = p.association_id and d.state = 'accepted'
    order by (d.period = p.period and lower(d.scope) = p.place) desc, (d.period = p.period) desc, d.period desc, d.load_number desc
    limit 1
) as g on true
left join ops.overdue_delivery as o
    on o.association_id = p.association_id and o.feed_id = p.feed_id and o.period = p.period
union all
select
    o.association_id, o.feed_id, f.title_sv, f.is_personal, null, o.period, g.delivery_id, g.file_name, g.period,
    g.made_at, g.received_at, null, null, null, null, null, 0, o.due_at, false
from ops.overdue_delivery as o
inner join ops.feed as f on f.feed_id = o.feed_id
left join lateral (
    select d.* from ops.delivery as d
    where d.feed_id = o.feed_id and d.association_id = o.association_id and d.state = 'accepted'
    order by d.period desc, d.load_number desc limit 1
) as g on true
where not exists (
    select from place as p
    where p.association_id = o.association_id and p.feed_id = o.feed_id and p.period = o.period
);
comment on view ops.feed_status is
'Per leveransslag, del och period: den senast godtagna filen, och vad som kommit sedan utan att bli godtaget';

-- The same, and in words. Reasons may quote what is about persons: those of personal feeds are left to marts_internal.
create view ops.feed_behind as
select
    s.*,
    concat_ws(' ',
        case
            when s.good_file_name is null then 'Inget är godtaget än.'
            else format('Siffrorna vilar på %s, mottagen %s.', s.good_file_name,
                to_char(s.good_received_at at time zone 'Europe/Stockholm', 'YYYY-MM-DD'))
        end,
        case s.newer_state
            when 'rejected' then format('%s, mottagen %s, är avvisad', s.newer_file_name,
                to_char(s.newer_received_at at time zone 'Europe/Stockholm', 'YYYY-MM-DD'))
            when 'held' then format('%s, mottagen %s, väntar på beslut', s.newer_file_name,
                to_char(s.newer_received_at at time zone 'Europe/Stockholm', 'YYYY-MM-DD'))
        end || case when s.newer_file_count > 1 then format(' (och %s filer till)', s.newer_file_count - 1) else '' end || '.',
        'Skulle ha kommit ' || to_char(s.overdue_since at time zone 'Europe/Stockholm', 'YYYY-MM-DD') || '.'
    ) as status_sv
from ops.feed_status as s;

-- Each mart of each association: does everything it rests on come from the newest file that came?
create view ops.mart_status as
with behind as (
    select a.association_id, l.model as mart,
        array_agg(distinct b.feed_id order by b.feed_id) as feeds_behind,
        min(b.good_received_at) as as_of,
        string_agg(distinct b.title_sv || ': ' || b.status_sv, ' ' order by b.title_sv || ': ' || b.status_sv) as why_sv
    from ops.feed_behind as b
    inner join ops.association_state as a on b.association_id in (a.association_id, 'common')
    inner join ops.lineage_feed as l on l.feed_id = b.feed_id
    where not b.is_current
    group by 1, 2
)
select
    a.association_id, m.mart, m.label_sv, m.audience, a.generation,
    b.mart is null and a.blocked_by is null as is_current,
    coalesce(b.feeds_behind, '{}') as feeds_behind, b.as_of,
    concat_ws(' ',
        case when a.blocked_by is not null then format('Nyare siffror är stoppade av %s.', array_to_string(a.blocked_by, ', ')) end,
        b.why_sv
    ) as status_sv
from ops.association_state as a
cross join ops.mart as m
left join behind as b on b.association_id = a.association_id and b.mart = m.mart
where a.generation is not null and m.audience in ('public', 'internal', 'dimension');
comment on view ops.mart_status is 'Per förbund och mart: vilar siffrorna på det senaste som kommit, eller på äldre filer';
grant select on ops.unsettled_delivery, ops.overdue_delivery, ops.feed_status, ops.feed_behind, ops.mart_status
    to finsam_gate, finsam_audit, own_marts;
reset role;

set local role own_marts;
create view marts.feed_status with (security_barrier) as
select
    s.association_id, s.feed_id, s.title_sv, s.scope, s.period, s.is_current,
    s.good_file_name, s.good_made_at, s.good_received_at, s.newer_file_name, s.newer_state, s.newer_received_at,
    case
        when not s.is_personal then s.newer_reason_sv
        when s.newer_reason_sv is not null then 'Skälet står i marts_internal.feed_status.'
    end as newer_reason_sv,
    s.newer_file_count, s.overdue_since, s.status_sv, s.good_delivery_id, s.newer_delivery_id
from ops.feed_behind as s
where exists (select from ops.my_access as m where m.association_id in (s.association_id, '*'))
    or (s.association_id = 'common' and exists (select from ops.my_access));
comment on view marts.feed_status is
'Per leveransslag, del och period: den senast godtagna filen, och vad som avvisats, väntar eller uteblivit sedan dess';
create view marts_internal.feed_status with (security_barrier) as
select
    s.association_id, s.feed_id, s.title_sv, s.scope, s.period, s.is_current,
    s.good_file_name, s.good_made_at, s.good_received_at, s.newer_file_name, s.newer_state, s.newer_received_at,
    s.newer_reason_sv, s.newer_file_count, s.overdue_since, s.status_sv, s.good_delivery_id, s.newer_delivery_id
from ops.feed_behind as s
where exists (select from ops.my_access as m where m.association_id in (s.association_id, '*'))
    or (s.association_id = 'common' and exists (select from ops.my_access));
comment on view marts_internal.feed_status is 'Som marts.feed_status, med skälen också för deltagarfiler';
create view marts.mart_status with (security_barrier) as
select s.association_id, s.mart, s.label_sv, s.generation, s.is_current, s.as_of, s.feeds_behind, s.status_sv
from ops.mart_status as s
where s.audience in ('public', 'dimension')
    and exists (select from ops.my_access as m where m.association_id in (s.association_id, '*'));
comment on view marts.mart_status is
'Per förbund och mart: är siffrorna räknade på det senaste som kommit, annars på vilka filer (as_of är den äldsta av dem)';
create view marts_internal.mart_status with (security_barrier) as
select s.association_id, s.mart, s.label_sv, s.generation, s.is_current, s.as_of, s.feeds_behind, s.status_sv
from ops.mart_status as s
where exists (select from ops.my_access as m where m.association_id in (s.association_id, '*'));
comment on view marts_internal.mart_status is 'Som marts.mart_status, för alla marter';
grant select on marts.feed_status, marts.mart_status to finsam_reader, finsam_internal;
grant select on marts_internal.feed_status, marts_internal.mart_status to finsam_internal;
reset role;
