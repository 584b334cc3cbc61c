-- Lines the arithmetic cannot do without: an association whose reference lacks them still loses no krona.
with built_in (statement, line_code, label_sv, line_kind, total_codes, sign, sort_order) as (
    values
    ('income_statement', 'unmapped', 'Ej kopplade konton', 'line', array['result'], -1, 9000),
    ('income_statement', 'income', 'Summa intäkter', 'total', array[]::text[], -1, 9010),
    ('income_statement', 'cost', 'Summa kostnader', 'total', array[]::text[], -1, 9020),
    ('income_statement', 'result', 'Årets resultat', 'total', array[]::text[], -1, 9030),
    ('balance_sheet', 'unmapped', 'Ej kopplade konton', 'line', array['assets'], 1, 9000),
    ('balance_sheet', 'assets', 'Summa tillgångar', 'total', array[]::text[], 1, 9010),
    ('balance_sheet', 'year_result', 'Årets resultat', 'line', array['equity', 'equity_and_liabilities'], -1, 9020),
    ('balance_sheet', 'equity', 'Summa eget kapital', 'total', array[]::text[], -1, 9030),
    (
        'balance_sheet',
        'unexplained_difference',
        'Oförklarad differens',
        'line',
        array['equity_and_liabilities'],
        -1,
        9040
    ),
    (
        'balance_sheet', 'equity_and_liabilities', 'Summa eget kapital, avsättningar och skulder', 'total',
        array[]::text[], -1, 9050
    ),
    ('budget', 'opening_surplus', 'Ingående överskott', 'line', array[]::text[], -1, 9000),
    ('budget', 'member_fees', 'Medlemsavgifter', 'line', array['income', 'result'], -1, 9010),
    ('budget', 'income', 'Summa intäkter', 'total', array[]::text[], -1, 9020),
    ('budget', 'elected', 'Förtroendevalda', 'line', array['cost', 'result'], 1, 9030),
    ('budget', 'administration', 'Förvaltning', 'line', array['cost', 'result'], 1, 9040),
    ('budget', 'initiatives', 'Insatser', 'line', array['cost', 'result'], 1, 9050),
    ('budget', 'cost', 'Summa kostnader', 'total', array[]::text[], 1, 9060),
    -- what nobody can place is shown as a cost: the room for decisions is never made larger by it
    ('budget', 'unmapped', 'Ej kopplade poster', 'line', array['result'], 1, 9070),
    ('budget', 'result', 'Årets resultat', 'total', array[]::text[], -1, 9080)
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
    'built-in' as _delivery_id,
    0 as _row_number
from built_in
cross join {{ ref('stg_ops__build_scope') }} as scope
