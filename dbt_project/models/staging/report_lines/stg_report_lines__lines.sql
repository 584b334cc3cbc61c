with applicable as (
    {{ reference_rows('report_lines') }}
),

typed as (
    select
        association_id,
        is_common,
        {{ text_of('statement') }} as statement,
        {{ text_of('line_code') }} as line_code,
        {{ text_of('label_sv') }} as label_sv,
        {{ list_of('aliases') }} as aliases,
        {{ text_of('line_kind') }} as line_kind,
        {{ list_of('total_code') }} as total_codes,
        {{ integer_of('sign') }} as sign,
        {{ integer_of('sort_order') }} as sort_order,
        _delivery_id,
        _row_number
    from applicable
),

own_or_common as (
    select
        *,
        row_number() over (
            partition by association_id, statement, line_code order by is_common, _delivery_id, _row_number
        ) as precedence
    from typed
)

select
    association_id,
    is_common,
    statement,
    line_code,
    label_sv,
    aliases,
    line_kind,
    total_codes,
    sign,
    sort_order,
    _delivery_id,
    _row_number
from own_or_common
where precedence = 1
