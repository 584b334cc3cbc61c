-- What the warehouse says of every mart cell that some printed figure is said to be. A key that means several rows is their sum.
with mart_cell as (
    {%- for mart, columns in comparable_marts().items() %}
    {%- for column in columns %}
    select
        association_id,
        '{{ mart }}' as mart_name,
        '{{ column }}' as mart_column,
        to_jsonb({{ mart }}) as mart_row,
        {{ column }} as cell_value
    from {{ ref(mart) }} as {{ mart }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

asked as (
    select distinct
        association_id,
        mart_name,
        mart_key,
        ltrim(mart_column, '-') as mart_column
    from {{ ref('fct_published_figure') }}
    where mart_name is not null and mart_key is not null and mart_column is not null
)

select
    asked.association_id,
    asked.mart_name,
    asked.mart_key,
    asked.mart_column,
    sum(mart_cell.cell_value) as computed_value
from asked
inner join mart_cell
    on
        asked.association_id = mart_cell.association_id
        and asked.mart_name = mart_cell.mart_name
        and asked.mart_column = mart_cell.mart_column
where {{ is_meant('mart_cell.mart_row', 'asked.mart_key') }}
group by 1, 2, 3, 4
