with applicable as (
    {{ reference_rows('adopted_years') }}
)

select
    association_id,
    {{ integer_of('fiscal_year') }} as fiscal_year,
    {{ date_of('adopted_date') }} as adopted_date,
    {{ text_of('decision_code') }} as decision_code,
    {{ money_of('result_sek') }} as result_sek,
    {{ money_of('own_capital_sek') }} as own_capital_sek,
    {{ text_of('source') }} as source_sv,
    _delivery_id,
    _row_number
from applicable
-- an association adopts its own accounts: no year is adopted for all
where not is_common
