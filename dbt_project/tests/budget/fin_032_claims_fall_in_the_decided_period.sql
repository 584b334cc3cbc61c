{{ config(meta={
    'rule_id': 'FIN-032', 'severity': 'finding', 'beside': 'initiative_funding', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Varje rekvisition gäller ett kvartal som något beslut om insatsen omfattar.',
    'why_sv': 'En kostnad utanför den beslutade tiden ska inte betalas av förbundet.',
    'remedy_sv': 'Kontrollera kvartalet i rekvisitionen och perioden i besluten; är insatsen förlängd, lämna beslutet.',
}) }}
with granted as (
    select * from {{ ref('int_decision__resolved') }}
    where decision_kind = 'granted'
),

dated as (
    select
        claim.association_id,
        claim._delivery_id,
        claim._row_number,
        bool_or(
            claim.quarter_start <= granted.last_day
            and granted.first_day < claim.quarter_start + interval '3 months'
        ) as is_inside
    from {{ ref('int_project_cost__resolved') }} as claim
    inner join granted
        on
            claim.association_id = granted.association_id
            and claim.initiative_identity = granted.initiative_identity
    group by 1, 2, 3
)

select
    association_id,
    count(*)::bigint as failed
from dated
where not is_inside
group by 1
