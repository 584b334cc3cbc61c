with result as (
    {{ listed_codes('exit_result', 'Resultat ej angivet', 'Ej tolkat resultat') }}
)

select
    association_id::text as association_id,
    code::text as exit_result_code,
    label_sv::text as label_sv,
    group_code::text as exit_group_code,
    sort_order::integer as sort_order,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from result
