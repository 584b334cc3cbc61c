{{ config(meta={
    'rule_id': 'OUT-009', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Alla remittenter finns i kodlistan.',
    'why_sv': 'Den som sände personen syns som ej tolkad.',
    'remedy_sv': 'Lägg till texten som alias i kodlistan referrer, eller rätta den i registret.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('int_participation__deduplicated') }}
where referrer_code = 'unmapped'
group by 1
