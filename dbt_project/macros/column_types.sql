{# dbt asks information_schema, which calls every array just ARRAY; unit tests then cannot cast their rows to it. #}
{% macro postgres__get_columns_in_relation(relation) -%}
    {% call statement('get_columns_in_relation', fetch_result=True) %}
        select
            attname as column_name,
            format_type(atttypid, atttypmod) as data_type,
            null::integer as character_maximum_length,
            null::integer as numeric_precision,
            null::integer as numeric_scale
        from pg_attribute
        where attrelid = '{{ relation }}'::regclass and attnum > 0 and not attisdropped
        order by attnum
    {% endcall %}
    {{ return(sql_convert_columns_in_relation(load_result('get_columns_in_relation').table)) }}
{%- endmacro %}
