-- Every delivered amount with initiative, party and cost category in our words, and the year it comes up for decision.
with amount as (
    select
        *,
        coalesce(
            fiscal_year,
            extract(year from from_date)::integer,
            extract(year from application_date)::integer + 1
        ) as decision_year
    from {{ ref('stg_applications__amounts') }}
)

select
    amount.association_id,
    amount.application_code,
    amount.application_key,
    amount.application_date,
    amount.initiative_name,
    amount.initiative_key,
    amount.breakdown,
    amount.party_name,
    amount.party_key,
    amount.party_role,
    amount.cost_category,
    amount.cost_category_key,
    amount.post_name,
    amount.fte_share,
    amount.own_fte_share,
    amount.from_date,
    amount.to_date,
    amount.fiscal_year,
    amount.amount_sek,
    amount.own_financing_sek,
    amount.in_kind_sek,
    amount.unit,
    amount.preparation_group,
    amount.recommendation,
    amount.recommendation_date,
    amount.votes_for_count,
    amount.votes_against_count,
    amount.decision_year,
    {{ code_or_reason('amount.initiative_key', 'initiative.initiative_id') }} as initiative_id,
    -- two unknown initiatives are two, also while both are called unmapped
    coalesce(initiative.initiative_id, 'unmapped:' || amount.initiative_key) as initiative_identity,
    {{ code_or_reason('amount.party_key', 'party.member_id') }} as party_id,
    {{ code_or_reason('amount.cost_category_key', 'category.code') }} as cost_category_code,
    amount._delivery_id,
    amount._row_number
from amount
{{ join_initiative('amount', 'decision_year') }}
{{ join_party('amount', 'decision_year') }}
{{ join_cost_category('amount') }}
