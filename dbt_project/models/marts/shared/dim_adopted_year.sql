select
    association_id::text as association_id,
    fiscal_year::integer as fiscal_year,
    adopted_date::date as adopted_date,
    decision_code::text as decision_code,
    result_sek::numeric(18, 2) as result_sek,
    own_capital_sek::numeric(18, 2) as own_capital_sek,
    source_sv::text as source_sv,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from {{ ref('stg_adopted_years__years') }}
