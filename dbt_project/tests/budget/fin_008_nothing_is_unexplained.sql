{{ config(meta={
    'rule_id': 'FIN-008', 'severity': 'finding', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Balansräkningen har ingen oförklarad differens.',
    'why_sv': 'En differens som någon har lagt på eget konto ska förklaras eller rättas.',
    'remedy_sv': 'Utred differensen med bokföringen. Tills dess står den på en egen rad.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('balance_sheet') }}
where line_code = 'unexplained_difference' and amount_sek <> 0
group by 1
