-- The heading over what a total sums up is the total's name, with or without the word "summa": Intäkter, Kostnader.
select distinct
    line.association_id,
    {{ match_key('name.spelling') }} as heading_key,
    line.line_code as total_code,
    line.sign
from {{ ref('int_report_line__in_force') }} as line
cross join
    lateral unnest(line.aliases || array[line.label_sv, regexp_replace(line.label_sv, '^[Ss]umma\s+', '')])
        as name (spelling)
where line.statement = 'budget' and line.line_code in {{ overall_totals() }}
