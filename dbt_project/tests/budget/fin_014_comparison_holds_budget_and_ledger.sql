{{ config(meta={
    'rule_id': 'FIN-014', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Budget och utfall rymmer varje versions alla rader utom ingående överskott, och årets hela bokförda resultat, på öret.',
    'why_sv': 'Det som inte står på någon rad, eller står på två, gör jämförelsen fel för alla.',
    'remedy_sv': 'Kontrollera att varje rad i räkningen budget summeras i result (report_lines, Summeras i) och att ingen rad summeras i en annan rad.',
}) }}
-- every amount is in the result, and on one line unless it was put on a total itself
with line as (
    select * from {{ ref('dim_report_line') }}
    where statement = 'budget'
),

budgeted as (
    select
        budget.association_id,
        budget.fiscal_year,
        budget.version,
        sum(budget.ledger_sek) as result_sek,
        coalesce(sum(budget.ledger_sek) filter (where line.line_kind = 'line'), 0) as line_sek
    from {{ ref('fct_budget_line') }} as budget
    inner join line on budget.association_id = line.association_id and budget.line_code = line.line_code
    where not 'opening_surplus' = any(budget.budget_lines)
    group by 1, 2, 3
),

booked as (
    select
        entry.association_id,
        entry.fiscal_year,
        coalesce(sum(entry.amount_sek) filter (where entry.statement = 'income_statement'), 0) as result_sek,
        coalesce(sum(entry.amount_sek) filter (where line.line_kind = 'line'), 0) as line_sek
    from {{ ref('fct_ledger_entry') }} as entry
    left join line on entry.association_id = line.association_id and entry.budget_line_code = line.line_code
    group by 1, 2
),

shown as (
    select
        association_id,
        fiscal_year,
        version,
        -- a sum over several years stands beside all of them; one year's booked is compared where it stands alone
        min(first_year) = fiscal_year as is_one_year,
        sum(sign * budget_sek) filter (where report_line = 'result') as budget_result_sek,
        coalesce(sum(sign * budget_sek) filter (where line_kind = 'line'), 0) as budget_line_sek,
        sum(sign * actual_sek) filter (where report_line = 'result') as actual_result_sek,
        sum(sign * actual_sek) filter (where line_kind = 'line') as actual_line_sek
    from {{ ref('budget_vs_actual') }}
    group by 1, 2, 3
)

select
    budgeted.association_id,
    count(*)::bigint as failed
from budgeted
left join booked on budgeted.association_id = booked.association_id and budgeted.fiscal_year = booked.fiscal_year
left join shown
    on
        budgeted.association_id = shown.association_id
        and budgeted.fiscal_year = shown.fiscal_year
        and budgeted.version = shown.version
where
    (budgeted.result_sek, budgeted.line_sek) is distinct from (shown.budget_result_sek, shown.budget_line_sek)
    or (shown.is_one_year and booked.result_sek is distinct from shown.actual_result_sek)
    or (shown.is_one_year and coalesce(booked.line_sek, 0) <> coalesce(shown.actual_line_sek, 0))
group by 1
