{# How two spellings of one name compare: composed letters, lower case, white space folded. #}
{% macro match_key(expression) -%}
lower(btrim(regexp_replace(normalize({{ expression }}, nfc), '\s+', ' ', 'g')))
{%- endmacro %}

{# Whose each spelling of a register is, and which years: its name, its code and its aliases. A register's years may
   overlap where two share a spelling, so the years are cut where any row begins or ends; in the years two share it, it is
   nobody's. Then one join on key and year finds at most one row. #}
{% macro names_by_year(register, id_column, attributes=[]) %}
with spelled as (
    select
        registered.*,
        {{ match_key('name.spelling') }} as name_key
    from {{ register }} as registered
    cross join lateral
        unnest(registered.aliases || array[registered.name_sv, registered.{{ id_column }}]) as name (spelling)
    where registered.first_year <= registered.last_year
),

boundary as (
    select
        association_id,
        name_key,
        first_year
    from spelled
    union
    select
        association_id,
        name_key,
        last_year + 1
    from spelled
),

stretch as (
    select
        *,
        lead(first_year) over (partition by association_id, name_key order by first_year) - 1 as last_year
    from boundary
)

select
    stretch.association_id,
    stretch.name_key,
    stretch.first_year,
    stretch.last_year,
    {%- for attribute in attributes %}
    (array_agg(spelled.{{ attribute }}))[1] as {{ attribute }},
    {%- endfor %}
    min(spelled.{{ id_column }}) as {{ id_column }}
from stretch
inner join spelled
    on
        stretch.association_id = spelled.association_id
        and stretch.name_key = spelled.name_key
        and stretch.first_year between spelled.first_year and spelled.last_year
where stretch.name_key <> ''
group by 1, 2, 3, 4
having count(distinct spelled.{{ id_column }}) = 1
{% endmacro %}

{# The code a name was found to have, and the two reasons for having none: nothing was written, or nothing we know. #}
{% macro code_or_reason(key, code) -%}
case when {{ key }} is null then 'not_stated' else coalesce({{ code }}, 'unmapped') end
{%- endmacro %}

{# Whose a row's initiative is, by its name and year, as `initiative`. #}
{% macro join_initiative(row, year) -%}
left join {{ ref('int_initiative__named') }} as initiative
    on
        {{ row }}.association_id = initiative.association_id
        and {{ row }}.initiative_key = initiative.name_key
        and {{ row }}.{{ year }} between initiative.first_year and initiative.last_year
{%- endmacro %}

{# Which member a row's party is, by its name and year, as `party`. #}
{% macro join_party(row, year) -%}
left join {{ ref('int_member__named') }} as party
    on
        {{ row }}.association_id = party.association_id
        and {{ row }}.party_key = party.name_key
        and {{ row }}.{{ year }} between party.first_year and party.last_year
{%- endmacro %}

{# Which cost category a row's words mean, as `category`. #}
{% macro join_cost_category(row) -%}
left join {{ ref('int_code__named') }} as category
    on
        category.list_code = 'cost_category'
        and {{ row }}.association_id = category.association_id
        and {{ row }}.cost_category_key = category.name_key
{%- endmacro %}
