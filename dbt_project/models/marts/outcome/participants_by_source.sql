with told as (
    select * from {{ ref('int_participants__by_source') }}
),

chosen as (
    select
        *,
        case source when 'register' then register_participant_count else delivered_participant_count end
            as participant_count,
        case source when 'register' then register_new_count else delivered_new_count end as new_count,
        case source when 'register' then register_ended_count else delivered_ended_count end as ended_count,
        case source
            when 'register' then register_participant_count - register_ended_count else delivered_remaining_count
        end as remaining_count,
        case source when 'register' then register_work_count else delivered_work_count end as work_count,
        case source when 'register' then register_studies_count else delivered_studies_count end as studies_count,
        case source when 'register' then register_either_count else delivered_either_count end as either_count
    from told
)

select
    chosen.association_id::text as association_id,
    chosen.fiscal_year::integer as fiscal_year,
    chosen.initiative_id::text as initiative_id,
    chosen.sex::text as sex,
    initiative.initiative_name::text as initiative_name,
    initiative.is_individual::boolean as is_individual,
    chosen.source::text as source,
    chosen.participant_count::integer as participant_count,
    chosen.new_count::integer as new_count,
    chosen.ended_count::integer as ended_count,
    chosen.remaining_count::integer as remaining_count,
    chosen.work_count::integer as work_count,
    chosen.studies_count::integer as studies_count,
    chosen.either_count::integer as either_count,
    -- nothing told is nothing known; one of the three told is what is known
    case
        when num_nonnulls(chosen.work_count, chosen.studies_count, chosen.either_count) > 0
            then coalesce(chosen.work_count, 0) + coalesce(chosen.studies_count, 0) + coalesce(chosen.either_count, 0)
    end::integer as work_or_studies_count,
    chosen.register_participant_count::integer as register_participant_count,
    chosen.register_new_count::integer as register_new_count,
    chosen.register_ended_count::integer as register_ended_count,
    chosen.delivered_participant_count::integer as delivered_participant_count,
    chosen.delivered_new_count::integer as delivered_new_count,
    chosen.delivered_ended_count::integer as delivered_ended_count,
    chosen.delivered_remaining_count::integer as delivered_remaining_count,
    case
        when chosen.source = 'register' then 'complete'
        when chosen.is_hidden then 'too_few'
        when chosen.delivered_participant_count is null then 'participants_missing'
        when chosen.result_row_count = 0 and chosen.delivered_ended_count > 0 then 'exit_results_missing'
        else 'complete'
    end::text as completeness
from chosen
left join {{ ref('dim_initiative') }} as initiative
    on
        chosen.association_id = initiative.association_id
        and chosen.initiative_id = initiative.initiative_id
        and chosen.fiscal_year between initiative.first_year and initiative.last_year
