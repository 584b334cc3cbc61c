-- What was decided of each count, in the release that stands: what readers are shown, or that they are shown nothing.
{{ config(tags=['disclosed']) }}
-- depends_on: {{ ref('int_outcome_cells') }}
select
    decided.association_id::text as association_id,
    decided.fiscal_year::integer as fiscal_year,
    decided.report::text as report,
    decided.initiative_id::text as initiative_id,
    decided.sex::text as sex,
    decided.category_code::text as category_code,
    decided.measure::text as measure,
    decided.decision::text as decision,
    decided.shown_count::integer as shown_count,
    decided.method::text as method,
    standing.threshold::integer as threshold,
    decided.release_period::text as release_period,
    'built-in'::text as _delivery_id,
    0::integer as _row_number
from {{ source('ops', 'disclosure_in_force') }} as decided
inner join {{ source('ops', 'disclosure_standing') }} as standing on decided.association_id = standing.association_id
