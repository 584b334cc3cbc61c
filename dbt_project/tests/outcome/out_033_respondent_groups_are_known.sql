{{ config(meta={
    'rule_id': 'OUT-033', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Alla svarsgrupper i enkäterna finns i kodlistan.',
    'why_sv': 'Svar från en okänd grupp räknas bara i mål som gäller alla.',
    'remedy_sv': 'Lägg till gruppen, eller ett alias för den, i kodlistan respondent_group.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('fct_survey_answer') }}
where respondent_group_code = 'unmapped'
group by 1
