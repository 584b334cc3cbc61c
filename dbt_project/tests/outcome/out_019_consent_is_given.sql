{{ config(meta={
    'rule_id': 'OUT-019', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'I ett register som säger vem som samtyckt har alla namngivna deltagare gjort det.',
    'why_sv': 'Uppgifter om den som inte samtyckt får inte räknas före och efter; den personen deltar anonymt.',
    'remedy_sv': 'Skriv dagen för samtycket, eller markera deltagandet som anonymt och ta bort uppgifterna.',
}) }}
with consenting as (
    select distinct _delivery_id
    from {{ ref('int_participation__deduplicated') }}
    where has_consent
)

select
    spell.association_id,
    count(*)::bigint as failed
from {{ ref('int_participation__deduplicated') }} as spell
inner join consenting on spell._delivery_id = consenting._delivery_id
where not spell.has_consent and not spell.is_anonymous
group by 1
