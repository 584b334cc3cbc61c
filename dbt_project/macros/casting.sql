{# Raw text is canonical, so a cast cannot fail; a blank cell is no value. #}
{% macro text_of(column) -%} nullif({{ column }}, '') {%- endmacro %}
{% macro money_of(column) -%} nullif({{ column }}, '')::numeric(18, 2) {%- endmacro %}
{% macro share_of(column) -%} nullif({{ column }}, '')::numeric(18, 6) {%- endmacro %}
{% macro integer_of(column) -%} nullif({{ column }}, '')::integer {%- endmacro %}
{% macro date_of(column) -%} nullif({{ column }}, '')::date {%- endmacro %}
{% macro flag_of(column) -%} nullif({{ column }}, '')::boolean {%- endmacro %}
{# Several values in one cell, parted by |. #}
{% macro list_of(column) -%} string_to_array(coalesce({{ column }}, ''), '|') {%- endmacro %}

{# Debit is plus and credit is minus; a ledger row has one amount or these. #}
{% macro ledger_amount(row) -%}
coalesce(
    nullif({{ row }}.amount_sek, '')::numeric,
    coalesce(nullif({{ row }}.debit_sek, '')::numeric, 0) - coalesce(nullif({{ row }}.credit_sek, '')::numeric, 0)
)
{%- endmacro %}
