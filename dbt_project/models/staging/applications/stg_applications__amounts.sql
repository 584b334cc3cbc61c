with delivered as (
    {{ delivered_rows('applications') }}
)

select
    association_id,
    {{ text_of('application_code') }} as application_code,
    {{ match_key(text_of('application_code')) }} as application_key,
    {{ date_of('application_date') }} as application_date,
    {{ text_of('initiative_name') }} as initiative_name,
    {{ match_key(text_of('initiative_name')) }} as initiative_key,
    {{ text_of('breakdown') }} as breakdown,
    {{ text_of('party_name') }} as party_name,
    {{ match_key(text_of('party_name')) }} as party_key,
    {{ text_of('cost_category') }} as cost_category,
    {{ match_key(text_of('cost_category')) }} as cost_category_key,
    {{ text_of('post_name') }} as post_name,
    {{ share_of('fte_share') }} as fte_share,
    {{ date_of('from_date') }} as from_date,
    {{ date_of('to_date') }} as to_date,
    {{ integer_of('fiscal_year') }} as fiscal_year,
    {{ money_of('amount_sek') }} as amount_sek,
    {{ money_of('own_financing_sek') }} as own_financing_sek,
    {{ text_of('unit') }} as unit,
    _delivery_id,
    _row_number
from delivered
