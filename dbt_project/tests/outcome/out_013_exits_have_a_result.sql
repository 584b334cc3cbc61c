{{ config(meta={
    'rule_id': 'OUT-013', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Varje avslut i en individinriktad insats har ett resultat.',
    'why_sv': 'Avslutet räknas bland alla avslutade men syns som ej angivet, så andelen till arbete eller studier blir för låg.',
    'remedy_sv': 'Fyll i vart deltagaren gick, eller Okänd orsak om det inte går att få veta.',
}) }}
select
    spell.association_id,
    count(*)::bigint as failed
from {{ ref('int_participation__deduplicated') }} as spell
left join {{ ref('stg_initiatives__initiatives') }} as initiative
    on
        spell.association_id = initiative.association_id
        and spell.initiative_id = initiative.initiative_id
        and extract(year from spell.end_date) between initiative.first_year and initiative.last_year
where spell.exit_result_code = 'not_stated' and initiative.is_individual is not false
group by 1
