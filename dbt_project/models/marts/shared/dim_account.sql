select
    association_id::text as association_id,
    fiscal_year::integer as fiscal_year,
    account_code::text as account_code,
    account_name::text as account_name,
    account_prefix::text as account_prefix,
    statement::text as statement,
    line_code::text as line_code,
    budget_line_code::text as budget_line_code,
    note_line_code::text as note_line_code,
    cash_flow_code::text as cash_flow_code,
    is_mapped::boolean as is_mapped,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from {{ ref('int_account__mapped') }}
