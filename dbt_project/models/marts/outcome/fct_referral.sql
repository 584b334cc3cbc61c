select
    association_id::text as association_id,
    fiscal_year::integer as fiscal_year,
    reported_period::text as reported_period,
    period_start_date::date as period_start_date,
    period_end_date::date as period_end_date,
    referrer_code::text as referrer_code,
    destination_code::text as destination_code,
    sex::text as sex,
    referral_count::integer as referral_count,
    accepted_count::integer as accepted_count,
    is_counted::boolean as is_counted,
    (referral_count is null)::boolean as is_hidden,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from {{ ref('int_referral__resolved') }}
