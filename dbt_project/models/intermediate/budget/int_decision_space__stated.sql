-- What each version says of each of its years, by the lines a decision space is reckoned from.
with summed as (
    select
        association_id,
        made_date as as_of_date,
        fiscal_year,
        as_of_version as version,
        -sum(ledger_sek) filter (where 'opening_surplus' = any(budget_lines)) as delivered_sek,
        -sum(ledger_sek) filter (where 'member_fees' = any(budget_lines)) as fees_sek,
        sum(ledger_sek) filter (where 'elected' = any(budget_lines)) as elected_sek,
        sum(ledger_sek) filter (where 'administration' = any(budget_lines)) as administration_sek,
        sum(ledger_sek) filter (where 'initiatives' = any(budget_lines) and decision_state = 'decided')
            as committed_sek,
        sum(ledger_sek) filter (where 'initiatives' = any(budget_lines) and decision_state = 'undecided')
            as undecided_sek,
        -sum(ledger_sek) filter (where not budget_lines && {{ decision_space_lines() }}) as other_sek
    from {{ ref('int_budget_line__resolved') }}
    -- a sum over several years leaves no room in any of them
    where coalesce(first_year, fiscal_year) = fiscal_year
    group by 1, 2, 3, 4
)

select
    association_id,
    as_of_date,
    fiscal_year,
    version,
    delivered_sek::numeric(18, 2) as delivered_sek,
    coalesce(fees_sek, 0)::numeric(18, 2) as fees_sek,
    coalesce(elected_sek, 0)::numeric(18, 2) as elected_sek,
    coalesce(administration_sek, 0)::numeric(18, 2) as administration_sek,
    coalesce(committed_sek, 0)::numeric(18, 2) as committed_sek,
    coalesce(undecided_sek, 0)::numeric(18, 2) as undecided_sek,
    coalesce(other_sek, 0)::numeric(18, 2) as other_sek
from summed
