{{ config(meta={
    'rule_id': 'OUT-056', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Alla insatser i det som lämnats till Uppföljning Finsam finns i insatsregistret det året.',
    'why_sv': 'Det lämnade kan inte jämföras med det lagret har, och en ändring syns inte.',
    'remedy_sv': 'Lägg till namnet som alias i initiatives.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('int_follow_up_report__resolved') }}
where initiative_id = 'unmapped'
group by 1
