-- Every printed figure in kronor, as a share, or in its own unit, with half of its last printed digit as tolerance.
with factored as (
    select
        *,
        case
            when lower(unit) in ('tkr', 'kkr', 'tsk', 'tsek', 'tusental kronor') then 1000
            when lower(unit) in ('mnkr', 'mkr', 'msek', 'miljoner kronor') then 1000000
            when lower(unit) in ('percent', 'procent', '%') then 0.01
            else 1
        end as unit_factor
    from {{ ref('stg_published_figures__cells') }}
)

select
    association_id,
    document,
    table_name,
    page,
    section,
    line_number,
    line_name,
    row_type,
    total_of,
    year_printed,
    version,
    measure,
    party_name,
    sex,
    initiative_name,
    unit,
    unit_printed,
    value_printed,
    printed_number,
    no_number_reason,
    note_reference,
    mart_name,
    mart_key,
    mart_column,
    _delivery_id,
    _row_number,
    printed_number * unit_factor as printed_value,
    trim_scale(unit_factor * 0.5 * power(10::numeric, -scale(printed_number))) as tolerance,
    case when printed_number is null then coalesce(no_number_reason, 'not_stated') end as why_no_number
from factored
