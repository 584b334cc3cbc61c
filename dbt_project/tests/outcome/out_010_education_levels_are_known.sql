{{ config(meta={
    'rule_id': 'OUT-010', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Alla utbildningsnivåer finns i kodlistan.',
    'why_sv': 'Utbildningen syns som ej tolkad.',
    'remedy_sv': 'Lägg till texten som alias i kodlistan education, eller rätta den i registret.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('int_participation__deduplicated') }}
where education_code = 'unmapped'
group by 1
