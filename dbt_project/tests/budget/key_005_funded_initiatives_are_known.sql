{{ config(meta={
    'rule_id': 'KEY-005', 'severity': 'finding', 'beside': 'initiative_funding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Alla insatser i ansökningar, beslut och rekvisitioner finns i insatsregistret det året.',
    'why_sv': 'Pengarna syns under Ej kopplad insats och inte i sin insats.',
    'remedy_sv': 'Lägg till insatsen, eller namnet som alias, i initiatives.',
}) }}
with named as (
    select
        association_id,
        initiative_id
    from {{ ref('int_application__resolved') }}
    union all
    select
        association_id,
        initiative_id
    from {{ ref('int_decision__resolved') }}
    union all
    select
        association_id,
        initiative_id
    from {{ ref('int_project_cost__resolved') }}
)

select
    association_id,
    count(*)::bigint as failed
from named
where initiative_id = 'unmapped'
group by 1
