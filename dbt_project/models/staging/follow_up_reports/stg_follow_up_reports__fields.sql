with delivered as (
    {{ delivered_rows('follow_up_reports') }}
)

select
    association_id,
    {{ integer_of('fiscal_year') }} as fiscal_year,
    {{ date_of('sent_date') }} as sent_date,
    {{ match_key(text_of('initiative_name')) }} as initiative_key,
    {{ text_of('field_code') }} as field_code,
    {{ money_of('sent_number') }} as sent_number,
    {{ text_of('sent_text') }} as sent_text,
    _delivery_id,
    _row_number
from delivered
