-- Every delivered decision with initiative and party in our words, and the days it holds.
with decision as (
    select
        *,
        extract(year from decision_date)::integer as decision_year
    from {{ ref('stg_decisions__decisions') }}
),

dated as (
    select
        *,
        coalesce(fiscal_year, extract(year from from_date)::integer, decision_year) as granted_year
    from decision
)

select
    dated.association_id,
    dated.decision_code,
    dated.decision_date,
    dated.initiative_name,
    dated.initiative_key,
    dated.party_name,
    dated.party_key,
    dated.decision_kind,
    dated.application_code,
    dated.application_key,
    dated.fiscal_year,
    dated.amount_sek,
    dated.unit,
    dated.from_date,
    dated.to_date,
    dated.has_option,
    dated.conditions,
    dated.granted_year,
    coalesce(dated.from_date, make_date(dated.granted_year, 1, 1)) as first_day,
    -- a decision with a beginning and no end holds until another says otherwise
    coalesce(
        dated.to_date, case when dated.from_date is null then make_date(dated.granted_year, 12, 31) end, '9999-12-31'
    )::date as last_day,
    {{ code_or_reason('dated.initiative_key', 'initiative.initiative_id') }} as initiative_id,
    -- two unknown initiatives are two, also while both are called unmapped
    coalesce(initiative.initiative_id, 'unmapped:' || dated.initiative_key) as initiative_identity,
    {{ code_or_reason('dated.party_key', 'party.member_id') }} as party_id,
    dated._delivery_id,
    dated._row_number
from dated
{{ join_initiative('dated', 'decision_year') }}
{{ join_party('dated', 'decision_year') }}
