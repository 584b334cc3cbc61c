{{ statement_rows('balance_sheet') }}
