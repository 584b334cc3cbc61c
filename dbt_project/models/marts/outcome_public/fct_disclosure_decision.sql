-- What was decided of each count, in the release that stands: what readers are shown, that they are shown nothing, or
-- that it is shown only within another code's.
{{ config(tags=['disclosed']) }}
-- depends_on: {{ ref('int_outcome_cells') }}
with within as (
    select
        association_id,
        fiscal_year,
        report,
        shown_as,
        array_agg(distinct category_code order by category_code) as part_codes
    from {{ source('ops', 'disclosure_in_force') }}
    where shown_as is not null
    group by 1, 2, 3, 4
)

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
    decided.shown_as::text as shown_as,
    within.part_codes::text[] as part_codes,
    decided.method::text as method,
    standing.threshold::integer as threshold,
    decided.release_period::text as release_period,
    'built-in'::text as _delivery_id,
    0::integer as _row_number
from {{ source('ops', 'disclosure_in_force') }} as decided
inner join {{ source('ops', 'disclosure_standing') }} as standing on decided.association_id = standing.association_id
left join within
    on
        decided.association_id = within.association_id
        and decided.fiscal_year = within.fiscal_year
        and decided.report = within.report
        and decided.category_code = within.shown_as
