with delivered as (
    {{ delivered_rows('budgets') }}
)

select
    association_id,
    {{ integer_of('fiscal_year') }} as fiscal_year,
    {{ integer_of('first_year') }} as first_year,
    {{ text_of('version_kind') }} as version_kind,
    {{ date_of('made_date') }} as made_date,
    {{ text_of('document') }} as document,
    {{ text_of('line_name') }} as line_name,
    {{ match_key('line_name') }} as line_key,
    {{ text_of('initiative_name') }} as initiative_name,
    {{ match_key(text_of('initiative_name')) }} as initiative_key,
    {{ text_of('initiative_code') }} as initiative_code,
    {{ match_key(text_of('initiative_code')) }} as initiative_code_key,
    {{ text_of('party_name') }} as party_name,
    {{ match_key(text_of('party_name')) }} as party_key,
    {{ text_of('decision_state') }} as decision_state,
    {{ money_of('amount_sek') }} as amount_sek,
    {{ text_of('unit') }} as unit,
    coalesce({{ text_of('cost_sign') }} = 'minus', false) as has_minus_costs,
    {{ text_of('annex_code') }} as annex_code,
    {{ text_of('section_name') }} as section_name,
    {{ match_key(text_of('section_name')) }} as section_key,
    coalesce({{ text_of('row_role') }} = 'part', false) as is_part,
    {{ text_of('part_of') }} as part_of,
    {{ match_key(text_of('part_of')) }} as part_of_key,
    {{ integer_of('file_row') }} as file_row,
    {{ text_of('file_column') }} as file_column,
    _delivery_id,
    _row_number
from delivered
