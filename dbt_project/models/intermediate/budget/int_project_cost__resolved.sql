-- Every claimed cost with initiative, party and cost category in our words, by the year of the quarter it concerns.
with claim as (
    select * from {{ ref('stg_project_costs__claims') }}
)

select
    claim.association_id,
    claim.claim_number,
    claim.claim_date,
    claim.quarter,
    claim.fiscal_year,
    claim.quarter_start,
    claim.initiative_name,
    claim.initiative_key,
    claim.party_name,
    claim.party_key,
    claim.cost_category,
    claim.cost_category_key,
    claim.post_name,
    claim.fte_share,
    claim.own_fte_share,
    claim.post_from_date,
    claim.post_to_date,
    claim.amount_sek,
    claim.own_financing_sek,
    claim.in_kind_sek,
    claim.vat_sek,
    claim.unit,
    {{ code_or_reason('claim.initiative_key', 'initiative.initiative_id') }} as initiative_id,
    -- two unknown initiatives are two, also while both are called unmapped
    coalesce(initiative.initiative_id, 'unmapped:' || claim.initiative_key) as initiative_identity,
    {{ code_or_reason('claim.party_key', 'party.member_id') }} as party_id,
    {{ code_or_reason('claim.cost_category_key', 'category.code') }} as cost_category_code,
    claim._delivery_id,
    claim._row_number
from claim
{{ join_initiative('claim', 'fiscal_year') }}
{{ join_party('claim', 'fiscal_year') }}
{{ join_cost_category('claim') }}
