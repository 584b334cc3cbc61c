with referrer as (
    {{ listed_codes('referrer', 'Avsändare ej angiven', 'Ej tolkad avsändare') }}
)

select
    association_id::text as association_id,
    code::text as referrer_code,
    label_sv::text as label_sv,
    group_code::text as referrer_group_code,
    sort_order::integer as sort_order,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from referrer
