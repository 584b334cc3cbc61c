with booked as (
    select
        association_id,
        fiscal_year,
        budget_lines,
        sum(amount_sek) as ledger_sek
    from {{ ref('int_ledger_entry__placed') }}
    where budget_line_code is not null
    group by 1, 2, 3
)

select
    booked.association_id,
    booked.fiscal_year,
    counted.line_code,
    sum(booked.ledger_sek)::numeric(18, 2) as ledger_sek
from booked
cross join lateral unnest(booked.budget_lines) as counted (line_code)
group by 1, 2, 3
