{{ statement_rows('income_statement') }}
