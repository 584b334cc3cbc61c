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
    claim.post_from_date,
    claim.post_to_date,
    claim.amount_sek,
    claim.own_financing_sek,
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
left join {{ ref('int_initiative__named') }} as initiative
    on
        claim.association_id = initiative.association_id
        and claim.initiative_key = initiative.name_key
        and claim.fiscal_year between initiative.first_year and initiative.last_year
left join {{ ref('int_member__named') }} as party
    on
        claim.association_id = party.association_id
        and claim.party_key = party.name_key
        and claim.fiscal_year between party.first_year and party.last_year
left join {{ ref('int_code__named') }} as category
    on
        category.list_code = 'cost_category'
        and claim.association_id = category.association_id
        and claim.cost_category_key = category.name_key
