-- How budgets write a line: its name, its code or an alias. An own line goes before a common one; a name two share is
-- nobody's.
with spelled as (
    select
        line.association_id,
        line.is_common,
        line.line_code,
        {{ match_key('name.spelling') }} as line_key
    from {{ ref('int_report_line__in_force') }} as line
    cross join lateral unnest(line.aliases || array[line.label_sv, line.line_code]) as name (spelling)
    where line.statement = 'budget' and line.line_code not in {{ overall_totals() }}
),

own_or_common as (
    select *, {{ own_first('association_id, line_key') }} as precedence from spelled
)

select
    association_id,
    line_key,
    min(line_code) as line_code
from own_or_common
where precedence = 1
group by 1, 2
having count(distinct line_code) = 1
