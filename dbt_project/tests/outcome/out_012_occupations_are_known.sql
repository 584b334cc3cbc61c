{{ config(meta={
    'rule_id': 'OUT-012', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'All sysselsättning före och efter finns i kodlistan.',
    'why_sv': 'Sysselsättningen syns som ej tolkad, och vem som gått till arbete eller studier kan inte räknas.',
    'remedy_sv': 'Lägg till texten som alias i kodlistan occupation, eller rätta den i registret.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('int_participation__deduplicated') }}
where 'unmapped' = any(occupation_before_codes || occupation_after_codes)
group by 1
