{{ config(tags=['disclosed']) }}
with disclosed as (
    {{ disclosed_rows('exit_results') }}
)

select
    disclosed.association_id::text as association_id,
    disclosed.fiscal_year::integer as fiscal_year,
    disclosed.initiative_id::text as initiative_id,
    disclosed.sex::text as sex,
    disclosed.level::text as level,
    disclosed.exit_result_code::text as exit_result_code,
    initiative.initiative_name::text as initiative_name,
    listed.label_sv::text as exit_result_name,
    listed.part_codes::text[] as part_codes,
    listed.group_code::text as exit_group_code,
    listed.group_codes::text[] as exit_group_codes,
    listed.measure_codes::text[] as measure_codes,
    listed.partial_measure_codes::text[] as partial_measure_codes,
    disclosed.ended_count::integer as ended_count,
    {{ shown_share('disclosed.ended_count', 'whole.ended_count', 'disclosed.sdc_method') }} as share_of_ended,
    disclosed.sdc_status::text as sdc_status,
    disclosed.sdc_method::text as sdc_method,
    disclosed.release_period::text as release_period
{{ join_disclosed() }}
{{ join_shown_code('exit_results') }}
