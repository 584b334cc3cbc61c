with application as (
    select
        association_id,
        application_code,
        initiative_id,
        max(application_date) as application_date,
        max(party_id) filter (where party_role = 'owner') as applicant_id,
        sum(amount_sek) filter (where breakdown = 'proposal') as proposed_sek,
        coalesce(sum(own_financing_sek) filter (where is_own_financing_basis), 0) as own_financing_sek,
        coalesce(sum(in_kind_sek) filter (where is_own_financing_basis), 0) as in_kind_sek,
        sum(fte_share) filter (where breakdown = 'post') as fte_share,
        sum(own_fte_share) filter (where breakdown = 'post') as own_fte_share,
        max(preparation_group) as preparation_group,
        max(recommendation) as recommendation,
        max(recommendation_date) as recommendation_date,
        max(votes_for_count) as votes_for_count,
        max(votes_against_count) as votes_against_count
    from {{ ref('fct_application') }}
    group by 1, 2, 3
),

applied as (
    select
        association_id,
        application_code,
        initiative_id,
        sum(stated_sek) + max(later_sek) as applied_sek
    from {{ ref('application_years') }}
    group by 1, 2, 3
),

delivering as (
    select distinct association_id from {{ ref('fct_decision') }}
)

select
    application.association_id::text as association_id,
    application.application_code::text as application_code,
    application.initiative_id::text as initiative_id,
    initiative.initiative_name::text as initiative_name,
    coalesce(answered.version_number, 0)::integer as version_number,
    application.application_date::date as application_date,
    application.applicant_id::text as applicant_id,
    party.member_name::text as applicant_name,
    applied.applied_sek::numeric(18, 2) as applied_sek,
    application.proposed_sek::numeric(18, 2) as proposed_sek,
    application.own_financing_sek::numeric(18, 2) as own_financing_sek,
    application.in_kind_sek::numeric(18, 2) as in_kind_sek,
    application.fte_share::numeric(18, 6) as fte_share,
    application.own_fte_share::numeric(18, 6) as own_fte_share,
    application.preparation_group::text as preparation_group,
    application.recommendation::text as recommendation,
    application.recommendation_date::date as recommendation_date,
    application.votes_for_count::integer as votes_for_count,
    application.votes_against_count::integer as votes_against_count,
    answered.decision_code::text as decision_code,
    answered.decision_date::date as decision_date,
    answered.paragraph::text as paragraph,
    coalesce(answered.decision_kind, 'pending')::text as status,
    answered.from_date::date as from_date,
    answered.to_date::date as to_date,
    answered.granted_sek::numeric(18, 2) as granted_sek,
    sum(answered.granted_sek) over so_far::numeric(18, 2) as granted_to_date_sek,
    answered.has_option::boolean as has_option,
    answered.option_to_date::date as option_to_date,
    answered.conditions::text as conditions,
    answered.is_prolongation::boolean as is_prolongation,
    case when delivering.association_id is null then 'decisions_missing' else 'complete' end::text as completeness
from application
left join applied
    on
        application.association_id = applied.association_id
        and application.application_code = applied.application_code
        and application.initiative_id = applied.initiative_id
left join {{ ref('int_application__answered') }} as answered
    on
        application.association_id = answered.association_id
        and application.application_code = answered.application_code
        and application.initiative_id = answered.initiative_id
left join delivering on application.association_id = delivering.association_id
left join {{ ref('dim_initiative') }} as initiative
    on
        application.association_id = initiative.association_id
        and application.initiative_id = initiative.initiative_id
        and extract(year from application.application_date) between initiative.first_year and initiative.last_year
left join {{ ref('dim_member') }} as party
    on
        application.association_id = party.association_id
        and application.applicant_id = party.member_id
        and extract(year from application.application_date) between party.first_year and party.last_year
window so_far as (
    partition by application.association_id, application.application_code, application.initiative_id
    order by answered.version_number
)
