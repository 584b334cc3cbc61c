with result as (
    {{ listed_codes('exit_result', 'Resultat ej angivet', 'Ej tolkat resultat') }}
)

select
    result.association_id::text as association_id,
    result.code::text as exit_result_code,
    result.label_sv::text as label_sv,
    result.group_code::text as exit_group_code,
    coalesce(measure.reached_codes, '{}')::text[] as measure_codes,
    result.sort_order::integer as sort_order,
    result._delivery_id::text as _delivery_id,
    result._row_number::integer as _row_number
from result
left join {{ ref('int_exit_measure__by_result') }} as measure
    on result.association_id = measure.association_id and result.code = measure.exit_result_code
