select
    association_id::text as association_id,
    rule_code::text as rule_code,
    first_year::integer as first_year,
    last_year::integer as last_year,
    value_share::numeric(18, 6) as value_share,
    base_code::text as base_code,
    source_sv::text as source_sv,
    value_number::integer as value_number,
    step_count::integer as step_count,
    line_code::text as line_code,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from {{ ref('stg_rules__rules') }}
where step_number = 1
