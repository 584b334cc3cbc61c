{{ config(meta={
    'rule_id': 'FIN-048', 'severity': 'finding', 'beside': 'balance_sheet', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Huvudboken för ett fastställt år står som den stod när året fastställdes.',
    'why_sv': 'Ändras den efteråt visar räkningarna annat än det styrelsen skrev under, och nästa år öppnar på annat.',
    'remedy_sv': 'Be bokföringen förklara ändringen, eller lämna den huvudbok som fastställdes. Dagen står i adopted_years.csv.',
}) }}
select
    association_id,
    sum(abs(current_sek - adopted_sek)) as failed_sek,
    count(*)::bigint as failed
from {{ ref('stg_ledger__adopted_years') }}
where current_sek <> adopted_sek
group by 1
