{{ config(meta={
    'rule_id': 'OUT-003', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Alla avslutsresultat finns i kodlistan.',
    'why_sv': 'Avslutet syns som Ej tolkat resultat.',
    'remedy_sv': 'Lägg till texten som alias i kodlistan exit_result, eller rätta den i registret.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('int_participation__deduplicated') }}
where exit_result_code = 'unmapped'
group by 1
