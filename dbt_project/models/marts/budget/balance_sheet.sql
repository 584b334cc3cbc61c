{{ statement_rows(
    'balance_sheet',
    'select line_code, entry.balance_sheet_sek from unnest(entry.balance_sheet_lines) as own (line_code)'
) }}
