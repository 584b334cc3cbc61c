{{ config(meta={
    'rule_id': 'OUT-015', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Alla avslutsorsaker finns i kodlistan.',
    'why_sv': 'Orsaken syns som ej tolkad.',
    'remedy_sv': 'Lägg till texten som alias i kodlistan exit_reason, eller rätta den i registret.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('int_participation__deduplicated') }}
where exit_reason_code = 'unmapped'
group by 1
