{{ config(meta={
    'rule_id': 'FIN-002', 'severity': 'invariant', 'owner_sv': 'Den som för förbundets bokföring',
    'meaning_sv': 'Summa tillgångar är lika med summa eget kapital, avsättningar och skulder.',
    'why_sv': 'En balansräkning som inte balanserar visar inte hela ställningen.',
    'remedy_sv': 'Kontrollera att ingående balanser summerar till noll och att varje rad i report_lines ingår i en av summorna.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from (
    select
        association_id,
        fiscal_year
    from {{ ref('balance_sheet') }}
    group by 1, 2
    having
        sum(amount_sek) filter (where line_code = 'assets')
        <> sum(amount_sek) filter (where line_code = 'equity_and_liabilities')
) as unbalanced
group by 1
