{{ config(meta={
    'rule_id': 'REC-001', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Varje levererad huvudboksrad står i fct_ledger_entry, och summan är densamma på öret.',
    'why_sv': 'Inget belopp får försvinna eller avrundas på vägen från fil till mart.',
    'remedy_sv': 'Jämför raderna i raw.ledger med fct_ledger_entry för leveransen och hitta kopplingen som tappar eller dubblerar dem.',
}) }}
with delivered as (
    select
        scoped.association_id,
        scoped.delivery_id,
        count(sent._row_number) as row_count,
        coalesce(sum(sent.amount_sek::numeric), 0) as amount_sek
    from {{ source('ops', 'scoped_delivery') }} as scoped
    left join {{ source('raw', 'ledger') }} as sent on scoped.delivery_id = sent._delivery_id
    where scoped.feed_id = 'ledger'
    group by 1, 2
),

kept as (
    select
        association_id,
        _delivery_id,
        count(*) as row_count,
        sum(amount_sek) as amount_sek
    from {{ ref('fct_ledger_entry') }}
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
