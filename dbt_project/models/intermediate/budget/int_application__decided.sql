-- When each application was decided, and which of its breakdowns stands for it where only one may.
with amount as (
    select * from {{ ref('int_application__resolved') }}
),

application as (
    select
        association_id,
        application_key,
        bool_or(breakdown = 'proposal') as has_proposal,
        bool_or(breakdown = 'year') as has_year,
        bool_or(breakdown = 'party') as has_party,
        -- the day it was last changed: an older decision is not about it
        max(application_date) as application_date,
        array_agg(distinct breakdown) filter (where own_financing_sek <> 0 or in_kind_sek <> 0)
            as own_financing_breakdowns
    from amount
    group by 1, 2
),

chosen as (
    select
        *,
        case
            when has_proposal then 'proposal' when has_year then 'year' when has_party then 'party' else 'post'
        end as decision_basis,
        case
            when has_year then 'year' when has_proposal then 'proposal' when has_party then 'party' else 'post'
        end as applied_basis,
        case
            when 'year' = any(own_financing_breakdowns) then 'year'
            when 'post' = any(own_financing_breakdowns) then 'post'
            when 'party' = any(own_financing_breakdowns) then 'party'
            else 'proposal'
        end as own_financing_basis
    from application
),

asked_for as (
    select distinct
        amount.association_id,
        amount.application_key,
        amount.initiative_identity,
        chosen.application_date
    from amount
    inner join chosen
        on amount.association_id = chosen.association_id and amount.application_key = chosen.application_key
),

answered as (
    select distinct on (asked_for.association_id, asked_for.application_key, asked_for.initiative_identity)
        asked_for.association_id,
        asked_for.application_key,
        asked_for.initiative_identity,
        decision.decision_date as decided_date,
        decision.decision_kind
    from asked_for
    inner join {{ ref('int_decision__resolved') }} as decision
        on
            asked_for.association_id = decision.association_id
            and case
                when decision.application_key is not null
                    then asked_for.application_key = decision.application_key
                else
                    asked_for.initiative_identity = decision.initiative_identity
                    and asked_for.application_date <= decision.decision_date
            end
    -- what is sent back or tabled is still open
    where decision.decision_kind <> 'postponed'
    -- granted in part is granted
    order by 1, 2, 3, 4, 5
)

select
    amount.association_id,
    amount.application_code,
    amount.application_date,
    amount.initiative_id,
    amount.initiative_name,
    amount.breakdown,
    amount.party_id,
    amount.party_name,
    amount.party_role,
    amount.cost_category_code,
    amount.cost_category,
    amount.post_name,
    amount.fte_share,
    amount.own_fte_share,
    amount.from_date,
    amount.to_date,
    amount.fiscal_year,
    amount.decision_year,
    amount.amount_sek,
    amount.own_financing_sek,
    amount.in_kind_sek,
    amount.unit,
    amount.preparation_group,
    amount.recommendation,
    amount.recommendation_date,
    amount.votes_for_count,
    amount.votes_against_count,
    amount.breakdown = chosen.decision_basis as is_decision_basis,
    amount.breakdown = chosen.applied_basis as is_applied_basis,
    amount.breakdown = chosen.own_financing_basis as is_own_financing_basis,
    answered.decided_date,
    answered.decision_kind,
    amount._delivery_id,
    amount._row_number
from amount
inner join chosen
    on amount.association_id = chosen.association_id and amount.application_key = chosen.application_key
left join answered
    on
        amount.association_id = answered.association_id
        and amount.application_key = answered.application_key
        and amount.initiative_identity = answered.initiative_identity
