{{ config(tags=['disclosed']) }}
with disclosed as (
    {{ disclosed_rows('participant_flow') }}
)

select
    disclosed.association_id::text as association_id,
    disclosed.fiscal_year::integer as fiscal_year,
    disclosed.initiative_id::text as initiative_id,
    disclosed.sex::text as sex,
    disclosed.level::text as level,
    initiative.initiative_name::text as initiative_name,
    disclosed.participant_count::integer as participant_count,
    disclosed.new_count::integer as new_count,
    disclosed.ended_count::integer as ended_count,
    disclosed.remaining_count::integer as remaining_count,
    disclosed.named_ended_count::integer as named_ended_count,
    disclosed.sdc_status::text as sdc_status,
    disclosed.sdc_method::text as sdc_method,
    disclosed.sdc_threshold::integer as sdc_threshold,
    disclosed.release_period::text as release_period
from disclosed
left join {{ ref('dim_initiative') }} as initiative
    on
        disclosed.association_id = initiative.association_id
        and disclosed.initiative_id = initiative.initiative_id
        and disclosed.fiscal_year between initiative.first_year and initiative.last_year
