-- The years with a register, in order, and those of them in which an initiative is individual: a spell's own years are
-- cut out of them.
with initiative as (
    select
        association_id,
        initiative_id
    from {{ ref('stg_initiatives__initiatives') }}
    union
    select
        association_id,
        'unmapped' as initiative_id
    from {{ ref('int_register__delivered') }}
)

select
    initiative.association_id,
    initiative.initiative_id,
    array_agg(register.fiscal_year order by register.fiscal_year) as fiscal_years,
    coalesce(
        array_agg(register.fiscal_year order by register.fiscal_year) filter (where known.is_individual), '{}'
    ) as individual_years
from initiative
inner join {{ ref('int_register__delivered') }} as register on initiative.association_id = register.association_id
left join {{ ref('stg_initiatives__initiatives') }} as known
    on
        initiative.association_id = known.association_id
        and initiative.initiative_id = known.initiative_id
        and register.fiscal_year between known.first_year and known.last_year
group by 1, 2
