-- A total may itself stand in a total: every line gets all totals above it, each once.
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

totals as (
    select
        association_id,
        statement,
        line_code,
        array_agg(total_code order by total_code) as total_codes
    from in_total
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
    line._delivery_id,
    line._row_number
from line
left join totals
    on
        line.association_id = totals.association_id
        and line.statement = totals.statement
        and line.line_code = totals.line_code
