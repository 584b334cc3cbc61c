{{ config(meta={
    'rule_id': 'FIN-046', 'severity': 'finding', 'beside': 'balance_sheet', 'owner_sv': 'Den som för förbundets bokföring',
    'meaning_sv': 'Debet är lika med kredit i varje verifikation.',
    'why_sv': 'En verifikation som inte balanserar har tappat en rad, och räkningarna med den.',
    'remedy_sv': 'Rätta verifikationen i bokföringen och exportera på nytt.',
}) }}
with voucher as (
    select
        association_id,
        _delivery_id,
        voucher_series,
        voucher_number,
        voucher_row,
        sum(amount_sek) as amount_sek
    from {{ ref('fct_ledger_entry') }}
    where entry_kind = 'transaction'
    group by 1, 2, 3, 4, 5
)

select
    association_id,
    sum(abs(amount_sek)) as failed_sek,
    count(*)::bigint as failed
from voucher
where amount_sek <> 0
group by 1
