{# The scope of the build, by table. The literal array lets PostgreSQL use raw's index instead of scanning it. #}
{% macro in_scope(feed_id) -%}
_load_number = any(array(
    select scoped.load_number from {{ source('ops', 'scoped_delivery') }} as scoped where scoped.feed_id = '{{ feed_id }}'
))
{%- endmacro %}

{# Rows of a member's feed in scope, with whose they are and the period the delivery covers. #}
{% macro delivered_rows(feed_id) -%}
select
    delivery.association_id,
    delivery.period,
    sent.*
from (select * from {{ source('raw', feed_id) }} where {{ in_scope(feed_id) }}) as sent
inner join {{ source('ops', 'scoped_delivery') }} as delivery on sent._load_number = delivery.load_number
{%- endmacro %}

{# Reference rows in scope, once per association they apply to: its own, and those of `common`. #}
{% macro reference_rows(feed_id) -%}
select
    scope.association_id,
    delivery.association_id = 'common' as is_common,
    sent.*
from (select * from {{ source('raw', feed_id) }} where {{ in_scope(feed_id) }}) as sent
inner join {{ source('ops', 'scoped_delivery') }} as delivery on sent._load_number = delivery.load_number
inner join {{ source('ops', 'build_scope') }} as scope on delivery.association_id in ('common', scope.association_id)
{%- endmacro %}
