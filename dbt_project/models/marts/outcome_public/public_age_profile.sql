{{ config(tags=['disclosed']) }}
with disclosed as (
    {{ disclosed_rows('age_profile') }}
)

select
    disclosed.association_id::text as association_id,
    disclosed.fiscal_year::integer as fiscal_year,
    disclosed.initiative_id::text as initiative_id,
    disclosed.sex::text as sex,
    disclosed.level::text as level,
    disclosed.age_band_code::text as age_band_code,
    initiative.initiative_name::text as initiative_name,
    listed.label_sv::text as age_band_name,
    disclosed.participant_count::integer as participant_count,
    disclosed.new_count::integer as new_count,
    {{ shown_share('disclosed.participant_count', 'whole.participant_count', 'disclosed.sdc_method') }}
        as share_of_participants,
    disclosed.sdc_status::text as sdc_status,
    disclosed.sdc_method::text as sdc_method,
    disclosed.release_period::text as release_period
{{ join_disclosed() }}
left join {{ ref('dim_code') }} as listed
    on
        disclosed.association_id = listed.association_id
        and disclosed.age_band_code = listed.code
        and listed.list_code = 'age_band'
