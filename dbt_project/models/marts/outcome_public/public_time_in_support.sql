{{ config(tags=['disclosed']) }}
with disclosed as (
    {{ disclosed_rows('time_in_support', 'time_in_support_code', ['participant_count', 'new_count']) }}
)

select
    disclosed.association_id::text as association_id,
    disclosed.fiscal_year::integer as fiscal_year,
    disclosed.initiative_id::text as initiative_id,
    disclosed.sex::text as sex,
    disclosed.level::text as level,
    disclosed.time_in_support_code::text as time_in_support_code,
    initiative.initiative_name::text as initiative_name,
    listed.label_sv::text as time_in_support_name,
    disclosed.participant_count::integer as participant_count,
    disclosed.new_count::integer as new_count,
    {{ shown_share('disclosed.participant_count', 'whole.participant_count', 'disclosed.sdc_method') }}
        as share_of_participants,
    disclosed.sdc_status::text as sdc_status,
    disclosed.sdc_method::text as sdc_method,
    disclosed.release_period::text as release_period
from disclosed
left join {{ ref('public_participant_flow') }} as whole
    on
        disclosed.association_id = whole.association_id
        and disclosed.fiscal_year = whole.fiscal_year
        and disclosed.initiative_id = whole.initiative_id
        and disclosed.sex = whole.sex
left join {{ ref('dim_code') }} as listed
    on
        disclosed.association_id = listed.association_id
        and disclosed.time_in_support_code = listed.code
        and listed.list_code = 'time_in_support'
left join {{ ref('dim_initiative') }} as initiative
    on
        disclosed.association_id = initiative.association_id
        and disclosed.initiative_id = initiative.initiative_id
        and disclosed.fiscal_year between initiative.first_year and initiative.last_year
