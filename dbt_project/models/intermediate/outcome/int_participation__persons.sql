{{ config(pre_hook="set local enable_nestloop = off; set local enable_mergejoin = off") }}
-- In which years a spell stands for its person, so that a sum over spells counts everybody once: in the initiative,
-- among the individual initiatives and in the association. Which of somebody's spells it is does not matter.
-- Whoever stands in one row only stands for herself in every year: fct_participation says so.
with touched as (
    select
        spell.association_id,
        register.fiscal_year,
        spell.person_key,
        spell.initiative_id,
        initiative.is_individual is not true as is_other,
        spell.start_date,
        spell._delivery_id,
        spell._row_number
    from {{ ref('int_participation__deduplicated') }} as spell
    inner join {{ ref('int_register__delivered') }} as register
        on
            spell.association_id = register.association_id
            and spell.start_date <= make_date(register.fiscal_year, 12, 31)
            and coalesce(spell.end_date, 'infinity') >= make_date(register.fiscal_year, 1, 1)
    left join {{ ref('stg_initiatives__initiatives') }} as initiative
        on
            spell.association_id = initiative.association_id
            and spell.initiative_id = initiative.initiative_id
            and register.fiscal_year between initiative.first_year and initiative.last_year
    where spell.is_recurring and not spell.is_misregistered
),

ranked as (
    select
        _delivery_id,
        _row_number,
        fiscal_year::text as fiscal_year,
        is_other,
        row_number() over in_association = 1 as is_first_in_association,
        row_number() over in_initiative = 1 as is_first_in_initiative
    from touched
    window
        -- one sort serves both; individual initiatives first, so whoever took part in one stands there
        in_association as (
            partition by person_key, association_id, fiscal_year
            order by is_other, initiative_id, start_date, _delivery_id, _row_number
        ),
        in_initiative as (
            partition by person_key, association_id, fiscal_year, is_other, initiative_id
            order by start_date, _delivery_id, _row_number
        )
)

select
    _delivery_id,
    _row_number,
    array_agg(fiscal_year order by fiscal_year) filter (where is_first_in_initiative) as initiative_person_years,
    array_agg(fiscal_year order by fiscal_year) filter (
        where is_first_in_association and not is_other
    ) as individual_person_years,
    array_agg(fiscal_year order by fiscal_year) filter (where is_first_in_association) as association_person_years
from ranked
group by 1, 2
