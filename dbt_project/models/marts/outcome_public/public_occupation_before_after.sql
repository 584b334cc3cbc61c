{{ config(tags=['disclosed']) }}
with disclosed as (
    {{ disclosed_rows('occupation_before_after') }}
)

select
    disclosed.association_id::text as association_id,
    disclosed.fiscal_year::integer as fiscal_year,
    disclosed.initiative_id::text as initiative_id,
    disclosed.sex::text as sex,
    disclosed.level::text as level,
    disclosed.occupation_code::text as occupation_code,
    initiative.initiative_name::text as initiative_name,
    listed.label_sv::text as occupation_name,
    whole.named_ended_count::integer as ended_count,
    disclosed.before_count::integer as before_count,
    disclosed.after_count::integer as after_count,
    {{ shown_share('disclosed.before_count', 'whole.named_ended_count', 'disclosed.sdc_method') }} as before_share,
    {{ shown_share('disclosed.after_count', 'whole.named_ended_count', 'disclosed.sdc_method') }} as after_share,
    disclosed.sdc_status::text as sdc_status,
    disclosed.sdc_method::text as sdc_method,
    disclosed.release_period::text as release_period
{{ join_disclosed() }}
left join {{ ref('dim_code') }} as listed
    on
        disclosed.association_id = listed.association_id
        and disclosed.occupation_code = listed.code
        and listed.list_code = 'occupation'
