{{ config(meta={
    'rule_id': 'FIN-021', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Beslutsutrymmets kolumner rymmer tillsammans varje krona i versionen, på öret.',
    'why_sv': 'Ett belopp som faller bort, eller räknas i två kolumner, gör utrymmet fel.',
    'remedy_sv': 'Kontrollera att ingen rad i räkningen budget summeras i två av opening_surplus, member_fees, elected, administration och initiatives.',
}) }}
with stated as (
    select
        association_id,
        made_date as as_of_date,
        as_of_version as version,
        fiscal_year,
        -sum(ledger_sek) as amount_sek,
        bool_or('opening_surplus' = any(budget_lines)) as has_opening
    from {{ ref('fct_budget_line') }}
    where first_year = fiscal_year
    group by 1, 2, 3, 4
),

shown as (
    select
        *,
        case when opening_basis = 'delivered' then opening_sek else 0 end + fees_sek + other_sek
        - elected_sek - administration_sek - committed_sek - undecided_sek as amount_sek
    from {{ ref('decision_space') }}
)

select
    stated.association_id,
    count(*)::bigint as failed
from stated
left join shown
    on
        stated.association_id = shown.association_id
        and stated.as_of_date = shown.as_of_date
        and stated.version = shown.version
        and stated.fiscal_year = shown.fiscal_year
where stated.amount_sek <> shown.amount_sek or (stated.has_opening and shown.version is null)
group by 1
