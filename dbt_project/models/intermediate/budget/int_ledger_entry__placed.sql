-- Where each ledger row counts: as its account does, in all statements and beside a budget. Its project is an
-- initiative if the register knows the code.
select
    entry.association_id,
    entry.fiscal_year,
    entry.entry_kind,
    entry.account_code,
    entry.voucher_series,
    entry.voucher_number,
    entry.voucher_row,
    entry.voucher_date,
    entry.cost_centre_code,
    entry.project_code,
    coalesce(project.initiative_id, 'not_stated') as initiative_id,
    account.statement,
    account.line_code,
    account.budget_line_code,
    account.is_mapped,
    account.is_stray_opening,
    entry.amount_sek,
    (account.income_statement_sign * entry.amount_sek)::numeric(18, 2) as income_statement_sek,
    (account.balance_sheet_sign * entry.amount_sek)::numeric(18, 2) as balance_sheet_sek,
    account.income_statement_lines,
    account.balance_sheet_lines,
    account.budget_lines,
    (account.note_sign * entry.amount_sek)::numeric(18, 2) as note_sek,
    account.note_lines,
    coalesce(flow.added_lines, array[]::text[]) as cash_flow_added_lines,
    coalesce(flow.deducted_lines, array[]::text[]) as cash_flow_deducted_lines,
    entry._delivery_id,
    entry._row_number
from {{ ref('stg_ledger__entries') }} as entry
inner join {{ ref('int_account__placed') }} as account
    on
        entry.association_id = account.association_id
        and entry.fiscal_year = account.fiscal_year
        and entry.account_code = account.account_code
        -- the change of a period or a year moves an account as its transactions do
        and account.entry_kind = case when entry.entry_kind = 'opening' then 'opening' else 'transaction' end
left join {{ ref('int_account__cash_flow') }} as flow
    on
        account.association_id = flow.association_id
        and account.fiscal_year = flow.fiscal_year
        and account.account_code = flow.account_code
        and account.entry_kind = flow.entry_kind
left join {{ ref('int_project__named') }} as project
    on
        entry.association_id = project.association_id
        and entry.fiscal_year = project.fiscal_year
        and entry.project_code = project.project_code
