-- Beside each other the additions and the deductions of one ledger row: the same amount with either sign.
{{ statement_rows(
    'cash_flow_statement',
    'select line_code, entry.amount_sek from unnest(entry.cash_flow_added_lines) as added (line_code)'
    ' union all'
    ' select line_code, -entry.amount_sek from unnest(entry.cash_flow_deducted_lines) as deducted (line_code)'
) }}
