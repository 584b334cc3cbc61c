with funding as (
    select
        association_id,
        initiative_id,
        fiscal_year,
        party_id,
        cost_category,
        coalesce(sum(value) filter (where measure = 'applied'), 0) as applied_sek,
        coalesce(sum(value) filter (where measure = 'own_financing'), 0) as own_financing_sek,
        coalesce(sum(value) filter (where measure = 'in_kind'), 0) as in_kind_sek,
        sum(value) filter (where measure = 'applied_fte') as applied_fte_share,
        sum(value) filter (where measure = 'own_fte') as own_fte_share,
        coalesce(sum(value) filter (where measure = 'granted'), 0) as granted_sek,
        coalesce(sum(value) filter (where measure = 'claimed'), 0) as claimed_sek,
        coalesce(sum(value) filter (where measure = 'claimed_own_financing'), 0) as claimed_own_financing_sek,
        coalesce(sum(value) filter (where measure = 'claimed_in_kind'), 0) as claimed_in_kind_sek,
        coalesce(sum(value) filter (where measure = 'booked'), 0) as booked_sek
    from {{ ref('int_initiative__funded') }}
    group by 1, 2, 3, 4, 5
),

delivering as (
    select
        association_id,
        bool_or(measure = 'granted') as has_grants,
        bool_or(measure = 'claimed') as has_claims
    from {{ ref('int_initiative__funded') }}
    group by 1
)

select
    funding.association_id::text as association_id,
    funding.initiative_id::text as initiative_id,
    initiative.initiative_name::text as initiative_name,
    funding.fiscal_year::integer as fiscal_year,
    funding.party_id::text as party_id,
    party.member_name::text as party_name,
    funding.cost_category::text as cost_category,
    category.label_sv::text as cost_category_name,
    funding.applied_sek::numeric(18, 2) as applied_sek,
    funding.own_financing_sek::numeric(18, 2) as own_financing_sek,
    funding.applied_fte_share::numeric(18, 6) as applied_fte_share,
    funding.granted_sek::numeric(18, 2) as granted_sek,
    funding.claimed_sek::numeric(18, 2) as claimed_sek,
    funding.claimed_own_financing_sek::numeric(18, 2) as claimed_own_financing_sek,
    funding.booked_sek::numeric(18, 2) as booked_sek,
    (funding.granted_sek - funding.claimed_sek)::numeric(18, 2) as remaining_sek,
    funding.in_kind_sek::numeric(18, 2) as in_kind_sek,
    funding.own_fte_share::numeric(18, 6) as own_fte_share,
    (funding.own_financing_sek + funding.in_kind_sek)::numeric(18, 2) as party_pays_sek,
    (funding.applied_sek + funding.own_financing_sek + funding.in_kind_sek)::numeric(18, 2) as total_cost_sek,
    funding.claimed_in_kind_sek::numeric(18, 2) as claimed_in_kind_sek,
    (funding.claimed_own_financing_sek + funding.claimed_in_kind_sek)::numeric(18, 2) as party_paid_sek,
    case
        when delivering.has_grants and delivering.has_claims then 'complete'
        when delivering.has_claims then 'grants_missing'
        when delivering.has_grants then 'claims_missing'
        else 'grants_and_claims_missing'
    end::text as completeness
from funding
inner join delivering on funding.association_id = delivering.association_id
{{ join_names('funding', 'fiscal_year') }}
