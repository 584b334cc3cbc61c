{{ config(meta={
    'rule_id': 'REC-003', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Varje levererad deltagarrad hör till precis ett deltagande i fct_participation.',
    'why_sv': 'Ett deltagande som tappas eller räknas dubbelt gör alla antal fel.',
    'remedy_sv': 'Jämför antalet rader i raw.participants med summan av delivered_row_count för förbundet.',
}) }}
with delivered as (
    select
        scoped.association_id,
        count(sent._row_number) as row_count
    from {{ source('ops', 'scoped_delivery') }} as scoped
    left join {{ source('raw', 'participants') }} as sent on scoped.load_number = sent._load_number
    where scoped.feed_id = 'participants'
    group by 1
),

kept as (
    select
        association_id,
        sum(delivered_row_count) as row_count
    from {{ ref('fct_participation') }}
    group by 1
)

select
    coalesce(delivered.association_id, kept.association_id) as association_id,
    abs(coalesce(delivered.row_count, 0) - coalesce(kept.row_count, 0))::bigint as failed
from delivered
full outer join kept on delivered.association_id = kept.association_id
where coalesce(delivered.row_count, 0) <> coalesce(kept.row_count, 0)
