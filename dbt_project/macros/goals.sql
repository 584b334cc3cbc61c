{# Which of the register's follow-up answers a goal counts; null for a goal that is followed up at exit. The same words stand
   in the lineage of goal_attainment. #}
{% macro followed_measure(goal) -%}
case {{ goal }}.measure
    when 'self_support_a' then 'self_support_'
    when 'to_work_or_studies' then 'work_or_studies_'
end || case {{ goal }}.follow_up_point
    when 'months_3' then '3_months'
    when 'months_6' then '6_months'
end
{%- endmacro %}
