-- What each version says of each of its years, by the lines a decision space is reckoned from.
select
    association_id,
    made_date as as_of_date,
    fiscal_year,
    as_of_version as version,
    -sum(ledger_sek) filter (where 'opening_surplus' = any(budget_lines)) as delivered_sek,
    coalesce(-sum(ledger_sek) filter (where 'member_fees' = any(budget_lines)), 0) as fees_sek,
    coalesce(sum(ledger_sek) filter (where 'elected' = any(budget_lines)), 0) as elected_sek,
    coalesce(sum(ledger_sek) filter (where 'administration' = any(budget_lines)), 0) as administration_sek,
    coalesce(
        sum(ledger_sek) filter (where 'initiatives' = any(budget_lines) and decision_state = 'decided'), 0
    ) as committed_sek,
    coalesce(
        sum(ledger_sek) filter (where 'initiatives' = any(budget_lines) and decision_state = 'undecided'), 0
    ) as undecided_sek,
    coalesce(-sum(ledger_sek) filter (where not budget_lines && {{ decision_space_lines() }}), 0) as other_sek
from {{ ref('int_budget_line__resolved') }}
group by 1, 2, 3, 4
