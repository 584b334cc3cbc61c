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
    register_year::integer as register_year,
    delivered_row_count::integer as delivered_row_count,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from {{ ref('int_participation__deduplicated') }}
