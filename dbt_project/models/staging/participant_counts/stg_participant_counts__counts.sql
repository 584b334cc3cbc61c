with delivered as (
    {{ delivered_rows('participant_counts') }}
)

select
    association_id,
    {{ text_of('initiative_name') }} as initiative_name,
    {{ match_key(text_of('initiative_name')) }} as initiative_key,
    {{ text_of('reported_period') }} as reported_period,
    left(reported_period, 4)::integer as fiscal_year,
    {{ period_start('reported_period') }} as period_start_date,
    {{ period_end('reported_period') }} as period_end_date,
    {{ text_of('sex') }} as sex,
    {{ text_of('measure') }} as measure,
    {{ match_key(text_of('exit_result')) }} as exit_result_key,
    {{ integer_of('reported_count') }} as reported_count,
    {{ text_of('counted_as') }} as counted_as,
    _delivery_id,
    _row_number
from delivered
