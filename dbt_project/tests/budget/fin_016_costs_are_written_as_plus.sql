{{ config(meta={
    'rule_id': 'FIN-016', 'severity': 'finding', 'beside': 'budget_vs_actual', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'En kostnadsrad är inte negativ i någon version.',
    'why_sv': 'En kostnad som skrivits med minus ökar utrymmet i stället för att minska det.',
    'remedy_sv': 'Be avsändaren skriva kostnader som plus, skriva ”Kostnader skrivs med;minus” ovanför tabellen eller förklara raden. Beloppet vänds aldrig av lagret utan att handlingen säger det.',
}) }}
with cost as (
    select
        association_id,
        fiscal_year,
        version,
        line_code,
        sum(ledger_sek) as cost_sek
    from {{ ref('fct_budget_line') }}
    where 'cost' = any(budget_lines)
    group by 1, 2, 3, 4
)

select
    association_id,
    count(*)::bigint as failed
from cost
where cost_sek < 0
group by 1
