{{ config(meta={
    'rule_id': 'FIN-047', 'severity': 'finding', 'beside': 'balance_sheet', 'owner_sv': 'Den som för förbundets bokföring',
    'meaning_sv': 'Debet är lika med kredit i varje månad.',
    'why_sv': 'En månad som inte balanserar har en verifikation med rader i två månader, och då stämmer inget månadsbokslut.',
    'remedy_sv': 'Se vilka verifikationer månaden har i huvudboken och rätta datumen i bokföringen.',
}) }}
with month as (
    select
        association_id,
        _delivery_id,
        date_trunc('month', voucher_date) as month_date,
        sum(amount_sek) as amount_sek
    from {{ ref('fct_ledger_entry') }}
    where entry_kind <> 'opening' and voucher_date is not null
    group by 1, 2, 3
)

select
    association_id,
    sum(abs(amount_sek)) as failed_sek,
    count(*)::bigint as failed
from month
where amount_sek <> 0
group by 1
