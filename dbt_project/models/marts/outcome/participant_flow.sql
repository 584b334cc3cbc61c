with counted as (
    select
        spell.association_id,
        register.fiscal_year,
        spell.initiative_id,
        spell.sex,
        count(*) as participant_count,
        count(*) filter (where extract(year from spell.start_date) = register.fiscal_year) as new_count,
        count(*) filter (where extract(year from spell.end_date) = register.fiscal_year) as ended_count,
        count(*) filter (
            where extract(year from spell.end_date) = register.fiscal_year and not spell.is_anonymous
        ) as named_ended_count,
        count(*) filter (where register.fiscal_year::text = any(spell.initiative_person_years)) as person_count
    {{ spells_by_year('in_year') }}
    group by 1, 2, 3, 4
)

select
    counted.association_id::text as association_id,
    counted.fiscal_year::integer as fiscal_year,
    counted.initiative_id::text as initiative_id,
    counted.sex::text as sex,
    initiative.initiative_name::text as initiative_name,
    initiative.initiative_kind::text as initiative_kind,
    initiative.is_individual::boolean as is_individual,
    counted.participant_count::integer as participant_count,
    counted.new_count::integer as new_count,
    counted.ended_count::integer as ended_count,
    (counted.participant_count - counted.ended_count)::integer as remaining_count,
    counted.named_ended_count::integer as named_ended_count,
    counted.person_count::integer as person_count,
    (counted.participant_count - counted.person_count)::integer as repeated_count
from counted
left join {{ ref('dim_initiative') }} as initiative
    on
        counted.association_id = initiative.association_id
        and counted.initiative_id = initiative.initiative_id
        and counted.fiscal_year between initiative.first_year and initiative.last_year
