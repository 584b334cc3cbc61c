-- One row per account and year, with its line in its own statement and its line beside a budget. The association's own
-- plan goes before the common one, then the longest prefix wins.
-- A CTE that holds reference data is materialized: nested in a loop, its view would be evaluated once per row.
with account as (
    select
        association_id,
        fiscal_year,
        account_code,
        min(account_name) as account_name,
        min(_delivery_id) as _delivery_id,
        min(_row_number) as _row_number
    from {{ ref('stg_ledger__entries') }}
    group by 1, 2, 3
),

prefix as materialized (
    select * from {{ ref('stg_account_map__prefixes') }}
),

matching_prefix as (
    select
        account.association_id,
        account.fiscal_year,
        account.account_code,
        prefix.account_prefix,
        prefix.statement,
        prefix.line_code,
        row_number() over (
            partition by account.association_id, account.fiscal_year, account.account_code, prefix.statement = 'budget'
            order by
                prefix.is_common asc,
                length(prefix.account_prefix) desc,
                prefix._delivery_id asc,
                prefix._row_number asc
        ) as precedence
    from account
    inner join prefix
        on
            account.association_id = prefix.association_id
            and starts_with(account.account_code, prefix.account_prefix)
            and account.fiscal_year between prefix.first_year and prefix.last_year
),

mapped as (
    select matching_prefix.*
    from matching_prefix
    inner join {{ ref('int_report_line__in_force') }} as line
        on
            matching_prefix.association_id = line.association_id
            and matching_prefix.statement = line.statement
            and matching_prefix.line_code = line.line_code
            -- a budget may be decided for a group of lines, and what is booked must then stand beside it
            and (
                line.line_kind = 'line'
                or (line.statement = 'budget' and line.line_code not in {{ overall_totals() }})
            )
    where matching_prefix.precedence = 1
),

with_line as (
    select
        account.*,
        own.account_prefix,
        -- every Swedish chart keeps classes 1 and 2 for the balance sheet
        coalesce(
            own.statement, case when account.account_code ~ '^[12]' then 'balance_sheet' else 'income_statement' end
        ) as statement,
        own.line_code,
        budget.line_code as budget_line_code
    from account
    left join mapped as own
        on
            account.association_id = own.association_id
            and account.fiscal_year = own.fiscal_year
            and account.account_code = own.account_code
            and own.statement <> 'budget'
    left join mapped as budget
        on
            account.association_id = budget.association_id
            and account.fiscal_year = budget.fiscal_year
            and account.account_code = budget.account_code
            and budget.statement = 'budget'
)

select
    association_id,
    fiscal_year,
    account_code,
    account_name,
    account_prefix,
    statement,
    coalesce(line_code, 'unmapped') as line_code,
    case when statement = 'income_statement' then coalesce(budget_line_code, 'unmapped') end as budget_line_code,
    line_code is not null as is_mapped,
    _delivery_id,
    _row_number
from with_line
