-- Kronor per participant where the count is shown, and only there: a cost and a unit cost together are the count.
{{ config(tags=['disclosed']) }}
with told as (
    select
        flow.*,
        named.basis,
        named.label_sv as basis_name,
        named.includes_sv,
        coalesce(cost.cost_sek, 0) as cost_sek
    from {{ ref('public_participant_flow') }} as flow
    inner join {{ ref('dim_cost_basis') }} as named
        on flow.association_id = named.association_id and flow.level = named.level
    left join {{ ref('int_initiative_cost__by_basis') }} as cost
        on
            flow.association_id = cost.association_id
            and flow.fiscal_year = cost.fiscal_year
            and flow.initiative_id = cost.initiative_id
            and named.basis = cost.basis
    where flow.level = 'initiative'
)

select
    association_id::text as association_id,
    fiscal_year::integer as fiscal_year,
    initiative_id::text as initiative_id,
    basis::text as basis,
    initiative_name::text as initiative_name,
    basis_name::text as basis_name,
    includes_sv::text as includes_sv,
    cost_sek::numeric(18, 2) as cost_sek,
    participant_count::integer as participant_count,
    ended_count::integer as ended_count,
    round(nullif(cost_sek, 0) / nullif(participant_count, 0), 2)::numeric(18, 2) as sek_per_participant,
    round(nullif(cost_sek, 0) / nullif(ended_count, 0), 2)::numeric(18, 2) as sek_per_ended,
    case when num_nulls(participant_count, ended_count) > 0 then 'hidden' else 'shown' end::text as sdc_status,
    sdc_method::text as sdc_method,
    release_period::text as release_period
from told
