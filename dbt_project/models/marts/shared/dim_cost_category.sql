with category as (
    {{ listed_codes('cost_category', 'Kostnadsslag ej angivet', 'Ej tolkat kostnadsslag') }}
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
from category
left join category as heading
    on category.association_id = heading.association_id and category.group_code = heading.code
