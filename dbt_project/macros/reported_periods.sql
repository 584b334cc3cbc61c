{# First and last day of a period as contracts write it: 2024, 2024-H1, 2024-T1, 2024-Q1, 2024-03 or 2024-W12 (a week
   begins on its Monday, also where that lies in the year before). #}
{% macro period_start(period) -%}
case substr({{ period }}, 6, 1)
    when '' then make_date(left({{ period }}, 4)::integer, 1, 1)
    when 'H' then make_date(left({{ period }}, 4)::integer, right({{ period }}, 1)::integer * 6 - 5, 1)
    when 'T' then make_date(left({{ period }}, 4)::integer, right({{ period }}, 1)::integer * 4 - 3, 1)
    when 'Q' then make_date(left({{ period }}, 4)::integer, right({{ period }}, 1)::integer * 3 - 2, 1)
    when 'W' then to_date({{ period }}, 'IYYY"-W"IW')
    else make_date(left({{ period }}, 4)::integer, right({{ period }}, 2)::integer, 1)
end
{%- endmacro %}

{% macro period_end(period) -%}
({{ period_start(period) }} + case substr({{ period }}, 6, 1)
    when '' then interval '1 year'
    when 'H' then interval '6 months'
    when 'T' then interval '4 months'
    when 'Q' then interval '3 months'
    when 'W' then interval '7 days'
    else interval '1 month'
end)::date - 1
{%- endmacro %}

{# True for a row whose days lie, all or some, in a longer period told of the same thing: that one is counted instead. #}
{% macro is_told_by_a_longer(row, told, same) -%}
exists (
    select 1 from {{ told }} as longer
    where
        {%- for column in same %}
        longer.{{ column }} is not distinct from {{ row }}.{{ column }} and
        {%- endfor %}
        longer.period_start_date <= {{ row }}.period_end_date
        and longer.period_end_date >= {{ row }}.period_start_date
        and longer.period_end_date - longer.period_start_date > {{ row }}.period_end_date - {{ row }}.period_start_date
)
{%- endmacro %}
