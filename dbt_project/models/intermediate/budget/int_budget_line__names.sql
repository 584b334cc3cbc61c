-- How budgets write a line: its name, its code or an alias. An own line goes before a common one; a name two share is
-- nobody's, but under a heading it is the one's that stands there: conferences are income and cost in the same paper.
with spelled as (
    select
        line.association_id,
        line.is_common,
        line.line_code,
        line.total_codes,
        {{ match_key('name.spelling') }} as line_key
    from {{ ref('int_report_line__in_force') }} as line
    cross join lateral unnest(line.aliases || array[line.label_sv, line.line_code]) as name (spelling)
    where line.statement = 'budget' and line.line_code not in {{ overall_totals() }}
),

placed as (
    select
        association_id,
        is_common,
        line_code,
        line_key,
        '' as heading_key
    from spelled
    union all
    select
        spelled.association_id,
        spelled.is_common,
        spelled.line_code,
        spelled.line_key,
        heading.heading_key
    from spelled
    inner join {{ ref('int_budget_line__headings') }} as heading
        on spelled.association_id = heading.association_id and heading.total_code = any(spelled.total_codes)
),

own_or_common as (
    select *, {{ own_first('association_id, heading_key, line_key') }} as precedence from placed
)

select
    association_id,
    heading_key,
    line_key,
    min(line_code) as line_code
from own_or_common
where precedence = 1
group by 1, 2, 3
having count(distinct line_code) = 1
