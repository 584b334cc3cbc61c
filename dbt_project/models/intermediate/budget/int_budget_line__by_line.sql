-- What each version says of a year on each line and total. What comes in with the year is no outcome and stays out.
select
    budget.association_id,
    budget.fiscal_year,
    budget.version,
    budget.version_kind,
    budget.made_date,
    min(budget.first_year) as first_year,
    counted.line_code,
    sum(budget.ledger_sek)::numeric(18, 2) as ledger_sek
from {{ ref('int_budget_line__resolved') }} as budget
cross join lateral unnest(budget.budget_lines) as counted (line_code)
where not 'opening_surplus' = any(budget.budget_lines)
group by 1, 2, 3, 4, 5, 7
