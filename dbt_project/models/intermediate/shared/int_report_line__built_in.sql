-- Lines the arithmetic cannot do without: an association whose reference lacks them still loses no krona.
with built_in (statement, line_code, label_sv, line_kind, total_codes, sign, sort_order, cash_flow_code) as (
    values
    ('income_statement', 'unmapped', 'Ej kopplade konton', 'line', array['result'], -1, 9000, null),
    ('income_statement', 'income', 'Summa intäkter', 'total', array[]::text[], -1, 9010, null),
    ('income_statement', 'cost', 'Summa kostnader', 'total', array[]::text[], -1, 9020, null),
    ('income_statement', 'result', 'Årets resultat', 'total', array[]::text[], -1, 9030, null),
    ('balance_sheet', 'unmapped', 'Ej kopplade konton', 'line', array['assets'], 1, 9000, 'unmapped'),
    ('balance_sheet', 'assets', 'Summa tillgångar', 'total', array[]::text[], 1, 9010, null),
    (
        'balance_sheet', 'year_result', 'Årets resultat', 'line',
        array['equity', 'equity_and_liabilities'], -1, 9020, null
    ),
    ('balance_sheet', 'equity', 'Summa eget kapital', 'total', array[]::text[], -1, 9030, null),
    (
        'balance_sheet', 'unexplained_difference', 'Oförklarad differens', 'line',
        array['equity_and_liabilities'], -1, 9040, 'unexplained_difference'
    ),
    (
        'balance_sheet', 'equity_and_liabilities', 'Summa eget kapital, avsättningar och skulder', 'total',
        array[]::text[], -1, 9050, null
    ),
    ('budget', 'opening_surplus', 'Ingående överskott', 'line', array[]::text[], -1, 9000, null),
    ('budget', 'member_fees', 'Medlemsavgifter', 'line', array['income', 'result'], -1, 9010, null),
    ('budget', 'income', 'Summa intäkter', 'total', array[]::text[], -1, 9020, null),
    ('budget', 'elected', 'Förtroendevalda', 'line', array['cost', 'result'], 1, 9030, null),
    ('budget', 'administration', 'Förvaltning', 'line', array['cost', 'result'], 1, 9040, null),
    ('budget', 'initiatives', 'Insatser', 'line', array['cost', 'result'], 1, 9050, null),
    ('budget', 'cost', 'Summa kostnader', 'total', array[]::text[], 1, 9060, null),
    -- what nobody can place is shown as a cost: the room for decisions is never made larger by it
    ('budget', 'unmapped', 'Ej kopplade poster', 'line', array['result'], 1, 9070, null),
    ('budget', 'result', 'Årets resultat', 'total', array[]::text[], -1, 9080, null),
    ('cash_flow_statement', 'result', 'Årets resultat', 'line', array['operating_cash_flow'], -1, 9000, null),
    (
        'cash_flow_statement', 'operating_cash_flow', 'Kassaflöde från den löpande verksamheten', 'total',
        array['year_cash_flow'], -1, 9010, null
    ),
    ('cash_flow_statement', 'unmapped', 'Ej kopplade konton', 'line', array['year_cash_flow'], -1, 9020, null),
    (
        'cash_flow_statement', 'unexplained_difference', 'Oförklarad differens', 'line',
        array['year_cash_flow'], -1, 9030, null
    ),
    ('cash_flow_statement', 'year_cash_flow', 'Årets kassaflöde', 'total', array[]::text[], -1, 9040, null),
    (
        'cash_flow_statement', 'opening_cash', 'Likvida medel vid årets början', 'balance',
        array[]::text[], 1, 9050, null
    ),
    ('cash_flow_statement', 'closing_cash', 'Likvida medel vid årets slut', 'balance', array[]::text[], 1, 9060, null)
)

select
    scope.association_id,
    true as is_common,
    built_in.statement,
    built_in.line_code,
    built_in.label_sv,
    array[]::text[] as aliases,
    built_in.line_kind,
    built_in.total_codes,
    built_in.sign,
    built_in.sort_order,
    built_in.cash_flow_code,
    null::text as note_code,
    'built-in' as _delivery_id,
    0 as _row_number
from built_in
cross join {{ ref('stg_ops__build_scope') }} as scope
