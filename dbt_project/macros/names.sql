{# How two spellings of one name compare: composed letters, lower case, white space folded. #}
{% macro match_key(expression) -%}
lower(btrim(regexp_replace(normalize({{ expression }}, nfc), '\s+', ' ', 'g')))
{%- endmacro %}
