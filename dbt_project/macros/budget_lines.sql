{# Totals that hold whole kinds of lines. No budget row and no account stands on them: a delivered sum would count twice. #}
{% macro overall_totals() -%} ('income', 'cost', 'result') {%- endmacro %}

{# The lines a decision space knows by name; what stands on none of them is its other_sek. #}
{% macro decision_space_lines() -%}
array['opening_surplus', 'member_fees', 'elected', 'administration', 'initiatives']
{%- endmacro %}

{# What the versions of one paper have in common: its day and its name, without the kind. #}
{% macro paper_of(row) -%} substr({{ row }}.version, length({{ row }}.version_kind) + 1) {%- endmacro %}
