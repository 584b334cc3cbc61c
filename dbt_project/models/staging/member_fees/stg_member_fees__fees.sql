with delivered as (
    {{ delivered_rows('member_fees') }}
)

select
    association_id,
    {{ integer_of('fiscal_year') }} as fiscal_year,
    {{ text_of('member_name') }} as member_name,
    {{ match_key('member_name') }} as member_key,
    {{ text_of('fee_event') }} as fee_event,
    {{ text_of('fee_kind') }} as fee_kind,
    {{ text_of('fee_version') }} as fee_version,
    {{ money_of('amount_sek') }} as amount_sek,
    {{ text_of('unit') }} as unit,
    {{ integer_of('population_count') }} as population_count,
    {{ date_of('population_date') }} as population_date,
    {{ text_of('invoice_number') }} as invoice_number,
    {{ date_of('due_date') }} as due_date,
    {{ date_of('paid_date') }} as paid_date,
    _delivery_id,
    _row_number
from delivered
