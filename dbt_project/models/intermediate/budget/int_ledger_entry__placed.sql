-- Where each ledger row counts: its line and the totals above it, in both statements, with the printed sign, and beside
-- a budget, where every row of a year's result counts once.
with entry as (
    select
        sent.*,
        account.account_prefix,
        account.is_mapped,
        -- an opening balance on a result account belongs to no year's result: it stays visible on the balance sheet
        account.statement = 'income_statement' and sent.entry_kind = 'opening' as is_stray_opening,
        account.statement as account_statement,
        account.line_code as account_line_code,
        account.budget_line_code as account_budget_line_code,
        {{ code_or_reason("nullif(sent.project_code, '')", 'initiative.initiative_id') }} as initiative_id
    from {{ ref('stg_ledger__entries') }} as sent
    inner join {{ ref('int_account__mapped') }} as account
        on
            sent.association_id = account.association_id
            and sent.fiscal_year = account.fiscal_year
            and sent.account_code = account.account_code
    left join {{ ref('int_initiative__named') }} as initiative
        on
            sent.association_id = initiative.association_id
            and {{ match_key('sent.project_code') }} = initiative.name_key
            and sent.fiscal_year between initiative.first_year and initiative.last_year
),

placed as (
    select
        *,
        case when is_stray_opening then 'balance_sheet' else account_statement end as statement,
        case when is_stray_opening then 'unexplained_difference' else account_line_code end as line_code,
        case when not is_stray_opening then account_budget_line_code end as budget_line_code
    from entry
),

line as (
    select * from {{ ref('int_report_line__in_force') }}
)

select
    placed.association_id,
    placed.fiscal_year,
    placed.entry_kind,
    placed.account_code,
    placed.voucher_series,
    placed.voucher_number,
    placed.voucher_row,
    placed.voucher_date,
    placed.cost_centre_code,
    placed.project_code,
    placed.initiative_id,
    placed.statement,
    placed.line_code,
    placed.budget_line_code,
    placed.is_mapped,
    placed.is_stray_opening,
    placed.amount_sek,
    (case when placed.statement = 'income_statement' then own_line.sign * placed.amount_sek end)::numeric(18, 2)
        as income_statement_sek,
    (case
        when placed.statement = 'income_statement' then result_line.sign else own_line.sign
    end * placed.amount_sek)::numeric(18, 2) as balance_sheet_sek,
    case
        when placed.statement = 'income_statement'
            then array_prepend(own_line.line_code, own_line.total_codes)
        else array[]::text[]
    end as income_statement_lines,
    case
        when placed.statement = 'income_statement'
            then array_prepend(result_line.line_code, result_line.total_codes)
        else array_prepend(own_line.line_code, own_line.total_codes)
    end as balance_sheet_lines,
    case
        when budget_line.line_code is not null
            then array_prepend(budget_line.line_code, budget_line.total_codes)
        else array[]::text[]
    end as budget_lines,
    placed._delivery_id,
    placed._row_number
from placed
inner join line as own_line
    on
        placed.association_id = own_line.association_id
        and placed.statement = own_line.statement
        and placed.line_code = own_line.line_code
inner join line as result_line
    on
        placed.association_id = result_line.association_id
        and result_line.statement = 'balance_sheet'
        and result_line.line_code = 'year_result'
left join line as budget_line
    on
        placed.association_id = budget_line.association_id
        and budget_line.statement = 'budget'
        and placed.budget_line_code = budget_line.line_code
