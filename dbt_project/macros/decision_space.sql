{# Which term of a decision space a budget row counts in. What is not yet decided stands beside the room. The same words
   stand as the lineage rule of `section` in decision_space_line.yml. #}
{% macro decision_space_section(line) -%}
case
    when 'opening_surplus' = any({{ line }}.budget_lines) then 'opening'
    when 'member_fees' = any({{ line }}.budget_lines) then 'fees'
    when 'elected' = any({{ line }}.budget_lines) then 'elected'
    when 'administration' = any({{ line }}.budget_lines) then 'administration'
    when not 'initiatives' = any({{ line }}.budget_lines) then 'other'
    when {{ line }}.decision_state = 'undecided' then 'undecided'
    else 'committed'
end
{%- endmacro %}

{# What lay undecided on the day of a paper: what is decided at the meeting it is written for is still open in it. #}
{% macro was_pending(application, as_of_date) -%}
{{ as_of_date }} between {{ application }}.application_date and coalesce({{ application }}.decided_date, 'infinity')
{%- endmacro %}
