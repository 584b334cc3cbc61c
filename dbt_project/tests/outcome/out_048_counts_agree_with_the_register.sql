{{ config(meta={
    'rule_id': 'OUT-048', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Lämnar en insats både register och antal är deltagarna lika många.',
    'why_sv': 'Registret räknas och antalet står bredvid; skiljer de sig är något av dem inte hela insatsen, eller räknat på ett annat sätt.',
    'remedy_sv': 'Jämför participants_by_source för insatsen och året, och be insatsen rätta registret eller antalet.',
}) }}
with beside as (
    select
        association_id,
        fiscal_year,
        initiative_id,
        sum(register_participant_count) as register_count,
        sum(delivered_participant_count) as delivered_count,
        bool_or(completeness = 'too_few') as is_hidden
    from {{ ref('participants_by_source') }}
    where source = 'register'
    group by 1, 2, 3
)

select
    association_id,
    count(*)::bigint as failed
from beside
where register_count <> delivered_count and not is_hidden
group by 1
