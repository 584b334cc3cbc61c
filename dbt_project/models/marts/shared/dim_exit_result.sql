with listed as (
    select
        association_id,
        code,
        label_sv,
        coalesce(group_code, code) as group_code,
        sort_order,
        _delivery_id,
        _row_number
    from {{ ref('stg_code_lists__codes') }}
    where list_code = 'exit_result'
),

built_in (code, label_sv, sort_order) as (
    values
    ('not_stated', 'Resultat ej angivet', 9000),
    ('unmapped', 'Ej tolkat resultat', 9010)
),

all_results as (
    select * from listed
    union all
    select
        scope.association_id,
        built_in.code,
        built_in.label_sv,
        built_in.code as group_code,
        built_in.sort_order,
        'built-in' as _delivery_id,
        0 as _row_number
    from built_in
    cross join {{ ref('stg_ops__build_scope') }} as scope
    where not exists (
            select 1 from listed
            where listed.association_id = scope.association_id and listed.code = built_in.code
        )
)

select
    association_id::text as association_id,
    code::text as exit_result_code,
    label_sv::text as label_sv,
    group_code::text as exit_group_code,
    sort_order::integer as sort_order,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from all_results
