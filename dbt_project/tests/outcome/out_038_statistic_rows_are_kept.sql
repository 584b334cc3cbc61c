{{ config(meta={
    'rule_id': 'OUT-038', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Varje levererat statistikvärde står i fct_public_statistic, en gång.',
    'why_sv': 'Ett värde som tappas eller dubbleras ändrar summan för förbundet.',
    'remedy_sv': 'Jämför raw.public_statistics med fct_public_statistic och hitta kopplingen som tappar rader.',
}) }}
with delivered as (
    select
        scoped.association_id,
        count(sent._row_number) as row_count
    from {{ source('ops', 'scoped_delivery') }} as scoped
    inner join {{ source('raw', 'public_statistics') }} as sent on scoped.load_number = sent._load_number
    where scoped.feed_id = 'public_statistics'
    group by 1
),

kept as (
    select
        association_id,
        count(*) as row_count
    from {{ ref('fct_public_statistic') }}
    group by 1
)

select
    coalesce(delivered.association_id, kept.association_id) as association_id,
    abs(coalesce(delivered.row_count, 0) - coalesce(kept.row_count, 0))::bigint as failed
from delivered
full outer join kept on delivered.association_id = kept.association_id
where coalesce(delivered.row_count, 0) <> coalesce(kept.row_count, 0)
