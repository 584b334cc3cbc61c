{{ config(meta={
    'rule_id': 'FIN-009', 'severity': 'finding', 'beside': 'balance_sheet', 'owner_sv': 'Den som för förbundets bokföring',
    'meaning_sv': 'Resultatkonton öppnar året på noll.',
    'why_sv': 'En ingående balans på ett resultatkonto hör inte till något års resultat.',
    'remedy_sv': 'Be bokföringen stänga förra året mot eget kapital. Tills dess står beloppet som oförklarad differens.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('int_ledger_entry__placed') }}
where is_stray_opening and amount_sek <> 0
group by 1
