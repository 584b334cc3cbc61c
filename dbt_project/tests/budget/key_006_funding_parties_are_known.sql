{{ config(meta={
    'rule_id': 'KEY-006', 'severity': 'finding', 'beside': 'initiative_funding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Alla parter i ansökningar, beslut och rekvisitioner finns i medlemsregistret det året.',
    'why_sv': 'Pengarna syns under Ej kopplad medlem och inte hos sin part.',
    'remedy_sv': 'Lägg till parten, eller namnet som alias, i members; en part som inte betalar avgift får nej i Betalar avgift.',
}) }}
with named as (
    select
        association_id,
        party_id
    from {{ ref('int_application__resolved') }}
    union all
    select
        association_id,
        party_id
    from {{ ref('int_decision__resolved') }}
    union all
    select
        association_id,
        party_id
    from {{ ref('int_project_cost__resolved') }}
)

select
    association_id,
    count(*)::bigint as failed
from named
where party_id = 'unmapped'
group by 1
