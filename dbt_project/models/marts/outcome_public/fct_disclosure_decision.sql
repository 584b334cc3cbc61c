-- What was decided of each count, in the release that stands: what readers are shown, or that they are shown nothing.
{{ config(tags=['disclosed']) }}
-- depends_on: {{ ref('int_outcome_cells') }}
select
    association_id::text as association_id,
    fiscal_year::integer as fiscal_year,
    report::text as report,
    initiative_id::text as initiative_id,
    sex::text as sex,
    category_code::text as category_code,
    measure::text as measure,
    decision::text as decision,
    shown_count::integer as shown_count,
    method::text as method,
    release_period::text as release_period,
    'built-in'::text as _delivery_id,
    0::integer as _row_number
from {{ source('ops', 'disclosure_in_force') }}
