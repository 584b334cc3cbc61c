with exit_group as (
    select
        association_id,
        exit_result_code,
        exit_group_code
    from {{ ref('dim_exit_result') }}
)

select
    told.association_id::text as association_id,
    told.fiscal_year::integer as fiscal_year,
    told.reported_period::text as reported_period,
    told.initiative_id::text as initiative_id,
    -- what is not split by sex stands with the unknown: a reader's sum over sex is whole
    case told.sex when 'all' then 'unknown' else told.sex end::text as sex,
    told.measure::text as measure,
    told.exit_result_code::text as exit_result_code,
    exit_group.exit_group_code::text as exit_group_code,
    told.reported_count::integer as reported_count,
    told.counted_as::text as counted_as,
    told.counts_towards::text[] as counts_towards,
    (told.reported_count is null)::boolean as is_hidden,
    told._delivery_id::text as _delivery_id,
    told._row_number::integer as _row_number
from {{ ref('int_participant_count__counted') }} as told
left join exit_group
    on told.association_id = exit_group.association_id and told.exit_result_code = exit_group.exit_result_code
