with delivered as (
    {{ delivered_rows('decisions') }}
)

select
    association_id,
    {{ text_of('decision_code') }} as decision_code,
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
    {{ text_of('conditions') }} as conditions,
    _delivery_id,
    _row_number
from delivered
