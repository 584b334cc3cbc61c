-- Every delivered count with its initiative and exit result in our words.
with told as (
    select * from {{ ref('stg_participant_counts__counts') }}
)

select
    told.association_id,
    told.fiscal_year,
    told.reported_period,
    told.period_start_date,
    told.period_end_date,
    told.sex,
    told.measure,
    told.exit_result_key,
    told.reported_count,
    told.counted_as,
    {{ code_or_reason('told.initiative_key', 'initiative.initiative_id') }} as initiative_id,
    -- two unknown initiatives are two, also while both are called unmapped
    coalesce(initiative.initiative_id, 'unmapped:' || told.initiative_key) as initiative_identity,
    case when told.exit_result_key is not null then coalesce(exit_result.code, 'unmapped') end as exit_result_code,
    told._delivery_id,
    told._row_number
from told
{{ join_initiative('told', 'fiscal_year') }}
left join {{ ref('int_code__named') }} as exit_result
    on
        exit_result.list_code = 'exit_result'
        and told.association_id = exit_result.association_id
        and told.exit_result_key = exit_result.name_key
