select
    association_id::text as association_id,
    fiscal_year::integer as fiscal_year,
    sent_date::date as sent_date,
    initiative_id::text as initiative_id,
    field_code::text as field_code,
    sent_number::numeric(18, 2) as sent_number,
    sent_text::text as sent_text,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from {{ ref('int_follow_up_report__resolved') }}
