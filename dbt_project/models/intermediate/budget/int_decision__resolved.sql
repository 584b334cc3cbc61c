-- Every delivered decision with initiative and party in our words, the days it holds and its place among the others.
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
),

resolved as (
    select
        dated.*,
        coalesce(dated.from_date, make_date(dated.granted_year, 1, 1)) as first_day,
        -- a decision with a beginning and no end holds until another says otherwise
        coalesce(
            dated.to_date,
            case when dated.from_date is null then make_date(dated.granted_year, 12, 31) end,
            '9999-12-31'
        )::date as last_day,
        {{ code_or_reason('dated.initiative_key', 'initiative.initiative_id') }} as initiative_id,
        -- two unknown initiatives are two, also while both are called unmapped
        coalesce(initiative.initiative_id, 'unmapped:' || dated.initiative_key) as initiative_identity,
        {{ code_or_reason('dated.party_key', 'party.member_id') }} as party_id
    from dated
    {{ join_initiative('dated', 'decision_year') }}
    {{ join_party('dated', 'decision_year') }}
)

select
    association_id,
    decision_code,
    paragraph,
    decision_date,
    decision_kind,
    initiative_id,
    initiative_identity,
    initiative_name,
    party_id,
    party_name,
    application_code,
    application_key,
    fiscal_year,
    granted_year,
    amount_sek,
    unit,
    from_date,
    to_date,
    first_day,
    last_day,
    has_option,
    option_to_date,
    conditions,
    _delivery_id,
    _row_number,
    dense_rank() over (
        partition by association_id, initiative_identity order by decision_date, decision_code
    )::integer as version_number,
    -- one decision may be written on several rows, some of them without money
    decision_kind = 'granted'
    and sum(amount_sek) over (partition by association_id, initiative_identity, decision_date, decision_code) = 0
        as is_prolongation
from resolved
