{# dbt's own materializations keep the old relation readable while the new one is made, at half a dozen statements each.
   Nobody reads these rooms while dbt writes them, so one transaction holds the build's fence (ops.hold_build: dbt of an
   overtaken build writes nothing), drops, creates and analyses. Tables are analysed at once: on a night's fresh rows
   PostgreSQL has no statistics and would nest views in loops. #}
{% materialization table, adapter='postgres' %}
    {%- set target = this.incorporate(type='table') -%}
    {% do drop_if_of_another_kind('table') %}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        select ops.hold_build();
        drop table if exists {{ target }} cascade;
        {{ get_create_table_as_sql(False, target, sql) }}
        analyze {{ target }}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% materialization view, adapter='postgres' %}
    {%- set target = this.incorporate(type='view') -%}
    {% do drop_if_of_another_kind('view') %}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        select ops.hold_build();
        drop view if exists {{ target }} cascade;
        {{ get_create_view_as_sql(target, sql) }}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% macro drop_if_of_another_kind(kind) %}
    {%- set existing = load_cached_relation(this) -%}
    {% if existing is not none and existing.type != kind %}
        {% call statement('hold') -%} select ops.hold_build() {%- endcall %}
        {% do adapter.drop_relation(existing) %}
    {% endif %}
{% endmacro %}
