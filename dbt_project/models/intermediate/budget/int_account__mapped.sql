-- One row per account and year. The association's own plan goes before the common one, then the longest prefix wins.
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
            partition by account.association_id, account.fiscal_year, account.account_code
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
            and line.line_kind = 'line'
    where matching_prefix.precedence = 1
)

select
    account.association_id,
    account.fiscal_year,
    account.account_code,
    account.account_name,
    mapped.account_prefix,
    -- every Swedish chart keeps classes 1 and 2 for the balance sheet
    coalesce(
        mapped.statement, case when account.account_code ~ '^[12]' then 'balance_sheet' else 'income_statement' end
    ) as statement,
    coalesce(mapped.line_code, 'unmapped') as line_code,
    mapped.line_code is not null as is_mapped,
    account._delivery_id,
    account._row_number
from account
left join mapped
    on
        account.association_id = mapped.association_id
        and account.fiscal_year = mapped.fiscal_year
        and account.account_code = mapped.account_code
