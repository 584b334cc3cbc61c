{{ config(meta={
    'rule_id': 'FIN-062', 'severity': 'finding', 'beside': 'initiative_funding', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Bokförda kostnader på insatsernas rad står på någon insats, i de år då förbundet bokför med projektkod.',
    'why_sv': 'Insatsernas summa är annars mindre än insatsernas rad i bokslutet, och ingen vet vems kostnaden är.',
    'remedy_sv': 'Boka om kostnaden med projektkod, eller koppla kontot till en annan rad i räkningen budget.',
}) }}
with booked as (
    select
        association_id,
        fiscal_year,
        bool_or(initiative_id <> 'not_stated') as has_projects,
        sum(amount_sek) filter (where 'initiatives' = any(budget_lines) and initiative_id = 'not_stated') as without_sek
    from {{ ref('fct_ledger_entry') }}
    where 'cost' = any(income_statement_lines)
    group by 1, 2
)

select
    association_id,
    count(*)::bigint as failed
from booked
where has_projects and without_sek <> 0
group by 1
