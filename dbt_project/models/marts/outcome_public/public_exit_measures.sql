-- What the register says itself is decided on; a definition by exit results is the sum of what public_exit_results
-- shows, so whoever reads that can make it. Where one of its results is hidden but none of the others, it is all who
-- ended but those: unless that is a few. One that counts only some of several results shown as one cannot be made.
{{ config(tags=['disclosed']) }}
with disclosed as (
    {{ disclosed_rows('exit_measures') }}
),

defined as (
    select
        result.association_id,
        result.fiscal_year,
        result.initiative_id,
        result.sex,
        result.level,
        measure.code as measure_code,
        {{ shown_sum(
            'result.ended_count',
            "measure.code = any(coalesce(result.measure_codes, '{}'))",
            'whole',
            "measure.code = any(coalesce(result.partial_measure_codes, '{}'))"
        ) }} as reached_count,
        {{ shown_sum(
            'result.ended_count', "result.exit_result_code not in ('not_stated', 'unmapped')", 'whole', 'false'
        ) }} as answered_count,
        min(result.sdc_method) as sdc_method,
        min(result.release_period) as release_period
    from {{ ref('public_exit_results') }} as result
    inner join {{ ref('public_participant_flow') }} as whole
        on
            result.association_id = whole.association_id
            and result.fiscal_year = whole.fiscal_year
            and result.initiative_id = whole.initiative_id
            and result.sex = whole.sex
    inner join {{ ref('dim_code') }} as measure
        on
            result.association_id = measure.association_id
            and measure.list_code = 'exit_measure'
            and measure.code not in (
                {{ listed_strings(stated_exit_measures()) }}
            )
    group by 1, 2, 3, 4, 5, 6
),

told as (
    select
        association_id,
        fiscal_year,
        initiative_id,
        sex,
        level,
        measure_code,
        reached_count,
        answered_count,
        sdc_method,
        release_period
    from disclosed
    union all
    select * from defined
)

select
    told.association_id::text as association_id,
    told.fiscal_year::integer as fiscal_year,
    told.initiative_id::text as initiative_id,
    told.sex::text as sex,
    told.level::text as level,
    told.measure_code::text as measure_code,
    initiative.initiative_name::text as initiative_name,
    listed.label_sv::text as measure_name,
    told.reached_count::integer as reached_count,
    told.answered_count::integer as answered_count,
    whole.ended_count::integer as ended_count,
    {{ shown_share('told.reached_count', 'whole.ended_count', 'told.sdc_method') }} as share_of_ended,
    {{ shown_share('told.reached_count', 'told.answered_count', 'told.sdc_method') }} as share_of_answered,
    {{ shown_share('told.reached_count', 'whole.participant_count', 'told.sdc_method') }} as share_of_participants,
    case when num_nulls(told.reached_count, told.answered_count) > 0 then 'hidden' else 'shown' end::text
        as sdc_status,
    told.sdc_method::text as sdc_method,
    told.release_period::text as release_period
{{ join_disclosed('told') }}
left join {{ ref('dim_code') }} as listed
    on
        told.association_id = listed.association_id
        and told.measure_code = listed.code
        and listed.list_code = 'exit_measure'
