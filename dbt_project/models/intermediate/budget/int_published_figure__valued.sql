-- Every printed figure in kronor, as a share, or in its own unit, with half of its last printed digit as tolerance.
with printed as (
    select * from {{ ref('stg_published_figures__cells') }}
),

scaled as (
    select
        *,
        case
            when lower(unit) in ('tkr', 'kkr', 'tsk', 'tsek', 'tusental kronor') then 1000
            when lower(unit) in ('mnkr', 'mkr', 'msek', 'miljoner kronor') then 1000000
            when lower(unit) in ('percent', 'procent', '%') then 0.01
            else 1
        end as unit_factor
    from printed
)

select
    scaled.*,
    scaled.printed_number * scaled.unit_factor as printed_value,
    scaled.unit_factor * 0.5 * power(10::numeric, -scale(scaled.printed_number)) as tolerance,
    case when scaled.printed_number is null then coalesce(scaled.no_number_reason, 'not_stated') end as why_no_number
from scaled
