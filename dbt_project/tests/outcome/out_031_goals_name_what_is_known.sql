{{ config(meta={
    'rule_id': 'OUT-031', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Insatser och svarsgrupper i målen finns i registren.',
    'why_sv': 'Ett mål för en okänd insats eller svarsgrupp får aldrig något utfall.',
    'remedy_sv': 'Rätta namnet i goals.csv, eller lägg till det bland insatserna eller i kodlistan respondent_group.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('dim_goal') }}
where initiative_id = 'unmapped' or respondent_group_code = 'unmapped'
group by 1
