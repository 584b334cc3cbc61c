{# Fiscal years a reference row rules, so that each key has one row per year: the one that began last.
   A member renamed in May carries its new name for the whole year. #}
{% macro first_year() -%}
coalesce(extract(year from valid_from)::integer, 1900)
{%- endmacro %}

{% macro last_year(key) -%}
least(
    coalesce(extract(year from valid_to)::integer, 9999),
    coalesce(lead(extract(year from valid_from)::integer) over (
        partition by {{ key }} order by valid_from, _row_number
    ) - 1, 9999)
)
{%- endmacro %}

{# An association's own rows for a key hide the common rows for it. #}
{% macro own_first(key) -%}
rank() over (partition by {{ key }} order by is_common)
{%- endmacro %}

{# The last fiscal year of a row that belongs to a set: a later set takes the place of the whole earlier one. #}
{% macro last_year_of_set(key) -%}
least(
    coalesce(extract(year from valid_to)::integer, 9999),
    coalesce(min(extract(year from valid_from)::integer) over (
        partition by {{ key }} order by valid_from groups between 1 following and 1 following
    ) - 1, 9999)
)
{%- endmacro %}
