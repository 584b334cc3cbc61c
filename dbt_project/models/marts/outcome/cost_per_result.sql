with told as (
    select * from {{ ref('int_cost_per_result__by_level') }}
)

select
    told.association_id::text as association_id,
    told.fiscal_year::integer as fiscal_year,
    told.level::text as level,
    told.initiative_id::text as initiative_id,
    told.basis::text as basis,
    case when told.level = 'initiative' then initiative.initiative_name end::text as initiative_name,
    named.label_sv::text as basis_name,
    named.includes_sv::text as includes_sv,
    told.has_individuals::boolean as has_individuals,
    told.cost_sek::numeric(18, 2) as cost_sek,
    told.participant_count::integer as participant_count,
    told.person_count::integer as person_count,
    told.ended_count::integer as ended_count,
    told.work_count::integer as work_count,
    told.work_or_studies_count::integer as work_or_studies_count,
    -- a cost of nothing is a delivery that is missing, not a result for free
    round(nullif(told.cost_sek, 0) / nullif(told.participant_count, 0), 2)::numeric(18, 2) as sek_per_participant,
    round(nullif(told.cost_sek, 0) / nullif(told.person_count, 0), 2)::numeric(18, 2) as sek_per_person,
    round(nullif(told.cost_sek, 0) / nullif(told.ended_count, 0), 2)::numeric(18, 2) as sek_per_ended,
    round(nullif(told.cost_sek, 0) / nullif(told.work_count, 0), 2)::numeric(18, 2) as sek_per_work_exit,
    round(nullif(told.cost_sek, 0) / nullif(told.work_or_studies_count, 0), 2)::numeric(18, 2)
        as sek_per_work_or_studies_exit,
    case
        when told.cost_sek = 0 and coalesce(told.participant_count, 0) = 0 then 'cost_and_participants_missing'
        when told.cost_sek = 0 then 'cost_missing'
        when coalesce(told.participant_count, 0) = 0 then 'participants_missing'
        when told.work_or_studies_count is null then 'exit_results_missing'
        else 'complete'
    end::text as completeness
from told
inner join {{ ref('dim_cost_basis') }} as named
    on told.association_id = named.association_id and told.level = named.level and told.basis = named.basis
left join {{ ref('dim_initiative') }} as initiative
    on
        told.association_id = initiative.association_id
        and told.initiative_id = initiative.initiative_id
        and told.fiscal_year between initiative.first_year and initiative.last_year
