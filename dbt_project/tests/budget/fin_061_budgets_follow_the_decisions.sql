{{ config(meta={
    'rule_id': 'FIN-061', 'severity': 'finding', 'beside': 'decision_space_line', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Det en budget eller plan räknar som beslutat för en insats ett år är det styrelsen hade beviljat den för året när handlingen gjordes.',
    'why_sv': 'Skiljer de sig lovar budgeten något annat än det som är beslutat, och beslutsutrymmet blir fel.',
    'remedy_sv': 'Jämför insatsens beslut med raden i handlingen; är ett beslut ändrat, lämna det. Prognoser får skilja sig. Tolerans: en halv enhet per rad.',
}) }}
with budgeted as (
    select
        association_id,
        made_date,
        version,
        initiative_id,
        fiscal_year,
        sum(ledger_sek) as budgeted_sek,
        sum({{ half_unit('unit') }}) as tolerance_sek
    from {{ ref('fct_budget_line') }}
    where
        version_kind in ('budget', 'revised_budget', 'plan')
        and decision_state = 'decided'
        and 'initiatives' = any(budget_lines)
        and initiative_id not in ('not_stated', 'unmapped')
    group by 1, 2, 3, 4, 5
),

granted as (
    select
        association_id,
        initiative_id,
        fiscal_year,
        decision_date,
        sum(amount_sek) as granted_sek,
        sum({{ half_unit('unit') }}) as tolerance_sek
    from {{ ref('fct_decision') }}
    where decision_kind = 'granted'
    group by 1, 2, 3, 4
),

compared as (
    select
        budgeted.association_id,
        budgeted.version,
        budgeted.initiative_id,
        budgeted.fiscal_year,
        min(budgeted.budgeted_sek) as budgeted_sek,
        sum(granted.granted_sek) as granted_sek,
        min(budgeted.tolerance_sek) + sum(granted.tolerance_sek) as tolerance_sek
    from budgeted
    -- an initiative whose decisions are older than the deliveries has nothing to compare with
    inner join granted
        on
            budgeted.association_id = granted.association_id
            and budgeted.initiative_id = granted.initiative_id
            and budgeted.fiscal_year = granted.fiscal_year
            and budgeted.made_date >= granted.decision_date
    group by 1, 2, 3, 4
)

select
    association_id,
    count(*)::bigint as failed
from compared
where abs(budgeted_sek - granted_sek) > tolerance_sek
group by 1
