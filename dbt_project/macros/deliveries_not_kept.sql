{#- Associations whose delivered rows are not all in their atoms, or not to the öre. amounts: none where rows are only counted. -#}
{% macro deliveries_not_kept(feed, atom, amounts=['amount_sek']) %}
with delivered as (
    select
        scoped.association_id,
        scoped.delivery_id,
        {%- for amount in amounts %}
        coalesce(sum(sent.{{ amount }}::numeric), 0) as {{ amount }},
        {%- endfor %}
        count(sent._row_number) as row_count
    from {{ source('ops', 'scoped_delivery') }} as scoped
    left join {{ source('raw', feed) }} as sent on scoped.load_number = sent._load_number
    where scoped.feed_id = '{{ feed }}'
    group by 1, 2
),

kept as (
    select
        association_id,
        _delivery_id,
        {%- for amount in amounts %}
        sum({{ amount }}) as {{ amount }},
        {%- endfor %}
        count(*) as row_count
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
    {%- for amount in amounts %}
    or coalesce(delivered.{{ amount }}, 0) <> coalesce(kept.{{ amount }}, 0)
    {%- endfor %}
group by 1
{% endmacro %}
