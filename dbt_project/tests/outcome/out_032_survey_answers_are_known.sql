{{ config(meta={
    'rule_id': 'OUT-032', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Alla enkätsvar finns i sin skala.',
    'why_sv': 'Ett okänt svar räknas varken som positivt eller som svar, så andelen blir en annan.',
    'remedy_sv': 'Lägg till svaret som alias i skalans kodlista, eller skalan i kodlistan answer_scale.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('fct_survey_answer') }}
where answer_code = 'unmapped'
group by 1
