with request as (
    select
        association_id,
        application_code,
        initiative_id,
        breakdown,
        coalesce(fiscal_year::text, 'whole') as period,
        party_id,
        cost_category,
        coalesce(post_name, 'not_stated') as post_name,
        min(fiscal_year) as fiscal_year,
        min(decision_year) as decision_year,
        max(application_date) as application_date,
        bool_or(is_decision_basis) as is_decision_basis,
        min(decided_date) as decided_date,
        coalesce(min(decision_kind), 'pending') as status,
        min(from_date) as from_date,
        max(to_date) as to_date,
        count(*) as post_count,
        sum(fte_share) as fte_share,
        sum(amount_sek) as applied_sek,
        sum(own_financing_sek) as own_financing_sek,
        sum(own_fte_share) as own_fte_share,
        coalesce(sum(in_kind_sek), 0) as in_kind_sek,
        max(party_role) as party_role
    from {{ ref('fct_application') }}
    group by 1, 2, 3, 4, 5, 6, 7, 8
),

with_total as (
    select
        *,
        sum(applied_sek) over breakdown as breakdown_total_sek,
        sum(own_financing_sek) over breakdown as breakdown_own_financing_sek
    from request
    window breakdown as (partition by association_id, application_code, breakdown)
),

compared as (
    select
        *,
        -- the proposal may grant a part: it is not the same money told another way; a sheet of posts alone tells none
        case
            when breakdown <> 'proposal'
                then
                    coalesce(
                        max(breakdown_total_sek) filter (where breakdown <> 'proposal' and breakdown_total_sek <> 0)
                            over application
                        - min(breakdown_total_sek) filter (where breakdown <> 'proposal' and breakdown_total_sek <> 0)
                            over application,
                        0
                    )
        end as breakdown_difference_sek
    from with_total
    window application as (partition by association_id, application_code)
)

select
    compared.association_id::text as association_id,
    compared.application_code::text as application_code,
    compared.initiative_id::text as initiative_id,
    initiative.initiative_name::text as initiative_name,
    compared.breakdown::text as breakdown,
    compared.period::text as period,
    compared.party_id::text as party_id,
    party.member_name::text as party_name,
    compared.cost_category::text as cost_category,
    category.label_sv::text as cost_category_name,
    category.cost_group::text as cost_group,
    category.cost_group_name::text as cost_group_name,
    compared.post_name::text as post_name,
    compared.fiscal_year::integer as fiscal_year,
    compared.application_date::date as application_date,
    compared.decision_year::integer as decision_year,
    compared.is_decision_basis::boolean as is_decision_basis,
    compared.status::text as status,
    compared.decided_date::date as decided_date,
    compared.from_date::date as from_date,
    compared.to_date::date as to_date,
    compared.post_count::integer as post_count,
    compared.fte_share::numeric(18, 6) as fte_share,
    compared.applied_sek::numeric(18, 2) as applied_sek,
    compared.own_financing_sek::numeric(18, 2) as own_financing_sek,
    (compared.applied_sek + compared.own_financing_sek + compared.in_kind_sek)::numeric(18, 2) as total_cost_sek,
    compared.breakdown_total_sek::numeric(18, 2) as breakdown_total_sek,
    compared.breakdown_own_financing_sek::numeric(18, 2) as breakdown_own_financing_sek,
    compared.breakdown_difference_sek::numeric(18, 2) as breakdown_difference_sek,
    compared.own_fte_share::numeric(18, 6) as own_fte_share,
    compared.in_kind_sek::numeric(18, 2) as in_kind_sek,
    compared.party_role::text as party_role
from compared
{{ join_names('compared', 'decision_year') }}
