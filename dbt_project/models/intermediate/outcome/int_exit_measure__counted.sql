-- How many of those who ended in a year each definition counts. A table of its own: its true size keeps the mart from
-- nested loops.
select
    spell.association_id,
    register.fiscal_year,
    spell.initiative_id,
    spell.sex,
    told.measure_code,
    count(*) as answered_count,
    count(*) filter (where told.measure_code = any(spell.reached_measures)) as reached_count,
    count(*) filter (
        where not spell.is_anonymous and told.measure_code = any(spell.reached_measures)
    ) as named_reached_count
from {{ ref('fct_participation') }} as spell
inner join {{ ref('int_register__delivered') }} as register
    on
        spell.association_id = register.association_id
        and extract(year from spell.end_date) = register.fiscal_year
cross join lateral unnest(spell.told_measures) as told (measure_code)
where not spell.is_misregistered
group by 1, 2, 3, 4, 5
