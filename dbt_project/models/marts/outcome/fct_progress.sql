-- One row per series and year, and no trace of the person: the pseudonym stays in the intermediate room.
select
    association_id::text as association_id,
    fiscal_year::integer as fiscal_year,
    initiative_id::text as initiative_id,
    rater::text as rater,
    indicator_code::text as indicator_code,
    scale_code::text as scale_code,
    first_date::date as first_date,
    last_date::date as last_date,
    first_step::integer as first_step,
    last_step::integer as last_step,
    measured_count::integer as measured_count,
    1::integer as series_count,
    compared_count::integer as compared_count,
    up_count::integer as up_count,
    down_count::integer as down_count,
    overdue_count::integer as overdue_count,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from {{ ref('int_progress__changes') }}
