with delivered as (
    {{ delivered_rows('budgets') }}
)

select
    association_id,
    {{ integer_of('fiscal_year') }} as fiscal_year,
    {{ text_of('version_kind') }} as version_kind,
    {{ date_of('made_date') }} as made_date,
    {{ text_of('document') }} as document,
    {{ text_of('line_name') }} as line_name,
    {{ match_key('line_name') }} as line_key,
    {{ text_of('initiative_name') }} as initiative_name,
    {{ match_key(text_of('initiative_name')) }} as initiative_key,
    {{ text_of('party_name') }} as party_name,
    {{ match_key(text_of('party_name')) }} as party_key,
    {{ text_of('decision_state') }} as decision_state,
    {{ money_of('amount_sek') }} as amount_sek,
    {{ text_of('unit') }} as unit,
    _delivery_id,
    _row_number
from delivered
