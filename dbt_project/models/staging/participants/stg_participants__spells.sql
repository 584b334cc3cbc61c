with delivered as (
    {{ delivered_rows('participants') }}
)

select
    association_id,
    period::integer as register_year,
    person_key,
    {{ text_of('initiative_name') }} as initiative_name,
    {{ text_of('sex') }} as sex,
    {{ date_of('start_date') }} as start_date,
    {{ date_of('end_date') }} as end_date,
    {{ text_of('exit_result') }} as exit_result,
    {{ text_of('exit_reason') }} as exit_reason,
    {{ integer_of('birth_year') }} as birth_year,
    {{ integer_of('age_at_start') }} as age_at_start,
    coalesce({{ flag_of('is_anonymous') }}, false) as is_anonymous,
    {{ text_of('municipality_code') }} as municipality_code,
    {{ text_of('referrer') }} as referrer,
    {{ text_of('education') }} as education,
    {{ text_of('time_in_support') }} as time_in_support,
    {{ text_of('support_before') }} as support_before,
    {{ text_of('support_after') }} as support_after,
    {{ text_of('occupation_before') }} as occupation_before,
    {{ text_of('occupation_after') }} as occupation_after,
    {{ text_of('occupation_3_months') }} as occupation_3_months,
    {{ text_of('occupation_6_months') }} as occupation_6_months,
    {{ share_of('occupation_extent_share') }} as occupation_extent_share,
    {{ share_of('occupation_extent_before_share') }} as occupation_extent_before_share,
    {{ share_of('occupation_extent_after_share') }} as occupation_extent_after_share,
    {{ flag_of('is_self_supporting') }} as is_self_supporting,
    {{ flag_of('is_self_supporting_3_months') }} as is_self_supporting_3_months,
    {{ flag_of('is_self_supporting_6_months') }} as is_self_supporting_6_months,
    {{ date_of('consent_date') }} as consent_date,
    {{ date_of('consent_withdrawn_date') }} as consent_withdrawn_date,
    _delivery_id,
    _row_number
from delivered
