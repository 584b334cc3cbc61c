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

-- Where a delivery's rows were used: the publications it was part of, for each association they were published for.
-- A publication says what its own associations rested on; that holds until the association is published again.
create view ops.delivery_publication as
with told as (
    select
        generation, association_id,
        lead(generation) over (partition by association_id order by generation) as next_generation
    from (select distinct generation, association_id from ops.publication_delivery) as t
)
select d.delivery_id, d.association_id, d.generation as from_generation,
    coalesce(t.next_generation - 1, (select max(generation) from ops.publication)) as to_generation,
    t.next_generation is null as is_current
from ops.publication_delivery as d
inner join told as t on t.generation = d.generation and t.association_id = d.association_id;
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
    ops.is_no_amount(text, text, jsonb, text, integer), ops.cell_rows(text, jsonb, text, integer) from public;
grant execute on function ops.as_published(text, integer), ops.cells_with_keys(text, jsonb),
    ops.is_no_amount(text, text, jsonb, text, integer), ops.cell_rows(text, jsonb, text, integer) to finsam_gate, finsam_audit;
reset role;
