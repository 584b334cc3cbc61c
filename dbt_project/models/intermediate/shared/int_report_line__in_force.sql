-- A total may itself stand in a total: every line gets all totals above it, each once. Every note has a line for what
-- none of its own lines names.
with recursive declared as (
    select * from {{ ref('stg_report_lines__lines') }}
),

line as (
    select * from declared
    union all
    select built_in.*
    from {{ ref('int_report_line__built_in') }} as built_in
    where not exists (
            select 1 from declared
            where
                declared.association_id = built_in.association_id
                and declared.statement = built_in.statement
                and declared.line_code = built_in.line_code
        )
    union all
    select
        association_id,
        true as is_common,
        statement,
        {{ unspecified_line('line_code') }} as line_code,
        'Ej specificerat' as label_sv,
        array[]::text[] as aliases,
        'line' as line_kind,
        array[line_code] as total_codes,
        sign,
        sort_order,
        null as cash_flow_code,
        null as note_code,
        'built-in' as _delivery_id,
        0 as _row_number
    from declared as note
    where
        statement = 'notes' and line_kind = 'total'
        and not exists (
            select 1 from declared
            where
                declared.association_id = note.association_id
                and declared.statement = 'notes'
                and declared.line_code = {{ unspecified_line('note.line_code') }}
        )
),

in_total (association_id, statement, line_code, total_code) as (
    select
        line.association_id,
        line.statement,
        line.line_code,
        btrim(total.code)
    from line
    cross join lateral unnest(line.total_codes) as total (code)
    where btrim(total.code) <> ''
    union distinct
    select
        in_total.association_id,
        in_total.statement,
        in_total.line_code,
        btrim(total.code)
    from in_total
    inner join line
        on
            in_total.association_id = line.association_id
            and in_total.statement = line.statement
            and in_total.total_code = line.line_code
    cross join lateral unnest(line.total_codes) as total (code)
    where btrim(total.code) <> ''
),

inside as (
    select distinct
        association_id,
        statement,
        line_code
    from in_total
),

totals as (
    select
        in_total.association_id,
        in_total.statement,
        in_total.line_code,
        array_agg(in_total.total_code order by in_total.total_code) as total_codes,
        min(in_total.total_code) filter (where inside.line_code is null) as topmost_code
    from in_total
    left join inside
        on
            in_total.association_id = inside.association_id
            and in_total.statement = inside.statement
            and in_total.total_code = inside.line_code
    group by 1, 2, 3
)

select
    line.association_id,
    line.is_common,
    line.statement,
    line.line_code,
    line.label_sv,
    line.aliases,
    line.line_kind,
    coalesce(totals.total_codes, array[]::text[]) as total_codes,
    line.sign,
    line.sort_order,
    line.cash_flow_code,
    -- a line of a note belongs to the note's sum, whatever subtotals lie between
    case
        when line.statement = 'notes' then coalesce(totals.topmost_code, line.line_code) else line.note_code
    end as note_code,
    line._delivery_id,
    line._row_number
from line
left join totals
    on
        line.association_id = totals.association_id
        and line.statement = totals.statement
        and line.line_code = totals.line_code
