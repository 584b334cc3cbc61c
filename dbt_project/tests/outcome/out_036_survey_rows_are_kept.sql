{{ config(meta={
    'rule_id': 'OUT-036', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Varje levererat enkätsvar står i fct_survey_answer, en gång.',
    'why_sv': 'Ett svar som tappas eller dubbleras ändrar andelen.',
    'remedy_sv': 'Jämför raw.surveys med fct_survey_answer och hitta kopplingen som tappar eller dubblerar raderna.',
}) }}
with delivered as (
    select
        scoped.association_id,
        count(sent._row_number) as row_count
    from {{ source('ops', 'scoped_delivery') }} as scoped
    inner join {{ source('raw', 'surveys') }} as sent on scoped.load_number = sent._load_number
    where scoped.feed_id = 'surveys'
    group by 1
),

kept as (
    select
        association_id,
        count(*) as row_count
    from {{ ref('fct_survey_answer') }}
    group by 1
)

select
    coalesce(delivered.association_id, kept.association_id) as association_id,
    abs(coalesce(delivered.row_count, 0) - coalesce(kept.row_count, 0))::bigint as failed
from delivered
full outer join kept on delivered.association_id = kept.association_id
where coalesce(delivered.row_count, 0) <> coalesce(kept.row_count, 0)
