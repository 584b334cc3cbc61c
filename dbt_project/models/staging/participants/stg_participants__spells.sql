with delivered as (
    {{ delivered_rows('participants') }}
)

select
    association_id,
    period::integer as register_year,
    person_key,
    {{ text_of('initiative_name') }} as initiative_name,
    {{ match_key('initiative_name') }} as initiative_key,
    {{ text_of('sex') }} as sex,
    {{ date_of('start_date') }} as start_date,
    {{ date_of('end_date') }} as end_date,
    {{ text_of('exit_result') }} as exit_result,
    {{ match_key('exit_result') }} as exit_result_key,
    coalesce({{ flag_of('is_anonymous') }}, false) as is_anonymous,
    _delivery_id,
    _row_number
from delivered
