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
    {{ text_of('municipality_code') }} as municipality_code,
    {{ match_key('referrer') }} as referrer_key,
    {{ match_key('education') }} as education_key,
    {{ text_of('time_in_support') }} as time_in_support,
    {{ match_key('support_before') }} as support_before_key,
    {{ match_key('support_after') }} as support_after_key,
    {{ match_key('occupation_before') }} as occupation_before_key,
    {{ match_key('occupation_after') }} as occupation_after_key,
    {{ share_of('occupation_extent_share') }} as occupation_extent_share,
    _delivery_id,
    _row_number
from delivered
