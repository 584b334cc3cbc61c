{# The amounts of all identities: one row per association, year, check and side. Each part says the check, the side, the
   mart, what is summed and over which of its rows, and the year it counts in. #}
{% macro reconciled_sides() -%}
{% set identities = [
    ('balance', 'left', 'balance_sheet', 'amount_sek', "line_code = 'assets'", 'fiscal_year'),
    ('balance', 'right', 'balance_sheet', 'amount_sek', "line_code = 'equity_and_liabilities'", 'fiscal_year'),
    ('result', 'left', 'income_statement', 'amount_sek', "line_code = 'result'", 'fiscal_year'),
    ('result', 'right', 'balance_sheet', 'amount_sek', "line_code = 'year_result'", 'fiscal_year'),
    ('opening_equity', 'left', 'own_capital', 'opening_sek', 'true', 'fiscal_year'),
    ('opening_equity', 'right', 'own_capital', 'closing_sek', 'true', 'fiscal_year + 1'),
    ('equity_moves', 'left', 'own_capital', 'closing_sek', 'true', 'fiscal_year'),
    ('equity_moves', 'right', 'balance_sheet', 'amount_sek', "line_code = 'equity'", 'fiscal_year'),
    ('cash_flow_result', 'left', 'cash_flow_statement', 'amount_sek', "line_code = 'result'", 'fiscal_year'),
    ('cash_flow_result', 'right', 'own_capital', 'result_sek', 'true', 'fiscal_year'),
    ('cash_flow_closes', 'left', 'cash_flow_statement', 'amount_sek',
        "line_code in ('opening_cash', 'year_cash_flow')", 'fiscal_year'),
    ('cash_flow_closes', 'right', 'cash_flow_statement', 'amount_sek', "line_code = 'closing_cash'", 'fiscal_year'),
    ('cash_ends_in_bank', 'left', 'cash_flow_statement', 'amount_sek', "line_code = 'closing_cash'", 'fiscal_year'),
    ('cash_ends_in_bank', 'right', 'balance_sheet', 'amount_sek',
        "line_kind = 'line' and cash_flow_code = 'closing_cash'", 'fiscal_year'),
    ('debit_credit', 'left', 'fct_ledger_entry', 'amount_sek',
        "entry_kind <> 'opening' and amount_sek >= 0", 'fiscal_year'),
    ('debit_credit', 'right', 'fct_ledger_entry', '-amount_sek',
        "entry_kind <> 'opening' and amount_sek <= 0", 'fiscal_year'),
    ('adopted_result', 'left', 'dim_adopted_year', 'result_sek', 'true', 'fiscal_year'),
    ('adopted_result', 'right', 'own_capital', 'result_sek', 'true', 'fiscal_year'),
    ('adopted_equity', 'left', 'dim_adopted_year', 'own_capital_sek', 'true', 'fiscal_year'),
    ('adopted_equity', 'right', 'own_capital', 'closing_sek', 'true', 'fiscal_year'),
    ('fees_ledger', 'left', 'fct_member_fee', 'amount_sek', 'is_decision_in_force', 'fiscal_year'),
    ('fees_ledger', 'right', 'income_statement', 'amount_sek', "line_code = 'member_fees'", 'fiscal_year'),
    ('fees_invoiced', 'left', 'fct_member_fee', 'amount_sek', 'is_decision_in_force', 'fiscal_year'),
    ('fees_invoiced', 'right', 'fct_member_fee', 'amount_sek', "fee_event = 'invoiced'", 'fiscal_year'),
    ('initiatives_ledger', 'left', 'fct_ledger_entry', 'amount_sek',
        "'cost' = any(income_statement_lines) and 'initiatives' = any(budget_lines) and initiative_id <> 'not_stated'",
        'fiscal_year'),
    ('initiatives_ledger', 'right', 'fct_ledger_entry', 'amount_sek',
        "'cost' = any(income_statement_lines) and 'initiatives' = any(budget_lines)", 'fiscal_year'),
    ('budget_decisions', 'left', 'budget_decisions', 'budgeted_sek', "is_latest and status in ('holds', 'differs')",
        'fiscal_year'),
    ('budget_decisions', 'right', 'budget_decisions', 'granted_sek', "is_latest and status in ('holds', 'differs')",
        'fiscal_year'),
] %}
{%- for check, side, mart, amount, rows, year in identities %}
select
    association_id,
    {{ year }} as fiscal_year,
    '{{ check }}' as check_code,
    '{{ side }}' as side,
    sum({{ amount }}) as amount_sek
from {{ ref(mart) }}
where {{ rows }}
group by 1, 2
{{ 'union all' if not loop.last }}
{%- endfor %}
{%- endmacro %}
