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
        {{ text_of('cash_flow_code') }} as cash_flow_code,
        {{ text_of('note_code') }} as note_code,
        _delivery_id,
        _row_number
    from applicable
),

own_or_common as (
    select
        *,
        -- an own line that says nothing of the cash flow or of a note is in them what the common line is
        max(cash_flow_code) filter (where is_common) over same_line as common_cash_flow_code,
        max(note_code) filter (where is_common) over same_line as common_note_code,
        row_number() over (
            partition by association_id, statement, line_code order by is_common, _delivery_id, _row_number
        ) as precedence
    from typed
    window same_line as (partition by association_id, statement, line_code)
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
    coalesce(cash_flow_code, common_cash_flow_code) as cash_flow_code,
    coalesce(note_code, common_note_code) as note_code,
    _delivery_id,
    _row_number
from own_or_common
where precedence = 1
