{{ config(meta={
    'rule_id': 'FIN-065', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Raderna i initiative_claims rymmer tillsammans allt som rekvirerats och allt som bokförts på insatser, på öret.',
    'why_sv': 'Ett kvartal som faller bort gör det som är kvar för högt.',
    'remedy_sv': 'Jämför fct_project_cost och fct_ledger_entry med initiative_claims per insats och år.',
}) }}
with told as (
    select
        association_id,
        sum(amount_sek) as claimed_sek,
        0 as booked_sek
    from {{ ref('fct_project_cost') }}
    group by 1
    union all
    select
        association_id,
        0 as claimed_sek,
        sum(amount_sek) as booked_sek
    from {{ ref('fct_ledger_entry') }}
    where initiative_id <> 'not_stated' and 'cost' = any(income_statement_lines)
    group by 1
    union all
    select
        association_id,
        -sum(claimed_sek) as claimed_sek,
        -sum(booked_sek) as booked_sek
    from {{ ref('initiative_claims') }}
    group by 1
)

select
    association_id,
    1::bigint as failed
from told
group by 1
having sum(claimed_sek) <> 0 or sum(booked_sek) <> 0
