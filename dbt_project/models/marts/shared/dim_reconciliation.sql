-- What is held against what, in words: the identities of the accounts, and one per note of the association.
with identity (check_code, label_sv, left_label_sv, right_label_sv, sort_order) as (
    values
    (
        'balance', 'Balansräkningen balanserar',
        'Summa tillgångar', 'Summa eget kapital, avsättningar och skulder', 10
    ),
    (
        'result', 'Ett resultat i räkningarna',
        'Resultaträkningens resultat', 'Balansräkningens årets resultat', 20
    ),
    (
        'opening_equity', 'Eget kapital rullar',
        'Eget kapital vid årets ingång', 'Eget kapital vid förra årets utgång', 30
    ),
    (
        'equity_moves', 'Resultatet ändrar eget kapital',
        'Ingående eget kapital plus årets resultat', 'Summa eget kapital i balansräkningen', 40
    ),
    (
        'cash_flow_result', 'Kassaflödet börjar i resultatet',
        'Årets resultat i kassaflödesanalysen', 'Årets resultat i eget kapital', 50
    ),
    (
        'cash_flow_closes', 'Kassaflödet går ihop',
        'Likvida medel vid årets början plus årets kassaflöde', 'Likvida medel vid årets slut', 60
    ),
    (
        'cash_ends_in_bank', 'Kassaflödet slutar i kassan',
        'Likvida medel vid årets slut i kassaflödesanalysen', 'Kassa och bank i balansräkningen', 70
    ),
    (
        'debit_credit', 'Debet är kredit',
        'Årets debet', 'Årets kredit', 80
    ),
    (
        'adopted_result', 'Resultatet är det fastställda',
        'Fastställt resultat', 'Årets resultat i huvudboken', 84
    ),
    (
        'adopted_equity', 'Eget kapital är det fastställda',
        'Fastställt eget kapital', 'Utgående eget kapital i huvudboken', 86
    ),
    (
        'fees_ledger', 'Avgifterna är bokförda',
        'Beslutade medlemsavgifter', 'Medlemsavgifter i resultaträkningen', 90
    ),
    (
        'fees_invoiced', 'Avgifterna är fakturerade',
        'Beslutade medlemsavgifter', 'Fakturerade medlemsavgifter', 100
    ),
    (
        'initiatives_ledger', 'Insatserna är insatsernas rad',
        'Bokfört på insatserna', 'Insatsernas rad i budgetuppföljningen', 110
    ),
    (
        'budget_decisions', 'Budgeten är besluten',
        'Budgeterat för de beslutade insatserna', 'Beviljat för samma insatser', 120
    )
)

select
    scope.association_id::text as association_id,
    identity.check_code::text as check_code,
    identity.label_sv::text as label_sv,
    identity.left_label_sv::text as left_label_sv,
    identity.right_label_sv::text as right_label_sv,
    identity.sort_order::integer as sort_order,
    'built-in'::text as _delivery_id,
    0::integer as _row_number
from identity
cross join {{ ref('stg_ops__build_scope') }} as scope
union all
select
    association_id,
    line_code as check_code,
    'Noten är hela raden: ' || label_sv as label_sv,
    'Notens summa' as left_label_sv,
    'Raderna i räkningen, utan tecken' as right_label_sv,
    1000 + sort_order as sort_order,
    _delivery_id,
    _row_number
from {{ ref('dim_report_line') }}
where statement = 'notes' and line_kind = 'total' and note_code = line_code
