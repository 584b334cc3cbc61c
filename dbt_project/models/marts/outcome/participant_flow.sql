with register as (
    select
        association_id,
        fiscal_year,
        make_date(fiscal_year, 1, 1) as year_start,
        make_date(fiscal_year, 12, 31) as year_end
    from {{ ref('int_register__delivered') }}
),

counted as (
    select
        spell.association_id,
        register.fiscal_year,
        spell.initiative_id,
        spell.sex,
        count(*) as participant_count,
        count(*) filter (where spell.start_date >= register.year_start) as new_count,
        count(*) filter (where spell.end_date <= register.year_end) as ended_count,
        count(*) filter (where spell.end_date <= register.year_end and not spell.is_anonymous) as named_ended_count,
        count(*) filter (where register.fiscal_year::text = any(spell.initiative_person_years)) as person_count
    from {{ ref('fct_participation') }} as spell
    inner join register
        on
            spell.association_id = register.association_id
            and spell.start_date <= register.year_end
            and coalesce(spell.end_date, 'infinity') >= register.year_start
    where not spell.is_misregistered
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
