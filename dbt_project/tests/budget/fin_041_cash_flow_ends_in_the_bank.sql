{{ config(meta={
    'rule_id': 'FIN-041', 'severity': 'finding', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Kassaflödesanalysens likvida medel vid årets slut är kassa och bank i balansräkningen.',
    'why_sv': 'Skiljer de sig räknas ett konto som likvida medel i den ena räkningen och inte i den andra.',
    'remedy_sv': 'Se båda beloppen i reconciliations (cash_ends_in_bank). Kontrollera vilka konton som har en egen rad i kassaflödesanalysen (account_map).',
}) }}
select
    association_id,
    sum(abs(difference_sek)) as failed_sek,
    count(*)::bigint as failed
from {{ ref('reconciliations') }}
where status = 'differs' and check_code = 'cash_ends_in_bank'
group by 1
