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
    where list_code = 'cost_category'
),

built_in (code, label_sv, sort_order) as (
    values
    ('not_stated', 'Kostnadsslag ej angivet', 9000),
    ('unmapped', 'Ej tolkat kostnadsslag', 9010)
),

all_categories as (
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
    category.association_id::text as association_id,
    category.code::text as cost_category,
    category.label_sv::text as label_sv,
    category.group_code::text as cost_group,
    -- a group is itself a category of the list: sheets that say no more than the group deliver it
    coalesce(heading.label_sv, category.group_code)::text as cost_group_name,
    category.sort_order::integer as sort_order,
    category._delivery_id::text as _delivery_id,
    category._row_number::integer as _row_number
from all_categories as category
left join all_categories as heading
    on category.association_id = heading.association_id and category.group_code = heading.code
