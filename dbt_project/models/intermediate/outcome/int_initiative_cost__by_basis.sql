-- What an initiative costs a year, by each name the field has for it.
with funding as (
    select
        association_id,
        fiscal_year,
        initiative_id,
        sum(booked_sek) as booked_sek,
        sum(claimed_sek) as claimed_sek,
        sum(claimed_sek + party_paid_sek) as claimed_and_own_sek,
        sum(granted_sek) as granted_sek
    from {{ ref('initiative_funding') }}
    group by 1, 2, 3
)

select
    funding.association_id,
    funding.fiscal_year,
    funding.initiative_id,
    told.basis,
    told.cost_sek
from funding
cross join
    lateral (
        values
        ('booked', funding.booked_sek),
        ('claimed', funding.claimed_sek),
        ('claimed_and_own', funding.claimed_and_own_sek),
        ('granted', funding.granted_sek)
    ) as told (basis, cost_sek)
