{{ config(meta={
    'rule_id': 'OUT-016', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'All tid i offentlig försörjning finns i kodlistan.',
    'why_sv': 'Tiden syns som ej tolkad, och banden säger mindre om vilka deltagarna är.',
    'remedy_sv': 'Lägg till texten som alias i kodlistan time_in_support, eller rätta den i registret.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('int_participation__deduplicated') }}
where time_in_support_code = 'unmapped'
group by 1
