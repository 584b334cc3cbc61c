{# How many calendar months of a period have begun when a year is over; 0 before it, all of them after it. The same
   words stand as the lineage rule of the month columns in application_years.yml. #}
{% macro months_through(from_date, to_date, year) -%}
greatest(
    least(
        extract(year from {{ to_date }})::integer * 12 + extract(month from {{ to_date }})::integer,
        ({{ year }}) * 12 + 12
    ) - extract(year from {{ from_date }})::integer * 12 - extract(month from {{ from_date }})::integer + 1,
    0
)
{%- endmacro %}

{# A day's quarter as claims write it: 2026-Q3. #}
{% macro quarter_of(day) -%} to_char({{ day }}, 'YYYY"-Q"Q') {%- endmacro %}
