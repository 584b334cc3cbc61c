{#- Associations whose delivered rows of a money feed are not all in its atoms, or not to the öre. -#}
{% macro deliveries_not_kept(feed, atom) %}
with delivered as (
    select
        scoped.association_id,
        scoped.delivery_id,
        count(sent._row_number) as row_count,
        coalesce(sum(sent.amount_sek::numeric), 0) as amount_sek
    from {{ source('ops', 'scoped_delivery') }} as scoped
    left join {{ source('raw', feed) }} as sent on scoped.delivery_id = sent._delivery_id
    where scoped.feed_id = '{{ feed }}'
    group by 1, 2
),

kept as (
    select
        association_id,
        _delivery_id,
        count(*) as row_count,
        sum(amount_sek) as amount_sek
    from {{ ref(atom) }}
    group by 1, 2
)

select
    coalesce(delivered.association_id, kept.association_id) as association_id,
    count(*)::bigint as failed
from delivered
full outer join kept
    on delivered.association_id = kept.association_id and delivered.delivery_id = kept._delivery_id
where
    coalesce(delivered.row_count, 0) <> coalesce(kept.row_count, 0)
    or coalesce(delivered.amount_sek, 0) <> coalesce(kept.amount_sek, 0)
group by 1
{% endmacro %}
