with delivered as (
    {{ delivered_rows('project_costs') }}
)

select
    association_id,
    {{ text_of('claim_number') }} as claim_number,
    {{ date_of('claim_date') }} as claim_date,
    {{ text_of('quarter') }} as quarter,
    -- written as 2026-Q3
    left(quarter, 4)::integer as fiscal_year,
    make_date(left(quarter, 4)::integer, right(quarter, 1)::integer * 3 - 2, 1) as quarter_start,
    {{ text_of('initiative_name') }} as initiative_name,
    {{ match_key(text_of('initiative_name')) }} as initiative_key,
    {{ text_of('party_name') }} as party_name,
    {{ match_key(text_of('party_name')) }} as party_key,
    {{ text_of('cost_category') }} as cost_category,
    {{ match_key(text_of('cost_category')) }} as cost_category_key,
    {{ text_of('post_name') }} as post_name,
    {{ share_of('fte_share') }} as fte_share,
    {{ share_of('own_fte_share') }} as own_fte_share,
    {{ date_of('post_from_date') }} as post_from_date,
    {{ date_of('post_to_date') }} as post_to_date,
    {{ money_of('amount_sek') }} as amount_sek,
    {{ money_of('own_financing_sek') }} as own_financing_sek,
    {{ money_of('in_kind_sek') }} as in_kind_sek,
    {{ money_of('vat_sek') }} as vat_sek,
    {{ text_of('unit') }} as unit,
    _delivery_id,
    _row_number
from delivered
