{{ config(meta={
    'rule_id': 'REC-011', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Raderna i initiative_funding rymmer tillsammans allt som beviljats och rekvirerats, på öret.',
    'why_sv': 'Ett beslut eller en rekvisition som faller bort gör det som är kvar fel.',
    'remedy_sv': 'Jämför fct_decision (granted) och fct_project_cost med initiative_funding per insats och år.',
}) }}
with source as (
    select
        association_id,
        fiscal_year,
        sum(amount_sek) as granted_sek,
        0 as claimed_sek
    from {{ ref('fct_decision') }}
    where decision_kind = 'granted'
    group by 1, 2
    union all
    select
        association_id,
        fiscal_year,
        0 as granted_sek,
        sum(amount_sek) as claimed_sek
    from {{ ref('fct_project_cost') }}
    group by 1, 2
),

delivered as (
    select
        association_id,
        fiscal_year,
        sum(granted_sek) as granted_sek,
        sum(claimed_sek) as claimed_sek
    from source
    group by 1, 2
),

shown as (
    select
        association_id,
        fiscal_year,
        sum(granted_sek) as granted_sek,
        sum(claimed_sek) as claimed_sek
    from {{ ref('initiative_funding') }}
    group by 1, 2
)

select
    delivered.association_id,
    count(*)::bigint as failed
from delivered
left join shown
    on delivered.association_id = shown.association_id and delivered.fiscal_year = shown.fiscal_year
where
    delivered.granted_sek <> coalesce(shown.granted_sek, 0)
    or delivered.claimed_sek <> coalesce(shown.claimed_sek, 0)
group by 1
