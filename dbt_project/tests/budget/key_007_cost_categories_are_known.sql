{{ config(meta={
    'rule_id': 'KEY-007', 'severity': 'finding', 'beside': 'initiative_funding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Alla kostnadsslag i ansökningar och rekvisitioner finns i kodlistan cost_category.',
    'why_sv': 'Pengarna syns som Ej tolkat kostnadsslag.',
    'remedy_sv': 'Lägg till kostnadsslaget, eller ordet som alias, i code_lists.',
}) }}
with named as (
    select
        association_id,
        cost_category_code
    from {{ ref('int_application__resolved') }}
    union all
    select
        association_id,
        cost_category_code
    from {{ ref('int_project_cost__resolved') }}
)

select
    association_id,
    count(*)::bigint as failed
from named
where cost_category_code = 'unmapped'
group by 1
