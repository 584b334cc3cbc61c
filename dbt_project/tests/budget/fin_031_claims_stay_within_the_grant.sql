{{ config(meta={
    'rule_id': 'FIN-031', 'severity': 'finding', 'beside': 'initiative_funding', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Det en insats har rekvirerat till och med ett år ryms i det som beviljats till och med samma år.',
    'why_sv': 'Det beviljade är ett tak: mer än så får inte betalas ut.',
    'remedy_sv': 'Jämför besluten med rekvisitionerna för insatsen; saknas ett beslut, lämna det. Tolerans: en halv enhet per rad.',
}) }}
with money as (
    select
        association_id,
        initiative_identity,
        granted_year as fiscal_year,
        amount_sek as granted_sek,
        0 as claimed_sek,
        {{ half_unit('unit') }} as tolerance_sek
    from {{ ref('int_decision__resolved') }}
    where decision_kind = 'granted'
    union all
    select
        association_id,
        initiative_identity,
        fiscal_year,
        0 as granted_sek,
        amount_sek as claimed_sek,
        {{ half_unit('unit') }} as tolerance_sek
    from {{ ref('int_project_cost__resolved') }}
    -- who has delivered no decisions has no grants to compare with
    where association_id in (select decision.association_id from {{ ref('int_decision__resolved') }} as decision)
),

by_year as (
    select
        association_id,
        initiative_identity,
        fiscal_year,
        sum(granted_sek) as granted_sek,
        sum(claimed_sek) as claimed_sek,
        sum(tolerance_sek) as tolerance_sek
    from money
    group by 1, 2, 3
),

cumulated as (
    select
        association_id,
        initiative_identity,
        claimed_sek as claimed_of_the_year_sek,
        sum(claimed_sek) over so_far - sum(granted_sek) over so_far - sum(tolerance_sek) over so_far as excess_sek
    from by_year
    window so_far as (partition by association_id, initiative_identity order by fiscal_year)
)

select
    association_id,
    count(*)::bigint as failed
from cumulated
where excess_sek > 0 and claimed_of_the_year_sek <> 0
group by 1
