{{ config(meta={
    'rule_id': 'OUT-047', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Alla insatser och avslutsresultat i deltagarantalen är kända.',
    'why_sv': 'Antalen syns under Ej kopplad insats eller som ej tolkat resultat, och saknas i insatsens egna tal.',
    'remedy_sv': 'Lägg till namnet som alias i initiatives, eller texten i kodlistan exit_result.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('int_participant_count__resolved') }}
where initiative_id = 'unmapped' or exit_result_code = 'unmapped'
group by 1
