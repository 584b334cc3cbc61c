-- Where an account's openings and transactions count: line, totals and printed sign in each statement, in its note and
-- beside a budget. Decided once per account: a ledger row then has one small table to look in.
with kind (entry_kind) as (
    values ('opening'), ('transaction')
),

placed as (
    select
        account.association_id,
        account.fiscal_year,
        account.account_code,
        kind.entry_kind,
        account.is_mapped,
        -- an opening balance on a result account belongs to no year's result: it stays visible on the balance sheet
        account.statement = 'income_statement' and kind.entry_kind = 'opening' as is_stray_opening,
        account.statement = 'income_statement' and kind.entry_kind <> 'opening' as is_result,
        account.statement,
        account.line_code,
        account.budget_line_code,
        account.note_line_code
    from {{ ref('int_account__mapped') }} as account
    cross join kind
),

line as (
    select
        *,
        array_prepend(line_code, total_codes) as counted_lines
    from {{ ref('int_report_line__in_force') }}
)

select
    placed.association_id,
    placed.fiscal_year,
    placed.account_code,
    placed.entry_kind,
    placed.is_mapped,
    placed.is_stray_opening,
    own_line.statement,
    own_line.line_code,
    budget_line.line_code as budget_line_code,
    case when placed.is_result then own_line.sign end as income_statement_sign,
    case when placed.is_result then result_line.sign else own_line.sign end as balance_sheet_sign,
    case when placed.is_result then own_line.counted_lines else array[]::text[] end as income_statement_lines,
    case when placed.is_result then result_line.counted_lines else own_line.counted_lines end as balance_sheet_lines,
    coalesce(budget_line.counted_lines, array[]::text[]) as budget_lines,
    note_line.sign as note_sign,
    coalesce(note_line.counted_lines, array[]::text[]) as note_lines
from placed
inner join line as own_line
    on
        placed.association_id = own_line.association_id
        and own_line.statement = case when placed.is_stray_opening then 'balance_sheet' else placed.statement end
        and own_line.line_code
        = case when placed.is_stray_opening then 'unexplained_difference' else placed.line_code end
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
        and placed.is_result
left join line as note_line
    on
        placed.association_id = note_line.association_id
        and note_line.statement = 'notes'
        and placed.note_line_code = note_line.line_code
        -- what its own statement does not count on a line of the note, the note does not either
        and not placed.is_stray_opening
