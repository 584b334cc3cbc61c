-- No voucher text: it may hold names.
select
    association_id::text as association_id,
    fiscal_year::integer as fiscal_year,
    entry_kind::text as entry_kind,
    account_code::text as account_code,
    voucher_series::text as voucher_series,
    voucher_number::text as voucher_number,
    voucher_row::integer as voucher_row,
    voucher_date::date as voucher_date,
    cost_centre_code::text as cost_centre_code,
    project_code::text as project_code,
    initiative_id::text as initiative_id,
    statement::text as statement,
    line_code::text as line_code,
    is_stray_opening::boolean as is_stray_opening,
    amount_sek::numeric(18, 2) as amount_sek,
    income_statement_sek::numeric(18, 2) as income_statement_sek,
    balance_sheet_sek::numeric(18, 2) as balance_sheet_sek,
    income_statement_lines::text[] as income_statement_lines,
    balance_sheet_lines::text[] as balance_sheet_lines,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from {{ ref('int_ledger_entry__placed') }}
