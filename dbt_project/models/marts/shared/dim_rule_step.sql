select
    association_id::text as association_id,
    rule_code::text as rule_code,
    first_year::integer as first_year,
    step_number::integer as step_number,
    last_year::integer as last_year,
    member_id::text as member_id,
    lower_sek::numeric(18, 2) as lower_sek,
    upper_sek::numeric(18, 2) as upper_sek,
    step_method::text as step_method,
    value_share::numeric(18, 6) as value_share,
    value_number::integer as value_number,
    cap_sek::numeric(18, 2) as cap_sek,
    base_code::text as base_code,
    source_sv::text as source_sv,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from {{ ref('stg_rules__rules') }}
