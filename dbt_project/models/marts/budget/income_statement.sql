{{ statement_rows(
    'income_statement',
    'select line_code, entry.income_statement_sek from unnest(entry.income_statement_lines) as own (line_code)'
) }}
