{{ config(meta={
    'rule_id': 'OUT-011', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'All försörjning före och efter finns i kodlistan.',
    'why_sv': 'Försörjningen syns som ej tolkad, och vem som försörjer sig själv kan inte räknas.',
    'remedy_sv': 'Lägg till texten som alias i kodlistan support, eller rätta den i registret.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('int_participation__deduplicated') }}
where 'unmapped' = any(support_before_codes || support_after_codes)
group by 1
