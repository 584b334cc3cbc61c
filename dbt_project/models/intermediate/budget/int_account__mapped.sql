-- One row per account and year, with its line in its own statement, beside a budget, in a note and in the cash flow.
-- The association's own plan goes before the common one, then the longest prefix wins; each place by itself.
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

line as materialized (
    select * from {{ ref('int_report_line__in_force') }}
),

matching_prefix as (
    select
        account.association_id,
        account.fiscal_year,
        account.account_code,
        prefix.account_prefix,
        prefix.place,
        prefix.statement,
        prefix.line_code,
        row_number() over (
            partition by account.association_id, account.fiscal_year, account.account_code, prefix.place
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
    select
        matching_prefix.association_id,
        matching_prefix.fiscal_year,
        matching_prefix.account_code,
        min(matching_prefix.account_prefix) filter (where matching_prefix.place = 'own') as account_prefix,
        min(matching_prefix.statement) filter (where matching_prefix.place = 'own') as statement,
        min(matching_prefix.line_code) filter (where matching_prefix.place = 'own') as line_code,
        min(line.note_code) filter (where matching_prefix.place = 'own') as note_code,
        min(line.cash_flow_code) filter (where matching_prefix.place = 'own') as line_cash_flow_code,
        min(line.line_code) filter (where matching_prefix.place = 'budget') as budget_line_code,
        min(line.line_code) filter (where matching_prefix.place = 'notes') as notes_line_code,
        min(line.line_code) filter (where matching_prefix.place = 'cash_flow_statement') as flow_line_code,
        min(line.total_codes) filter (where matching_prefix.place = 'notes') as notes_total_codes
    from matching_prefix
    inner join line
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
    group by 1, 2, 3
),

with_line as (
    select
        account.*,
        mapped.account_prefix,
        -- every Swedish chart keeps classes 1 and 2 for the balance sheet
        coalesce(
            mapped.statement, case when account.account_code ~ '^[12]' then 'balance_sheet' else 'income_statement' end
        ) as statement,
        mapped.line_code,
        mapped.budget_line_code,
        mapped.note_code,
        mapped.notes_line_code,
        mapped.notes_total_codes,
        coalesce(mapped.flow_line_code, mapped.line_cash_flow_code) as cash_flow_code
    from account
    left join mapped
        on
            account.association_id = mapped.association_id
            and account.fiscal_year = mapped.fiscal_year
            and account.account_code = mapped.account_code
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
    -- a note specifies a line: an account that its note has no line for stands there as what is not specified
    case
        when note_code = any(notes_total_codes) then notes_line_code
        else {{ unspecified_line('note_code') }}
    end as note_line_code,
    cash_flow_code,
    line_code is not null as is_mapped,
    _delivery_id,
    _row_number
from with_line
