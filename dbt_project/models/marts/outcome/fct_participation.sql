-- One row per spell and no trace of the person: the pseudonym stays in the intermediate room.
select
    association_id::text as association_id,
    initiative_id::text as initiative_id,
    sex::text as sex,
    start_date::date as start_date,
    end_date::date as end_date,
    exit_result_code::text as exit_result_code,
    is_anonymous::boolean as is_anonymous,
    is_misregistered::boolean as is_misregistered,
    referrer_code::text as referrer_code,
    education_code::text as education_code,
    support_before_codes::text[] as support_before_codes,
    support_after_codes::text[] as support_after_codes,
    occupation_before_codes::text[] as occupation_before_codes,
    occupation_after_codes::text[] as occupation_after_codes,
    occupation_extent_share::numeric(18, 6) as occupation_extent_share,
    register_year::integer as register_year,
    delivered_row_count::integer as delivered_row_count,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from {{ ref('int_participation__deduplicated') }}
