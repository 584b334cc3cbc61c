{{ config(meta={
    'rule_id': 'FIN-001', 'severity': 'invariant', 'owner_sv': 'Den som för förbundets bokföring',
    'meaning_sv': 'Debet är lika med kredit i varje verifikation.',
    'why_sv': 'En verifikation i obalans betyder att rader saknas eller räknas två gånger.',
    'remedy_sv': 'Rätta verifikationen i bokföringen och lämna hela årets fil på nytt.',
}) }}
with voucher as (
    select
        association_id,
        _delivery_id,
        voucher_series,
        voucher_number,
        voucher_row,
        sum(amount_sek) as balance_sek
    from {{ ref('int_ledger_entry__placed') }}
    where entry_kind = 'transaction'
    group by 1, 2, 3, 4, 5
)

select
    association_id,
    count(*)::bigint as failed
from voucher
where balance_sek <> 0
group by 1
