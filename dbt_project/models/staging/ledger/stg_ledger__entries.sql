with delivered as (
    {{ delivered_rows('ledger') }}
)

select
    association_id,
    {{ text_of('entry_kind') }} as entry_kind,
    {{ integer_of('fiscal_year') }} as fiscal_year,
    {{ text_of('account_code') }} as account_code,
    {{ text_of('account_name') }} as account_name,
    {{ money_of('amount_sek') }} as amount_sek,
    {{ text_of('voucher_series') }} as voucher_series,
    {{ text_of('voucher_number') }} as voucher_number,
    {{ integer_of('voucher_row') }} as voucher_row,
    {{ date_of('voucher_date') }} as voucher_date,
    {{ text_of('cost_centre_code') }} as cost_centre_code,
    {{ text_of('project_code') }} as project_code,
    _delivery_id,
    _row_number
from delivered
