-- What each source knows of an initiative: the rest of its key is not stated, so that sums over a key stay whole.
with applied as (
    select
        request.association_id,
        request.initiative_id,
        request.decision_year as fiscal_year,
        request.party_id,
        request.cost_category,
        told.measure,
        told.value
    from {{ ref('fct_application') }} as request
    cross join
        lateral (
            values
            ('applied', case when request.is_applied_basis then request.amount_sek end),
            ('own_financing', case when request.is_own_financing_basis then nullif(request.own_financing_sek, 0) end),
            ('in_kind', case when request.is_own_financing_basis then nullif(request.in_kind_sek, 0) end),
            ('applied_fte', case when request.breakdown = 'post' then request.fte_share end),
            ('own_fte', case when request.breakdown = 'post' then request.own_fte_share end)
        ) as told (measure, value)
),

claimed as (
    select
        claim.association_id,
        claim.initiative_id,
        claim.fiscal_year,
        claim.party_id,
        claim.cost_category,
        told.measure,
        told.value
    from {{ ref('fct_project_cost') }} as claim
    cross join
        lateral (
            values
            ('claimed', claim.amount_sek),
            ('claimed_own_financing', claim.own_financing_sek),
            ('claimed_in_kind', claim.in_kind_sek)
        ) as told (measure, value)
),

told as (
    select * from applied
    union all
    select * from claimed
    union all
    select
        association_id,
        initiative_id,
        fiscal_year,
        party_id,
        'not_stated' as cost_category,
        'granted' as measure,
        amount_sek as value
    from {{ ref('fct_decision') }}
    where decision_kind = 'granted'
    union all
    select
        association_id,
        initiative_id,
        fiscal_year,
        'not_stated' as party_id,
        'not_stated' as cost_category,
        'booked' as measure,
        amount_sek as value
    from {{ ref('fct_ledger_entry') }}
    where initiative_id <> 'not_stated' and 'cost' = any(income_statement_lines)
)

select
    association_id,
    initiative_id,
    fiscal_year,
    party_id,
    cost_category,
    measure,
    value::numeric(18, 6) as value
from told
where value is not null
