with applicable as (
    {{ reference_rows('goals') }}
),

typed as (
    select
        association_id,
        is_common,
        {{ integer_of('fiscal_year') }} as fiscal_year,
        {{ text_of('goal_code') }} as goal_code,
        {{ text_of('claimed_status') }} as claimed_status,
        {{ text_of('claimed_text') }} as claimed_text,
        {{ text_of('source') }} as source_sv,
        _delivery_id,
        _row_number
    from applicable
),

own_or_common as (
    select
        *,
        row_number() over (
            partition by association_id, fiscal_year, goal_code order by is_common, _delivery_id, _row_number
        ) as precedence
    from typed
)

select
    association_id,
    fiscal_year,
    goal_code,
    claimed_status,
    claimed_text,
    source_sv,
    _delivery_id,
    _row_number
from own_or_common
where precedence = 1
