with delivered as (
    {{ delivered_rows('ledger') }}
)

select
    association_id,
    {{ text_of('entry_kind') }} as entry_kind,
    -- a table may leave the year to its dates; an opening balance without a date then has the delivery's
    coalesce(
        {{ integer_of('fiscal_year') }},
        extract(year from {{ date_of('voucher_date') }})::integer,
        case when period ~ '^[0-9]{4}$' then period::integer end
    ) as fiscal_year,
    {{ text_of('account_code') }} as account_code,
    {{ text_of('account_name') }} as account_name,
    -- debit is plus and credit is minus; a row has one amount or these
    coalesce(
        {{ money_of('amount_sek') }},
        coalesce({{ money_of('debit_sek') }}, 0) - coalesce({{ money_of('credit_sek') }}, 0)
    )::numeric(18, 2) as amount_sek,
    {{ text_of('voucher_series') }} as voucher_series,
    {{ text_of('voucher_number') }} as voucher_number,
    {{ integer_of('voucher_row') }} as voucher_row,
    {{ date_of('voucher_date') }} as voucher_date,
    {{ text_of('cost_centre_code') }} as cost_centre_code,
    {{ text_of('project_code') }} as project_code,
    _delivery_id,
    _row_number
from delivered
