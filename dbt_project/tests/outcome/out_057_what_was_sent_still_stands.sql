{{ config(meta={
    'rule_id': 'OUT-057', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Det som lämnats till Uppföljning Finsam är fortfarande det lagret har.',
    'why_sv': 'Nationella siffror bygger på det lämnade; har registret eller bokföringen rättats sedan dess är det inte längre sant.',
    'remedy_sv': 'Se raderna med status changed i finsam_follow_up, och lämna uppgiften igen eller förklara skillnaden.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('finsam_follow_up') }}
where status = 'changed'
group by 1
