{{ config(meta={
    'rule_id': 'OUT-040', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Insatserna i enkäter och mätningar finns i registret över insatser.',
    'why_sv': 'Svaren räknas bara i mål som gäller hela förbundet.',
    'remedy_sv': 'Lägg till insatsens namn som alias i initiatives.csv, eller rätta det i filen.',
}) }}
with told as (
    select
        association_id,
        initiative_id
    from {{ ref('fct_survey_answer') }}
    union all
    select
        association_id,
        initiative_id
    from {{ ref('fct_progress') }}
)

select
    association_id,
    count(*)::bigint as failed
from told
where initiative_id = 'unmapped'
group by 1
