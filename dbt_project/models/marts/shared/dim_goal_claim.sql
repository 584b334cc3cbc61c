select
    association_id::text as association_id,
    fiscal_year::integer as fiscal_year,
    goal_code::text as goal_code,
    claimed_status::text as claimed_status,
    claimed_text::text as claimed_text,
    source_sv::text as source_sv,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from {{ ref('stg_goals__claims') }}
