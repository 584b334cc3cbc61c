{{ config(meta={
    'rule_id': 'KEY-004', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Alla insatser i deltagarregistret finns i insatsregistret det året.',
    'why_sv': 'Deltagarna syns under Ej kopplad insats och inte i sin insats.',
    'remedy_sv': 'Lägg till insatsen, eller namnet som alias, i initiatives.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('int_participation__resolved') }}
where initiative_id = 'unmapped'
group by 1
