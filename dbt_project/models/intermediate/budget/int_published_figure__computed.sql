-- What the warehouse says of every mart cell that some printed figure is said to be; a key that means several rows
-- is their sum. Beside it how many rows all of the key but its last part means: with some, an absent line is nothing.
with mart_row as (
    {%- for mart, columns in comparable_cells().items() %}
    select
        association_id,
        '{{ mart }}' as mart_name,
        array['{{ columns | join("', '") }}'] as comparable,
        to_jsonb(mart) as cells
    from {{ ref(mart) }} as mart
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

asked as (
    select distinct
        association_id,
        mart_name,
        mart_key,
        ltrim(mart_column, '-') as mart_column,
        {{ asked_last('mart_key') }} as last_column
    from {{ ref('fct_published_figure') }}
    where mart_name is not null and mart_key is not null and mart_column is not null
),

beside as (
    select
        asked.*,
        case when asked.mart_column = any(mart_row.comparable) then mart_row.cells end as cells
    from asked
    inner join mart_row on asked.association_id = mart_row.association_id and asked.mart_name = mart_row.mart_name
    where {{ is_meant('mart_row.cells', 'asked.mart_key', 'asked.last_column') }}
)

select
    association_id,
    mart_name,
    mart_key,
    mart_column,
    sum((cells ->> mart_column)::numeric) filter (where {{ is_meant('cells', 'mart_key') }}) as computed_value,
    count(*) as beside_row_count
from beside
group by 1, 2, 3, 4
