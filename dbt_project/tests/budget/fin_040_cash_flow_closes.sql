{{ config(meta={
    'rule_id': 'FIN-040', 'severity': 'finding', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Likvida medel vid årets början plus årets kassaflöde är likvida medel vid årets slut.',
    'why_sv': 'En kassaflödesanalys som inte går ihop har en rad som inte räknas i årets kassaflöde, eller verifikationer som inte balanserar.',
    'remedy_sv': 'Se båda beloppen i reconciliations (cash_flow_closes). Kontrollera att raderna i kassaflödesanalysen summeras i year_cash_flow en gång (report_lines).',
}) }}
select
    association_id,
    sum(abs(difference_sek)) as failed_sek,
    count(*)::bigint as failed
from {{ ref('reconciliations') }}
where status = 'differs' and check_code = 'cash_flow_closes'
group by 1
