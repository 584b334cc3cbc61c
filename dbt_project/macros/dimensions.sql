{# The codes people own, and beside them the built-in ones they have not taken. Rows: `listed` and `built_in`. #}
{% macro listed_or_built_in() -%}
select * from listed
union all
select
    scope.association_id,
    built_in.list_code,
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
        where
            listed.association_id = scope.association_id
            and listed.list_code = built_in.list_code
            and listed.code = built_in.code
    )
{%- endmacro %}

{# A code list as a dimension: its codes, each in a group, and the two reasons a fact has for none of them. #}
{% macro listed_codes(list_code, not_stated_sv, unmapped_sv) -%}
with listed as (
    select
        association_id,
        list_code,
        code,
        label_sv,
        coalesce(group_code, code) as group_code,
        sort_order,
        _delivery_id,
        _row_number
    from {{ ref('stg_code_lists__codes') }}
    where list_code = '{{ list_code }}'
),

built_in (list_code, code, label_sv, sort_order) as (
    values
    ('{{ list_code }}', 'not_stated', '{{ not_stated_sv }}', 9000),
    ('{{ list_code }}', 'unmapped', '{{ unmapped_sv }}', 9010)
)

{{ listed_or_built_in() }}
{%- endmacro %}

{# What a report calls its initiative, party and cost category that year: `initiative`, `party`, `category`. #}
{% macro join_names(row, year) -%}
left join {{ ref('dim_initiative') }} as initiative
    on
        {{ row }}.association_id = initiative.association_id
        and {{ row }}.initiative_id = initiative.initiative_id
        and {{ row }}.{{ year }} between initiative.first_year and initiative.last_year
left join {{ ref('dim_member') }} as party
    on
        {{ row }}.association_id = party.association_id
        and {{ row }}.party_id = party.member_id
        and {{ row }}.{{ year }} between party.first_year and party.last_year
left join {{ ref('dim_cost_category') }} as category
    on {{ row }}.association_id = category.association_id and {{ row }}.cost_category = category.cost_category
{%- endmacro %}
