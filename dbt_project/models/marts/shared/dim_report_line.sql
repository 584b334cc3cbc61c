select
    association_id::text as association_id,
    statement::text as statement,
    line_code::text as line_code,
    label_sv::text as label_sv,
    line_kind::text as line_kind,
    array_to_string(total_codes, '|')::text as total_codes,
    sign::integer as sign,
    sort_order::integer as sort_order,
    cash_flow_code::text as cash_flow_code,
    note_code::text as note_code,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from {{ ref('int_report_line__in_force') }}
