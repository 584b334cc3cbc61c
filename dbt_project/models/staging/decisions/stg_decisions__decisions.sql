with delivered as (
    {{ delivered_rows('decisions') }}
)

select
    association_id,
    -- a paragraph alone names a decision only together with its day
    coalesce(
        {{ text_of('decision_code') }}, {{ text_of('paragraph') }} || ' ' || {{ text_of('decision_date') }}
    ) as decision_code,
    {{ text_of('paragraph') }} as paragraph,
    {{ date_of('decision_date') }} as decision_date,
    {{ text_of('initiative_name') }} as initiative_name,
    {{ match_key(text_of('initiative_name')) }} as initiative_key,
    {{ text_of('party_name') }} as party_name,
    {{ match_key(text_of('party_name')) }} as party_key,
    {{ text_of('decision_kind') }} as decision_kind,
    {{ text_of('application_code') }} as application_code,
    {{ match_key(text_of('application_code')) }} as application_key,
    {{ integer_of('fiscal_year') }} as fiscal_year,
    {{ money_of('amount_sek') }} as amount_sek,
    {{ text_of('unit') }} as unit,
    {{ date_of('from_date') }} as from_date,
    {{ date_of('to_date') }} as to_date,
    {{ flag_of('has_option') }} as has_option,
    {{ date_of('option_to_date') }} as option_to_date,
    {{ text_of('conditions') }} as conditions,
    _delivery_id,
    _row_number
from delivered
