-- In which lines of the cash flow statement an account's openings and transactions count, by the indirect method: the
-- result, then what it holds that is no money, then what every other account moved. What raises a liability brings
-- money in and what raises a receivable takes it, so a movement counts with its sign turned; only cash counts as it is.
with kind (entry_kind) as (
    values ('opening'), ('transaction')
),

line as (
    select * from {{ ref('int_report_line__in_force') }}
    where statement = 'cash_flow_statement'
),

account as (
    select
        account.association_id,
        account.fiscal_year,
        account.account_code,
        kind.entry_kind,
        account.statement,
        account.statement = 'balance_sheet' and coalesce(account.cash_flow_code = 'closing_cash', false) as is_cash,
        line.line_code as own_line_code,
        -- an amount added back to the result is taken from the line where its other half stands
        line.cash_flow_code as other_line_code
    from {{ ref('int_account__mapped') }} as account
    cross join kind
    left join line
        on account.association_id = line.association_id and account.cash_flow_code = line.line_code
),

counted as (
    select
        *,
        'opening_cash' as line_code,
        1 as direction
    from account
    where entry_kind = 'opening' and is_cash
    union all
    select
        *,
        'closing_cash' as line_code,
        1 as direction
    from account
    where is_cash
    union all
    select
        *,
        coalesce(own_line_code, 'unmapped') as line_code,
        -1 as direction
    from account
    where entry_kind = 'transaction' and statement = 'balance_sheet' and not is_cash
    union all
    select
        *,
        'result' as line_code,
        -1 as direction
    from account
    where entry_kind = 'transaction' and statement = 'income_statement'
    union all
    select
        *,
        own_line_code as line_code,
        1 as direction
    from account
    where entry_kind = 'transaction' and statement = 'income_statement'
    union all
    select
        *,
        other_line_code as line_code,
        -1 as direction
    from account
    where entry_kind = 'transaction' and statement = 'income_statement'
),

with_totals as (
    select
        counted.association_id,
        counted.fiscal_year,
        counted.account_code,
        counted.entry_kind,
        shown.line_code,
        -- added to one line and taken from another, an amount leaves their common total as it was
        sum(counted.direction) as direction
    from counted
    inner join line on counted.association_id = line.association_id and counted.line_code = line.line_code
    cross join lateral unnest(array_prepend(line.line_code, line.total_codes)) as shown (line_code)
    group by 1, 2, 3, 4, 5
)

select
    association_id,
    fiscal_year,
    account_code,
    entry_kind,
    coalesce(array_agg(line_code order by line_code) filter (where direction > 0), array[]::text[]) as added_lines,
    coalesce(array_agg(line_code order by line_code) filter (where direction < 0), array[]::text[]) as deducted_lines
from with_totals
group by 1, 2, 3, 4
