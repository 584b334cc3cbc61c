-- Each source says what it knows: the rest of its key is not stated, and sums over a key stay whole.
with stated as (
    select
        association_id,
        initiative_id,
        decision_year as fiscal_year,
        party_id,
        cost_category,
        case when is_applied_basis then amount_sek end as applied_sek,
        case when is_own_financing_basis then own_financing_sek end as own_financing_sek,
        case when breakdown = 'post' then fte_share end as applied_fte_share,
        null::numeric as granted_sek,
        null::numeric as claimed_sek,
        null::numeric as claimed_own_financing_sek,
        null::numeric as booked_sek
    from {{ ref('fct_application') }}
    where
        is_applied_basis
        or (is_own_financing_basis and own_financing_sek <> 0)
        or (breakdown = 'post' and fte_share is not null)
    union all
    select
        association_id,
        initiative_id,
        fiscal_year,
        party_id,
        'not_stated' as cost_category,
        null as applied_sek,
        null as own_financing_sek,
        null as applied_fte_share,
        amount_sek as granted_sek,
        null as claimed_sek,
        null as claimed_own_financing_sek,
        null as booked_sek
    from {{ ref('fct_decision') }}
    where decision_kind = 'granted'
    union all
    select
        association_id,
        initiative_id,
        fiscal_year,
        party_id,
        cost_category,
        null as applied_sek,
        null as own_financing_sek,
        null as applied_fte_share,
        null as granted_sek,
        amount_sek as claimed_sek,
        own_financing_sek as claimed_own_financing_sek,
        null as booked_sek
    from {{ ref('fct_project_cost') }}
    union all
    select
        association_id,
        initiative_id,
        fiscal_year,
        'not_stated' as party_id,
        'not_stated' as cost_category,
        null as applied_sek,
        null as own_financing_sek,
        null as applied_fte_share,
        null as granted_sek,
        null as claimed_sek,
        null as claimed_own_financing_sek,
        amount_sek as booked_sek
    from {{ ref('fct_ledger_entry') }}
    where initiative_id <> 'not_stated' and 'cost' = any(income_statement_lines)
),

funding as (
    select
        association_id,
        initiative_id,
        fiscal_year,
        party_id,
        cost_category,
        coalesce(sum(applied_sek), 0) as applied_sek,
        coalesce(sum(own_financing_sek), 0) as own_financing_sek,
        sum(applied_fte_share) as applied_fte_share,
        coalesce(sum(granted_sek), 0) as granted_sek,
        coalesce(sum(claimed_sek), 0) as claimed_sek,
        coalesce(sum(claimed_own_financing_sek), 0) as claimed_own_financing_sek,
        coalesce(sum(booked_sek), 0) as booked_sek
    from stated
    group by 1, 2, 3, 4, 5
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
    (funding.granted_sek - funding.claimed_sek)::numeric(18, 2) as remaining_sek
from funding
{{ join_names('funding', 'fiscal_year') }}
