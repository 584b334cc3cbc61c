with applicable as (
    {{ reference_rows('code_lists') }}
),

typed as (
    select
        association_id,
        is_common,
        {{ text_of('list_code') }} as list_code,
        {{ text_of('code') }} as code,
        {{ text_of('label_sv') }} as label_sv,
        {{ list_of('aliases') }} as aliases,
        {{ text_of('group_code') }} as group_code,
        {{ integer_of('sort_order') }} as sort_order,
        _delivery_id,
        _row_number
    from applicable
),

own_or_common as (
    select
        *,
        row_number() over (
            partition by association_id, list_code, code order by is_common, _delivery_id, _row_number
        ) as precedence
    from typed
)

select
    association_id,
    list_code,
    code,
    label_sv,
    aliases,
    group_code,
    sort_order,
    _delivery_id,
    _row_number
from own_or_common
where precedence = 1
