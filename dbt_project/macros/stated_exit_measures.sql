{# What the register itself says of an exit, then and months later. The other definitions are sums of exit results. #}
{% macro stated_exit_measures() -%}
{{ return([
    'self_support_stated', 'self_support_3_months', 'self_support_6_months', 'work_or_studies_3_months',
    'work_or_studies_6_months',
]) }}
{%- endmacro %}
