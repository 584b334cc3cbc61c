{{ config(meta={
    'rule_id': 'FIN-017', 'severity': 'finding', 'beside': 'budget_vs_actual', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Den senaste budgeten eller prognosen räknar med de avgifter som är beslutade.',
    'why_sv': 'Skiljer de sig är utrymmet för beslut för stort eller för litet.',
    'remedy_sv': 'Jämför medlemsavgifterna i handlingen med beslutet. Tolerans: en halv enhet per rad i handlingen och en halv krona per avgift. Planer jämförs inte.',
}) }}
with budgeted as (
    select
        association_id,
        fiscal_year,
        version,
        made_date,
        -sum(ledger_sek) as fees_sek,
        sum({{ half_unit('unit') }}) as tolerance_sek
    from {{ ref('fct_budget_line') }}
    where version_kind in ('budget', 'revised_budget', 'forecast') and 'member_fees' = any(budget_lines)
    group by 1, 2, 3, 4
),

latest as (
    select
        *,
        rank() over (partition by association_id, fiscal_year order by made_date desc) as age
    from budgeted
),

decided as (
    select
        association_id,
        fiscal_year,
        sum(amount_sek) as fees_sek,
        count(*) / 2.0 as tolerance_sek
    from {{ ref('fct_member_fee') }}
    where is_decision_in_force
    group by 1, 2
)

select
    latest.association_id,
    count(*)::bigint as failed
from latest
inner join decided
    on latest.association_id = decided.association_id and latest.fiscal_year = decided.fiscal_year
where
    latest.age = 1
    and abs(latest.fees_sek - decided.fees_sek) > latest.tolerance_sek + decided.tolerance_sek
group by 1
