{{ config(meta={
    'rule_id': 'PRT-012', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Varje levererad tryckt siffra står i fct_published_figure och i published_vs_computed, en gång.',
    'why_sv': 'En tryckt siffra som försvinner på vägen blir aldrig jämförd.',
    'remedy_sv': 'Jämför raderna i raw.published_figures med de två tabellerna och hitta kopplingen som tappar eller dubblerar dem.',
}) }}
with delivered as (
    select
        scoped.association_id,
        count(sent._row_number) as row_count
    from {{ source('ops', 'scoped_delivery') }} as scoped
    inner join {{ source('raw', 'published_figures') }} as sent on scoped.load_number = sent._load_number
    where scoped.feed_id = 'published_figures'
    group by 1
),

kept as (
    select
        association_id,
        count(*) as row_count
    from {{ ref('fct_published_figure') }}
    group by 1
),

compared as (
    select
        association_id,
        count(*) as row_count
    from {{ ref('published_vs_computed') }}
    group by 1
)

select
    delivered.association_id,
    count(*)::bigint as failed
from delivered
left join kept on delivered.association_id = kept.association_id
left join compared on delivered.association_id = compared.association_id
where
    delivered.row_count <> coalesce(kept.row_count, 0)
    or delivered.row_count <> coalesce(compared.row_count, 0)
group by 1
