-- The association's own totals. Spells are summed from the initiatives; persons never are, since one may be in several.
with counted_over (counted_over) as (
    values ('all'), ('individual')
),

flow as (
    select
        flow.association_id,
        flow.fiscal_year,
        counted_over.counted_over,
        flow.sex,
        sum(flow.participant_count) as participant_count,
        sum(flow.new_count) as new_count,
        sum(flow.ended_count) as ended_count,
        sum(flow.remaining_count) as remaining_count
    from {{ ref('participant_flow') }} as flow
    inner join counted_over on counted_over.counted_over = 'all' or flow.is_individual
    group by 1, 2, 3, 4
),

person as (
    select
        spell.association_id,
        each_year.fiscal_year::integer as fiscal_year,
        counted_over.counted_over,
        spell.sex,
        count(*) as person_count
    from {{ ref('fct_participation') }} as spell
    cross join counted_over
    cross join
        lateral unnest(
            case counted_over.counted_over
                when 'all' then spell.association_person_years
                else spell.individual_person_years
            end
        ) as each_year (fiscal_year)
    group by 1, 2, 3, 4
)

select
    flow.association_id::text as association_id,
    flow.fiscal_year::integer as fiscal_year,
    flow.counted_over::text as counted_over,
    flow.sex::text as sex,
    flow.participant_count::integer as participant_count,
    flow.new_count::integer as new_count,
    flow.ended_count::integer as ended_count,
    flow.remaining_count::integer as remaining_count,
    coalesce(person.person_count, 0)::integer as person_count,
    (flow.participant_count - coalesce(person.person_count, 0))::integer as repeated_count
from flow
left join person
    on
        flow.association_id = person.association_id
        and flow.fiscal_year = person.fiscal_year
        and flow.counted_over = person.counted_over
        and flow.sex = person.sex
